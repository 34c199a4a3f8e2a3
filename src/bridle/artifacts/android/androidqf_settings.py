"""settings_system.txt, settings_secure.txt and settings_global.txt of AndroidQF and Bugbane: the phone's settings.

The output of `settings list NAMESPACE`, a name and a value in each line. A value may hold line breaks, and then goes on
in lines of its own:

    adb_enabled=1
    hidden_api_blacklist_exemptions=LClass1;->method1(
    --runtime-args

Known limits: a further line of a value that itself holds `name=` cannot be told from the next setting, and becomes one;
the settings are listed by name, so that one out of order is told by its locator. Only the first user's are listed.

Sources: AOSP `SettingsService` (`settings list`),
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/packages/SettingsProvider/ ;
https://github.com/mvt-project/androidqf (modules/settings.go)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, Record, SourceFile, Text, artifact, note, record
from bridle.formats.lines import lines, too_long

_NAME = re.compile(r"([A-Za-z0-9_.:/+|#@$,\-]{1,500})=(.*)", re.DOTALL)
_LONGEST = 1 << 18
"""Bytes of one line; lists of components and of flags are long."""
_MOST_LINES = 1_000
"""Further lines of one value."""


@record
class Setting(Record):
    """One setting."""

    namespace: str = note(doc="`system`, `secure` or `global`, after the file's name")
    name: str = note(doc="name of the setting")
    value: Text | None = note(doc="value, as text; None for an empty one and for `null`")


@artifact("/androidqf/settings_*.txt")
def androidqf_settings(file: SourceFile) -> Iterator[Setting | Gap]:
    namespace = file.path.name.removeprefix("settings_").removesuffix(".txt")
    begun: tuple[str, str, list[str]] | None = None
    with file.open() as stored:
        for number, line in lines(stored, _LONGEST):
            found = _NAME.fullmatch(line) if line is not None else None
            if found is not None:
                yield from _ended(begun, namespace)
                begun = (f"line {number}", found[1], [found[2]])
            elif line is None:
                yield too_long(number, _LONGEST)
            elif begun is not None and len(begun[2]) <= _MOST_LINES:
                begun[2].append(line)
            elif line.strip():
                yield Gap(locator=f"line {number}", reason=f"expected name=value, got {line!a:.60}")
    yield from _ended(begun, namespace)


def _ended(begun: tuple[str, str, list[str]] | None, namespace: str) -> Iterator[Setting]:
    if begun is not None:
        locator, name, parts = begun
        value = "\n".join(parts).rstrip("\n")
        yield Setting(
            locator=locator, namespace=namespace, name=name, value=value if value not in ("", "null") else None
        )
