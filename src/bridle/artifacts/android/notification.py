"""dumpsys notification: who may read notifications, what was posted, and which channels every app has.

    Notification List:
      NotificationRecord(0x05: pkg=com.example.chat user=UserHandle{0} id=26 tag=null importance=2 key=0|com.example…
        uid=10123 userId=0
        extras={
            android.title=String [length=12]
        mCreationTimeMs=1578493788093
    AppSettings: com.example.chat (10123) importance=DEFAULT
      NotificationChannel{mId='calls', mName=Cal..., mImportance=3, mDeleted=false}
    Allowed notification listeners:
      com.example.a/.Listener:com.example.b/com.example.b.L (user: 0 isPrimary: true)
    post_frequency{user_id=0,pkg=com.example.chat,day=3,count=10}

A listener sees the text of every notification, messages and one-time codes among them. What was allowed counts, not the
copy of it in the settings. Texts are redacted to type and length unless the phone runs a developer's build.

Known limits: groups of channels, zen rules and ranking are not read; a notification's further values are in `extra`.

Sources: AOSP `NotificationManagerService.dumpImpl`, `ManagedServices.dump`, `PreferencesHelper.dump`,
`NotificationUsageStats`, `ZenLog`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/notification/ManagedServices.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap, PackageName, Record, SourceFile, Text, Utc, WallClock, artifact, note, record
from bridle.formats import android_values
from bridle.formats.outline import DEEPEST, SHOWN
from bridle.formats.service_text import (
    blank_pairs,
    comma_pairs,
    component,
    extra,
    integer,
    named_value,
    served,
    split_top,
    stored,
    truth,
)
from bridle.formats.values import unix_milliseconds

_LONGEST = 1 << 16
_MOST = 300
"""Values kept of one notification."""
_RECORD = re.compile(r"(NotificationRecord|StatusBarNotification)[({](?:0x)?([0-9a-f]{0,16}):? ?(pkg=.*)", re.DOTALL)
_LISTENERS = re.compile(
    r"(All|Allowed|Live|Snoozed) (notification listener|notification assistant|condition provider|[a-z ]{3,40})s"
    r"(?: \(\d{1,6}\))?(?: enabled for current profiles)?:"
)
_ALLOWED = re.compile(r"(?=.*\)\Z)(.*) \(user: (-?\d{1,6}) isPrimary: (true|false)(.*)\)")
_LIVE = re.compile(r"(ComponentInfo\{[^}]{1,600}\})(?: \(user (-?\d{1,6})\): (.*))?")
_USER_SET = re.compile(r"userId=(-?\d{1,6}) value=(.*)")
_APP = re.compile(r"AppSettings: (\S{1,255}) \((-?\w{1,20})\)(.*)")
_CHANNEL = re.compile(r"NotificationChannel\{(.*?)\}?")
_FREQUENCY = re.compile(r"post_frequency\{(.*)\}")
_ZEN = re.compile(r"(\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) ([a-z_]{1,40}): ?(.*)")
_KEY = re.compile(r"[A-Za-z][\w.]{0,80}=")
_SHOWN = re.compile(r"\w{1,40} \((.*)\)", re.DOTALL)


@record(surface="installed-app")
class Listener(Record):
    """An app in a list of those that may read notifications, rank them, or decide over "do not disturb"."""

    kind: str = note(doc="`notification listener`, `notification assistant` or `condition provider`")
    state: str = note(
        doc="`allowed` by the person or the system, `all` (enabled now), `live` (running), `snoozed`, `set`"
    )
    user: int | None = note(doc="number of the user, where told")
    component: str | None = note(doc="package/class; none where a whole package is allowed")
    package_name: PackageName = note(doc="the app")
    primary: bool | None = note(doc="whether it is of the list of its kind and not of its packages' other services")
    detail: str | None = note(doc="what stands behind it; SYSTEM is a part of the system")


@record(surface="running-process")
class Posted(Record):
    """A notification that was on the phone, or one of those before."""

    list: str | None = note(doc="heading it stands below: `Notification List`, an archive, those snoozed, …")
    package_name: PackageName = note(doc="app that posted it")
    user: int | None = note(doc="number of the user; -1 is all of them")
    id: int | None = note(doc="number the app gave it; hexadecimal up to Android 4")
    tag: str | None = note(doc="tag the app gave it")
    key: str | None = note(doc="user|package|id|tag|uid")
    uid: int | None = note(doc="user identifier of the app")
    op_package_name: PackageName | None = note(doc="app that posted it in the other's name")
    importance: int | None = note(doc="1 least, 2 low, 3 ordinary, 4 high; -1000 not set")
    channel: str | None = note(doc="channel of the app it came on")
    title: Text | None = note(doc="title, where it is not redacted", surface="message")
    text: Text | None = note(doc="text, where it is not redacted", surface="message")
    ticker: Text | None = note(doc="beginning of what is read aloud", surface="message")
    created: Utc | None = note(doc="when it was first posted")
    updated: Utc | None = note(doc="when it was last posted")
    extra: str | None = note(doc="other values, as JSON")


@record(surface="installed-app")
class AppSetting(Record):
    """What is set for the notifications of an app; apps that were removed can still be here."""

    package_name: PackageName = note(doc="the app")
    uid: int = note(doc="user identifier, with that of the user")
    importance: str | None = note(doc="importance; `NONE` is blocked")
    extra: str | None = note(doc="other values, as JSON")


@record
class Restored(Record):
    """What a backup, perhaps of another phone, has set for an app that was not installed since."""

    package_name: PackageName = note(doc="the app")
    importance: str | None = note(doc="importance; `NONE` is blocked")
    extra: str | None = note(doc="other values, as JSON")


@record
class Channel(Record):
    """A channel of an app, also of one that was only restored."""

    package_name: PackageName | None = note(doc="the app")
    uid: int | None = note(doc="user identifier of the app")
    id: str | None = note(doc="name of the channel within the app")
    name: str | None = note(doc="name shown for it, cut to three characters")
    importance: int | None = note(doc="0 blocked, 1 least, 2 low, 3 ordinary, 4 high")
    bypass_dnd: bool | None = note(doc='whether it breaks through "do not disturb"')
    deleted: bool | None = note(doc="whether the app deleted it")
    extra: str | None = note(doc="other values, as JSON")


@record(surface="running-process")
class Frequency(Record):
    """How many notifications an app posted, on one day or since the phone was started."""

    package_name: PackageName = note(doc="the app; `__global` are all of them")
    user: int | None = note(doc="number of the user; none where all are counted")
    days_ago: int | None = note(doc="day, counted back from that of the report; none for since the start")
    count: int | None = note(doc="notifications")
    extra: str | None = note(doc="other counts, as JSON")


@record
class ZenEvent(Record):
    """A line of the log of "do not disturb"."""

    time: WallClock | None = note(doc="when, by the phone's clock; the year is that of the report")
    event: str = note(doc="`set_zen_mode`, `config`, `allow_disable`, …")
    detail: str | None = note(doc="what was done, and why or by whom, as stored")


_Row = Listener | Posted | AppSetting | Restored | Channel | Frequency | ZenEvent | Gap


@dataclass
class _Open:
    """The notification, or the counts, being read."""

    number: int
    heading: str | None
    first: str
    indent: int
    values: dict[str, str] = field(default_factory=dict)
    last: str = ""

    def goes_on(self, text: str) -> bool:
        """Whether a line belongs to a shown text that began before it."""
        value = self.values.get(self.last, "") if self.last.startswith("android.") else ""
        return "(" in value and not value.endswith(")") and len(value) < _LONGEST and not _KEY.match(text)

    def add(self, text: str) -> None:
        if text in ("extras={", "}", "Notification:"):
            return
        if self.goes_on(text):
            self.values[self.last] += f"\n{text}"
        elif len(self.values) < _MOST:
            name, value = named_value(text)
            self.last = name
            self.values.setdefault(name, (value or "").removesuffix(","))


@dataclass
class _State:
    report: WallClock | None
    open: _Open | None = None
    app: tuple[str, int | None] | None = None
    kind: str = ""
    above: list[tuple[int, str]] = field(default_factory=list)

    def heading(self, indent: int, text: str) -> str | None:
        """The nearest line before one that is indented less."""
        while self.above and self.above[-1][0] >= indent:
            self.above.pop()
        found = self.above[-1][1] if self.above else None
        if len(self.above) < DEEPEST:
            self.above.append((indent, text[:SHOWN]))
        return found


@artifact("/**/dumpsys/notification/*.txt", companions=("/**/sections/HEADER/1.txt",))
def notification(
    file: SourceFile,
) -> Iterator[Listener | Posted | AppSetting | Restored | Channel | Frequency | ZenEvent | Gap]:
    state = _State(android_values.report_time(file))
    with file.open() as opened:
        for item in served(opened, _LONGEST):
            if isinstance(item, Gap):
                yield item
                continue
            number, line = item
            text = line.strip()
            if not text:
                continue
            indent = len(line) - len(line.lstrip())
            if state.open is not None:
                if indent > state.open.indent or state.open.goes_on(text):
                    state.open.add(text)
                    continue
                yield _end(state)
            yield from _line(state, number, indent, state.heading(indent, text), text)
    if state.open is not None:
        yield _end(state)


def _line(state: _State, number: int, indent: int, heading: str | None, text: str) -> Iterator[_Row]:
    at = f"line {number}"
    if found := _RECORD.match(text):
        state.open = _Open(number, heading, text, indent)
    elif text == "AggregatedStats{":
        state.open = _Open(number, None, text, indent)
    elif found := _APP.fullmatch(text):
        rest = blank_pairs(found[3])
        state.app = found[1], integer(found[2])
        yield _app(at, state.app[0], state.app[1], rest)
    elif text.startswith("NotificationChannel{"):
        yield _channel(state, at, text)
    elif found := _FREQUENCY.fullmatch(text):
        yield _frequency(at, found[1])
    elif text.startswith("Zen Log"):
        state.kind = "zen"
    elif state.kind == "zen" and (found := _ZEN.fullmatch(text)):
        yield _zen(state, at, found)
    elif text.startswith(("NotificationRecord", "StatusBarNotification", "AppSettings:")):
        yield Gap(locator=at, reason=f"expected a notification or settings of an app, got {text!a:.60}")
    elif heading is not None:
        yield from _listener(state, at, heading, text)


def _app(at: str, package: str, uid: int | None, rest: dict[str, str]) -> AppSetting | Restored:
    importance = rest.pop("importance", None)
    if uid is None:
        return Restored(locator=at, package_name=package, importance=importance, extra=extra(rest))
    return AppSetting(locator=at, package_name=package, uid=uid, importance=importance, extra=extra(rest))


def _listener(state: _State, at: str, heading: str, text: str) -> Iterator[Listener | Gap]:
    if begun := _LISTENERS.fullmatch(text):
        state.kind = begun[2]
        return
    found = _LISTENERS.fullmatch(heading)
    if heading == "Has user set:" and (chosen := _USER_SET.fullmatch(text)) and chosen[2].startswith("{"):
        names = split_top(chosen[2][1:].removesuffix("}"))
        yield from _named(at, names, state.kind, "set", integer(chosen[1]), None, None)
    elif found and found[1] == "Allowed":
        allowed = _ALLOWED.fullmatch(text)
        if allowed is None:
            yield Gap(locator=at, reason=f"Listener: expected components and a user, got {text!a:.60}")
            return
        names = (name for name in allowed[1].split(":") if name)
        primary, detail = truth(allowed[3]), stored(allowed[4].strip())
        yield from _named(at, names, found[2], "allowed", integer(allowed[2]), primary, detail)
    elif found:
        live = _LIVE.fullmatch(text)
        if live is None:
            yield Gap(locator=at, reason=f"Listener: expected ComponentInfo{{…}}, got {text!a:.60}")
            return
        yield from _named(at, iter([live[1]]), found[2], found[1].lower(), integer(live[2]), None, stored(live[3]))


def _named(
    at: str, names: Iterator[str], kind: str, state: str, user: int | None, primary: bool | None, detail: str | None
) -> Iterator[Listener]:
    for count, name in enumerate(names, 1):
        own = component(name)
        yield Listener(
            locator=f"{at}.{count}", kind=kind, state=state, user=user, component=own[0] if own else None,
            package_name=own[1] if own else name, primary=primary, detail=detail,
        )  # fmt: skip


def _channel(state: _State, at: str, text: str) -> Channel | Gap:
    found = _CHANNEL.fullmatch(text)
    values = comma_pairs(found[1]) if found else {}
    if "mId" not in values:
        return Gap(locator=at, reason=f"Channel: expected mId, got {text!a:.60}")
    app = state.app or (None, None)
    return Channel(
        locator=at, package_name=app[0], uid=app[1], id=values.pop("mId").strip("'"),
        name=stored(values.pop("mName", None)), importance=integer(values.pop("mImportance", None)),
        bypass_dnd=truth(values.pop("mBypassDnd", None)), deleted=truth(values.pop("mDeleted", None)),
        extra=extra(values),
    )  # fmt: skip


def _frequency(at: str, text: str) -> Frequency | Gap:
    values = comma_pairs(text)
    package = values.pop("pkg", "")
    if not package:
        return Gap(locator=at, reason=f"Frequency: expected pkg, got {text!a:.60}")
    return Frequency(
        locator=at, package_name=package, user=integer(values.pop("user_id", None)),
        days_ago=integer(values.pop("day", None)), count=integer(values.pop("count", None)), extra=extra(values),
    )  # fmt: skip


def _zen(state: _State, at: str, found: re.Match[str]) -> ZenEvent | Gap:
    try:
        time = android_values.yearless(found[1], state.report)
    except ValueError as e:
        return Gap(locator=at, reason=f"ZenEvent: {e}")
    return ZenEvent(locator=at, time=time, event=found[2], detail=stored(found[3]))


def _end(state: _State) -> _Row:
    now, state.open = state.open, None
    assert now is not None
    at, values = f"line {now.number}", now.values
    if now.first == "AggregatedStats{":
        package = values.pop("key", "").strip("'")
        count = integer(values.pop("numPostedByApp", None))
        if not package:
            return Gap(locator=at, reason="Frequency: expected key, got none")
        return Frequency(locator=at, package_name=package, user=None, days_ago=None, count=count, extra=extra(values))
    return _posted(now, at)


def _posted(now: _Open, at: str) -> Posted | Gap:
    found = _RECORD.match(now.first)
    head, _, body = (found[3] if found else "").partition(": ")
    first = blank_pairs(head.split("appImportanceLocked=")[0].rstrip("}"))
    values = now.values
    package = first.get("pkg")
    if not package:
        return Gap(locator=at, reason=f"Posted: expected pkg, got {now.first!a:.60}")
    user = re.search(r"-?\d{1,6}", first.get("user", ""))
    channel = re.match(r"Notification\(channel=(.*?) (?:pri|shortcut|contentView|category)=", body)
    ids = blank_pairs(f"uid={values.pop('uid', '')}")
    return Posted(
        locator=at, list=now.heading.rstrip(":") if now.heading else None, package_name=package,
        user=integer(user[0]) if user else None, id=_number(first.get("id"), now.first), tag=stored(first.get("tag")),
        key=stored(first.get("key")), uid=integer(ids.get("uid")), op_package_name=stored(values.pop("opPkg", None)),
        importance=integer(first.get("importance", first.get("score"))),
        channel=stored(channel[1]) if channel else None,
        title=_shown(values, "android.title"), text=_shown(values, "android.text"),
        ticker=stored(values.pop("tickerText", None)), created=_time(values, "mCreationTimeMs"),
        updated=_time(values, "mUpdateTimeMs"), extra=extra(values),
    )  # fmt: skip


def _number(value: str | None, line: str) -> int | None:
    """Up to Android 4 the number is hexadecimal."""
    if line.startswith("NotificationRecord{") and value and re.fullmatch(r"[0-9a-f]{1,8}", value):
        return int(value, 16)
    return integer(value)


def _shown(values: dict[str, str], name: str) -> str | None:
    found = _SHOWN.fullmatch(values.get(name, ""))
    if found is None:
        return None
    del values[name]
    return found[1] or None


def _time(values: dict[str, str], name: str) -> Utc | None:
    number = integer(values.get(name))
    if not number:
        return None
    try:
        time = unix_milliseconds(number)
    except ValueError:
        return None
    del values[name]
    return time
