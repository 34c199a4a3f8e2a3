"""`bridle withdraw`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.opening import require_case
from bridle.cli.terminal import each_line, fail, say_json

if TYPE_CHECKING:
    from bridle.custody.withdraw import Withdrawn

_TOMBSTONE = "withdrawn.json"
_ROLES = ("person", "representative", "analyst", "court", "retention")
_KINDS = {
    "recipient": "To be asked",
    "key": "Given to somebody",
    "output": "Not found",
    "baseline": "Baseline not found",
    "case": "Not found",
    "held": "Held",
    "mention": "Named in",
    "name": "Elsewhere too",
    "unread": "Not looked into",
    "failed": "Not destroyed",
}
EXAMPLE = """
\b
Examples:
  bridle withdraw case1 --yes
  bridle withdraw case1 --lake /cases/lake --also ~/cases --also /mnt/copies --by retention

\b
Exit codes: 0 destroyed · 1 destroyed, and somebody is to be asked or something was not found · 2 wrong use, or a
legal hold keeps it · 3 something could not be destroyed: the same command goes on.
"""


@click.command(epilog=EXAMPLE)
@click.argument("cases", nargs=-1, required=True, metavar="CASE...", type=click.Path(path_type=Path))
@click.option("--lake", "lakes", multiple=True, metavar="URL", help="A lake that may have it. Repeatable.")
@click.option("--also", multiple=True, metavar="FOLDER", type=click.Path(path_type=Path, exists=True, file_okay=False),
              help="A folder to look through for copies, later cases, reports and baselines. Repeatable.")  # fmt: skip
@click.option("--by", default="person", show_default=True, type=click.Choice(_ROLES), help="Who asks for it.")
@click.option("--despite-broken-log", is_flag=True, help="Although the custody log was changed: there was no hold.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="An array with an object for each case.")
def withdraw(
    cases: tuple[Path, ...], lakes: tuple[str, ...], also: tuple[Path, ...], by: str, despite_broken_log: bool,
    yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Destroy CASES whose consent was withdrawn or has run out: the key first, then all of the case, its copies, the
    cases made from it or that it was made from, what lakes have of it, and the reports and baselines drawn from it.

    They are found beside the case, and in lakes and folders that you name. Who was given what is listed: you have to
    ask them. `withdrawn.json` stays in the case's folder: digests and a time, nothing of the person. The acquisition
    itself and backups of this machine are not touched.
    """
    for case in cases:
        if not _is_gone(case):
            require_case(case)
    if not yes:
        if not sys.stdin.isatty():
            fail("destroying needs --yes where nobody can be asked")
        click.confirm(f"Destroy {', '.join(map(str, cases))} for good?", abort=True, err=True)
    told: list[dict[str, Any]] = []
    code = 0
    for case in cases:
        done, one = _one(case, by=by, lakes=lakes, also=also, despite_broken_log=despite_broken_log)
        told.append({"path": str(case), **one})
        code = max(code, 0 if done is None else _code(done))
        if not as_json:
            click.echo(each_line(_lines(case, one)))
    if as_json:
        say_json(told)
    raise SystemExit(code)


def _one(case: Path, **asked: Any) -> tuple[Withdrawn | None, dict[str, Any]]:
    """What came of one case; None and its tombstone for one that is gone already. What stops it ends the command."""
    from bridle.custody.search import TooManyError
    from bridle.custody.withdraw import Asked, HeldError, LogBrokenError
    from bridle.custody.withdraw import withdraw as destroy
    from bridle.fleet.storage import LakeError

    if _is_gone(case) and not (asked["lakes"] or asked["also"]):
        return None, _stone(case)
    try:
        done = destroy(Asked(case=case, **asked))
    except (HeldError, LogBrokenError, LakeError, TooManyError) as e:
        fail(str(e))
    except (OSError, ValueError) as e:
        fail(
            f"{case} is not destroyed, or not all of it: {getattr(e, 'strerror', None) or e}; the same command goes on",
            3,
        )
    return done, asdict(done) | {"finished": done.finished}


def _is_gone(case: Path) -> bool:
    return (case / _TOMBSTONE).is_file() and not (case / "manifest.json").exists()


def _stone(case: Path) -> dict[str, Any]:
    try:
        found = json.loads((case / _TOMBSTONE).read_bytes()[: 1 << 20])
    except (OSError, ValueError, RecursionError):
        found = None
    known = found if isinstance(found, dict) else {}
    return {"case": str(known.get("case", "")), "withdrawn": str(known.get("withdrawn", "")), "finished": True}


def _code(done: Withdrawn) -> int:
    return 3 if not done.finished else 1 if done.left else 0


def _lines(case: Path, one: dict[str, Any]) -> Iterator[str]:
    if "withdrawn" in one:
        yield f"Gone already   {case}, on {one['withdrawn'] or 'an unknown day'}"
        return
    key = "its key, " if one["key"] else ""
    whole = "Destroyed" if one["finished"] else "Not all of"
    yield f"{whole:14} {case}: {key}{one['files']:,} files" if one["files"] else f"Gone already   {case}"
    for name, words in (("copies", "copies and cases of one origin"), ("in_lakes", "cases in lakes")):
        if one[name]:
            yield f"Destroyed      {one[name]:,} {words}"
    for name in ("outputs", "baselines"):
        if one[name]:
            yield f"Destroyed      {len(one[name]):,} {name}"
    for left in one["left"]:
        where = f": {left['where']}" if left["where"] and left["where"] != left["what"] else ""
        said = left["where"] if left["kind"] == "recipient" else left["what"] + where
        yield f"{_KINDS[left['kind']]:14} {said}"
    if not one["finished"]:
        yield "The same command goes on; leave out what cannot be reached."
        return
    if (case / _TOMBSTONE).is_file():
        yield f"Left           {case / _TOMBSTONE}"
    yield "Not touched    the acquisition itself, and backups of this machine"
