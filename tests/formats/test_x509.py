"""Against certificates that another library made."""

import ipaddress
import random
from datetime import UTC, datetime

import pytest
from cryptography import x509 as other
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from bridle.core import FormatError
from bridle.formats import x509

KEY = ec.generate_private_key(ec.SECP384R1())


def name(text: str) -> other.Name:
    return other.Name([other.NameAttribute(NameOID.COMMON_NAME, text)])


def made(key: object = KEY, issuer: str = "Above", names: list[other.GeneralName] | None = None) -> bytes:
    builder = (
        other.CertificateBuilder()
        .subject_name(name("example.org"))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(0x1234)
        .not_valid_before(datetime(2021, 7, 18, 1, 2, 3, tzinfo=UTC))
        .not_valid_after(datetime(2021, 10, 16, 1, 2, 3, tzinfo=UTC))
        .add_extension(other.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if names is not None:
        builder = builder.add_extension(other.SubjectAlternativeName(names), critical=False)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.DER)


def test_every_field() -> None:
    der = made(
        names=[
            other.DNSName("example.org"),
            other.DNSName("*.example.org"),
            other.IPAddress(ipaddress.ip_address("192.0.2.7")),
            other.IPAddress(ipaddress.ip_address("2001:db8::7")),
            other.RFC822Name("who@example.org"),
            other.UniformResourceIdentifier("https://example.org/"),
            other.RegisteredID(other.ObjectIdentifier("1.2.3")),
        ]
    )
    theirs = other.load_der_x509_certificate(der)
    assert x509.certificate(der) == x509.Certificate(
        subject="CN=example.org",
        issuer="CN=Above",
        serial="1234",
        not_before=datetime(2021, 7, 18, 1, 2, 3, tzinfo=UTC),
        not_after=datetime(2021, 10, 16, 1, 2, 3, tzinfo=UTC),
        names=("example.org", "*.example.org", "192.0.2.7", "2001:db8::7", "who@example.org", "https://example.org/"),
        sha256=theirs.fingerprint(hashes.SHA256()).hex(),
        sha1=theirs.fingerprint(hashes.SHA1()).hex(),
        md5=theirs.fingerprint(hashes.MD5()).hex(),
        signature_algorithm="ecdsaWithSHA256",
        key_algorithm="EC P-384",
        self_issued=False,
    )


@pytest.mark.parametrize(
    ("key", "said"),
    [(rsa.generate_private_key(65537, 2048), "RSA 2048"), (ed25519.Ed25519PrivateKey.generate(), "Ed25519")],
)
def test_keys(key: object, said: str) -> None:
    assert x509.certificate(made(key)).key_algorithm == said


def test_self_issued() -> None:
    assert x509.certificate(made(issuer="example.org")).self_issued
    assert x509.certificate(made(issuer="example.org")).names == ()


@pytest.mark.parametrize(
    ("count", "kept"), [(201, 201), (1_001, 1_001), (4_999, 4_999), (5_000, 5_000), (5_001, 5_000)]
)
def test_names_at_below_and_above_the_bound(count: int, kept: int) -> None:
    names = [f"{n}.example.org" for n in range(count)]
    found = x509.certificate(made(names=[other.DNSName(n) for n in names]))
    assert found.names == tuple(names[:kept])
    assert found.left == (("names", "only the first 5000 of 5001 are kept"),) * (count - kept)


@pytest.mark.parametrize(("length", "kept"), [(8_191, 8_191), (8_192, 8_192), (8_193, 8_192)])
def test_one_name_at_below_and_above_the_bound(length: int, kept: int) -> None:
    found = x509.certificate(made(names=[other.UniformResourceIdentifier("u" * length), other.DNSName("example.org")]))
    assert found.names == ("u" * kept, "example.org")
    assert found.left == (("names", "1 are cut to 8192 bytes"),) * (length - kept)


def test_a_damaged_list_of_names_costs_the_names_only() -> None:
    der = made(names=[other.DNSName("example.org")])
    at = der.index(b"\x82\x0bexample.org")
    found = x509.certificate(der[: at + 1] + b"\x7f" + der[at + 2 :])
    assert (found.names, found.subject, found.key_algorithm) == ((), "CN=example.org", "EC P-384")
    assert [(name, what[:44]) for name, what in found.left] == [
        ("names", "what is behind 0 of them cannot be read: DER")
    ]


def test_names_before_a_damage_are_kept_and_the_damage_is_told() -> None:
    der = made(names=[other.DNSName("a.example.org"), other.DNSName("b.example.org")])
    at = der.index(b"\x82\x0db.example.org")
    found = x509.certificate(der[: at + 1] + b"\x7f" + der[at + 2 :])
    assert found.names == ("a.example.org",)
    assert [(name, what[:40]) for name, what in found.left] == [("names", "what is behind 1 of them cannot be read:")]


def test_damage_raises_only_what_a_format_raises() -> None:
    der, noise = made(names=[other.DNSName("example.org")]), random.Random(3)
    for _ in range(3_000):
        data = bytearray(der)
        for _ in range(noise.randrange(1, 4)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        try:
            x509.certificate(bytes(data[: noise.randrange(len(data))]) if noise.random() < 0.2 else bytes(data))
        except FormatError:
            continue
