"""dumpsys activity, and what else the system says of running apps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bridle.phantom.android.packages import identity
from bridle.phantom.android.phone import FINGERPRINT, Phone, precise, span, stamp
from bridle.phantom.android.story import Crash, Process, Story

_RULE = "-" * 79


def dump(phone: Phone, story: Story) -> str:
    """Services, processes, tasks and how processes ended."""
    parts = (_services(story), _tasks(phone, story), _processes(story), _exits(phone, story))
    return f"\n{_RULE}\n".join("\n".join(p) for p in parts) + "\n"


def _services(story: Story) -> Iterator[str]:
    yield from ("ACTIVITY MANAGER SERVICES (dumpsys activity services)", "  User 0 active services:")
    for p in story.processes:
        if p.service is not None and p.package is not None:
            short = f"{p.package}/{p.service.removeprefix(p.package)}"
            yield f"  * ServiceRecord{{{identity(p.service)} u0 {short}}}"
            yield f"    intent={{cmp={p.package}/{p.service}}}"
            yield f"    packageName={p.package}"
            yield f"    processName={p.name}"
            yield f"    app=ProcessRecord{{{identity(p.name)} {p.pid}:{p.name}/u0a{p.uid - 10000}}}"
            yield f"    createTime=-{span(timedelta(hours=5))} startingBgTimeout=--"
            times = f"lastActivity=-{span(timedelta(minutes=6))} restartTime=-{span(timedelta(hours=5))}"
            yield f"    {times} createdFromFg=false"
            yield "    startRequested=true delayedStop=false stopIfKilled=false callStart=true lastStartId=1"


def _tasks(phone: Phone, story: Story) -> Iterator[str]:
    yield from ("ACTIVITY MANAGER RECENT TASKS (dumpsys activity recents)", "  Recent tasks:")
    for n, o in enumerate(sorted(story.opened, key=lambda o: o.time, reverse=True)):
        cls = o.cls if "." in o.cls else f"{o.package}.{o.cls}"
        page = f"act=android.intent.action.VIEW dat={o.url} " if o.url else ""
        yield (
            f"  * Recent #{n}: Task{{{identity(o.package)} #{60 - n} type=standard A={o.uid}:{o.package} U=0"
            " visible=false mode=fullscreen sz=1}"
        )
        by = "mCallingUid=u0a68 mUserSetupComplete=true mCallingPackage=com.android.launcher3"
        yield f"    userId=0 effectiveUid=u0a{o.uid - 10000} {by}"
        yield f"    affinity={o.uid}:{o.package}"
        yield f"    intent={{{page}flg=0x10000000 cmp={o.package}/{cls}}}"
        ago = (phone.now - o.time) // timedelta(seconds=1)
        yield f"    lastActiveTime=98765 (inactive for {ago}s)"


def _processes(story: Story) -> Iterator[str]:
    yield from ("ACTIVITY MANAGER RUNNING PROCESSES (dumpsys activity processes)", "  All known processes:")
    for p in story.processes:
        if p.package is not None:
            yield f"  *APP* UID {p.uid} ProcessRecord{{{identity(p.name)} {p.pid}:{p.name}/u0a{p.uid - 10000}}}"
            yield from _process(p)


def _process(p: Process) -> Iterator[str]:
    yield f"    packageList={{{p.package}}}"
    yield f"    startSeq=7 startUptime=12345 startTime=-{span(timedelta(hours=5))}"
    yield (
        "    curProcState=TOP setProcState=TOP"
        if p.package == "org.example.chat"
        else "    curProcState=SVC setProcState=SVC"
    )
    yield "    mCrashing=false null mNotResponding=false null bad=false"


def _exits(phone: Phone, story: Story) -> Iterator[str]:
    yield "ACTIVITY MANAGER PROCESS EXIT INFO (dumpsys activity exit-info)"
    yield f"Last Timestamp of Persistence Into Persistent Storage: {precise(phone.now - timedelta(minutes=21))}"
    for c in story.crashes:
        if c.uid >= 10000:
            yield from _exit(c)


def _exit(crash: Crash) -> Iterator[str]:
    yield f"  package: {crash.process}"
    yield f"    Historical Process Exit for uid={crash.uid}"
    yield "        ApplicationExitInfo #0:"
    yield (
        f"           timestamp={precise(crash.time)} pid={crash.pid} realUid={crash.uid} packageUid={crash.uid}"
        f" definingUid={crash.uid} user=0"
    )
    yield (
        f"           process={crash.process} reason=5 (APP CRASH(NATIVE)) subreason=0 (UNKNOWN)"
        f" status={crash.signal[0]}"
    )
    yield "           importance=100 pss=20MB rss=40MB description=crash state=empty trace=null"


def databases(story: Story) -> str:
    """dumpsys dbinfo: what apps had their databases do last."""
    lines = ["Applications Database Info:", ""]
    for pid, package in dict.fromkeys((s.pid, s.package) for s in story.statements):
        own = [s for s in story.statements if s.pid == pid]
        place = f"/data/user/0/{package}/databases/{own[0].database}"
        lines += [
            f"** Database info for pid {pid} [{package}] **", "", f"Connection pool for {place}:", "  Open: true",
            "  Max connections: 1", "  Total execution time: 9",
            "  Configuration: openFlags=268435472, isLegacyCompatibilityWalEnabled=false, journalMode=, syncMode=",
            "  Available primary connection:", "    Connection #0:", "      isPrimaryConnection: true",
            "      onlyAllowReadOnlyOperations: false", "      Most recently executed operations:",
            *(f'        {n}: [{precise(s.time)}] executeForCursorWindow took 3ms - succeeded, sql="{s.sql}",'
              f" path={place}"
              for n, s in enumerate(reversed(own))),
            "  Available non-primary connections:", "    <none>", "  Acquired connections:", "    <none>",
            "  Connection waiters:", "    <none>", "",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


def drop_box(phone: Phone, story: Story) -> str:
    """dumpsys dropbox: the last start, and programs that crashed."""
    found = [(phone.boot, "SYSTEM_BOOT", f"isPrevious: true/Build: {FINGERPRINT} ...")]
    for c in story.crashes:
        tag = "data_app_native_crash" if c.uid >= 10000 else "system_server_native_crash"
        found.append((c.time, tag, f"Process: {c.process}/PID: {c.pid}/UID: {c.uid}/Flags: 0x30c83e0 ..."))
    lines = ["Drop box contents: " + f"{len(found)} entries", "Max entries: 1000", ""]
    for time, tag, text in sorted(found):
        lines += [f"{stamp(time)} {tag} (text, 853 bytes)", f"    {text}"]
    return "\n".join(lines) + "\n"


def compat() -> str:
    """dumpsys platform_compat: nothing is switched for any app."""
    return (
        "ChangeId(180326845; name=OVERRIDE_MIN_ASPECT_RATIO_MEDIUM; disabled; overridable)\n"
        "ChangeId(183155436; name=ALWAYS_USE_CONTEXT_USER; enableSinceTargetSdk=33)\n"
    )
