"""The stacks of all threads of a process, as ART, Dalvik and debuggerd dump them into traces of apps that hang.

    ----- pid 28426 at 2020-01-08 16:01:15 -----
    Cmd line: com.example.app
    "main" prio=5 tid=1 Blocked
      | sysTid=28426 nice=-10 cgrp=top-app sched=0/0 handle=0x7deceb74f8
      - waiting to lock <0x0a1b> (a java.lang.Object) held by thread 12
      at com.example.app.Main.run(Main.java:1)
    ----- end 28426 -----

Lines that are none of these, such as times of the garbage collector, are passed over.

Sources: AOSP art/runtime/thread.cc, art/runtime/signal_catcher.cc and system/core/debuggerd,
https://android.googlesource.com/platform/art/+/refs/heads/main/runtime/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Any, BinaryIO

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats.lines import lines, too_long
from bridle.formats.tombstone_text import frame_place

SUBJECT, DUMP, THREAD, FRAME, CHANNEL = "subject", "dump", "thread", "frame", "channel"
LONGEST = 1 << 18
"""Bytes of one line; lists of libraries are long."""
_MOST, _MOST_FRAMES = 1_000, 10_000
_LONGEST_TEXT = 4_096
_BEGIN = re.compile(r"----- (Waiting Channels: )?pid (\d{1,10}) at (.{1,60}?) -----")
_END = re.compile(r"----- end (\d{1,10}) -----")
_THREAD = re.compile(r'"(.*)" (daemon )?prio=(-?\d{1,5})(?: tid=(\d{1,10}))?(?: (.*))?')
_NATIVE_THREAD = re.compile(r'"(.*)" sysTid=(\d{1,10})')
_ATTRIBUTE = re.compile(r'(\w{1,30})=("[^"]{0,200}"|\([^)]{0,200}\)|\S{1,200})')
_CHANNEL = re.compile(r"sysTid=(\d{1,10}) +(?:state=(\S) +)?(.{0,200})")
_NATIVE = re.compile(r" *(?:native: )?#(\d{1,6}) +pc +([0-9a-f]{1,16})(?: +(.*))?")
_LOADER = re.compile(r"#\d{1,6} [\w.$]{1,200}: \[(.*)\](?:, .*)?")
_NAMED = {"Cmd line": "command_line", "Build fingerprint": "build_fingerprint", "ABI": "abi",
          "Build type": "build_type"}  # fmt: skip

_NONE = ""
Part = tuple[str, str, dict[str, Any]]


@dataclass
class _State:
    place: str = ""
    dump: dict[str, Any] | None = None
    thread: dict[str, Any] | None = None
    at: str = ""
    frames: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)
    """Lines above the first dump."""
    began: str = ""
    odd: str | None = None
    """The first line above the dumps that is no `name: value`; forgotten when a dump begins."""
    subject: str | None = None


def parts(stored: BinaryIO) -> Iterator[Part | Gap]:
    """Subject, dumps, threads, frames and waiting channels. A dump comes after its threads."""
    state = _State()
    for number, line in lines(stored, LONGEST):
        if line is None:
            yield too_long(number, LONGEST)
        elif line.startswith("----- "):
            yield from _mark(state, f"line {number}", line)
        elif state.dump is None:
            _before(state, f"line {number}", line)
        else:
            yield from _line(state, f"line {number}", line)
    yield from _end_dump(state, closed=False)
    if state.subject is None and state.odd:
        place, _, shown = state.odd.partition(": ")
        yield Gap(locator=place, reason=f"expected the begin of a dump, got {shown}")
    yield from _subject(state)


def _before(state: _State, place: str, line: str) -> None:
    key, colon, value = line.partition(": ")
    if key == "Subject" and colon and state.subject is None:
        state.subject, state.began = value[:_LONGEST_TEXT], place
    elif colon and len(state.before) < _MOST and len(key) < 60 and not key.startswith(" "):
        state.before.setdefault(key, value[:_LONGEST_TEXT])
    elif line.strip() and state.odd is None and not line.startswith("***"):
        state.odd = f"{place}: {line.strip()!a:.60}"


def _subject(state: _State) -> Iterator[Part]:
    if state.subject is not None:
        yield SUBJECT, state.began, {"subject": state.subject or None, "extra": state.before}
        state.subject, state.before = None, {}


def _mark(state: _State, place: str, line: str) -> Iterator[Part | Gap]:
    if found := _BEGIN.fullmatch(line):
        yield from _end_dump(state, closed=False)
        yield from _subject(state)
        state.place, state.odd = place, _NONE
        state.dump = {
            "kind": "waiting channels" if found[1] else "stacks", "pid": int(found[2]), "timestamp": found[3],
            "threads": 0, "libraries": [], "classes": [],
        }  # fmt: skip
    elif _END.fullmatch(line):
        yield from _end_dump(state, closed=True)
    elif line.startswith(("----- pid", "----- Waiting", "----- end")):
        yield Gap(locator=place, reason=f"expected the begin or end of a dump, got {line!a:.60}")


def _line(state: _State, place: str, line: str) -> Iterator[Part | Gap]:
    if line.startswith('"'):
        yield from _end_thread(state)
        yield from _thread(state, place, line)
    elif line.startswith("sysTid=") and state.dump is not None:
        yield from _channel(state.dump, place, line)
    elif not line:
        yield from _end_thread(state)
    elif state.thread is not None:
        yield from _of_thread(state, state.thread, place, line)
    elif state.dump is not None:
        _of_dump(state.dump, line)


def _of_dump(dump: dict[str, Any], line: str) -> None:
    key, colon, value = line.partition(": ")
    if colon and key in _NAMED:
        text = value.strip()
        dump.setdefault(_NAMED[key], text[1:-1] if len(text) > 1 and text[0] == text[-1] == "'" else text)
    elif colon and key == "Libraries":
        names = [n for n in value.split(" ") if n and not n.startswith("(")]
        dump["libraries"] = names[:_MOST]
    elif line.startswith("#") and (found := _LOADER.fullmatch(line)):
        dump["classes"] += [p for p in found[1].split(":") if p.startswith("/")][: _MOST - len(dump["classes"])]


def _thread(state: _State, place: str, line: str) -> Iterator[Gap]:
    assert state.dump is not None
    about: dict[str, Any] = {"pid": state.dump["pid"]}
    if found := _NATIVE_THREAD.fullmatch(line):
        about |= {"name": found[1], "sys_tid": int(found[2])}
    elif found := _THREAD.fullmatch(line):
        about |= {
            "name": found[1], "daemon": bool(found[2]), "priority": int(found[3]),
            "tid": int(found[4]) if found[4] else None, "state": found[5] or None,
        }  # fmt: skip
    else:
        yield Gap(locator=place, reason=f"expected a thread, got {line!a:.60}")
        return
    state.dump["threads"] += 1
    state.thread, state.at = about, place


def _channel(dump: dict[str, Any], place: str, line: str) -> Iterator[Part | Gap]:
    found = _CHANNEL.fullmatch(line)
    if found is None:
        yield Gap(locator=place, reason=f"expected a waiting channel, got {line!a:.60}")
        return
    channel = found[3].strip()
    yield CHANNEL, place, {
        "pid": dump["pid"], "sys_tid": int(found[1]), "state": found[2],
        "channel": channel if channel not in ("", "0") else None,
    }  # fmt: skip


def _of_thread(state: _State, thread: dict[str, Any], place: str, line: str) -> Iterator[Gap]:
    text = line.strip()
    if text.startswith("| "):
        for key, value in _ATTRIBUTE.findall(text[:_LONGEST_TEXT]):
            thread.setdefault(f"|{key}", value.strip('"'))
    elif text.startswith("- "):
        thread.setdefault("waiting", text[2:][:_LONGEST_TEXT])
    elif text.startswith("at "):
        _frame(state, place, {"form": "managed", "function": text[3:]})
    elif found := _NATIVE.fullmatch(line):
        _frame(state, place, {"form": "native", "relative_pc": int(found[2], 16), **frame_place(found[3] or "")})
    elif text.startswith("kernel: "):
        _frame(state, place, {"form": "kernel", "function": text.removeprefix("kernel: ")})
    elif text.startswith(("#", "native: ")):
        yield Gap(locator=place, reason=f"expected a frame, got {text!a:.60}")


def _frame(state: _State, place: str, frame: dict[str, Any]) -> None:
    if len(state.frames) < _MOST_FRAMES:
        state.frames.append((place, {**frame, "number": len(state.frames)}))


def _end_thread(state: _State) -> Iterator[Part]:
    thread, state.thread = state.thread, None
    frames, state.frames = state.frames, []
    if thread is None:
        return
    yield THREAD, state.at, {**thread, "frames": len(frames)}
    tid = thread.get("sys_tid") or thread.get("|sysTid")
    for place, frame in frames:
        yield FRAME, place, {**frame, "pid": thread["pid"], "sys_tid": tid}


def _end_dump(state: _State, *, closed: bool) -> Iterator[Part]:
    yield from _end_thread(state)
    dump, state.dump = state.dump, None
    if dump is not None:
        yield DUMP, state.place, {**dump, "closed": closed}
