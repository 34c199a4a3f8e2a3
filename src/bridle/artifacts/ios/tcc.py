"""TCC.db: which program asked for the camera, the microphone, the contacts …, and what was answered.

Generations of the table `access` in use: `allowed`, `allowed` with `last_modified`, from iOS 14 on `auth_value`, and
later with the process that asked (`pid`, `boot_uuid`) and `last_reminded`. The columns that are there are read.

Known limits: tables after iOS 14 are unconfirmed for phones: the newest columns come from published descriptions of
macOS. Only the last answer is stored. Location is not decided here, but by locationd.

Sources: tables of iOS 14 and macOS 10.15; https://www.rainforestqa.com/blog/macos-tcc-db-deep-dive ;
https://github.com/mvt-project/mvt (the meaning of the numbers); published descriptions of macOS (the newest columns).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, BundleId, FilePath, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import blob, text, unix, zero_is_none


def _path(value: object) -> str | None:
    """The client, if it is the path of a program. Raises ValueError."""
    return name if (name := text(value)).startswith("/") else None


def _identifier(value: object) -> str | None:
    """The client, if it is no path. Raises ValueError."""
    return None if (name := text(value)).startswith("/") else name


def _hexadecimal(value: object) -> str:
    """Bytes as text. Raises ValueError."""
    return blob(value).hex()


_unix_or_never = zero_is_none(unix)


@record(surface="installed-app")
class Access(Record):
    """What one program may do."""

    service: str | None = col("service", doc="what is asked for, such as `kTCCServiceMicrophone`")
    client: str | None = col("client", doc="who asked, as stored: a bundle identifier, or the path of a program")
    bundle_id: BundleId | None = col("client", _identifier, doc="the client, where it is no path")
    client_path: FilePath | None = col("client", _path, doc="the client, where it is a path", surface="mention")
    client_type: int | None = col("client_type", doc="0 bundle identifier, 1 absolute path")
    allowed: bool | None = col("allowed", doc="the answer, before iOS 14")
    prompt_count: int | None = col("prompt_count", doc="how often the person was asked, before iOS 14")
    auth_value: int | None = col("auth_value", doc="the answer, from iOS 14: 0 denied, 1 unknown, 2 allowed, 3 limited")
    auth_reason: int | None = col(
        "auth_reason",
        doc="why: 1 error, 2 consent, 3 set by the person, 4 set by the system, 5 service policy, 6 MDM …",
    )
    auth_version: int | None = col("auth_version", doc="version of the answer's meaning")
    policy_id: int | None = col("policy_id", doc="Policy.policy_id, where a policy gave the answer")
    code_requirement: str | None = col(
        "csreq", _hexadecimal, doc="which code the answer is for, as stored, hexadecimal"
    )
    indirect_object: BundleId | None = col(
        "indirect_object_identifier", doc="what is controlled; `UNUSED` where nothing is", surface="mention"
    )
    indirect_object_type: int | None = col(
        "indirect_object_identifier_type", doc="0 bundle identifier, 1 absolute path; absent in the oldest tables"
    )
    pid: int | None = col("pid", doc="process the answer holds for, in the newest tables")
    boot_uuid: str | None = col("boot_uuid", doc="boot session of that process; `UNUSED` where there is none")
    reminded: Utc | None = col(
        "last_reminded", _unix_or_never, doc="when the person was last reminded of it, in the newest tables"
    )
    time: Utc | None = col("last_modified", unix, doc="when the row last changed; absent in the oldest tables")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="installed-app")
class Expired(Record):
    """A permission that the system took back because it was not used."""

    service: str | None = col("service", doc="what had been asked for")
    client: str | None = col("client", doc="who had asked, as stored")
    bundle_id: BundleId | None = col("client", _identifier, doc="the client, where it is no path")
    client_path: FilePath | None = col("client", _path, doc="the client, where it is a path", surface="mention")
    client_type: int | None = col("client_type", doc="0 bundle identifier, 1 absolute path")
    granted: Utc | None = col("last_modified", unix, doc="when the permission had last changed")
    time: Utc | None = col("expired_at", unix, doc="when it was taken back")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Override(Record):
    """A service that is open to every program, whatever `access` says."""

    service: str | None = col("service", doc="what may be used without being asked for")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Policy(Record):
    """A policy that answers in the person's stead."""

    policy_id: int | None = col("id", doc="number of the policy")
    bundle_id: BundleId | None = col("bundle_id", doc="who set it")
    uuid: str | None = col("uuid", doc="UUID of the policy")
    name: str | None = col("display", doc="name as it is shown")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ActivePolicy(Record):
    """A program that a policy holds for."""

    client: str | None = col("client", doc="program, as stored")
    bundle_id: BundleId | None = col("client", _identifier, doc="the client, where it is no path")
    client_path: FilePath | None = col("client", _path, doc="the client, where it is a path")
    client_type: int | None = col("client_type", doc="0 bundle identifier, 1 absolute path")
    policy_id: int | None = col("policy_id", doc="Policy.policy_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Admin(Record):
    """A number the database keeps of itself."""

    key: str | None = col("key", doc="name; `version` is that of the tables")
    value: int | None = col("value", doc="its value")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Library/TCC/TCC.db",
    "/private/var/root/Library/TCC/TCC.db",
    "/private/var/Users/*/Library/TCC/TCC.db",
)
def tcc(
    file: SourceFile,
) -> Iterator[
    Block[Access] | Block[Expired] | Block[Override] | Block[Policy] | Block[ActivePolicy] | Block[Admin] | Gap
]:
    with sqlite.connect(file) as db:
        yield from db.table("access", Access)
        yield from db.table("expired", Expired, optional=True)
        yield from db.table("access_overrides", Override, optional=True)
        yield from db.table("policies", Policy, optional=True)
        yield from db.table("active_policy", ActivePolicy, optional=True)
        yield from db.table("admin", Admin, optional=True)
