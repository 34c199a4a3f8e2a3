"""taskinfo.txt of a sysdiagnose: every process at the time of its collection, with how long it has run.

The number of tasks, then for each its lines, policies indented below their heading, and its threads:

    num tasks: 244

    process: "launchd" [1] [unique ID: 1]
    architecture: arm64
    run time: 216 s
    requested policy
            req apptype: TASK_APPTYPE_NONE
    threads:
            thread ID: 0x338 / 824

The unique identifier grows with each process since the start of the system and is never used twice, as process
identifiers are: a gap says that one has ended. Fewer tasks than the first line tells have been left out. Threads are
counted, not kept. Names are those of the kernel, at most 32 bytes.

Known limits: no file was at hand. What is told of threads is only counted. Names may be cut. Which lines there are
differs by system, and what most of them mean is not published.

Sources: https://github.com/EC-DIGIT-CSIRC/sysdiagnose (taskinfo, tabbasedhierarchy: a block of iOS 15); taskinfo(1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap, ProcessName, Record, SourceFile, artifact, note, record
from bridle.formats.lines import lines, too_long
from bridle.formats.table import col, records, rest
from bridle.formats.written import whole

_MOST_KEYS = 500
"""Lines of one process before its threads; some fifty are ordinary."""
_PROCESS = "process"
_THREADS = "(threads)"
_COUNT = re.compile(r"num tasks: (\d{1,10})\s*")
_KEY = re.compile(r"(\s*)([^\s:][^:]{0,100}):\s*(.*)")
_OF_PROCESS = re.compile(r'"(.*)" \[(\d{1,10})\](?: \[unique ID: (\d{1,20})\])?')
_SECONDS = re.compile(r"(\d{1,18}) s")


def _name(value: str) -> str:
    return _parts(value)[1]


def _pid(value: str) -> int:
    return int(_parts(value)[2])


def _unique(value: str) -> int | None:
    found = _parts(value)[3]
    return None if found is None else whole(found)


def _parts(value: str) -> re.Match[str]:
    found = _OF_PROCESS.fullmatch(value)
    if found is None:
        raise ValueError(f'expected "name" [number], got {value!r:.60}')
    return found


def _seconds(value: str) -> int:
    found = _SECONDS.fullmatch(value)
    if found is None:
        raise ValueError(f"expected seconds such as 216 s, got {value!r:.60}")
    return int(found[1])


@record
class Count(Record):
    """The first line."""

    tasks: int = note(doc="number of processes that are told below, as the collector counted them")


@record(surface="running-process")
class Task(Record):
    """One process."""

    process_name: ProcessName | None = col(_PROCESS, _name, doc="name, as the kernel has it")
    pid: int | None = col(_PROCESS, _pid, doc="process identifier")
    unique_id: int | None = col(_PROCESS, _unique, doc="identifier that is not used again until the system starts anew")
    run_time: int | None = col("run time", _seconds, doc="seconds since it started")
    architecture: str | None = col("architecture", doc="architecture of its code")
    daemon: str | None = col("ios-appledaemon", doc="whether it is a daemon of Apple's, `YES` or `NO`")
    application: str | None = col("ios-application", doc="whether it is an app, `YES` or `NO`")
    suspended: str | None = col("pid suspended", doc="whether it is suspended, `YES` or `NO`")
    threads: int | None = col(_THREADS, doc="threads that are told below it")
    extra: str | None = rest(
        doc="lines that no field maps, as JSON; those of a policy behind its name and `/`, and a name alone without any"
    )


@artifact("/sysdiagnose/taskinfo.txt", "/private/var/db/sysdiagnose/com.apple.sysdiagnose/*/taskinfo.txt")
def taskinfo(file: SourceFile) -> Iterator[Count | Task | Gap]:
    task = _Task()
    with file.open() as stored:
        for number, line in lines(stored):
            if line is None:
                yield too_long(number)
            elif count := _COUNT.fullmatch(line):
                yield Count(locator=f"line {number}", tasks=int(count[1]))
            elif line.startswith(f"{_PROCESS}:"):
                yield from task.told()
                task = _Task(f"line {number}", {_PROCESS: line.partition(":")[2].strip()})
            elif line.strip() and not task.take(number, line):
                yield Gap(locator=f"line {number}", reason=f"expected a line of a process, got {line!a:.60}")
    yield from task.told()


@dataclass
class _Task:
    """A process as far as it has been read."""

    locator: str = ""
    keys: dict[str, str | int] = field(default_factory=dict)
    policy: str = ""
    alone: str = ""
    """The key of the policy's name, until it has a line of its own."""
    threads: int | None = None
    """None until its threads begin."""

    def take(self, number: int, line: str) -> bool:
        """Keep a line; False for one that belongs to no process or is one too many."""
        if not self.keys or len(self.keys) > _MOST_KEYS:
            return False
        if self.threads is not None:
            self.threads += line.lstrip().startswith("thread ID:")
            return True
        found = _KEY.fullmatch(line)
        if found is None:
            self.policy = line.strip()
            self.alone = self._keep(self.policy, "", number)
        elif not found[1] and found[2] == "threads":
            self.threads = 0
        else:
            self.policy = self.policy if found[1] else ""
            if self.policy:
                self.keys.pop(self.alone, None)
            self._keep(f"{self.policy}/{found[2]}" if self.policy else found[2], found[3].rstrip(), number)
        return True

    def _keep(self, key: str, value: str, number: int) -> str:
        """Keep a value under its key, or another where that is taken; that key."""
        name = key if key not in self.keys else f"{key} of line {number}"
        self.keys[name] = value
        return name

    def told(self) -> Iterator[Task | Gap]:
        if self.keys:
            threads = {} if self.threads is None else {_THREADS: self.threads}
            yield from records([(self.locator, {**self.keys, **threads})], Task)
