"""`python -m performance`: measure what is asked for, keep the figures, and write docs/performance.md.

Evidence, figures and the peer are kept below `build/bench` (`KEEP` names another folder), so that parts can be measured
one after another; each part's figures are of one run, in turns. From the environment: `ONLY` names parts, `ROUNDS` (3)
and `PEER_ROUNDS` how often, `SCALE` (1.0) the size, `MVT` the peer's `bin` folder, `PREVIOUS` an earlier revision
(`none` for none), `FLAME` a folder for flame graphs (with py-spy), `PAGE=no` leaves the page as it is.
"""

from __future__ import annotations

import os
from pathlib import Path

from kept import measured
from performance import page, parts
from performance.inputs import ROOT, Inputs

PAGE = ROOT / "docs" / "performance.md"


def main() -> None:
    """Measure, keep, write."""
    keep = Path(os.environ.get("KEEP", ROOT / "build" / "bench")).resolve()
    keep.mkdir(parents=True, exist_ok=True)
    inputs = Inputs(keep, float(os.environ.get("SCALE", "1.0")))
    known = measured(parts.PARTS, keep / "results.json", lambda n: parts.PARTS[n](inputs, keep), page.part)
    if os.environ.get("PAGE") != "no":
        PAGE.write_text(page.written(known))


if __name__ == "__main__":
    main()
