"""ps_thread.txt of a sysdiagnose: every process at the time of its collection, with its threads.

As ps.txt, but each process is followed by an indented line for each further thread, which repeats the identifier of
its process and has neither user nor command. The command stands twice: shortened to seven characters, then whole.

    USER   PID   TT   %CPU STAT PRI   STIME   UTIME COMMAND  PPID       F %MEM PRI NI … STARTED    TIME COMMAND
    root     1   ??    0.0 S    31T 0:00.00 0:00.00 /sbin/l     0  104004  0.7 31T  0 …  1:25PM 0:02.37 /sbin/launchd
             1         0.0 S    37T 0:00.00 0:00.08             0  104004  0.7 37T  0 …  1:25PM 0:02.37

Lines of threads are counted, not kept. iOS 26 writes the headings only. What ps.txt says of STARTED and of commands
holds here, too.

Known limits: no file was at hand. Threads after the first have no row of their own. Where the path ends and the
arguments begin is not stored, and assumed as in ps.txt.

Sources: ps(1) and `adv_cmds` of Apple's open-source releases; https://github.com/iAnonymous3000/tracescan (ps, lines
of iOS 18 and 26); https://github.com/EC-DIGIT-CSIRC/sysdiagnose (psthread).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from bridle.core import FilePath, FormatError, Gap, ProcessName, Record, SourceFile, Text, artifact, record
from bridle.formats import ps as columns
from bridle.formats.lines import lines, too_long
from bridle.formats.table import col, records, rest

_PATH, _NAME, _ARGUMENTS, _THREADS = "(path)", "(name)", "(arguments)", "(threads)"
_BEFORE_HEADINGS = 100
"""Lines that may stand before the headings."""
_THREAD = re.compile(r"\s+([0-9]{1,10})\s")


@record(surface="running-process")
class Process(Record):
    """One process."""

    pid: int | None = col("PID", columns.number, doc="process identifier")
    parent_pid: int | None = col("PPID", columns.number, doc="process identifier of its parent; 1 is launchd")
    user: str | None = col("USER", doc="user it runs as")
    command: str | None = col("COMMAND", doc="program and arguments, as stored")
    path: FilePath | None = col(_PATH, doc="program, where the command begins with an absolute path")
    process_name: ProcessName | None = col(
        _NAME, doc="last part of the program's path; `name` where it has ended as `(name)`"
    )
    arguments: Text | None = col(_ARGUMENTS, doc="what follows the program", surface="mention")
    threads: int | None = col(_THREADS, doc="indented lines below the process, one for each thread after the first")
    started: str | None = col("STARTED", doc="when it started, in local time, as stored")
    cpu_time: str | None = col("TIME", columns.given, doc="time on a processor, minutes:seconds, as stored")
    system_time: str | None = col("STIME", columns.given, doc="time of the first thread in the kernel, minutes:seconds")
    user_time: str | None = col(
        "UTIME", columns.given, doc="time of the first thread outside the kernel, minutes:seconds"
    )
    state: str | None = col("STAT", doc="state of the first thread, as stored")
    flags: str | None = col("F", columns.given, doc="flags of the process, hexadecimal")
    cpu: float | None = col("%CPU", columns.share, doc="share of a processor, per cent")
    memory: float | None = col("%MEM", columns.share, doc="share of the memory, per cent")
    priority: str | None = col("PRI", columns.given, doc="scheduling priority; `T` behind it is timeshare")
    nice: int | None = col("NI", columns.number, doc="nice value")
    virtual_size: int | None = col("VSZ", columns.number, doc="virtual size, KiB")
    resident_size: int | None = col("RSS", columns.number, doc="resident size, KiB")
    wait_channel: str | None = col("WCHAN", columns.given, doc="what it waits for")
    terminal: str | None = col("TT", doc="terminal; `??` is none")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/sysdiagnose/ps_thread.txt", "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/ps_thread.txt")
def ps_thread(file: SourceFile) -> Iterator[Process | Gap]:
    with file.open() as stored:
        yield from records(_rows(stored), Process)


_Row = tuple[str, dict[str, str | int | None]]


def _rows(stored: BinaryIO) -> Iterator[tuple[str, Mapping[str, str | int | None]] | Gap]:
    """Each process once its threads are counted."""
    names: list[str] | None = None
    process: _Row | None = None
    number = threads = 0
    for number, line in lines(stored):
        if line is None:
            yield too_long(number)
        elif names is None:
            names = _headings(number, line)
            if names is None and line.strip():
                yield Gap(locator=f"line {number}", reason=f"expected headings with PID and COMMAND, got {line!a:.60}")
        elif (thread := _THREAD.match(line)) and process is not None and process[1].get("PID") == thread[1]:
            threads += 1
        elif line.strip():
            yield from _counted(process, threads)
            process, threads = _process(f"line {number}", names, line), 0
            if process is None or "PID" not in process[1]:
                place = f"line {number}" if process is None else f"line {number}.columns"
                yield Gap(locator=place, reason=f"Process: expected {len(names)} columns, got {line!a:.60}")
    yield from _counted(process, threads)
    if names is None and number:
        raise FormatError("expected headings with PID and COMMAND, got none")


def _headings(number: int, line: str) -> list[str] | None:
    names = columns.headings(line)
    if names is None and number > _BEFORE_HEADINGS:
        raise FormatError(f"expected headings with PID and COMMAND in {_BEFORE_HEADINGS} lines, got none")
    return names


def _counted(process: _Row | None, threads: int) -> Iterator[_Row]:
    if process is not None:
        yield process[0], {**process[1], _THREADS: threads if "PID" in process[1] else None}


def _process(at: str, names: list[str], line: str) -> _Row | None:
    """A process; where its columns do not fit, at least its command."""
    read = columns.threaded_row if names.count(columns.COMMAND) > 1 else columns.row
    found = read(names, line)
    command = found[columns.COMMAND] if found is not None else columns.command(line)
    if command is None:
        return None
    path, name, arguments = columns.program(command)
    return at, {**(found or {columns.COMMAND: command}), _PATH: path, _NAME: name, _ARGUMENTS: arguments}
