"""What a tombstone says, whatever its form: the words that text and protobuf share, and how its values are read.

A part is what a reader gives: the kind of row, its locator, and its values by name. Numbers of memory are plain
numbers there, and `address` writes them.

Sources: AOSP `system/core/debuggerd`,
https://android.googlesource.com/platform/system/core/+/refs/heads/main/debuggerd/libdebuggerd/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from bridle.core import Utc, WallClock
from bridle.formats.table import Lost

Part = tuple[str, str, Mapping[str, Any]]
"""Kind of row, locator, values by name."""
CRASH, CAUSE, THREAD, FRAME, MAPPING, OPEN_FILE, LOG_LINE = (
    "crash", "cause", "thread", "frame", "mapping", "open_file", "log_line",
)  # fmt: skip
MAGIC = b"*** *** ***"
LONGEST_TEXT = 16_384
"""Characters of one text that are kept."""
KNOWN, LONGEST_KNOWN = 8192, 512
"""Mappings of each form that are remembered, and bytes of one: apps have most of theirs in common."""
HEAD = 4096
"""Bytes of a file that say which form it has."""
_STAMP = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ?([+-])(\d\d):?(\d\d))?")
_LOG_STAMP = re.compile(r"(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?")
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+")
_PRIORITIES = "!.VDIWEFS"


def is_text(head: bytes) -> bool:
    """Whether a tombstone that begins so is text: it has no byte that only protobuf has."""
    begun = head[:HEAD]
    if MAGIC in begun:
        return True
    controls = sum(b < 0x20 and b not in b"\t\r\n" for b in begun)
    return not controls


def address(value: object) -> str:
    """A number of memory as `0x` and 16 hexadecimal digits, so that their order is that of text. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 64:
        raise ValueError(f"expected a number of 64 bits, got {value!r:.60}")
    return f"0x{value:016x}"


def time(value: str) -> Utc | None:
    """The instant of `2025-11-24 16:26:18.007439439+0100`; None where no offset is stored. Raises ValueError."""
    local, offset = _moment(value)
    return None if offset is None else Utc(local.replace(tzinfo=offset).astimezone(UTC))


def wall_clock(value: str) -> WallClock | None:
    """What the phone's clock showed, where no offset is stored; None where one is. Raises ValueError."""
    local, offset = _moment(value)
    return WallClock(local) if offset is None else None


def local(value: str) -> datetime | None:
    """What the phone's clock showed, for the year of the lines of a log; None where it cannot be read."""
    try:
        return _moment(value)[0]
    except ValueError:
        return None


def _moment(value: str) -> tuple[datetime, timezone | None]:
    found = _STAMP.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"expected YYYY-MM-DD HH:MM:SS and an offset, got {value!a:.60}")
    year, month, day, hour, minute, second = map(int, found.groups()[:6])
    micros = int((found[7] or "").ljust(6, "0")[:6])
    stamp = datetime(year, month, day, hour, minute, second, micros)  # noqa: DTZ001 - its offset comes next
    if found[8] is None:
        return stamp, None
    ahead = timedelta(hours=int(found[9]), minutes=int(found[10]))
    if ahead >= timedelta(days=1) or not 1 < year < 9999:
        raise ValueError(f"expected an offset below a day, got {value!a:.60}")
    return stamp, timezone(-ahead if found[8] == "-" else ahead)


def log_time(value: object, crash: datetime | None) -> WallClock | Lost | None:
    """`07-26 14:39:17.010` by the phone's clock, of the year that ends with the crash; None if that is not known."""
    try:
        return _log_time(value, crash) if isinstance(value, str) else None
    except ValueError as e:
        return Lost(str(e))


def _log_time(value: str, crash: datetime | None) -> WallClock | None:
    found = _LOG_STAMP.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"expected MM-DD HH:MM:SS, got {value!a:.60}")
    if crash is None:
        return None
    month, day, hour, minute, second = map(int, found.groups()[:5])
    micros = int((found[6] or "").ljust(6, "0")[:6])
    latest = crash + timedelta(days=1)
    for year in (crash.year + 1, crash.year, crash.year - 1):
        try:
            stamp = datetime(year, month, day, hour, minute, second, micros)  # noqa: DTZ001 - the zone is unknown
        except ValueError:
            continue
        if stamp <= latest:
            return WallClock(stamp)
    raise ValueError(f"expected a day before the crash, got {value!a:.60}")


def priority(number: int) -> str:
    """The letter of a priority: V, D, I, W, E, F or S; `?` for a number that has none."""
    return _PRIORITIES[number] if 0 <= number < len(_PRIORITIES) else "?"


def process(command: str) -> dict[str, str | None]:
    """Of the name of a process: its last part, its path where it is one, and the package that it may be named after."""
    name = command.strip()
    if not name or name == "<unknown>":
        return {"process_name": None, "path": None, "package_name": None}
    path = name if name.startswith("/") else None
    package = name.partition(":")[0] if path is None else ""
    return {
        "process_name": (name.rstrip("/").rpartition("/")[2] or name) if path else name,
        "path": path,
        "package_name": package if _PACKAGE.fullmatch(package) else None,
    }


def cause(text: str) -> dict[str, str | None]:
    """Of a cause: what is written, and the tool that is named in brackets before it."""
    tag, bracket, rest = text.partition("]: ")
    known = bool(bracket) and tag.startswith("[") and "]" not in tag
    return {"cause": text, "tool": tag[1:] if known else None, "error": rest.partition(",")[0] if known else None}
