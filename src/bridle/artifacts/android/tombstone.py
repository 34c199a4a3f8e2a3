"""tombstone: a crash of a native program, with its threads, memory mappings and open files and the end of the log.

debuggerd writes each as text (`tombstone_00`), since Android 12 also as a protobuf message (`tombstone_00.pb`), and
the newest thirty-two are kept. Which of the two a file is, compressed or not, is decided by its first bytes:

    *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
    Build fingerprint: 'example/phone/phone:11/RP1A.200720.012/1:user/release-keys'
    Timestamp: 2023-08-21 23:28:59-0400
    pid: 3559, tid: 3568, name: worker  >>> /vendor/bin/exampled <<<
    signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0xe8b4d14c

Both forms of one crash give the same values where both have them: `form` says which it is. The time has its offset
from UTC since Android 9; without one it is the phone's clock alone. Addresses are `0x` and 16 digits.

Known limits: memory and code around registers and stacks are not told. Text has no program counter beside the
relative one, and its command line is not cut into arguments. A log's lines have no year: they are put into the year
before the crash. Files of the same number in both forms can be of different crashes.

Sources: https://source.android.com/docs/core/tests/debug/native-crash ;
https://android.googlesource.com/platform/system/core/+/refs/heads/main/debuggerd/
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from bridle.core import (
    Block,
    FilePath,
    FormatError,
    Gap,
    PackageName,
    ProcessName,
    Record,
    SourceFile,
    Text,
    Utc,
    WallClock,
    artifact,
    record,
)
from bridle.formats import tombstone as words
from bridle.formats import tombstone_proto, tombstone_text
from bridle.formats.gzipped import plain
from bridle.formats.row_blocks import in_blocks
from bridle.formats.table import col, records
from bridle.formats.values import texts


def _registers(value: object) -> str | None:
    """Names and numbers as JSON, without those that are no number. Raises ValueError."""
    kept = {str(k): words.address(v) for k, v in value.items() if isinstance(v, int)} if isinstance(value, dict) else {}
    return json.dumps(kept) if kept else None


def _given(value: Any) -> Any:
    """A time that was read with the crash's."""
    return value


@record(surface="crash")
class Crash(Record):
    """What crashed, why and when; one for each tombstone."""

    form: str = col("form", doc="`text` or `protobuf`")
    time: Utc | None = col("timestamp", words.time, doc="when it crashed; none where no offset from UTC is stored")
    wall_clock: WallClock | None = col(
        "timestamp", words.wall_clock, doc="when it crashed by the phone's clock, where no offset is stored"
    )
    time_stored: str | None = col("timestamp", doc="the time as stored, with its offset")
    process_name: ProcessName | None = col("process_name", doc="process, of a path its last part")
    path: FilePath | None = col("path", doc="program, where the process is named by a path", surface="mention")
    package_name: PackageName | None = col(
        "package_name", doc="the process's name up to a colon, where it has the form of a package; apps are named so"
    )
    command_line: Text | None = col("command_line", doc="program and arguments, joined by blanks", surface="mention")
    arguments: tuple[str, ...] | None = col("arguments", texts, doc="the same one by one; only in protobuf")
    pid: int | None = col("pid", doc="process identifier")
    tid: int | None = col("tid", doc="thread that crashed")
    thread_name: str | None = col("thread_name", doc="its name")
    uid: int | None = col("uid", doc="user it ran as; 0 is root, 1000 the system, 2000 the shell, apps from 10000 on")
    selinux_label: str | None = col("selinux_label", doc="its SELinux context; only in protobuf")
    signal_number: int | None = col("signal_number", doc="signal that ended it, such as 11")
    signal_name: str | None = col("signal_name", doc="name of the signal, such as SIGSEGV")
    code: int | None = col("code", doc="why the signal was sent")
    code_name: str | None = col("code_name", doc="name of that, such as SEGV_MAPERR")
    sender_pid: int | None = col("sender_pid", doc="process that sent the signal, where another did")
    sender_uid: int | None = col("sender_uid", doc="user of the process that sent it")
    fault_address: str | None = col("fault_address", words.address, doc="address whose use failed")
    abort_message: Text | None = col("abort_message", doc="what the program said when it gave up", surface="mention")
    crash_details: tuple[str, ...] | None = col("details", texts, doc="what the program left for a crash, `name: data`")
    process_uptime: int | None = col("process_uptime", doc="seconds since the process started")
    build_fingerprint: str | None = col("build_fingerprint", doc="build of the system at that time")
    revision: str | None = col("revision", doc="revision of the hardware")
    architecture: str | None = col("arch", doc="arm, arm64, x86, x86_64 or riscv64")
    guest_architecture: str | None = col("guest_arch", doc="architecture that was translated, if one was")
    page_size: int | None = col("page_size", doc="bytes of a page; text says it only where it is not 4096")
    extra: str | None = col("extra", doc="further fields by name or number, as JSON")


@record
class Cause(Record):
    """What debuggerd thinks was wrong, the likeliest first."""

    cause: Text | None = col("cause", doc="as it is written")
    tool: str | None = col("tool", doc="allocator that found it: GWP-ASan or Scudo")
    error: str | None = col("error", doc="what it found, such as use after free")
    heap_address: str | None = col("heap_address", words.address, doc="where the object lies")
    heap_size: int | None = col("heap_size", doc="bytes of the object")
    allocation_tid: int | None = col("allocation_tid", doc="thread that allocated it")
    deallocation_tid: int | None = col("deallocation_tid", doc="thread that freed it")
    extra: str | None = col("extra", doc="further fields, as JSON")


@record
class Thread(Record):
    """A thread of the process."""

    tid: int | None = col("thread_id", doc="thread identifier")
    name: str | None = col("name", doc="its name")
    crashed: bool = col("crashed", doc="whether it is the one that crashed")
    guest: bool = col("guest", doc="whether this is its translated side")
    frames: int = col("frames", doc="frames of its stack")
    registers: str | None = col("registers", _registers, doc="its registers up to 64 bits, as JSON")
    notes: tuple[str, ...] | None = col("notes", texts, doc="notes on its stack; only in protobuf")
    extra: str | None = col("extra", doc="further fields, as JSON")


@record
class Frame(Record):
    """A function on a stack."""

    tid: int | None = col("thread_id", doc="thread whose stack it is")
    stack: str = col("stack", doc="`current`, `guest`, or of a Cause `allocation` or `deallocation`")
    number: int = col("number", doc="place on the stack, from 0, the innermost")
    relative_pc: str | None = col("relative_pc", words.address, doc="place of the instruction in the file")
    pc: str | None = col("pc", words.address, doc="place of the instruction in memory; only in protobuf")
    sp: str | None = col("sp", words.address, doc="stack pointer; only in protobuf")
    path: FilePath | None = col("path", doc="file, or name of the memory, that holds the function", surface="mention")
    function: str | None = col("function", doc="its name")
    function_offset: int | None = col("function_offset", doc="bytes from its begin")
    file_offset: str | None = col("file_offset", words.address, doc="where the mapping lies in the file")
    build_id: str | None = col("build_id", doc="identifier of the file's build")


@record
class Mapping(Record):
    """A stretch of the process's memory."""

    begin: str = col("begin", words.address, doc="first address")
    end: str = col("end", words.address, doc="address behind the last one")
    permissions: str = col("permissions", doc="`r`, `w` and `x`, or `-` in their places")
    offset: str | None = col("offset", words.address, doc="where it lies in the file")
    path: FilePath | None = col("path", doc="file, or name of the memory; none for anonymous memory")
    build_id: str | None = col("build_id", doc="identifier of the file's build")
    load_bias: str | None = col("load_bias", words.address, doc="difference to the addresses in the file")
    extra: str | None = col("extra", doc="further fields, as JSON")


@record
class OpenFile(Record):
    """A file that the process had open."""

    fd: int | None = col("fd", doc="number of the descriptor")
    path: FilePath | None = col("path", doc="file, pipe or socket")
    owner: str | None = col("owner", doc="what owns the descriptor, such as FILE*; none if unowned")
    tag: str | None = col("tag", words.address, doc="address of that owner")


@record
class LogLine(Record):
    """A line of the log before the crash."""

    buffer: str | None = col("buffer", doc="log it stands in, such as main or system")
    tail: bool = col("tail", doc="whether it stands in the short copy that text has before the whole log")
    time: WallClock | None = col(
        "time", _given, doc="by the phone's clock; the year is that of the crash or the one before"
    )
    time_stored: str | None = col("timestamp", doc="the time as stored, without a year")
    pid: int | None = col("pid", doc="process identifier")
    tid: int | None = col("tid", doc="thread identifier")
    priority: str | None = col("priority", doc="V, D, I, W, E, F or S")
    tag: str | None = col("tag", doc="who wrote it")
    message: Text | None = col("message", doc="what is written")


_RECORDS: dict[str, type[Crash | Cause | Thread | Frame | OpenFile | LogLine]] = {
    words.CRASH: Crash, words.CAUSE: Cause, words.THREAD: Thread, words.FRAME: Frame,
    words.OPEN_FILE: OpenFile, words.LOG_LINE: LogLine,
}  # fmt: skip


@artifact("/**/tombstones/tombstone_*", "/**/system/dropbox/SYSTEM_TOMBSTONE*")
def tombstone(file: SourceFile) -> Iterator[Crash | Cause | Thread | Frame | Block[Mapping] | OpenFile | LogLine | Gap]:
    content, problem = plain(file, limit=tombstone_proto.MOST)
    if content.size > tombstone_proto.MOST:
        raise FormatError(f"tombstone: expected at most {tombstone_proto.MOST} bytes, got {content.size}")
    for kind, run in groupby(_parts(content), _kind):
        if kind is None:
            yield from (gap for gap in run if isinstance(gap, Gap))
            continue
        rows = (part if isinstance(part, Gap) else part[1:] for part in run)
        if kind == words.MAPPING:
            yield from in_blocks(rows, Mapping)
        else:
            yield from records(rows, _RECORDS[kind])
    if problem is not None:
        yield Gap(locator="gzip", reason=problem)


def _kind(part: words.Part | Gap) -> str | None:
    """The kind of row that a part is; None for a Gap."""
    return None if isinstance(part, Gap) else part[0]


def _parts(file: SourceFile) -> Iterator[words.Part | Gap]:
    with file.open() as stored:
        text = words.is_text(stored.read(words.HEAD))
        stored.seek(0)
        yield from tombstone_text.parts(stored) if text else tombstone_proto.parts(stored.read())
