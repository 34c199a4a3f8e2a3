"""dumpsys procstats: which processes ran in the last hours and the time spans before, and who used whose services.

    COMMITTED STATS FROM 2020-01-08-16-36-05:
      * com.example:remote / u0a78 / v29:
             TOTAL: 99% (4.7MB-5.7MB-6.6MB/2.0MB-2.9MB-4.0MB/40MB-43MB-49MB over 6)
           Service: 84% (…)

Per cent are of the time the span covers. Under `Per-Package Stats:` the same line names a package; below it stand its
processes, and its services with the processes that were bound to them (`<- process/user (package):`).

Known limits: names, shares of time and callers are read; times by memory pressure, and memory, are not, nor is the
checkin form, nor what is bound right now (`Tracking associations`). Nothing says when within its span a process ran.
Spans of some hours are kept for about a day.

Sources: AOSP `ProcessStats.dumpLocked`, `ProcessState.dumpSummary`, `AssociationState`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/com/android/internal/app/procstats/ProcessStats.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, ProcessName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats.android_pairs import as_json, maybe, package, uid_or_none, user_of, whole
from bridle.formats.android_values import wall_clock
from bridle.formats.lines import lines, too_long

_ENTRY = re.compile(r"\* (\S.*?) / (\S+)(?: / v(-?\d{1,19})| \(\d{1,9} entries\))?:")
_SHARE = re.compile(r"(\(?[A-Z][A-Za-z ]{0,20}\)?): (\d{1,3}(?:\.\d{1,3})?)%.*")
_PART = re.compile(r"(Process|Service|Association) (\S+?)(?: \(.*\))?:")
_CALLER = re.compile(r"<- (\S+)/([^\s/]+) \((\S+)\):")
_MOST_STATES = 50


@record(surface="running-process")
class Process(Record):
    """A process that ran in a span."""

    section: str | None = note(doc="span it is of, as stored: COMMITTED STATS FROM …, CURRENT STATS, AGGREGATED …")
    since: WallClock | None = note(doc="when the span began, by the phone's clock; none where it is not in the heading")
    process_name: ProcessName = note(doc="process")
    package_name: PackageName | None = note(
        doc="what stands before the colon in its name, where it has a package's form"
    )
    uid: int | None = note(doc="user identifier")
    user: int | None = note(doc="number of the Android user")
    version: int | None = note(doc="version code of its package")
    share: float | None = note(doc="per cent of the span in which it ran for something, cached time left out")
    states: str | None = note(doc="per cent for each state, as JSON: Top, Imp Fg, Service, (Cached), …")


@record(surface="installed-app")
class Package(Record):
    """A package whose processes or services were counted in a span."""

    section: str | None = note(doc="span it is of, as stored")
    package_name: PackageName = note(doc="package")
    uid: int | None = note(doc="user identifier")
    user: int | None = note(doc="number of the Android user")
    version: int | None = note(doc="version code")


@record
class Component(Record):
    """A process, a service or another part of a package that was used in a span."""

    section: str | None = note(doc="span it is of, as stored")
    package_name: PackageName | None = note(doc="package it belongs to", surface="installed-app")
    uid: int | None = note(doc="user identifier")
    user: int | None = note(doc="number of the Android user")
    kind: str = note(doc="Process, Service, or Association: a part that others are bound to")
    name: str = note(doc="name of the part, as stored")
    process_name: ProcessName | None = note(doc="process, where the part is one", surface="running-process")


@record(surface="running-process")
class Caller(Record):
    """A process that was bound to a part of a package."""

    section: str | None = note(doc="span it is of, as stored")
    package_name: PackageName | None = note(doc="package whose part was used", surface="installed-app")
    component: str | None = note(doc="the part")
    caller_process: ProcessName = note(doc="process that used it")
    caller_uid: int | None = note(doc="user identifier of that process")
    caller_package: PackageName = note(doc="package of that process")


@artifact("/**/dumpsys/procstats/*.txt")
def procstats(file: SourceFile) -> Iterator[Process | Package | Component | Caller | Gap]:
    state = _State()
    with file.open() as stored:
        for number, text in lines(stored):
            if text is None:
                yield too_long(number)
            elif line := text.strip():
                yield from state.take(f"line {number}", line, text[0] not in " \t")
    yield from state.end()


class _State:
    """Which span, package and part the lines are about."""

    def __init__(self) -> None:
        self._section: str | None = None
        self._packages = False
        self._entry: tuple[str, re.Match[str]] | None = None
        self._states: dict[str, float] = {}
        self._package: re.Match[str] | None = None
        self._part: str | None = None

    def take(self, at: str, line: str, heading: bool) -> Iterator[Process | Package | Component | Caller | Gap]:
        if line.startswith("* "):
            yield from self.end()
            yield from self._begin(at, line)
        elif heading:
            yield from self.end()
            self._heading(line)
        elif self._entry is not None:
            if (found := _SHARE.fullmatch(line)) and len(self._states) < _MOST_STATES:
                self._states[found[1].strip()] = float(found[2])
        elif self._package is not None:
            yield from self._of_package(at, line)

    def _heading(self, line: str) -> None:
        self._package = self._part = None
        if "STATS" in line or line.startswith("AGGREGATED"):
            self._section, self._packages = line.rstrip(":"), False
        else:
            self._packages = line.startswith("Per-Package")

    def _begin(self, at: str, line: str) -> Iterator[Package | Gap]:
        found = _ENTRY.fullmatch(line)
        self._package = self._part = None
        if found is None:
            yield Gap(locator=at, reason=f"expected a process or a package with its user, got {line!a:.60}")
        elif self._packages:
            self._package = found
            uid = uid_or_none(found[2])
            yield Package(
                locator=at, section=self._section, package_name=found[1], uid=uid, user=user_of(uid),
                version=maybe(whole, found[3]),
            )  # fmt: skip
        else:
            self._entry = (at, found)

    def _of_package(self, at: str, line: str) -> Iterator[Component | Caller]:
        assert self._package is not None
        name, uid = self._package[1], uid_or_none(self._package[2])
        if found := _PART.fullmatch(line):
            self._part = found[2]
            yield Component(
                locator=at, section=self._section, package_name=name, uid=uid, user=user_of(uid), kind=found[1],
                name=found[2], process_name=found[2] if found[1] == "Process" else None,
            )  # fmt: skip
        elif found := _CALLER.fullmatch(line):
            yield Caller(
                locator=at, section=self._section, package_name=name, component=self._part, caller_process=found[1],
                caller_uid=uid_or_none(found[2]), caller_package=found[3],
            )  # fmt: skip

    def end(self) -> Iterator[Process]:
        """The process whose lines have been read."""
        if self._entry is None:
            return
        at, found = self._entry
        uid = uid_or_none(found[2])
        since = (self._section or "").rpartition("FROM ")[2]
        share = self._states.pop("TOTAL", None)
        yield Process(
            locator=at, section=self._section, since=maybe(wall_clock, since), process_name=found[1],
            package_name=package(found[1].partition(":")[0]), uid=uid, user=user_of(uid),
            version=maybe(whole, found[3]), share=share, states=as_json(self._states),
        )  # fmt: skip
        self._entry, self._states = None, {}
