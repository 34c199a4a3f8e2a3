"""dumpsys telecom: the dialer of each user, accounts calls are made over, what takes part in calls, and past calls.

    CallsManager:
      mDefaultDialerCache:
        User 0: com.example.dialer
      mRoleManager:
        DefaultCallRedirectionApp: com.example.redirect
    PhoneAccountRegistrar:
      phoneAccounts:
        [[X] PhoneAccount: ComponentInfo{com.example.sip/com.example.sip.Service}, ***, UserHandle{0} Capab…
    Historical Events:
      2020-01-08T15:29:45.874 - …

    Analytics:
      Call TC@1: {
          startTime: 1700000000000
          direction: INCOMING

Numbers are masked. A call that no person made or took, or one over an app's own service, shows here.

Known limits: calls since the phone was started, as many as telecom keeps; the call log itself is not here.

Sources: AOSP `TelecomServiceImpl.dump`, `CallsManager.dump`, `PhoneAccountRegistrar.dump`, `Analytics.dump`,
https://android.googlesource.com/platform/packages/services/Telecomm/+/refs/heads/main/src/com/android/server/telecom/CallsManager.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap, PackageName, Record, SourceFile, Utc, artifact, note, record
from bridle.formats import service_text
from bridle.formats.service_text import component, event, extra, fact, integer, named_value, outlined, stored
from bridle.formats.values import unix_milliseconds

_MOST = 200
"""Values kept of one call."""
_CALL = re.compile(r"Call (\S{1,60}): ?\{")
_USER = re.compile(r"User (-?\d{1,6}): ?([A-Za-z0-9_.]{0,255})")
_DEFAULT = re.compile(r"(Default[A-Za-z]{1,60}App[s]?): ?([A-Za-z0-9_.]{1,255})")
_ACCOUNT = re.compile(r"\[(?:\[(.)\] )?PhoneAccount: (ComponentInfo\{[^}]{1,600}\})(.*)")
_OWNER = re.compile(r"UserHandle\{(-?\d{1,6})\}")
_BOUND = re.compile(r".{0,80}?(ComponentInfo\{[^}]{1,600}\}).*")


@record(surface="installed-app")
class App(Record):
    """An app that telecom knows in a part: the dialer of a user, one that redirects or screens calls, …"""

    part: str = note(doc="`dialer`, `DefaultCallRedirectionApp`, `DefaultCallScreeningApp`, …, `in-call`")
    user: int | None = note(doc="number of the user, where told")
    component: str | None = note(doc="package/class, where told")
    package_name: PackageName = note(doc="app")


@record(surface="installed-app")
class PhoneAccount(Record):
    """Something calls can be made over: a SIM, or an app's own service."""

    enabled: bool | None = note(doc="whether it is switched on")
    component: str = note(doc="its service, package/class")
    package_name: PackageName = note(doc="app")
    user: int | None = note(doc="number of the user")
    detail: str = note(doc="the entry as stored, behind the component")


@record
class Call(Record):
    """A call since the phone was started, as telecom keeps it for its statistics."""

    call: str = note(doc="name of the call, `TC@` and a number")
    direction: str | None = note(doc="`INCOMING`, `OUTGOING`, …")
    start: Utc | None = note(doc="when it began")
    end: Utc | None = note(doc="when it ended")
    service: str | None = note(doc="service it was made over, package/class")
    package_name: PackageName | None = note(doc="app of that service", surface="running-process")
    extra: str | None = note(doc="other values, as JSON")


@record
class Event(service_text.Event):
    """A line of a log."""


@record
class Fact(service_text.Fact):
    """Any other line of the dump."""


@dataclass
class _Open:
    """The call that is being read."""

    number: int
    call: str
    values: dict[str, str] = field(default_factory=dict)

    def add(self, text: str) -> None:
        name, value = named_value(text)
        if len(self.values) < _MOST:
            self.values.setdefault(name, value or "")


@artifact("/**/dumpsys/telecom/*.txt")
def telecom(file: SourceFile) -> Iterator[App | PhoneAccount | Call | Event | Fact | Gap]:
    now: _Open | None = None
    with file.open() as opened:
        for item in outlined(opened):
            if isinstance(item, Gap):
                yield item
                continue
            text = item[2]
            begun = _CALL.fullmatch(text)
            if now is not None and not begun and text != "}" and item[1]:
                now.add(text)
                continue
            if now is not None:
                yield _call(now)
            now = _Open(item[0], begun[1]) if begun else None
            if not begun and (row := _row(*item)) is not None:
                yield row
    if now is not None:
        yield _call(now)


def _call(now: _Open) -> Call:
    values = now.values
    service = stored(values.pop("connectionService", None))
    own = component(service or "")
    return Call(
        locator=f"line {now.number}", call=now.call, direction=stored(values.pop("direction", None)),
        start=_time(values, "startTime"), end=_time(values, "endTime"), service=own[0] if own else service,
        package_name=own[1] if own else None, extra=extra(values),
    )  # fmt: skip


def _time(values: dict[str, str], name: str) -> Utc | None:
    """Milliseconds since 1970; what is none stays among the other values."""
    number = integer(values.get(name))
    try:
        time = unix_milliseconds(number) if number else None
    except ValueError:
        return None
    if time is not None:
        del values[name]
    return time


def _row(number: int, above: tuple[str, ...], text: str) -> App | PhoneAccount | Event | Fact | Gap | None:
    at = f"line {number}"
    heading = above[-1] if above else ""
    if heading.startswith("mDefaultDialerCache") and (found := _USER.fullmatch(text)) and found[2]:
        return App(locator=at, part="dialer", user=integer(found[1]), component=None, package_name=found[2])
    if (found := _DEFAULT.fullmatch(text)) and stored(found[2]):
        return App(locator=at, part=found[1], user=None, component=None, package_name=found[2])
    if found := _ACCOUNT.fullmatch(text):
        return _account(at, found)
    if "InCallService" in heading or heading.startswith("ServiceConnections"):
        bound = _BOUND.fullmatch(text)
        own = component(bound[1]) if bound else None
        if own:
            return App(locator=at, part="in-call", user=None, component=own[0], package_name=own[1])
    return event(Event, number, above, text) or fact(Fact, number, above, text)


def _account(at: str, found: re.Match[str]) -> PhoneAccount | Gap:
    own, owner = component(found[2]), _OWNER.search(found[3])
    if own is None:
        return Gap(locator=at, reason=f"PhoneAccount: expected package/class, got {found[2]!a:.60}")
    return PhoneAccount(
        locator=at, enabled=None if found[1] is None else found[1] == "X", component=own[0], package_name=own[1],
        user=integer(owner[1]) if owner else None, detail=found[3].lstrip(", "),
    )  # fmt: skip
