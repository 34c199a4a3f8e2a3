"""LIST OF OPEN FILES of a bugreport of a build for developers: every file, library and socket that a process has open.

    COMMAND     PID       USER   FD      TYPE             DEVICE  SIZE/OFF       NODE NAME
    init          1       root  txt       REG              253,0    730328        626 /system/bin/init

Known limits: a build for users has no such section. What stands in a column that is too narrow for it moves the rest of
its line, and device, size and node of such a line are not told. A name that ends in ` (deleted)` may also be one of a
file that is there.

Sources: AOSP `external/toybox/toys/other/lsof.c`,
https://android.googlesource.com/platform/external/toybox/+/refs/heads/main/toys/pending/lsof.c
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from bridle.core import Block, FilePath, Gap, ProcessName, Record, SourceFile, artifact, note, record
from bridle.formats.android_users import number
from bridle.formats.lines import lines, too_long
from bridle.formats.row_blocks import RowBlocks

_HEADINGS = ("COMMAND", "PID", "USER", "FD", "TYPE", "DEVICE", "SIZE/OFF", "NODE", "NAME")
_LINE = re.compile(r"(\S.{0,63}?)\s+(\d{1,10})\s+(\S{1,64})\s+(\S{1,16})\s+(\S{1,32})(?:\s+(.*))?", re.DOTALL)
_DELETED = " (deleted)"
_UNREAD = " (readlink: "
"""Behind the link in /proc that the system did not let be read."""


@record
class OpenFile(Record):
    """Something that a process has open."""

    process_name: ProcessName = note(doc="name of the process, to 15 characters", surface="running-process")
    pid: int = note(doc="process identifier")
    user: str = note(doc="user it runs as")
    uid: int | None = note(doc="number of that user, as far as its name is known")
    fd: str = note(doc="`cwd` working folder, `rtd` root, `txt` program, `mem` mapped, or number and `r`, `w`, `u`")
    type: str = note(doc="REG file, DIR folder, CHR and BLK device, FIFO, unix, sock, netlink, unknown, …")
    device: str | None = note(doc="device, major,minor")
    size: str | None = note(doc="bytes, or `0t` and the offset")
    node: int | None = note(doc="inode, or number of the socket")
    path: FilePath | None = note(doc="absolute path, without ` (deleted)`")
    name: str | None = note(doc="name that is no path: `pipe:[123]`, `anon_inode:[eventfd]`, a link that was not read")
    deleted: bool = note(doc="whether the name ends in ` (deleted)`: the file is open, and no longer there")


@artifact("/**/sections/LIST OF OPEN FILES/*.txt")
def lsof(file: SourceFile) -> Iterator[Block[OpenFile] | Gap]:
    ends: tuple[int, ...] | None = None
    found = RowBlocks(OpenFile)
    with file.open() as stored:
        for number_, line in lines(stored):
            at = f"line {number_}"
            if line is None:
                yield too_long(number_)
            elif line.split() == list(_HEADINGS):
                ends = tuple(line.index(h) + len(h) for h in _HEADINGS)
            elif told := _LINE.fullmatch(line):
                yield from found.add(_row(at, line, told, ends))
            elif line.strip() and not line.startswith("*** "):
                yield Gap(locator=at, reason=f"OpenFile: expected command, pid, user, fd and type, got {line!a:.60}")
    yield from found.end()


def _row(at: str, line: str, told: re.Match[str], ends: tuple[int, ...] | None) -> tuple[object, ...]:
    command, pid, user, fd, of, rest = told.groups()
    device = size = node = None
    if ends is not None and told.end(5) == ends[4] and line[ends[7] : ends[7] + 1] in (" ", ""):
        device, size, node = (line[a:b].strip() or None for a, b in pairwise(ends[4:8]))
        name = line[ends[7] :].strip()
    else:
        name = _name((rest or "").strip())
    deleted = name.endswith(_DELETED)
    name = name.removesuffix(_DELETED)
    path = name if name.startswith("/") and _UNREAD not in name else None
    inode = int(node) if node and node.isascii() and node.isdecimal() and len(node) < 19 else None
    return (
        at, command, int(pid), user, number(user), fd, of, device, size, inode, path,
        None if path else name or None, deleted,
    )  # fmt: skip


def _name(rest: str) -> str:
    """The name in a line whose columns have moved: from the first ` /` on, or the last word."""
    at = rest.find("/") if rest.startswith("/") else rest.find(" /") + 1
    return rest[at:] if at > 0 or rest.startswith("/") else rest.rpartition(" ")[2]
