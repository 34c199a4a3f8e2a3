"""dumpsys audio: which apps recorded or played sound, and when, as far as the logs reach.

    Audio event log: recording activity received by AudioService
    01-08 15:29:44:318 rec start riid:15 uid:10123 session:9 src:MIC pack:com.example.recorder
    Audio event log: playback activity as reported through PlayerBase
    01-08 15:29:45:101 new player piid:23 uid/pid:10087/1497 type:android.media.SoundPool attr:AudioAttributes: usage=…

Recording with the source VOICE_CALL, or by an app that has nothing to record, is what to look for. `silenced` are those
that got silence, for another app or the privacy switch.

Known limits: times have no year; they are put into the year before the report. Volumes, devices and focus are kept only
as far as they are events of a log. Recordings on Android 8 and 9 have no user identifier.

Sources: AOSP `AudioEventLogger`/`EventLogger`, `RecordingActivityMonitor`, `PlaybackActivityMonitor`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/audio/RecordingActivityMonitor.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values
from bridle.formats.service_text import blank_pairs, extra, integer, served

_LOG = re.compile(r"\s*(?:Audio event log|Events? log): (.*)")
_EVENT = re.compile(r"\s*(\d\d-\d\d \d\d:\d\d:\d\d:\d{3}) (.*)")
_RECORDING = re.compile(r"rec (start|stop|update|release|device update|\w+)\b ?(.*)")
_SOURCE = re.compile(r"\bsrc:(\S{1,60})")
_PACKAGE = re.compile(r"\b(?:pack|pkg|package):\s?([A-Za-z0-9_.]{1,255})")
_UID = re.compile(r"\buid: ?(\d{1,10})|\bu/pid:(\d{1,10})/|\buid/pid:(\d{1,10})/")
_PID = re.compile(r"\bpid: ?(\d{1,10})|\bu(?:id)?/pid:\d{1,10}/(\d{1,10})")
_ACTIVE = re.compile(r"-- source client=([A-Z0-9_]{1,40})")
_PLAYER = re.compile(r"\s*ID:(\d{1,10}) -- (.*)")


@record(surface="running-process")
class Recording(Record):
    """A start, stop or change of a recording, or one that ran at the time of the dump."""

    time: WallClock | None = note(doc="when, by the phone's clock; the year is not stored; none for `active`")
    action: str = note(doc="`start`, `stop`, `update`, `release`; `active` for one at the time of the dump")
    uid: int | None = note(doc="user identifier of the app")
    package_name: PackageName | None = note(doc="app")
    source: str | None = note(doc="what is recorded: `MIC`, `VOICE_CALL`, `VOICE_RECOGNITION`, `CAMCORDER`, …")
    silenced: bool | None = note(doc="whether it got silence; none where not told")
    extra: str | None = note(doc="other values, as JSON")
    event: str = note(doc="the entry as stored, without its time")


@record(surface="running-process")
class Event(Record):
    """An entry of another log."""

    log: str | None = note(doc="title of the log")
    time: WallClock | None = note(doc="when, by the phone's clock; the year is not stored")
    uid: int | None = note(doc="user identifier of the app, where named")
    pid: int | None = note(doc="process identifier, where named")
    package_name: PackageName | None = note(doc="app, where named")
    event: str = note(doc="the entry as stored, without its time")


@record(surface="running-process")
class Player(Record):
    """A player that an app had open at the time of the dump."""

    id: int = note(doc="number of the player")
    uid: int | None = note(doc="user identifier of the app")
    pid: int | None = note(doc="process identifier")
    state: str | None = note(doc="`idle`, `started`, `paused`, `stopped`, …")
    player: str = note(doc="the entry as stored, without its number")


@artifact("/**/dumpsys/audio/*.txt", companions=("/**/sections/HEADER/1.txt",))
def audio(file: SourceFile) -> Iterator[Recording | Event | Player | Gap]:
    report = android_values.report_time(file)
    log: str | None = None
    with file.open() as stored:
        for item in served(stored):
            if isinstance(item, Gap):
                yield item
                continue
            number, line = item
            if begun := _LOG.fullmatch(line):
                log = begun[1].strip()
            elif found := _EVENT.fullmatch(line):
                yield _event(number, log, found, report)
            elif found := _PLAYER.fullmatch(line):
                yield _player(number, found)
            elif found := _ACTIVE.search(line):
                yield _active(number, line.strip(), found)


def _event(number: int, log: str | None, found: re.Match[str], report: WallClock | None) -> Recording | Event | Gap:
    at, text = f"line {number}", found[2]
    try:
        time = android_values.yearless(found[1], report)
    except ValueError as e:
        return Gap(locator=at, reason=f"Event: {e}")
    uid, package = integer(_first(_UID, text)), _first(_PACKAGE, text)
    recording = _RECORDING.fullmatch(text)
    if recording is None:
        return Event(
            locator=at, log=log, time=time, uid=uid, pid=integer(_first(_PID, text)), package_name=package, event=text
        )
    values = blank_pairs(recording[2])
    for name in ("uid", "src", "pack"):
        values.pop(name, None)
    silenced = None if "silenced" not in text else "not silenced" not in text
    return Recording(
        locator=at, time=time, action=recording[1], uid=uid, package_name=package, source=_first(_SOURCE, text),
        silenced=silenced, extra=extra(values), event=text,
    )  # fmt: skip


def _active(number: int, text: str, found: re.Match[str]) -> Recording:
    silenced = None if "silenced" not in text else "not silenced" not in text
    return Recording(
        locator=f"line {number}", time=None, action="active", uid=integer(_first(_UID, text)),
        package_name=_first(_PACKAGE, text), source=found[1], silenced=silenced, extra=None, event=text,
    )  # fmt: skip


def _player(number: int, found: re.Match[str]) -> Player:
    state = re.search(r"-- state:(\w{1,40})", found[2])
    return Player(
        locator=f"line {number}", id=int(found[1]), uid=integer(_first(_UID, found[2])),
        pid=integer(_first(_PID, found[2])), state=state[1] if state else None, player=found[2],
    )  # fmt: skip


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return next((group for group in found.groups() if group), None) if found else None
