"""dumpsys appops: what each app may do, and when it last used the camera, the microphone, messages and so on.

Three dialects. Android 8.1 and before have one line for each operation, with spans before the dump:

    Uid u0a12:
      Package com.example:
        CAMERA: mode=0; time=+23s357ms ago; duration=+2s1ms

Android 9 has a line for each state of the app; its later ones begin with the state:

        CAMERA (allow):
            Access: top   = 2019-08-14 21:22:45.623 (-1h2m3s4ms)
                    bg    = 2019-08-14 20:22:45.623 (-2h2m3s4ms)
            duration=+2s1ms

Android 10 adds who stood between (`[fg-tp]`: s self, tp and up a trusted or untrusted proxy, tpd and upd what such a
proxy did for the app), and from 11 on the lines stand within attribution tags, `null=[` where the app gave none:

        CAMERA (allow / switch CAMERA=allow):
          null=[
            Access: [fg-s] 2022-03-29 18:37:30.315 (-4h50m) proxy[uid=1000, pkg=android, attributionTag=null]
            Running start at: +2m1s
          ]

Known limits: a phone keeps only the last access for each state, not all of them. Times of Android 8.1, and of what is
running, are counted back from the beginning of the report, up to a few minutes before the dump itself. A span may be
negative, where the clock was put back. Watchers, settings, clients and restrictions are kept as lines. Only the
default device is dumped.

Sources: AOSP `AppOpsService.dump` of Android 8.1 to 16 and `DiscreteRegistry`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/appop/AppOpsService.java
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats.android_pairs import as_json, before, maybe, pairs, something, uid_or_none, user_of, whole
from bridle.formats.android_values import milliseconds, report_time, wall_clock
from bridle.formats.lines import lines, too_long

_MODES = {"0": "allow", "1": "ignore", "2": "deny", "3": "default", "4": "foreground"}
_MOST_FACTS = 200
"""Lines about one uid that are kept in its row."""
_HEAD = re.compile(r"Uid (\S+):")
_PACKAGE = re.compile(r"Package:? (\S+?):?")
_OP = re.compile(r"(\S+) \(([^()/ ]+)(?: / switch ([^\s=]+)=(\S+))?\):")
_MODE = re.compile(r"(\S+): mode=([^; ]+)(.*)")
_TIMED = re.compile(
    r"(?:(Access|Reject): )?(?:\[([^\]]{0,60})\]|(\w{1,20})\s*=)\s*"
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \(([^)]*)\)(.*)"
)
_DISCRETE = re.compile(r"Access \[([^\]]{0,60})\] at (\S+ \S+)(?: for (-?\d{1,18}) milliseconds)?(.*)")
_PROXY = re.compile(r"proxy\[([^\[\]]*)\]")
_TIMES = ("Access: [", "Reject: [")
"""Most of all lines, and none of any other form."""
_KNOWN = ("Access", "Reject", "Uid ", "Package ", "Running start at")


@record
class Op(Record):
    """What a package, or all of a uid, may do; a phone names only what was used or changed."""

    uid: int | None = note(doc="user identifier of the app; 2000 is the shell, 1000 the system")
    user: int | None = note(doc="number of the Android user")
    package_name: PackageName | None = note(
        doc="package; none for what holds for the whole uid", surface="installed-app"
    )
    op: str = note(doc="operation, such as CAMERA")
    mode: str = note(doc="allow, ignore, deny, default or foreground; Android 8.1 stores their numbers 0 to 4")
    switch_op: str | None = note(doc="operation that decides over this one, where it is another")
    switch_mode: str | None = note(doc="mode of that operation")
    duration_ms: int | None = note(
        doc="milliseconds the last use took, where it is stored for the operation as a whole"
    )
    running: bool = note(doc="whether it was in use during the dump")
    start_nesting: int | None = note(doc="how often it was begun and not yet ended, where it is stored")


@record
class Access(Record):
    """The last time that an operation was used, or refused, in a state."""

    uid: int | None = note(doc="user identifier of the app")
    user: int | None = note(doc="number of the Android user")
    package_name: PackageName | None = note(doc="package whose use it was", surface="installed-app")
    op: str = note(doc="operation, such as CAMERA")
    kind: str = note(doc="access; reject where it was refused; discrete in the list of single uses")
    attribution_tag: str | None = note(doc="part of the app that the app itself named; none without one")
    state: str | None = note(
        doc="state of the app: pers, top, fgsvcl, fgsvc, fg, bg or cch (cached); none on Android 8.1"
    )
    flags: str | None = note(
        doc="s self, tp/up trusted/untrusted proxy, tpd/upd for it by such a proxy; from Android 10"
    )
    time: WallClock | None = note(doc="when, by the phone's clock; counted back from the report on Android 8.1")
    ago_ms: int | None = note(doc="milliseconds before the dump; negative where the clock was put back")
    duration_ms: int | None = note(doc="milliseconds it took, where it is stored for this use")
    proxy_uid: int | None = note(doc="user identifier of who asked in the app's place")
    proxy_package: PackageName | None = note(doc="package that asked in the app's place", surface="installed-app")
    proxy_tag: str | None = note(doc="attribution tag of that package")
    running: bool = note(doc="whether it was still in use; the time is then that of the beginning")
    chain_id: int | None = note(doc="number that joins uses of one chain of apps, in the list of single uses")


@record
class UidState(Record):
    """How the system saw a uid during the dump."""

    uid: int | None = note(doc="user identifier")
    user: int | None = note(doc="number of the Android user")
    state: str | None = note(doc="state: pers, top, fgsvc, fg, bg, cch")
    pending_state: str | None = note(doc="state it is about to have")
    capability: str | None = note(doc="what it may use in that state: L location, C camera, M microphone, N network")
    extra: str | None = note(doc="further values, as JSON; lines without a value are under `lines`")


@record
class Line(Record):
    """A line that no other table takes: settings, watchers, clients, restrictions."""

    section: str | None = note(doc="heading it stands under")
    text: str = note(doc="the line, without the blanks around it")


@artifact("/**/dumpsys/appops/*.txt", companions=("/**/sections/HEADER/1.txt",))
def appops(file: SourceFile) -> Iterator[Op | Access | UidState | Line | Gap]:
    state = _State(report_time(file))
    with file.open() as stored:
        for number, text in lines(stored):
            if text is None:
                yield too_long(number)
            elif line := text.strip():
                yield from state.take(f"line {number}", line, len(text) - len(text.lstrip(" ")))
    yield from state.end()


class _State:
    """Where in the dump a line stands."""

    def __init__(self, now: WallClock | None) -> None:
        self._now = now
        self._section: str | None = None
        self._uid: str | None = None
        self._package: str | None = None
        self._op: Op | None = None
        self._op_name: str | None = None
        self._tag: str | None = None
        self._kind = "access"
        self._facts: dict[str, Any] = {}
        self._facts_at: str | None = None

    def take(self, at: str, line: str, indent: int) -> Iterator[Op | Access | UidState | Line | Gap]:
        if found := _HEAD.fullmatch(line):
            yield from self._leave(uid=True)
            self._uid, self._facts_at = found[1], at
            if uid_or_none(found[1]) is None:
                yield Gap(locator=f"{at}:uid", reason=f"expected a user such as u0a12, got {found[1]!a:.60}")
        elif indent <= 2 and not line.startswith(("Uid:", "Package:")):
            yield from self._leave(uid=True)
            self._section = line.rstrip(":") if line.endswith(":") else self._section
            yield Line(locator=at, section=self._section, text=line)
        elif (self._section or "").startswith("Discrete accesses"):
            yield from self._discrete(at, line)
        elif self._uid is None:
            yield Line(locator=at, section=self._section, text=line)
        else:
            yield from self._of_uid(at, line)

    def end(self) -> Iterator[Op | UidState]:
        yield from self._leave(uid=True)

    def _of_uid(self, at: str, line: str) -> Iterator[Op | Access | UidState | Line | Gap]:
        if self._op is not None and line.startswith(_TIMES) and (found := _TIMED.fullmatch(line)):
            yield from self._timed(at, found)
        elif found := _PACKAGE.fullmatch(line):
            yield from self._leave()
            self._package = found[1]
        elif found := _OP.fullmatch(line):
            yield from self._leave()
            self._begin(at, found[1], found[2], switch_op=found[3], switch_mode=found[4])
        elif found := _MODE.fullmatch(line):
            yield from self._leave()
            yield from self._one_line(at, found)
        elif self._op is not None:
            yield from self._of_op(at, line)
        elif line.startswith(_KNOWN):
            yield Gap(locator=at, reason=f"expected an operation, a package or a uid, got {line!a:.60}")
        elif self._package is None:
            self._fact(line)
        else:
            yield Line(locator=at, section=f"Package {self._package}", text=line)

    def _of_op(self, at: str, line: str) -> Iterator[Access | Line | Gap]:
        assert self._op is not None
        key, _, value = line.partition("=")
        if (found := _TIMED.fullmatch(line)) and (found[1] or found[3]):
            yield from self._timed(at, found)
        elif line.endswith("=["):
            self._tag = something(line[:-2])
        elif line == "]":
            self._tag = None
        elif line.startswith("Running start at: "):
            yield from self._running(at, line.removeprefix("Running start at: "))
        elif key == "duration":
            self._op = dataclasses.replace(self._op, duration_ms=maybe(milliseconds, value))
        elif key == "startNesting":
            self._op = dataclasses.replace(self._op, start_nesting=maybe(whole, value))
        elif line.startswith(_KNOWN):
            yield Gap(locator=at, reason=f"expected a time of {self._op.op}, got {line!a:.60}")
        else:
            yield Line(locator=at, section=f"Op {self._op.op}", text=line)

    def _begin(self, at: str, op: str, mode: str, **more: Any) -> None:
        number = uid_or_none(self._uid)
        known: dict[str, Any] = {
            "switch_op": None, "switch_mode": None, "duration_ms": None, "running": False, "start_nesting": None,
        }  # fmt: skip
        self._op = Op(
            locator=at, uid=number, user=user_of(number), package_name=self._package, op=op,
            mode=_MODES.get(mode, mode), **(known | more),
        )  # fmt: skip

    def _one_line(self, at: str, found: re.Match[str]) -> Iterator[Op | Access | Gap]:
        """An operation of Android 8.1, or the mode of a whole uid."""
        parts = pairs(found[3].replace(";", " "))
        running = "(running)" in found[3]
        self._begin(at, found[1], found[2], duration_ms=maybe(milliseconds, parts.get("duration")), running=running)
        for key, kind in (("time", "access"), ("rejectTime", "reject")):
            if key not in parts:
                continue
            ago = maybe(milliseconds, parts[key])
            if ago is None:
                yield Gap(locator=f"{at}:{key}", reason=f"{found[1]}: expected a span, got {parts[key]!a:.60}")
                continue
            duration = maybe(milliseconds, parts.get("duration")) if kind == "access" else None
            yield self._access(
                f"{at}:{key}", kind, before(self._now, ago), ago, duration_ms=duration,
                running=running and kind == "access", proxy_uid=uid_or_none(parts.get("proxyUid")),
                proxy_package=something(parts.get("proxyPackageName") or parts.get("proxyPackage")),
            )  # fmt: skip
        assert self._op is not None
        yield self._op
        self._op = None

    def _timed(self, at: str, found: re.Match[str]) -> Iterator[Access | Gap]:
        self._kind = (found[1] or self._kind).lower()
        state, _, flags = (found[2] or found[3]).partition("-")
        try:
            time = wall_clock(found[4])
        except ValueError as e:
            yield Gap(locator=at, reason=f"{self._name()}: {e}")
            return
        ago, took = maybe(milliseconds, found[5]), pairs(found[6]).get("duration")
        for key, span in (("ago", found[5]), ("duration", took)):
            if span is not None and maybe(milliseconds, span) is None:
                yield Gap(locator=f"{at}:{key}", reason=f"{self._name()}: expected a span, got {span!a:.60}")
        proxy = _PROXY.search(found[6])
        asked = pairs(proxy[1].replace(",", " ")) if proxy else {}
        yield self._access(
            at, self._kind, time, None if ago is None else -ago, state=state, flags=flags or None,
            duration_ms=maybe(milliseconds, took), proxy_uid=uid_or_none(asked.get("uid")),
            proxy_package=something(asked.get("pkg")), proxy_tag=something(asked.get("attributionTag")),
        )  # fmt: skip

    def _running(self, at: str, span: str) -> Iterator[Access | Gap]:
        ago = maybe(milliseconds, span)
        if self._op is not None:
            self._op = dataclasses.replace(self._op, running=True)
        if ago is None:
            yield Gap(locator=at, reason=f"{self._name()}: expected a span, got {span!a:.60}")
        else:
            yield self._access(at, "access", before(self._now, ago), ago, running=True)

    def _discrete(self, at: str, line: str) -> Iterator[Access | Line | Gap]:
        """The list of single uses, where somebody asked for it."""
        key, _, value = line.partition(": ")
        if key == "Uid":
            self._uid, self._package, self._op_name, self._tag = value, None, None, None
        elif key == "Package":
            self._package, self._op_name, self._tag = value, None, None
        elif key == "Attribution":
            self._tag = something(value)
        elif found := _DISCRETE.fullmatch(line):
            yield self._single(at, found)
        elif line.startswith("Access"):
            yield Gap(locator=at, reason=f"expected a use as `Access [state] at time`, got {line!a:.60}")
        elif re.fullmatch(r"[A-Z][A-Z0-9_]+|Unknown\(\d+\)", line):
            self._op_name = line
        else:
            yield Line(locator=at, section=self._section, text=line)

    def _single(self, at: str, found: re.Match[str]) -> Access | Gap:
        time = maybe(wall_clock, found[2])
        if time is None:
            return Gap(locator=at, reason=f"expected a time as YYYY-MM-DD HH:MM:SS, got {found[2]!a:.60}")
        state, _, flags = found[1].partition("-")
        more = pairs(found[4])
        return self._access(
            at, "discrete", time, None, state=state, flags=flags or None, duration_ms=maybe(whole, found[3]),
            chain_id=maybe(whole, more.get("chainId")),
        )  # fmt: skip

    def _access(self, at: str, kind: str, time: WallClock | None, ago: int | None, **more: Any) -> Access:
        number = uid_or_none(self._uid)
        known: dict[str, Any] = {
            "state": None, "flags": None, "duration_ms": None, "proxy_uid": None, "proxy_package": None,
            "proxy_tag": None, "running": False, "chain_id": None,
        }  # fmt: skip
        return Access(
            locator=at, uid=number, user=user_of(number), package_name=self._package, op=self._name(), kind=kind,
            attribution_tag=self._tag, time=time, ago_ms=ago, **(known | more),
        )  # fmt: skip

    def _name(self) -> str:
        return self._op.op if self._op is not None else self._op_name or "?"

    def _fact(self, line: str) -> None:
        if len(self._facts) < _MOST_FACTS:
            key, equals, value = line.partition("=")
            if equals:
                self._facts[key] = value
            elif len(kept := self._facts.setdefault("lines", [])) < _MOST_FACTS:
                kept.append(line)

    def _leave(self, *, uid: bool = False) -> Iterator[Op | UidState]:
        """What the lines before have told in full, once the next begins."""
        if self._facts_at is not None:
            yield self._uid_state(self._facts_at)
            self._facts, self._facts_at = {}, None
        if self._op is not None:
            yield self._op
        self._op, self._tag, self._kind = None, None, "access"
        if uid:
            self._uid = self._package = self._op_name = None

    def _uid_state(self, at: str) -> UidState:
        number, facts = uid_or_none(self._uid), self._facts
        return UidState(
            locator=at, uid=number, user=user_of(number), state=facts.pop("state", None),
            pending_state=facts.pop("pendingState", None), capability=facts.pop("capability", None),
            extra=as_json(facts),
        )  # fmt: skip
