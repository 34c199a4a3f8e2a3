"""disabled.plist of launchd: jobs that were turned on or off against what their own files say.

A dictionary of labels; true is disabled.

Known limits: no file was at hand. Who turned a job on or off, and when, is not stored.

Sources: file names of phones with iOS 14 to 16; https://keith.github.io/xcode-man-pages/launchctl.1.html (disable).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import FormatError, Gap, ProcessName, Record, SourceFile, artifact, note, record
from bridle.formats import plist
from bridle.formats.pointer import entries


@record
class Override(Record):
    """A job that was turned on or off."""

    label: ProcessName = note(doc="label of the job")
    disabled: bool = note(doc="true: off; false: on although its own file may say off")


@artifact("/private/var/db/com.apple.xpc.launchd/*.plist")
def launchd_overrides(file: SourceFile) -> Iterator[Override | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary of labels, got {type(stored).__name__}")
    for found in entries(stored):
        if isinstance(found, Gap):
            yield found
        elif isinstance(found[2], bool):
            yield Override(locator=found[0], label=found[1], disabled=found[2])
        else:
            yield Gap(locator=found[0], reason=f"Override: expected true or false, got {found[2]!a:.60}")
