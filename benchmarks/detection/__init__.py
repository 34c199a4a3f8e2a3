"""Error rates of detection, measured: `make bench-detection` writes docs/detection-quality.md.

Five things are measured, and real and synthetic evidence is never pooled:

- `real`: real inputs that are presumed clean (`presumed_clean.tsv`): what is found on them is presumed false;
- `devices`: synthetic clean phones with noise; forged traces; attacks after published campaigns;
- `replay`: each indicator planted wherever it is looked for.

`bounds` has the statistics, `page` writes the page, `explained.tsv` says what each finding on a real input is, and
`not_evaluable.tsv` what cannot be measured, and why.
"""
