"""MCProfileEvents.plist and its neighbours: profiles that came and went, and who changed which setting when.

`MCProfileEvents.plist` is a list, newest first, of at most 20 events that are kept for 14 days: each has an identifier
of a profile as it is logged, an operation, the process that asked for it and a time. `MCSettingsEvents.plist` has, for
each setting, the last event of its value: a process or the UUID of a profile, `event` and a time. A group without
settings is a Setting of type `dictionary`. Times are UTC.

Known limits: no file was at hand. At most 20 events of profiles and 14 days are kept, and one event for each value of a
setting. Whether a logged identifier is still that of the profile is inferred from the class and unconfirmed.

Sources: https://github.com/mvt-project/mvt (configuration_profiles_events); https://github.com/EC-DIGIT-CSIRC/sysdiagnose
(mcsettingsevents); the class MCProfileEventsManager of profiled, whose limits are named above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bridle.core import FormatError, Gap, ProcessName, ProfileId, Record, SourceFile, Utc, artifact, record
from bridle.formats import plist
from bridle.formats.pointer import below, entries
from bridle.formats.setting import Setting, settings
from bridle.formats.table import col, records, rest
from bridle.formats.values import naive_utc, text

_PROFILES = "ProfileEvents"
_OF_PROFILES = ("SystemProfileRestrictions", "UserProfileRestrictions")
_DEEPEST = 16
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def _no_uuid(value: object) -> str | None:
    """The value, if it is not a UUID. Raises ValueError."""
    return None if _UUID.fullmatch(text(value)) else text(value)


def _uuid(value: object) -> str | None:
    """The value, if it is a UUID. Raises ValueError."""
    return text(value) if _UUID.fullmatch(text(value)) else None


@record(surface="installed-app")
class ProfileEvent(Record):
    """A profile that was installed or removed."""

    profile: ProfileId | None = col("(profile)", doc="identifier of the profile, as it is logged")
    operation: str | None = col("Operation", doc="`install`, `remove` …")
    process: ProcessName | None = col("Process", doc="process that asked for it", surface="running-process")
    time: Utc | None = col("Timestamp", naive_utc, doc="when the profile was installed or removed")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class SettingEvent(Record):
    """The last change of one setting."""

    group: str | None = col("(group)", doc="keys on the way to the setting, such as `Restrictions/restrictedBool`")
    setting: str | None = col("(setting)", doc="setting, such as `allowPairing`")
    part: str | None = col("(part)", doc="what of it changed: `value`, `ask`, `preference` …")
    profile: ProfileId | None = col(
        "(profile)", doc="profile, where the group is one profile's", surface="installed-app"
    )
    process: ProcessName | None = col(
        "process", _no_uuid, doc="process that changed it; none where a UUID stands there", surface="running-process"
    )
    by_profile: ProfileId | None = col("process", _uuid, doc="the UUID, of the profile that changed it")
    event: str | None = col("event", doc="`set`, `remove` …")
    time: Utc | None = col("timestamp", naive_utc, doc="when the setting last changed")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact(
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/MC*Events.plist",
    "/private/var/mobile/Library/ConfigurationProfiles/MC*Events.plist",
    "/private/var/mobile/Library/UserConfigurationProfiles/MC*Events.plist",
)
def profile_events(file: SourceFile) -> Iterator[ProfileEvent | SettingEvent | Setting | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    for found in entries(stored):
        if isinstance(found, Gap):
            yield found
        elif found[1] == _PROFILES:
            yield from records(_profile_events(found[0], found[2]), ProfileEvent)
        else:
            yield from _setting_events(found[0], (found[1],), found[2])


def _profile_events(at: str, stored: object) -> Iterator[tuple[str, Mapping[str, object]] | Gap]:
    if not isinstance(stored, list):
        yield Gap(locator=at, reason=f"ProfileEvent: expected a list of events, got {stored!a:.60}")
        return
    for number, event in enumerate(stored, 1):
        place = below(at, number)
        if not isinstance(event, Mapping) or not event:
            yield Gap(locator=place, reason=f"ProfileEvent: expected a dictionary, got {event!a:.60}")
            continue
        for position, (profile, facts) in enumerate(event.items(), 1):
            here = place if len(event) == 1 else below(place, position)
            if isinstance(facts, Mapping):
                yield here, {**facts, "(profile)": profile}
            else:
                yield Gap(locator=here, reason=f"ProfileEvent: expected a dictionary, got {facts!a:.60}")


def _setting_events(at: str, keys: tuple[str, ...], stored: object) -> Iterator[SettingEvent | Setting | Gap]:
    """Events at the ends of the dictionary `stored`, and any value or empty group that belongs to none."""
    if not isinstance(stored, Mapping) or not stored:
        yield from settings(stored, at, path="/".join(keys))
    elif "timestamp" in stored or "process" in stored:
        yield from records([(at, {**stored, **_named(keys)})], SettingEvent)
    elif len(keys) > _DEEPEST:
        yield Gap(locator=at, reason=f"SettingEvent: expected at most {_DEEPEST} levels, got more")
    else:
        for found in entries(stored, at):
            if isinstance(found, Gap):
                yield found
            else:
                yield from _setting_events(found[0], (*keys, found[1]), found[2])


def _named(keys: tuple[str, ...]) -> Mapping[str, str | None]:
    of_profile = len(keys) > 1 and keys[0] in _OF_PROFILES
    return {
        "(group)": "/".join(keys[:-2]) or None,
        "(setting)": keys[-2] if len(keys) > 1 else keys[-1],
        "(part)": keys[-1] if len(keys) > 1 else None,
        "(profile)": keys[1] if of_profile else None,
    }
