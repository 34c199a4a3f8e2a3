"""dumpsys platform_compat: changes of behaviour that can be switched for an app, and the apps they are switched for.

A line for each change of the compatibility framework (Android 11 and later):

    ChangeId(168419799; name=DOWNSCALED; disabled; packageOverrides={com.example.a=false}; rawOverrides={com.example.a=
    false, com.example.gone=false}; overridable)

`packageOverrides` is what is in force, and it is in force only while the app is installed. `rawOverrides` (Android 12
and later; `deferredOverrides` on 11) is what was set, and it stays when the app goes: names of apps that are no longer
there are found here. It does not show that an app was installed: a maker's list of apps in the system image lands there
as well, and so does what was set from a shell for any name.

Known limits: it does not say when an override was set, nor by whom.

Sources: https://developer.android.com/guide/app-compatibility/test-debug ; AOSP `CompatChange.toString` and
`PackageOverride.toString`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/compat/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, artifact, note, record
from bridle.formats.lines import lines, too_long

_LONGEST = 1 << 20
_CHANGE = re.compile(r"ChangeId\((\d{1,19})((?:;[^;]*)*)\)")
_SDK = re.compile(r"enable(Since|After)TargetSdk=(-?\d{1,9})")
_VALUE = re.compile(r"(?:\[(-?\d{1,19}),(-?\d{1,19}),)?(true|false)\]?")


@record
class Change(Record):
    """A change of behaviour."""

    change_id: int = note(doc="number of the change")
    name: str | None = note(doc="name of the change")
    disabled: bool = note(doc="whether it is off unless overridden")
    since_target_sdk: int | None = note(doc="API level from which on apps that target it have it")
    logging_only: bool = note(doc="whether its use is only logged")
    overridable: bool = note(doc="whether it may be switched per app on any build")
    overrides: int = note(doc="overrides in force")
    raw_overrides: int = note(doc="overrides that were set")
    extra: str | None = note(doc="what no field maps, as stored")


@record(surface="installed-app")
class Override(Record):
    """A change that is switched for an app, in force: the app is installed."""

    change_id: int = note(doc="number of the change")
    name: str | None = note(doc="name of the change")
    package_name: PackageName = note(doc="app it is switched for")
    enabled: bool = note(doc="whether it is switched on")


@record
class RawOverride(Record):
    """A change as it was set for an app, which need not be installed any more, or ever have been."""

    change_id: int = note(doc="number of the change")
    name: str | None = note(doc="name of the change")
    package_name: PackageName = note(doc="app it was set for")
    enabled: bool = note(doc="whether it was switched on")
    min_version: int | None = note(doc="least version code it is for; none where it is for all")
    max_version: int | None = note(doc="greatest version code it is for; none where it is for all")
    kind: str = note(doc="rawOverrides or deferredOverrides, as stored")


@artifact("/**/dumpsys/platform_compat/*.txt")
def platform_compat(file: SourceFile) -> Iterator[Change | Override | RawOverride | Gap]:
    with file.open() as stored:
        for number, text in lines(stored, _LONGEST):
            if text is None:
                yield too_long(number, _LONGEST)
            elif text.startswith("ChangeId("):
                yield from _change(f"line {number}", text.rstrip())


def _change(at: str, line: str) -> Iterator[Change | Override | RawOverride | Gap]:
    found = _CHANGE.fullmatch(line)
    if found is None:
        yield Gap(locator=at, reason=f"expected ChangeId(number; …), got {line!a:.60}")
        return
    change = int(found[1])
    if change >= 2**63:
        yield Gap(locator=at, reason=f"expected the number of a change, got {found[1]:.60}")
        return
    words: set[str] = set()
    name, since, other, overrides = None, None, [], []
    for word in filter(None, map(str.strip, found[2].split(";"))):
        if word.startswith("name="):
            name = word[5:]
        elif word in ("disabled", "loggingOnly", "overridable"):
            words.add(word)
        elif sdk := _SDK.fullmatch(word):
            since = int(sdk[2]) + (sdk[1] == "After")
        elif word.partition("=")[0].endswith("Overrides"):
            overrides.append(word.partition("=")[::2])
        else:
            other.append(word)
    entries = [(kind, e) for kind, of in overrides for e in _entries(of)]
    read = [_override(f"{at}.{n}", change, name, kind, entry) for n, (kind, entry) in enumerate(entries, 1)]
    yield Change(
        locator=at, change_id=change, name=name, disabled="disabled" in words, since_target_sdk=since,
        logging_only="loggingOnly" in words, overridable="overridable" in words,
        overrides=sum(isinstance(o, Override) for o in read),
        raw_overrides=sum(isinstance(o, RawOverride) for o in read), extra="; ".join(other) or None,
    )  # fmt: skip
    yield from read


def _entries(stored: str) -> Iterator[str]:
    """The entries of a map such as `{com.example.a=true, com.example.b=[1,5,false]}`."""
    return filter(None, map(str.strip, stored.removeprefix("{").removesuffix("}").split(", ")))


def _override(at: str, change: int, name: str | None, kind: str, entry: str) -> Override | RawOverride | Gap:
    package, _, value = entry.partition("=")
    found = _VALUE.fullmatch(value)
    least, most = (int(v) if v else None for v in (found[1], found[2])) if found else (None, None)
    if found is None or not package or any(v is not None and not -(2**63) <= v < 2**63 for v in (least, most)):
        return Gap(locator=at, reason=f"expected package=true or false, got {entry!a:.60}")
    enabled = found[3] == "true"
    if kind == "packageOverrides":
        return Override(locator=at, change_id=change, name=name, package_name=package, enabled=enabled)
    return RawOverride(
        locator=at, change_id=change, name=name, package_name=package, enabled=enabled, min_version=least,
        max_version=most, kind=kind,
    )  # fmt: skip
