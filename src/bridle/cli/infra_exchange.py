"""`bridle infra match` and `convert`: other people's formats in, and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridle.cli.terminal import fail, harmless, say_json

if TYPE_CHECKING:
    from bridle.infra.matching import Fingerprint, Matched

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
        click.echo(f"bridle: {harmless(f'{path.name}: {e}')}", err=True)
        return False
    if folder is not None:
        matching.record(done, path, folder, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return True


def _tell(done: Matched, says: Mapping[str, Sequence[str]], as_json: bool) -> None:
    """The matches on stdout, what could not be read or examined on stderr."""
    for name, gap in done.gaps:
        click.echo(harmless(f"{name}: {gap.locator}: {gap.reason}"), err=True)
    for m in done.matches if not as_json else ():
        at = f"{m.ip}:{m.port}" if m.port else m.ip
        told = f"; the base: {', '.join(says[m.ip])}" if says[m.ip] else ""
        line = (
            f"{m.fingerprint}  {m.product}  {m.confidence}  {at}  {m.time or 'no time'}  ({m.file}, {m.locator}){told}"
        )
        click.echo(harmless(line))
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


COMMANDS: tuple[click.Command, ...] = (match,)
