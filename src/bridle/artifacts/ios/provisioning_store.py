"""mis.db: provisioning profiles that the phone holds, and companies whose apps the person trusted.

It takes the place of the files of older systems. A company's app runs only once its team is in the table of trusted
teams. The epoch of `install_time` and `expires` is not published; both are told as stored.

Known limits: no store was at hand. Of the profile itself only the team and its certificates are told; whether its
signature holds is not examined.

Sources: names of tables and columns of a phone with iOS 27, as published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from bridle.core import Block, CertSha256, Gap, Record, SourceFile, artifact, record
from bridle.formats import certificate, signed_plist, sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import blob

_LIMIT = 4 << 20
_MOST = 1_000


@lru_cache(maxsize=4)
def _profile(data: bytes) -> Mapping[str, object]:
    """Raises ValueError."""
    if len(data) > _LIMIT:
        raise ValueError(f"expected at most {_LIMIT} bytes, got {len(data)}")
    found = signed_plist.loads(data)
    if not isinstance(found, Mapping):
        raise ValueError(f"expected a dictionary, got {found!a:.60}")  # noqa: TRY004 - a stored value, not one of ours
    return found


def _certificates(value: object) -> tuple[str, ...]:
    """Fingerprints of the developers in a profile. Raises ValueError."""
    found = _profile(blob(value)).get("DeveloperCertificates")
    if found is not None and (not isinstance(found, list) or len(found) > _MOST):
        raise ValueError(f"expected a list of at most {_MOST} certificates, got {found!a:.60}")
    return tuple(certificate.read(blob(der)).sha256 for der in found or ())


def _team(value: object) -> str | None:
    """Name of the team in a profile. Raises ValueError."""
    found = _profile(blob(value)).get("TeamName")
    return found if isinstance(found, str) else None


def _word(value: object) -> str:
    """Text, bytes or a number, as text. Raises ValueError."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str | int | float):
        return str(value)
    raise ValueError(f"expected text or a number, got {value!a:.60}")


@record(surface="installed-app")
class Profile(Record):
    """A provisioning profile."""

    uuid: str | None = col("uuid", _word, doc="UUID of the profile")
    name: str | None = col("name", doc="name its maker gave it")
    team_id: str | None = col("team_id", doc="identifier of the team")
    team: str | None = col("cms_blob", _team, doc="team or company, from the profile itself")
    installed: str | None = col(
        "install_time", _word, doc="when it was installed, as stored; the epoch is not published"
    )
    expires: str | None = col("expires", _word, doc="when it ends, as stored; the epoch is not published")
    all_devices: bool | None = col("is_for_all_devices", doc="whether it holds on every device: a company's profile")
    local: bool | None = col("is_local", doc="whether it was made for free with a personal account")
    beta: bool | None = col("is_beta", doc="whether it is TestFlight's")
    certificates: tuple[CertSha256, ...] | None = col(
        "cms_blob", _certificates, doc="SHA-256 of the certificates of the developers it accepts"
    )
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class TrustedTeam(Record):
    """A team whose apps the person allowed to run."""

    team_id: str | None = col("team_id", doc="identifier of the team")
    signature: str | None = col("signature", _word, doc="what protects the row, hexadecimal")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Team(Record):
    """A team that a profile names."""

    team_id: str | None = col("team_id", doc="identifier of the team")
    name: str | None = col("team_name", doc="its name")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class OnlineCheck(Record):
    """The last time Apple was asked whether an app may still run."""

    profile: str | None = col("uuid", _word, doc="Profile.uuid")
    code: str | None = col("cdhash", _word, doc="fingerprint of the app's code, hexadecimal")
    rejected: bool | None = col("is_rejected", doc="whether it may not")
    profile_rejected: bool | None = col("is_rejected_by_whole_profile", doc="whether nothing of the profile may")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/MobileDevice/ProvisioningProfiles/mis.db")
def provisioning_store(
    file: SourceFile,
) -> Iterator[Block[Profile] | Block[TrustedTeam] | Block[Team] | Block[OnlineCheck] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("profiles", Profile)
        yield from db.table("trusted_team_ids", TrustedTeam, optional=True)
        yield from db.table("team_id_info", Team, optional=True)
        yield from db.table("online_auth", OnlineCheck, optional=True)
