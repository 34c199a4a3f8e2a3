"""What is fuzzed: something that reads bytes, seeds to begin from, and the errors it may raise."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bridle.core import FormatError

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests"
LARGEST = 1 << 17
"""Bytes of an input: larger ones are tried by the tests of each bound."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One reader. It survives an input if `read` returns, or raises one of `documented`."""

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes], None]
    documented: tuple[type[Exception], ...] = (FormatError,)

    def __post_init__(self) -> None:
        if not self.seeds:
            raise ValueError(f"{self.name}: expected seeds, got none")


def fixtures_at_hand() -> None:
    """Make the fixtures of the tests importable: they are the seeds."""
    for folder in (TESTS, TESTS / "evidence", TESTS / "case"):
        if str(folder) not in sys.path:
            sys.path.append(str(folder))


def kept() -> Path:
    """The folder in which inputs that failed, and the corpus of guided runs, are kept."""
    return Path(os.environ.get("KEEP", ROOT / "build" / "bench-reliability")) / "fuzz"


def name_of(data: bytes) -> str:
    """The name under which an input is kept."""
    return hashlib.sha256(data).hexdigest()[:16]
