"""ps.txt of a sysdiagnose: every process at the time of its collection.

A line of headings, then a line for each process; which columns there are differs by release:

    USER  UID PRSNA   PID  PPID        F  %CPU %MEM PRI NI  VSZ  RSS WCHAN  TT  STAT STARTED     TIME COMMAND
    root  0     -       1     0     4004   0.0  0.0   0  0    0    0 -      ??  ?s   Tue09PM  0:00.00 /sbin/launchd

The file does not say when it was written; the name of the sysdiagnose and sysdiagnose.log do. STARTED is local time
and rounded: `7:56AM` of the same day, `Tue09PM` of the same week, `14Jan19` before. A program can write over the
command that is shown for it, arguments included, so path and name are its own word; spindump has them from the kernel.

Known limits: where the path ends and the arguments begin is not stored; see `bridle.formats.ps` for what is assumed.

Sources: ps(1) and `adv_cmds` of Apple's open-source releases; https://github.com/EC-DIGIT-CSIRC/sysdiagnose (ps, lines
of iOS 15 and 16); https://github.com/iAnonymous3000/tracescan (ps, lines of iOS 18 and 26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import BinaryIO

from bridle.core import FilePath, FormatError, Gap, ProcessName, Record, SourceFile, Text, artifact, record
from bridle.formats import ps as columns
from bridle.formats.lines import lines, too_long
from bridle.formats.table import col, records, rest

_PATH, _NAME, _ARGUMENTS = "(path)", "(name)", "(arguments)"
_BEFORE_HEADINGS = 100
"""Lines that may stand before the headings."""


@record(surface="running-process")
class Process(Record):
    """One process."""

    pid: int | None = col("PID", columns.number, doc="process identifier")
    parent_pid: int | None = col("PPID", columns.number, doc="process identifier of its parent; 1 is launchd")
    user: str | None = col("USER", doc="user it runs as")
    uid: int | None = col("UID", columns.number, doc="number of that user; 0 is root, 501 is mobile")
    command: str | None = col("COMMAND", doc="program and arguments, as stored")
    path: FilePath | None = col(_PATH, doc="program, where the command begins with an absolute path")
    process_name: ProcessName | None = col(
        _NAME, doc="last part of the program's path; `name` where it has ended as `(name)`"
    )
    arguments: Text | None = col(_ARGUMENTS, doc="what follows the program", surface="mention")
    started: str | None = col("STARTED", doc="when it started, in local time, as stored")
    cpu_time: str | None = col(
        "TIME", columns.given, doc="time on a processor, minutes:seconds, as stored; 0 on newer systems"
    )
    state: str | None = col("STAT", doc="state, as stored; `?` where the system does not tell")
    persona: int | None = col("PRSNA", columns.number, doc="number of the persona; its meaning is not published")
    flags: str | None = col("F", columns.given, doc="flags of the process, hexadecimal")
    cpu: float | None = col("%CPU", columns.share, doc="share of a processor, per cent")
    memory: float | None = col("%MEM", columns.share, doc="share of the memory, per cent")
    priority: str | None = col("PRI", columns.given, doc="scheduling priority")
    nice: int | None = col("NI", columns.number, doc="nice value")
    virtual_size: int | None = col("VSZ", columns.number, doc="virtual size, KiB")
    resident_size: int | None = col("RSS", columns.number, doc="resident size, KiB")
    wait_channel: str | None = col("WCHAN", columns.given, doc="what it waits for")
    terminal: str | None = col("TT", doc="terminal; `??` is none")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/sysdiagnose/ps.txt", "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/ps.txt")
def ps(file: SourceFile) -> Iterator[Process | Gap]:
    with file.open() as stored:
        yield from records(_rows(stored), Process)


def _rows(stored: BinaryIO) -> Iterator[tuple[str, Mapping[str, str | None]] | Gap]:
    names: list[str] | None = None
    number = 0
    for number, line in lines(stored):
        if line is None:
            yield too_long(number)
        elif names is None:
            names = columns.headings(line)
            if names is None and number > _BEFORE_HEADINGS:
                raise FormatError(f"expected headings with PID and COMMAND in {_BEFORE_HEADINGS} lines, got none")
            if names is None and line.strip():
                yield Gap(locator=f"line {number}", reason=f"expected headings with PID and COMMAND, got {line!a:.60}")
        elif line.strip():
            yield from _row(f"line {number}", names, line)
    if names is None and number:
        raise FormatError("expected headings with PID and COMMAND, got none")


def _row(at: str, names: list[str], line: str) -> Iterator[tuple[str, Mapping[str, str | None]] | Gap]:
    """A process; where its columns do not fit, at least its command, and a Gap."""
    found: dict[str, str] | None = columns.row(names, line)
    command = found[columns.COMMAND] if found is not None else columns.command(line)
    if command is not None:
        path, name, arguments = columns.program(command)
        yield at, {**(found or {columns.COMMAND: command}), _PATH: path, _NAME: name, _ARGUMENTS: arguments}
    if found is None:
        place = at if command is None else f"{at}.columns"
        yield Gap(locator=place, reason=f"Process: expected {len(names)} columns, got {line!a:.60}")
