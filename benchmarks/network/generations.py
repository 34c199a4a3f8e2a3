"""How well `bridle infra generations` labels the published domains of Pegasus: nested cross-validation.

The labels are those of the lists that Amnesty International published in July 2021 (v2, v3, v4). The three domains
that two lists name, those that no versioned list has, and the list of validation domains are left out.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bridle.infra.generations import Evaluation, cross_validated
from bridle.infra.generations_features import Features, features, parted, suffixes

LABELS = Path(__file__).resolve().parents[3] / "shared/corpus/network/_derived/_derived/pegasus_domain_labels.tsv"
NAMES = ("v2", "v3", "v4")
REPEATS = 5
GOAL = 0.75


def examples() -> tuple[list[Features], list[int]]:
    """Features and class of each domain that one versioned list names."""
    suffix_of = suffixes()
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = [(r["domain"], r["version"]) for r in csv.DictReader(file, delimiter="\t") if r["version"] in NAMES]
    return [features(*parted(d, suffix_of)) for d, _ in rows], [NAMES.index(v) for _, v in rows]


def without_lures(example: Features) -> Features:
    """An example without the words that lures use."""
    return example._replace(shape=frozenset(f for f in example.shape if "lure" not in f and "misspelt" not in f))


def main() -> Iterator[str]:
    """Lines for docs/network-quality.md."""
    if not LABELS.is_file():
        yield "Generations: not measured, the published lists are not beside this checkout."
        return
    cases, classes = examples()
    begun = time.process_time()
    found = cross_validated(cases, classes, NAMES, repeats=REPEATS)
    seconds = time.process_time() - begun
    counts = Counter(classes)
    numbers = ", ".join(f"{counts[c]} of {name}" for c, name in enumerate(NAMES))
    yield f"Generations: {len(cases):,} domains ({numbers}), nested cross-validation, {REPEATS} repeats of 5 x 5 folds."
    yield ""
    yield "| what | goal | measured |"
    yield "| --- | --- | --- |"
    yield f"| share labelled | >= 80 % | {found.coverage:.1%} |"
    each = ", ".join(f"{value:.3f}" for value in found.each)
    yield f"| macro-F1 of the labelled | >= 0.75 | {found.macro_f1:.3f} (repeats: {each}) |"
    yield f"| F1 of each | | {', '.join(f'{name} {value:.3f}' for name, value in found.f1.items())} |"
    yield f"| calibration error of the labelled | <= 0.05 | {found.calibration_error:.3f} |"
    yield f"| the same over all domains | <= 0.05 | {found.calibration_error_of_all:.3f} |"
    yield f"| macro-F1 without abstention | | {found.macro_f1_of_all:.3f} |"
    yield f"| processor time of one repeat | | {seconds / REPEATS:.0f} s |"
    yield ""
    yield f"Share labelled and macro-F1: {_curve(found)}."
    bare = cross_validated([without_lures(c) for c in cases], classes, NAMES, repeats=2)
    yield ""
    yield (
        "Without the words of lures (lures.toml, written after part of these lists had been read): "
        f"{bare.macro_f1:.3f} at {bare.coverage:.1%}, calibration error {bare.calibration_error:.3f}; this is "
        f"{'below' if bare.macro_f1 < GOAL else 'not below'} the goal."
    )
    yield ""
    yield (
        "Fits, favour and abstention are chosen inside each outer fold. Which features there are, and the constants of "
        "training, were chosen by plain cross-validation on these same lists: the figures are not of unseen lists."
    )


def _curve(found: Evaluation) -> str:
    return ", ".join(f"{share:.0%} {value:.3f}" for share, value in found.curve)


if __name__ == "__main__":
    print("\n".join(main()))
