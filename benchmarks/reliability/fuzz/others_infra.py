"""What `bridle infra` reads: files of each form, exports that are matched, fingerprints, sites, a base of another."""

from __future__ import annotations

import gzip
import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from bridle.infra import base, convert, importing, matching, themes_sites
from bridle.infra.generations_features import suffixes
from bridle.infra.lineage import lineages
from bridle.infra.schema import FILE
from bridle.infra.source_file import UnreadableError
from reliability.fuzz.others_case import in_folder
from reliability.fuzz.others_seeds import FEEDS
from reliability.fuzz.target import Target

_TIME = "2026-03-02T10:00:00Z"
_RAW = "HTTP/1.1 404 NotFound\r\nConnection: close\r\nContent-length: 5\r\n\r\n"
_CONVERTED = ("stix.stix2", "misp.json", "table.csv", "records.json", "hosts.txt", "suricata.rules")


def targets() -> Iterator[Target]:
    """A target for each form that is imported, by its content and as the user says; then for what is read besides."""
    for form, seeds in _imported().items():
        yield Target(name=f"others.infra.{form}", seeds=seeds, read=_import(form), documented=(base.BaseError,))
    exports = _imported()["scan"]
    yield Target(name="others.infra.match", seeds=exports, read=_file("export.json", _match),
                 documented=(UnreadableError,))  # fmt: skip
    yield Target(
        name="others.infra.fingerprints",
        seeds=tuple(f.read_bytes() for f in sorted(matching.FOLDER.glob("*.toml"))),
        read=in_folder({}, "own.toml", matching.load.__wrapped__),
        documented=(matching.FingerprintError,),
    )
    for name in _CONVERTED:
        yield Target(name=f"others.infra.convert.{name}", seeds=FEEDS[name], read=_file(f"feed.{name}", _convert),
                     documented=(UnreadableError,))  # fmt: skip
    suffix_of = suffixes()
    yield Target(
        name="others.infra.sites", seeds=(_SITES,), read=in_folder({}, "mx.csv", lambda f: _sites(f, suffix_of))
    )
    yield Target(name="others.infra.base", seeds=(_base(),), read=in_folder({}, FILE, _read_base),
                 documented=(base.BaseError,))  # fmt: skip


def _imported() -> dict[str, tuple[bytes, ...]]:
    """A file or two of each form of `importing.FORMS`, some as the program that makes them compresses them."""
    rows = {name: _lines(*found) for name, found in _ROWS.items()}
    whole = {name: json.dumps(found).encode() for name, found in _WHOLE.items()}
    pem, der = _certificates()
    return {
        "feed": (FEEDS["stix.stix2"][0], FEEDS["misp.json"][0], FEEDS["table.csv"][0], FEEDS["domains.txt"][0]),
        "pairs": (b"lure.example|192.0.2.1\nb.example|198.51.100.7\n",),
        "warning-list": (whole["warning-list"],),
        "passive-dns": (rows["passive-dns"], gzip.compress(rows["passive-dns"], mtime=0)),
        "certificates": (pem, der, b"# comment\n" + pem + pem),
        "transparency": (whole["crt.sh"], whole["cert-spotter"]),
        "registrations": (whole["rdap"], whole["whois"]),
        "scan": (rows["shodan"], whole["censys"], rows["zgrab"]),
    }


def _lines(*objects: Any) -> bytes:
    return b"".join(json.dumps(o).encode() + b"\n" for o in objects)


def _certificates() -> tuple[bytes, bytes]:
    """The certificate of a server that is nobody's, as text and as bytes; the same ones each time."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([5]) * 32)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.example")])
    names = x509.SubjectAlternativeName([x509.DNSName("*.b.example")])
    builder = x509.CertificateBuilder(
        subject_name=name, issuer_name=name, public_key=key.public_key(), serial_number=0x1234,
        not_valid_before=datetime(2016, 1, 1, tzinfo=UTC), not_valid_after=datetime(2026, 1, 1, tzinfo=UTC),
    ).add_extension(names, critical=False)  # fmt: skip
    made = builder.sign(key, None)
    return made.public_bytes(Encoding.PEM), made.public_bytes(Encoding.DER)


def _import(form: str) -> Callable[[bytes], None]:
    """Imports a file twice, as what it seems and as what the user says, and reads all that the base then says."""

    def read(folder: Path) -> None:
        for said, kept in ((None, "told"), (form, "said")):
            (done,) = importing.import_files([folder / "file"], folder / kept, importing.Said(form=said), _TIME)
            assert done.state == "imported" or done.reason, "a file that was not imported has no reason"
            assert all(p.reason and p.locator for p in done.problems)
            if (folder / kept / FILE).exists():
                _read_base(folder / kept)

    return in_folder({}, "file", read)


def _read_base(folder: Path) -> None:
    with base.read(folder) as opened:
        values = list(opened.values())
        for rows in (opened.claims(), opened.claims(retracted=True), opened.relations(), opened.facts(), opened.runs()):
            for _ in rows:
                pass
        for value in values[:3]:
            assert lineages(opened, value.value), f"the base has {value} and says nothing of it"
        opened.digest()


def _file(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], None]:
    return in_folder({}, name, lambda folder: read(folder / name))


def _match(path: Path) -> None:
    done = matching.Matched()
    matching.match_file(path, matching.load(), done)
    assert all(gap.reason for _, gap in done.gaps)


def _convert(path: Path) -> None:
    """What was read is written in each format; where one holds everything, each value comes back."""
    found = convert.read_items(path)
    for to in convert.FORMATS:
        done = convert.convert(found.items, to, "Example", "TLP:RED")
        assert done.written + sum(done.left_out.values()) == len(found.items), f"{to} lost a value"


def _sites(folder: Path, suffix_of: Callable[[str], str | None]) -> None:
    found = themes_sites.read_sites(folder, suffix_of)
    for name in list(found.by_name)[:20]:
        found.core(name)


def _base() -> bytes:
    """A base that holds some of everything, as it lies on the disk."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for form, seeds in _imported().items():
            (folder / form).write_bytes(seeds[0])
            list(importing.import_files([folder / form], folder / "base", importing.Said(form=form), _TIME))
        return (folder / "base" / FILE).read_bytes()


_SITES = b"""\
url,category_code,category_description,date_added,source,notes
https://www.example.org/news,NEWS,News Media,2017-01-01,example,
http://example.com.mx/a-long-section/more,NEWS,News Media,2017-01-01,example,"a, b"
http://192.0.2.1/,NEWS,News Media,2017-01-01,example,
"""
_CARD = ["vcard", [["fn", {}, "text", "Example Ltd"], ["kind", {}, "text", "org"]]]
_ROWS: dict[str, tuple[Any, ...]] = {
    "passive-dns": (
        {"rrname": "a.example", "rrtype": "A", "rdata": ["192.0.2.1"], "time_first": 1483228800, "count": 7},
        {"rrname": "a.example", "rrtype": "NS", "rdata": "ns1.example.org", "time_last": "1483228800"},
        {"rrname": "b.example.", "rrtype": "CNAME", "rdata": "a.example.", "zone_time_first": 1483228800},
    ),
    "shodan": (
        {"ip_str": "192.0.2.1", "port": 443, "timestamp": "2024-01-02T03:04:05.678901", "data": _RAW, "asn": "AS64500",
         "hostnames": ["a.example"], "http": {"html": "hello", "title": " A ", "favicon": {"hash": -5}},
         "ssl": {"jarm": "2" * 62, "ja3s": "3" * 32, "cert": {"subject": {"CN": "x"}, "serial": 5}}},
        {"ip": 3221225985, "port": 80, "data": "x"},
    ),
    "zgrab": (
        {"ip": "192.0.2.1", "timestamp": "2013-10-29T00:00:00Z", "data": {"read": _RAW}},
        {"ip": "192.0.2.2", "domain": "b.example", "data": {
            "http": {"status": "success", "timestamp": "2024-01-02T03:04:05Z", "result": {"response": {
                "status_line": "200 OK", "headers": {"server": ["Apache"]}, "body": "hello"}}}}},
    ),
}  # fmt: skip
_WHOLE: dict[str, Any] = {
    "warning-list": {"name": "x", "type": "cidr", "matching_attributes": [], "list": ["192.0.2.0/24", ".a.example"]},
    "crt.sh": [{"issuer_ca_id": 1, "issuer_name": "C=US, O=X", "common_name": "a.example", "id": 99,
                "name_value": "a.example\n*.b.example", "entry_timestamp": "2017-05-01T10:00:00.123",
                "not_before": "2017-05-01T09:00:00", "not_after": "soon", "serial_number": "0abc"}],
    "cert-spotter": [{"id": "7", "dns_names": ["c.example"], "cert": {"sha256": "AB" * 32}, "issuer": {"name": "O=X"},
                      "not_before": "2017-05-01T09:00:00Z"}],
    "rdap": {"objectClassName": "domain", "ldhName": "a.example", "status": ["active"], "events": [
                {"eventAction": "registration", "eventDate": "2017-05-01T09:15:30Z"}],
             "nameservers": [{"ldhName": "ns1.example"}],
             "entities": [{"roles": ["registrar", "registrant"], "vcardArray": _CARD}]},
    "whois": {"domain_name": ["a.example"], "creation_date": ["2017-05-01"], "registrar": "X", "org": "X",
              "name_servers": ["ns1.example"], "status": "ok https://example.org/ok"},
    "censys": {"code": 200, "result": {"hits": [{
        "ip": "192.0.2.1", "autonomous_system": {"asn": 64500}, "dns": {"names": ["a.example"]}, "services": [
            {"port": 443, "observed_at": "2024-01-02T03:04:05Z", "banner": "x",
             "http": {"response": {"status_code": 200, "headers": {"A": ["b"]}, "body": "hello", "html_title": "T"}},
             "tls": {"certificates": {"leaf_data": {"fingerprint": "ab" * 32, "names": ["a.example"]}}}}]}]}},
}  # fmt: skip
