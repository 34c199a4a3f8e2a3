"""Provisioning profiles: who may run an app that did not come from the store, on which devices, until when.

`embedded.mobileprovision` lies in the app. It is a signed property list. One for all
devices is a company's (enterprise) profile, which is how apps of Hermit and others were installed. Of the devices it
names, only the number is told.

Known limits: of devices only the number is kept. Whether the signature holds, and
whether the app was ever started, is not examined. Backups have none of these files.

Sources: https://developer.apple.com/documentation/technotes/tn3125-inside-code-signing-provisioning-profiles
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import (
    BundleId,
    CertSha256,
    FilePath,
    FormatError,
    Gap,
    Record,
    SourceFile,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import certificate, signed_plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import keys, naive_utc, text, texts

_LIMIT = 16 << 20
_FOLDER = "(folder)"
_CERTIFICATES = "DeveloperCertificates"
_SIGNED_AGAIN = "DER-Encoded-Profile"
_VALUES = "Entitlements (values)"


def _count(value: object) -> int:
    """How many a list has. Raises ValueError."""
    if isinstance(value, list):
        return len(value)
    raise ValueError(f"expected a list, got {value!a:.60}")


def _app_id(value: object) -> str | None:
    """The bundle identifier of the app, without the team's prefix. Raises ValueError."""
    found = value.get("application-identifier") if isinstance(value, Mapping) else None
    return None if found is None else text(found).partition(".")[2] or text(found)


@record(surface="installed-app")
class Profile(Record):
    """One provisioning profile."""

    folder: FilePath | None = col(_FOLDER, doc="folder it lies in: the app's bundle", surface="mention")
    name: str | None = col("Name", doc="name its maker gave it")
    uuid: str | None = col("UUID", doc="UUID of the profile")
    app_name: str | None = col("AppIDName", doc="name of the app's identifier")
    bundle_id: BundleId | None = col("Entitlements", _app_id, doc="app it is for; `*` is every app of the team")
    team: str | None = col("TeamName", doc="team or company")
    team_ids: tuple[str, ...] | None = col("TeamIdentifier", texts, doc="identifiers of the team")
    all_devices: bool | None = col("ProvisionsAllDevices", doc="whether it holds on every device: a company's profile")
    devices: int | None = col("ProvisionedDevices", _count, doc="number of the devices it names")
    local: bool | None = col("LocalProvision", doc="whether it was made for free with a personal account")
    xcode: bool | None = col("IsXcodeManaged", doc="whether Xcode made it")
    created: Utc | None = col("CreationDate", naive_utc, doc="when it was made")
    expires: Utc | None = col("ExpirationDate", naive_utc, doc="when the profile ends to hold")
    platforms: tuple[str, ...] | None = col("Platform", texts, doc="systems it holds for")
    entitlements: tuple[str, ...] | None = col("Entitlements", keys, doc="names of what the app may ask for")
    extra: str | None = rest(
        doc="keys that no field maps and the values of entitlements, as JSON; without certificates and second signature"
    )


@record(surface="installed-app")
class Certificate(Record):
    """A developer whose signature the profile accepts."""

    profile: str | None = note(doc="Profile.uuid")
    sha256: CertSha256 = note(doc="SHA-256 of the certificate")
    subject: str = note(doc="whom it is for")
    issuer: str = note(doc="who issued it")
    not_before: Utc | None = note(doc="begin of its validity")
    not_after: Utc | None = note(doc="end of its validity")


@artifact(
    "/private/var/containers/Bundle/Application/*/*.app/embedded.mobileprovision",
    "/private/var/containers/Bundle/Application/*/*.app/PlugIns/*.appex/embedded.mobileprovision",
    "/private/var/MobileDevice/ProvisioningProfiles/*.mobileprovision",
    "/private/var/MobileDevice/ProvisioningProfiles/????????-????-????-????-????????????",
)
def provisioning_profile(file: SourceFile) -> Iterator[Profile | Certificate | Gap]:
    if file.size > _LIMIT:
        raise FormatError(f"provisioning profile: expected at most {_LIMIT} bytes, got {file.size}")
    with file.open() as opened:
        stored = signed_plist.loads(opened.read(_LIMIT))
    if not isinstance(stored, Mapping):
        raise FormatError(f"provisioning profile: expected a dictionary, got {type(stored).__name__}")
    kept = {k: v for k, v in stored.items() if k not in (_CERTIFICATES, _SIGNED_AGAIN)}
    entitled = stored.get("Entitlements")
    values = entitled if isinstance(entitled, Mapping) and entitled else None
    yield from records([("(profile)", {**kept, _VALUES: values, _FOLDER: str(file.path.parent)})], Profile)
    uuid = stored.get("UUID")
    yield from _certificates(stored.get(_CERTIFICATES), uuid if isinstance(uuid, str) else None)


def _certificates(stored: object, profile: str | None) -> Iterator[Certificate | Gap]:
    if stored is not None and not isinstance(stored, list):
        yield Gap(locator=_CERTIFICATES, reason=f"Certificate: expected a list, got {stored!a:.60}")
    for number, der in enumerate(stored if isinstance(stored, list) else (), 1):
        place = f"{_CERTIFICATES}/{number}"
        try:
            found = certificate.read(der if isinstance(der, bytes) else b"")
        except FormatError as e:
            yield Gap(locator=place, reason=f"Certificate: {e!s:.200}")
            continue
        yield Certificate(
            locator=place, profile=profile, sha256=found.sha256, subject=found.subject, issuer=found.issuer,
            not_before=found.not_before, not_after=found.not_after,
        )  # fmt: skip
        yield from found.gaps(place)
