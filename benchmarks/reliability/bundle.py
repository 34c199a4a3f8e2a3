"""What is handed over when something fails: `bridle debug-bundle`."""

from __future__ import annotations

from collections.abc import Iterable

from reliability.line import Line
from reliability.tried import line


def lines() -> Iterable[Line]:
    """A line."""
    yield line("canaries in a case, its ledger and the kept faults: none is in the bundle; shown before it is written",
               "tests/cli/test_debug_bundle.py")  # fmt: skip
