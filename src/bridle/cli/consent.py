"""`bridle consent`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.opening import require_case
from bridle.cli.terminal import each_line, fail, say_json

if TYPE_CHECKING:
    from datetime import date

EXAMPLE = """
\b
Examples:
  bridle consent > consent.toml      # fill it in, then bridle check … --consent consent.toml
  bridle consent consent.toml        # is it filled in, and what does it allow today
  bridle consent case1

\b
Exit codes: 0 it may be kept · 1 it was to be destroyed by now · 2 no record, or one that cannot be used.
"""


@click.command(epilog=EXAMPLE)
@click.argument("of", required=False, metavar="[CASE_OR_RECORD]", type=click.Path(path_type=Path))
@click.option("--language", default="en", show_default=True, metavar="TAG", help="In which language it is explained.")
@click.option("--json", "as_json", is_flag=True, help="What is allowed, as an object.")
def consent(of: Path | None, language: str, as_json: bool) -> None:
    """Write a consent record to fill in, on standard output; or say what a case or a record allows today.

    Commands that go beyond it refuse, and say how it is widened: `bridle recheck CASE --consent FILE.toml` makes a case
    with a new record.
    """
    from bridle.case.consent import ConsentError, template, today

    try:
        if of is None:
            click.echo(template(language), nl=False)
            return
        allowed = _allowed(_meta(of), today())
    except ConsentError as e:
        fail(str(e))
    say_json(allowed) if as_json else click.echo(each_line(_lines(allowed)))
    raise SystemExit(1 if allowed["overdue"] else 0)


def _meta(path: Path) -> dict[str, Any]:
    """As in case.toml. Raises ConsentError for a record that cannot be used."""
    from bridle.case.consent import Consent
    from bridle.case.reader import Case

    if not path.is_dir():
        return {"consent": Consent.load(path).as_dict()}
    require_case(path)
    try:
        return Case(path, None).meta
    except (OSError, ValueError) as e:
        fail(f"the case cannot be read: {e}", 3)


def _allowed(meta: dict[str, Any], on: date) -> dict[str, Any]:
    """Each scope, whether it covers that today, and if not, why."""
    from bridle.case import consent as gates

    scopes: dict[str, Callable[[], None]] = {
        "re_scan": lambda: gates.may_re_scan(meta, on),
        "share": lambda: gates.may_share_with(meta, None, on),
        "publish": lambda: gates.may_publish(meta, on),
        "statistics": lambda: gates.may_count(meta, on),
    }
    record, kept = meta.get("consent"), gates.kept_until(meta)
    return {
        "consent": dict(record) if isinstance(record, dict) else None,
        "synthetic": gates.is_synthetic(meta),
        "on": on.isoformat(),
        "kept_until": kept.isoformat() if kept else None,
        "overdue": gates.overdue(meta, on) is not None,
        "refused": {name: why for name, may in scopes.items() if (why := _refusal(may))},
    }


def _refusal(may: Callable[[], None]) -> str | None:
    from bridle.case.consent import RefusedError

    try:
        may()
    except RefusedError as e:
        return str(e)
    return None


_SCOPES = {
    "re_scan": "Examine again",
    "share": "Share",
    "publish": "Publish",
    "statistics": "Statistics",
}


def _lines(allowed: dict[str, Any]) -> Iterator[str]:
    record, refused = allowed["consent"], allowed["refused"]
    if record is not None:
        yield from _given(record)
    else:
        yield "Consent        none recorded" + ("; all of it is synthetic, and needs none" * allowed["synthetic"])
    for name, words in _SCOPES.items():
        yield f"{words:14} " + (f"no: {refused[name]}" if name in refused else _yes(name, record))
    if allowed["overdue"]:
        yield f"Overdue        it was to be destroyed by {allowed['kept_until']}: `bridle withdraw CASE`"


def _given(record: dict[str, Any]) -> Iterator[str]:
    """Each on one line, whatever a record holds."""

    def said(name: str) -> str:
        return " ".join(str(record.get(name, "")).split()) or "nobody"

    yield f"Given by       {said('given_by')} on {said('date')}, {said('method')}, explained in {said('language')}"
    yield f"Witness        {said('witness')}"
    yield f"Kept until     {said('retention_until')}"


def _yes(name: str, record: dict[str, Any] | None) -> str:
    if record is None:
        return "yes"
    if name == "re_scan":
        return f"until {record['re_scan_until']}"
    return f"with {', '.join(map(str, record['share_with']))}" if name == "share" else "yes"
