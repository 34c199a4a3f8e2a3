"""State of configuration profiles and of remote management: what is in force, and who manages the phone.

`ProfileTruth.plist`, `ClientTruth.plist` and `Truth.plist` hold what profiles and programs demand, by their names;
`…UserSettings.plist` what is in force; `PayloadManifest.plist` lists the profiles; `MDM….plist` is the management
server the phone obeys, and the apps it manages; `CloudConfigurationDetails.plist` tells whether an organisation
supervises the phone. Every value is a `Setting` as well. A key is there whether or not its restriction is in force.

Known limits: no file with settings was at hand. When something came into force is not stored, and of data only the
length is told. Stubs of profiles and the lists of events in the same folders are read by others.

Sources: file names of phones with iOS 14 to 16; https://github.com/EC-DIGIT-CSIRC/sysdiagnose (mcstate);
https://developer.apple.com/documentation/devicemanagement/mdm (ServerURL, CheckInURL, Topic, AccessRights).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import (
    BundleId,
    FormatError,
    Gap,
    ProfileId,
    Record,
    SourceFile,
    Url,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import plist
from bridle.formats.pointer import below
from bridle.formats.setting import Setting, settings
from bridle.formats.table import col, records
from bridle.formats.values import naive_utc

_OF_MANAGEMENT = frozenset({"ServerURL", "CheckInURL", "Topic", "ManagingProfileIdentifier"})
_OF_SUPERVISION = frozenset({"IsSupervised", "ConfigurationSource", "CloudConfigurationUIComplete"})
_LISTS = ("OrderedProfiles", "HiddenProfiles")
_APPS = "metadataByBundleID"


@record(surface="installed-app")
class Management(Record):
    """The management server the phone obeys."""

    server: Url | None = col("ServerURL", doc="address that gives commands")
    check_in: Url | None = col("CheckInURL", doc="address where the phone enrols; none: the same")
    topic: str | None = col("Topic", doc="topic of the push messages")
    profile: ProfileId | None = col("ManagingProfileIdentifier", doc="profile that enrolled the phone")
    access_rights: int | None = col("AccessRights", doc="what the server may do, as a sum of bits; 8191 is everything")
    polled: Utc | None = col("LastPollingSuccess", naive_utc, doc="when the phone last reached the server")
    attempted: Utc | None = col("LastPollingAttempt", naive_utc, doc="when it last tried to")


@record
class Supervision(Record):
    """Whether an organisation supervises the phone."""

    supervised: bool | None = col("IsSupervised", doc="whether it is supervised")
    organization: str | None = col("OrganizationName", doc="who supervises it")
    source: int | None = col("ConfigurationSource", doc="where the configuration came from; meaning not published")
    pairing: bool | None = col("AllowPairing", doc="whether the phone may be paired with any computer")
    mandatory: bool | None = col("IsMandatory", doc="whether enrolment could not be skipped")
    url: Url | None = col("ConfigurationURL", doc="address that gave the configuration")


@record(surface="installed-app")
class ListedProfile(Record):
    """A profile that a list names, or that demands something."""

    listed_in: str = note(doc="`OrderedProfiles`, `HiddenProfiles`, or the file that is sorted by profiles")
    profile: ProfileId = note(doc="identifier of the profile")


@record(surface="installed-app")
class ManagedApp(Record):
    """An app that the management server has installed."""

    bundle_id: BundleId = note(doc="bundle identifier")


@artifact(
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/**/*Truth.plist",
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/**/*Settings.plist",
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/**/*Manifest.plist",
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/**/PayloadDependency.plist",
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/**/MDM*.plist",
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/**/Cloud*.plist",
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/**/MCMeta.plist",
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/**/App*.plist",
    "/private/var/mobile/Library/ConfigurationProfiles/**/*Truth.plist",
    "/private/var/mobile/Library/ConfigurationProfiles/**/*Settings.plist",
    "/private/var/mobile/Library/ConfigurationProfiles/**/*Manifest.plist",
    "/private/var/mobile/Library/ConfigurationProfiles/**/MDM*.plist",
    "/private/var/mobile/Library/ConfigurationProfiles/**/Cloud*.plist",
    "/private/var/mobile/Library/UserConfigurationProfiles/**/*Truth.plist",
    "/private/var/mobile/Library/UserConfigurationProfiles/**/*Settings.plist",
    "/private/var/mobile/Library/UserConfigurationProfiles/**/*Manifest.plist",
    "/private/var/mobile/Library/UserConfigurationProfiles/**/PayloadDependency.plist",
    "/private/var/mobile/Library/UserConfigurationProfiles/**/MDM*.plist",
    "/private/var/mobile/Library/UserConfigurationProfiles/**/Cloud*.plist",
    "/private/var/mobile/Library/UserConfigurationProfiles/**/MCMeta.plist",
)
def profile_state(
    file: SourceFile,
) -> Iterator[Management | Supervision | ListedProfile | ManagedApp | Setting | Gap]:
    stored = plist.load(file)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    if not _OF_MANAGEMENT.isdisjoint(stored):
        yield from records([("(management)", stored)], Management)
    if not _OF_SUPERVISION.isdisjoint(stored):
        yield from records([("(supervision)", stored)], Supervision)
    yield from _profiles(stored, file.path.name)
    apps = stored.get(_APPS)
    for number, bundle_id in enumerate(apps if isinstance(apps, Mapping) else (), 1):
        if isinstance(bundle_id, str) and _storable(bundle_id):
            yield ManagedApp(locator=f"{_APPS}~7{number}", bundle_id=bundle_id)
    yield from settings(stored)


def _profiles(stored: Mapping[object, object], name: str) -> Iterator[ListedProfile]:
    for key in _LISTS:
        listed = stored.get(key)
        for number, profile in enumerate(listed if isinstance(listed, list) else (), 1):
            if isinstance(profile, str) and _storable(profile):
                yield ListedProfile(locator=f"{below(key, number)}~7", listed_in=key, profile=profile)
    if name == "ProfileTruth.plist":
        for number, profile in enumerate(stored, 1):
            if isinstance(profile, str) and _storable(profile):
                yield ListedProfile(locator=f"~7{number}", listed_in=name, profile=profile)


def _storable(text: str) -> bool:
    """Whether all its characters are whole; what is not is told by the `Setting` of the same place."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)
