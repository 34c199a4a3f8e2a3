"""dropbox: reports of crashes, hangs, starts and other events that Android's services keep for some days.

From `dumpsys dropbox`, which lists every entry with its first words, and from the sections DROPBOX SYSTEM SERVER
CRASHES and DROPBOX SYSTEM APP CRASHES, which hold whole texts:

    2020-01-08 15:29:43 system_app_crash (text, 853 bytes)
        Process: com.example.app/PID: 21239/UID: 1110087/Flags: 0x30c83e0 ...

A Crash is an entry whose tag says that a program crashed or hung; anything else is an Entry. What is cut off in the
first words is not told as a value, but stands in `text`.

Known limits: times are the phone's clock, and after a change of it they are moved so that they grow. Entries of low
priority are dropped when there are many. The files below `/data/system/dropbox` are not read, but tombstones in it.

Sources: AOSP DropBoxManagerService,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/ ;
https://developer.android.com/reference/android/os/DropBoxManager
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Gap, PackageName, ProcessName, Record, SourceFile, Text, WallClock, artifact, note, record
from bridle.formats import dropbox as listing
from bridle.formats.android_values import wall_clock
from bridle.formats.table import col, records

_CRASHES = re.compile(
    r".*(?:_crash|_anr|_native_crash|_watchdog|_TOMBSTONE(?:_PROTO.*)?|_lowmem_kill)\Z|SYSTEM_TOMBSTONE"
)
_NUMBER = re.compile(r"-?\d{1,18}")
_KNOWN = frozenset({"Process", "PID", "UID", "Package", "Subject", "Foreground", "Build", "Flags"})


def _number(value: object) -> int:
    """A whole number in text. Raises ValueError."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(value)
    raise ValueError(f"expected a number, got {value!a:.60}")


def _yes(value: object) -> bool:
    """`Yes` or `No`. Raises ValueError."""
    if value not in ("Yes", "No"):
        raise ValueError(f"expected Yes or No, got {value!a:.60}")
    return value == "Yes"


def _clock(value: object) -> WallClock:
    return wall_clock(str(value))


@record
class _Report(Record):
    """An entry of either kind."""

    time: WallClock | None = col("(time)", _clock, doc="when it was reported, by the phone's clock")
    tag: str = col("(tag)", doc="kind of entry, such as system_app_crash or data_app_anr")
    process_name: ProcessName | None = col("Process", doc="process")
    package_name: PackageName | None = col("(package)", doc="its package; a process of several names the first")
    package_version: str | None = col("(version)", doc="what is told of the package's version, `v29 (10)`")
    pid: int | None = col("PID", _number, doc="process identifier")
    uid: int | None = col("UID", _number, doc="user it ran as")
    foreground: bool | None = col("Foreground", _yes, doc="whether it was in the foreground")
    subject: Text | None = col("Subject", doc="what it is about", surface="mention")
    flags: str | None = col("Flags", doc="flags of the app, hexadecimal")
    build: str | None = col("Build", doc="build of the system at that time")
    content: str = col("(content)", doc="`text`, `data`, `contents lost` or `no file`")
    compressed: bool = col("(compressed)", doc="whether it is stored compressed")
    size: int | None = col("(size)", doc="bytes as stored")
    whole: bool = col("(whole)", doc="whether `text` is not only its first words")
    text: Text | None = col("(text)", doc="its text or first words, up to 16384 characters", surface="mention")
    extra: str | None = col("(extra)", doc="further lines `Name: value` of its beginning, as JSON")


@record(surface="crash")
class Crash(_Report):
    """A program that crashed or hung."""


@record(surface="running-process")
class Entry(_Report):
    """Another report: a start of the system, a violation, a failure that did not end the program."""


@record
class Box(Record):
    """How much there is."""

    entries: int = note(doc="entries at that time, listed or not")


@artifact(
    "/**/dumpsys/dropbox/*.txt",
    "/**/sections/DROPBOX SYSTEM SERVER CRASHES/*.txt",
    "/**/sections/DROPBOX SYSTEM APP CRASHES/*.txt",
)
def dropbox(file: SourceFile) -> Iterator[Crash | Entry | Box | Gap]:
    boxes = 0
    with file.open() as stored:
        for found in listing.entries(stored):
            if isinstance(found, Gap):
                yield found
            elif isinstance(found, int):
                boxes += 1
                yield Box(locator=f"contents {boxes}", entries=found)
            else:
                cls: type[Crash | Entry] = Crash if _CRASHES.match(found.tag) else Entry
                yield from records([(f"line {found.line}", _row(found))], cls)


def _row(entry: listing.Entry) -> Mapping[str, Any]:
    headers = entry.headers
    package, _, version = headers.get("Package", "").partition(" ")
    extra = {k: v for k, v in headers.items() if k not in _KNOWN}
    return {k: v or None for k, v in headers.items()} | {
        "(time)": entry.time, "(tag)": entry.tag, "(package)": package or None, "(version)": version or None,
        "(content)": entry.content, "(compressed)": entry.compressed, "(size)": entry.size, "(whole)": entry.whole,
        "(text)": "\n".join(entry.text).strip() or None,
        "(extra)": json.dumps(extra, sort_keys=True, ensure_ascii=False) if extra else None,
    }  # fmt: skip
