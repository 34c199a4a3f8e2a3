"""How commands talk: one line for an error, a bar for long work on a terminal, text made harmless, JSON as JSON."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import click

from bridle.formats.json_text import ACTING, UNUSUAL, json_text

PASSWORD_VARIABLE = "BRIDLE_BACKUP_PASSWORD"  # noqa: S105 - the variable's name
_LONGEST = 64 << 10
"""Bytes of a password file that are read."""


def fail(sentence: str, code: int = 2) -> NoReturn:
    """End with one line on stderr."""
    click.echo(f"bridle: {one_line(sentence)}", err=True)
    raise SystemExit(code)


def unwritten(case: Path, error: OSError) -> str:
    """Why no case could be written, and what to do."""
    return (
        f"{case} cannot be written: {error.strerror or error}; nothing of it is left. Make room there and for temporary"
        " files (TMPDIR), see to the permissions, or name another folder with -o"
    )


def harmless(text: str) -> str:
    """Evidence text for a terminal: control and bidirectional characters are shown, never obeyed."""
    return UNUSUAL.sub(lambda found: _shown(found[0]), text)


def one_line(text: str) -> str:
    """As `harmless`, where each thing has a line of its own: none begins in the middle of a text."""
    return harmless(text).replace("\n", " ")


def each_line(lines: Iterable[str]) -> str:
    """Lines of what is told, of which each stays one."""
    return "\n".join(map(one_line, lines))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in ACTING:
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def say_json(value: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json_text(value, indent=2))


def password_from(file: Path | None) -> Callable[[], str | bytearray | None]:
    """Where a password comes from: the file, the environment, or a prompt on a terminal.

    A file is read anew whenever the password is needed, into memory that who opens the source overwrites; a pipe, which
    can be read once, and a person are asked at most once.
    """
    known: list[str | None] = []

    def ask() -> str | bytearray | None:
        if file is not None and file.is_file():
            return _read(file)
        if not known:
            known.append(_password(file))
        return known[0]

    return ask


def _read(file: Path) -> bytearray:
    """A password file without its last line end. Ends with one line where it cannot be read, or is no text."""
    try:
        with file.open("rb", buffering=0) as stored:
            content = bytearray(min(os.fstat(stored.fileno()).st_size, _LONGEST))
            length = stored.readinto(content) or 0
        if not content.isascii():
            content.decode("utf-8")
    except (OSError, UnicodeDecodeError) as e:
        fail(f"the password file cannot be read: {getattr(e, 'strerror', None) or e}")
    while length and content[length - 1] in b"\r\n":
        length -= 1
    del content[length:]
    return content


def _password(file: Path | None) -> str | None:
    if file is not None:
        try:
            return file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as e:
            fail(f"the password file cannot be read: {getattr(e, 'strerror', None) or e}")
    if (given := os.environ.get(PASSWORD_VARIABLE)) is not None:
        return given
    if sys.stdin.isatty() and sys.stderr.isatty():
        return str(click.prompt("Password of the acquisition", hide_input=True, err=True))
    return None


class Quiet:
    """For pipes: only warnings, on stderr."""

    def stage(self, title: str) -> None: ...
    def advance(self, files: int, wanted: int, rows: int) -> None: ...

    def warn(self, sentence: str) -> None:
        click.echo(f"bridle: {one_line(sentence)}", err=True)

    def close(self) -> None: ...


class Bar(Quiet):
    """For terminals: one moving line. A source's name may stand in it, which is neither obeyed nor taken for markup."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("starting", total=None)
        self._title = ""
        self._progress.start()

    def stage(self, title: str) -> None:
        self._title = one_line(title)
        self._progress.update(self._task, description=self._title)

    def advance(self, files: int, wanted: int, rows: int) -> None:
        self._progress.update(
            self._task, description=f"{self._title}: {files:,} files seen, {wanted:,} to read, {rows:,} rows"
        )

    def warn(self, sentence: str) -> None:
        self._progress.console.print(f"bridle: {one_line(sentence)}", markup=False, highlight=False)

    def close(self) -> None:
        self._progress.stop()


def talk() -> Quiet:
    """A moving bar on a terminal, silence in a pipe."""
    return Bar() if sys.stderr.isatty() else Quiet()
