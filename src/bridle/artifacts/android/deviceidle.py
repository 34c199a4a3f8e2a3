"""dumpsys deviceidle: apps that may run while the phone sleeps, by the system, by its owner or for some minutes.

      Whitelist system apps:
        com.android.shell
      Whitelist user apps:
        com.example
      Temp whitelist schedule:
        UID=10123: +4m12s345ms - push message

Spyware that lives on the phone wants to be in the list of user apps.

Known limits: where a list is not there, it is empty. The rest (settings, state, history of sleep) is kept as lines.

Sources: AOSP `DeviceIdleController.dump` of Android 6 to 16,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/apex/jobscheduler/service/java/com/android/server/DeviceIdleController.java
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PackageName, Record, SourceFile, artifact, note, record
from bridle.formats.android_pairs import maybe, package, uid_or_none, whole
from bridle.formats.android_values import milliseconds
from bridle.formats.lines import lines, too_long

_LIST = re.compile(r"(?:.*\b)?(?:[Ww]hite|[Aa]llow)list\b.*:")
_TEMPORARY = re.compile(r"UID=(\S+): (\S+)(?: - (.*))?")


@record(surface="installed-app")
class Exempt(Record):
    """A package that may run while the phone sleeps."""

    list: str = note(doc="the list it is in: Whitelist user apps (by the owner), Whitelist system apps, …")
    package_name: PackageName = note(doc="package")


@record
class ExemptUid(Record):
    """A user identifier that may run while the phone sleeps."""

    list: str = note(doc="the list it is in; Temp whitelist … holds it for minutes")
    uid: int | None = note(doc="user identifier, in most lists without the Android user (10123 for all users)")
    left_ms: int | None = note(doc="milliseconds for which it still may, in a temporary list")
    reason: str | None = note(doc="why, in a temporary list")


@record
class Line(Record):
    """A line that no other table takes."""

    section: str | None = note(doc="heading it stands under")
    text: str = note(doc="the line, without the blanks around it")


@artifact("/**/dumpsys/deviceidle/*.txt")
def deviceidle(file: SourceFile) -> Iterator[Exempt | ExemptUid | Line | Gap]:
    section: str | None = None
    depth = 0
    with file.open() as stored:
        for number, text in lines(stored):
            if text is None:
                yield too_long(number)
                continue
            line, indent = text.strip(), len(text) - len(text.lstrip())
            if not line:
                continue
            at = f"line {number}"
            if line.endswith(":"):
                section, depth = line[:-1], indent
                yield Line(locator=at, section=section, text=line)
                continue
            if indent <= depth:
                section, depth = None, 0
            listed = section is not None and _LIST.fullmatch(f"{section}:") is not None
            yield _listed(at, section or "", line) if listed else Line(locator=at, section=section, text=line)


def _listed(at: str, section: str, line: str) -> Exempt | ExemptUid | Gap:
    if found := _TEMPORARY.fullmatch(line):
        return ExemptUid(
            locator=at, list=section, uid=uid_or_none(found[1]), left_ms=maybe(milliseconds, found[2]), reason=found[3]
        )
    if line.isdecimal() or uid_or_none(line) is not None:
        return ExemptUid(
            locator=at, list=section, uid=maybe(whole, line) if line.isdecimal() else uid_or_none(line), left_ms=None,
            reason=None,
        )  # fmt: skip
    name = line.partition(" ")[0]
    if package(name) is None:
        return Gap(locator=at, reason=f"{section}: expected a package or a user identifier, got {line!a:.60}")
    return Exempt(locator=at, list=section, package_name=name)
