"""`python -m performance`: measure what is asked for, keep the figures, and write docs/performance.md.

Evidence, figures and the peer are kept below `build/bench` (`KEEP` names another folder), so that parts can be measured
one after another; each part's figures are of one run, in turns. From the environment: `ONLY` names parts, `ROUNDS` (3)
and `PEER_ROUNDS` how often, `SCALE` (1.0) the size, `MVT` the peer's `bin` folder, `PREVIOUS` an earlier revision
(`none` for none), `FLAME` a folder for flame graphs (with py-spy), `PAGE=no` leaves the page as it is.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from performance import page, parts
from performance.inputs import ROOT, Inputs

PAGE = ROOT / "docs" / "performance.md"


def main() -> None:
    """Measure, keep, write."""
    keep = Path(os.environ.get("KEEP", ROOT / "build" / "bench")).resolve()
    keep.mkdir(parents=True, exist_ok=True)
    inputs = Inputs(keep, float(os.environ.get("SCALE", "1.0")))
    asked = os.environ.get("ONLY", ",".join(parts.PARTS)).split(",")
    if unknown := set(asked) - parts.PARTS.keys():
        sys.exit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(parts.PARTS)}")
    results = keep / "results.json"
    known = json.loads(results.read_text()) if results.exists() else {}
    for name in asked:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        known[name] = parts.PARTS[name](inputs, keep)
        results.write_text(json.dumps(known, indent=1) + "\n")
        print(page.part(name, known[name]), flush=True)
    if os.environ.get("PAGE") != "no":
        PAGE.write_text(page.written(known))


if __name__ == "__main__":
    main()
