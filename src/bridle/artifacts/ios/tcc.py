"""TCC.db: which program asked for the camera, the microphone, the contacts …, and what was answered.

Three generations of the table `access` are in use: `allowed`, `allowed` with `last_modified`, and from iOS 14 on
`auth_value`. The columns that are there are read.

Sources: tables of iOS 14 and macOS 10.15; https://www.rainforestqa.com/blog/macos-tcc-db-deep-dive ;
https://github.com/mvt-project/mvt (the meaning of the numbers).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, BundleId, FilePath, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import text, unix


def _path(value: object) -> str | None:
    """The client, if it is the path of a program. Raises ValueError."""
    return name if (name := text(value)).startswith("/") else None


def _identifier(value: object) -> str | None:
    """The client, if it is no path. Raises ValueError."""
    return None if (name := text(value)).startswith("/") else name


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
    indirect_object: str | None = col("indirect_object_identifier", doc="what is controlled; `UNUSED` where nothing is")
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


@artifact("/private/var/mobile/Library/TCC/TCC.db")
def tcc(file: SourceFile) -> Iterator[Block[Access] | Block[Expired] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("access", Access)
        yield from db.table("expired", Expired, optional=True)
