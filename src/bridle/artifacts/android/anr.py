"""anr: what the threads of an app did when it did not answer, and those of every process when a report was taken.

Files below `/data/anr` and the sections VM TRACES JUST NOW and VM TRACES AT LAST ANR of a bugreport hold a dump for
each process; ANR FILES lists what lies in `/data/anr`:

    Subject: Input dispatching timed out (com.example.app/com.example.app.Main is not responding)
    ----- pid 28426 at 2020-01-08 16:01:15.063728684+0200 -----
    Cmd line: com.example.app
    "main" prio=5 tid=1 Blocked
      at com.example.app.Main.run(Main.java:1)

The time has its offset from UTC since Android 11; without one it is the phone's clock alone. Of a file the first dump
is of the app that did not answer; the others are of the system and of whoever was busy.

Known limits: times of the garbage collector and the compiler, locks beyond the first of a thread and what kernel and
memory said before the dumps are not told, but the latter's `name: value` lines are.

Sources: https://developer.android.com/topic/performance/vitals/anr ;
https://source.android.com/docs/core/tests/debug/read-bug-reports ; AOSP art/runtime/thread.cc
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from bridle.core import (
    FileName,
    FilePath,
    Gap,
    PackageName,
    ProcessName,
    Record,
    SourceFile,
    Text,
    Utc,
    WallClock,
    artifact,
    note,
    record,
)
from bridle.formats import thread_dump, tombstone
from bridle.formats.android_values import wall_clock
from bridle.formats.lines import lines, too_long
from bridle.formats.table import col, records
from bridle.formats.values import texts

_LISTED = re.compile(
    r"([-dlbcps][-rwxstST]{9})[.+]? +(\d{1,6}) +(\S{1,64}) +(\S{1,64}) +(\d{1,18}) (\d{4}-\d\d-\d\d \d\d:\d\d) (.+)"
)
_NUMBER = re.compile(r"-?\d{1,18}")


def _number(value: object) -> int:
    """A whole number, also in text. Raises ValueError."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    if isinstance(value, int):
        return value
    raise ValueError(f"expected a number, got {value!a:.60}")


def _some(value: object) -> tuple[str, ...] | None:
    return texts(value) or None


@record
class Subject(Record):
    """Why the dumps of a file were made."""

    subject: Text | None = col("subject", doc="what did not answer, and what it was asked")
    extra: str | None = col("extra", doc="further lines `name: value` above the dumps, as JSON")


@record(surface="running-process")
class Dump(Record):
    """The threads of one process at one moment."""

    pid: int | None = col("pid", doc="process identifier")
    time: Utc | None = col("timestamp", tombstone.time, doc="when; none where no offset from UTC is stored")
    wall_clock: WallClock | None = col(
        "timestamp", tombstone.wall_clock, doc="when by the phone's clock, where no offset is stored"
    )
    time_stored: str | None = col("timestamp", doc="the time as stored")
    kind: str = col("kind", doc="`stacks` or `waiting channels`")
    process_name: ProcessName | None = col("process_name", doc="process, of a path its last part")
    path: FilePath | None = col("path", doc="program, where the process is named by a path")
    package_name: PackageName | None = col(
        "package_name", doc="the process's name up to a colon, where it has the form of a package; apps are named so"
    )
    build_fingerprint: str | None = col("build_fingerprint", doc="build of the system")
    abi: str | None = col("abi", doc="architecture it runs on")
    build_type: str | None = col("build_type", doc="optimized or debug")
    threads: int = col("threads", doc="threads with a stack")
    class_paths: tuple[FilePath, ...] | None = col(
        "classes", _some, doc="files its classes come from, up to 1000", surface="mention"
    )
    libraries: tuple[FilePath, ...] | None = col(
        "libraries", _some, doc="native libraries it loaded, up to 1000", surface="mention"
    )
    closed: bool = col("closed", doc="whether the end of the dump is there")


@record
class Thread(Record):
    """A thread with its stack."""

    pid: int | None = col("pid", doc="process identifier")
    sys_tid: int | None = col("sys_tid", _number, doc="thread identifier of the kernel")
    tid: int | None = col("tid", doc="number in the runtime; 1 is the main thread")
    name: str | None = col("name", doc="its name")
    daemon: bool | None = col("daemon", doc="whether it may be left behind; none for native threads")
    priority: int | None = col("priority", doc="priority in the runtime")
    state: str | None = col("state", doc="Runnable, Native, Blocked, Waiting, Sleeping …, as stored")
    kernel_state: str | None = col("|state", doc="state in the kernel: R, S, D, T, Z")
    nice: int | None = col("|nice", _number, doc="nice value")
    group: str | None = col("|group", doc="thread group")
    cgroup: str | None = col("|cgrp", doc="control group, such as top-app")
    cpu_times: str | None = col("|schedstat", doc="nanoseconds run, nanoseconds waited, number of runs")
    waiting: str | None = col("waiting", doc="first lock it waits for, sleeps on or holds, and who holds it")
    frames: int = col("frames", doc="frames of its stack, managed and native")


@record
class Frame(Record):
    """A function on the stack of a thread."""

    pid: int | None = col("pid", doc="process identifier")
    sys_tid: int | None = col("sys_tid", _number, doc="thread identifier of the kernel")
    number: int = col("number", doc="place on the stack, from 0, the innermost")
    form: str = col("form", doc="`managed` (Java, Kotlin), `native` or `kernel`")
    function: str | None = col("function", doc="function with its source, as stored")
    function_offset: int | None = col("function_offset", doc="bytes from its begin")
    relative_pc: str | None = col("relative_pc", tombstone.address, doc="place of the instruction in the file")
    path: FilePath | None = col("path", doc="file, or name of the memory, that holds the function")
    file_offset: str | None = col("file_offset", tombstone.address, doc="where the mapping lies in the file")
    build_id: str | None = col("build_id", doc="identifier of the file's build")


@record
class Channel(Record):
    """What a thread waits for in the kernel."""

    pid: int | None = col("pid", doc="process identifier")
    sys_tid: int | None = col("sys_tid", doc="thread identifier of the kernel")
    state: str | None = col("state", doc="state in the kernel, where it is told")
    channel: str | None = col("channel", doc="function of the kernel it waits in; none while it runs")


@record(surface="file-present")
class AnrFile(Record):
    """A file in `/data/anr`."""

    name: FileName = note(doc="its name")
    size: int = note(doc="bytes")
    time: WallClock | None = note(doc="when it was last written, by the phone's clock, to the minute")
    mode: str = note(doc="type and permissions")
    owner: str = note(doc="user it belongs to")
    group: str = note(doc="group it belongs to")


_RECORDS: Mapping[str, type[Subject | Dump | Thread | Frame | Channel]] = {
    thread_dump.SUBJECT: Subject, thread_dump.DUMP: Dump, thread_dump.THREAD: Thread, thread_dump.FRAME: Frame,
    thread_dump.CHANNEL: Channel,
}  # fmt: skip


@artifact(
    "/**/data/anr/*",
    "/**/sections/VM TRACES JUST NOW/*.txt",
    "/**/sections/VM TRACES AT LAST ANR/*.txt",
    "/**/sections/ANR FILES/*.txt",
)
def anr(file: SourceFile) -> Iterator[Subject | Dump | Thread | Frame | Channel | AnrFile | Gap]:
    with file.open() as stored:
        if "ANR FILES" in file.path.parts:
            yield from _listed(stored)
            return
        for part in thread_dump.parts(stored):
            if isinstance(part, Gap):
                yield part
            else:
                kind, place, values = part
                yield from records([(place, _row(kind, values))], _RECORDS[kind])


def _row(kind: str, values: dict[str, Any]) -> Mapping[str, Any]:
    if kind == thread_dump.DUMP:
        return values | tombstone.process(values.get("command_line") or "")
    if kind == thread_dump.SUBJECT:
        extra = values["extra"]
        return {**values, "extra": json.dumps(extra, sort_keys=True, ensure_ascii=False) if extra else None}
    if kind == thread_dump.THREAD:
        return {**values, "sys_tid": values.get("sys_tid") or values.get("|sysTid")}
    return values


def _listed(stored: BinaryIO) -> Iterator[AnrFile | Gap]:
    for number, line in lines(stored):
        if line is None:
            yield too_long(number)
        elif found := _LISTED.fullmatch(line):
            try:
                time = wall_clock(f"{found[6]}:00")
            except ValueError as e:
                time = None
                yield Gap(locator=f"line {number}.time", reason=f"AnrFile: time: {e}")
            yield AnrFile(
                locator=f"line {number}", name=found[7], size=int(found[5]), time=time, mode=found[1], owner=found[3],
                group=found[4],
            )  # fmt: skip
        elif line.strip() and not line.startswith(("total ", "***", "ls: ")):
            yield Gap(locator=f"line {number}", reason=f"expected a file as ls lists it, got {line!a:.60}")
