"""Signers of apps, against certificates another library wrote, and what damaged signatures give."""

import hashlib
import io
import struct

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from bridle.core import FormatError
from bridle.formats import apk_signature
from bridle.formats.apk_signers import Signers
from bridle.formats.apk_zip import ApkZip
from bridle.phantom.apk import key
from made_apk import make

MANIFEST = 'manifest\n<manifest package="com.example.a"/>\nend\n'


def signers(text: str) -> Signers:
    data = make(MANIFEST + text)
    return Signers.of(ApkZip(io.BytesIO(data), len(data)))


def sha256(name: str) -> str:
    return hashlib.sha256(key(name).der).hexdigest()


def named(found: Signers) -> list[tuple[str, str, str]]:
    return [(s.place, s.role, s.certificate.sha256) for s in found.found if s.certificate]


def test_one_signer_in_every_scheme() -> None:
    found = signers("sign v1 v2 v3")
    assert named(found) == [(f"{s}:1:1", "signer", sha256("alpha")) for s in ("v1", "v2", "v3")]
    assert (found.schemes, found.oddities, found.problems) == (("v1", "v2", "v3"), {}, [])


def test_an_earlier_signer_that_a_lineage_names_is_no_contradiction() -> None:
    data = make(f"{MANIFEST}sign v1\nkey beta\nclaim 3")
    rotated = signers("sign v1 v3\nkey gamma\nv1key beta\nlineage beta")
    assert "signers-differ" not in rotated.oddities
    assert "signers-differ" in signers("sign v1 v3\nkey gamma\nv1key beta").oddities
    stripped = Signers.of(ApkZip(io.BytesIO(data), len(data)))
    assert stripped.oddities["signature-stripped"].detail == (
        "the signature of v1 says there is one of v3, and there is none"
    )


def test_certificates_above_the_signer_are_no_signers() -> None:
    data = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(b"x")
        .add_signer(key("alpha").certificate, key("alpha").private, hashes.SHA256())
        .add_certificate(key("beta").certificate)
        .sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])
    )
    found = list(apk_signature.of_v1(data, "META-INF/A.RSA", 1))
    assert {(s.role, s.certificate.sha256) for s in found} == {("signer", sha256("alpha")), ("chain", sha256("beta"))}


def test_lengths_that_are_not_known_beforehand() -> None:
    """BER: as old tools write it, and as Java reads it."""
    der = key("alpha").der
    oid = bytes.fromhex("06092a864886f70d010702")
    inner = b"\x02\x01\x01" + b"\x31\x00" + b"\x30\x80\x00\x00" + b"\xa0\x80" + der + b"\x00\x00" + b"\x31\x00"
    data = b"\x30\x80" + oid + b"\xa0\x80" + b"\x30\x80" + inner + b"\x00\x00" * 3
    found = list(apk_signature.of_v1(data, "META-INF/A.RSA", 1))
    assert [(s.role, s.certificate.sha256) for s in found] == [("signer", sha256("alpha"))]


def test_a_block_that_stands_twice() -> None:
    found = signers("sign v2\nblock 7109871a 00000000")
    assert [s.place for s in found.found] == ["v2:1:1"]
    assert found.oddities["duplicate-block"].detail == "0x7109871a stands twice; Android takes the first"


@pytest.mark.parametrize("value", ["", "00000000", "ffffffff", "0400000000000000", "080000000400000000000000"])
def test_a_damaged_block_costs_itself(value: str) -> None:
    for number in ("7109871a", "f05368c0", "1b93ad61", "6dff800d"):
        found = signers(f"sign v1\nblock {number} {value or '00'}")
        assert [s.place for s in found.found if s.scheme == "v1"] == ["v1:1:1"]
        assert all("signature" in r or "v2" in r or "v3" in r for _, r in found.problems)


def test_a_certificate_that_is_none_is_told() -> None:
    digests, certificates = struct.pack("<I", 0), struct.pack("<2I", 7, 3) + b"abc"
    data = digests + certificates
    signer = struct.pack("<I", len(data)) + data
    value = struct.pack("<2I", len(signer) + 4, len(signer)) + signer
    (found,) = signers(f"block 7109871a {value.hex()}").found
    assert (found.certificate, found.problem) == (None, "DER: 98 bytes at byte 2 do not fit in 3")


def test_a_block_that_says_it_is_larger_than_the_file() -> None:
    data = make(MANIFEST + "sign v2")
    at = data.index(b"APK Sig Block 42") - 8
    bad = data[:at] + struct.pack("<Q", 1 << 40) + data[at + 8 :]
    found = Signers.of(ApkZip(io.BytesIO(bad), len(bad)))
    assert [r for _, r in found.problems] == [f"block of signatures: a size of {1 << 40} bytes before byte {at + 24}"]


@pytest.mark.parametrize("data", [b"", b"\2\0\0\0", b"\3\0\0\0" + bytes(100), b"\2\0\0\0\xff\xff\xff\xff"])
def test_what_is_no_file_of_v4(data: bytes) -> None:
    with pytest.raises(FormatError):
        list(apk_signature.of_v4(data))


@pytest.mark.parametrize("data", [b"", b"\x30\x03\x02\x01\x00", b"\x30\x80" * 100, b"\x30\x80" * 10_000])
def test_what_is_no_file_of_v1(data: bytes) -> None:
    with pytest.raises(FormatError):
        list(apk_signature.of_v1(data, "META-INF/A.RSA", 1))


def in_der(tag: int, body: bytes) -> bytes:
    return bytes([tag, 0x83]) + len(body).to_bytes(3, "big") + body


@pytest.mark.parametrize("count", [199, 200, 201])
def test_certificates_of_a_file_at_below_and_above_the_bound(count: int) -> None:
    certificates = in_der(0xA0, b"\x30\0" * count)
    inner = in_der(0x30, b"\2\1\1" + b"\x31\0" + b"\x30\0" + certificates + b"\x31\0")
    found = apk_signature.of_v1(
        in_der(0x30, bytes.fromhex("06092a864886f70d010702") + in_der(0xA0, inner)), "META-INF/A.RSA", 1
    )
    assert [next(found).place for _ in range(min(count, 200))] == [f"v1:1:{n + 1}" for n in range(min(count, 200))]
    if count <= 200:
        assert list(found) == []
    else:
        with pytest.raises(FormatError, match=r"META-INF/A\.RSA: expected at most 200 certificates, got 201"):
            next(found)


@pytest.mark.parametrize("count", [199, 200, 201])
def test_certificates_of_a_block_at_below_and_above_the_bound(count: int) -> None:
    def prefixed(data: bytes) -> bytes:
        return struct.pack("<I", len(data)) + data

    signed = prefixed(prefixed(b"") + prefixed(prefixed(b"abc") * count) + prefixed(b""))
    value = prefixed(prefixed(signed))
    found = apk_signature.in_block(apk_signature.Pair(0, apk_signature.V2, value, len(value) + 4))
    assert [next(found).place for _ in range(min(count, 200))] == [f"v2:1:{n + 1}" for n in range(min(count, 200))]
    if count <= 200:
        assert list(found) == []
    else:
        with pytest.raises(FormatError, match="signature: expected at most 200 values, got more"):
            next(found)
