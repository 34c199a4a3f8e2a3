"""dumpsys settings: every setting of the phone and of each user, which app set it, and what was last changed.

    GLOBAL SETTINGS (user 0)
    _id:65 name:adb_enabled pkg:com.android.shell value:1 default:0 defaultSystemSet:true
    _id:106 name:debug_app pkg:android value:{null}

    Historical operations
    2024-03-01 10:15:02 update adb_enabled

A value may have blanks, colons and several lines; it ends where ` default:` or ` tag:` or the next setting begins.
`pkg` is the app that set it last, of which the shell (`com.android.shell`) is what a computer at the cable uses.
Up to Android 10 the time of an operation is what had passed since the phone was started, written as a date of 1970.

Known limits: each group keeps its last 20 operations, without values since Android 9. A value that an app wrote can
hold lines that look like settings or operations, and is then read as such. The version of a group, which newer phones
write below its heading, is no row. Where a value and its default differ and
one of them holds ` default:`, the last one is taken for the boundary.

Sources: AOSP `SettingsProvider.dumpInternal`, `SettingsState.dumpHistoricalOperations`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/packages/SettingsProvider/src/com/android/providers/settings/SettingsState.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime

from bridle.classes import dataclass
from bridle.core import Gap, PackageName, Record, SourceFile, Text, WallClock, artifact, note, record
from bridle.formats import android_values
from bridle.formats.service_text import blank_pairs, served, stored, truth

_LONGEST = 1 << 17
"""Bytes of a line; values of a megabyte are not kept by the phone."""
_MOST_LINES = 2_000
"""Lines of one value."""
_MOST = 1 << 20
"""Characters of one value."""
_GROUP = re.compile(r"([A-Z][A-Z ]{2,30}) SETTINGS \(user (-?\d{1,6})\)")
_VERSION = re.compile(r"version: -?\d{1,9}")
_OPERATION = re.compile(r"(\d{4}-\d\d-\d\d[ -]\d\d[:-]\d\d[:-]\d\d(?:\.\d{1,6})?) (\w+)(?: +(.*))?")
_SINCE_BOOT = datetime(1972, 1, 1)  # noqa: DTZ001 - compared with what a phone's clock showed
_EPOCH = WallClock(datetime(1970, 1, 1))  # noqa: DTZ001


@record
class Setting(Record):
    """One setting."""

    namespace: str = note(doc="`global`, `secure`, `system`, `config`, …")
    user: int = note(doc="number of the user it is kept for")
    id: str | None = note(doc="its `_id`, as stored")
    name: str = note(doc="name")
    package_name: PackageName | None = note(
        doc="app that set it last; `android` is the system", surface="installed-app"
    )
    value: Text | None = note(doc="value, as stored; none where it is null or empty")
    empty: bool = note(doc="whether the value is there and has no characters, which is not null")
    default: str | None = note(doc="value it is reset to")
    default_by_system: bool | None = note(doc="whether the system gave the default")
    tag: str | None = note(doc="what the app that set it said of it")


@record
class Operation(Record):
    """A change that was made to the settings of a group since the phone was started."""

    namespace: str = note(doc="`global`, `secure`, `system`, `config`, …")
    user: int = note(doc="number of the user")
    time: WallClock | None = note(doc="when, by the phone's clock; none where only the span since its start is kept")
    since_boot: int | None = note(
        doc="seconds since the phone was started, in place of the time; off by the phone's zone where written in it"
    )
    operation: str = note(doc="`insert`, `update`, `delete`, `persist`, `initialize`, `reset`, …")
    name: str | None = note(doc="setting it is about")
    package_name: PackageName | None = note(doc="app that set it, where kept", surface="installed-app")
    value: Text | None = note(doc="value, where kept")
    detail: str | None = note(doc="what stands behind the operation, as stored")


@dataclass
class _State:
    namespace: str | None = None
    user: int = 0
    history: bool = False
    fresh: bool = False
    """The heading of the group was the line before."""
    number: int = 0
    """Line of the setting that is being read; 0 for none."""
    value: list[str] = field(default_factory=list)
    size: int = 0

    def end(self) -> Iterator[Setting | Gap]:
        """The setting that was being read."""
        if not self.number:
            return
        number, self.number = self.number, 0
        while len(self.value) > 1 and not self.value[-1]:
            self.value.pop()
        yield _setting(number, self, "\n".join(self.value))


@artifact("/**/dumpsys/settings/*.txt")
def settings(file: SourceFile) -> Iterator[Setting | Operation | Gap]:
    state = _State()
    with file.open() as opened:
        for item in served(opened, _LONGEST):
            if isinstance(item, Gap):
                yield from state.end()
                yield item
            else:
                yield from _line(state, *item)
    yield from state.end()


def _line(state: _State, number: int, line: str) -> Iterator[Setting | Operation | Gap]:
    if line.startswith("_id:") and state.namespace is not None:
        yield from state.end()
        state.number, state.value, state.size, state.history = number, [line], len(line), False
    elif found := _GROUP.fullmatch(line):
        yield from state.end()
        state.namespace, state.user, state.history = found[1].lower(), int(found[2]), False
        state.fresh = True
    elif line == "Historical operations" and state.namespace is not None:
        yield from state.end()
        state.history = True
    elif state.number:
        if len(state.value) < _MOST_LINES and state.size + len(line) < _MOST:
            state.value.append(line)
            state.size += len(line)
        else:
            reason = f"expected a value of at most {_MOST_LINES} lines and {_MOST} characters, got more"
            yield Gap(locator=f"line {number}", reason=reason)
    elif state.fresh and _VERSION.fullmatch(line):
        state.fresh = False
    elif state.history and line:
        yield _operation(number, state, line)
    elif line and not line.startswith("Unknown argument"):
        yield Gap(locator=f"line {number}", reason=f"expected a group or a setting, got {line!a:.60}")


def _setting(number: int, state: _State, text: str) -> Setting | Gap:
    head, sign, rest = text.partition(" value:")
    ident, named, name = head.removeprefix("_id:").partition(" name:")
    if not sign or not named:
        return Gap(locator=f"line {number}", reason=f"Setting: expected _id, name and value, got {text!a:.60}")
    name, _, package = name.partition(" pkg:")
    value, default, by_system, tag = _value(rest)
    return Setting(
        locator=f"line {number}", namespace=state.namespace or "", user=state.user, id=stored(ident), name=name,
        package_name=stored(package), value=stored(value), empty=value == "", default=stored(default),
        default_by_system=by_system, tag=stored(tag),
    )  # fmt: skip


def _value(text: str) -> tuple[str, str | None, bool | None, str | None]:
    """Value, default, whether the system gave it, and tag, of what stands behind `value:`."""
    value, sign, tail = text.rpartition(" defaultSystemSet:")
    if not sign or truth(tail.partition(" ")[0]) is None:
        value, sign, tag = text.rpartition(" tag:")
        return (value, None, None, tag) if sign else (text, None, None, None)
    by_system, _, tag = tail.partition(" tag:")
    mark = " default:"
    half = (len(value) - len(mark)) // 2
    if value[:half] == value[half + len(mark) :] and value[half : half + len(mark)] == mark:
        return value[:half], value[:half], truth(by_system), tag or None
    value, sign, default = value.rpartition(mark)
    return (value, default, truth(by_system), tag or None) if sign else (default, None, truth(by_system), tag or None)


def _operation(number: int, state: _State, line: str) -> Operation | Gap:
    found = _OPERATION.fullmatch(line)
    try:
        time = android_values.wall_clock(found[1]) if found else None
    except ValueError:
        time = None
    if found is None or time is None:
        return Gap(locator=f"line {number}", reason=f"Operation: expected a time and an operation, got {line!a:.60}")
    since = int((time - _EPOCH).total_seconds()) if time < _SINCE_BOOT else None
    detail = stored(found[3])
    name, kept = detail, {}
    if detail is not None and detail.startswith("Setting{"):
        kept = blank_pairs(detail.removeprefix("Setting{").removesuffix("}"))
        name = kept.get("name")
    return Operation(
        locator=f"line {number}", namespace=state.namespace or "", user=state.user,
        time=None if since is not None else time, since_boot=since, operation=found[2], name=stored(name),
        package_name=stored(kept.get("packageName") or kept.get("pkg") or kept.get("from")),
        value=stored(kept.get("value")), detail=detail,
    )  # fmt: skip
