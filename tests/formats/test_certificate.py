"""Against certificates that another library made."""

import random
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.x509.oid import NameOID

from bridle.core import FormatError, Gap
from bridle.formats import certificate, signed_plist

NAME = x509.Name(
    [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"), x509.NameAttribute(NameOID.COMMON_NAME, "Bücher Root")]
)


def made(until: datetime = datetime(2060, 1, 1, tzinfo=UTC), subject: x509.Name = NAME) -> x509.Certificate:
    key = generate_private_key(SECP256R1())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Above")]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(1999, 12, 31, 23, 59, 58, tzinfo=UTC))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
    )


def test_fingerprint_names_and_validity() -> None:
    one = made()
    found = certificate.read(one.public_bytes(serialization.Encoding.DER))
    assert found.sha256 == one.fingerprint(hashes.SHA256()).hex()
    assert found.sha1 == one.fingerprint(hashes.SHA1()).hex()
    assert found.md5 == one.fingerprint(hashes.MD5()).hex()
    assert (found.serial, found.algorithm) == ("07", "ecdsaWithSHA256")
    assert (found.subject, found.issuer) == ("CN=Bücher Root, O=Example", "CN=Above")
    assert found.not_before == datetime(1999, 12, 31, 23, 59, 58, tzinfo=UTC)
    assert found.not_after == datetime(2060, 1, 1, tzinfo=UTC)


def test_pem_and_bytes_behind_the_certificate_do_not_change_the_fingerprint() -> None:
    one = made()
    der = one.public_bytes(serialization.Encoding.DER)
    wanted = one.fingerprint(hashes.SHA256()).hex()
    assert certificate.read(one.public_bytes(serialization.Encoding.PEM)).sha256 == wanted
    assert certificate.read(der + b"\x00\x00").sha256 == wanted


def test_a_bare_name() -> None:
    assert certificate.name(NAME.public_bytes()) == "CN=Bücher Root, O=Example"


@pytest.mark.filterwarnings("ignore:Attribute's length")
@pytest.mark.parametrize(("length", "kept"), [(1_025, 1_025), (65_533, 65_533), (65_534, 65_533)])
def test_a_name_at_below_and_above_the_bound(length: int, kept: int) -> None:
    """`CN=` and 65,533 characters are the bound."""
    whole = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "n" * length, _validate=False)])
    found = certificate.read(made(subject=whole).public_bytes(serialization.Encoding.DER))
    assert found.subject == "CN=" + "n" * kept
    what = "only the first 65536 of 65537 characters are kept"
    assert found.left == (("subject", what),) * (length - kept)
    gap = Gap(locator="5.subject", reason=f"Signer: subject: {what}")
    assert list(found.gaps("5", "Signer")) == [gap] * (length - kept)
    if length == kept:
        assert certificate.name(whole.public_bytes()) == found.subject
    else:
        with pytest.raises(FormatError, match="a name: only the first 65536 of 65537 characters are kept"):
            certificate.name(whole.public_bytes())


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x03\x02\x01\x00", b"\x30\x85\x00\x00\x00\x00\x01", b"x" * 50])
def test_what_is_no_certificate(data: bytes) -> None:
    with pytest.raises(FormatError):
        certificate.read(data)


def test_damage_is_a_format_error_or_read() -> None:
    good, chance = made().public_bytes(serialization.Encoding.DER), random.Random(1)
    read = refused = 0
    for _ in range(2_000):
        bad = bytearray(good)
        for _ in range(chance.randrange(1, 8)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        try:
            assert len(certificate.read(bytes(bad)).sha256) == 64
            read += 1
        except FormatError:
            refused += 1
    assert read > 100
    assert refused > 100


def test_a_signed_property_list_is_found_in_its_signature() -> None:
    inner = b'<?xml version="1.0"?><plist version="1.0"><dict><key>a</key><string>b</string></dict></plist>'
    assert signed_plist.loads(b"\x30\x82\x00\xff\x06\x01\x00" + inner + b"\x00signature") == {"a": "b"}
    assert signed_plist.loads(inner) == {"a": "b"}
    with pytest.raises(FormatError):
        signed_plist.loads(b"\x30\x82\x00\xff</plist><?xml")


def test_a_certificate_at_below_and_above_the_bound() -> None:
    der = made().public_bytes(serialization.Encoding.DER)
    for length in (1_048_575, 1_048_576):
        assert certificate.read(der.ljust(length, b"\0")).sha256 == certificate.read(der).sha256
    with pytest.raises(FormatError, match="certificate: expected at most 1048576 bytes, got 1048577"):
        certificate.read(der.ljust(1_048_577, b"\0"))
