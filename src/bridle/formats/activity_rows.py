"""Rows of `dumpsys activity` from its entries: a kind, and values by the dump's names for them.

What the dump does not name itself, or what is put together here, has a name in brackets, such as `(component)`.

Sources: AOSP `ServiceRecord`, `ProcessRecord`, `ActivityRecord`, `BroadcastRecord`, `ApplicationExitInfo`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/am/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bridle.formats.activity_dump import Entry, intent, package_of, pairs, process
from bridle.formats.activity_values import given

Made = Iterator[tuple[str, dict[str, Any]]]
_RECORD = re.compile(r"Record\{[0-9a-f]+ (?:u(-?\d{1,6}) )?([^\s}]+)")
_TASK = re.compile(r"[ {]#(\d{1,10})[ }]")
_TASK_OF = re.compile(r" t(-?\d{1,10})(?: f)?\}")
_QUEUE = re.compile(r"\[(.{1,60})\]|Historical Broadcast (\S{1,60}) #")
_CLIENT = re.compile(r"\* Client AppBindRecord\{[0-9a-f]+ ProcessRecord\{[0-9a-f]+ \d{1,10}:(.{1,300})/")
_DESCRIPTION = re.compile(r"(?:^|\s)description=(.*?)(?: state=(?:empty|\d{1,12} bytes)(?: trace=.*)?)?$")
_GRANT = re.compile(r"\A(?>.*?UriPermission\{[0-9a-f]+ )(.*)\}$")
_MOST = 200


def rows(entry: Entry) -> Made:
    """Kind and values of each row of an entry; a service in a process has two."""
    yield from _MAKERS[entry.kind](entry)


def _named(entry: Entry) -> dict[str, Any]:
    """Component and user of the heading, and the values right below it."""
    found: dict[str, Any] = dict(pairs(entry.own()))
    named = _RECORD.search(entry.heading)
    found["(component)"] = named[2] if named else None
    found["(user)"] = named[1] if named else None
    return found


def _ran(value: object) -> dict[str, Any]:
    """Process, identifier and user of a process record that runs; nothing if it does not."""
    found = process(str(value))
    if found is None or found[0] == 0:
        return {}
    return {"(pid)": str(found[0]), "(process)": found[1], "(uid)": found[2]}


def _service(entry: Entry) -> Made:
    found = _named(entry)
    clients = (m[1] for line in entry.lines if (m := _CLIENT.search(line)))
    found["(clients)"] = tuple(dict.fromkeys(clients))[:_MOST]
    ran = _ran(found.get("app"))
    yield "service", found
    if ran:
        kept = ("(component)", "(user)", "packageName")
        yield "running service", {name: found.get(name) for name in kept} | ran


def _process(entry: Entry) -> Made:
    found: dict[str, Any] = dict(pairs(entry.own()))
    ran = process(entry.heading)
    inner = str(found.get("packageList", "")).strip("{}[]")
    found["(packages)"] = tuple(p.strip() for p in inner.split(",") if p.strip())[:_MOST]
    if ran is None:
        found["(process)"] = None
        yield "known process", found
        return
    found |= {"(pid)": str(ran[0]), "(process)": ran[1], "(uid)": ran[2]}
    found["(user)"] = None if ran[2] is None else str(ran[2] // 100_000)
    found["(persistent)"] = entry.heading.startswith("*PERS*")
    found["(cur)"] = found.get("cur")
    found["(crashing)"] = found.get("mCrashing", found.get("crashing"))
    found["(data)"] = given(found.get("data", ""))
    yield ("process" if ran[0] else "known process"), found


def _task(entry: Entry) -> Made:
    found: dict[str, Any] = dict(pairs(entry.own()))
    named = next((found.get(n) for n in ("mActivityComponent", "realActivity", "origActivity") if found.get(n)), None)
    found["(component)"] = named or intent(str(found.get("intent", ""))).get("cmp")
    found["(package)"] = package_of(found["(component)"])
    found["(url)"] = _url(str(found.get("intent", "")))
    number_of = _TASK.search(entry.heading)
    found["(task)"] = number_of[1] if number_of else None
    yield "task", found


def _activity(entry: Entry) -> Made:
    found = _named(entry)
    task = _TASK_OF.search(entry.heading)
    found["(task)"] = task[1] if task else None
    found |= _ran(found.get("app"))
    found["(intent)"] = next((line for line in entry.own() if line.startswith("Intent {")), None)
    found["(url)"] = _url(found["(intent)"])
    yield "activity", found


def _url(text: str | None) -> str | None:
    """The web address an intent is about."""
    data = intent(text or "").get("dat", "")
    return data if data.lower().startswith(("http://", "https://")) else None


def _sent(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = dict(intent(text or ""))
    data = found.pop("dat", "")
    package = data.removeprefix("package:").lstrip("/")
    found["(package)"] = package if data.startswith("package:") and package not in ("", "...") else None
    found["(intent)"] = text
    for name in ("flg", "typ"):
        found.pop(name, None)
    return found


def _broadcast(entry: Entry) -> Made:
    own = entry.own()
    found: dict[str, Any] = dict(pairs(line for line in own if not line.startswith("Intent {")))
    found |= _sent(next((line for line in own if line.startswith("Intent {")), None))
    found["(queue)"] = _queue(entry)
    found["(caller)"] = str(found.pop("caller", "")).partition(" ")[0]
    packages = (line.strip().removeprefix("packageName=") for line in entry.lines if "  packageName=" in line)
    found["(receivers)"] = tuple(dict.fromkeys(packages))[:_MOST]
    yield "broadcast", found


def _summary(entry: Entry) -> Made:
    text = entry.heading.partition(": ")[2]
    yield "summary", pairs(entry.own()) | _sent(text) | {"(queue)": _queue(entry)}


def _queue(entry: Entry) -> str | None:
    found = _QUEUE.search(entry.heading if entry.kind == "broadcast" else entry.context)
    return (found[1] or found[2]) if found else None


def _provider(entry: Entry) -> Made:
    found = _named(entry)
    package, glued, name = str(found.get("package", "")).partition("process=")
    if glued:  # Android 4 and before wrote no blank between the two.
        found |= {"package": package, "process": name}
    found["authority"] = found.get("authority", found.get("name", ""))
    yield "provider", found | _ran(found.get("proc", found.get("app")))


def _pending(entry: Entry) -> Made:
    found: dict[str, Any] = dict(pairs(entry.own()))
    asked = next((line for line in entry.own() if line.startswith("requestIntent=")), "")
    found["requestIntent"] = asked.removeprefix("requestIntent=")
    sent = intent(found["requestIntent"])
    found["(target)"] = sent.get("pkg") or package_of(sent.get("cmp"))
    found["(url)"] = _url(found["requestIntent"])
    yield "pending", found


def _grant(entry: Entry) -> Made:
    found: dict[str, Any] = dict(pairs(entry.own()))
    uri = _GRANT.search(entry.heading)
    found["(uri)"] = uri[1] if uri else None
    yield "grant", found


def _exit(entry: Entry) -> Made:
    own = entry.own()
    told = next(((n, m) for n, line in enumerate(own) if (m := _DESCRIPTION.search(line))), None)
    if told is not None:
        own[told[0]] = own[told[0]][: told[1].start()] + own[told[0]][told[1].end(1) :]
    found: dict[str, Any] = dict(pairs(own))
    found["(description)"] = told[1][1] if told else None
    _, colon, package = entry.context.partition("package: ")
    found["(package)"] = package.strip() if colon else None
    found["(reason)"], found["(subreason)"] = found.get("reason"), found.get("subreason")
    reason = str(found.get("reason", "")).partition(" ")[0]
    yield ("crash" if reason in ("4", "5") else "exit"), found


def _instrumentation(entry: Entry) -> Made:
    found: dict[str, Any] = dict(pairs(entry.own()))
    _, named, component = str(found.get("mClass", "")).partition("ComponentInfo{")
    found["(component)"] = component.rstrip("}") if named else None
    found["(package)"] = package_of(found["(component)"])
    inner = str(found.pop("mTargetProcesses", "")).strip("[]")
    found["(targets)"] = tuple(p.strip() for p in inner.split(",") if p.strip())[:_MOST]
    yield "instrumentation", found


_MAKERS: Mapping[str, Callable[[Entry], Made]] = {
    "service": _service,
    "process": _process,
    "task": _task,
    "activity": _activity,
    "broadcast": _broadcast,
    "summary": _summary,
    "provider": _provider,
    "pending": _pending,
    "grant": _grant,
    "instrumentation": _instrumentation,
    "exit": _exit,
}
