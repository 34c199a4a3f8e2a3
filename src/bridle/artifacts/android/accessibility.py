"""dumpsys accessibility: services that may read the screen and act in place of the person, by user and state.

Since Android 10:

    User state[
         attributes:{id=0, touchExplorationEnabled=false, installedServiceCount=2}
         Bound services:{Service[label=Reader, feedbackType[FEEDBACK_SPOKEN], capabilities=11, eventTypes=…]}
         Enabled services:{{com.example.reader/com.example.reader.Service}, {com.example.other/.Service}}

Up to Android 9 the bound ones stand as `services:{Service[label=…]}`. Samsung lists each state on lines of its own:

    installed services: {
      0 : com.example.reader/.Service
    }

Lists may be cut into lines in the middle of a word. An enabled service is one the person (or whoever held the phone)
switched on; a bound one is running; a crashed one was switched on and died.

Known limits: bound services are known by the label they give themselves, not by their component. Shortcuts, windows
and magnification are not read. A label that contains `]` or `, ` and looks like what follows it is cut there.

Sources: AOSP `AccessibilityUserState.dump`, `AbstractAccessibilityServiceConnection.dump`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/accessibility/java/com/android/server/accessibility/AccessibilityUserState.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap, PackageName, Record, SourceFile, artifact, note, record
from bridle.formats.service_text import comma_pairs, component, extra, integer, served, split_top, truth

_MOST = 1 << 18
"""Characters of one list, and of a line: the clients of all processes stand on one."""
_ATTRIBUTES = re.compile(r"\s*(?:User state\[\s*)?attributes:\{(.*)")
_LIST = re.compile(r"\s*(?:([A-Za-z]+) )?services: ?\{(.*)")
_CLIENTS = re.compile(r"\s*Registered clients:\{")
_ENTRY = re.compile(r"\s*\d{1,4} : (.*)")
_LABEL, _FEEDBACK, _PAIRS = "Service[label=", ", feedbackType", re.compile(r", (?=\w+=)")
_GROUP = re.compile(r"\[([^\[\]]*)\]")


@record
class UserState(Record):
    """What accessibility is set to for one user."""

    user: int | None = note(doc="number of the user")
    current: bool | None = note(doc="whether it is the user at the phone, where told")
    touch_exploration: bool | None = note(doc="whether touching reads aloud")
    installed_services: int | None = note(doc="how many services are installed")
    attributes: str | None = note(doc="all attributes, as JSON")


@record(surface="installed-app")
class Service(Record):
    """A service in one list of a user."""

    user: int | None = note(doc="number of the user")
    state: str = note(doc="`bound`, `enabled`, `binding`, `crashed`, `installed`, …: the list it stands in")
    component: str | None = note(doc="package/class; none for bound services")
    package_name: PackageName | None = note(doc="app it belongs to; none for bound services")
    label: str | None = note(doc="name the app shows for it; only bound services")
    feedback: str | None = note(doc="kinds of feedback it gives")
    capabilities: int | None = note(
        doc="bits: 1 read windows, 2 touch exploration, 8 filter keys, 16 magnification, 32 gestures, 128 screenshots"
    )
    event_types: str | None = note(doc="events it is told of")
    notification_timeout: int | None = note(doc="milliseconds between two events")
    extra: str | None = note(doc="other named values, as JSON")


@record
class Client(Record):
    """Apps of one process that asked to be told of accessibility; nearly every app with a window does."""

    user: int | None = note(doc="number of the user; none for those of all users")
    package_names: tuple[PackageName, ...] = note(doc="packages that share the process's user identifier")


@dataclass
class _State:
    user: int | None = None
    name: str | None = None
    """List that is being read: `attributes`, a state of services, `clients`; None for none."""
    number: int = 0
    parts: list[tuple[int, str]] = field(default_factory=list)
    depth: int = 1
    size: int = 0

    def begin(self, name: str, number: int, text: str) -> None:
        self.name, self.number, self.parts, self.depth, self.size = name, number, [], 1, 0
        self.add(number, text)

    def add(self, number: int, text: str) -> None:
        self.parts.append((number, text))
        self.depth += text.count("{") - text.count("}")
        self.size += len(text) + 1


@artifact("/**/dumpsys/accessibility/*.txt")
def accessibility(file: SourceFile) -> Iterator[UserState | Service | Client | Gap]:
    state = _State()
    with file.open() as stored:
        for item in served(stored, _MOST):
            if isinstance(item, Gap):
                yield item
                continue
            number, line = item
            yield from _line(state, number, line)
            if state.name is not None and (state.depth <= 0 or state.size > _MOST):
                yield from _end(state)
    yield from _end(state)


def _line(state: _State, number: int, line: str) -> Iterator[UserState | Service | Client | Gap]:
    if found := _ATTRIBUTES.fullmatch(line):
        yield from _end(state)
        state.user = None
        state.begin("attributes", number, found[1])
    elif found := _LIST.fullmatch(line):
        yield from _end(state)
        state.begin((found[1] or "bound").lower(), number, found[2])
    elif _CLIENTS.match(line):
        yield from _end(state)
        state.begin("clients", number, "")
    elif state.name is not None:
        state.add(number, line)
    elif line.startswith("Global client list info"):
        state.user = None


def _end(state: _State) -> Iterator[UserState | Service | Client | Gap]:
    """The rows of the list that was being read."""
    name, state.name = state.name, None
    at = f"line {state.number}"
    if name is None:
        return
    if state.size > _MOST:
        yield Gap(locator=f"{at}.end", reason=f"expected a list of at most {_MOST} characters, got a longer one")
    if name == "attributes":
        yield _user_state(state)
    elif name == "clients":
        yield from _clients(state, at)
    elif any(_ENTRY.fullmatch(text) for _, text in state.parts):
        yield from _entries(state, name)
    else:
        yield from _services(state, name, at)


def _user_state(state: _State) -> UserState:
    text = "".join(f",{text}" if text.startswith(" ") else text for _, text in state.parts)
    found = comma_pairs(_inside(text))
    state.user = integer(found.get("id"))
    count = found.get("installedServiceCount")
    return UserState(
        locator=f"line {state.number}", user=state.user, current=truth(found.get("currentUser")),
        touch_exploration=truth(found.get("touchExplorationEnabled", found.get("mIsTouchExplorationEnabled"))),
        installed_services=integer(count), attributes=extra(found),
    )  # fmt: skip


def _inside(text: str) -> str:
    """The text up to the bracket that closes what was opened before it."""
    depth = 1
    for found in re.finditer(r"[{}]", text):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return text[: found.start()]
    return text


def _entries(state: _State, name: str) -> Iterator[Service | Gap]:
    """Services on numbered lines; what is not numbered goes on with the line before."""
    before: tuple[int, str] | None = None
    for number, text in state.parts:
        if found := _ENTRY.fullmatch(text):
            if before:
                yield _listed(state, name, f"line {before[0]}", before[1])
            before = number, found[1]
        elif before and text.strip() and not text.lstrip().startswith("}"):
            before = before[0], before[1] + text
    if before:
        yield _listed(state, name, f"line {before[0]}", before[1])


def _services(state: _State, name: str, at: str) -> Iterator[Service | Gap]:
    text = _inside("".join(text for _, text in state.parts))
    for count, part in enumerate(split_top(text), 1):
        if part.startswith("Service["):
            yield _bound(state, name, f"{at}.{count}", part)
        elif part != "null":
            yield _listed(state, name, f"{at}.{count}", part)


def _listed(state: _State, name: str, at: str, text: str) -> Service | Gap:
    found = component(text)
    if found is None:
        return Gap(locator=at, reason=f"Service: expected package/class, got {text!a:.60}")
    return Service(
        locator=at, user=state.user, state=name, component=found[0], package_name=found[1], label=None, feedback=None,
        capabilities=None, event_types=None, notification_timeout=None, extra=None,
    )  # fmt: skip


def _bound(state: _State, name: str, at: str, text: str) -> Service | Gap:
    inside = text.rstrip()
    if not inside.startswith(_LABEL) or not inside.endswith("]"):
        return Gap(locator=at, reason=f"Service: expected Service[label=…], got {text!a:.60}")
    label, feedback, pairs = _told(inside[len(_LABEL) : -1])
    rest = comma_pairs(pairs)
    own = component(rest.pop("component", ""))
    return Service(
        locator=at, user=state.user, state=name, component=own[0] if own else None,
        package_name=own[1] if own else None, label=label or None, feedback=feedback or None,
        capabilities=integer(rest.pop("capabilities", None)),
        event_types=rest.pop("eventTypes", None), notification_timeout=integer(rest.pop("notificationTimeout", None)),
        extra=extra(rest),
    )  # fmt: skip


def _told(text: str) -> tuple[str, str, str]:
    """Label, feedback and `key=value` pairs, in one pass: a label may be as long and odd as an app likes."""
    first = _PAIRS.search(text)
    typed = text.find(_FEEDBACK)
    if typed < 0 or (first and first.start() < typed):
        return (text[: first.start()], "", text[first.end() :]) if first else (text, "", "")
    rest = text[typed + len(_FEEDBACK) :].removeprefix("[")
    pairs = _PAIRS.search(rest)
    feedback = rest[: pairs.start()] if pairs else rest
    return text[:typed], feedback.removesuffix("]"), rest[pairs.end() :] if pairs else ""


def _clients(state: _State, at: str) -> Iterator[Client]:
    text = "".join(text for _, text in state.parts)
    for count, found in enumerate(_GROUP.finditer(text), 1):
        names = tuple(name.strip() for name in found[1].split(",") if name.strip())
        if names:
            yield Client(locator=f"{at}.{count}", user=state.user, package_names=names)
