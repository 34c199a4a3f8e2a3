"""`bridle hunt`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle import stopping
from bridle.cli.ending import answer
from bridle.cli.terminal import each_line, fail, say_json, talk
from bridle.core import TLP
from bridle.formats.json_text import json_text

if TYPE_CHECKING:
    from bridle.fleet.hunt import Result
    from bridle.fleet.hunt_case import Outcome

MOST_LINES = 200
"""Lines of each part that are shown on the screen."""
_STATES = {"done": "asked", "before": "asked before", "skipped": "left out", "unreadable": "not readable"}
EXAMPLE = """
\b
Examples:
  bridle hunt cases/ -i new.stix2
  bridle hunt LAKE -i feeds/ --since feeds-of-may/ --state hunt.json -o new.jsonl

\b
Exit codes: 0 nothing new · 1 something new · 2 wrong use · 3 nothing new, and a case could not be read.
"""


@click.command(epilog=EXAMPLE)
@click.argument("cases", nargs=-1, required=True, metavar="CASES_OR_LAKE...", type=click.Path(path_type=Path))
@click.option("-i", "indicators", multiple=True, metavar="FILE_OR_DIR",
              help="Indicator feeds instead of the stored ones; `-i stored` adds those. Repeatable.")  # fmt: skip
@click.option("--since", multiple=True, metavar="FILE_OR_DIR", type=click.Path(path_type=Path),
              help="The feeds as they were: what is new since is looked for, what is gone followed up.")  # fmt: skip
@click.option("--state", type=click.Path(path_type=Path, dir_okay=False),
              help="Remembers here which feeds each case was asked, and leaves those out.")  # fmt: skip
@click.option("-o", "out", type=click.Path(path_type=Path, dir_okay=False),
              help="Write the findings here, one JSON object a line; must not exist.")  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes; by default one for each core.")
@click.option("--audience", default="TLP:CLEAR", show_default=True, metavar="TLP", type=click.Choice(TLP),
              help="Whose eyes the outputs are for; indicators beyond it are masked.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
def hunt(cases: tuple[Path, ...], out: Path | None, as_json: bool, **options: Any) -> None:
    """Look for new indicators in past cases, and for findings whose indicator no longer holds.

    CASES_OR_LAKE are cases, folders of cases, or lakes. Nothing is written to them. Cases whose consent does not cover
    another examination are left out and listed.
    """
    from bridle.case.keys import CaseLockedError
    from bridle.engine.options import UsageError
    from bridle.fleet.hunt import Hunt
    from bridle.fleet.hunt import hunt as ask
    from bridle.fleet.hunt_state import StateError, remove_dead

    for path in (out, options["state"]):
        if path is not None:
            remove_dead(path)
    if out is not None and os.path.lexists(out):
        fail(f"{out} exists already; name a new file")
    bar = talk()
    options["jobs"] = options["jobs"] or os.cpu_count() or 1
    try:
        result = ask(Hunt(cases=cases, **options), bar)
    except (UsageError, StateError) as e:
        bar.close()
        fail(str(e))
    except CaseLockedError as e:
        bar.close()
        fail(str(e), 3)
    except OSError as e:
        bar.close()
        fail(f"{e.filename or ''}: {e.strerror or e}", 3)
    finally:
        bar.close()
    stopping.check()
    if out is not None:
        _write(out, result)
    with answer(result.exit):
        say_json(_object(result)) if as_json else click.echo(each_line(_table(result, out)))
        _remember(result)


def _lines(result: Result) -> Iterator[dict[str, Any]]:
    """Every finding with its case and whether it is new, or why its indicator no longer holds."""
    for o in result.outcomes:
        case = {"case": o.case, "manifest": o.manifest}
        yield from ({**case, "hunt": "new", **f} for f in o.new)
        yield from ({**case, "hunt": f["why"], **{k: v for k, v in f.items() if k != "why"}} for f in o.follow_up)


def _write(out: Path, result: Result) -> None:
    """Whole or not at all: a file that ends in the middle would look like one with fewer findings."""
    from bridle.fleet.hunt_state import write_whole

    try:
        write_whole(out, "".join(json_text(line) + "\n" for line in _lines(result)).encode(), new=True)
    except OSError as e:
        fail(f"{out} cannot be written: {e.strerror}")


def _remember(result: Result) -> None:
    try:
        result.remember()
    except OSError as e:
        fail(f"the state of the hunt cannot be written: {e.strerror or e}; these cases are asked again next time", 3)


def _object(result: Result) -> dict[str, Any]:
    states = Counter(o.state for o in result.outcomes)
    return {
        "indicators": result.indicators,
        "patterns_by_columns": result.by_columns,
        "cases": len(result.outcomes),
        "states": {s: states[s] for s in _STATES},
        "new": result.new,
        "follow_up": sum(len(o.follow_up) for o in result.outcomes),
        "findings": list(_lines(result)),
        "not_asked": [
            {"case": o.case, "state": o.state, "why": o.why}
            for o in result.outcomes
            if o.state not in ("done", "before")
        ],
        "withheld": {o.case: o.withheld for o in result.outcomes if o.withheld},
        "patterns_unanswered": {o.case: o.unanswered for o in result.outcomes if o.unanswered},
        "by_records": [o.case for o in result.outcomes if o.by == "records"],
        "exit": result.exit,
    }


def _table(result: Result, out: Path | None) -> Iterator[str]:
    yield from _some([line for o in result.outcomes for line in _of_case(o)])
    states = Counter(o.state for o in result.outcomes)
    found = sum(1 for o in result.outcomes if o.new)
    told = ", ".join(f"{states[s]:,} {words}" for s, words in _STATES.items())
    yield f"Cases      {len(result.outcomes):,}: {told}"
    yield f"Asked      {result.indicators:,} indicators" + (
        f", and {result.by_columns:,} patterns by reading every record" if result.by_columns else ""
    )
    slow = sum(1 for o in result.outcomes if o.by == "records") if not result.by_columns else 0
    if slow:
        yield f"Slowly     {slow:,} cases have no keys yet: `bridle recheck` makes cases that have"
    yield f"New        {result.new:,} findings in {found:,} cases"
    yield f"Follow up  {sum(len(o.follow_up) for o in result.outcomes):,} findings whose indicator no longer holds"
    if unanswered := sum(o.unanswered for o in result.outcomes):
        yield f"Unanswered {unanswered:,} patterns: `bridle recheck` of the case says why in its coverage"
    if withheld := sum(o.withheld for o in result.outcomes):
        yield f"Withheld   {withheld:,} findings of restricted indicators tell no value: recheck these cases"
    if out is not None:
        yield f"Findings   {out}"


def _of_case(o: Outcome) -> Iterator[str]:
    for f in o.new:
        yield f"new        {f['level']:13} {_value(f)}  {o.case}"
    for f in o.follow_up:
        yield f"{f['why']:10} {f['level']:13} {_value(f)}  {o.case}"
    if o.state in ("skipped", "unreadable"):
        yield f"{'left out' if o.state == 'skipped' else 'unreadable':10} {o.case}: {o.why}"


def _value(f: dict[str, Any]) -> str:
    return f"{f['indicator']['kind']} {f['indicator']['value']}" if f["indicator"] else str(f["title"])


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], f"and {more:,} more; -o FILE or --json has all"] if more > 0 else lines
