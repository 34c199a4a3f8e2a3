"""A tombstone as text: the header of the crash, then threads, stacks, mappings, open files and the ends of logs.

    *** *** *** *** *** *** *** *** *** *** *** *** *** *** *** ***
    Build fingerprint: 'example/phone/phone:11/RP1A.200720.012/1:user/release-keys'
    Timestamp: 2023-08-21 23:28:59-0400
    pid: 3559, tid: 3568, name: worker  >>> /vendor/bin/exampled <<<
    uid: 1000
    signal 11 (SIGSEGV), code 1 (SEGV_MAPERR), fault addr 0xe8b4d14c
        r0  e8b4d14c  r1  e8b4d14c  r2  0000002b  r3  00000004

    backtrace:
          #00 pc 0005f73a  /apex/com.android.runtime/lib/bionic/libc.so (strlen_a15+54) (BuildId: fef5b751)

Lines of the header that have no name here, as vendors add them, are kept in `extra`. Memory, stacks and code around
registers are passed over.

Sources: https://android.googlesource.com/platform/system/core/+/refs/heads/main/debuggerd/libdebuggerd/tombstone.cpp ;
https://android.googlesource.com/platform/system/core/+/refs/heads/main/debuggerd/libdebuggerd/tombstone_proto_to_text.cpp
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from typing import Any, BinaryIO

from bridle.classes import dataclass
from bridle.core import FormatError, Gap
from bridle.formats import tombstone
from bridle.formats.lines import lines, too_long
from bridle.formats.tombstone import Part
from bridle.formats.tombstone_mapping import BUILD_ID, mapped

_MOST_EXTRA = 200
"""Lines of a header without a name that are kept."""
_MOST_FRAMES = 10_000
"""Frames of one thread that wait for its row."""
_MOST_ABORT = 500
"""Lines of the message of an abort."""
_START, _NEXT = "*** *** *** ***", "--- --- --- ---"
_PROCESS = re.compile(r"(?=.* <<<\Z)pid: (\d{1,10}), tid: (\d{1,10})(?:, name: (.*?))?  ?>>> (.*) <<<")
_SIGNAL = re.compile(
    r"signal (-?\d{1,10}) \(([^)]{0,80})\), code (-?\d{1,10})(?: \(([^)]{0,120})\))?(?:, fault addr (\S{1,40}).*)?"
)
_SENDER = re.compile(r"(.*) from pid (-?\d{1,10}), uid (-?\d{1,10})")
_REGISTERS = re.compile(r" {4}[a-z]\w{0,5} +[0-9a-f]{8,32}(?: +[a-z]\w{0,5} +[0-9a-f]{8,32}){0,7} *")
_FRAME = re.compile(r" *#(\d{1,6}) +(?:pc|eip:) ([0-9a-f]{1,16})(?: +(.*))?")
_OFFSET = re.compile(r"(.*) \(offset (?:0x)?([0-9a-f]{1,16})\)")
_OPEN_FILE = re.compile(r" {4}fd (-?\d{1,10}): (.*)")
_OWNER = re.compile(r"(.*) \((?:unowned|owned by ([^()]{0,100}) 0x([0-9a-f]{1,16}))\)")
_LOG = re.compile(r"(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3,9}) +(\d{1,10}) +(\d{1,10}) ([A-Z!.?]) (.*)")
_LOG_HEADING = re.compile(r"--------- (tail end of )?log (.+)")
_STACK = re.compile(r"(allocated|deallocated) by thread (\d{1,20}):")
_NAMED = {
    "Build fingerprint": "build_fingerprint", "Revision": "revision", "ABI": "arch",
    "Guest architecture": "guest_arch", "Timestamp": "timestamp", "Cmdline": "command_line",
}  # fmt: skip
_NUMBERS = {"Process uptime": "process_uptime", "Page size": "page_size", "uid": "uid"}
_NUMBER = re.compile(r"(\d{1,18})(?:s| bytes)?")


@dataclass
class _Thread:
    place: str
    values: dict[str, Any]
    registers: dict[str, int] = field(default_factory=dict)
    waiting: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@dataclass
class _State:
    """What was read and not yet given."""

    crash: dict[str, Any] | None = None
    place: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    thread: _Thread | None = None
    tid: int | None = None
    section: str = "header"
    stack: tuple[str, int | None] = ("current", None)
    abort: list[str] | None = None
    buffer: str = ""
    tail: bool = False
    moment: datetime | None = None
    given: bool = False
    """Whether the row of the crash was given."""


def parts(stored: BinaryIO) -> Iterator[Part | Gap]:
    """What the text says. A line that should be a frame, a mapping, an open file or of a log and is none is a Gap."""
    state = _State()
    for number, line in lines(stored):
        place = f"line {number}"
        if line is None:
            yield too_long(number)
        elif line.startswith(_START):
            yield from _end(state)
            state = _State(crash={"form": "text"}, place=place, extra={} if state.crash else state.extra)
        elif state.crash is None and not _begins_without_stars(state, place, line):
            if line.strip():
                _keep(state, line)
        elif state.abort is not None and not _is_behind_abort(line):
            _more_of_abort(state, line)
        else:
            yield from _line(state, place, line)
    if state.crash is None and state.extra:
        raise FormatError("tombstone: expected text that begins with *** *** ***, got none")
    yield from _end(state)


def _begins_without_stars(state: _State, place: str, line: str) -> bool:
    """A copy of a tombstone in a log can lack its first line."""
    if not line.startswith(("Build fingerprint: ", "pid: ")):
        return False
    state.crash, state.place = {"form": "text"}, place
    return True


def _line(state: _State, place: str, line: str) -> Iterator[Part | Gap]:
    if line.startswith(_NEXT):
        yield from _end_header(state)
        yield from _end_thread(state)
        state.section = "thread"
    elif line.startswith("---------") and (log := _LOG_HEADING.fullmatch(line)):
        yield from _end_header(state)
        yield from _end_thread(state)
        state.section, state.buffer, state.tail = "log", log[2], bool(log[1])
    elif line.startswith("memory map"):
        yield from _end_header(state)
        yield from _end_thread(state)
        state.section = "mappings"
    elif line == "open files:":
        yield from _end_header(state)
        yield from _end_thread(state)
        state.section = "files"
    elif state.section == "mappings":
        yield from _mapping(place, line)
    elif state.section == "files":
        yield from _open_file(place, line)
    elif state.section == "log":
        yield from _log_line(state, place, line)
    elif line:
        yield from _of_thread(state, place, line)


def _of_thread(state: _State, place: str, line: str) -> Iterator[Part | Gap]:
    if line == "backtrace:":
        state.section, state.stack = "frames", ("guest" if state.stack[0] == "guest" else "current", None)
        yield from _end_header(state)
    elif found := _STACK.fullmatch(line):
        state.section, state.stack = "frames", (found[1].removesuffix("ed") + "ion", int(found[2]))
    elif state.section == "frames" and line.lstrip().startswith("#"):
        yield from _frame(state, place, line)
    elif line.startswith("Cause: "):
        yield from _end_header(state)
        yield tombstone.CAUSE, place, tombstone.cause(line.removeprefix("Cause: "))
    elif _REGISTERS.fullmatch(line):
        yield from _end_header(state)
        _registers(state, line)
    elif line.startswith("Guest thread information for tid: "):
        yield from _end_thread(state)
        _begin_guest(state, place, line)
    elif state.section == "frames" and line.startswith("  NOTE: ") and state.thread is not None:
        notes = state.thread.values.get("notes", ())
        state.thread.values["notes"] = (*notes, line.removeprefix("  NOTE: "))[:_MOST_EXTRA]
    elif state.section in ("header", "thread"):
        _header(state, place, line)
    elif not line.startswith(" "):
        state.section = "other"


def _header(state: _State, place: str, line: str) -> None:
    """A line above the registers of a thread; those of other threads repeat what the first one says."""
    assert state.crash is not None
    if line.endswith(" <<<") and (found := _PROCESS.fullmatch(line)):
        _process(state, place, found)
        return
    if state.section == "thread":
        return
    key, colon, value = line.partition(": ")
    if found := _SIGNAL.fullmatch(line):
        state.crash.update(_signal(found))
    elif line.startswith(("Abort message: '", "[abort message: '")):
        state.abort = [line.partition("'")[2]]
        _end_abort(state)
    elif key in _NAMED and colon:
        state.crash[_NAMED[key]] = _unquoted(value) or None
    elif key in _NUMBERS and colon and (number := _NUMBER.fullmatch(value.strip())):
        state.crash[_NUMBERS[key]] = int(number[1])
    elif key == "Extra crash detail" and colon:
        name, _, data = value.partition(": ")
        state.crash.setdefault("details", []).append(f"{name}: {_unquoted(data)}")
    else:
        _keep(state, line)


def _keep(state: _State, line: str) -> None:
    """A line without a name, in `extra`."""
    key, colon, value = line.strip().partition(": ")
    if len(state.extra) < _MOST_EXTRA:
        state.extra.setdefault(key if colon else f"line {len(state.extra) + 1}", value if colon else key)


def _unquoted(value: str) -> str:
    text = value.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text


def _process(state: _State, place: str, found: re.Match[str]) -> None:
    assert state.crash is not None
    first = "pid" not in state.crash
    name = (found[3] or "").strip() or None
    if first:
        state.crash |= {"pid": int(found[1]), "tid": int(found[2]), "thread_name": name}
        state.crash |= tombstone.process(found[4])
        state.crash.setdefault("command_line", found[4].strip() or None)
        state.tid = int(found[2])
    own = place if place != state.place else f"{place}.thread"
    state.thread = _Thread(own, {"thread_id": int(found[2]), "name": name, "crashed": first, "guest": False})
    state.stack = ("current", None)


def _begin_guest(state: _State, place: str, line: str) -> None:
    tid = line.rpartition(" ")[2]
    number = int(tid) if tid.isascii() and tid.isdigit() and len(tid) < 11 else None
    about = {"thread_id": number, "name": None, "crashed": number == state.tid, "guest": True}
    state.thread, state.section, state.stack = _Thread(place, about), "thread", ("guest", None)


def _signal(found: re.Match[str]) -> dict[str, Any]:
    name = found[4] or ""
    values: dict[str, Any] = {"signal_number": int(found[1]), "signal_name": found[2], "code": int(found[3])}
    if sender := _SENDER.fullmatch(name):
        name = sender[1]
        values |= {"sender_pid": int(sender[2]), "sender_uid": int(sender[3])}
    values["code_name"] = name or None
    at = (found[5] or "").removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]{1,16}", at):
        values["fault_address"] = int(at, 16)
    return values


def _more_of_abort(state: _State, line: str) -> None:
    """A further line of the message of an abort, which ends where a line ends with a quote."""
    assert state.abort is not None
    state.abort.append(line)
    _end_abort(state)


def _is_behind_abort(line: str) -> bool:
    """Whether a line can only come after the message of an abort."""
    return line.startswith((_NEXT, "backtrace:", "memory map", "Extra crash detail: ")) or bool(
        _REGISTERS.fullmatch(line)
    )


def _end_abort(state: _State) -> None:
    assert state.abort is not None and state.crash is not None
    text = "\n".join(state.abort)
    too_many = len(state.abort) >= _MOST_ABORT or len(text) > tombstone.LONGEST_TEXT
    if too_many or text.rstrip().endswith(("'", "']")):
        kept = text.rstrip().removesuffix("]").removesuffix("'")
        state.crash["abort_message"] = kept[: tombstone.LONGEST_TEXT] or None
        state.abort = None


def _registers(state: _State, line: str) -> None:
    if state.thread is None:
        return
    words = line.split()
    for name, value in zip(words[::2], words[1::2], strict=False):
        if len(value) <= 16 and len(state.thread.registers) < _MOST_EXTRA:
            state.thread.registers[name] = int(value, 16)


def _end_header(state: _State) -> Iterator[Part]:
    """The crash, once, when all of its header was read."""
    if state.crash is None or state.given:
        return
    state.given, state.moment = True, tombstone.local(str(state.crash.get("timestamp") or ""))
    if state.abort is not None:
        state.crash["abort_message"], state.abort = "\n".join(state.abort)[: tombstone.LONGEST_TEXT], None
    extra = json.dumps(state.extra, sort_keys=True, ensure_ascii=False) if state.extra else None
    yield tombstone.CRASH, state.place, {**state.crash, "extra": extra}


def _end_thread(state: _State) -> Iterator[Part]:
    thread, state.thread = state.thread, None
    if thread is None:
        return
    frames = sum(f["stack"] in ("current", "guest") for _, f in thread.waiting)
    yield tombstone.THREAD, thread.place, {**thread.values, "frames": frames, "registers": thread.registers}
    for place, values in thread.waiting:
        yield tombstone.FRAME, place, values


def _end(state: _State) -> Iterator[Part]:
    yield from _end_header(state)
    yield from _end_thread(state)


def _frame(state: _State, place: str, line: str) -> Iterator[Gap]:
    found = _FRAME.fullmatch(line)
    if found is None:
        yield Gap(locator=place, reason=f"expected a frame, got {line.strip()!a:.60}")
        return
    thread = state.thread
    if thread is None or len(thread.waiting) >= _MOST_FRAMES:
        yield Gap(locator=place, reason=f"expected a frame of a thread, at most {_MOST_FRAMES} of one, got another")
        return
    stack, tid = state.stack
    about = {"thread_id": tid if tid is not None else thread.values["thread_id"], "stack": stack}
    values = {"number": int(found[1]), "relative_pc": int(found[2], 16), **about, **frame_place(found[3] or "")}
    thread.waiting.append((place, values))


def frame_place(text: str) -> dict[str, Any]:
    """Where a frame lies: `/path/lib.so (offset 0x1000) (function(int)+12) (BuildId: …)`, most of it optional."""
    values: dict[str, Any] = {}
    rest = text.strip()
    if rest.endswith(")") and (found := BUILD_ID.fullmatch(rest)):
        rest, values["build_id"] = found[1], found[2]
    values |= _function(rest)
    path = values["path"]
    if path.endswith(")") and (found := _OFFSET.fullmatch(path)):
        values |= {"path": found[1], "file_offset": int(found[2], 16)}
    values["path"] = values["path"] or None
    return values


def _function(rest: str) -> dict[str, Any]:
    """Path, function and offset. The function is what stands in the first brackets after which nothing comes."""
    at = rest.find(" (")
    while rest.endswith(")") and at >= 0 and rest.startswith((" (offset ", " (deleted)"), at):
        at = rest.find(" (", at + 2)
    if not rest.endswith(")") or at < 0:
        return {"path": rest}
    inside = rest[at + 2 : -1]
    name, plus, offset = inside.rpartition("+")
    if plus and offset.isascii() and offset.isdigit() and len(offset) < 19:
        return {"path": rest[:at], "function": name, "function_offset": int(offset)}
    return {"path": rest[:at], "function": inside}


def _mapping(place: str, line: str) -> Iterator[Part | Gap]:
    values = mapped(line) if len(line) < tombstone.LONGEST_KNOWN else mapped.__wrapped__(line)
    if values is not None:
        yield tombstone.MAPPING, place, values
    elif line.strip() and not line.startswith(("--->Fault address", "    No ")):
        yield Gap(locator=place, reason=f"expected a mapping, got {line.strip()!a:.60}")


def _open_file(place: str, line: str) -> Iterator[Part | Gap]:
    found = _OPEN_FILE.fullmatch(line)
    if found is None:
        if line.strip():
            yield Gap(locator=place, reason=f"expected an open file, got {line.strip()!a:.60}")
        return
    values: dict[str, Any] = {"fd": int(found[1]), "path": found[2] or None}
    if owner := _OWNER.fullmatch(found[2]):
        values |= {"path": owner[1] or None, "owner": owner[2], "tag": int(owner[3], 16) if owner[3] else None}
    yield tombstone.OPEN_FILE, place, values


def _log_line(state: _State, place: str, line: str) -> Iterator[Part | Gap]:
    found = _LOG.fullmatch(line)
    tag, colon, message = found[5].partition(": ") if found else ("", "", "")
    if found is None or not colon:
        if line.strip():
            yield Gap(locator=place, reason=f"expected a line of a log, got {line.strip()!a:.60}")
        return
    yield tombstone.LOG_LINE, place, {
        "buffer": state.buffer, "tail": state.tail, "timestamp": found[1], "pid": int(found[2]), "tid": int(found[3]),
        "priority": found[4], "tag": tag.strip() or None, "message": message or None,
        "time": tombstone.log_time(found[1], state.moment),
    }  # fmt: skip
