"""Diagnostic reports of CrashReporter: crashes, resource and watchdog events, panics, and lists of what ran.

Every report gives one row of `report`. One about a single process gives a row of `crash`, whatever its kind: crash
(109, 309), wake-ups, processor or disk use (142, 145, 202). A forced reset (151), panic (210), stack shot (288) or
memory event (298) gives the processes that were there, each a dated row of `process`.

Known limits: of the threads, the frames of the one that failed are kept; memory maps are not. Names in lists of
processes may be cut (at 16 or 32 characters, depending on the kind). Aggregates (`Analytics-….ips.ca`,
`log-aggregated-….ips`) are read by another artifact. The meaning of most numbers of kinds is not published.

Sources: reports of iOS 14.5, 14.8 and 16.2 and macOS 12.1; formats.ips;
https://developer.apple.com/documentation/xcode/identifying-high-memory-use-with-jetsam-event-reports ;
https://github.com/doronz88/pycrashreport
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bridle.core import BundleId, FilePath, Gap, ProcessName, Record, SourceFile, Text, Utc, artifact, note, record
from bridle.formats import ips, ips_text
from bridle.formats.table import col, records, rest
from bridle.formats.values import integer, text

_LARGE = ("threads", "usedImages", "processes", "processByPid", "binaryImages", "vmSummary", "vmregioninfo",
          "vmRegionInfo", "trialInfo", "threadById")  # fmt: skip
"""Parts of a report that are read as rows of their own, or are of no use to this question."""
_SAID = ("panicString", "string")
_LONGEST_TEXT = 1 << 16
_MOST = 20_000  # images, frames or processes of one report


def _given(value: object) -> Utc:
    """An instant that was read before. Raises ValueError."""
    if isinstance(value, datetime):
        return Utc(value)
    raise ValueError(f"expected a time, got {value!r:.60}")


def _words(value: object) -> tuple[str, ...]:
    """A list of text. Raises ValueError."""
    if isinstance(value, list) and len(value) <= 64:
        return tuple(text(v) for v in value)
    raise ValueError(f"expected a list of at most 64 words, got {value!r:.60}")


@record(surface="crash")
class Report(Record):
    """One report, as its first line describes it."""

    bug_type: str | None = col("bug_type", doc="kind of report as a number, such as 109 and 309 for a crash")
    time: Utc | None = col("timestamp", ips.moment, doc="when the report was written")
    name: ProcessName | None = col("name", doc="process the report is about; of a list of processes, nothing")
    app_name: ProcessName | None = col("app_name", doc="the process again, or the name of its app")
    bundle_id: BundleId | None = col("bundleID", doc="app the process belongs to")
    app_version: str | None = col("app_version", doc="version of the app")
    slice_uuid: str | None = col("slice_uuid", doc="UUID of the executable")
    is_first_party: bool | None = col("is_first_party", doc="whether the maker of the system made the program")
    os_version: str | None = col("os_version", doc="system and build that wrote it")
    incident_id: str | None = col("incident_id", doc="identifier of the report")
    form: str | None = col("(form)", doc="how the report is written: `json` or `text`")
    length: int | None = col("(length)", doc="bytes of the file")
    largest_process: ProcessName | None = col(
        "body.largestProcess", doc="process that held most memory, in a memory event", surface="running-process"
    )
    extra: str | None = rest(
        doc="keys of the first line that no field maps, as JSON; behind `body.` those of a report on no single process"
    )


@record(surface="crash")
class Crash(Record):
    """What one process did: a crash, a hang, or a use of processor, disk or wake-ups beyond its limit."""

    time: Utc | None = col("captureTime", ips.moment, doc="when it happened")
    launched: Utc | None = col("procLaunch", ips.moment, doc="when the process had been started")
    process_name: ProcessName | None = col("procName", doc="process")
    path: FilePath | None = col("procPath", doc="its executable")
    pid: int | None = col("pid", doc="process identifier")
    uuid: str | None = col("(uuid)", doc="UUID of the executable, where it is among the images")
    bundle_id: BundleId | None = col("(bundle)", doc="app the process belongs to")
    parent: ProcessName | None = col("parentProc", doc="process that started it", surface="running-process")
    parent_pid: int | None = col("parentPid", doc="its process identifier")
    responsible: ProcessName | None = col(
        "responsibleProc", doc="process on whose behalf it ran", surface="running-process"
    )
    responsible_pid: int | None = col("responsiblePid", doc="its process identifier")
    coalition: str | None = col("coalitionName", doc="group of processes it belongs to, named after a launchd job")
    user_id: int | None = col("userID", doc="user it ran as; 0 is root, 501 mobile")
    role: str | None = col("procRole", doc="role such as `Foreground` or `Background`")
    exception: str | None = col("(exception)", doc="type of the exception, such as `EXC_BAD_ACCESS`")
    signal: str | None = col("(signal)", doc="signal, such as `SIGSEGV`")
    subtype: str | None = col("(subtype)", doc="what exactly, such as the address that could not be read")
    codes: str | None = col("(codes)", doc="codes of the exception")
    termination: str | None = col("(namespace)", doc="who ended it: namespace, such as `SIGNAL` or `JETSAM`")
    termination_code: str | None = col("(code)", doc="code within the namespace")
    termination_reason: str | None = col("(indicator)", doc="reason in words")
    terminated_by: ProcessName | None = col("(byProc)", doc="process that ended it", surface="mention")
    terminated_by_pid: int | None = col("(byPid)", doc="its process identifier")
    faulting_thread: int | None = col("faultingThread", doc="number of the thread that failed")
    queue: str | None = col("(queue)", doc="queue that thread worked on")
    information: Text | None = col("(asi)", doc="messages the program left, cut to 65,536 characters", surface="crash")
    model: str | None = col("modelCode", doc="model of the device")
    extra: str | None = rest(doc="keys that no field maps, as JSON; without threads, images and memory maps")


@record(surface="crash")
class Frame(Record):
    """One call on the stack of the thread that failed, the innermost first."""

    number: int = note(doc="place on the stack, from 0")
    image: str | None = note(doc="name of the image the address lies in; none: in no image")
    image_uuid: str | None = note(doc="UUID of that image")
    offset: int | None = note(doc="bytes from the begin of the image; the address itself where it lies in none")
    symbol: str | None = note(doc="function, where the device knew it")


@record(surface="crash")
class Image(Record):
    """An executable or library that was loaded in the process."""

    name: str | None = col("name", doc="name of the file")
    path: FilePath | None = col("path", doc="where it lies")
    uuid: str | None = col("uuid", doc="UUID of its content")
    base: int | None = col("base", doc="address it was loaded at")
    size: int | None = col("size", doc="bytes of its text")
    arch: str | None = col("arch", doc="architecture")
    bundle_id: BundleId | None = col("CFBundleIdentifier", doc="bundle identifier", surface="mention")
    source: str | None = col("source", doc="`P` executable or library, `S` shared cache, `A` absolute, `K` kernel")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record(surface="running-process")
class Process(Record):
    """A process that was there when the report was written."""

    time: Utc | None = col("(time)", _given, doc="when the report was written")
    pid: int | None = col("pid", doc="process identifier")
    name: ProcessName | None = col("(name)", doc="name; may be cut")
    uuid: str | None = col("uuid", doc="UUID of the executable")
    path: FilePath | None = col("path", doc="executable, where it is told")
    states: tuple[str, ...] | None = col("(states)", _words, doc="such as `frontmost`, `suspended`, `daemon`, `idle`")
    resident_pages: int | None = col(
        "rpages", doc="pages of memory it held; `pageSize` in the report, if any, is their size"
    )
    resident_bytes: int | None = col("residentMemoryBytes", doc="bytes of memory it held")
    cpu_time: float | None = col("cpuTime", doc="seconds of processor time")
    age: int | None = col("age", doc="how long it had lived; the unit is not published")
    coalition: int | None = col("coalition", doc="number of its group of processes")
    code_signing_flags: int | None = col("csFlags", doc="flags of its code signature")
    reason: str | None = col("reason", doc="why it was ended, in a memory event")
    extra: str | None = rest(doc="keys that no field maps, as JSON; without threads")


@record
class Panic(Record):
    """A panic of the kernel, or a forced reset."""

    time: Utc | None = note(doc="when the report was written")
    text: Text = note(doc="what the kernel said, cut to 65,536 characters", surface="crash")
    process_name: ProcessName | None = note(doc="process that ran at the time, where it is told", surface="crash")
    pid: int | None = note(doc="its process identifier")


_Row = Report | Crash | Frame | Image | Process | Panic | Gap


@artifact(
    "/private/var/*/Library/Logs/CrashReporter/**/*.ips",
    "/private/var/*/Library/Logs/CrashReporter/**/*.ips.synced",
    "/private/var/*/Library/Logs/CrashReporter/**/*.ips.beta",
    "/private/var/*/Library/Logs/CrashReporter/**/*.crash",
    "/private/var/*/Library/Logs/CrashReporter/**/*.panic",
    "/private/var/*/Library/Logs/CrashReporter/**/*.synced",
)
def crash_report(file: SourceFile) -> Iterator[Report | Crash | Frame | Image | Process | Panic | Gap]:
    found = ips.load(file)
    form, stored = ("text", ips_text.named(found)) if found.body is None else ("json", found.body)
    row = {**found.header, **_of_none(stored), "(form)": form, "(length)": file.size}
    yield from records([("header", row)], Report)
    if found.body is None:
        yield from _from_text(found, stored)
    else:
        yield from _from_json(found.header, found.body)


def _about_one(stored: Mapping[str, Any]) -> bool:
    return "procName" in stored or "procPath" in stored


def _of_none(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What a report that is about no single process says besides what has rows of its own."""
    if _about_one(stored):
        return {}
    said = _said(stored)
    return {f"body.{k}": v for k, v in stored.items() if k not in _LARGE and k != said}


def _said(body: Mapping[str, Any]) -> str | None:
    """The key of what the kernel said."""
    return next((key for key in _SAID if isinstance(body.get(key), str)), None)


def _from_json(header: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[_Row]:
    time = body.get("date", body.get("captureTime", header.get("timestamp")))
    if _about_one(body):
        yield from records([("body", _crash(body))], Crash)
    yield from _frames(body)
    yield from records(_entries(body, "usedImages"), Image)
    yield from records(_processes(body, time), Process)
    if (said := _said(body)) is not None:
        yield _panic("panic", body[said], time)


def _crash(body: Mapping[str, Any]) -> dict[str, Any]:
    """The report's keys, with those of its inner objects that have a field."""
    exception, ended = _object(body, "exception"), _object(body, "termination")
    bundle, legacy = _object(body, "bundleInfo"), _object(_object(body, "legacyInfo"), "threadTriggered")
    inner = {
        "(exception)": exception.get("type"), "(signal)": exception.get("signal"),
        "(subtype)": exception.get("subtype"), "(codes)": exception.get("codes"),
        "(namespace)": ended.get("namespace"), "(code)": _joined(ended.get("code")),
        "(indicator)": ended.get("indicator"), "(byProc)": ended.get("byProc"), "(byPid)": ended.get("byPid"),
        "(bundle)": bundle.get("CFBundleIdentifier"), "(queue)": legacy.get("queue"),
        "(asi)": _joined(body.get("asi")), "(uuid)": _own_image(body),
    }  # fmt: skip
    mapped = ("exception", "termination", "bundleInfo", "legacyInfo", "asi")
    kept = {k: v for k, v in body.items() if k not in _LARGE and (k not in mapped or not (k == "asi" or _is_object(v)))}
    unmapped = {f"{k}.{n}": v for k, known in _INNER.items() for n, v in _object(body, k).items() if n not in known}
    return {**kept, **unmapped, **inner}


_INNER = {
    "exception": ("type", "signal", "subtype", "codes", "rawCodes"),
    "termination": ("namespace", "code", "indicator", "byProc", "byPid"),
    "bundleInfo": ("CFBundleIdentifier",),
    "legacyInfo": ("threadTriggered",),
}


def _is_object(value: object) -> bool:
    return value is None or isinstance(value, Mapping)


def _object(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = of.get(key)
    return found if isinstance(found, Mapping) else {}


def _list(of: Mapping[str, Any], key: str) -> list[Any]:
    found = of.get(key)
    return found if isinstance(found, list) else []


def _joined(value: object) -> str | None:
    """The program's messages: lists of lines under the name of an image."""
    if not isinstance(value, Mapping):
        return None if value is None else str(value)[:_LONGEST_TEXT]
    lines = (line for part in value.values() for line in (part if isinstance(part, list) else [part]))
    return "\n".join(str(line) for line in lines)[:_LONGEST_TEXT] or None


def _own_image(body: Mapping[str, Any]) -> object:
    path = body.get("procPath")
    images = (i for i in _list(body, "usedImages")[:_MOST] if isinstance(i, Mapping) and path)
    return next((i.get("uuid") for i in images if i.get("path") == path), None)


def _frames(body: Mapping[str, Any]) -> Iterator[Frame | Gap]:
    """Of the thread that the report says failed."""
    number, threads, images = body.get("faultingThread"), _list(body, "threads"), _list(body, "usedImages")
    if number is None:
        return
    if not isinstance(number, int) or not 0 <= number < len(threads) or not isinstance(threads[number], Mapping):
        yield Gap(locator="threads", reason=f"Frame: expected thread {number!r:.20} that failed, got none")
        return
    frames = _list(threads[number], "frames")
    if len(frames) > _MOST:
        yield Gap(locator="threads", reason=f"Frame: expected at most {_MOST} frames, got {len(frames)}")
    for n, frame in enumerate(frames[:_MOST]):
        place = f"threads/{number}/frames/{n}"
        if not isinstance(frame, Mapping):
            yield Gap(locator=place, reason=f"Frame: expected an object, got {frame!r:.60}")
            continue
        at = frame.get("imageIndex")
        image = images[at] if isinstance(at, int) and 0 <= at < len(images) else None
        known = image if isinstance(image, Mapping) else {}
        yield Frame(
            locator=place, number=n, image=_text(known.get("name")), image_uuid=_text(known.get("uuid")),
            offset=_number(frame.get("imageOffset")), symbol=_text(frame.get("symbol")),
        )  # fmt: skip


def _text(value: object) -> str | None:
    return value.encode("utf-8", "backslashreplace").decode()[:1000] if isinstance(value, str) else None


def _number(value: object) -> int | None:
    try:
        return None if value is None else integer(value)
    except ValueError:
        return None


def _entries(body: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    found = _list(body, key)
    if not found and body.get(key):
        yield Gap(locator=key, reason=f"expected a list, got {body[key]!r:.60}")
    for n, entry in enumerate(found[:_MOST]):
        if isinstance(entry, Mapping):
            yield f"{key}/{n}", entry
        else:
            yield Gap(locator=f"{key}/{n}", reason=f"expected an object, got {entry!r:.60}")
    if len(found) > _MOST:
        yield Gap(locator=f"{key}/{_MOST}", reason=f"expected at most {_MOST} entries, got {len(found)}")


def _processes(body: Mapping[str, Any], time: object) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    """The processes of a memory event (a list) or of a stack shot (by identifier)."""
    captured = _captured(time)
    for found in _entries(body, "processes"):
        yield found if isinstance(found, Gap) else (found[0], _process(found[1], captured))
    by_pid = _object(body, "processByPid")
    if not by_pid and body.get("processByPid"):
        yield Gap(locator="processByPid", reason=f"Process: expected an object, got {body['processByPid']!r:.60}")
    for n, (pid, entry) in enumerate(by_pid.items()):
        place = f"processByPid/{pid.encode('ascii', 'backslashreplace').decode()[:40]}"
        if n >= _MOST:
            yield Gap(locator="processByPid", reason=f"expected at most {_MOST} entries, got {len(by_pid)}")
            return
        if isinstance(entry, Mapping):
            yield place, _process(entry, captured)
        else:
            yield Gap(locator=place, reason=f"Process: expected an object, got {entry!r:.60}")


def _captured(time: object) -> Utc | None:
    try:
        return ips.moment(time)
    except ValueError:
        return None


def _process(entry: Mapping[str, Any], captured: Utc | None) -> dict[str, Any]:
    kept = {k: v for k, v in entry.items() if k not in _LARGE and k not in ("states", "procname", "name")}
    return {
        **kept,
        "(time)": captured,
        "(name)": entry.get("name", entry.get("procname")),
        "(states)": entry.get("states"),
    }


_PANICKED = re.compile(r"Panicked task 0x[0-9a-f]{1,16}: [^\n]{0,80}?pid (\d{1,10}): ([^\n]{1,64})")


def _panic(locator: str, said: str, time: object) -> Panic:
    shown = said.encode("utf-8", "backslashreplace").decode()[:_LONGEST_TEXT]
    running = _PANICKED.search(shown)
    return Panic(
        locator=locator, time=_captured(time), text=shown, process_name=running[2].strip() if running else None,
        pid=int(running[1]) if running else None,
    )  # fmt: skip


def _from_text(report: ips.Report, stored: Mapping[str, Any]) -> Iterator[_Row]:
    if _about_one(stored):
        yield from records([("body", {**stored, "(asi)": ips_text.information(report, _LONGEST_TEXT)})], Crash)
    yield from ips_text.left_out(report)
    yield from _text_frames(report)
    yield from _text_images(report)
    if (at := report.text.find("panic(")) >= 0:
        yield _panic("panic", report.text[at : at + _LONGEST_TEXT], report.header.get("timestamp"))


def _text_frames(report: ips.Report) -> Iterator[Frame | Gap]:
    for call in ips_text.calls(report):
        yield call if isinstance(call, Gap) else Frame(
            locator=f"line {call.line}", number=call.number, image=call.image, image_uuid=None,
            offset=_number(call.offset), symbol=call.symbol,
        )  # fmt: skip


def _text_images(report: ips.Report) -> Iterator[Image | Gap]:
    for n, image in enumerate(ips_text.images(report)):
        if isinstance(image, Gap):
            yield image
            continue
        if n >= _MOST:
            yield Gap(locator=f"line {image.line}", reason=f"Image: expected at most {_MOST}, got more")
            return
        yield Image(
            locator=f"line {image.line}", name=image.name, path=image.path, uuid=image.uuid,
            base=_number(image.base), size=_number(image.size), arch=image.arch, bundle_id=None, source=None,
            extra=None,
        )  # fmt: skip
