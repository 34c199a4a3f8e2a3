"""iOS TCC.db: which program may use the microphone, the camera, contacts, photos.

Three generations of columns: `allowed` (to iOS 13), `last_modified` (from iOS 12), `auth_value` (from iOS 14).

Sources: stores of iOS 12 to 16 and macOS; Apple's TCC framework as its column names tell it.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, BundleId, FilePath, Gap, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import text, unix


def _app(value: object) -> str | None:
    """The client as a bundle identifier; None where it is a path."""
    client = text(value)
    return None if client.startswith("/") else client


def _program(value: object) -> str | None:
    """The client as a path; None where it is a bundle identifier."""
    client = text(value)
    return client if client.startswith("/") else None


@record(surface="installed-app")
class Access(Record):
    """What one client may or may not use."""

    service: str | None = col("service", doc="kTCCServiceMicrophone, kTCCServiceCamera …")
    client: str | None = col("client", doc="who asks: a bundle identifier or a path")
    bundle_id: BundleId | None = col("client", _app, doc="the client, where it is a bundle identifier")
    client_path: FilePath | None = col("client", _program, doc="the client, where it is a path", surface="mention")
    client_type: int | None = col("client_type", doc="0 bundle identifier, 1 path")
    auth_value: int | None = col("auth_value", doc="0 denied, 1 unknown, 2 allowed, 3 limited (from iOS 14)")
    auth_reason: int | None = col("auth_reason", doc="2 the user consented, 3 the user set it; others not published")
    allowed: int | None = col("allowed", doc="0 denied, 1 allowed (to iOS 13)")
    time: Utc | None = col("last_modified", unix, doc="when it was last changed")
    extra: str | None = rest(doc="other stored columns, as JSON")


@artifact("/private/var/mobile/Library/TCC/TCC.db")
def tcc(file: SourceFile) -> Iterator[Block[Access] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("access", Access)
