"""Certificates that say more than is kept: each table that holds their names tells it, with the place."""

import plistlib
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from artifact_files import Stored, database, gaps, rows
from bridle import artifacts
from bridle.artifacts.network import capture
from bridle.core import Gap
from bridle.formats import capture_tls
from bridle.formats.capture_rows import Rows
from bridle.infra import base
from bridle.infra.importing import Said, import_files
from made_tls import certificates

pytestmark = pytest.mark.filterwarnings("ignore:Attribute's length")
CUT = "only the first 65536 of 65537 characters are kept"
BELOW = "CN=" + "n" * 65_533


def certificate(length: int, *names: str) -> bytes:
    """One whose subject is `CN=` and so many characters."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "n" * length, _validate=False)])
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Above")])
    first, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(issuer, subject, key.public_key(), 5, first, last)
    if names:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    return made.sign(key, None).public_bytes(Encoding.DER)


def parsed(name: str, path: str, data: bytes):
    found = rows(artifacts.load(name), Stored(data, PurePosixPath(path)))
    return [r for r in found if type(r).__name__ in ("Certificate", "Trusted")], gaps(found)


@pytest.mark.parametrize("above", [0, 1])
def test_a_pairing_record(above: int) -> None:
    data = plistlib.dumps({"HostCertificate": certificate(65_533 + above)})
    ((one,), told) = parsed("ios.pairing_record", "/private/var/root/Library/Lockdown/pair_records/a.plist", data)
    assert one.subject == BELOW
    assert told == [Gap(locator="HostCertificate.subject", reason=f"Certificate: subject: {CUT}")] * above


@pytest.mark.parametrize("above", [0, 1])
def test_a_trust_store_keeps_no_part_of_a_name(above: int) -> None:
    stored = certificate(65_533 + above).hex()
    data = database(f"CREATE TABLE tsettings (data BLOB); INSERT INTO tsettings VALUES (x'{stored}')")
    ((one,), told) = parsed("ios.trust_store", "/private/var/protected/trustd/private/TrustStore.sqlite3", data)
    assert (one.subject, one.issuer) == (None if above else BELOW, "CN=Above")
    assert [g.locator for g in told] == ["tsettings:1.data"] * above
    assert [CUT in g.reason for g in told] == [True] * above


@pytest.mark.parametrize(("count", "told"), [(5_000, 0), (5_001, 1)])
def test_captured_traffic(count: int, told: int) -> None:
    der = certificate(3, *(f"{n}.example.org" for n in range(count)))
    found = Rows({"Certificate": capture.Certificate})
    flow = SimpleNamespace(place="packet 1:flow", sender=lambda _: ("192.0.2.1", 443))
    capture_tls.message(SimpleNamespace(flow=flow), 11, certificates(der), found, (9, 1_600_000_000_000_000))
    block, *left = found.blocks()
    (one,) = block
    assert (one.subject, len(one.names)) == ("CN=nnn", 5_000)
    what = "certificate 1: names: only the first 5000 of 5001 are kept"
    assert left == [Gap(locator="packet 9:gap", reason=what)] * told


@pytest.mark.parametrize(("length", "count", "told"), [
    (1_021, 5_000, []),
    (1_022, 3, ["subject: only the first 1024 of 1025 characters are kept"]),
    (3, 5_001, ["names: only the first 5000 of 5001 are kept"]),
])  # fmt: skip
def test_what_is_imported_of_servers(tmp_path: Path, length: int, count: int, told: list[str]) -> None:
    file = tmp_path / "one.der"
    file.write_bytes(certificate(length, *(f"{n}.example.org" for n in range(count))))
    (done,) = import_files([file], tmp_path / "base", Said(), "2026-03-02T10:00:00Z")
    assert [(p.locator, p.reason) for p in done.problems] == [("offset 0", reason) for reason in told]
    with base.read(tmp_path / "base") as opened:
        (subject,) = opened.relations("subject")
        assert len(subject.other.value) == min(length + 3, 1_024)
        assert len(list(opened.relations("names"))) == min(count, 5_000)
