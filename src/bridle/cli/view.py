"""`bridle view`."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import click

from bridle.cli.opening import opened
from bridle.cli.terminal import fail, one_line, say_json

if TYPE_CHECKING:
    from bridle.web.viewed import Viewed

EXAMPLE = """
\b
Examples:
  bridle view case1              opens the browser
  bridle view case1 case2        two acquisitions of one phone, to compare
  bridle view case1 --no-browser --port 8080
"""


@click.command(epilog=EXAMPLE)
@click.argument("cases", metavar="CASE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="By default one that is free.")
@click.option("--no-browser", is_flag=True, help="Only print the address.")
@click.option("--by", metavar="NAME", help="Stands beside notes that you write.")
@click.option(
    "--identify", is_flag=True, help="Show name, number and serial of the device, which are masked otherwise."
)
@click.option("--json", "as_json", is_flag=True, help="Print the address as JSON.")
def view(cases: tuple[Path, ...], port: int, no_browser: bool, by: str | None, identify: bool, as_json: bool) -> None:
    """Look at cases in the browser, on this machine alone.

    The address that is printed opens once, in one browser. Cases are only read; notes and marks are kept beside the
    sealed part of a case, in notes.jsonl. Ends with Ctrl-C.
    """
    try:
        from bridle.web.server import Server
    except ImportError:
        fail("the viewer needs Starlette and uvicorn: pip install bridle[view]")
    from bridle.web.api import Api

    viewed = _viewed(cases, identify=identify)
    page: list[Path] = []
    try:
        server = Server(Api(viewed, by), port, lambda: _remove(page))
    except OSError as e:
        fail(f"port {port} of 127.0.0.1 cannot be used: {os.strerror(e.errno or 0)}; name another one, or none")
    if as_json:
        say_json({"address": server.url, "port": server.port, "cases": [v.name for v in viewed]})
    else:
        names = one_line(", ".join(v.name for v in viewed))
        click.echo(f"Looking at {names} on this machine alone. The address opens once:\n")
        click.echo(f"  {server.url}\n\nCtrl-C ends it.")
    sys.stdout.flush()
    Thread(target=viewed[0].read_ahead, daemon=True).start()
    if not no_browser:
        _browse(server.url, page)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        server.run()
    except KeyboardInterrupt:
        pass
    finally:
        _remove(page)
    os._exit(0)  # Python's own end would take the interpreter away from under threads that still read


def _viewed(cases: tuple[Path, ...], *, identify: bool) -> list[Viewed]:
    """The cases, opened; each is called by its folder. Ends with exit code 2 or 3 where one cannot be read."""
    from bridle.web.viewed import Viewed

    found = []
    for path in cases:
        made = Viewed(opened(path), path.resolve().name, identify=identify)
        try:
            _ = made.content
        except (OSError, ValueError, KeyError) as e:
            fail(f"{path} cannot be read: {e}; `bridle verify {path}` says what of it differs", 3)
        found.append(made)
    return found


def _browse(url: str, page: list[Path]) -> None:
    """Open the address by a page that only its owner may read: a program's arguments can be seen by others."""
    import webbrowser

    folder = Path(tempfile.mkdtemp(prefix="bridle-view-"))
    page.append(folder)
    file = folder / "open.html"
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write('<!doctype html><meta charset="utf-8"><title>bridle</title>')
        out.write(f'<meta http-equiv="refresh" content="0;url={url}"><a href="{url}">Open the viewer</a>\n')
    if not webbrowser.open(file.as_uri()):
        click.echo("No browser was found; open the address yourself.", err=True)


def _remove(page: list[Path]) -> None:
    while page:
        shutil.rmtree(page.pop(), ignore_errors=True)
