"""mount.txt and disks.txt of a sysdiagnose: what was mounted, how, and how full it was.

`mount.txt` is the output of mount(8), a line for each volume; `disks.txt` that of df(1), a line of headings first:

    /dev/disk1s1 on / (apfs, sealed, local, nosuid, read-only, journaled, noatime)

    Filesystem       Size   Used  Avail Capacity iused     ifree %iused  Mounted on
    /dev/disk1s1    119Gi  7.5Gi   11Gi    41%  372119 117107240    0%   /

A system volume that is not read-only, and one that no iPhone has, such as a disk image over a folder of the system,
stand out here. Images of developers' tools are mounted below `/Developer` and `/System/Developer`.

Known limits: no file was at hand. Only what was mounted at the time of the collection is listed. A device whose name
holds ` on /` is cut there. Columns of df(1) that no field has are not kept.

Sources: mount(8) and df(1) of Apple's open-source releases; https://github.com/EC-DIGIT-CSIRC/sysdiagnose (disks).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import FilePath, Gap, Record, SourceFile, artifact, note, record
from bridle.formats.lines import lines, too_long

_HEADINGS = re.compile(r"Filesystem\s+(\S.*\S)\s+Mounted on")
_VOLUME = re.compile(r"(\S(?:.*?\S)?)\s++((?:[0-9.,+-]{1,30}[A-Za-z]{0,2}%?\s++){1,12})(/.*)")
_MEANINGS = {
    "size": "size", "512-blocks": "size", "1024-blocks": "size", "1k-blocks": "size", "1m-blocks": "size",
    "used": "used", "avail": "available", "available": "available", "capacity": "capacity", "use%": "capacity",
    "iused": "files_used", "ifree": "files_free",
}  # fmt: skip


@record
class Mount(Record):
    """A volume and where it is mounted."""

    device: FilePath = note(doc="device or name of what is mounted, as stored")
    path: FilePath = note(doc="folder that it is mounted on")
    file_system: str | None = note(doc="file system, such as `apfs`")
    options: tuple[str, ...] = note(doc="how it is mounted, such as `read-only` and `nosuid`")


@record
class Volume(Record):
    """How full a volume was."""

    device: FilePath = note(doc="device or name of what is mounted, as stored")
    path: FilePath = note(doc="folder that it is mounted on")
    size: str | None = note(doc="its size, with unit or in blocks, as stored")
    used: str | None = note(doc="what is used of it, as stored")
    available: str | None = note(doc="what is left of it, as stored")
    capacity: str | None = note(doc="share that is used, per cent, as stored")
    files_used: str | None = note(doc="files that it holds, as stored")
    files_free: str | None = note(doc="files that it could still hold, as stored")
    blocks: str | None = note(doc="heading of its size, which tells the unit where the size does not")


@artifact(
    "/sysdiagnose/mount.txt",
    "/sysdiagnose/disks.txt",
    "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/mount.txt",
    "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/disks.txt",
)
def mounts(file: SourceFile) -> Iterator[Mount | Volume | Gap]:
    headings: list[str] | None = None
    with file.open() as stored:
        for number, line in lines(stored):
            at = f"line {number}"
            if line is None:
                yield too_long(number)
            elif mount := _mount(at, line.strip()):
                yield mount
            elif found := _HEADINGS.fullmatch(line.strip()):
                headings = found[1].split()
            elif headings is not None and (found := _VOLUME.fullmatch(line.strip())):
                yield _volume(at, headings, found)
            elif line.strip():
                yield Gap(locator=at, reason=f"expected a volume and where it is mounted, got {line!a:.60}")


def _mount(at: str, line: str) -> Mount | None:
    """What a line of mount(8) says; None for another line."""
    mounted, brackets, options = line.removesuffix(")").rpartition(" (")
    device, on, path = mounted.partition(" on /")
    if not (brackets and on and device and line.endswith(")")):
        return None
    kind, *how = [part.strip() for part in options.split(",")]
    return Mount(locator=at, device=device, path=f"/{path}", file_system=kind or None, options=tuple(how))


def _volume(at: str, headings: list[str], found: re.Match[str]) -> Volume | Gap:
    stored = found[2].split()
    if len(stored) != len(headings):
        return Gap(locator=at, reason=f"Volume: expected {len(headings)} columns, got {found[0]!a:.60}")
    kept = {_MEANINGS.get(h.lower(), ""): v for h, v in zip(headings, stored, strict=True)}
    blocks = next((h for h in headings if _MEANINGS.get(h.lower()) == "size"), None)
    return Volume(
        locator=at, device=found[1], path=found[3], size=kept.get("size"), used=kept.get("used"),
        available=kept.get("available"), capacity=kept.get("capacity"), files_used=kept.get("files_used"),
        files_free=kept.get("files_free"), blocks=blocks,
    )  # fmt: skip
