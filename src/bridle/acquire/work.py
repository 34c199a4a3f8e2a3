"""One acquisition at work: where steps find the phone, talk to the person, run programs and take down what they did."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import field
from pathlib import Path
from typing import Protocol

from bridle.acquire.record import Record, Step
from bridle.acquire.running import Progress, Ran, attached, run
from bridle.classes import dataclass

LEAST_SPACE = 1 << 30
"""Bytes that must be free before anything is copied."""


class StepFailedError(Exception):
    """A step gave nothing, or not all. The message says why, and what to do."""


class StepSkippedError(Exception):
    """A step was left out. The message says why."""


class Guide(Protocol):
    """How the person at the computer is talked to."""

    interactive: bool
    """Whether somebody answers."""

    def say(self, text: str) -> None:
        """Tell something. The text may hold what a phone said."""

    def wait(self, text: str) -> None:
        """Tell what to do, and wait until it is done; without somebody who answers, go on."""

    def agree(self, question: str) -> bool:
        """Whether the person agrees; without somebody who answers, no."""

    def new_password(self) -> str | None:
        """A password typed twice; None for none."""

    def working(self, title: str) -> AbstractContextManager[Progress]:
        """Show that a program works, and for how long."""


@dataclass(kw_only=True)
class Work:
    """What steps work with."""

    folder: Path
    record: Record
    device: str
    """UDID or serial number, as checked."""
    guide: Guide
    password: str | None = None
    """Of the backup: given, or set here."""
    set_password: bool = False
    """Whether setting one was agreed to beforehand."""
    current: Step | None = field(default=None)

    def evidence(self, step: str) -> Path:
        """The folder of what a step gives, made for it."""
        made = self.folder / "evidence" / step
        for folder in (made.parent, made):
            folder.mkdir(mode=0o700, exist_ok=True)
        return made

    def run(
        self,
        title: str,
        arguments: Sequence[str],
        *,
        patience: float,
        silence: float | None = None,
        given: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a program with its time shown, and take down the command and how it ended."""
        with self.guide.working(title) as progress:
            ran = run(
                arguments, patience=patience, silence=silence, given=given, environment=environment, progress=progress,
            )  # fmt: skip
        self._took(arguments, ran)
        return ran

    def attached(self, arguments: Sequence[str]) -> Ran:
        """Run a program that asks its own questions on the terminal."""
        ran = attached(arguments, str(self.folder))
        self._took(arguments, ran)
        return ran

    def _took(self, arguments: Sequence[str], ran: Ran) -> None:
        if self.current is not None:
            self.current.commands += (self.shown(arguments),)
            self.current.exit_codes += (ran.code,)
            self.current.said = (ran.problem or ran.last_words).replace(self.device, "PHONE")

    def shown(self, arguments: Sequence[str]) -> str:
        """A command without the phone's identifier and this machine's paths."""
        program, *rest = arguments
        words = [a.replace(self.device, "PHONE").replace(str(self.folder), "FOLDER") for a in rest]
        return " ".join([Path(program).name, *words])

    def room(self, wanted: int = LEAST_SPACE) -> int:
        """Bytes that are free. Raises StepFailedError where they are fewer than anything needs."""
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_SPACE:
            raise StepFailedError(f"only {free / (1 << 20):,.0f} MiB are free on this disk; make room, or use another")
        if free < wanted and self.guide.interactive:
            there = f"The phone holds {wanted / (1 << 30):.0f} GiB, and {free / (1 << 30):.0f} GiB are free."
            if not self.guide.agree(f"{there} Try all the same?"):
                raise StepFailedError("there is too little room on this disk; use a larger one")
        return free


@dataclass(frozen=True, kw_only=True)
class Task:
    """A step of the plan."""

    name: str
    title: str
    changes: str
    """What it changes on the phone; empty for nothing beyond traces of being read."""
    commands: tuple[str, ...]
    """What is run, for `--dry-run`."""
    do: Callable[[Work], None]
    """Raises StepFailedError, StepSkippedError or MissingProgramError."""
    gives: bool = True
    """Whether files come of it."""
