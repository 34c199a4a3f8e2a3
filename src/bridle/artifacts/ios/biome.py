"""Biome: streams of events that iOS keeps of its use, from apps in front to pages seen, installs, Wi-Fi and locks.

Each stream is a folder, and in it are segments (SEGB) below `local`, or `remote/<device>` for other devices of the same
person, and then the rows speak of that device, which `device` names; the folder `tombstone` in those notes what was
deleted. Every entry is one Event, whatever its stream: its state, its times, and all of its payload, which is a
protobuf message, by field number. Entries marked as deleted are kept; their payload is often gone. Of the streams whose
fields are known, an entry with a good checksum is also a row of Focus, Install, Visit, Boot, Wifi or Notification, with
the place of its Event before the `/`. Where the event has no time of its own, or one of 0 or less, `time` is that of
the entry.

The streams `_DKEvent.…` carry events of knowledgeC, all in one layout: 1 stream, 2 and 3 begin and end, 4.3 the value,
6 the source, 7 metadata, 8 when it was made.

Known limits: events are kept for four weeks as a rule, some for a year. What is text, message or bytes in an unknown
payload is a guess. AppLaunch is taken to have the fields of App.InFocus, which it became. Process names in unknown
payloads are not matched, as any word could be one. No segment of a real phone was at hand.

Sources: https://github.com/cclgroupltd/ccl-segb (layout of segments); https://github.com/abrignoni/iLEAPP (biome*:
streams and fields); names and numbers of fields of the classes BMAppInFocus, BMAppWebUsage, BMAppInstall,
BMAppInstallation, BMSafariNavigations, BMNotificationUsage, BMDeviceBootSession and BMDeviceWiFi in iOS 16 to 18;
https://blog.digital-forensics.it/2026/07/84-streams-later-part-2-inside-apple.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from bridle.core import (
    BundleId,
    Domain,
    FilePath,
    FormatError,
    Gap,
    Record,
    SourceFile,
    Text,
    Url,
    Utc,
    artifact,
    fields_of,
    note,
    record,
)
from bridle.formats import daemon_log, protobuf_tree, segb, values
from bridle.formats.protobuf_tree import Message

_KEPT_BYTES = 4_096
_BUNDLE_ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}(?:\.[A-Za-z0-9_-]{1,63}){2,8}")
_MOST_FOUND = 64


@record
class Event(Record):
    """One entry of a stream."""

    stream: str | None = note(doc="stream, such as `App.InFocus`; the name of its folder")
    origin: str | None = note(doc="folder in the stream: `local`, `remote/` and a device, with `tombstone` or without")
    state: str = note(doc="`written`, `deleted`, `unknown`, or the number of any other state")
    time: Utc | None = note(
        doc="when the entry was written, or when the event was, of the first generation of segments"
    )
    second_time: Utc | None = note(doc="second time of the first generation; the same as a rule")
    crc_fits: bool = note(doc="whether the payload has its checksum; if not, it was overwritten or damaged")
    bundle_ids: tuple[BundleId, ...] | None = note(doc="texts that look like bundle identifiers, at most 64")
    paths: tuple[FilePath, ...] | None = note(doc="paths on the device in the texts, at most 64")
    texts: tuple[Text, ...] | None = note(doc="texts of the payload, in their order, each once")
    fields: str | None = note(doc="the payload as JSON by field number; long texts and bytes are cut")
    payload: str | None = note(
        doc="payload that is no protobuf message, in hexadecimal, at most 4,096 bytes; none where all are 0"
    )
    length: int = note(doc="bytes of the payload, whatever is kept of it")


@record(surface="running-process")
class Focus(Record):
    """An app came to the front, or left it."""

    time: Utc | None = note(doc="when it did, or its entry was written; of `_DKEvent.App.InFocus`, when it came")
    end: Utc | None = note(doc="when it left, where one event says both")
    bundle_id: BundleId | None = note(doc="the app")
    starting: bool | None = note(doc="true where it came to the front, false where it left")
    reason: str | None = note(doc="why it was launched, or the transition, as stored")
    kind: int | None = note(doc="type of what came to the front as a number; its meaning is not published")
    duration: float | None = note(doc="seconds it was in front")
    parent_bundle_id: BundleId | None = note(doc="app it belongs to", surface="installed-app")
    host_bundle_id: BundleId | None = note(doc="app that shows the extension", surface="installed-app")
    version: str | None = note(doc="version of the app that is shown")
    build: str | None = note(doc="exact version of the app")
    device: str | None = note(doc="identifier of the other device it was on; none where it was this one")
    deleted: bool = note(doc="whether the entry is marked as deleted")


@record(surface="installed-app")
class Install(Record):
    """An app was installed, updated or removed."""

    time: Utc | None = note(doc="when it was, or its entry was written")
    bundle_id: BundleId | None = note(doc="the app")
    title: str | None = note(doc="name of the app")
    is_install: bool | None = note(doc="true for an install, false for a removal, of the stream `App.Install`")
    transition: int | None = note(doc="what happened as a number, of `App.Installation`; its meaning is not published")
    placeholder: bool | None = note(doc="whether only its place on the home screen was taken")
    version: str | None = note(doc="exact version of the app")
    short_version: str | None = note(doc="version of the app that is shown")
    first_installed: Utc | None = note(doc="when the app was first installed")
    metadata: tuple[str, ...] | None = note(doc="texts beside a `_DKEvent`: category and name of the app")
    device: str | None = note(doc="identifier of the other device it was on; none where it was this one")
    deleted: bool = note(doc="whether the entry is marked as deleted")


@record(surface="visited")
class Visit(Record):
    """A page or a domain was seen."""

    time: Utc | None = note(doc="when it was, or its entry was written")
    url: Url | None = note(doc="the page")
    domain: Domain | None = note(doc="its domain, as stored")
    title: Text | None = note(doc="title of the page", surface="mention")
    bundle_id: BundleId | None = note(doc="app it was seen with", surface="running-process")
    usage_state: int | None = note(doc="state of the use as a number; its meaning is not published")
    trusted: bool | None = note(doc="whether the system vouches for the app's word")
    error: int | None = note(doc="error of the navigation as a number; its meaning is not published")
    rounded_time: Utc | None = note(doc="of `Safari.Navigations`: `time` rounded up to the next half hour, as stored")
    device: str | None = note(doc="identifier of the other device it was on; none where it was this one")
    deleted: bool = note(doc="whether the entry is marked as deleted")


@record
class Boot(Record):
    """The phone started."""

    time: Utc | None = note(doc="when it did, or its entry was written")
    boot_uuid: str | None = note(doc="identifier of the boot, as in the unified log")
    starting: bool | None = note(doc="true where the session began")
    device: str | None = note(doc="identifier of the other device it was on; none where it was this one")
    deleted: bool = note(doc="whether the entry is marked as deleted")


@record
class Wifi(Record):
    """The phone joined a wireless network, or left it."""

    time: Utc | None = note(doc="when it did, or its entry was written")
    end: Utc | None = note(doc="when it left, where one event says both")
    ssid: str | None = note(doc="name of the network")
    connected: bool | None = note(doc="true where it joined, false where it left")
    device: str | None = note(doc="identifier of the other device it was on; none where it was this one")
    deleted: bool = note(doc="whether the entry is marked as deleted")


@record(surface="message")
class Notification(Record):
    """A notification was received, shown or dealt with."""

    time: Utc | None = note(doc="when it was, or its entry was written")
    bundle_id: BundleId | None = note(doc="app it is from", surface="installed-app")
    usage_type: int | None = note(doc="what became of it as a number; its meaning is not published")
    identifier: str | None = note(doc="identifier of the event")
    title: Text | None = note(doc="title")
    subtitle: Text | None = note(doc="second title")
    body: Text | None = note(doc="text of it")
    thread: str | None = note(doc="thread it belongs to")
    device: str | None = note(doc="identifier of the other device it was on; none where it was this one")
    deleted: bool = note(doc="whether the entry is marked as deleted")


Typed = Focus | Install | Visit | Boot | Wifi | Notification


@artifact(
    "/private/var/mobile/Library/Biome/streams/**/local/*",
    "/private/var/mobile/Library/Biome/streams/**/local/tombstone/*",
    "/private/var/mobile/Library/Biome/streams/**/remote/**/*",
    "/private/var/db/biome/streams/**/local/*",
    "/private/var/db/biome/streams/**/local/tombstone/*",
    "/private/var/db/biome/streams/**/remote/**/*",
    "/private/var/mobile/Library/DuetExpertCenter/streams/**/local/*",
)
def biome(
    file: SourceFile,
) -> Iterator[Event | Focus | Install | Visit | Boot | Wifi | Notification | Gap]:
    stream, origin = _place(file.path)
    with file.open() as stored:
        if not file.size:
            return
        for found in segb.entries(stored, file.size):
            if isinstance(found, Gap):
                yield found
            else:
                yield from _event(found, stream, origin)
                yield from _typed(found, stream, origin)


def _place(path: PurePosixPath) -> tuple[str | None, str | None]:
    """The stream and the folder in it."""
    folders = path.parts[:-1]
    if "streams" not in folders:
        return None, None
    below = folders[folders.index("streams") + 1 :]
    if below and below[0] in ("public", "restricted"):
        below = below[1:]
    return (below[0] if below else None), "/".join(below[1:]) or None


def _event(entry: segb.Entry, stream: str | None, origin: str | None) -> Iterator[Event | Gap]:
    locator = f"offset 0x{entry.offset:x}"
    time, wrong = _time(entry.time)
    second_time, wrong_too = _time(entry.second_time)
    try:
        tree = protobuf_tree.tree(entry.payload)
        payload = None
    except FormatError:
        tree = protobuf_tree.Tree()
        payload = entry.payload[:_KEPT_BYTES].hex() if entry.payload.strip(b"\0") else None
    texts = tuple(dict.fromkeys(tree.texts))
    yield Event(
        locator=locator, stream=stream, origin=origin, state=segb.STATES.get(entry.state, str(entry.state)), time=time,
        second_time=second_time, crc_fits=entry.crc_fits, bundle_ids=_bundle_ids(texts), paths=_paths(texts),
        texts=texts or None, fields=tree.as_json(), payload=payload, length=len(entry.payload),
    )  # fmt: skip
    for name, reason in (("time", wrong), ("second_time", wrong_too)):
        if reason is not None:
            yield Gap(locator=f"{locator}.{name}", reason=f"Event: {reason}")
    if tree.cut:
        yield Gap(locator=f"{locator}.fields", reason=f"Event: expected {protobuf_tree.MAX_VALUES} values, got more")


def _time(seconds: float | None) -> tuple[Utc | None, str | None]:
    """A time, or why it is none. 0 stands for no time."""
    if not seconds:
        return None, None
    try:
        return values.cocoa(seconds), None
    except ValueError as e:
        return None, str(e)


def _bundle_ids(texts: tuple[str, ...]) -> tuple[str, ...] | None:
    return tuple(t for t in texts if len(t) < 256 and _BUNDLE_ID.fullmatch(t))[:_MOST_FOUND] or None


def _paths(texts: tuple[str, ...]) -> tuple[str, ...] | None:
    found = dict.fromkeys(path for t in texts if "/" in t for path in daemon_log.paths(t) or ())
    return tuple(found)[:_MOST_FOUND] or None


def _typed(entry: segb.Entry, stream: str | None, origin: str | None) -> Iterator[Typed | Gap]:
    """The entry as a row of its stream, where its fields are known and its payload is whole."""
    known = _STREAMS.get((stream or "").lower())
    if known is None or not entry.crc_fits or not entry.payload or "tombstone" in (origin or ""):
        return
    cls, read = known
    locator = f"offset 0x{entry.offset:x}/{cls.__name__.lower()}"
    empty: dict[str, Any] = {**dict.fromkeys(f.name for f in fields_of(cls)), "time": _time(entry.time)[0]}
    try:
        found = read(Message(entry.payload))
    except (FormatError, ValueError) as e:
        yield Gap(locator=locator, reason=f"expected the fields of {stream}: {e!s:.200}")
        return
    deleted = segb.STATES.get(entry.state) == "deleted"
    found["time"] = found.get("time") or empty["time"]
    yield cls(**{**empty, **found, "locator": locator, "device": _device(origin), "deleted": deleted})


def _device(origin: str | None) -> str | None:
    """The other device whose events these are, if they are not of this one."""
    folders = (origin or "").split("/")
    return folders[1] if folders[0] == "remote" and len(folders) > 1 else None


def _cocoa(seconds: float | None) -> Utc | None:
    """Seconds since 2001; 0 and less stand for no time. Raises ValueError."""
    return None if seconds is None or seconds <= 0 else values.cocoa(seconds)


def _unix(seconds: float | None) -> Utc | None:
    """Seconds since 1970; 0 and less stand for no time. Raises ValueError."""
    return None if seconds is None or seconds <= 0 else values.unix(seconds)


def _metadata(m: Message) -> tuple[str, ...]:
    """The texts beside an event of knowledgeC."""
    return tuple(t for t in (one.message(2).text(3) for one in m.messages(7)) if t)


# Each of these reads the fields of one stream, by the names of the record; without a time, it is that of the entry.
# Raises FormatError or ValueError.


def _focus(m: Message) -> dict[str, Any]:
    return {
        "time": _cocoa(m.real(4)), "bundle_id": m.text(6), "starting": m.truth(3), "reason": m.text(1),
        "kind": m.number(2), "duration": m.real(5), "parent_bundle_id": m.text(7), "host_bundle_id": m.text(8),
        "version": m.text(9), "build": m.text(10),
    }  # fmt: skip


def _known_focus(m: Message) -> dict[str, Any]:
    return {
        "time": _cocoa(m.real(2)), "end": _cocoa(m.real(3)), "bundle_id": m.message(4).text(3),
        "reason": next(iter(_metadata(m)), None),
    }  # fmt: skip


def _install(m: Message) -> dict[str, Any]:
    return {"bundle_id": m.text(1), "title": m.text(2), "is_install": m.truth(5)}


def _installation(m: Message) -> dict[str, Any]:
    app, more = m.message(1), m.message(3)
    return {
        "time": _unix(m.real(4)), "bundle_id": app.text(1), "transition": m.number(2), "placeholder": app.truth(5),
        "version": more.text(2), "short_version": more.text(3), "first_installed": _unix(more.real(1)),
    }  # fmt: skip


def _known_install(m: Message) -> dict[str, Any]:
    return {"time": _cocoa(m.real(2)), "bundle_id": m.message(4).text(3), "metadata": _metadata(m) or None}


def _web_usage(m: Message) -> dict[str, Any]:
    return {
        "time": _cocoa(m.real(2)), "url": m.text(4), "domain": m.text(5), "bundle_id": m.text(6),
        "usage_state": m.number(3), "trusted": m.truth(8),
    }  # fmt: skip


def _navigation(m: Message) -> dict[str, Any]:
    # The stored time is rounded up to the next half hour: when it was is the time of the entry.
    return {"rounded_time": _unix(m.real(2)), "url": m.text(8), "domain": m.text(1), "error": m.number(7)}


def _known_history(m: Message) -> dict[str, Any]:
    return {"time": _cocoa(m.real(2)), "url": m.message(4).text(3), "title": next(iter(_metadata(m)), None)}


def _boot(m: Message) -> dict[str, Any]:
    stored = m.blob(1)
    uuid = None if stored is None else str(UUID(bytes=stored)).upper()
    return {"boot_uuid": uuid, "starting": m.truth(2)}


def _wifi(m: Message) -> dict[str, Any]:
    return {"ssid": m.text(1), "connected": m.truth(2)}


def _known_wifi(m: Message) -> dict[str, Any]:
    return {"time": _cocoa(m.real(2)), "end": _cocoa(m.real(3)), "ssid": m.message(4).text(3)}


def _notification(m: Message) -> dict[str, Any]:
    return {
        "time": _cocoa(m.real(2)), "bundle_id": m.text(4), "usage_type": m.number(3), "identifier": m.text(1),
        "title": m.text(8), "subtitle": m.text(9), "body": m.text(10), "thread": m.text(12),
    }  # fmt: skip


_STREAMS: dict[str, tuple[type[Typed], Callable[[Message], dict[str, Any]]]] = {
    "app.infocus": (Focus, _focus),
    "applaunch": (Focus, _focus),
    "_dkevent.app.infocus": (Focus, _known_focus),
    "app.install": (Install, _install),
    "app.installation": (Install, _installation),
    "_dkevent.app.install": (Install, _known_install),
    "app.webusage": (Visit, _web_usage),
    "safari.navigations": (Visit, _navigation),
    "_dkevent.safari.history": (Visit, _known_history),
    "device.bootsession": (Boot, _boot),
    "device.wireless.wifi": (Wifi, _wifi),
    "_dkevent.wifi.connection": (Wifi, _known_wifi),
    "notification.usage": (Notification, _notification),
}
"""Streams whose fields are known, in lower case."""
