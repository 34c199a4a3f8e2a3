"""`bridle timeline`."""

from __future__ import annotations

import csv
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bridle.cli.terminal import fail, harmless

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@click.command(epilog="Example: bridle timeline case1 --around 2021-07-18T10:02:00Z --window 10m")
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--around", metavar="TIME", help="Only near this time, such as 2021-07-18T10:02:00Z.")
@click.option("--window", default="10m", show_default=True, help="How near: 30s, 10m, 2h, 3d.")
@click.option("--table", "tables", multiple=True, metavar="GLOB", help="Only these tables, such as `ios.sms.*`.")
@click.option("--csv", "as_csv", is_flag=True, help="Comma-separated values.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def timeline(case: Path, around: str | None, window: str, tables: tuple[str, ...], as_csv: bool, as_json: bool) -> None:
    """What a case records, in the order of time: one line for every time of every row."""
    from bridle.case.timeline import timeline as rows
    from bridle.cli.opening import opened

    span = parse_window(window) if around else None
    write = _json_line if as_json else _csv_line() if as_csv else _text_line
    for row in rows(opened(case), around=parse_time(around) if around else None, window=span, tables=tables or None):
        write(row)


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
    click.echo(json.dumps(row, ensure_ascii=False, default=str))


def _csv_line() -> Any:
    from bridle.case.plain import cell

    writer = csv.writer(sys.stdout)
    started: list[bool] = []

    def write(row: dict[str, Any]) -> None:
        if not started:
            writer.writerow(row)
            started.append(True)
        writer.writerow([cell(v) for v in row.values()])

    return write


def _text_line(row: dict[str, Any]) -> None:
    note = "" if row["zone_note"] == "UTC" else f" ({row['zone_note']})"
    summary = harmless(str(row["summary"] or "")).replace("\n", " ")
    click.echo(f"{row['time']}{note}  {row['table']}.{row['event']}  {summary}  [{row['path']} {row['locator']}]")
