"""A tombstone as a protobuf message (Android 12 and later), by the numbers of AOSP's `tombstone.proto`.

Fields that have no name here are kept in `extra`. A number that is not stored is 0 in this format: where the message
was read behind its place, it is told as 0, for user 0 is root.

Sources: https://android.googlesource.com/platform/system/core/+/refs/heads/main/debuggerd/proto/tombstone.proto ;
https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from typing import Any

from bridle.classes import dataclass
from bridle.core import FormatError, Gap
from bridle.formats import protobuf, protobuf_tree, tombstone
from bridle.formats.table import Lost, Repeated
from bridle.formats.tombstone import Part

MOST = 64 << 20
"""Bytes of one tombstone; real ones have some 300 KB."""
MOST_ROWS = 200_000
"""Threads, mappings, files, logs and causes together; real ones have some three thousand."""
_MOST_UNKNOWN = 200
_ARCHITECTURES = ("arm", "arm64", "x86", "x86_64", "riscv64")
_NO_ARCHITECTURE = 5
_TOOLS, _ERRORS = (
    ("GWP-ASan", "Scudo"),
    ("Unknown", "Use After Free", "Double Free", "Invalid (Wild) Free", "Buffer Overflow", "Buffer Underflow"),
)

_Schema = Mapping[int, tuple[str, str]]
"""By field number: name, and `int`, `text`, `blob` or `message`; with `*` for one that is repeated."""
_CRASH: _Schema = {
    1: ("arch", "int"), 2: ("build_fingerprint", "text"), 3: ("revision", "text"), 4: ("timestamp", "text"),
    5: ("pid", "int"), 6: ("tid", "int"), 7: ("uid", "int"), 8: ("selinux_label", "text"), 9: ("arguments", "text*"),
    10: ("signal", "message"), 14: ("abort_message", "text"), 20: ("process_uptime", "int"),
    21: ("details", "message*"), 22: ("page_size", "int"), 23: ("has_been_16kb_mode", "int"), 24: ("guest_arch", "int"),
}  # fmt: skip
_ROWS = {15: "causes", 16: "threads", 17: "memory_mappings", 18: "log_buffers", 19: "open_fds", 25: "guest_threads"}
_SIGNAL: _Schema = {
    1: ("signal_number", "int"), 2: ("signal_name", "text"), 3: ("code", "int"), 4: ("code_name", "text"),
    5: ("has_sender", "int"), 6: ("sender_uid", "int"), 7: ("sender_pid", "int"), 8: ("has_fault_address", "int"),
    9: ("fault_address", "unsigned"),
}  # fmt: skip
_DETAIL: _Schema = {1: ("name", "blob"), 2: ("data", "blob")}
_CAUSE: _Schema = {1: ("cause", "text"), 2: ("memory_error", "message")}
_MEMORY_ERROR: _Schema = {1: ("tool", "int"), 2: ("type", "int"), 3: ("heap", "message")}
_HEAP: _Schema = {
    1: ("heap_address", "unsigned"), 2: ("heap_size", "unsigned"), 3: ("allocation_tid", "int"),
    4: ("allocation", "message*"), 5: ("deallocation_tid", "int"), 6: ("deallocation", "message*"),
}  # fmt: skip
_ENTRY: _Schema = {1: ("key", "int"), 2: ("value", "message")}
_THREAD: _Schema = {
    1: ("thread_id", "int"), 2: ("name", "text"), 3: ("registers", "message*"), 4: ("frames", "message*"),
    6: ("tagged_addr_ctrl", "int"), 7: ("notes", "text*"), 8: ("pac_enabled_keys", "int"),
    9: ("unreadable_elf_files", "text*"),
}  # fmt: skip
_NOT_KNOWN = -1
"""Of the control words of a thread."""
_MEMORY_DUMP = 5
"""Of a thread; the memory around registers is not told."""
_REGISTER: _Schema = {1: ("name", "text"), 2: ("value", "unsigned")}
_FRAME: _Schema = {
    1: ("relative_pc", "unsigned"), 2: ("pc", "unsigned"), 3: ("sp", "unsigned"), 4: ("function", "text"),
    5: ("function_offset", "unsigned"), 6: ("path", "text"), 7: ("file_offset", "unsigned"), 8: ("build_id", "text"),
}  # fmt: skip
_MAPPING: _Schema = {
    1: ("begin", "unsigned"), 2: ("end", "unsigned"), 3: ("offset", "unsigned"), 4: ("read", "int"),
    5: ("write", "int"), 6: ("execute", "int"), 7: ("path", "text"), 8: ("build_id", "text"),
    9: ("load_bias", "unsigned"),
}  # fmt: skip
_OPEN_FILE: _Schema = {1: ("fd", "int"), 2: ("path", "text"), 3: ("owner", "text"), 4: ("tag", "unsigned")}
_LOG_BUFFER: _Schema = {1: ("name", "text"), 2: ("logs", "message*")}
_LOG_LINE: _Schema = {
    1: ("timestamp", "text"), 2: ("pid", "int"), 3: ("tid", "int"), 4: ("priority", "int"), 5: ("tag", "text"),
    6: ("message", "text"),
}  # fmt: skip


@dataclass
class _Message:
    """The fields of a message by name, those without a name, and where it cannot be read further."""

    values: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, Any] = field(default_factory=dict)
    last: int = 0
    broken: str | None = None

    def zero(self, name: str, number: int) -> None:
        """0 for a number that is not stored, if the message was read behind its place."""
        if self.broken is None or self.last > number:
            self.values.setdefault(name, 0)

    def extra(self, **more: Any) -> str | None:
        kept = {k: v for k, v in more.items() if v is not None} | self.unknown
        return json.dumps(kept, sort_keys=True, ensure_ascii=False) if kept else None


def parts(data: bytes) -> Iterator[Part | Gap]:
    """What the message says, the crash first. Raises FormatError where it is none."""
    data = _without_headers(data)
    crash = _read(data, _CRASH, known=_ROWS.keys())
    if not crash.values and not any(True for _ in _rows(data)):
        raise FormatError(crash.broken or "tombstone: expected a message with fields of a tombstone, got none")
    tid = crash.values.get("tid")
    yield tombstone.CRASH, "crash", _crash(crash, _thread_name(data, tid))
    moment = tombstone.local(str(crash.values.get("timestamp") or ""))
    counts: dict[int, int] = {}
    for seen, (number, value) in enumerate(_rows(data)):
        at = counts[number] = counts.get(number, -1) + 1
        place = f"{_ROWS[number]}[{at}]"
        if seen >= MOST_ROWS:
            yield Gap(locator=place, reason=f"expected at most {MOST_ROWS} rows, got more")
            break
        if not isinstance(value, bytes):
            yield Gap(locator=place, reason=f"expected a message, got {value!r:.60}")
        elif number in (16, 25):
            yield from _thread(place, value, tid, guest=number == 25)
        elif number == 18:
            yield from _log_buffer(place, value, moment)
        else:
            yield from _ROW_OF[number](place, value)
    if crash.broken is not None:
        yield Gap(locator="message", reason=f"expected a whole message: {crash.broken}")


def _without_headers(data: bytes) -> bytes:
    """The tombstone in the message that DropBox keeps around one."""
    if not data.startswith(b"\x0a"):
        return data
    try:
        number, wire, value = next(protobuf.fields(data))
    except FormatError:
        return data
    return value if number == 1 and wire == protobuf.BYTES and isinstance(value, bytes) else data


def _rows(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields that are rows, up to where the message cannot be read."""
    try:
        for number, _, value in protobuf.fields(data):
            if number in _ROWS:
                yield number, value
    except FormatError:
        return


def _read(data: bytes, schema: _Schema, known: Any = ()) -> _Message:
    found = _Message()
    try:
        for number, wire, value in protobuf.fields(data):
            if number > found.last:
                found.last = number
            if number in schema:
                _put(found.values, *schema[number], value)
            elif number not in known and len(found.unknown) < _MOST_UNKNOWN:
                _add(found.unknown, str(number), _told(wire, value))
    except FormatError as e:
        found.broken = str(e)
    return found


def _put(values: dict[str, Any], name: str, kind: str, value: int | bytes) -> None:
    if kind[-1] != "*":
        values[name] = _typed(kind, value)
    else:
        values.setdefault(name, []).append(_typed(kind[:-1], value))


def _typed(kind: str, value: int | bytes) -> Any:
    """The value as its kind says, or what is wrong with it."""
    if kind in ("int", "unsigned"):
        if not isinstance(value, int):
            return Lost(f"expected a number, got {value!r:.60}")
        return protobuf.signed(value) if kind == "int" else value
    if not isinstance(value, bytes):
        return Lost(f"expected {'text' if kind == 'text' else 'bytes'}, got {value!r:.60}")
    if kind != "text":
        return value
    text = value.rstrip(b"\0").decode("utf-8", "backslashreplace")[: tombstone.LONGEST_TEXT]
    return text or None


def _add(unknown: dict[str, Any], name: str, value: Any) -> None:
    if name not in unknown:
        unknown[name] = value
    elif isinstance(unknown[name], list):
        if len(unknown[name]) < _MOST_UNKNOWN:
            unknown[name].append(value)
    else:
        unknown[name] = [unknown[name], value]


def _told(wire: int, value: int | bytes) -> Any:
    """A field without a name, as its bytes allow to tell it."""
    if isinstance(value, int):
        return value
    if wire == protobuf.BYTES:
        try:
            text = value.decode()
        except UnicodeDecodeError:
            text = "\0"
        if text.isprintable():
            return text[:1024]
        try:
            return protobuf_tree.tree(value[: 1 << 16]).fields
        except FormatError:
            pass
    return f"0x{value[:512].hex()}"


def _message(value: Any, schema: _Schema) -> _Message:
    """A message in a message; nothing where it is none or not there."""
    return _read(value, schema) if isinstance(value, bytes) else _Message(broken="it is not there")


def _thread_name(data: bytes, tid: Any) -> Any:
    for number, value in _rows(data):
        if number == 16 and isinstance(value, bytes):
            entry = _read(value, _ENTRY)
            if tid is not None and entry.values.get("key") == tid:
                return _message(entry.values.get("value"), {2: ("name", "text")}).values.get("name")
    return None


def _crash(crash: _Message, thread_name: Any) -> Mapping[str, Any]:
    crash.zero("arch", 1)
    crash.zero("uid", 7)
    crash.zero("process_uptime", 20)
    values = dict(crash.values)
    signal = _signal(values.pop("signal", None))
    raw = [a if isinstance(a, str) else "" for a in values.pop("arguments", [])]
    details = [_detail(d) for d in values.pop("details", [])]
    mode = values.pop("has_been_16kb_mode", None)
    return values | signal.values | tombstone.process(raw[0] if raw else "") | {
        "form": "protobuf",
        "arch": _architecture(values.get("arch")),
        "guest_arch": _architecture(values.get("guest_arch")),
        "thread_name": thread_name,
        "command_line": " ".join(raw) or None,
        "arguments": tuple(raw) or None,
        "details": tuple(details) or None,
        "extra": crash.extra(has_been_16kb_mode=mode if isinstance(mode, int) else None, signal=signal.unknown or None),
    }  # fmt: skip


def _architecture(number: Any) -> Any:
    if not isinstance(number, int) or number == _NO_ARCHITECTURE:
        return number if isinstance(number, Lost) else None
    return _ARCHITECTURES[number] if 0 <= number < len(_ARCHITECTURES) else f"architecture {number}"


def _signal(value: Any) -> _Message:
    found = _message(value, _SIGNAL)
    if isinstance(value, bytes):
        found.zero("signal_number", 1)
        found.zero("code", 3)
    if found.values.pop("has_sender", 0):
        found.zero("sender_uid", 6)
        found.zero("sender_pid", 7)
    if found.values.pop("has_fault_address", 0):
        found.zero("fault_address", 9)
    else:
        found.values.pop("fault_address", None)
    if isinstance(value, Lost):
        found.values["signal_number"] = value
    return found


def _detail(value: Any) -> str:
    found = _message(value, _DETAIL).values
    name, data = (found[k] if isinstance(found.get(k), bytes) else b"" for k in ("name", "data"))
    return ": ".join(t.decode("utf-8", "backslashreplace")[: tombstone.LONGEST_TEXT] for t in (name, data))


def _cause(place: str, data: bytes) -> Iterator[Part | Gap]:
    found = _read(data, _CAUSE)
    error = _message(found.values.pop("memory_error", None), _MEMORY_ERROR)
    heap = _message(error.values.get("heap"), _HEAP)
    text = found.values.get("cause")
    values = found.values | (tombstone.cause(text) if isinstance(text, str) else {})
    if error.broken is None and values.get("tool") is None:
        values |= {"tool": _word(error, "tool", _TOOLS), "error": _word(error, "type", _ERRORS)}
    stacks = {k: heap.values.pop(k, []) for k in ("allocation", "deallocation")}
    yield tombstone.CAUSE, place, values | heap.values | {"extra": found.extra(memory_error=error.unknown or None)}
    for stack, frames in stacks.items():
        for number, frame in enumerate(frames):
            about = {"stack": stack, "thread_id": heap.values.get(f"{stack}_tid"), "number": number}
            yield from _frame(f"{place}.{stack}[{number}]", frame, about)
    yield from _broken(place, found.broken)


def _word(message: _Message, name: str, words: tuple[str, ...]) -> str | None:
    number = message.values.get(name, 0)
    return words[number] if isinstance(number, int) and 0 <= number < len(words) else str(number)


def _thread(place: str, data: bytes, crashed: Any, *, guest: bool) -> Iterator[Part | Gap]:
    entry = _read(data, _ENTRY)
    found = _message(entry.values.get("value"), _THREAD_ALL)
    values = found.values
    values.setdefault("thread_id", entry.values.get("key"))
    registers = [_message(r, _REGISTER).values for r in values.pop("registers", [])]
    frames = values.pop("frames", [])
    values.pop("memory", None)
    told = {k: values.pop(k, None) for k in _TOLD}
    lost = [(k, v.reason) for k, listed in told.items() for v in _listed(listed) if isinstance(v, Lost)]
    more = {k: [v for v in of if isinstance(v, str)] if isinstance(of, list) else of for k, of in told.items()}
    values["notes"] = tuple(more.pop("notes") or ()) or None
    extra = found.extra(**{k: v for k, v in more.items() if v != _NOT_KNOWN and not isinstance(v, Lost)})
    yield tombstone.THREAD, place, values | {
        "crashed": crashed is not None and values["thread_id"] == crashed,
        "guest": guest,
        "frames": len(frames),
        "registers": {str(r.get("name")): r.get("value", 0) for r in registers},
        "extra": extra,
    }  # fmt: skip
    yield from (Gap(locator=f"{place}.{name}", reason=f"{name}: {why}") for name, why in dict(lost).items())
    for number, frame in enumerate(frames):
        about = {"stack": "guest" if guest else "current", "thread_id": values["thread_id"], "number": number}
        yield from _frame(f"{place}.frame[{number}]", frame, about)
    yield from _broken(place, entry.broken or found.broken)


_TOLD = ("notes", "tagged_addr_ctrl", "pac_enabled_keys", "unreadable_elf_files")
_THREAD_ALL: _Schema = {**_THREAD, _MEMORY_DUMP: ("memory", "blob")}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _frame(place: str, data: Any, about: Mapping[str, Any]) -> Iterator[Part | Gap]:
    found = _message(data, _FRAME)
    for name, number in (("relative_pc", 1), ("pc", 2), ("sp", 3)):
        found.zero(name, number)
    if found.values.get("function") is not None:
        found.zero("function_offset", 5)
    else:
        found.values.pop("function_offset", None)
    yield tombstone.FRAME, place, {**found.values, **about}
    yield from _broken(place, found.broken)


def _mapping(place: str, data: bytes) -> Iterator[Part | Gap]:
    values, broken = _mapped(data) if len(data) < tombstone.LONGEST_KNOWN else _mapped.__wrapped__(data)
    yield tombstone.MAPPING, place, values
    yield from _broken(place, broken)


@lru_cache(maxsize=tombstone.KNOWN)
def _mapped(data: bytes) -> tuple[Repeated, str | None]:
    """The values of a mapping, and where it cannot be read further."""
    found = _read(data, _MAPPING)
    for name, number in (("begin", 1), ("end", 2), ("offset", 3)):
        found.zero(name, number)
    flags = ((found.values.pop("read", 0), "r"), (found.values.pop("write", 0), "w"),
             (found.values.pop("execute", 0), "x"))  # fmt: skip
    permissions = "".join(letter if on else "-" for on, letter in flags)
    return Repeated(found.values, permissions=permissions, extra=found.extra()), found.broken


def _open_file(place: str, data: bytes) -> Iterator[Part | Gap]:
    found = _read(data, _OPEN_FILE)
    found.zero("fd", 1)
    if found.values.get("owner") is not None:
        found.zero("tag", 4)
    yield tombstone.OPEN_FILE, place, found.values
    yield from _broken(place, found.broken)


def _log_buffer(place: str, data: bytes, moment: datetime | None) -> Iterator[Part | Gap]:
    found = _read(data, _LOG_BUFFER)
    for number, line in enumerate(found.values.get("logs", [])):
        read = _message(line, _LOG_LINE)
        read.zero("pid", 2)
        read.zero("tid", 3)
        level = read.values.get("priority", 0)
        values = {**read.values, "buffer": found.values.get("name"), "tail": False}
        values["time"] = tombstone.log_time(values.get("timestamp"), moment)
        values["priority"] = tombstone.priority(level) if isinstance(level, int) else level
        yield tombstone.LOG_LINE, f"{place}.logs[{number}]", values
        yield from _broken(f"{place}.logs[{number}]", read.broken)
    yield from _broken(place, found.broken)


def _broken(place: str, why: str | None) -> Iterator[Gap]:
    if why is not None:
        yield Gap(locator=f"{place}.end", reason=f"expected a whole message: {why}")


_ROW_OF = {15: _cause, 17: _mapping, 19: _open_file}
