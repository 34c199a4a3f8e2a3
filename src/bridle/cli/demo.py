"""`bridle demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.ending import writing
from bridle.cli.terminal import fail, harmless, say_json, talk

if TYPE_CHECKING:
    from bridle.demo import Demo


@click.command(epilog="Example: bridle demo demo --open")
@click.argument("folder", default="demo", type=click.Path(path_type=Path))
@click.option("--seed", default=7, show_default=True)
@click.option("--open", "show", is_flag=True, help="Open the reports in the browser.")
@click.option(
    "--project",
    is_flag=True,
    help="Re-enact an investigation: 67 phones, a list of 50,000 selections, "
    "infrastructure; then everything over it, and the report of a consortium.",
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="With --project: the cohort, instead of a new one; see `bridle phantom cohort`.",
)
@click.option("--json", "as_json", is_flag=True, help="With --project: print the figures against the truth as JSON.")
def demo(folder: Path, seed: int, show: bool, project: bool, source: Path | None, as_json: bool) -> None:
    """Make two synthetic phones with planted attacks in FOLDER, examine them, and say where the reports are.

    Of an iPhone, its encrypted backup and its sysdiagnose are examined as one case; of an Android phone, its bugreport
    and what AndroidQF takes of it. With --project many phones are examined, with the list that their numbers are on.
    That is a re-enactment: it validates the software, not the findings of 2021.
    """
    if not project and (source is not None or as_json):
        fail("--from and --json go with --project")
    with writing():
        if project:
            _project(folder, seed, source, show=show, as_json=as_json)
        else:
            _phones(folder, seed, show)


def _project(folder: Path, seed: int, source: Path | None, *, show: bool, as_json: bool) -> None:
    from bridle.case.keys import CaseLockedError
    from bridle.demo_project import CohortError, run
    from bridle.fleet.executor import ExecutorError
    from bridle.fleet.storage import LakeError

    if (folder / "report.html").exists() or (source is None and folder.exists()):
        fail(f"{folder} exists already; remove it, or name another: bridle demo --project FOLDER")
    bar = talk()
    try:
        result = run(folder, seed, bar, source)
    except (CohortError, LakeError, ExecutorError, CaseLockedError) as e:
        fail(str(e))
    finally:
        bar.close()
    told = result.as_json()
    if as_json:
        say_json(told)
    else:
        verdicts = "\n".join(f"           {n:3} {verdict}" for verdict, n in told["verdicts"].items())
        click.echo(harmless(
            f"Re-enactment of {told['phones']} phones. It validates the software, not the findings of 2021.\n"
            f"Verdicts\n{verdicts}\n"
            f"Truth      {told['verdicts_right']} of {told['phones']} verdicts amount to what was planted; "
            f"{told['false_accusations']} false accusations\n"
            f"Time       {told['seconds']:.0f} s\n"
            f"Next       open {result.report}"
        ))  # fmt: skip
    if show:
        click.launch(str(result.report))


def _again(made: Demo) -> str:
    """How every finding is derived again from the evidence, and what opens the evidence and the case."""
    from bridle.case.keys import identity_file

    password = f"BRIDLE_BACKUP_PASSWORD={made.password} " if made.password else ""
    sources = " ".join(f"--evidence {source}" for source in made.sources)
    opens = f"the password of the backup is {made.password!r}; " if made.password else "no password is needed; "
    return (
        f"{password}bridle verify {made.case} --findings {sources} -i {made.feed}\n"
        f"           ({opens}the key to the case is your identity, {identity_file()})"
    )


def _phones(folder: Path, seed: int, show: bool) -> None:
    from bridle.cli.check import closing
    from bridle.demo import run

    if folder.exists():
        fail(f"{folder} exists already; remove it, or name another: bridle demo FOLDER")
    bar = talk()
    try:
        phones = run(folder, seed, bar)
    finally:
        bar.close()
    for number, made in enumerate(phones):
        listed = " and ".join(map(str, made.truths))
        click.echo(f"{chr(10) if number else ''}{made.name}")
        click.echo(closing(made.summary, made.case))
        click.echo(
            f"\nPlanted    {made.found} of {made.planted} traces are in the findings; they are listed, in order, in\n"
            f"           {listed}\n"
            f"Next       open {made.case / 'report.html'}\n"
            f"           bridle timeline {made.case} --around {made.around}\n"
            f"Again      {_again(made)}"
        )
        if show:
            click.launch(str(made.case / "report.html"))
