"""`bridle debug-bundle`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from bridle.cli.opening import opened
from bridle.cli.terminal import fail, one_line

EXAMPLE = """
\b
Examples:
  bridle debug-bundle                       shows it
  bridle debug-bundle case1 -o bundle.json  shows it, asks, writes it

\b
Exit codes: 0 shown, or written · 2 wrong use, or not approved · 3 a case cannot be read.
"""


@click.command(epilog=EXAMPLE)
@click.argument("cases", metavar="[CASE]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "file", type=click.Path(path_type=Path), help="The file to write; must not exist.")
@click.option("--yes", is_flag=True, help="It was read and may be written; needed in a pipe.")
def debug_bundle(cases: tuple[Path, ...], file: Path | None, yes: bool) -> None:
    """Show, and write, what may be handed over when something fails.

    It holds versions, the results of `bridle doctor`, the kinds and places of bridle's own faults, and of each CASE how
    many files each artifact read or could not read, by kind of error. It holds no text, number, name, path, time or
    hash of the phone, the case or this machine. All of it is shown before it is written; nothing is sent.
    """
    text = json.dumps(_bundle(cases), indent=2) + "\n"
    click.echo(text, nl=False)
    if file is None:
        return
    if not yes and not _approved(file):
        fail("nothing was written; read what is above, and run the command again with --yes")
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        fail(f"{file} exists; name another file")
    except OSError as e:
        fail(f"{file} cannot be written: {e.strerror}; name another place with -o")
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(text)
    click.echo(one_line(f"Written to {file}: what is above, and nothing else."), err=True)


def _bundle(cases: tuple[Path, ...]) -> dict[str, Any]:
    from bridle.acquire import doctor, requirements
    from bridle.cli import faults
    from bridle.engine.debug_bundle import bundle

    try:
        packages = {r.name: r.installed for asked in requirements.of("bridle").values() for r in asked}
    except ImportError:
        packages = {}
    checks = [(line.check, line.status) for line in doctor.examined(Path())]
    try:
        return bundle([opened(case) for case in cases], faults.stored(), checks, packages)
    except (OSError, ValueError, KeyError) as e:
        fail(f"a case cannot be read ({type(e).__name__}); `bridle verify` says what of it differs", 3)


def _approved(file: Path) -> bool:
    """What somebody on a terminal answers; no in a pipe."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return click.confirm(f"This is all that is written. Write it to {file}?", default=False, err=True)
