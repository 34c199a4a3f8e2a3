"""`bridle timeline`."""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.opening import opened
from bridle.cli.terminal import fail, one_line
from bridle.formats.json_text import json_text

if TYPE_CHECKING:
    from bridle.case.reader import Case

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.command(
    epilog="Examples: bridle timeline case1 --around 2021-07-18T10:02:00Z --window 10m; "
    "bridle timeline case1 --from 2026-03-29T14:10 --to 2026-03-29T18:40 --zone phone"
)
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--around", metavar="TIME", help="Only near this time, such as 2021-07-18T10:02:00Z.")
@click.option("--window", default="10m", show_default=True, help="How near: 30s, 10m, 2h, 3d.")
@click.option("--from", "first", metavar="TIME", help="Begin of the time the phone was out of its owner's hands.")
@click.option("--to", "last", metavar="TIME", help="End of that time.")
@click.option(
    "--zone",
    default="UTC",
    show_default=True,
    metavar="ZONE",
    help="Zone of --from and --to without an offset: UTC, `phone`, or a name such as Europe/Belgrade.",
)
@click.option("--all", "everything", is_flag=True, help="With --from and --to: every row, not only custody events.")
@click.option("--table", "tables", multiple=True, metavar="GLOB", help="Only these tables, such as `ios.sms.*`.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def timeline(
    case: Path,
    around: str | None,
    window: str,
    first: str | None,
    last: str | None,
    zone: str,
    everything: bool,
    tables: tuple[str, ...],
    as_csv: bool,
    as_json: bool,
) -> None:
    """What a case records, in the order of time: one line for every time of every row.

    With --from and --to, the events of a phone that was seized or left alone: USB, trusted computers, unlocking,
    installs, settings, reboots and crashes on one axis. It shows a sequence, not who did it.
    """
    from bridle.case.timeline import timeline as rows

    if (first is None) != (last is None):
        fail("--from and --to belong together: give both ends of the time")
    if first is not None and around is not None:
        fail("--around and --from are two ways to say when: give one")
    found = opened(case)
    write = _json_line if as_json else _csv_line() if as_csv else _text_line
    if first is None or last is None:
        span = parse_window(window) if around else None
        for row in rows(found, around=parse_time(around) if around else None, window=span, tables=tables or None):
            write(row)
        return
    ends = _moment(found, first, "--from", zone), _moment(found, last, "--to", zone)
    if ends[0] > ends[1]:
        fail("--to is before --from")
    if everything or tables:
        for row in rows(found, first=ends[0], last=ends[1], tables=tables or None):
            write(row)
        return
    write = _json_line if as_json else _csv_line() if as_csv else _event_line if zone == "UTC" else _local_line
    _custody(found, *ends, zone, write)


def _moment(case: Case, text: str, option: str, zone: str) -> datetime:
    """A time given on the command line, in the zone that was named where it has no offset."""
    from bridle.detect.custody import instant

    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{option}: expected a time such as 2026-03-29T14:10 or 2026-03-29T12:10:00Z, got {text!r:.60}")
    if time.tzinfo is not None:
        return time
    if (found := instant(case, time, zone)) is None:
        fail(
            "--zone phone: the case does not tell the zone the phone was set to; name one, such as Europe/Belgrade"
            if zone == "phone"
            else f"--zone: expected UTC, phone or a name such as Europe/Belgrade, got {zone!r:.60}"
        )
    return found


def _custody(case: Case, first: datetime, last: datetime, zone: str, write: Callable[[dict[str, Any]], None]) -> None:
    """The events on stdout; what is to be known about them on stderr."""
    from bridle.detect import custody

    ends = [t.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") for t in (first, last)]
    shown = [custody.local(case, t) for t in (first, last)]
    click.echo(f"From {ends[0]} to {ends[1]}" + (f" ({shown[0]} to {shown[1]})" if all(shown) else ""), err=True)
    click.echo(one_line(custody.clock(case)), err=True)
    counts: Counter[str] = Counter()
    shown_by_clock = False
    for row in custody.custody(case, first, last, "phone" if zone == "UTC" else zone):
        counts[row["kind"]] += 1
        shown_by_clock = shown_by_clock or row["zone_note"] != "UTC"
        write(row)
    there = custody.examined(case)
    told = ", ".join(f"{k} {counts[k]}" for k in there) or "none"
    click.echo(f"Events: {told}.", err=True)
    if shown_by_clock:
        click.echo("~ after a time: the phone's clock showed it, and its zone was reckoned with to tell UTC.", err=True)
    if lacking := [k for k in custody.kinds() if k not in there]:
        click.echo(f"Not examined, for no record of it is in the case: {', '.join(lacking)}.", err=True)
    click.echo(
        "This is the sequence the phone recorded. It does not show who did it, and records can be missing.", err=True
    )


def parse_time(text: str) -> datetime:
    """ISO 8601; without an offset it is UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--around: expected a time such as 2021-07-18T10:02:00Z, got {text!r:.60}")
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def parse_window(text: str) -> timedelta:
    """`10m` and the like."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        fail(f"--window: expected a span such as 30s, 10m, 2h or 3d, got {text!r:.60}")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _json_line(row: dict[str, Any]) -> None:
    click.echo(json_text(row))


def _csv_line() -> Any:
    from bridle.report.exports.harmless import as_cell

    writer = csv.writer(sys.stdout)
    started: list[bool] = []

    def write(row: dict[str, Any]) -> None:
        if not started:
            writer.writerow(row)
            started.append(True)
        writer.writerow([as_cell(v) for v in row.values()])

    return write


def _event_line(row: dict[str, Any], when: str = "") -> None:
    note = "" if row["zone_note"] == "UTC" else "~"
    text = one_line(str(row["text"] or ""))
    more = f"; {row['rows']} rows say so" if row["rows"] > 1 else ""
    place = one_line(f"[{row['table']} {row['path']} {row['locator']}{more}]")
    click.echo(f"{row['time']}{note}{when}  {row['kind']:<8} {row['event']}  {text}  {place}")


def _local_line(row: dict[str, Any]) -> None:
    """With the time in the zone that was asked for beside it."""
    _event_line(row, f"  ({row['local']})" if row["local"] else "")


def _text_line(row: dict[str, Any]) -> None:
    note = "" if row["zone_note"] == "UTC" else f" ({row['zone_note']})"
    summary, place = one_line(str(row["summary"] or "")), one_line(f"[{row['path']} {row['locator']}]")
    click.echo(f"{row['time']}{note}  {row['table']}.{row['event']}  {summary}  {place}")
