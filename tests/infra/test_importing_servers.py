"""Importing what servers show: certificates, Certificate Transparency, and scan exports of three makers."""

import base64
from datetime import UTC, datetime

import pytest
from base_files import Desk, lines
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def made(common, issuer, names=()):
    """A certificate, as another program makes it."""
    key = ec.generate_private_key(ec.SECP256R1())

    def named(text):
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    builder = x509.CertificateBuilder(
        subject_name=named(common), issuer_name=named(issuer), public_key=key.public_key(), serial_number=0x1234,
        not_valid_before=datetime(2016, 1, 1, tzinfo=UTC), not_valid_after=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), critical=False)
    return builder.sign(key, hashes.SHA256())


CERTIFICATE = made("a.example", "Example CA", ["a.example", "*.b.example"])
SHA256 = CERTIFICATE.fingerprint(hashes.SHA256()).hex()
PEM = CERTIFICATE.public_bytes(serialization.Encoding.PEM)
DER = CERTIFICATE.public_bytes(serialization.Encoding.DER)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.mark.parametrize("data", [PEM, DER, b"# comment\n" + PEM], ids=["pem", "der", "pem below a comment"])
def test_a_certificate(desk, data):
    done = desk.take("one.crt", data)
    assert (done.form, done.warnings) == ("certificates", 0)
    assert desk.pairs("names") == [(SHA256, "a.example"), (SHA256, "b.example")]
    assert desk.pairs("issued-by") == [(SHA256, "CN=Example CA")]
    assert desk.pairs("subject") == [(SHA256, "CN=a.example")]
    facts = desk.facts(SHA256)
    assert (facts["not-before"], facts["not-after"]) == ("2016-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    assert (facts["serial"], facts["key-algorithm"]) == ("1234", "EC P-256")
    assert facts["sha1"] == CERTIFICATE.fingerprint(hashes.SHA1()).hex()


def test_one_bad_certificate_of_several_is_one_warning(desk):
    bad = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
    worse = b"-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n"
    other = made("c.example", "Example CA").public_bytes(serialization.Encoding.PEM)
    done = desk.take("chain.pem", PEM + bad + worse + other)
    assert [p.locator for p in done.problems] == ["certificate 2", f"offset {len(PEM + bad):#x}"]
    assert len(desk.pairs("subject")) == 2


def test_transparency_of_two_searches(desk):
    crt_sh = [{"issuer_ca_id": 1, "issuer_name": "C=US, O=Example CA", "common_name": "a.example", "id": 99,
               "name_value": "a.example\n*.b.example\nperson@example.org", "entry_timestamp": "2017-05-01T10:00:00.123",
               "not_before": "2017-05-01T09:00:00", "not_after": "soon", "serial_number": "0abc"}]  # fmt: skip
    done = desk.take("crtsh.json", crt_sh)
    assert (done.form, done.warnings) == ("transparency", 1)
    assert desk.pairs("names") == [("crt.sh:99", "a.example"), ("crt.sh:99", "b.example")]
    assert desk.facts("crt.sh:99") == {
        "logged": "2017-05-01T10:00:00Z", "not-before": "2017-05-01T09:00:00Z", "serial": "0abc"
    }  # fmt: skip
    spotter = [
        {"id": "7", "dns_names": ["c.example"], "cert": {"sha256": "AB" * 32}, "issuer": {"name": "O=Example CA"}}
    ]
    assert desk.take("spotter.json", spotter).warnings == 0
    assert (("ab" * 32), "c.example") in desk.pairs("names")


RAW = "HTTP/1.1 404 NotFound\r\nConnection: close\r\nContent-length: 5\r\n\r\n"


def test_shodan(desk):
    row = {"ip_str": "192.0.2.1", "port": 443, "timestamp": "2024-01-02T03:04:05.678901", "data": RAW,
           "asn": "AS64500", "hostnames": ["a.example"],
           "http": {"html": "hello", "title": " A  title ", "favicon": {"hash": -5}},
           "ssl": {"chain": [PEM.decode()], "jarm": "2" * 62, "ja3s": "3" * 32}}  # fmt: skip
    done = desk.take("shodan.json", lines(row, {"ip_str": "192.0.2.2", "port": 80, "data": "x"}, {"nothing": 1}))
    assert (done.form, done.warnings) == ("scan", 1)
    assert [p.locator for p in done.problems] == ["line 3"]
    (presents,) = desk.read("relations", "presents")
    assert (presents.one.value, presents.other.value, presents.port) == ("192.0.2.1", SHA256, 443)
    assert (presents.first, presents.locator) == ("2024-01-02T03:04:05Z", "line 1")
    kinds = {(r.other.kind, r.other.value) for r in desk.read("relations", "serves") if r.one.value == "192.0.2.1"}
    assert {("title", "A title"), ("favicon", "-5")} < kinds
    assert {k for k, _ in kinds} == {"banner", "body", "title", "favicon"}
    assert desk.pairs("in-asn") == [("192.0.2.1", "AS64500")]
    assert desk.pairs("resolves-to") == [("a.example", "192.0.2.1")]
    assert desk.pairs("fingerprint") == [("192.0.2.1", "3" * 32), ("192.0.2.1", "2" * 62)]


def test_censys(desk):
    host = {"ip": "192.0.2.1", "autonomous_system": {"asn": 64500}, "dns": {"names": ["a.example"]}, "services": [
        {"port": 443, "observed_at": "2024-01-02T03:04:05Z", "banner": RAW.rstrip("\r\n") + "\r\n",
         "http": {"response": {"status_code": 404, "body": "hello", "html_title": "T",
                               "headers": {"Connection": ["close"]}}},
         "tls": {"certificates": {"leaf_data": {
             "fingerprint": "cd" * 32, "names": ["b.example"], "subject_dn": "CN=b.example",
             "issuer_dn": "CN=X"}}}}]}  # fmt: skip
    done = desk.take("censys.json", {"code": 200, "result": {"hits": [host, {"ip": "no address", "services": []}]}})
    assert (done.form, done.warnings) == ("scan", 1)
    assert [p.locator for p in done.problems] == ["line 1/result/hits/1"]
    assert desk.pairs("presents") == [("192.0.2.1", "cd" * 32)]
    assert desk.pairs("names") == [("cd" * 32, "b.example")]
    assert desk.read("relations", "presents")[0].locator == "line 1/result/hits/0/0"


def test_zgrab(desk):
    parsed = {"handshake_log": {"server_certificates": {"certificate": {"raw": base64.b64encode(DER).decode()}}}}
    rows = lines(
        {"ip": "192.0.2.1", "timestamp": "2013-10-29T00:00:00Z", "data": {"read": RAW}},
        {"ip": "192.0.2.2", "domain": "b.example", "data": {
            "http": {"status": "success", "timestamp": "2024-01-02T03:04:05Z",
         "result": {"response": {"status_line": "200 OK", "headers": {"server": ["Apache"]}, "body": "hello"}}},
         "tls": {"status": "success", "result": parsed}}},
    )  # fmt: skip
    done = desk.take("zgrab.json", rows)
    assert (done.form, done.warnings) == ("scan", 0)
    assert desk.pairs("presents") == [("192.0.2.2", SHA256)]
    assert set(desk.pairs("resolves-to")) == {("b.example", "192.0.2.2")}
    assert [r.one.value for r in desk.read("relations", "serves")] == ["192.0.2.1", "192.0.2.2"]
