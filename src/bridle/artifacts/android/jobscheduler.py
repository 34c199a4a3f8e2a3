"""dumpsys jobscheduler: the jobs apps have registered, which come back after a restart, and those that ran last.

    Registered 25 jobs:
      JOB #u0a106/2085425582: 98d5dbe com.example/.UploadJob
        u0a106 tag=*job*/com.example/.UploadJob
        Source: uid=u0a106 user=0 pkg=com.example
        JobInfo:
          PERIODIC: interval=+1d0h0m0s0ms flex=+1d0h0m0s0ms
          PERSISTED
      Job history:
            -2m00s714ms   START: #u0a71/1000 com.example/.UploadJob
            -2m00s154ms  STOP-P: #u0a71/1000 com.example/.UploadJob app called jobFinished

Known limits: times are counted back from the beginning of the report, up to some minutes before the dump itself. The
history has a hundred entries, an hour on a busy phone. What a job waits for is kept as stored; the rest of the dump
(settings, quotas, statistics) is kept as lines.

Sources: AOSP `JobStatus.dump`, `JobPackageTracker.dumpHistory` of Android 6 to 16,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/apex/jobscheduler/service/java/com/android/server/job/controllers/JobStatus.java
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats.android_pairs import (
    before,
    maybe,
    package_of_component,
    pairs,
    something,
    uid_or_none,
    user_of,
    whole,
)  # fmt: skip
from bridle.formats.android_values import milliseconds, report_time
from bridle.formats.lines import lines, too_long

_MOST = 200
"""Lines of one job that are kept."""
_JOB = re.compile(r"JOB (?:@?(\S+?)@?:)?#(\S+?)/(-?\d{1,10}): [0-9a-f]+ (\S+)(?: .*)?")
_RAN = re.compile(r"([+-]?\S+) +(START|STOP)(-P)?: #(\S+?)/(-?\d{1,10}) (\S+)(?: +(.*))?")


@record
class Job(Record):
    """A job that an app has registered, and that waits or runs."""

    uid: int | None = note(doc="user identifier that registered it; 1000 for synchronisations and the like")
    user: int | None = note(doc="number of the Android user of that identifier")
    job_id: int | None = note(doc="number of the job, unique for its user identifier")
    namespace: str | None = note(doc="namespace of the number, from Android 14")
    component: str = note(doc="service that is started, or a name in its place, as stored")
    package_name: PackageName | None = note(doc="package of that service", surface="installed-app")
    tag: str | None = note(doc="name of the wake lock it holds")
    source_uid: int | None = note(doc="user identifier it is done for")
    source_package: PackageName | None = note(doc="package it is done for", surface="installed-app")
    interval_ms: int | None = note(doc="milliseconds after which it is repeated; none for a job that is done once")
    persisted: bool = note(doc="whether it comes back after a restart of the phone")
    latency_ms: int | None = note(doc="milliseconds it waits at least")
    enqueued: WallClock | None = note(doc="when it was registered, or for a repeated one the last time")
    requires: str | None = note(doc="what it waits for, as stored")
    bucket: str | None = note(doc="how active the system holds the app to be: ACTIVE, WORKING_SET, …")
    detail: str | None = note(doc="its further lines, as a JSON list")


@record
class Ran(Record):
    """A job began or ended."""

    ago_ms: int | None = note(doc="milliseconds before the dump")
    time: WallClock | None = note(doc="when, by the phone's clock; counted back from the report")
    kind: str = note(doc="START or STOP")
    periodic: bool = note(doc="whether the entry is marked with -P, for a repeated job")
    uid: int | None = note(doc="user identifier that registered it")
    user: int | None = note(doc="number of the Android user")
    job_id: int | None = note(doc="number of the job")
    component: str = note(doc="service, or the name of the job, as stored")
    package_name: PackageName | None = note(doc="package of that service", surface="running-process")
    reason: str | None = note(doc="why it ended, as stored")


@record
class Line(Record):
    """A line that no other table takes."""

    section: str | None = note(doc="heading it stands under")
    text: str = note(doc="the line, without the blanks around it")


@artifact("/**/dumpsys/jobscheduler/*.txt", companions=("/**/sections/HEADER/1.txt",))
def jobscheduler(file: SourceFile) -> Iterator[Job | Ran | Line | Gap]:
    now = report_time(file)
    job: _Job | None = None
    section: str | None = None
    with file.open() as stored:
        for number, text in lines(stored):
            at = f"line {number}"
            if text is None:
                yield too_long(number)
                continue
            line, indent = text.strip(), len(text) - len(text.lstrip())
            if job is not None and (not line or indent <= job.indent):
                yield job.row(now)
                job = None
            if not line:
                continue
            if job is not None:
                job.take(line)
            elif line.startswith("JOB "):
                found = _JOB.fullmatch(line)
                job = None if found is None else _Job(at, found, indent)
                if found is None:
                    yield Gap(locator=at, reason=f"expected a job with its user and number, got {line!a:.60}")
            elif found := _RAN.fullmatch(line):
                yield from _ran(at, found, now)
            else:
                section = line[:-1] if line.endswith(":") else section
                yield Line(locator=at, section=section, text=line)
    if job is not None:
        yield job.row(now)


class _Job:
    """A job while its lines are read."""

    def __init__(self, at: str, found: re.Match[str], indent: int) -> None:
        self.indent = indent
        self._at, self._found = at, found
        self._lines: list[str] = []
        self._said: dict[str, str] = {}
        self._persisted = False

    def take(self, line: str) -> None:
        key, colon, value = line.partition(": ")
        if " tag=" in line or line.startswith("tag="):
            self._said.setdefault("tag", line.partition("tag=")[2])
        elif line == "PERSISTED":
            self._persisted = True
        elif colon and key in ("Source", "PERIODIC", "Minimum latency", "Requires", "Enqueue time", "Standby bucket"):
            self._said.setdefault(key, value)
        elif len(self._lines) < _MOST and line != "JobInfo:":
            self._lines.append(line)

    def row(self, now: WallClock | None) -> Job:
        uid, said = uid_or_none(self._found[2]), self._said
        source = pairs(said.get("Source", ""))
        enqueued = maybe(milliseconds, said.get("Enqueue time", "").partition(" ")[0] or None)
        return Job(
            locator=self._at, uid=uid, user=user_of(uid), job_id=maybe(whole, self._found[3]),
            namespace=self._found[1], component=self._found[4], package_name=package_of_component(self._found[4]),
            tag=something(said.get("tag")), source_uid=uid_or_none(source.get("uid")),
            source_package=something(source.get("pkg")),
            interval_ms=maybe(milliseconds, pairs(said.get("PERIODIC", "")).get("interval")),
            persisted=self._persisted, latency_ms=maybe(milliseconds, said.get("Minimum latency")),
            enqueued=before(now, None if enqueued is None else -enqueued), requires=said.get("Requires"),
            bucket=said.get("Standby bucket"),
            detail=json.dumps(self._lines, ensure_ascii=False) if self._lines else None,
        )  # fmt: skip


def _ran(at: str, found: re.Match[str], now: WallClock | None) -> Iterator[Ran | Gap]:
    uid, span = uid_or_none(found[4]), maybe(milliseconds, found[1])
    if span is None:
        yield Gap(locator=f"{at}:ago", reason=f"expected a span, got {found[1]!a:.60}")
    ago = None if span is None else -span
    yield Ran(
        locator=at, ago_ms=ago, time=before(now, ago), kind=found[2], periodic=found[3] is not None, uid=uid,
        user=user_of(uid), job_id=maybe(whole, found[5]), component=found[6],
        package_name=package_of_component(found[6]), reason=found[7] or None,
    )  # fmt: skip
