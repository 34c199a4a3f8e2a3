"""The lock_settings service: how each user's screen is locked, and what was done to the keys behind it.

    Current lock settings service state:
    SP Enabled = false
        User 0
            SP Handle = 0
            CredentialType: PIN
    Event log:
        Event #0
            time=2026-03-29 10:00:00 (timestamp=123456)
            event=FOUND_ESCROW_DATA

`SP Handle` is 0 while there is no PIN, pattern or password (on Android 13 and before).

Known limits: every line is a fact of its own, with the headings above it; what is meant by each differs by release.
Unlock attempts are not in it: they are in the event log and in the dumps of biometric services.

Sources: AOSP `LockSettingsService`, `RebootEscrowManager`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/locksettings/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, Record, SourceFile, WallClock, artifact, note, record
from bridle.formats import android_values, indented
from bridle.formats.lines import lines

_USER = re.compile(r"User (\d{1,10})\b")
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,9})?")


@record
class Fact(Record):
    """One line."""

    user: int | None = note(doc="user it is of, where it stands below `User …`")
    place: str | None = note(doc="the headings above it, joined by /")
    name: str | None = note(doc="name of the value; none for a sentence")
    value: str | None = note(doc="value or sentence, as stored; none if empty")
    time: WallClock | None = note(doc="time in the value, where it has one")


@artifact("/**/dumpsys/lock_settings/*.txt")
def lock_settings(file: SourceFile) -> Iterator[Fact | Gap]:
    with file.open() as stored:
        for line in indented.tree(lines(stored)):
            if isinstance(line, Gap):
                yield line
            elif not line.text.endswith(":") and not (line.heads and _USER.match(line.text)):
                yield from _fact(line)


def _fact(line: indented.Line) -> Iterator[Fact | Gap]:
    locator, time, problem = f"line {line.number}", None, None
    name, value = line.named()
    if clock := _CLOCK.search(value or ""):
        try:
            time = android_values.wall_clock(clock[0])
        except ValueError as e:
            problem = str(e)
    user = next((int(m[1]) for heading in reversed(line.path) if (m := _USER.match(heading))), None)
    yield Fact(locator=locator, user=user, place=line.place, name=name, value=value, time=time)
    if problem:
        yield Gap(locator=f"{locator}.time", reason=problem)
