"""The listing of DropBox, where Android's services leave reports: an entry's line, then its first words or all of it.

    Drop box contents: 999 entries
    2020-01-08 15:29:43 system_app_crash (text, 853 bytes)
        Process: com.example.app/PID: 21239/UID: 1110087/Flags: 0x30c83e0 ...

With `-p` the whole text stands below each entry, and a line of `=` above it. A text begins with `Name: value` lines; in
the first words they are joined by `/`, and the last of them is cut off.

Sources: AOSP DropBoxManagerService.dump and ActivityManagerService.appendDropBoxProcessHeaders,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import BinaryIO

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats.lines import lines, too_long

_ENTRY = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?) (\S.{0,200}?) "
    r"\((?:(compressed )?(text|data), (\d{1,15}) bytes|(contents lost|no file))\)"
)
_ALMOST = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_RULE = "========================================"
_PART = re.compile(r"/(?=[A-Z][A-Za-z-]{1,30}(?: [A-Za-z]{1,30})?: )")
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9 _.-]{0,60}): (.*)")
_COUNT = re.compile(r"Drop box contents: (\d{1,9}) entries")
_AROUND = (
    "Drop box contents:", "Max entries:", "Low priority ", "Searching for:", "(No entries found", "Unknown argument:",
    "Dropbox ", "Drop box is empty",
)  # fmt: skip
_LONGEST = 16_384
"""Characters of one text that are kept."""
_MOST_HEADERS = 100


@dataclass
class Entry:
    """One entry as listed."""

    line: int
    time: str
    tag: str
    compressed: bool
    content: str
    """`text`, `data`, `contents lost` or `no file`."""
    size: int | None
    headers: dict[str, str] = field(default_factory=dict)
    """The `Name: value` lines its text begins with, as far as they are whole."""
    text: list[str] = field(default_factory=list)
    whole: bool = False
    """Whether its whole text stands below it."""
    length: int = 0
    in_headers: bool = True

    def add(self, line: str) -> None:
        """A line of its whole text."""
        if self.in_headers and (found := _HEADER.fullmatch(line)) and len(self.headers) < _MOST_HEADERS:
            self.headers.setdefault(found[1], found[2])
        else:
            self.in_headers = False
        if self.length < _LONGEST:
            self.text.append(line[: _LONGEST - self.length])
            self.length += len(line) + 1

    def preview(self, line: str) -> None:
        """Its first words."""
        self.text.append(line.strip())
        parts = _PART.split(line.strip())
        whole = parts[:-1] if line.rstrip().endswith("...") else parts
        for part in whole:
            if found := _HEADER.fullmatch(part):
                self.headers.setdefault(found[1], found[2])


def entries(stored: BinaryIO) -> Iterator[Entry | int | Gap]:
    """The entries in their order; the number of all there are, where it is told."""
    entry: Entry | None = None
    printed = behind_rule = False
    for number, line in lines(stored):
        if line is None:
            yield too_long(number)
        elif line == _RULE:
            printed = behind_rule = True
        elif (found := _ENTRY.fullmatch(line)) and (behind_rule or not printed):
            if entry is not None:
                yield entry
            entry, behind_rule = _begun(number, found, printed), False
        elif entry is None:
            yield from _before(number, line)
        elif printed:
            entry.add(line)
        else:
            yield from _below(entry, number, line)
    if entry is not None:
        yield entry


def _begun(number: int, found: re.Match[str], printed: bool) -> Entry:
    return Entry(
        line=number, time=found[1], tag=found[2], compressed=bool(found[3]), content=found[4] or found[6],
        size=int(found[5]) if found[5] else None, whole=printed,
    )  # fmt: skip


def _before(number: int, line: str) -> Iterator[int | Gap]:
    if found := _COUNT.fullmatch(line):
        yield int(found[1])
    elif line.strip() and not line.startswith(_AROUND):
        yield Gap(locator=f"line {number}", reason=f"expected an entry of DropBox, got {line.strip()!a:.60}")


def _below(entry: Entry, number: int, line: str) -> Iterator[Gap]:
    """A line below an entry of which only the first words are listed."""
    if line.startswith("    ") and not entry.text:
        entry.preview(line)
    elif line.strip() and (_ALMOST.match(line) or not line.startswith(("    ", *_AROUND))):
        yield Gap(locator=f"line {number}", reason=f"expected an entry of DropBox, got {line.strip()!a:.60}")
