"""How a fleet tells its progress: a bar with a live summary on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.terminal import each_line, one_line
from bridle.core import LEVELS

if TYPE_CHECKING:
    from bridle.fleet.outcome import Outcome
    from bridle.fleet.prepare import Entry, Prepared
    from bridle.fleet.run import Report

_EVERY = 30.0
"""Seconds between two lines in a pipe."""
_MOST = 10
"""Tasks that are named on the screen."""
_SAID = {
    "done": "examined", "kept": "there already", "failed": "failed", "poison": "set aside", "forgotten": "forgotten",
}  # fmt: skip
_LONGEST = 160
"""Characters of a reason there."""


class Lines:
    """For pipes: what could not be done, and how far it is every half minute, on stderr."""

    def __init__(self) -> None:
        self._waiting = self._ended = 0
        self._last = time.monotonic()
        self._counts: Counter[str] = Counter()

    def begin(self, waiting: int, kept: int) -> None:
        self._waiting = waiting
        self._say(f"{waiting:,} to examine, {kept:,} in the lake already")

    def ended(self, entry: Entry, outcome: Outcome) -> None:
        self._ended += 1
        self._counts[outcome.status] += 1
        self._counts["with findings"] += outcome.exit in (1, 4)
        self._counts["again"] += outcome.attempts > 1
        if outcome.reason:
            what = "set aside" if outcome.status == "poison" else outcome.status
            self._say(f"{entry.planned.name}: {what}: {_short(outcome.reason)}")
        self._moved()

    def _moved(self) -> None:
        if time.monotonic() - self._last > _EVERY:
            self._last = time.monotonic()
            self._say(self._so_far())

    def _so_far(self) -> str:
        c = self._counts
        told = [f"{self._ended:,} of {self._waiting:,}"]
        told += [f"{c[k]:,} {k}" for k in ("with findings", "failed") if c[k]]
        told += [f"{c['poison']:,} set aside"] if c["poison"] else []
        return ", ".join(told + ([f"{c['again']:,} done in a second attempt"] if c["again"] else []))

    def _say(self, sentence: str) -> None:
        click.echo(f"bridle: {one_line(sentence)}", err=True)

    def close(self) -> None: ...

    def closing(self, report: Report, prepared: Prepared) -> str:
        """The whole run as a person reads it."""
        counts, done = report.counts(), [o for _, o in report.outcomes if o.status == "done"]
        found = Counter[str]()
        for o in done:
            found.update(o.findings)
        lines = [
            f"Cases      {', '.join(f'{counts[k]:,} {said}' for k, said in _SAID.items() if counts[k]) or 'none'}",
            *(f"Verdict    {n:,} × {text}" for text, n in Counter(o.verdict for o in done).most_common()),
            f"Findings   {', '.join(f'{found[k]:,} {k}' for k in reversed(LEVELS) if found[k]) or 'none'}",
            f"In part    {sum(o.exit in (3, 4) for o in done):,} of {len(done):,} were read only in part",
            *_not_done([(e.planned.name, o.status, o.reason) for e, o in report.outcomes if o.status != "done"]),
            f"Lake       {prepared.lake.address}",
        ]
        return each_line(line for line in lines if not line.startswith("In part    0 "))


class Bar(Lines):
    """For terminals: one moving line."""

    def __init__(self) -> None:
        super().__init__()
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        columns = (
            BarColumn(24),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("looking at the lake", total=None)
        self._progress.start()

    def begin(self, waiting: int, kept: int) -> None:
        super().begin(waiting, kept)
        self._progress.update(self._task, total=waiting, description=self._so_far())

    def _moved(self) -> None:
        self._progress.update(self._task, completed=self._ended, description=self._so_far())

    def _say(self, sentence: str) -> None:
        self._progress.console.print(f"bridle: {one_line(sentence)}", markup=False, highlight=False)

    def close(self) -> None:
        self._progress.stop()


def watching(as_json: bool) -> Lines:
    """A bar on a terminal, else lines."""
    return Bar() if sys.stderr.isatty() and not as_json else Lines()


def said(report: Report, prepared: Prepared) -> dict[str, Any]:
    """A run as JSON."""
    counts = report.counts()
    return {
        "lake": prepared.lake.address,
        "counts": {k: counts[k] for k in ("done", "kept", "failed", "poison", "forgotten")},
        "tasks": [{"name": e.planned.name, "source": e.planned.source, **asdict(o)} for e, o in report.outcomes],
        "exit": report.exit,
    }


def of_lake(told: Mapping[str, Any]) -> str:
    """The status of a lake as a person reads it."""
    oldest, last = told["oldest_running"], told["last"]
    found = ", ".join(f"{told['findings'][k]:,} {k}" for k in reversed(LEVELS) if told["findings"][k])
    lines = [
        f"Planned    {told['planned']:,}",
        f"Done       {told['done']:,}",
        f"Running    {told['running']:,}" + (f"; {oldest['name']} since {oldest['since']}" if oldest else ""),
        f"Waiting    {told['waiting']:,}"
        + (f"; {told['interrupted']:,} of them interrupted" if told["interrupted"] else ""),
        f"Failed     {told['failed']:,}; set aside {told['poison']:,}",
        f"Forgotten  {told['forgotten']:,}",
        f"Earlier    {told['earlier']:,} cases by earlier feeds, rules or versions" if told["earlier"] else "",
        *(f"Verdict    {n:,} × {text}" for text, n in told["verdicts"].items()),
        f"Findings   {found or 'none'}",
        *_not_done([(r["name"] or r["task"], r["status"], r["reason"]) for r in told["not_done"]]),
        f"Last       {last['name'] or last['task']}: {last['status']} at {last['time']}" if last else "",
        "Next       run the same `bridle fleet check` again: it does what waits" if told["waiting"] else "",
    ]
    return each_line(line for line in lines if line)


def _not_done(rows: list[tuple[str, str, str]]) -> list[str]:
    """Why acquisitions have no case."""
    said = [
        f"{'Set aside' if s == 'poison' else 'Failed':9}  {name}: {_short(reason)}" for name, s, reason in rows[:_MOST]
    ]
    more = len(rows) - _MOST
    return said + ([f"Failed     and {more:,} more; `bridle fleet status --json` has all"] if more > 0 else [])


def _short(reason: str) -> str:
    return reason if len(reason) <= _LONGEST else f"{reason[: _LONGEST - 1]}…"
