"""`bridle infra match` and `convert`: other people's formats in, and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.terminal import fail, one_line, say_json
from bridle.core import TLP

if TYPE_CHECKING:
    from bridle.infra.convert import Converted, Read
    from bridle.infra.matching import Fingerprint, Matched

_MOST_SHOWN = 200
_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.command(epilog="""
\b
Example: bridle infra match shodan.json.gz --base base --record

\b
Exit codes: 0 no match · 1 some · 2 wrong use · 3 an export could not be read, or only in part, and no match.
""")  # fmt: skip
@click.argument("scans", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--base", "folder", metavar="DIR", type=click.Path(path_type=Path),
              help="A knowledge base: says what it has on each address that matches.")  # fmt: skip
@click.option("--record", is_flag=True, help="Write the matches into the base, as claims of bridle's own.")
@click.option("--fingerprints", metavar="DIR", type=click.Path(path_type=Path),
              help="Fingerprints of your own instead of bridle's; see docs/guides/infra.md.")  # fmt: skip
@_JSON
def match(scans: tuple[Path, ...], folder: Path | None, record: bool, fingerprints: Path | None, as_json: bool) -> None:
    """Compare exports of Censys, Shodan or zgrab in SCANS with fingerprints of spyware servers. Asks no server.

    What an export does not hold cannot be compared: those services are counted as not examined.
    """
    from bridle.infra import matching
    from bridle.infra.base import BaseError

    if record and folder is None:
        fail("--record needs `--base DIR`, the base to write to")
    for path in scans:
        if not path.is_file():
            fail(f"{path} is no file")
    done = matching.Matched()
    try:
        known = matching.load(fingerprints or matching.FOLDER)
        unreadable = sum(not _matched(path, known, done, folder if record else None) for path in scans)
        says = {m.ip: _says(folder, m.ip) if folder is not None and folder.exists() else [] for m in done.matches}
    except (BaseError, matching.FingerprintError) as e:
        fail(str(e))
    if as_json:
        say_json({"services": done.services, "matches": [asdict(m) | {"base": says[m.ip]} for m in done.matches],
                  "not_examined": dict(sorted(done.not_examined.items())), "unread": done.unread})  # fmt: skip
    _tell(done, says, as_json)
    raise SystemExit(1 if done.matches else 3 if unreadable or done.unread else 0)


def _matched(path: Path, known: Sequence[Fingerprint], done: Matched, folder: Path | None) -> bool:
    """Match one export, and record it where a folder is given; whether it could be read."""
    from bridle.infra import matching
    from bridle.infra.source_file import UnreadableError

    try:
        matching.match_file(path, known, done)
    except (OSError, UnreadableError) as e:
        click.echo(f"bridle: {one_line(f'{path.name}: {e}')}", err=True)
        return False
    if folder is not None:
        matching.record(done, path, folder, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return True


def _tell(done: Matched, says: Mapping[str, Sequence[str]], as_json: bool) -> None:
    """The matches on stdout, what could not be read or examined on stderr."""
    for name, gap in done.gaps:
        click.echo(one_line(f"{name}: {gap.locator}: {gap.reason}"), err=True)
    for m in done.matches if not as_json else ():
        at = f"{m.ip}:{m.port}" if m.port else m.ip
        told = f"; the base: {', '.join(says[m.ip])}" if says[m.ip] else ""
        line = (
            f"{m.fingerprint}  {m.product}  {m.confidence}  {at}  {m.time or 'no time'}  ({m.file}, {m.locator}){told}"
        )
        click.echo(one_line(line))
    lacking = ", ".join(f"{n:,} by {name}" for name, n in sorted(done.not_examined.items()))
    told = f"; not examined: {lacking}" if lacking else ""
    click.echo(f"{len(done.matches):,} matches in {done.services:,} services{told}", err=True)


def _says(folder: Path, ip: str) -> list[str]:
    """What others than bridle say of an address in the base."""
    from bridle.infra.base import read
    from bridle.infra.conflicts import party
    from bridle.infra.matching import SOURCE

    with read(folder) as base:
        claims = list(base.claims("ip-address", ip))
    return list(dict.fromkeys(f"{c.source} says {party(c) or c.says}" for c in claims if c.source != SOURCE))


@click.command(epilog="""
\b
Example: bridle infra convert pegasus.stix2 -o pegasus.rules --to suricata

\b
Exit codes: 0 all of it · 1 written, and something is left out or was not understood · 2 wrong use · 3 not a feed.
""")  # fmt: skip
@click.argument("feed", metavar="IN", type=click.Path(path_type=Path))
@click.option("-o", "out", required=True, metavar="OUT", type=click.Path(path_type=Path, allow_dash=True),
              help="A new file, or - for stdout.")  # fmt: skip
@click.option("--to", "to", required=True, type=click.Choice(("stix", "mvt", "misp", "csv", "suricata", "hosts")))
@click.option("--title", metavar="TEXT", help="What the event or bundle is called; by default IN's name.")
@click.option("--audience", default="TLP:CLEAR", show_default=True, metavar="TLP", type=click.Choice(TLP),
              help="Whom rules and hosts files are for: they cannot say a marking.")  # fmt: skip
@_JSON
def convert(feed: Path, out: Path, to: str, title: str | None, audience: str, as_json: bool) -> None:
    """Write the indicators of IN, any feed that bridle reads, in another format.

    `stix` keeps to STIX 2.1 where it has a word, `mvt` writes what the Mobile Verification Toolkit reads. Between
    these, MISP and CSV nothing said of a value is lost; what a format has no place for has a field of its own.
    """
    from bridle.infra.convert import convert as run
    from bridle.infra.convert import read_items
    from bridle.infra.source_file import UnreadableError

    if str(out) != "-" and out.exists():
        fail(f"{out} exists already; give a new file")
    try:
        read = read_items(feed)
        done = run(read.items, to, title or feed.name.partition(".")[0], audience)
        if str(out) == "-":
            click.echo(done.text, nl=False)
        else:
            _write(out, done.text)
    except UnreadableError as e:
        fail(f"{feed.name}: {e}", 3)
    except OSError as e:
        fail(f"{e.filename}: {e.strerror}")
    if as_json and str(out) != "-":
        say_json({"read": len(read.items), "written": done.written, "carried": done.carried, "lost": read.lost,
                  "left_out": dict(done.left_out), "warnings": [asdict(w) for w in read.warnings]})  # fmt: skip
    _tell_conversion(read, done)
    understood = all(w.severity == "note" for w in read.warnings)
    raise SystemExit(0 if understood and not done.left_out and not read.lost else 1)


def _tell_conversion(read: Read, done: Converted) -> None:
    """What became of the indicators, on stderr."""
    for w in read.warnings[:_MOST_SHOWN]:
        click.echo(one_line(f"{w.place}: {w.severity}: {w.reason}"), err=True)
    for what in read.lost:
        click.echo(one_line(f"not converted: {what}"), err=True)
    for what, n in sorted(done.left_out.items()):
        click.echo(one_line(f"not written: {n:,} {what}"), err=True)
    again = f", {read.again:,} of them twice" if read.again else ""
    carried = f"; of {done.carried:,} something is in bridle's own field" if done.carried else ""
    click.echo(f"{done.written:,} of {len(read.items):,} indicators written{again}{carried}", err=True)


def _write(out: Path, text: str) -> None:
    """A file as a whole, or none."""
    beside = out.with_name(f".{out.name}.part")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)


COMMANDS: tuple[click.Command, ...] = (match, convert)
