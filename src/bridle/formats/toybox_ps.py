"""Lists of processes as `ps` of Android prints them, of toybox and, before Android 8, of toolbox.

    LABEL            USER   PID   TID  PPID    VSZ   RSS WCHAN        ADDR S PRI  NI RTPRIO SCH PCY     TIME CMD
    u:r:init:s0      root     1     1     0  51308  6620 SyS_epoll_w     0 S  19   0      -   0  fg 00:00:02 init
    USER     PID   PPID  VSIZE  RSS    PCY  WCHAN    PC         NAME
    root      1     0     328    184   fg  ffffffff 00000000 S /init

Columns are told by their order and shape, not by their place. toolbox has no heading above the state, and the policy of
a process without one is blank.

Sources: AOSP `external/toybox/toys/posix/ps.c`, `system/core/toolbox/ps.c`,
https://android.googlesource.com/platform/external/toybox/+/refs/heads/main/toys/posix/ps.c
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WHOLE = r"(-|-?\d{1,19})"
_SHAPES = {
    **dict.fromkeys(("PID", "TID", "PPID", "VSZ", "VSIZE", "RSS", "PRI", "PRIO", "NI", "NICE"), r"(-?\d{1,18})"),
    **dict.fromkeys(("RTPRIO", "RTPRI", "SCH", "SCHED", "UID"), _WHOLE),
    "S": r"([A-Zt][A-Za-z<+]{0,4})",
    "TIME": r"([\d:.-]{1,20})",
}
_POLICY = "PCY"
STATE = "S"


def headings(line: str) -> list[str] | None:
    """The names of the columns, if the line is that of headings."""
    names = line.split()
    if "PID" not in names or names[-1] not in ("CMD", "NAME", "ARGS", "CMDLINE", "COMMAND") or len(names) > 40:
        return None
    if names[-2] == "PC":
        names.insert(len(names) - 1, STATE)
    return names


def pattern(names: Sequence[str]) -> re.Pattern[str]:
    """What matches a line below those headings, with a group for each column."""
    parts = []
    for name in names[:-1]:
        shape = _SHAPES.get(name, r"(\S{1,512})")
        parts.append(r"(?:([a-z?]{2})\s+)?" if name == _POLICY else shape + r"\s+")
    text = "".join(parts)
    return re.compile(rf"\s*{text.removesuffix('+')}?(.*)" if text.endswith(r"\s+") else rf"\s*{text}(.*)", re.DOTALL)
