"""The activity service: running services and processes, recent tasks, past broadcasts, and how processes ended.

A report has it twice: a short dump of high priority (activities), and one of everything:

    ACTIVITY MANAGER SERVICES (dumpsys activity services)
      User 0 active services:
      * ServiceRecord{b26f688 u0 com.example.app/.Sync}
        packageName=com.example.app
        processName=com.example.app:sync
        app=ProcessRecord{47b0170 1804:com.example.app:sync/u0a36}
        createTime=-2m0s548ms startingBgTimeout=--

    ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)
      package: com.example.app
        Historical Process Exit for uid=10036
            ApplicationExitInfo #0:
              timestamp=2026-03-29 10:00:00.000 pid=1804 realUid=10036 packageUid=10036 definingUid=10036 user=0
              process=com.example.app reason=4 (APP CRASH(EXCEPTION)) subreason=0 (UNKNOWN) status=0

Exits are kept over weeks and reboots (Android 11 and later), broadcasts for minutes to hours. Spans (`…_ago`) count
back from the dump, which is a minute or two after the time in the report's header. Times are the phone's clock.

Known limits: settings, registered receivers, resolver tables, sticky broadcasts, statistics, associations, binder
counts, windows and what services and activities say of themselves are not typed. 400 lines of an entry are read. What
an app puts into an intent may hold line ends, and so add rows, but take none away that stand before it.

Sources: AOSP `ActivityManagerService`, `ServiceRecord`, `ProcessRecord`, `BroadcastRecord`, `ApplicationExitInfo`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/am/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import (
    FilePath,
    Gap,
    PackageName,
    ProcessName,
    Record,
    SourceFile,
    Text,
    Url,
    WallClock,
    artifact,
    record,
)
from bridle.formats import activity_dump, activity_rows
from bridle.formats.activity_values import ago, clock, given, in_brackets, inactive, linux_user, number, truth
from bridle.formats.lines import lines
from bridle.formats.table import col, records, rest


@record
class Service(Record):
    """A service that is known, and whether it runs."""

    component: str | None = col("(component)", doc="package and class")
    package_name: PackageName | None = col("packageName", given, doc="package it is of")
    user: int | None = col("(user)", number, doc="user it is of")
    process_name: ProcessName | None = col("processName", given, doc="process it belongs into")
    intent: str | None = col("intent", given, doc="what started it, as stored")
    created_ago: int | None = col("createTime", ago, doc="milliseconds from its creation to the dump")
    last_activity_ago: int | None = col("lastActivity", ago, doc="milliseconds from its last start or binding")
    restarted_ago: int | None = col("restartTime", ago, doc="milliseconds from its last restart")
    foreground: bool | None = col("isForeground", truth, doc="whether it is a foreground service, with a notification")
    notification: str | None = col("foregroundNoti", given, doc="that notification, as stored")
    started: bool | None = col("startRequested", truth, doc="whether it was started, not only bound")
    created_from_foreground: bool | None = col("createdFromFg", truth, doc="whether a visible app started it")
    recent_caller: PackageName | None = col("recentCallingPackage", given, doc="package that started it last")
    apk: FilePath | None = col("baseDir", given, doc="the package's file", surface="file-present")
    clients: tuple[ProcessName, ...] = col("(clients)", lambda v: v, doc="processes that are bound to it")
    extra: str | None = rest(doc="other values, as JSON")


@record(surface="running-process")
class RunningService(Record):
    """A service in a process that ran."""

    component: str | None = col("(component)", doc="package and class")
    package_name: PackageName | None = col("packageName", given, doc="package it is of")
    user: int | None = col("(user)", number, doc="user it is of")
    process_name: ProcessName | None = col("(process)", doc="process it ran in")
    pid: int | None = col("(pid)", number, doc="its identifier")
    uid: int | None = col("(uid)", doc="user (of Linux) it ran as")


@record(surface="running-process")
class Process(Record):
    """A process of an app that ran."""

    process_name: ProcessName | None = col("(process)", doc="its name")
    pid: int | None = col("(pid)", number, doc="its identifier")
    uid: int | None = col("(uid)", doc="user (of Linux) it ran as")
    user: int | None = col("(user)", number, doc="user it is of")
    packages: tuple[PackageName, ...] = col("(packages)", lambda v: v, doc="packages in it")
    persistent: bool | None = col("(persistent)", doc="whether the system keeps it running")
    adjustment: str | None = col("(cur)", doc="how readily it is killed: oom_adj, the lower the later")
    state: str | None = col("curProcState", given, doc="state, number or word as stored")
    crashing: str | None = col("(crashing)", given, doc="whether it was crashing, as stored")
    started_ago: int | None = col("startTime", ago, doc="milliseconds from its start, where stored so")
    last_activity_ago: int | None = col("lastActivityTime", ago, doc="milliseconds from its last activity")
    apk: FilePath | None = col("dir", given, doc="the package's file", surface="file-present")
    data: FilePath | None = col("(data)", doc="its folder", surface="mention")


@record
class KnownProcess(Record):
    """A process of an app that did not run: it is about to start, or ended."""

    process_name: ProcessName | None = col("(process)", doc="its name")
    uid: int | None = col("(uid)", doc="user (of Linux)")
    packages: tuple[PackageName, ...] = col("(packages)", lambda v: v, doc="packages in it")


@record
class RecentTask(Record):
    """A task in the list of recent ones."""

    task: int | None = col("(task)", number, doc="its number")
    package_name: PackageName | None = col("(package)", doc="package of its component")
    component: str | None = col("(component)", given, doc="package and class of its first activity")
    user: int | None = col("userId", number, doc="user it is of")
    uid: int | None = col("effectiveUid", linux_user, doc="user (of Linux) of the app")
    caller: PackageName | None = col("mCallingPackage", given, doc="package that started it")
    caller_uid: int | None = col("mCallingUid", linux_user, doc="user (of Linux) that started it")
    affinity: str | None = col("affinity", given, doc="its affinity, mostly a package")
    intent: str | None = col("intent", given, doc="what started it, as stored")
    url: Url | None = col("(url)", doc="web address in it")
    inactive: int | None = col("lastActiveTime", inactive, doc="seconds from its last use to the dump")
    extra: str | None = rest(doc="other values, as JSON")


@record
class Activity(Record):
    """A screen of an app that is open, or in the history of a task."""

    component: str | None = col("(component)", doc="package and class")
    package_name: PackageName | None = col("packageName", given, doc="package it is of")
    task: int | None = col("(task)", number, doc="number of its task")
    user: int | None = col("userId", number, doc="user it is of")
    process_name: ProcessName | None = col("processName", given, doc="process it belongs into")
    pid: int | None = col("(pid)", number, doc="identifier of that process; none if it does not run")
    caller: PackageName | None = col("launchedFromPackage", given, doc="package that started it")
    caller_uid: int | None = col("launchedFromUid", linux_user, doc="user (of Linux) that started it")
    intent: str | None = col("(intent)", doc="what started it, as stored")
    url: Url | None = col("(url)", doc="web address in it")
    state: str | None = col("state", given, doc="RESUMED, STOPPED and so on")


@record
class Broadcast(Record):
    """A broadcast of the last minutes to hours."""

    queue: str | None = col("(queue)", doc="foreground, background, offload or modern")
    action: str | None = col("act", doc="its action")
    package_name: PackageName | None = col("(package)", doc="package it tells of, where its data are package:…")
    target: PackageName | None = col("pkg", doc="package it was sent to")
    component: str | None = col("cmp", doc="package and class it was sent to")
    intent: str | None = col("(intent)", doc="all of it, as stored")
    caller: PackageName | None = col("(caller)", given, doc="package that sent it")
    caller_pid: int | None = col("pid", number, doc="process that sent it")
    caller_uid: int | None = col("uid", linux_user, doc="user (of Linux) that sent it")
    enqueued: WallClock | None = col("enqueueClockTime", clock, doc="when it was sent")
    dispatched: WallClock | None = col("dispatchClockTime", clock, doc="when it was first delivered")
    receivers: tuple[PackageName, ...] = col("(receivers)", lambda v: v, doc="packages with a receiver for it")
    extra: str | None = rest(doc="other values, as JSON")


@record
class BroadcastSummary(Record):
    """A broadcast, of the longer and shorter-worded list; recent ones are in the other too."""

    queue: str | None = col("(queue)", doc="foreground, background or offload")
    action: str | None = col("act", doc="its action")
    package_name: PackageName | None = col("(package)", doc="package it tells of, where its data are package:…")
    target: PackageName | None = col("pkg", doc="package it was sent to")
    component: str | None = col("cmp", doc="package and class it was sent to")
    intent: str | None = col("(intent)", doc="all of it, as stored")
    enqueued: WallClock | None = col("enq", clock, doc="when it was sent")
    dispatched: WallClock | None = col("disp", clock, doc="when it was first delivered")
    finished: WallClock | None = col("fin", clock, doc="when its delivery ended")


@record
class Provider(Record):
    """A content provider that is published."""

    component: str | None = col("(component)", doc="package and class")
    package_name: PackageName | None = col("package", given, doc="package it is of")
    user: int | None = col("(user)", number, doc="user it is of")
    uid: int | None = col("uid", linux_user, doc="user (of Linux) it runs as")
    process_name: ProcessName | None = col("process", given, doc="process it belongs into")
    pid: int | None = col("(pid)", number, doc="identifier of that process; none if it does not run")
    authority: str | None = col("authority", given, doc="names in content:// addresses, joined by ;")


@record
class PendingIntent(Record):
    """What an app had the system keep to be sent or started later."""

    package_name: PackageName | None = col("packageName", given, doc="package that made it")
    uid: int | None = col("uid", linux_user, doc="user (of Linux) that made it")
    type: str | None = col("type", given, doc="broadcastIntent, startActivity, startService and so on")
    intent: str | None = col("requestIntent", given, doc="what is sent, as stored")
    url: Url | None = col("(url)", doc="web address in it")
    target: PackageName | None = col("(target)", doc="package it is sent to, where it names one")


@record
class Grant(Record):
    """Leave to read or write one content:// address."""

    uri: str | None = col("(uri)", doc="the address, as stored")
    source: PackageName | None = col("sourcePkg", given, doc="package whose content it is")
    target: PackageName | None = col("targetPkg", given, doc="package that may")
    user: int | None = col("targetUserId", number, doc="user of that")
    mode: str | None = col("mode", given, doc="flags: 0x1 read, 0x2 write, 0x40 persistable")
    extra: str | None = rest(doc="other values, as JSON")


@record
class Instrumentation(Record):
    """A test that was running: an app that may drive other apps and the screen."""

    component: str | None = col("(component)", doc="package and class")
    package_name: PackageName | None = col("(package)", doc="package of the test", surface="installed-app")
    targets: tuple[PackageName, ...] = col("(targets)", lambda v: v, doc="packages it drives, * for all")
    arguments: str | None = col("mArguments", given, doc="its arguments, as stored")
    extra: str | None = rest(doc="other values, as JSON")


@record
class Exit(Record):
    """How a process ended, other than by a crash."""

    package_name: PackageName | None = col("(package)", doc="package it was of")
    process_name: ProcessName | None = col("process", given, doc="its name")
    pid: int | None = col("pid", number, doc="its identifier")
    uid: int | None = col("realUid", linux_user, doc="user (of Linux) it ran as")
    user: int | None = col("user", number, doc="user it was of")
    time: WallClock | None = col("timestamp", clock, doc="when it ended, by the phone's clock")
    reason: int | None = col("reason", number, doc="number of the reason: 2 signal, 3 low memory, 6 ANR, 10 user, …")
    reason_name: str | None = col("(reason)", in_brackets, doc="the reason in words")
    subreason: int | None = col("subreason", number, doc="number of the closer reason")
    subreason_name: str | None = col("(subreason)", in_brackets, doc="the closer reason in words")
    status: int | None = col("status", number, doc="exit status, or number of the signal that ended it")
    importance: int | None = col("importance", number, doc="100 foreground, 400 cached; the lower the more important")
    pss: str | None = col("pss", given, doc="proportional memory, as stored")
    rss: str | None = col("rss", given, doc="resident memory, as stored")
    description: Text | None = col("(description)", given, doc="who ended it and why, as stored", surface="mention")
    extra: str | None = rest(doc="other values, as JSON")


@record(surface="crash")
class Crash(Exit):
    """A process that ended by a crash of its own (4, of Java code) or of native code (5)."""


_KINDS: Mapping[str, type[Record]] = {
    "service": Service,
    "running service": RunningService,
    "process": Process,
    "known process": KnownProcess,
    "task": RecentTask,
    "activity": Activity,
    "broadcast": Broadcast,
    "summary": BroadcastSummary,
    "provider": Provider,
    "pending": PendingIntent,
    "grant": Grant,
    "instrumentation": Instrumentation,
    "exit": Exit,
    "crash": Crash,
}


@artifact("/**/dumpsys/activity/*.txt")
def activity(
    file: SourceFile,
) -> Iterator[
    Service | RunningService | Process | KnownProcess | RecentTask | Activity | Broadcast | BroadcastSummary | Provider
    | PendingIntent | Grant | Instrumentation | Exit | Crash | Gap
]:  # fmt: skip
    with file.open() as stored:
        for entry in activity_dump.entries(lines(stored)):
            if isinstance(entry, Gap):
                yield entry
                continue
            for kind, found in activity_rows.rows(entry):
                locator = f"{entry.locator}:process" if kind == "running service" else entry.locator
                yield from records([(locator, found)], _KINDS[kind])  # type: ignore[misc]
