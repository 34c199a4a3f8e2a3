"""`bridle doctor`."""

from __future__ import annotations

from pathlib import Path

import click

from bridle.cli.terminal import one_line, say_json

EXAMPLE = """
\b
Examples:
  bridle doctor
  bridle doctor --folder /media/cases --json

\b
Exit codes: 0 nothing fails · 1 something fails · 2 wrong use.
"""


@click.command(epilog=EXAMPLE)
@click.option("--folder", default=".", type=click.Path(path_type=Path), help="Where cases are to be written.")
@click.option("--json", "as_json", is_flag=True, help="An object with every check.")
def doctor(folder: Path, as_json: bool) -> None:
    """Check this machine's set-up: what works, what is missing, and what to do.

    Looks at Python and packages, your identity, stored feeds, the sandbox of parsers, space, temporary files, core
    dumps, time zones, fonts, and the separate programs that acquire phones. Changes nothing.
    """
    from bridle.acquire.doctor import examined, summary

    lines = []
    for line in examined(folder):
        lines.append(line)
        if not as_json:
            step = f"\n      → {line.next}" if line.next else ""
            click.echo(one_line(f"{line.status:<5} {line.check}: {line.said}{step}"))
    told = summary(lines)
    if as_json:
        say_json(told)
    raise SystemExit(0 if told["ok"] else 1)
