"""Managed Preferences: settings of apps and of the system that a profile, a management server or Screen Time imposes.

One file per app or subject, such as `com.apple.webcontentfilter.plist`. Every value is a `Setting`; the file's name
tells whose they are.

Known limits: no file with settings was at hand. Which profile or server imposed a setting, and when, is not stored.
What was imposed before is gone.

Sources: file names in a backup of iOS 14;
https://developer.apple.com/documentation/foundation/nsuserdefaults (managed keys).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import BundleId, FormatError, Gap, Record, SourceFile, artifact, note, record
from bridle.formats import plist
from bridle.formats.setting import Setting, settings


@record
class Managed(Record):
    """Whose settings are imposed."""

    subject: BundleId = note(doc="app or subject, from the name of the file")
    settings: int = note(doc="keys at the top of the file")


@artifact("/private/var/Managed Preferences/**/*.plist")
def managed_preferences(file: SourceFile) -> Iterator[Managed | Setting | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    yield Managed(locator="(file)", subject=file.path.name.removesuffix(".plist"), settings=len(stored))
    yield from settings(stored)
