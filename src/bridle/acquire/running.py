"""Runs one separate program, bounded in time and in what is kept of its output.

Whoever controls a phone controls part of what such a program prints and may make it hang: its output is cut, it is
ended with all it started, and it inherits none of our own secrets.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO

from bridle.classes import dataclass

KEPT = 1 << 20
"""Bytes of each of a program's outputs that are kept: the first half and the last."""
_POLL = 0.2
_GRACE = 5.0
"""Seconds between asking a program to end and ending it."""
_SECRETS = ("BRIDLE_BACKUP_PASSWORD", "BRIDLE_IDENTITY_PASSPHRASE", "BRIDLE_IDENTITY")

Progress = Callable[[float, str], object]
"""Called about five times a second with the seconds since the program's start, and the last line it printed."""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of a program."""

    code: int | None
    """Its exit code, negative for a signal; None if it could not be started or was ended by us."""
    out: str
    err: str
    started: datetime
    ended: datetime
    problem: str = ""
    """Why it has no exit code."""

    @property
    def good(self) -> bool:
        return self.code == 0

    @property
    def last_words(self) -> str:
        """The last line it printed, an error before anything else; at most 200 characters."""
        lines = [line.strip() for line in f"{self.out}\n{self.err}".splitlines() if line.strip()]
        return lines[-1][:200] if lines else ""


class _Kept:
    """A stream's first and last bytes, read by a thread so that the program never waits for us."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._first, self._last = stream, bytearray(), bytearray()
        self.heard = time.monotonic()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with suppress(OSError), self._stream:
            while piece := os.read(self._stream.fileno(), 1 << 16):
                self.heard = time.monotonic()
                room = max(KEPT // 2 - len(self._first), 0)
                self._first += piece[:room]
                self._last = (self._last + piece[room:])[-KEPT // 2 :]

    def latest(self) -> str:
        """The last whole or begun line, at most 100 characters."""
        end = bytes((self._last or self._first)[-400:]).decode("utf-8", "replace").replace("\r", "\n")
        lines = [line.strip() for line in end.splitlines() if line.strip()]
        return lines[-1][:100] if lines else ""

    def text(self) -> str:
        """What was kept; a grandchild that holds the stream open is not waited for."""
        self._thread.join(timeout=1.0)
        return (bytes(self._first) + bytes(self._last)).decode("utf-8", "replace").replace("\r", "\n")


def run(
    arguments: Sequence[str],
    *,
    patience: float,
    silence: float | None = None,
    given: str | None = None,
    environment: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Ran:
    """Run a program for at most `patience` seconds, and `silence` seconds without output; `given` is its input.

    Interrupting us ends it and all it started. Nothing is raised for what it does.
    """
    started = datetime.now(UTC)
    try:
        process = subprocess.Popen(
            arguments, stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=_environment(environment or {}), start_new_session=True, umask=0o077,
        )  # fmt: skip
    except OSError as e:
        problem = f"could not be started: {e.strerror}"
        return Ran(code=None, out="", err="", started=started, ended=datetime.now(UTC), problem=problem)
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = _Kept(process.stdout), _Kept(process.stderr)
    try:
        _feed(process, given)
        problem = _wait(process, (out, err), patience, silence, progress)
    finally:
        _end(process)
    code = None if problem else process.returncode
    return Ran(code=code, out=out.text(), err=err.text(), started=started, ended=datetime.now(UTC), problem=problem)


def attached(arguments: Sequence[str], folder: str) -> Ran:
    """Run a program that asks its own questions on this terminal, for as long as the person takes."""
    started = datetime.now(UTC)
    problem, code = "", None
    try:
        code = subprocess.call(arguments, cwd=folder, env=_environment({}), umask=0o077)
    except OSError as e:
        problem = f"could not be started: {e.strerror}"
    return Ran(code=code, out="", err="", started=started, ended=datetime.now(UTC), problem=problem)


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    return kept | {"LC_ALL": "C.UTF-8"} | dict(more)


def _feed(process: subprocess.Popen[bytes], given: str | None) -> None:
    if process.stdin is None or given is None:
        return
    with suppress(OSError):
        process.stdin.write(given.encode())
    with suppress(OSError):
        process.stdin.close()


def _wait(
    process: subprocess.Popen[bytes],
    heard: Sequence[_Kept],
    patience: float,
    silence: float | None,
    progress: Progress | None,
) -> str:
    """Until it ends: empty, or why it was not waited for any longer."""
    start = time.monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL)
            return ""
        now = time.monotonic()
        if progress is not None:
            progress(now - start, heard[0].latest() or heard[1].latest())
        if now - start > patience:
            return f"did not end within {patience:.0f} seconds and was ended"
        if silence is not None and now - max(k.heard for k in heard) > silence:
            return f"said nothing for {silence:.0f} seconds and was ended"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and what it started. A program that ended by itself may have left children with its streams: they stay,
    such as the server that adb keeps."""
    if process.poll() is not None:
        return
    for sort, wait in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
        with suppress(OSError):
            os.killpg(process.pid, sort)
        with suppress(subprocess.TimeoutExpired):
            process.wait(wait)
            return
