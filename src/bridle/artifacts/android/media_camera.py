"""dumpsys media.camera: who uses the cameras, and the log of who used them, with the time of each use.

    Active Camera Clients:
    [
    (Camera ID: 0, Cost: 33, PID: 1234, Score: 0, State: 2User Id: 0, Client Package Name: com.example.cam, Conflicting…
    ]
    == Camera service events log (most recent at top): ==
      01-08 15:29:44 : DISCONNECT device 0 client for package com.example.cam (PID 1234)
      01-08 15:29:40 : CONNECT device 0 client for package com.example.cam (PID 1234)

The log holds the last hundred events since the phone was started, whether the screen was on or not.

Known limits: times have no year; they are put into the year before the report, so that an event from before the clock
was set is a year or more off. What a camera can do is not read.

Sources: AOSP `CameraService::dump`, `CameraService::logConnected` and its like, `ClientManager.h`,
https://android.googlesource.com/platform/frameworks/av/+/refs/heads/main/services/camera/libcameraservice/CameraService.cpp
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values
from bridle.formats.service_text import integer, served

_EVENT = re.compile(r"  (\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) : (.*)")
_ACTION = re.compile(r"((?:[A-Z_]+ ){0,3}[A-Z_]+\b|Torch)")
_DEVICE = re.compile(r"\bdevice (\S{1,64})|\bcamera id (\S{1,64})")
_PACKAGE = re.compile(r"\bpackage ([A-Za-z0-9_.]{1,255})")
_PID = re.compile(r"\bPID (-?\d{1,10})")
_REASON = re.compile(r"\A(?>.*?reason: \()(.*)\)")
_CLIENT = re.compile(r"\(Camera ID: ([^,]{1,64}), Cost: [^,]{1,40}, PID: (-?\d{1,10})(.*)")
_CLIENT_PACKAGE = re.compile(r"Client Package Name: ([A-Za-z0-9_.]{1,255})")
_CLIENT_USER = re.compile(r"User Id: (-?\d{1,6})")
_STATE = re.compile(r"State: (-?\d{1,6})")


@record(surface="running-process")
class Event(Record):
    """An entry of the log."""

    time: WallClock | None = note(doc="when, by the phone's clock, to the second; the year is not stored")
    action: str | None = note(
        doc="`CONNECT`, `DISCONNECT`, `REJECT`, `EVICT`, `DIED`, `USER_SWITCH`, `ADD`, `REMOVE`, `Torch`, …"
    )
    device: str | None = note(doc="camera; 0 is mostly the one at the back, 1 the one at the front")
    package_name: PackageName | None = note(doc="app")
    pid: int | None = note(doc="process identifier of the app")
    reason: str | None = note(doc="why")
    event: str = note(doc="the entry as stored, without its time")


@record(surface="running-process")
class Client(Record):
    """An app that had a camera open at the time of the dump."""

    device: str = note(doc="camera")
    pid: int = note(doc="process identifier")
    user: int | None = note(doc="number of the user")
    package_name: PackageName | None = note(doc="app")
    state: int | None = note(doc="state of its process; 2 is in the foreground")
    client: str = note(doc="the entry as stored")


@artifact("/**/dumpsys/media.camera/*.txt", companions=("/**/sections/HEADER/1.txt",))
def media_camera(file: SourceFile) -> Iterator[Event | Client | Gap]:
    report = android_values.report_time(file)
    log = False
    with file.open() as stored:
        for item in served(stored):
            if isinstance(item, Gap):
                yield item
                continue
            number, line = item
            if line.startswith("== "):
                log = "events log" in line
            elif log and line.strip():
                yield _event(number, line, report)
            elif line.lstrip("[ ").startswith("(Camera ID:"):
                yield _client(number, line.strip())


def _event(number: int, line: str, report: WallClock | None) -> Event | Gap:
    found = _EVENT.fullmatch(line)
    try:
        time = android_values.yearless(found[1], report) if found else None
    except ValueError as e:
        return Gap(locator=f"line {number}", reason=f"Event: {e}")
    text = found[2] if found else line.strip()
    if found is None and not text.startswith(("- ", "(", "[")):
        return Gap(locator=f"line {number}", reason=f"Event: expected a time and an event, got {line!a:.60}")
    action, device = _ACTION.match(text), _DEVICE.search(text)
    return Event(
        locator=f"line {number}", time=time, action=action[1] if action else None,
        device=(device[1] or device[2]).rstrip(",") if device else None, package_name=_first(_PACKAGE, text),
        pid=integer(_first(_PID, text)), reason=_first(_REASON, text), event=text,
    )  # fmt: skip


def _client(number: int, text: str) -> Client | Gap:
    found = _CLIENT.search(text)
    if found is None:
        return Gap(locator=f"line {number}", reason=f"Client: expected a camera and a PID, got {text!a:.60}")
    return Client(
        locator=f"line {number}", device=found[1], pid=int(found[2]), user=integer(_first(_CLIENT_USER, found[3])),
        package_name=_first(_CLIENT_PACKAGE, found[3]), state=integer(_first(_STATE, found[3])), client=text,
    )  # fmt: skip


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None
