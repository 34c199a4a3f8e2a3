"""Tombstones of programs that a signal stopped, as text and as a message; and what an app did that did not answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bridle.phantom.android.phone import EAST, FINGERPRINT, Phone, local
from bridle.phantom.android.story import Crash

_BAR = " ".join(["***"] * 16)
_BASE = 0x7B00000000


def text(crash: Crash) -> str:
    """As Android 14 writes it."""
    number, name, code, code_name = crash.signal
    at = f"{local(crash.time):%Y-%m-%d %H:%M:%S}.{crash.time.microsecond:06}000+0200"
    abort = [f"Abort message: '{crash.abort}'"] if crash.abort else []
    return "\n".join(
        [
            _BAR, f"Build fingerprint: '{FINGERPRINT}'", "Revision: '0'", "ABI: 'arm64'", f"Timestamp: {at}",
            "Process uptime: 41s", f"Cmdline: {crash.process}",
            f"pid: {crash.pid}, tid: {crash.pid}, name: {crash.process[-15:]}  >>> {crash.process} <<<",
            f"uid: {crash.uid}", "tagged_addr_ctrl: 0000000000000001 (PR_TAGGED_ADDR_ENABLE)",
            f"signal {number} ({name}), code {code} ({code_name}), fault addr 0x0000000000000010", *abort,
            "    x0  0000000000000000  x1  0000000000001770  x2  000000000000000b  x3  0000007ffc0b1d50",
            "    lr  0000007b00001000  sp  0000007ffc0b1d20  pc  0000007b00001040  pst 0000000060001000",
            "", f"{len(crash.libraries)} total frames", "backtrace:",
            *(f"      #{n:02} pc {0x1040 + n * 64:016x}  {lib} (BuildId: {n:02}{'ab' * 9})"
              for n, lib in enumerate(crash.libraries)),
            "", f"memory map ({len(crash.libraries)} entries): (fault address prefixed with --->)",
            *(f"    {_half(_BASE + n * 0x10000)}-{_half(_BASE + n * 0x10000 + 0xFFFF)} r-x         0     10000"
              f"  {lib}" for n, lib in enumerate(crash.libraries)),
            "", "open files:", "    fd 0: /dev/null (unowned)",
            *(f"    fd {n}: {f} (unowned)" for n, f in enumerate(crash.open_files, 5)), "",
        ]
    )  # fmt: skip


def _half(address: int) -> str:
    return f"{address >> 32:08x}'{address & 0xFFFFFFFF:08x}"


def message(crash: Crash) -> bytes:
    """The same as tombstoned's message."""
    number, name, code, code_name = crash.signal
    at = f"{local(crash.time):%Y-%m-%d %H:%M:%S}.{crash.time.microsecond:06}000+0200"
    frames = [
        (4, [(1, 0x1040 + n * 64), (2, _BASE + n * 0x10000 + 0x1040), (6, lib), (8, f"{n:02}{'ab' * 9}")])
        for n, lib in enumerate(crash.libraries)
    ]
    thread = [(1, crash.pid), (2, [(1, crash.pid), (2, crash.process[-15:]), *frames])]
    mappings = [
        (17, [(1, _BASE + n * 0x10000), (2, _BASE + n * 0x10000 + 0x10000), (4, 1), (6, 1), (7, lib)])
        for n, lib in enumerate(crash.libraries)
    ]
    files = [(19, [(1, n), (2, f), (3, "unowned")]) for n, f in enumerate(("/dev/null", *crash.open_files), 4)]
    abort = [(14, crash.abort)] if crash.abort else []
    return _message(
        [
            (1, 1), (2, FINGERPRINT), (3, "0"), (4, at), (5, crash.pid), (6, crash.pid), (7, crash.uid),
            (8, crash.label), (9, crash.process),
            (10, [(1, number), (2, name), (3, code), (4, code_name), (8, 1), (9, 0x10)]), *abort, (16, thread),
            *mappings, *files, (20, 41), (22, 4096),
        ]
    )  # fmt: skip


def _message(fields: list[Any]) -> bytes:
    """Of numbers, texts, and messages inside."""
    return b"".join(_field(number, value) for number, value in fields)


def _field(number: int, value: Any) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else _message(value)
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out, value = b"", value & 0xFFFFFFFFFFFFFFFF
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def files(crashes: tuple[Crash, ...]) -> Iterator[tuple[str, Crash, bytes]]:
    """Path on the phone, and content, of each tombstone in both forms."""
    for n, crash in enumerate(sorted(crashes, key=lambda c: c.time)):
        yield f"/data/tombstones/tombstone_{n:02}", crash, text(crash).encode()
        yield f"/data/tombstones/tombstone_{n:02}.pb", crash, message(crash)


def not_answering(phone: Phone) -> str:
    """An app that did not answer for five seconds, once."""
    at = phone.now - timedelta(days=3, minutes=4)
    written = f"{local(at):%Y-%m-%d %H:%M:%S}.525739772+{EAST // timedelta(hours=1):02}00"
    return (
        "Subject: Input dispatching timed out (com.example.news/com.example.news.Main is not responding. Waited"
        " 5000ms)\n"
        f"RssHwmKb: 823716\n\n----- pid 8442 at {written} -----\nCmd line: com.example.news\n"
        f"Build fingerprint: '{FINGERPRINT}'\nABI: 'arm64'\nBuild type: optimized\n\nDALVIK THREADS (1):\n"
        '"main" prio=5 tid=1 Blocked\n  | group="main" sCount=1 ucsCount=0 flags=1 obj=0x71580420 self=0xb40000\n'
        "  | sysTid=8442 nice=-10 cgrp=top-app sched=0/0 handle=0x76062dd4f8\n"
        "  at com.example.news.Main.run(Main.java:52)\n  - waiting to lock <0x060ef26b> (a java.lang.Object) held by"
        " thread 3\n\n----- end 8442 -----\n"
    )
