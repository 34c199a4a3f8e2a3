"""`bridle list`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridle.cli.further import FurtherGroup
from bridle.cli.terminal import each_line, fail, harmless, one_line, say_json, talk

if TYPE_CHECKING:
    from bridle.targets.importing import Asked, Done
    from bridle.targets.project import Project

_FURTHER = ("bridle.cli.list_keys", "bridle.cli.list_operators", "bridle.cli.list_correlate", "bridle.cli.list_lookup",
            "bridle.cli.list_publish")  # fmt: skip
"""Modules with further commands, each in its `COMMANDS`."""
PROJECT = click.option("--project", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path),
                       help="The folder of the list project.")  # fmt: skip
SECOND = click.option("--second-identity", metavar="FILE", type=click.Path(path_type=Path),
                      help="The identity of who holds the second key.")  # fmt: skip
JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.group("list", cls=FurtherGroup, further=_FURTHER)
def list_() -> None:
    """Selected numbers and when they were selected: keep them encrypted, and say what may be said of them.

    A list project has an owner and a purpose. Its numbers need two people's keys; everything else works on tokens.
    Nothing here looks a number up anywhere, finds its person, or searches for similar ones.
    """


def opened(folder: Path, second: Path | None = None) -> Project:
    """The project of a command. Ends with exit code 3 when it is locked, 2 when it is none."""
    from bridle.targets.keys import ProjectError, ProjectLockedError, identity_from
    from bridle.targets.project import Project

    try:
        return Project.open(folder, second=identity_from(second) if second else None)
    except ProjectLockedError as e:
        fail(str(e), 3)
    except ProjectError as e:
        fail(str(e))


@list_.command("import", epilog="""
\b
Examples:
  bridle list key second.txt                        (by the holder of the second key; prints age1…)
  bridle list import leak.csv --project list --owner "Example Lab" --purpose "Who was selected" --second-key age1…
  bridle list import more.xlsx --project list --second-identity second.txt --number MSISDN --time "Selected at"

\b
Exit codes: 0 all imported · 1 some rows were odd · 2 wrong use, or no table · 3 a key is missing.
""")  # fmt: skip
@click.argument("file", type=click.Path(path_type=Path))
@PROJECT
@click.option("--owner", metavar="NAME", help="Who answers for a new project.")
@click.option("--purpose", metavar="TEXT", help="What a new project is for.")
@click.option(
    "--second-key",
    "second_keys",
    multiple=True,
    metavar="RECIPIENT",
    help="The age recipient of another person, who will hold the second key of a new project; repeatable.",
)
@click.option(
    "--encrypt-to",
    "readers",
    multiple=True,
    metavar="RECIPIENT",
    help="Who else may read the selections of a new project; repeatable.",
)
@SECOND
@click.option("--number", metavar="COLUMN", help="The column of numbers: its name or its place from 1.")
@click.option("--time", metavar="COLUMN", help="The column of times of selection.")
@click.option("--operator", metavar="COLUMN", help="The column of clients, if the list has one.")
@click.option("--region", metavar="CC", help="Whose national form numbers without a country code are, as ISO 3166.")
@click.option("--zone", metavar="NAME", default="UTC", show_default=True, help="Of times that name no zone.")
@click.option("--day-first/--month-first", "day_first", default=None, help="What 3/4/2018 is.")
@JSON
def import_(
    file: Path, folder: Path, second_identity: Path | None, owner: str | None, purpose: str | None,
    second_keys: tuple[str, ...], readers: tuple[str, ...], as_json: bool, **said: Any,
) -> None:  # fmt: skip
    """Import FILE (CSV, TSV, XLSX, Parquet) into a list project, a new one or one that is there.

    The columns are told by their names or their content. Every row is kept, and every cell as it was written; what
    cannot be read of a row is told with its line.
    """
    from bridle.targets.importing import import_file
    from bridle.targets.importing_read import ImportRefusedError
    from bridle.targets.keys import ProjectError, ProjectLockedError
    from bridle.targets.project import Project, is_project
    from bridle.targets.refusals import RefusedError, stated

    asked = _asked(said)
    bar = talk()
    try:
        if is_project(folder):
            project = opened(folder, second_identity)
        else:
            project = Project.create(folder, *stated(owner, purpose), second_keys, readers)
        done = import_file(file, project, asked, lambda rows: bar.stage(f"{rows:,} rows"))
    except ProjectLockedError as e:
        fail(str(e), 3)
    except (ProjectError, ImportRefusedError, RefusedError) as e:
        fail(str(e))
    finally:
        bar.close()
    say_json(done.as_json()) if as_json else _tell(done)
    raise SystemExit(int(bool(done.warnings)))


def _asked(said: dict[str, Any]) -> Asked:
    from bridle.targets.importing import Asked
    from bridle.targets.times import zone_of

    try:
        return Asked(**{**said, "zone": zone_of(said["zone"])})
    except ValueError as e:
        fail(f"--zone: {e}")


def _tell(done: Done) -> None:
    """What became of an import; no cell of it."""
    for w in done.told:
        click.echo(one_line(f"{w.place}: {w.reason}"), err=True)
    if (more := sum(done.warnings.values()) - len(done.told)) > 0:
        click.echo(f"and {more:,} more of these", err=True)
    about = done.as_json()
    click.echo(one_line(f"{done.rows:,} rows imported from {done.form}, source {done.source[:16]}…"))
    for kind, name in about["columns"].items():
        click.echo(one_line(f"  {kind:9} {'none' if name is None else name}"))
    told = ", ".join(f"{n:,} {status}" for status, n in about["statuses"].items())
    click.echo(f"  statuses  {told or 'none'}")
    click.echo(f"  rewritten {sum(done.rules.values()):,} by {len(done.rules)} migrations")


@list_.command(epilog="""
\b
Example: bridle list summary --project list --zone Africa/Casablanca

\b
Exit codes: 0 done · 2 wrong use · 3 a key is missing, or a file of the project is damaged.
""")  # fmt: skip
@PROJECT
@click.option("--zone", metavar="NAME", default="UTC", show_default=True, help="Of weekday and hour.")
@click.option("--top", default=20, show_default=True, type=click.IntRange(1, 300), help="Countries that are shown.")
@click.option("--published", is_flag=True, help="Add what was published of the 2021 list, with its contradictions.")
@JSON
def summary(folder: Path, zone: str, top: int, published: bool, as_json: bool) -> None:
    """The list as a whole: countries, months, weekday and hour, repeats, sittings.

    For the project's own use: small counts and months are in it. `bridle list publish` says what may leave.
    """
    from bridle.targets.keys import ProjectError
    from bridle.targets.published import claims, compared
    from bridle.targets.summary import summarised
    from bridle.targets.summary_text import lines
    from bridle.targets.times import zone_of

    try:
        zone_of(zone)
    except ValueError as e:
        fail(f"--zone: {e}")
    project = opened(folder)
    try:
        made = summarised(project.batches, zone)
    except ProjectError as e:
        fail(str(e), 3)
    if as_json:
        also = {"published": [c.as_json() for c in claims()]} if published else {}
        say_json({"owner": project.owner, "purpose": project.purpose, **made.as_json(), **also})
        return
    click.echo(each_line([f"{project.purpose} ({project.owner})", *lines(made, top)]))
    if published:
        click.echo(f"\n{harmless(compared())}")
