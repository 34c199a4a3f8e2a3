"""`bridle demo`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.terminal import fail, harmless, talk


@click.command()
@click.argument("folder", default="demo", type=click.Path(path_type=Path))
@click.option("--seed", default=7, show_default=True)
@click.option("--open", "show", is_flag=True, help="Open the reports in the browser.")
def demo(folder: Path, seed: int, show: bool) -> None:
    """Make two synthetic phones with planted attacks in FOLDER, examine them, and say where the reports are.

    Of an iPhone, its encrypted backup and its sysdiagnose are examined as one case; of an Android phone, its bugreport
    and what AndroidQF takes of it.
    """
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
        click.echo(harmless(closing(made.summary, made.case)))
        click.echo(
            f"\nPlanted    {made.found} of {made.planted} traces are in the findings; they are listed, in order, in\n"
            f"           {listed}\n"
            f"Next       open {made.case / 'report.html'}\n"
            f"           bridle timeline {made.case} --around {made.around}"
        )
        if show:
            click.launch(str(made.case / "report.html"))
