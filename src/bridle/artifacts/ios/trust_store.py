"""TrustStore.sqlite3: certificates that the phone trusts beside Apple's own, and how far.

A root certificate that a person or a profile installed and switched on lets its owner read what apps and the browser
send. `sha1` or `sha256` is the fingerprint the system files it under; `tset` says for what it is trusted; empty
settings trust it for everything.

Known limits: no store was at hand; the older layout is known from simulators. Who installed a certificate, and when, is
not stored. Certificates that Apple trusts are not here.

Sources: SecTrustStore.c of Apple's open-source Security; the tables of simulators and of a phone with iOS 27.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha1

from bridle.core import Block, CertSha256, FormatError, Gap, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import certificate, sqlite
from bridle.formats.leaves import leaves, opened
from bridle.formats.plist import Unreadable, loads
from bridle.formats.table import col, rest
from bridle.formats.values import blob


def _hexadecimal(value: object) -> str:
    """Bytes as text. Raises ValueError."""
    return blob(value).hex()


@lru_cache(maxsize=8)
def _certificate(data: bytes) -> certificate.Certificate:
    return certificate.read(data)


def _sha256(value: object) -> str:
    return _certificate(blob(value)).sha256


def _sha1(value: object) -> str:
    return sha1(blob(value), usedforsecurity=False).hexdigest()


def _whole(found: certificate.Certificate, name: str) -> str:
    """A name of a certificate. Raises FormatError where it is not kept whole."""
    if (what := dict(found.left).get(name)) is not None:
        raise FormatError(what)
    return str(getattr(found, name))


def _subject(value: object) -> str:
    return _whole(_certificate(blob(value)), "subject")


def _issuer(value: object) -> str:
    return _whole(_certificate(blob(value)), "issuer")


def _not_before(value: object) -> Utc | None:
    return _certificate(blob(value)).not_before


def _not_after(value: object) -> Utc | None:
    return _certificate(blob(value)).not_after


def _name(value: object) -> str:
    return certificate.name(blob(value))


def _settings(value: object) -> tuple[str, ...]:
    """The texts in the settings, where all of them can be read: a part would allow more. Raises ValueError."""
    data = blob(value)
    found = []
    for leaf in leaves(opened(data) if data.startswith(b"bplist") else loads(data, max_objects=50_000), most=10_000):
        wrong = leaf if isinstance(leaf, Gap) else leaf.value
        if isinstance(wrong, Gap | Unreadable):
            raise FormatError(wrong.reason)
        if isinstance(wrong, str):
            found.append(wrong)
    return tuple(found)


@record(surface="installed-app")
class Trusted(Record):
    """A certificate with a setting of its own."""

    sha256: CertSha256 | None = col("data", _sha256, doc="SHA-256 of the stored certificate")
    sha1: str | None = col("data", _sha1, doc="SHA-1 of what is stored")
    subject: str | None = col("data", _subject, doc="whom it is for")
    issuer: str | None = col("data", _issuer, doc="who issued it; the subject itself for a root")
    not_before: Utc | None = col("data", _not_before, doc="begin of its validity")
    not_after: Utc | None = col("data", _not_after, doc="end of its validity")
    filed_sha256: CertSha256 | None = col("sha256", _hexadecimal, doc="fingerprint it is filed under, newer tables")
    filed_sha1: str | None = col("sha1", _hexadecimal, doc="fingerprint it is filed under, older tables")
    filed_subject: str | None = col("subj", _name, doc="name it is filed under")
    trusted_for: tuple[Text, ...] | None = col("tset", _settings, doc="texts in its settings; none: for everything")
    uuid: str | None = col("uuid", _hexadecimal, doc="whose setting it is, newer tables")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/protected/trustd/private/TrustStore.sqlite3",
    "/private/var/protected/trustd/TrustStore.sqlite3",
    "/private/var/Keychains/TrustStore.sqlite3",
)
def trust_store(file: SourceFile) -> Iterator[Block[Trusted] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("tsettings", Trusted)
