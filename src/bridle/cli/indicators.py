"""`bridle indicators`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from bridle.cli.terminal import fail, harmless, say_json


@click.group()
def indicators() -> None:
    """Look at indicator feeds."""


@indicators.command("list")
@click.argument("feeds", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
def list_(feeds: tuple[Path, ...], as_json: bool) -> None:
    """The feeds in FILES or folders (without any: the stored ones), with digest and number of indicators."""
    from bridle.indicators import load, stored_folder

    found = load(feeds or (stored_folder(),))
    rows = [{"name": f.name, "sha256": f.digest, "indicators": f.indicators, "loaded": f.loaded, "reason": f.reason}
            for f in found.feeds]  # fmt: skip
    if as_json:
        say_json(rows)
        return
    for row in rows:
        state = "" if row["loaded"] else f"  not loaded: {row['reason']}"
        click.echo(harmless(f"{str(row['sha256'])[:12]}  {row['indicators']:>7}  {row['name']}{state}"))
    kinds = Counter(i.kind for i in found.indicators)
    click.echo(", ".join(f"{n} {k}" for k, n in sorted(kinds.items())) or "No indicators.", err=True)


@indicators.command()
@click.argument("value")
@click.option("-i", "feeds", multiple=True, type=click.Path(path_type=Path), help="Feeds; by default the stored ones.")
def show(value: str, feeds: tuple[Path, ...]) -> None:
    """What the feeds say of one VALUE, such as a domain: kind, feeds, campaigns."""
    from bridle.indicators import load, stored_folder

    found = [i for i in load(feeds or (stored_folder(),)).indicators if value in (i.value, i.shown)]
    if not found:
        fail(f"no feed has {value!r:.80} as it stands", 1)
    say_json(
        [{"kind": i.kind, "value": i.shown, "feeds": i.feeds, "campaigns": i.campaigns, "tlp": i.tlp} for i in found]
    )


@indicators.command()
@click.argument("file", type=click.Path(path_type=Path))
def lint(file: Path) -> None:
    """Explain each problem of a feed with its place. Exit code 1 if there is one."""
    from bridle.indicators import lint as problems

    if not file.exists():
        fail(f"{file} does not exist")
    found = problems(file)
    for p in found:
        click.echo(harmless(f"{p.place}: {p.reason}"))
    raise SystemExit(1 if found else 0)
