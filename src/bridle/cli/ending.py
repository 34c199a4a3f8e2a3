"""How a command ends that cannot go on: Ctrl-C was pressed, nobody answers or reads, or there is no room on stdout."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click

from bridle import stopping
from bridle.cli.terminal import fail

STOPPED = "stopped by Ctrl-C; what was not finished is not kept. The same command begins again"
UNANSWERED = "nobody answered, and nothing more was done. Run it on a terminal, or see --help for how to go without"


def ended(error: BaseException) -> None:
    """End with 130 after Ctrl-C, with 0 where nobody reads any more, with 2 where stdout is full; else do nothing."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        if isinstance(error, click.Abort) or sys.stderr.isatty():
            click.echo(err=True)  # behind a question, or ^C
        if isinstance(error.__context__, EOFError) and not stopping.came():
            fail(UNANSWERED)
        fail(STOPPED, stopping.STOPPED)
    if isinstance(error, BrokenPipeError) or (isinstance(error, OSError) and _is_of_saying(error)):
        unheard(error)
        raise SystemExit(0 if isinstance(error, BrokenPipeError) else 2) from None
    if stopping.came() and not isinstance(error, OSError):
        fail(STOPPED, stopping.STOPPED)


@contextmanager
def writing() -> Iterator[None]:
    """Around what only writes, and reads nothing of a phone: a file that cannot be written or read is told by name."""
    try:
        yield
    except OSError as e:
        if e.filename is None:
            raise
        fail(
            f"{os.fsdecode(e.filename)}: {e.strerror or e}; see to the permissions and the room, or name another place"
        )


@contextmanager
def answer(code: int) -> Iterator[None]:
    """Around what a command says in the end; then it ends with `code`, also where that cannot be written."""
    stopping.check()
    try:
        yield
    except OSError as e:
        unheard(e)
    raise SystemExit(code)


def unheard(error: OSError) -> None:
    """Say nothing more on stdout, and say why, unless its reader has gone."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
    if isinstance(error, BrokenPipeError):
        return
    with suppress(OSError):
        click.echo(f"bridle: standard output cannot be written: {error.strerror or error}", err=True)


def _is_of_saying(error: OSError) -> bool:
    """Whether it is raised where click says something: a file of a command bears its name, or fails elsewhere."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return at is not None and at.tb_frame.f_globals.get("__name__") == "click.utils" and error.filename is None
