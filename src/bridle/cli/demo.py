"""`bridle demo`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.terminal import fail, harmless, talk


@click.command()
@click.argument("folder", default="demo", type=click.Path(path_type=Path))
@click.option("--seed", default=7, show_default=True)
@click.option("--open", "show", is_flag=True, help="Open the report in the browser.")
def demo(folder: Path, seed: int, show: bool) -> None:
    """Make a synthetic phone with a planted attack in FOLDER, examine it, and say where the report is.

    Its encrypted backup and its sysdiagnose are examined as one case.
    """
    from bridle.cli.check import closing
    from bridle.demo import run

    if folder.exists():
        fail(f"{folder} exists already; remove it, or name another: bridle demo FOLDER")
    bar = talk()
    try:
        made = run(folder, seed, bar)
    finally:
        bar.close()
    click.echo(harmless(closing(made.summary, made.case)))
    listed = " and ".join(map(str, made.truths))
    click.echo(
        f"\nPlanted    {made.found} of {made.planted} traces are in the findings; they are listed, in order, in\n"
        f"           {listed}"
    )
    click.echo(
        f"Next       open {made.case / 'report.html'}\n           bridle timeline {made.case} --around {made.around}"
    )
    if show:
        click.launch(str(made.case / "report.html"))
