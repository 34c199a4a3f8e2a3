"""Every process, and in a bugreport every thread, as `ps` listed them when the report or acquisition was made.

    LABEL            USER   PID   TID  PPID    VSZ   RSS WCHAN        ADDR S PRI  NI RTPRIO SCH PCY     TIME CMD
    u:r:init:s0      root     1     1     0  51308  6620 SyS_epoll_w     0 S  19   0      -   0  fg 00:00:02 init
    u:r:shell:s0     shell 3663  3669   635  35143 47716 futex_wait      0 S  19   0      -   0  bg 00:00:00 HwBinder:1

From a bugreport the sections PROCESSES AND THREADS and PROCESSES; from AndroidQF `ps.txt`, or `processes.txt` where it
is text. `bridle.formats.toybox_ps` tells the columns.

Known limits: `CMD` is the name of a thread, of which only the last 15 characters are kept where it is that of an app;
`NAME` is the whole name, which a process can write over. Kernel threads stand in brackets in `NAME`, and without them
in `CMD`. A line of dumpstate's own, which begins with `***`, is told in `android.dumpstate.part`.

Sources: as `bridle.formats.toybox_ps`; a bugreport of Android 10; https://github.com/mvt-project/androidqf (processes).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain

from bridle.core import (
    Block,
    FilePath,
    FormatError,
    Gap,
    PackageName,
    ProcessName,
    Record,
    SourceFile,
    Text,
    artifact,
    note,
    record,
)
from bridle.formats import toybox_ps
from bridle.formats.android_users import number
from bridle.formats.lines import lines, too_long
from bridle.formats.row_blocks import RowBlocks

_BEFORE_HEADINGS = 100
_NAMES = ("CMD", "NAME", "COMMAND", "ARGS", "CMDLINE")
_FIELDS: dict[str, tuple[str, ...]] = {
    "label": ("LABEL",), "user": ("USER",), "pid": ("PID",), "tid": ("TID",), "ppid": ("PPID",), "state": ("S",),
    "virtual_size": ("VSZ", "VSIZE"), "resident_size": ("RSS",), "wait_channel": ("WCHAN",),
    "priority": ("PRI", "PRIO"), "nice": ("NI", "NICE"), "policy": ("PCY",), "cpu_time": ("TIME",),
}  # fmt: skip
_NUMBERS = frozenset({"pid", "tid", "ppid", "virtual_size", "resident_size", "priority", "nice"})
_MAPPED = frozenset(chain(_NAMES, *_FIELDS.values()))


@record(surface="running-process")
class Process(Record):
    """One process, or one thread where threads are listed."""

    label: str | None = note(doc="SELinux label it runs under, such as `u:r:untrusted_app:s0:c123`")
    user: str | None = note(doc="user it runs as, such as `root`, `u0_a12`, `app_12` (before Android 4.2)")
    uid: int | None = note(doc="number of that user, as far as its name is known")
    pid: int | None = note(doc="process identifier")
    tid: int | None = note(doc="thread identifier; that of the main thread is the process's. None: no threads are told")
    ppid: int | None = note(doc="process identifier of its parent: 2 is the kernel's, zygotes are those of apps")
    state: str | None = note(doc="R running, S sleeping, D in the kernel, T stopped, t traced, Z ended, I idle")
    process_name: ProcessName | None = note(doc="name as stored, of a path its last part; none of a further thread")
    thread_name: str | None = note(doc="name of a thread that is not the main one: it chooses that itself")
    path: FilePath | None = note(doc="program, where the name is an absolute path")
    package_name: PackageName | None = note(doc="app, of a whole name (`NAME`) with a dot in it; up to a colon")
    arguments: Text | None = note(doc="what follows the program, where a column has it", surface="mention")
    virtual_size: int | None = note(doc="virtual size, KiB")
    resident_size: int | None = note(doc="resident size, KiB")
    wait_channel: str | None = note(doc="what it waits for in the kernel")
    priority: int | None = note(doc="priority")
    nice: int | None = note(doc="nice value")
    policy: str | None = note(doc="`fg` foreground, `bg` background, …; none where blank")
    cpu_time: str | None = note(doc="time on a processor, as stored")
    extra: str | None = note(doc="columns that no field maps, as JSON")


@artifact(
    "/**/sections/PROCESSES AND THREADS/*.txt",
    "/**/sections/PROCESSES/*.txt",
    "/androidqf/ps.txt",
    "/androidqf/processes.txt",
)
def process_list(file: SourceFile) -> Iterator[Block[Process] | Gap]:
    reader: _Reader | None = None
    found = RowBlocks(Process)
    with file.open() as stored:
        if stored.read(1) in (b"[", b"{"):
            return
        stored.seek(0)
        for number_, line in lines(stored):
            at = f"line {number_}"
            if line is None:
                yield too_long(number_)
            elif not line.strip() or line.startswith("*** "):
                continue
            elif (names := toybox_ps.headings(line)) is not None:
                reader = _Reader(names)
            elif reader is None and number_ > _BEFORE_HEADINGS:
                raise FormatError(f"expected headings with PID in {_BEFORE_HEADINGS} lines, got none")
            elif reader is None:
                yield Gap(locator=at, reason=f"expected headings with PID, got {line!a:.60}")
            elif (row := reader.row(at, line)) is not None:
                yield from found.add(row)
            else:
                yield Gap(locator=at, reason=f"Process: expected {reader.width} columns, got {line!a:.60}")
    yield from found.end()


class _Reader:
    """Lines below one line of headings."""

    def __init__(self, names: list[str]) -> None:
        self._match = toybox_ps.pattern(names).fullmatch
        self.width = len(names)
        places = {name: at for at, name in enumerate(names)}
        self._last = names[-1]
        self._places = [
            (field in _NUMBERS, next((places[n] for n in stored if n in places), None))
            for field, stored in _FIELDS.items()
        ]
        self._rest = {name: at for name, at in places.items() if name not in _MAPPED}

    def row(self, at: str, line: str) -> tuple[object, ...] | None:
        found = self._match(line)
        if found is None:
            return None
        values = found.groups()
        told = [
            None if place is None or (value := values[place]) is None else int(value) if whole else value
            for whole, place in self._places
        ]
        label, user, pid, tid, ppid, state, size, resident, channel, priority, nice, policy, time = told
        name, path, package, arguments = self._program(values[-1].strip())
        uid = number(user) if isinstance(user, str) else None
        channel = None if channel == "0" else channel
        thread = tid is not None and tid != pid
        extra = json.dumps(kept) if (kept := _kept(self._rest, values)) else None
        return (
            at, label, user, uid, pid, tid, ppid, state, None if thread else name, name if thread else None, path,
            package, arguments, size, resident, channel, priority, nice, policy, time, extra,
        )  # fmt: skip

    def _program(self, text: str) -> tuple[str | None, str | None, str | None, str | None]:
        """Name, path, app and arguments of what stands in the last column."""
        arguments = ""
        if self._last in ("ARGS", "CMDLINE", "COMMAND") and not text.startswith("["):
            text, _, arguments = text.partition(" ")
        path = text if text.startswith("/") else None
        name = text.rpartition("/")[2] or text if path else text
        package = text.partition(":")[0] if self._last != "CMD" and not path else ""
        return name or None, path, package if "." in package and "[" not in package else None, arguments or None


def _kept(rest: Mapping[str, int], values: tuple[str | None, ...]) -> dict[str, str]:
    return {n: v for n, at in sorted(rest.items()) if (v := values[at]) is not None and v != "-"}
