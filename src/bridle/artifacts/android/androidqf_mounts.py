"""mounts.json and mounts.pb of AndroidQF and Bugbane: what was mounted on the phone.

Lines of two programs in one list, `mount` and `cat /proc/mounts`, so that most mounts are there twice:

    ["/dev/block/dm-0 on / type ext4 (ro,seclabel,relatime)", "/dev/block/dm-0 / ext4 ro,seclabel,relatime 0 0"]

Known limits: AndroidQF keeps only lines with `/system` in them. What one process alone has mounted is not shown.

Sources: mount(8) ; proc(5) ; https://github.com/mvt-project/androidqf (modules/mounts.go) ;
https://github.com/osservatorionessuno/bugbane (Mounts.kt)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import FilePath, Gap, Record, SourceFile, artifact, note, record
from bridle.formats.quick_forensics import outputs

_OCTAL = re.compile(r"\\([0-3][0-7]{2})")


@record
class Mount(Record):
    """One line of one of the two lists."""

    device: str = note(doc="what is mounted: a device, or the name of a file system without one")
    mount_point: FilePath = note(doc="folder it is mounted on")
    fs_type: str = note(doc="file system, such as `ext4`, `overlay` or `tmpfs`")
    options: tuple[str, ...] = note(doc="options, such as `ro` and `seclabel`")
    program: str = note(doc="`mount`, or `proc` for /proc/mounts")


@artifact("/androidqf/mounts.json", "/androidqf/mounts.pb")
def androidqf_mounts(file: SourceFile) -> Iterator[Mount | Gap]:
    with file.open() as stored:
        for item in outputs(stored, packed=file.path.suffix == ".pb"):
            if isinstance(item, Gap):
                yield item
                continue
            place, line = item
            found = _mount(place, line)
            reason = f"expected a mount as mount or /proc/mounts has it, got {line!a:.60}"
            yield found if found is not None else Gap(locator=place, reason=reason)


def _mount(place: str, line: str) -> Mount | None:
    before, on, _ = line.partition(" on /")
    if on and line.endswith(")"):
        rest, _, options = line[len(before) + 4 : -1].rpartition(" (")
        point, kind, fs_type = rest.rpartition(" type ")
        if kind and fs_type and " " not in fs_type:
            return _of(place, before, point, fs_type, options, "mount")
    parts = line.split(" ")
    if len(parts) == 6 and parts[1].startswith("/") and parts[4].isdecimal() and parts[5].isdecimal():
        device, point = (_OCTAL.sub(lambda m: chr(int(m[1], 8)), p) for p in parts[:2])
        return _of(place, device, point, parts[2], parts[3], "proc")
    return None


def _of(place: str, device: str, point: str, fs_type: str, options: str, program: str) -> Mount:
    several = tuple(o for o in options.split(",") if o)
    return Mount(locator=place, device=device, mount_point=point, fs_type=fs_type, options=several, program=program)
