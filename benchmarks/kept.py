"""Parts of a benchmark that are measured one after another, and kept between runs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


def measured(
    parts: Iterable[str], results: Path, measure: Callable[[str], Any], shown: Callable[[str, Any], str]
) -> dict[str, Any]:
    """What is known of all parts, after those that `ONLY` names were measured; all of them without it.

    `results` is the file that keeps it. Each part is shown, and kept, as soon as it is measured.
    """
    parts = list(parts)
    asked = os.environ.get("ONLY", ",".join(parts)).split(",")
    if unknown := set(asked) - set(parts):
        sys.exit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    results.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, Any] = json.loads(results.read_text()) if results.exists() else {}
    for name in asked:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        known[name] = measure(name)
        results.write_text(json.dumps(known, indent=1) + "\n")
        print(shown(name, known[name]), flush=True)
    return known
