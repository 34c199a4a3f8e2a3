"""`bridle sign-off`."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from bridle.cli.opening import require_case
from bridle.cli.terminal import each_line, fail, harmless, say_json

if TYPE_CHECKING:
    from bridle.case.signoff import Disposition, SignOff

_LARGEST = 16 << 20
_SHORTEST = 6
"""Characters of an id that stand for it."""
_FIELDS = ("id", "disposition", "reason")
EXAMPLE = """
\b
Examples:
  bridle sign-off case1 --template > findings.toml
  bridle sign-off case1 --as "Ada Example" --from findings.toml
  bridle sign-off case1 --as "Ben Example" --second-reader
  bridle sign-off case1

\b
Exit codes: 0 entered; without --as: complete · 1 without --as: not complete · 2 wrong use · 3 the case cannot
be read or written.
"""


@click.command("sign-off", epilog=EXAMPLE)
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--as", "by", metavar="NAME", help="Who signs. A pseudonym will do; two people have two.")
@click.option("--second-reader", "second", is_flag=True, help="Signs as the one who read what the analyst holds.")
@click.option("--finding", metavar="ID", help="The finding of --disposition and --reason, or the beginning of its id.")
@click.option("--disposition", metavar="D", help="confirmed, benign, inconclusive or needs-more.")
@click.option("--reason", metavar="TEXT", help="Why. It is kept; name no person.")
@click.option("--from", "file", metavar="FILE", type=click.Path(path_type=Path),
              help="Dispositions of many: TOML as --template writes it, or CSV (id, disposition, reason).")  # fmt: skip
@click.option("--template", is_flag=True, help="Write a TOML file to fill in, of the findings that lack a disposition.")
@click.option("--json", "as_json", is_flag=True, help="An object with all of it.")
def sign_off(
    case: Path, by: str | None, second: bool, finding: str | None, disposition: str | None, reason: str | None,
    file: Path | None, template: bool, as_json: bool,
) -> None:  # fmt: skip
    """Enter what you hold of each finding of level medium or above, and sign; or say how far that has come.

    The analyst has signed once no finding lacks a disposition; a second person then signs with --second-reader. Both
    signatures hold for these findings and dispositions alone. Reports for the person and for a court are drafts until
    both have signed. `bridle recheck` carries over what has not changed.
    """
    from bridle.case.signoff import ANALYST, SECOND_READER

    require_case(case)
    given = [finding, disposition, reason]
    if template:
        click.echo(_template(case), nl=False)
        return
    if by is None and (second or file or any(v is not None for v in given)):
        fail("say who signs, with --as NAME")
    if any(v is not None for v in given) and (None in given or file is not None):
        fail("--finding, --disposition and --reason belong together, and take the place of --from FILE")
    rows = _read(file) if file is not None else [given] if finding is not None else []
    now = _state(case) if by is None else _entered(case, by, SECOND_READER if second else ANALYST, rows)
    say_json(_object(now)) if as_json else click.echo(each_line(_lines(now)))
    raise SystemExit(0 if by is not None or now.complete else 1)


def _state(case: Path) -> SignOff:
    from bridle.case.signoff import state

    try:
        return state(case)
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}; `bridle verify` says what of it differs", 3)


def _entered(case: Path, by: str, role: str, rows: Sequence[Sequence[Any]]) -> SignOff:
    from bridle.case.signoff import Disposition, SignOffError, enter

    ids = _ids(case)
    given: list[Disposition] = [
        Disposition(finding=_resolved(i, ids), disposition=str(d), reason=str(r)) for i, d, r in rows
    ]
    try:
        return enter(case, by, role, given)
    except SignOffError as e:
        fail(str(e))
    except OSError as e:
        fail(f"the case cannot be written: {e.strerror}; sign a copy that can", 3)
    except ValueError as e:
        fail(f"the case cannot be read: {e}; `bridle verify` says what of it differs", 3)


def _findings(case: Path) -> list[dict[str, Any]]:
    from bridle.case.reader import Case

    try:
        return [{**f, "id": str(f["id"]), "level": str(f["level"])} for f in Case(case, None).findings()]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as e:
        fail(f"the findings cannot be read: {e}; `bridle verify` says what of the case differs", 3)


def _ids(case: Path) -> list[str]:
    return [f["id"] for f in _findings(case)]


def _resolved(text: Any, ids: Sequence[str]) -> str:
    """The id that a text begins; what is none is left to be refused."""
    if not isinstance(text, str) or len(text) < _SHORTEST:
        fail(f"expected the id of a finding, or {_SHORTEST} characters of it, got {text!r:.60}")
    found = [i for i in ids if i.startswith(text)]
    if len(found) > 1:
        fail(f"{len(found)} findings have an id that begins with {text!r:.60}; give more of it")
    return found[0] if found else text


def _read(file: Path) -> list[Sequence[Any]]:
    """(id, disposition, reason) of each row that has a disposition. Ends with exit code 2 for another file."""
    try:
        with file.open("rb") as stored:
            data = stored.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            fail(f"{file}: expected at most {_LARGEST:,} bytes")
        text = data.decode("utf-8-sig")
        rows = _csv(file, text) if file.suffix.lower() == ".csv" else _toml(file, text)
    except OSError as e:
        fail(f"{file} cannot be read: {e.strerror}")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error, RecursionError) as e:
        fail(f"{file} is neither TOML as --template writes it, nor a .csv: {e!s:.80}")
    return [row for row in rows if row[1] != ""]


def _toml(file: Path, text: str) -> list[Sequence[Any]]:
    found = tomllib.loads(text).get("finding", [])
    rows = found if isinstance(found, list) else [found]
    for row in rows:
        if not isinstance(row, dict) or set(row) != set(_FIELDS):
            fail(f"{file}: expected [[finding]] with {', '.join(_FIELDS)}, got {row!r:.60}")
    return [[cast("dict[str, Any]", row)[name] for name in _FIELDS] for row in rows]


def _csv(file: Path, text: str) -> list[Sequence[Any]]:
    table = csv.DictReader(text.splitlines())
    if not set(_FIELDS) <= set(table.fieldnames or ()):
        fail(f"{file}: expected a first line with {', '.join(_FIELDS)}")
    return [[row[name] or "" for name in _FIELDS] for row in table]


def _template(case: Path) -> str:
    """A table for each finding that lacks a disposition. Raises nothing: what cannot be read ends with exit code 3."""
    from bridle.case.signoff import DISPOSITIONS

    missing = set(_state(case).missing)
    head = (
        f"# Disposition of each finding: {', '.join(DISPOSITIONS)}; and why.\n"
        "# `bridle sql CASE --finding ID` shows the rows that it rests on.\n"
    )
    return head + "".join(_table(f) for f in _findings(case) if f["id"] in missing)


def _table(finding: dict[str, Any]) -> str:
    about = " ".join(f"{finding['level']}  {finding.get('rule', '')}  {finding.get('title', '')}".split())
    name = json.dumps(finding["id"])
    return f'\n# {harmless(about):.200}\n[[finding]]\nid = {name}\ndisposition = ""\nreason = ""\n'


def _object(now: SignOff) -> dict[str, Any]:
    return {
        "complete": now.complete,
        "findings_sha256": now.findings_sha256,
        "analyst": now.analyst,
        "second_reader": now.second_reader,
        "missing": list(now.missing),
        "disputed": list(now.disputed),
        "problems": list(now.problems),
        "ignored": list(now.ignored),
        "dispositions": [d.as_dict() for d in now.held.values()],
    }


def _lines(now: SignOff) -> Iterator[str]:
    for name, held in now.held.items():
        carried = "  (carried over)" if held.carried_from else ""
        yield f"{name[:12]}  {held.disposition:12}  {' '.join(held.reason.split())}{carried}"
    for name in now.missing:
        yield f"{name[:12]}  -             no disposition yet"
    if now.ignored:
        lines = ", ".join(map(str, now.ignored))
        yield f"Ignored        lines {lines} of signoff.jsonl, which the custody log does not name"
    yield f"Analyst        {now.analyst or 'not signed'}"
    yield f"Second reader  {now.second_reader or 'not signed'}"
    yield "Complete: reports are no drafts." if now.complete else f"Not complete: {'; '.join(now.problems)}."
