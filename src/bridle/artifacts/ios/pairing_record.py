"""Pairings of lockdownd: computers that may read the phone over a cable or Wi-Fi without asking again.

One file per computer; the file's name is its identifier, or that of an accessory. Certificates are told by their
fingerprint and names; private keys and the escrow bag, which opens the phone's files for a backup, are only counted.

Known limits: no record of a phone was at hand. When a computer last connected is not stored, and its name in few
records only. A pairing that was removed leaves no file.

Sources: https://github.com/libimobiledevice/libimobiledevice (userpref); names of the files of phones with iOS 16.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bridle.core import CertSha256, FormatError, Gap, Record, SourceFile, Utc, artifact, note, record
from bridle.formats import certificate, plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import blob, length

_LIMIT = 4 << 20
_NAME = "(name)"
_CERTIFICATES = ("HostCertificate", "RootCertificate", "DeviceCertificate")
_KEYS = ("HostPrivateKey", "RootPrivateKey", "DevicePrivateKey")


def _hexadecimal(value: object) -> str:
    """Bytes or text as text. Raises ValueError."""
    return value if isinstance(value, str) else blob(value).hex(":")


@record
class Pairing(Record):
    """A computer that the phone trusts."""

    record: str | None = col(_NAME, doc="identifier of the record, from the name of the file")
    host_id: str | None = col("HostID", doc="UUID the computer gave itself for this phone")
    system_id: str | None = col("SystemBUID", doc="UUID of the computer, the same for every phone it is paired with")
    host_name: str | None = col("HostName", doc="name of the computer, where it told one")
    wifi_address: str | None = col("WiFiMACAddress", _hexadecimal, doc="hardware address of the phone")
    escrow: int | None = col("EscrowBag", length, doc="bytes of the escrow bag, without which files stay locked")
    keys: str | None = col("(keys)", doc="private keys that are in the file; their content is not kept")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record
class Certificate(Record):
    """A certificate of the pairing."""

    role: str = note(doc="`HostCertificate`, `RootCertificate` or `DeviceCertificate`")
    sha256: CertSha256 = note(doc="SHA-256 of the certificate")
    subject: str = note(doc="whom it is for; empty in most")
    not_before: Utc | None = note(doc="begin of its validity: when the pairing was made, or just before")
    not_after: Utc | None = note(doc="end of its validity")


@artifact("/private/var/root/Library/Lockdown/pair_records/*.plist", "/private/var/db/lockdown/*.plist")
def pairing_record(file: SourceFile) -> Iterator[Pairing | Certificate | Gap]:
    stored = plist.load(file, _LIMIT)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    kept = {k: v for k, v in stored.items() if k not in (*_CERTIFICATES, *_KEYS)}
    keys = ", ".join(k for k in _KEYS if k in stored)
    row = {**kept, _NAME: file.path.name.removesuffix(".plist"), "(keys)": keys or None}
    yield from records([("(pairing)", row)], Pairing)
    for role in _CERTIFICATES:
        if role in stored:
            yield from _certificate(role, stored[role])


def _certificate(role: str, stored: object) -> Iterator[Certificate | Gap]:
    try:
        found = certificate.read(blob(stored))
    except ValueError as e:
        yield Gap(locator=role, reason=f"Certificate: {e!s:.200}")
        return
    yield Certificate(
        locator=role, role=role, sha256=found.sha256, subject=found.subject, not_before=found.not_before,
        not_after=found.not_after,
    )  # fmt: skip
    yield from (gap for gap in found.gaps(role) if not gap.locator.endswith(".issuer"))
