"""`bridle artifacts`."""

from __future__ import annotations

import click

from bridle.cli.terminal import say_json


@click.group()
def artifacts() -> None:
    """Look at what bridle reads."""


@artifacts.command("list", epilog="Example: bridle artifacts list --json")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
def list_(as_json: bool) -> None:
    """Every artifact, its tables and where it lies on a device."""
    from bridle import artifacts as known

    rows = []
    for name in known.paths():
        artifact = known.load(name)
        rows.append({"name": name, "tables": [artifact.table(r) for r in artifact.records], "paths": artifact.paths,
                     "about": artifact.doc.splitlines()[0]})  # fmt: skip
    if as_json:
        say_json(rows)
        return
    for row in rows:
        click.echo(f"{row['name']}: {row['about']}")
        for path in row["paths"]:
            click.echo(f"    {path}")
