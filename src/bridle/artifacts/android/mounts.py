"""What is mounted where: for each process (mountinfo), for the phone (mount, /proc/mounts), and how full it is (df).

    999 1 253:5 / /system rw,relatime shared:1 - ext4 /dev/block/dm-5 rw,seclabel
    /dev/block/dm-5 on /system type ext4 (ro,seclabel,relatime)

A bugreport has /proc/N/mountinfo of one process for each set of mounts that differs: a system that is mounted to be
written, or something that lies over a folder of the system for some processes only, stands out there. `bridle.formats.
mount_table` tells the forms.

Known limits: only what was mounted at the time. A process can have mounts of its own; which process a text without a
number in its path is of is not told. Of df only the columns that fields map are kept. `mounts.json` of AndroidQF is
another artifact's.

Sources: as `bridle.formats.mount_table`; AOSP `frameworks/native/cmds/dumpstate` (do_mountinfo).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from bridle.core import Block, FilePath, Gap, Record, SourceFile, artifact, note, record
from bridle.formats import mount_table
from bridle.formats.lines import lines, too_long
from bridle.formats.row_blocks import RowBlocks

_PROCESS = re.compile(r"/proc/(\d{1,10})/mount(?:info|s)")
_DF = re.compile(r"(\S+)\s+([\d.]{1,20}[KMGT]?)\s+([\d.]{1,20}[KMGT]?)\s+([\d.]{1,20}[KMGT]?)\s+(\d{1,4}%|-)\s+(/.*)")
_OLD_DF = re.compile(r"(/\S*)\s+([\d.]{1,20}[KMGT]?)\s+([\d.]{1,20}[KMGT]?)\s+([\d.]{1,20}[KMGT]?)\s+(\d{1,10})\s*")
_LONGEST_KNOWN = 512
"""Characters of a line that is remembered."""
_HEADINGS = re.compile(r"Filesystem\s+\S.*")


@record
class Mount(Record):
    """Something that is mounted, as seen by a process."""

    pid: int | None = note(doc="process whose view it is, by the path of the file; none for the shell's or the phone's")
    device: FilePath | None = note(doc="device or name of what is mounted, as stored")
    mount_point: FilePath = note(doc="folder or file it lies on")
    file_system: str = note(doc="type of the file system: `ext4`, `f2fs`, `erofs`, `tmpfs`, `overlay`, …")
    options: tuple[str, ...] = note(doc="how it is mounted here: `ro` to be read only, `rw` to be written, …")
    super_options: tuple[str, ...] = note(doc="options of the file system itself; only mountinfo tells them apart")
    mount_id: int | None = note(doc="number of the mount")
    parent_id: int | None = note(doc="number of the mount it lies on")
    number: str | None = note(doc="device number, major:minor")
    root: FilePath | None = note(doc="folder within the file system that is mounted; `/` is all of it")
    propagation: tuple[str, ...] = note(doc="`shared:1`, `master:2`, …")


@record
class Space(Record):
    """How full a file system is, of df."""

    device: FilePath | None = note(doc="device or name of what is mounted; not told before Android 6")
    mount_point: FilePath = note(doc="folder it lies on")
    size: str = note(doc="its size: KiB, or with a unit, as stored")
    used: str = note(doc="what is used, likewise")
    available: str = note(doc="what is free, likewise")
    capacity: str | None = note(doc="share that is used")


@artifact(
    "/proc/*/mountinfo",
    "/proc/*/mounts",
    "/proc/mounts",
    "/**/sections/*MOUNT*/*.txt",
    "/**/sections/FILESYSTEMS & FREE SPACE/*.txt",
)
def mounts(file: SourceFile) -> Iterator[Block[Mount] | Space | Gap]:
    of = _PROCESS.fullmatch(str(file.path))
    pid = int(of[1]) if of else None
    found = RowBlocks(Mount)
    with file.open() as stored:
        for number, line in lines(stored):
            at = f"line {number}"
            if line is None:
                yield too_long(number)
            elif (row := _row(line)) is not None:
                yield from found.add((at, pid, *row))
            elif (space := _space(at, line)) is not None:
                yield space
            elif line.strip() and not line.startswith("*** ") and not _HEADINGS.fullmatch(line):
                yield Gap(locator=at, reason=f"expected a mount, got {line!a:.60}")
    yield from found.end()


def _row(line: str) -> tuple[object, ...] | None:
    """The fields of a mount behind its process; most lines of a process stand in those of others too."""
    return _known(line) if len(line) < _LONGEST_KNOWN else _known.__wrapped__(line)


@lru_cache(maxsize=4096)
def _known(line: str) -> tuple[object, ...] | None:
    m = mount_table.mount(line)
    if m is None:
        return None
    row = (m.device, m.mount_point, m.file_system, m.options, m.super_options, m.mount_id, m.parent_id)
    return *row, m.number, m.root, m.propagation


def _space(at: str, line: str) -> Space | None:
    if told := _DF.fullmatch(line):
        size, used, available, capacity, point = told.groups()[1:]
        capacity = None if capacity == "-" else capacity
        return Space(
            locator=at, device=told[1], mount_point=point.rstrip(), size=size, used=used, available=available,
            capacity=capacity,
        )  # fmt: skip
    if told := _OLD_DF.fullmatch(line):
        point, size, used, available = told.groups()[:4]
        return Space(
            locator=at, device=None, mount_point=point, size=size, used=used, available=available, capacity=None
        )
    return None
