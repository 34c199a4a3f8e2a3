"""What a user may ask of `check`, and how it talks while it works."""

from __future__ import annotations

import os
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from bridle.classes import dataclass
from bridle.evidence.archive import Bounds
from bridle.evidence.secret import Password
from bridle.sandbox.pool import Limits

if TYPE_CHECKING:
    from bridle.case.keys import CaseKey
    from bridle.evidence.source import Source
    from bridle.indicators import IndicatorSet


def usable_cores() -> int:
    """The cores this process may run on, which may be fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class UsageError(Exception):
    """What was asked cannot be done as asked: exit code 2."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """One examination."""

    sources: tuple[Path, ...]
    case: Path
    indicators: tuple[str, ...] = ()
    """Files and folders; `stored` adds the stored feeds. Empty: only the stored feeds."""
    loaded: IndicatorSet | None = None
    """Indicators that were loaded before, for many examinations; in place of `indicators`."""
    yara: tuple[Path, ...] = ()
    """Files and folders of YARA rules; they are run over apps and loose files."""
    baselines: tuple[Path, ...] = ()
    """Folders of lists of ordinary names, added to those shipped."""
    password: Password = field(default=lambda: None)
    """Asked for only when a source needs it; None if there is none."""
    consent: Path | None = None
    encrypt_to: tuple[str, ...] = ()
    recipient: str | None = None
    """The age recipient whose case it is; by default that of this machine's own identity."""
    plaintext: bool = False
    key: CaseKey | None = None
    """What the case is encrypted with; nobody else gets it. None: a fresh one, wrapped to the recipients."""
    opened: tuple[Source, ...] = ()
    """Acquisitions that are open already, in place of `sources`; they are closed when all is done."""
    labels: tuple[str, ...] = ()
    """What the case calls the sources, in their order; by default the names of the files or folders."""
    only: str = "*"
    """Glob of artifact names."""
    jobs: int = 2
    hash_all: bool = False
    fail_on: str = "high"
    audience: str = "TLP:CLEAR"
    limits: Limits = field(default_factory=Limits)
    bounds: Bounds = field(default_factory=Bounds)
    """How far containers are followed."""


class Talk(Protocol):
    """Progress and remarks, for people. Everything here may be ignored."""

    def stage(self, title: str) -> None:
        """A new stage of the work begins."""

    def advance(self, files: int, wanted: int, rows: int) -> None:
        """So many members were seen, so many of them are read, so many rows came of it."""

    def warn(self, sentence: str) -> None:
        """Something the user should know now."""


class Silence:
    """Says nothing."""

    def stage(self, title: str) -> None: ...
    def advance(self, files: int, wanted: int, rows: int) -> None: ...
    def warn(self, sentence: str) -> None: ...
