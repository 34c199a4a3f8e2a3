"""Configuration profiles that are installed: who made each, when it came, how it was signed, and what it sets.

One file per profile, `profile-….stub`. It is the profile as it was installed, with `InstallDate`, the signer's
certificates and options of the installation added; passwords and private keys were taken out by the system. A file
that is still signed is read inside its signature. Profiles of carriers and of the system lie beside those of a person.

`PayloadUUID` and `PayloadIdentifier` are both chosen by whoever made the profile. Of the options of the installation,
those with a field are read off the class MCProfile of ManagedConfiguration.

Known limits: no stub was at hand; the options of the installation are unconfirmed. Signatures are not verified, of data
only the length is told, and texts over 8,192 characters are not searched for addresses. A profile that was removed
leaves no file here.

Sources: https://developer.apple.com/documentation/devicemanagement/configuring-multiple-devices-using-profiles ;
https://github.com/mvt-project/mvt (configuration_profiles); https://github.com/EC-DIGIT-CSIRC/sysdiagnose
(mcstate_shared_profile); keys of a stub as the documentation of XXTouch shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

from bridle.core import (
    BundleId,
    CertSha256,
    Domain,
    FormatError,
    Gap,
    IpAddress,
    ProfileId,
    Record,
    SourceFile,
    Url,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import certificate, signed_plist, urls
from bridle.formats.leaves import Leaf, leaves, texts
from bridle.formats.setting import Setting, setting
from bridle.formats.table import col, plan, records
from bridle.formats.values import naive_utc

_LIMIT = 16 << 20
_MOST_PAYLOADS = 10_000
_PAYLOADS, _SIGNERS, _OPTIONS = "PayloadContent", "SignerCerts", "InstallOptions"
_HOST_KEY = re.compile(r"(?:host|hostname|address|addresses|server|servers|domain|domains|proxy)\Z", re.IGNORECASE)
_BUNDLE_KEY = re.compile(r"bundle.?id|BundleIdentifier|VPNSubType|applications?\Z", re.IGNORECASE)
_BUNDLE = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){1,20}\Z")


@record(surface="installed-app")
class Profile(Record):
    """An installed profile."""

    identifier: ProfileId | None = col("PayloadIdentifier", doc="identifier; two with the same one replace each other")
    uuid: ProfileId | None = col("PayloadUUID", doc="UUID its maker gave it")
    name: str | None = col("PayloadDisplayName", doc="name as it is shown")
    organization: str | None = col("PayloadOrganization", doc="whose it says it is")
    description: str | None = col("PayloadDescription", doc="what it says it does")
    type: str | None = col("PayloadType", doc="`Configuration`, or `CertificateWrapper` for a bare certificate")
    version: int | None = col("PayloadVersion", doc="version of the layout")
    installed: Utc | None = col("InstallDate", naive_utc, doc="when it was installed")
    removal: Utc | None = col("RemovalDate", naive_utc, doc="when it is removed by itself")
    removal_disallowed: bool | None = col("PayloadRemovalDisallowed", doc="whether the person cannot remove it")
    encrypted: bool | None = col("ProfileWasEncrypted", doc="whether it came encrypted")
    removal_stub: bool | None = col("MCProfileIsRemovalStub", doc="whether this is what is kept to remove it again")
    by_management: bool | None = col("isInstalledByMDM", doc="whether a management server installed it")
    interactively: bool | None = col("isInstalledInteractively", doc="whether the person installed it by hand")
    manager: ProfileId | None = col("managingProfileIdentifier", doc="profile of the management that installed it")
    scope: str | None = col("PayloadScope", doc="`System` or `User`")


@record(surface="installed-app")
class Payload(Record):
    """One thing that a profile sets."""

    profile: ProfileId | None = note(doc="Profile.identifier", surface="mention")
    number: int = note(doc="number in the profile, from 1")
    type: str | None = note(doc="what it sets: `com.apple.mdm`, `com.apple.vpn.managed`, `com.apple.security.root` …")
    identifier: ProfileId | None = note(doc="identifier its maker gave it")
    uuid: ProfileId | None = note(doc="UUID its maker gave it")
    name: str | None = note(doc="name as it is shown")
    organization: str | None = note(doc="whose it says it is")
    urls: tuple[Url, ...] = note(doc="addresses in it, such as those of a management server or a web clip")
    hosts: tuple[Domain, ...] = note(doc="names of servers in it, that are no URL")
    ips: tuple[IpAddress, ...] = note(doc="IP addresses of servers in it")
    bundle_ids: tuple[BundleId, ...] = note(
        doc="apps it names, such as those whose notifications it sets", surface="mention"
    )


@record(surface="installed-app")
class Certificate(Record):
    """A certificate in a profile: of its signer, or one that it installs."""

    profile: ProfileId | None = note(doc="Profile.identifier", surface="mention")
    role: str = note(doc="`signer`, or `payload`")
    sha256: CertSha256 = note(doc="SHA-256 of the certificate")
    subject: str = note(doc="whom it is for")
    issuer: str = note(doc="who issued it")
    not_before: Utc | None = note(doc="begin of its validity")
    not_after: Utc | None = note(doc="end of its validity")


@artifact(
    "/private/var/containers/Shared/SystemGroup/*/Library/ConfigurationProfiles/profile-*",
    "/private/var/mobile/Library/ConfigurationProfiles/profile-*",
    "/private/var/mobile/Library/UserConfigurationProfiles/profile-*",
)
def configuration_profile(file: SourceFile) -> Iterator[Profile | Payload | Certificate | Setting | Gap]:
    stored = _load(file)
    options = stored.get(_OPTIONS)
    yield from records([("(profile)", {**options, **stored} if isinstance(options, Mapping) else stored)], Profile)
    identifier = _text(stored.get("PayloadIdentifier"))
    yield from _signers(stored.get(_SIGNERS), identifier)
    yield from _payloads(stored.get(_PAYLOADS), identifier)
    left = {k: v for k, v in stored.items() if k not in plan(Profile).mapped and k != _SIGNERS}
    yield from _values(left, identifier)


def _load(file: SourceFile) -> Mapping[str, object]:
    """The profile, whose keys are text. Raises FormatError."""
    if file.size > _LIMIT:
        raise FormatError(f"profile: expected at most {_LIMIT} bytes, got {file.size}")
    with file.open() as opened:
        stored = signed_plist.loads(opened.read(_LIMIT))
    if not isinstance(stored, Mapping):
        raise FormatError(f"profile: expected a dictionary, got {type(stored).__name__}")
    return {f"{key}": value for key, value in stored.items()}


def _signers(stored: object, profile: str | None) -> Iterator[Certificate | Gap]:
    if stored is not None and not isinstance(stored, list):
        yield Gap(locator=_SIGNERS, reason=f"Certificate: expected a list, got {stored!a:.60}")
    for number, der in enumerate(stored if isinstance(stored, list) else (), 1):
        place = f"{_SIGNERS}/{number}"
        try:
            yield from _certificate(place, der, "signer", profile)
        except FormatError as e:
            yield Gap(locator=place, reason=f"Certificate: {e!s:.200}")


def _certificate(place: str, stored: object, role: str, profile: str | None) -> Iterator[Certificate | Gap]:
    """Raises FormatError."""
    if not isinstance(stored, bytes):
        raise FormatError(f"expected data, got {stored!a:.60}")
    found = certificate.read(stored)
    yield Certificate(
        locator=place, profile=profile, role=role, sha256=found.sha256, subject=found.subject, issuer=found.issuer,
        not_before=found.not_before, not_after=found.not_after,
    )  # fmt: skip
    yield from found.gaps(place)


def _payloads(stored: object, profile: str | None) -> Iterator[Payload | Gap]:
    if stored is None:
        return
    if isinstance(stored, Mapping):
        stored = [stored]
    if not isinstance(stored, list) or len(stored) > _MOST_PAYLOADS:
        yield Gap(locator=f"{_PAYLOADS}~5", reason=f"Payload: expected a list of payloads, got {stored!a:.60}")
        return
    for number, payload in enumerate(stored, 1):
        place = f"{_PAYLOADS}/{number}~5"
        if isinstance(payload, Mapping):
            yield from _payload(place, number, payload, profile)
        else:
            yield Gap(locator=place, reason=f"Payload: expected a dictionary, got {payload!a:.60}")


def _payload(place: str, number: int, stored: Mapping[object, object], profile: str | None) -> Iterator[Payload | Gap]:
    inside, reason = texts(stored)
    found = [(key, text) for key, text in inside if len(text) <= 8192]
    hosts = [urls.normalised_host(text) for key, text in found if _HOST_KEY.search(key) and "://" not in text]
    named = [text for key, text in found if _BUNDLE_KEY.search(key) and _BUNDLE.match(text)]
    yield Payload(
        locator=place, profile=profile, number=number, type=_text(stored.get("PayloadType")),
        identifier=_text(stored.get("PayloadIdentifier")), uuid=_text(stored.get("PayloadUUID")),
        name=_text(stored.get("PayloadDisplayName")), organization=_text(stored.get("PayloadOrganization")),
        urls=_once(text for _, text in found if urls.host_of(text)),
        hosts=_once(h for h in hosts if h and urls.is_domain(h)),
        ips=_once(h for h in hosts if h and urls.ips_in(h) == [h]), bundle_ids=_once(named),
    )  # fmt: skip
    if reason is not None:
        yield Gap(locator=f"{place}.texts", reason=f"Payload: {reason}")


def _values(stored: Mapping[str, object], profile: str | None) -> Iterator[Certificate | Setting | Gap]:
    """Every value of the payloads, and of the profile as far as no field tells it; certificates as such."""
    for leaf in leaves(stored) if stored else ():
        if isinstance(leaf, Leaf) and isinstance(leaf.value, bytes) and leaf.value[:1] in (b"\x30", b"-"):
            with suppress(FormatError):  # data of another kind, whose length is told below
                yield from _certificate(f"{leaf.place}~6", leaf.value, "payload", profile)
        yield leaf if isinstance(leaf, Gap) else setting(leaf)


def _text(value: object) -> str | None:
    """The value, if it is text that can be stored."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "backslashreplace").decode()[:8192]


def _once(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f.encode("utf-8", "backslashreplace").decode() for f in found))
