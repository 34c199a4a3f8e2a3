"""Lines that tell what is mounted where, in the four forms that Linux and Android have.

    36 35 253:5 / /system rw,relatime shared:1 - ext4 /dev/block/dm-5 rw,seclabel     /proc/N/mountinfo
    /dev/block/dm-5 /system ext4 ro,seclabel,relatime 0 0                             /proc/mounts
    /dev/block/dm-5 on /system type ext4 (ro,seclabel,relatime)                       mount(8)
    /dev/block/dm-5  2063196 1016064  1030748  50% /system                            df(1)

Blanks in a name are `\\040` in the first two.

Sources: proc(5), https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
"""

from __future__ import annotations

import re

from bridle.classes import dataclass

_INFO = re.compile(r"(\d{1,10}) (\d{1,10}) (\d{1,6}:\d{1,7}) (\S+) (\S+) (\S+) ((?:\S+ )*?)- (\S+) (\S*) (\S+)\s*")
_BEHIND = re.compile(r"(\S+) \(([^()]*)\)\s*")
_PLAIN = re.compile(r"(\S+) (/\S*) (\S+) (\S+) \d{1,3} \d{1,3}\s*")
_ESCAPE = re.compile(r"\\([0-3][0-7]{2})")


@dataclass(frozen=True)
class Mount:
    """One line; what its form does not tell is None."""

    device: str | None
    mount_point: str
    file_system: str
    options: tuple[str, ...]
    super_options: tuple[str, ...] = ()
    mount_id: int | None = None
    parent_id: int | None = None
    number: str | None = None
    root: str | None = None
    propagation: tuple[str, ...] = ()


def mount(line: str) -> Mount | None:
    """The mount of a line of the first three forms; None for another line."""
    if found := _INFO.fullmatch(line):
        return Mount(
            device=_plain(found[9]) or None, mount_point=_plain(found[5]), file_system=found[8],
            options=_options(found[6]), super_options=_options(found[10]), mount_id=int(found[1]),
            parent_id=int(found[2]), number=found[3], root=_plain(found[4]), propagation=tuple(found[7].split()),
        )  # fmt: skip
    device, on, rest = line.partition(" on /")
    point, _, behind = rest.rpartition(" type ")
    if on and (found := _BEHIND.fullmatch(behind)):
        return Mount(device or None, f"/{point}", found[1], _options(found[2]))
    if found := _PLAIN.fullmatch(line):
        return Mount(_plain(found[1]), _plain(found[2]), found[3], _options(found[4]))
    return None


def _options(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def _plain(text: str) -> str:
    return _ESCAPE.sub(lambda m: chr(int(m[1], 8)), text) if "\\" in text else text
