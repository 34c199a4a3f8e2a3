"""shutdown.log: the processes that held a shutdown up, and each shutdown.

While a phone shuts down, it notes again and again who is still there, and at the end that it sent SIGTERM:

    After 1.26s, these clients are still here:
            remaining client pid: 66 (/usr/libexec/locationd/0A1B2C3D-0000-4000-8000-000000000000)
    SIGTERM: [1774602168] All buffers flushed

The older form has a client on each notice: `After 0.1s, remaining client pid: 155 (/usr/libexec/nfcd)`. From iOS 26 on
the files are called `shutdown.0.log` and so on, and the time may stand as `SIGTERM: … @1774602168`. Clients of a block
that ends without SIGTERM (the log was cut, or the phone lost power) have no time.

Known limits: only clients that held the shutdown up are named: a process that ends in time is not. How many shutdowns
the file keeps differs by system. Times are the phone's clock at the end of the shutdown, to the second.

Sources: https://securelist.com/shutdown-log-lightweight-ios-malware-detection-method/111734/ ;
https://github.com/KasperskyLab/iShutdown ; https://github.com/EC-DIGIT-CSIRC/sysdiagnose (shutdownlogs).
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import FilePath, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.values import unix

_MOST_WAITING = 10_000
"""Clients kept until their SIGTERM; a shutdown has some dozens."""

_NOTICE = re.compile(r"After (\d{1,9}(?:\.\d{1,9})?)s, these clients are still here:?")
_CLIENT = re.compile(r"(?:After (\d{1,9}(?:\.\d{1,9})?)s, )?remaining client pid: (\d{1,10}) \((.*)\)")
_SIGTERM = re.compile(r"SIGTERM: (?:\[(\d{1,10})\].*|.*@(\d{1,10})\b.*)")
_UUID = re.compile(r"/([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\Z")


@record(surface="running-process")
class Client(Record):
    """A process that was still there while the phone shut down; one for each notice that names it."""

    pid: int = note(doc="process identifier")
    path: FilePath = note(doc="program, as stored; newer systems put the UUID of the executable behind it")
    uuid: str | None = note(doc="UUID of the executable, where the path ends in one")
    waited: float | None = note(doc="seconds since the shutdown began; none without a notice")
    round: int = note(doc="number of the notice within its shutdown, from 1; 0 without a notice")
    shutdown: Utc | None = note(doc="time of the SIGTERM that ended the block; none if the log ends before it")


@record
class Shutdown(Record):
    """The end of a shutdown."""

    time: Utc = note(doc="when SIGTERM was sent to what was left")
    rounds: int = note(doc="notices before it; two or three are ordinary")
    clients: int = note(doc="lines that named a client before it")
    waited: float | None = note(doc="seconds of the last notice; none without a notice")


@dataclass
class _Block:
    """The notices since the last SIGTERM."""

    waiting: list[Client] = field(default_factory=list)
    rounds: int = 0
    clients: int = 0
    waited: float | None = None

    def notice(self, seconds: str) -> None:
        self.rounds, self.waited = self.rounds + 1, float(seconds)

    def client(self, locator: str, found: re.Match[str]) -> None:
        if found[1] is not None and float(found[1]) != self.waited:
            self.notice(found[1])
        self.clients += 1
        uuid = _UUID.search(found[3])
        self.waiting.append(
            Client(
                locator=locator, pid=int(found[2]), path=found[3], uuid=uuid[1] if uuid else None, waited=self.waited,
                round=self.rounds, shutdown=None,
            )
        )  # fmt: skip

    def end(self, locator: str, time: Utc) -> Iterator[Client | Shutdown]:
        yield from (dataclasses.replace(c, shutdown=time) for c in self.waiting)
        yield Shutdown(locator=locator, time=time, rounds=self.rounds, clients=self.clients, waited=self.waited)


@artifact("/private/var/db/diagnostics/shutdown*.log")
def shutdown_log(file: SourceFile) -> Iterator[Client | Shutdown | Gap]:
    block = _Block()
    with file.open() as stored:
        for number, text in lines(stored):
            locator = f"line {number}"
            if text is None:
                yield too_long(number)
                continue
            line = text.strip()
            if found := _NOTICE.fullmatch(line):
                block.notice(found[1])
            elif found := _CLIENT.fullmatch(line):
                yield from _overflow(block, locator)
                block.client(locator, found)
            elif found := _SIGTERM.fullmatch(line):
                yield from block.end(locator, unix(int(found[1] or found[2])))
                block = _Block()
            elif line:
                yield Gap(locator=locator, reason=f"expected a notice, a client or SIGTERM, got {line!a:.60}")
    yield from block.waiting


def _overflow(block: _Block, locator: str) -> Iterator[Client | Gap]:
    """The clients of a block that no real phone writes, so that it cannot fill the memory."""
    if len(block.waiting) >= _MOST_WAITING:
        reason = f"expected SIGTERM after at most {_MOST_WAITING} clients: the time of those before it is not known"
        yield Gap(locator=f"before {locator}", reason=reason)
        yield from block.waiting
        block.waiting.clear()
