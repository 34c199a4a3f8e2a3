"""`bridle phantom`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridle.cli.ending import writing
from bridle.cli.terminal import fail, one_line

_KINDS = ["ios-backup", "ios-file-system", "ios-sysdiagnose", "bugreport", "androidqf", "adb-backup", "apk"]


class _Writers(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        with writing():
            return super().invoke(ctx)


@click.group(cls=_Writers)
def phantom() -> None:
    """Make synthetic evidence. Every container carries the text BRIDLE-SYNTHETIC in several places."""


@phantom.command(epilog="Example: bridle phantom device --state infected --encrypted --seed 7 phone")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--kind", default="ios-backup", show_default=True, type=click.Choice(_KINDS))
@click.option(
    "--state", type=click.Choice(["clean", "targeted", "infected"]), show_default="infected; clean with --forge"
)
@click.option("--like", metavar="CAMPAIGN", help="Attack after a published campaign; see `bridle phantom campaigns`.")
@click.option("--forge", metavar="FORGERY", help="Traces that somebody makes without an attack; see there.")
@click.option("--noise", is_flag=True, help="Add what looks odd on ordinary phones and is not.")
@click.option("--encrypted", is_flag=True, help="Password `synthetic`, unless --password-file says another.")
@click.option("--password-file", type=click.Path(path_type=Path, exists=True))
@click.option("--seed", default=1, show_default=True, help="Equal seeds give equal bytes.")
@click.option("--scale", default=1, show_default=True, type=click.IntRange(1, 1000), help="Times the ordinary content.")
def device(
    out: Path,
    kind: str,
    state: str | None,
    like: str | None,
    forge: str | None,
    noise: bool,
    encrypted: bool,
    password_file: Path | None,
    seed: int,
    scale: int,
) -> None:
    """Write a synthetic device with a known attack to OUT, and what was planted to OUT.truth.json.

    OUT is a folder for ios-backup, ios-file-system and androidqf, else a file: .tar.gz for a sysdiagnose, .zip for a
    bugreport, .ab, .apk, and .zip.age for an encrypted androidqf. An ios-backup, an androidqf and an adb-backup can be
    encrypted.
    """
    from bridle.phantom import device as making

    if out.exists():
        fail(f"{out} exists already; name a new folder or file")
    if password_file is not None and not encrypted:
        fail("--password-file goes with --encrypted: without it nothing is encrypted")
    state = state or ("clean" if forge else "infected")
    password = password_file.read_text("utf-8").rstrip("\r\n") if password_file else "synthetic"
    try:
        truth = making.write(
            kind,
            state,
            encrypted,
            password if encrypted else None,
            seed,
            out,
            scale,
            like=like,
            forge=forge,
            noise=noise,
        )
    except ValueError as e:
        fail(f"{e}")
    click.echo(one_line(f"{out}: {kind}, {state}, {len(truth.traces)} planted traces; see {out}.truth.json"), err=True)


@phantom.command(epilog="Example: bridle phantom capture -o phone.pcapng --attack redirect --attack beacon")
@click.option("-o", "out", required=True, type=click.Path(path_type=Path), help="The file to write: a pcapng.")
@click.option(
    "--attack",
    "attacks",
    multiple=True,
    help="Plant this, and no more than what is asked for.",
    type=click.Choice(["indicator", "redirect", "race", "beacon", "tunnel", "exfiltration", "none"]),
    show_default="indicator, redirect and beacon",
)
@click.option("--seed", default=1, show_default=True, help="Equal seeds give equal bytes.")
@click.option("--scale", default=1, show_default=True, type=click.IntRange(1, 1000), help="Times the ordinary traffic.")
def capture(out: Path, attacks: tuple[str, ...], seed: int, scale: int) -> None:
    """Write a synthetic capture of a phone's traffic, and what was planted in it to FILE.truth.json.

    The feed of the same seed (`bridle phantom feed`) names the hosts of `indicator` and `redirect`.
    """
    from bridle.phantom import capture as making

    if out.exists():
        fail(f"{out} exists already; name a new file")
    asked = [a for a in attacks if a != "none"] if attacks else making.USUAL
    truth = making.write(out, seed, asked, scale)
    click.echo(one_line(f"{out}: {truth.state}, {len(truth.traces)} planted traces; see {out}.truth.json"), err=True)


@phantom.command("list", epilog="Example: bridle phantom list list.csv --rows 50000 --operators 11 --seed 7")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--rows", default=50_000, show_default=True, type=click.IntRange(11, 1_000_000))
@click.option("--operators", default=11, show_default=True, type=click.IntRange(1, 11))
@click.option(
    "--home-share",
    default=0.7,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="How much of what a client selects is of its own country.",
)
@click.option("--client-field", is_flag=True, help="Say of each row which client selected it.")
@click.option("--seed", default=1, show_default=True, help="Equal seeds give equal bytes.")
def selections(out: Path, rows: int, operators: int, home_share: float, client_field: bool, seed: int) -> None:
    """Write a list of selected numbers to OUT, a .csv or .tsv, and what is true of it to OUT.truth.json.

    No person has any of the numbers: they are of ranges kept for drama, or of ranges that no numbering plan assigns.
    """
    from bridle.phantom import list_file, list_world

    if out.exists():
        fail(f"{out} exists already; name a new file")
    world = list_world.make(seed, rows, operators, home_share=home_share, client_field=client_field)
    list_file.write(world, out)
    click.echo(one_line(f"{out}: {rows:,} selections of {operators} clients; see {out}.truth.json"), err=True)


@phantom.command(epilog="Example: bridle phantom cohort cohort --preset pegasus-project --seed 7")
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--preset",
    default="pegasus-project",
    show_default=True,
    metavar="NAME",
    help="`pegasus-project` (67 phones, 50,000 selections) or `small` (3 phones).",
)
@click.option("--seed", default=7, show_default=True)
def cohort(out: Path, preset: str, seed: int) -> None:
    """Make many phones, the list their numbers are on, and what attacked them, in the folder OUT.

    OUT/truth.json and OUT/truth say what an examination ought to come to. `bridle demo --project --from OUT` examines
    all of it.
    """
    from bridle.cli.terminal import talk
    from bridle.phantom import cohort as making

    if out.exists():
        fail(f"{out} exists already; name a new folder")
    bar = talk()
    try:
        truth = making.write(out, preset, seed, bar.stage)
    except ValueError as e:
        fail(f"{e}")
    finally:
        bar.close()
    click.echo(one_line(f"{out}: {len(truth['phones'])} phones, {truth['list']['rows']:,} selections"), err=True)


@phantom.command(epilog="Example: bridle phantom campaigns")
def campaigns() -> None:
    """List the campaigns for --like and the forgeries for --forge, each with its platform and what it is."""
    from bridle.phantom import telling
    from bridle.phantom.android.device import LIKES

    for name in LIKES:
        click.echo(f"--like {name}\tandroid\tsee bridle.phantom.android")
    for option, what in (("--like", "campaign"), ("--forge", "forgery")):
        for told in telling.read(f"{what}.toml")[what]:
            click.echo(f"{option} {told['name']}\t{told['platform']}\t{told['title']}")


@phantom.command(epilog="Example: bridle phantom feed feed.json")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--seed", default=1, show_default=True)
@click.option("--like", metavar="CAMPAIGN", help="Add the names that are published of a campaign.")
def feed(out: Path, seed: int, like: str | None) -> None:
    """Write the synthetic indicator feed (STIX 2.1) that names the planted attack's infrastructure."""
    from bridle.phantom import feed as making

    if out.exists():
        fail(f"{out} exists already; name a new file")
    try:
        making.write(out, seed, like)
    except ValueError as e:
        fail(f"{e}")
