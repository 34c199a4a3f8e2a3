"""The properties of the system, as `getprop` lists them: build, patch level, state of the boot, services, USB, zone.

    [ro.boot.verifiedbootstate]: [green]
    [ro.build.version.security_patch]: [2019-10-05]
    [persist.sys.boot.reason.history]: [reboot,1578493820
    kernel_panic,1578400000]

Each property begins a line; a value may have several. It is read to the `]` at the end of a line, so a value that
holds such an end and then what looks like a property is read as two.

Known limits: a property says what the system says of itself. Which properties are listed depends on who asks; those
that are kept from the shell are not there.

Sources: AOSP `system/core/toolbox/getprop.cpp`,
https://android.googlesource.com/platform/system/core/+/refs/heads/main/toolbox/getprop.cpp
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Gap, PropertyName, Record, SourceFile, Text, artifact, note, record
from bridle.formats.lines import lines, too_long

_FIRST = re.compile(r"\[([^\]]{1,512})\]: \[(.*)", re.DOTALL)
_MOST_LINES = 1_000
"""Lines of one value; a history of reboots has four."""


@record
class Property(Record):
    """One property."""

    name: PropertyName = note(doc="its name, such as `ro.build.fingerprint`")
    value: Text | None = note(doc="its value, several lines where it has them; none where it is empty")


@artifact("/**/sections/SYSTEM PROPERTIES/*.txt", "/androidqf/getprop.txt")
def getprop(file: SourceFile) -> Iterator[Property | Gap]:
    begun: _Begun | None = None
    with file.open() as stored:
        for number, line in lines(stored):
            found = _FIRST.fullmatch(line) if line is not None else None
            if begun is not None and (found or line is None or len(begun.lines) >= _MOST_LINES):
                yield from begun.unended()
                begun = None
            if line is None:
                yield too_long(number)
            elif found is not None:
                begun = _Begun(f"line {number}", found[1], found[2])
            elif begun is not None:
                begun.lines.append(line)
            elif line.strip():
                yield Gap(locator=f"line {number}", reason=f"expected a property as [name]: [value], got {line!a:.60}")
            if begun is not None and begun.lines[-1].endswith("]"):
                yield begun.property(begun.text()[:-1])
                begun = None
    if begun is not None:
        yield from begun.unended()


class _Begun:
    """A property whose value may go on."""

    def __init__(self, at: str, name: str, first: str) -> None:
        self._at, self._name, self.lines = at, name, [first]

    def text(self) -> str:
        return "\n".join(self.lines)

    def property(self, value: str) -> Property:
        return Property(locator=self._at, name=self._name, value=value or None)

    def unended(self) -> Iterator[Property | Gap]:
        """What is there of a value without an end."""
        yield self.property(self.text())
        yield Gap(locator=f"{self._at}.value", reason=f"Property: expected ] at the end, got {self.lines[-1]!a:.60}")
