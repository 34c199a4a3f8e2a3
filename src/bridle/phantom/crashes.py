"""Reports of CrashReporter: what crashes now and then, a memory event, a stack shot, and what an attack leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bridle.phantom.attack import ATTEMPTS, Attack
from bridle.phantom.events import Crash
from bridle.phantom.life import Life, guid
from bridle.phantom.network_use import APPS
from bridle.phantom.running import BUILD, MODEL, TRANSCODER, VERSION, Running, app_path, collected, image_uuid, running

FOLDER = "/private/var/mobile/Library/Logs/CrashReporter"
_FAILED = ("EXC_BAD_ACCESS (SIGSEGV)", "KERN_INVALID_ADDRESS at 0x0000000000000010")
_SYSTEM = f"iPhone OS {VERSION} ({BUILD})"


def reports(life: Life, attack: Attack | None) -> Iterator[tuple[str, datetime, bytes]]:
    """Name, time and content of each report."""
    random = life.random("crashes")
    app = app_path(life, "org.example.podcasts")
    for time in life.moments(random, 2):
        yield _crash(random, time, app, random.randrange(900, 2000), "org.example.podcasts")
    if attack is not None:
        for n, seconds in enumerate(ATTEMPTS):
            yield _crash(random, attack.look_up + timedelta(seconds=seconds), TRANSCODER, 700 + n, None)
    if attack is not None and attack.infected:
        yield _crash(random, attack.crashed, attack.executable, 1412, None)
    yield from _told(life)
    present = running(life, attack)
    event = collected(life) - timedelta(minutes=70)
    yield _memory_event(random, event, [p for p in present if p.since < event])
    yield _stack_shot(random, collected(life), present)


def _told(life: Life) -> Iterator[tuple[str, datetime, bytes]]:
    random = life.random("crashes told of")
    for crash in life.of(Crash):
        path = app_path(life, crash.bundle) if crash.bundle in APPS else crash.path
        for n in range(crash.times):
            time = crash.time + timedelta(seconds=crash.apart * n)
            yield _crash(random, time, path, 2300 + n, crash.bundle, (crash.exception, crash.subtype))


def _written(time: datetime, fraction: str = "00") -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}.{fraction} +0000"


def _report(name: str, time: datetime, kind: str, random: Any, more: dict[str, Any], body: dict[str, Any] | str) -> Any:
    header = {
        **more, "timestamp": _written(time), "bug_type": kind, "os_version": _SYSTEM, "incident_id": guid(random),
    }  # fmt: skip
    text = body if isinstance(body, str) else json.dumps(body, indent=1)
    return f"{name}-{time:%Y-%m-%d-%H%M%S}.ips", time, f"{json.dumps(header)}\n{text}\n".encode()


def _crash(
    random: Any, time: datetime, path: str, pid: int, bundle: str | None, failed: tuple[str, str] = _FAILED
) -> Any:
    """A crash as iOS 14 writes it: text."""
    name, uuid = path.rpartition("/")[2], image_uuid(path)
    more = {"app_name": name, "name": name, "app_version": "1.0" if bundle else "", "slice_uuid": uuid.lower(),
            "is_first_party": int(path == TRANSCODER)}  # fmt: skip
    if bundle is not None:
        more["bundleID"] = bundle
    body = (
        f"Incident Identifier: {guid(random)}\nHardware Model:      {MODEL}\nProcess:             {name} [{pid}]\n"
        f"Path:                {path}\n" + (f"Identifier:          {bundle}\n" if bundle else "") +
        "Version:             1.0 (1)\nCode Type:           ARM-64 (Native)\nRole:                Unspecified\n"
        f"Parent Process:      launchd [1]\nCoalition:           {bundle or name} [{pid - 3}]\n\n"
        f"Date/Time:           {_written(time, '2500')}\n"
        f"Launch Time:         {_written(time - timedelta(seconds=41), '1000')}\n"
        f"OS Version:          {_SYSTEM}\n\nException Type:  {failed[0]}\n"
        f"Exception Subtype: {failed[1]}\n"
        "Termination Signal: Segmentation fault: 11\nTermination Reason: Namespace SIGNAL, Code 0xb\n"
        f"Terminating Process: exc handler [{pid}]\nTriggered by Thread:  0\n\nThread 0 Crashed:\n"
        f"0   {name:<30}\t0x0000000102801000 0x102800000 + 4096\n\nBinary Images:\n"
        f"0x102800000 - 0x102803fff {name} arm64e  <{uuid.replace('-', '').lower()}> {path}\n"
    )  # fmt: skip
    return _report(name, time, "109", random, more, body)


def _memory_event(random: Any, time: datetime, present: list[Running]) -> Any:
    processes = [
        {"uuid": p.uuid.lower(), "states": ["daemon", "idle"] if p.pid < 900 else ["suspended"], "name": p.name[:32],
         "rpages": random.randrange(100, 9000), "pid": p.pid, "age": random.randrange(10**9), "fds": 25,
         "coalition": p.pid + 1, "csFlags": 570425344, "cpuTime": round(random.uniform(0.1, 90), 3)}
        for p in present
    ]  # fmt: skip
    body = {
        "crashReporterKey": "0" * 40, "kernel": "Darwin Kernel Version 20.3.0", "product": MODEL,
        "date": _written(time), "largestProcess": "SpringBoard", "build": _SYSTEM, "processes": processes,
    }  # fmt: skip
    return _report("JetsamEvent", time, "298", random, {}, body)


def _stack_shot(random: Any, time: datetime, present: list[Running]) -> Any:
    processes = {
        str(p.pid): {"pid": p.pid, "procname": p.name[:32], "residentMemoryBytes": 16384 * random.randrange(100, 9000),
                     "timesThrottled": 0, "threadById": {str(300 + p.pid): {"id": 300 + p.pid, "userFrames": []}}}
        for p in present
    }  # fmt: skip
    body = {
        "build": _SYSTEM, "product": MODEL, "date": _written(time), "reason": "sysdiagnose (stackshot only) trigger",
        "processByPid": processes,
    }  # fmt: skip
    return _report("stacks", time, "288", random, {}, body)


def summary(life: Life, attack: Attack | None) -> str:
    """summaries/crashes_and_spins.log: the reports that the collection found."""
    lines = [f"{FOLDER}/{name}, {len(content):,} bytes, copied" for name, _, content in reports(life, attack)]
    return "\n".join(["Candidates for crashes_and_spins", "", *lines]) + "\n"
