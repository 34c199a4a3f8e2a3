r"""iOS shutdown.log: processes that a shutdown had to wait for, reboot after reboot.

`After 1.26s, these clients are still here:`, a line for each client, and in the end `SIGTERM: [1774602168]`. Older
releases name one client in the first line. The last block has no end where the log was copied during a shutdown.

Sources: KasperskyLab/iShutdown, https://github.com/KasperskyLab/iShutdown; Securelist, A lightweight method to detect
potential iOS malware, https://securelist.com/shutdown-log-lightweight-ios-malware-detection-method/111734/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from bridle.core import FilePath, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats.values import unix

_LONGEST = 16_384
_MOST_PENDING = 100_000
_AFTER = re.compile(r"After ([0-9.]{1,20})s, (?:these clients are still here:|remaining client pid: )")
_CLIENT = re.compile(r"remaining client pid: (\d{1,10}) \(([^\n]*)\)\s*$")
_SIGTERM = re.compile(r"SIGTERM: (?:\[(\d{1,12})\]|[^\n]*@(\d{1,12}))")
_UUID = re.compile(r"/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})$")


@record(surface="running-process")
class Client(Record):
    """A process that was still there when the phone was shutting down."""

    pid: int = note(doc="process number")
    path: FilePath = note(doc="program, as stored")
    uuid: str | None = note(doc="what follows the program's path, where it is a UUID")
    waited: float | None = note(doc="seconds since the shutdown began")
    shutdown: Utc | None = note(doc="the shutdown's time; None where the log ends before it")


@record
class Shutdown(Record):
    """The end of one shutdown."""

    time: Utc = note(doc="when the last signal was sent")
    rounds: int = note(doc="times it waited for clients; 2 or 3 are ordinary")
    clients: int = note(doc="lines naming a client")


@artifact("/private/var/db/diagnostics/shutdown*.log")
def shutdown_log(file: SourceFile) -> Iterator[Client | Shutdown | Gap]:
    pending: list[tuple[str, int, str, float | None]] = []
    rounds, waited = 0, None
    with file.open() as data:
        for locator, line in _lines(data):
            if len(line) >= _LONGEST:
                yield Gap(locator=locator, reason=f"a line of {_LONGEST} characters or more")
                continue
            if (after := _AFTER.search(line)) is not None:
                rounds += 1
                waited = _seconds(after[1])
            if (client := _CLIENT.search(line)) is not None:
                pending.append((locator, int(client[1]), client[2], waited))
            elif (end := _SIGTERM.search(line)) is not None:
                time = unix(int(end[1] or end[2]))
                yield from _clients(pending, time)
                yield Shutdown(locator=f"{locator} end", time=time, rounds=rounds, clients=len(pending))
                pending, rounds, waited = [], 0, None
            elif after is None and line.strip():
                yield Gap(locator=locator, reason=f"expected a client or a signal, got {line.strip()!r:.60}")
            if len(pending) >= _MOST_PENDING:
                yield from _clients(pending, None)
                pending = []
    yield from _clients(pending, None)


def _lines(data: BinaryIO) -> Iterator[tuple[str, str]]:
    """Locators and lines; one that is too long is cut, and its rest passed over."""
    number = 0
    while raw := data.readline(_LONGEST):
        number += 1
        yield f"line {number}", raw.decode("utf-8", "backslashreplace")
        while raw and not raw.endswith(b"\n"):
            raw = data.readline(_LONGEST)


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _clients(pending: list[tuple[str, int, str, float | None]], shutdown: Utc | None) -> Iterator[Client]:
    for locator, pid, path, waited in pending:
        uuid = _UUID.search(path)
        yield Client(
            locator=locator, pid=pid, path=path, uuid=uuid[1] if uuid else None, waited=waited, shutdown=shutdown
        )
