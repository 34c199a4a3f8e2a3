"""The trust service: whether each user's screen is locked, and which apps may keep it unlocked.

    Trust manager state:
     User "Owner" (id=0, flags=0x13) (current): trusted=0, trustManaged=1, deviceLocked=1, strongAuthRequired=0x1
       Enabled agents:
        com.example.agent/.TrustAgent
         bound=1, connected=1, managingTrust=1, trusted=0
       Events:
        #0  03-29 23:14:05.123 GrantTrust: agent=TrustAgent, message="near", duration=60000ms

An app that is a trust agent can say that the phone need not be locked. `strongAuthRequired` is why a PIN is needed
rather than a finger: 0x1 after a boot, 0x2 by a device policy, 0x4 the user locked it down, 0x8 after a lockout, 0x10
as too long passed.

Known limits: the last 50 events of each user, since boot. Their times have no year; it is that of the report, or none
without its header.

Sources: AOSP `TrustManagerService`, `TrustArchive`, `StrongAuthTracker`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/trust/
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.core import Gap, PackageName, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values, indented
from bridle.formats.activity_dump import package_of
from bridle.formats.indented import Line
from bridle.formats.lines import lines

_USER = re.compile(r'User "(.*)" \(id=(\d{1,10}), flags=(0x[0-9a-f]{1,16})\)([^:]{0,200}): (.*)')
_VALUE = re.compile(r"(\w{1,40})=([^,\s]{1,40})")
_COMPONENT = re.compile(r"[\w.]{1,255}/[\w.$]{1,255}")
_EVENT = re.compile(r"#(\d{1,9}) +(\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6}) (\w{1,40}): ?(.*)")
_AGENT = re.compile(r"agent=([^,]{1,255})")


@record
class User(Record):
    """A user of the phone, and whether its screen is locked."""

    user: int = note(doc="number of the user; 0 is the owner")
    name: str = note(doc="name of the user")
    current: bool = note(doc="whether it is the one before the screen")
    trusted: bool | None = note(doc="whether an agent holds it trusted, so that it need not lock")
    trust_managed: bool | None = note(doc="whether an agent manages its trust")
    device_locked: bool | None = note(doc="whether its screen is locked")
    strong_auth_required: str | None = note(doc="why a PIN, pattern or password is needed, flags in hexadecimal")
    extra: str | None = note(doc="other values, as JSON")


@record
class Agent(Record):
    """An app that may say that a user's screen need not be locked."""

    user: int | None = note(doc="number of the user")
    component: str = note(doc="package and class")
    package_name: PackageName | None = note(doc="its package", surface="installed-app")
    bound: bool | None = note(doc="whether the system is bound to it")
    connected: bool | None = note(doc="whether it runs")
    managing_trust: bool | None = note(doc="whether it manages trust now")
    trusted: bool | None = note(doc="whether it says so now")
    message: str | None = note(doc="why, in its words")


@record
class Event(Record):
    """What an agent or the service did."""

    user: int | None = note(doc="number of the user")
    time: WallClock | None = note(doc="when; none where the year is not known")
    clock: str = note(doc="when, as stored: month, day, time")
    event: str = note(doc="GrantTrust, RevokeTrust, TrustTimeout, AgentDied, AgentConnected and so on")
    agent: str | None = note(doc="class or component of the agent")
    detail: str | None = note(doc="what else stands there, as stored")


@record
class Fact(Record):
    """Any other line of the dump."""

    place: str | None = note(doc="the headings above it, joined by /")
    name: str | None = note(doc="name of the value; none for a sentence")
    value: str | None = note(doc="value or sentence, as stored; none if empty")


@dataclass
class _State:
    user: int | None = None
    agent: Agent | None = None

    def closed(self) -> Iterator[Agent]:
        found, self.agent = self.agent, None
        if found is not None:
            yield found


@artifact("/**/dumpsys/trust/*.txt", companions=("/**/sections/HEADER/1.txt",))
def trust(file: SourceFile) -> Iterator[User | Agent | Event | Fact | Gap]:
    taken = android_values.report_time(file)
    state = _State()
    with file.open() as stored:
        for line in indented.tree(lines(stored)):
            if isinstance(line, Gap):
                yield line
            else:
                yield from _row(line, state, taken)
    yield from state.closed()


def _row(line: Line, state: _State, taken: WallClock | None) -> Iterator[User | Agent | Event | Fact | Gap]:
    if state.agent is not None and _further(line, state):
        return
    yield from state.closed()
    if found := _USER.fullmatch(line.text):
        state.user = int(found[2])
        yield _user(line, found)
    elif found := _EVENT.fullmatch(line.text):
        yield from _event(line, found, state.user, taken)
    elif _COMPONENT.fullmatch(line.text) and line.path[-1:] == ("Enabled agents",):
        state.agent = Agent(
            locator=f"line {line.number}", user=state.user, component=line.text, package_name=package_of(line.text),
            bound=None, connected=None, managing_trust=None, trusted=None, message=None,
        )  # fmt: skip
    elif not line.text.endswith(":"):
        name, value = line.named()
        yield Fact(locator=f"line {line.number}", place=line.place, name=name, value=value)


def _user(line: Line, found: re.Match[str]) -> User:
    values = dict(_VALUE.findall(found[5]))
    flags = {name: _flag(values.pop(name, None)) for name in ("trusted", "trustManaged", "deviceLocked")}
    if "trustState" in values:
        flags["trusted"] = values["trustState"] == "TRUSTED"
    extra = values | {"flags": found[3]}
    return User(
        locator=f"line {line.number}", user=int(found[2]), name=found[1], current="(current)" in found[4],
        trusted=flags["trusted"], trust_managed=flags["trustManaged"], device_locked=flags["deviceLocked"],
        strong_auth_required=extra.pop("strongAuthRequired", None), extra=json.dumps(extra, sort_keys=True),
    )  # fmt: skip


def _flag(value: str | None) -> bool | None:
    return {"0": False, "1": True, "false": False, "true": True}.get(value or "")


def _further(line: Line, state: _State) -> bool:
    """Whether the line tells more of the agent before it."""
    agent = state.agent
    assert agent is not None
    if line.text.startswith("message="):
        state.agent = dataclasses.replace(agent, message=line.text.removeprefix("message=").strip('"') or None)
        return True
    values = dict(_VALUE.findall(line.text))
    if not line.text.startswith(("bound=", "restartScheduledAt=")):
        return False
    if "bound" in values:
        state.agent = dataclasses.replace(
            agent, bound=_flag(values["bound"]), connected=_flag(values.get("connected")),
            managing_trust=_flag(values.get("managingTrust")), trusted=_flag(values.get("trusted")),
        )  # fmt: skip
    return True


def _event(line: Line, found: re.Match[str], user: int | None, taken: WallClock | None) -> Iterator[Event | Gap]:
    locator, time, problem = f"line {line.number}", None, None
    try:
        time = android_values.yearless(found[2], taken)
    except ValueError as e:
        problem = str(e)
    agent = _AGENT.search(found[4])
    yield Event(
        locator=locator, user=user, time=time, clock=found[2], event=found[3],
        agent=agent[1] if agent else None, detail=found[4].strip() or None,
    )  # fmt: skip
    if problem:
        yield Gap(locator=f"{locator}.time", reason=problem)
