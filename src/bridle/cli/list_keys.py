"""`bridle list key`, `show`, `unmask` and `audit`: who may see what of a list, and who saw it."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import Any

import click

from bridle.cli.list import JSON, PROJECT, opened
from bridle.cli.terminal import fail, one_line, say_json


@click.command(epilog="""
\b
Example: bridle list key second.txt
""")  # fmt: skip
@click.argument("file", type=click.Path(path_type=Path))
def key(file: Path) -> None:
    """Make an identity in FILE for who will hold the second key, and print its recipient.

    It is made by that person, on their own machine; only the recipient goes to who imports the list.
    """
    import pyrage

    made = pyrage.x25519.Identity.generate()
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(f"# The second key of a list. Without it no number of the list can be seen.\n{made}\n")
    except OSError as e:
        fail(f"{file} cannot be made: {e.strerror}; name a new file")
    click.echo(str(made.to_public()))


@click.command(epilog="""
\b
Example: bridle list show --project list --country MX --limit 10
""")  # fmt: skip
@PROJECT
@click.option("--country", metavar="CC", help="Only selections of numbers of this country's plan.")
@click.option("--token", metavar="TOKEN", help="Only selections of this number, by its token.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=0), help="Shown at most.")
@JSON
def show(folder: Path, country: str | None, token: str | None, limit: int, as_json: bool) -> None:
    """Selections in their order, each number as its token."""
    from bridle.targets.keys import ProjectError

    project = opened(folder)
    try:
        rows = (r for b in project.batches() for r in b.to_pylist())
        wanted = (r for r in rows if (not country or r["country"] == country) and (not token or r["token"] == token))
        found = [{**r, "time": r["time"] and r["time"].isoformat()} for r in islice(wanted, limit)]
    except ProjectError as e:
        fail(str(e), 3)
    if as_json:
        say_json(found)
        return
    for r in found:
        region = r["country"] or "|".join(r["candidates"]) or "-"
        told = (r["row"], r["token"], region, r["status"], r["time"] or "-", r["operator"] or "-", r["rule"] or "")
        click.echo(one_line("  ".join(str(t) for t in told).rstrip()))


@click.command(epilog="""
\b
Example: bridle list unmask 3f0c… --project list --second-identity second.txt --reason "Her consent of 2 May"

\b
Exit codes: 0 found · 1 no such token · 2 wrong use · 3 a key is missing.
""")  # fmt: skip
@click.argument("tokens", nargs=-1, required=True)
@PROJECT
@click.option(
    "--second-identity",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The identity of who holds the second key.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is logged.")
@JSON
def unmask(tokens: tuple[str, ...], folder: Path, second_identity: Path, reason: str, as_json: bool) -> None:
    """The numbers behind TOKENS, with the cells of their rows. Needs both keys, and is logged before it is done.

    A carrier is that to which the number's range was first given; numbers move.
    """
    from bridle.targets.keys import ProjectError, ProjectLockedError
    from bridle.targets.numbers import original_allocation

    project = opened(folder, second_identity)
    try:
        found = project.unmask(tokens, reason)
    except ProjectLockedError as e:
        fail(str(e), 3)
    except ProjectError as e:
        fail(str(e))
    for row in found:
        row["original_allocation"] = original_allocation(row["number"]) if row["number"] else None
    say_json(found) if as_json else _tell(found)
    raise SystemExit(0 if found else 1)


def _tell(found: list[dict[str, Any]]) -> None:
    for row in found:
        first = (row["original_allocation"] or {}).get("carrier") or "-"
        click.echo(one_line(f"row {row['row']}  {row['number'] or '-'}  written {row['raw']}  range first of {first}"))
        for name, cell in row["cells"].items():
            if cell:
                click.echo(one_line(f"  {name}: {cell}"))


@click.command(epilog="""
\b
Example: bridle list audit --project list

\b
Exit codes: 0 whole · 2 wrong use · 3 the log was changed, or a key is missing.
""")  # fmt: skip
@PROJECT
@JSON
def audit(folder: Path, as_json: bool) -> None:
    """What was done with the list, by whom and why; the chain of the log is checked.

    Note its last hash elsewhere: who replaces the whole log by an older copy is found only by that.
    """
    from bridle.targets.keys import ProjectError

    project = opened(folder)
    try:
        entries = [*project.audit.entries()]
    except ProjectError as e:
        fail(str(e), 3)
    if as_json:
        say_json([e.as_json() for e in entries])
        return
    for one in entries:
        second = one.details.get("second")
        who = f"{one.actor[:16]}…" + (f" and {second[:16]}…" if second else "")
        click.echo(one_line(f"{one.time}  {one.action:8} {who}  {one.reason}".rstrip()))
    click.echo(f"{len(entries)} entries, last hash {entries[-1].hash if entries else 'none'}", err=True)


COMMANDS = (key, show, unmask, audit)
