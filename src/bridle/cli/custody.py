"""`bridle custody`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.opening import require_case
from bridle.cli.terminal import each_line, fail, say_json

if TYPE_CHECKING:
    from bridle.case.logs import Entry, Log

LONGEST = 500
"""Characters of a reason."""
_OWN = ("time", "host", "event", "bridle", "previous", "check")
EXAMPLE = """
\b
Examples:
  bridle custody case1
  bridle custody case1 --hold "order of the Example District Court, 12 C 34/26"

\b
Exit codes: 0 the log holds together · 1 it does not, and what is wrong is named · 2 wrong use · 3 unreadable.
"""


@click.command(epilog=EXAMPLE)
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--hold", metavar="TEXT", help="Enter a legal hold: the case is not withdrawn until it is released.")
@click.option("--release", metavar="TEXT", help="Release the hold that was entered with this text.")
@click.option("--json", "as_json", is_flag=True, help="An object with all entries.")
def custody(case: Path, hold: str | None, release: str | None, as_json: bool) -> None:
    """What was done with a case, when and on which machine; and whether the log holds together. Needs no key.

    Commands that make, share, sign, hold or destroy a case enter that. Reading it is not entered.
    """
    from bridle.case.custody import HOLD, RELEASE, holds
    from bridle.case.logs import CUSTODY, read

    require_case(case)
    if hold is not None and release is not None:
        fail("enter a hold or release one, not both at once")
    try:
        log = read(case, CUSTODY)
        if hold is not None:
            _enter(case, HOLD, _reason(hold))
        if release is not None:
            reason = _reason(release)
            if reason not in holds(log):
                known = "; ".join(holds(log)) or "none"
                fail(f"no hold {reason!r:.60} is in force; those that are: {known:.500}")
            _enter(case, RELEASE, reason)
        log = read(case, CUSTODY)
    except (OSError, ValueError) as e:
        fail(f"the custody log cannot be read: {e}", 3)
    if as_json:
        say_json(_object(log, holds(log)))
    else:
        click.echo(each_line(_lines(log, holds(log))))
    raise SystemExit(1 if log.broken else 0)


def _enter(case: Path, event: str, reason: str) -> None:
    from bridle.case.custody import recorded

    if why := recorded(case, {"event": event, "reason": reason}):
        fail(why, 3)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason or len(reason) > LONGEST:
        fail(f"expected a text of 1 to {LONGEST} characters that says who ordered it, got {text!r:.60}")
    return reason


def _object(log: Log, held: tuple[str, ...]) -> dict[str, object]:
    return {
        "intact": not log.broken,
        "broken": list(log.broken),
        "holds": list(held),
        "entries": [{"line": e.number, "sha256": e.sha256, **e.values} for e in log.entries],
    }


def _lines(log: Log, held: tuple[str, ...]) -> Iterator[str]:
    """A line for each entry: time, machine, event, and whatever else it says."""
    rows = [[*(_cell(e.text(n) or "-") for n in ("time", "host", "event")), _rest(e)] for e in log.entries]
    widths = [max((len(row[n]) for row in rows), default=0) for n in range(3)]
    for row in rows:
        yield "  ".join([*(cell.ljust(min(w, 40)) for cell, w in zip(row, widths, strict=False)), row[3]]).rstrip()
    for reason in held:
        yield f"Held: {reason}"
    yield from log.broken
    if not log.broken:
        yield f"{len(log.entries):,} entries; each follows from the one before."


def _rest(entry: Entry) -> str:
    return "  ".join(f"{_cell(name)}={_cell(value)}" for name, value in entry.values.items() if name not in _OWN)


def _cell(value: object) -> str:
    """One line, whatever it is."""
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or value.split() != [value] else value
