""".GlobalPreferences.plist: what holds for the whole phone, such as Lockdown Mode, languages, region and keyboards.

Every value is a `Setting`. `LDMGlobalEnabled` tells whether Lockdown Mode is on; no such key: it was never turned on.
What a profile or Screen Time imposes lies below `Managed Preferences`, and is read with the other settings there.

Known limits: when Lockdown Mode was turned on or off is not stored. What most of the keys mean is not published. Files
after iOS 16 are unconfirmed.

Sources: the file of an iOS 16 phone (test data of MVT); https://github.com/mvt-project/mvt (global_preferences).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import FormatError, Gap, Record, SourceFile, artifact, record
from bridle.formats import plist
from bridle.formats.setting import Setting, settings
from bridle.formats.table import col, records
from bridle.formats.values import texts

_FACTS = ("LDMGlobalEnabled", "AppleLocale", "AppleLanguages")


@record
class Phone(Record):
    """What the settings say of the phone as a whole."""

    lockdown_mode: bool | None = col("LDMGlobalEnabled", doc="whether Lockdown Mode is on; none: never turned on")
    locale: str | None = col("AppleLocale", doc="language and region, such as `en_FR`")
    languages: tuple[str, ...] | None = col("AppleLanguages", texts, doc="languages, the one the person prefers first")


@artifact(
    "/private/var/mobile/Library/Preferences/.GlobalPreferences.plist",
    "/private/var/mobile/Library/Preferences/.GlobalPreferences_m.plist",
    "/private/var/root/Library/Preferences/.GlobalPreferences.plist",
    "/private/var/preferences/.GlobalPreferences.plist",
)
def global_preferences(file: SourceFile) -> Iterator[Phone | Setting | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    known = {key: stored[key] for key in _FACTS if key in stored}
    if known:
        yield from records([("(phone)", known)], Phone)
    yield from settings(stored)
