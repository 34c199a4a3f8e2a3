"""Short texts of each form that others hand over, and files that bridle's own writers make."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bridle.evidence import review_pack
from bridle.indicators import bundle_file, trust
from bridle.indicators.ssh_signature import PublicKey
from reliability.fuzz.target import fixtures_at_hand

fixtures_at_hand()

_PATTERNS = (
    "[domain-name:value = 'lure.example.org']",
    "[ipv4-addr:value ISSUBSET '198.51.100.0/24'] AND [url:value LIKE 'https://example.org/%']",
    "([process:name = 'bh'] FOLLOWEDBY [file:name MATCHES '^b.*d$']) WITHIN 300 SECONDS",
    "[file:hashes.'SHA-256' = '" + "ab" * 32 + "' OR file:path IN ('/a', '/b')] REPEATS 2 TIMES",
    "[email-addr:value != h'00ff'] START t'2026-01-02T03:04:05Z' STOP t'2026-01-03T00:00:00.5Z'",
)
PATTERNS = tuple(p.encode() for p in _PATTERNS)
_TIME = "2026-01-02T03:04:05Z"
_UUID = "0d3f2c1e-0000-4000-8000-00000000000{}"
_STIX: dict[str, Any] = {
    "type": "bundle", "id": f"bundle--{_UUID.format(0)}",
    "objects": [
        {"type": "malware", "spec_version": "2.1", "id": f"malware--{_UUID.format(1)}", "name": "Example",
         "is_family": True},
        {"type": "marking-definition", "id": f"marking-definition--{_UUID.format(2)}", "definition_type": "tlp",
         "definition": {"tlp": "amber"}},
        *({"type": "indicator", "spec_version": "2.1", "id": f"indicator--{_UUID.format(3 + n)}", "created": _TIME,
           "modified": _TIME, "pattern": p, "pattern_type": "stix", "valid_from": _TIME, "confidence": 80, "name": "x",
           "object_marking_refs": [f"marking-definition--{_UUID.format(2)}"]} for n, p in enumerate(_PATTERNS)),
        {"type": "relationship", "id": f"relationship--{_UUID.format(9)}", "relationship_type": "indicates",
         "source_ref": f"indicator--{_UUID.format(3)}", "target_ref": f"malware--{_UUID.format(1)}"},
    ],
}  # fmt: skip
_MISP: dict[str, Any] = {
    "Event": {
        "uuid": _UUID.format(0), "info": "Example", "date": "2026-01-02", "Tag": [{"name": "tlp:green"}],
        "Galaxy": [{"type": "threat-actor", "name": "Actor", "GalaxyCluster": [{"value": "Example"}]}],
        "Attribute": [{"type": "domain|ip", "value": "lure.example.org|198.51.100.7", "to_ids": True, "category": "x"},
                      {"type": "sha256", "value": "ab" * 32, "to_ids": "1", "Tag": [{"name": "tlp:red"}]}],
        "Object": [{"name": "file", "Attribute": [{"type": "filename", "object_relation": "filename", "value": "bh"}]}],
    },
}  # fmt: skip
_RULES = b"""\
alert dns $HOME_NET any -> any any (msg:"Example lure"; dns.query; content:"lure.example.org"; nocase; sid:1; rev:1;)
alert http any any -> [198.51.100.7,203.0.113.0/24] 443 (msg:"b"; http.host; content:"a|2e|example.org"; \\
  http.uri; content:"/x"; pcre:"/a+/"; reference:url,example.org/r; metadata:malware_family Example; sid:2;)
alert tls any any -> any any (msg:"c"; tls.sni; content:"!x"; content:"example.com"; endswith; isdataat:!1; sid:3;)
"""
_ZONE = b"""\
$TTL 60
$ORIGIN rpz.example.
@ IN SOA localhost. root.localhost. 1 1h 15m 30d 2h
  IN NS localhost.
lure.example.org CNAME .
*.lure.example.org 60 IN CNAME rpz-drop.
32.7.100.51.198.rpz-ip CNAME .
"""
_TABLE = b"""\
type,value,description,tlp
domain,lure.example.org,"A, b",green
ipv4,198.51.100.7,,
sha256,%s,x,amber
email,jane@example.org,,
""" % (b"ab" * 32)
FEEDS: dict[str, tuple[bytes, ...]] = {
    "stix.stix2": (json.dumps(_STIX).encode(),),
    "misp.json": (json.dumps(_MISP).encode(), json.dumps([_MISP, {"response": [_MISP]}]).encode()),
    "records.json": (
        b'[{"kind": "domain", "value": "lure.example.org"}, {"type": "ip", "indicator": "198.51.100.7"}]',
        b'{"kind": "domain", "value": "lure.example.org"}\n{"url": "https://example.org/a"}\n',
    ),
    "table.csv": (_TABLE, _TABLE.replace(b",", b";"), b"lure.example.org,Example\n198.51.100.7,Example\n"),
    "suricata.rules": (_RULES,),
    "rpz.txt": (_ZONE,),
    "hosts.txt": (b"# hosts\n0.0.0.0 lure.example.org www.example.com # x\n::1 localhost\n127.0.0.1\ta.example.net\n",),
    "maltrail.txt": (
        (
            b"# Copyright (c) Maltrail developers\n# Reference: https://example.org/report\n\nlure.example.org\n"
            b"198.51.100.7:8080\n/gate.php?id=\nhttp://example.org/a # c\n"
        ),
    ),
    "domains.txt": (b"# kind: domain\nlure.example.org\nhxxp://example[.]org/a\n203.0.113.9\n",),
    "dataset.lst": (b"bHVyZS5leGFtcGxlLm9yZw==\nZXhhbXBsZS5jb20=,1\n",),
    "openioc.xml": (b'<?xml version="1.0"?><ioc xmlns="http://schemas.mandiant.com/2010/ioc" id="a"></ioc>',),
    "own.surfaces.toml": (b'[["process-name"]]\nvalue = "BackupAgent"\nsurfaces = ["network-user"]\n',),
}
INDICES = (
    json.dumps({
        "format": "bridle-feeds", "schema": 1, "version": 3, "publisher": "Example", "expires": "2999-01-02T03:04:05Z",
        "feeds": [{"name": "a/b.stix2", "url": "b.stix2", "sha256": "ab" * 32, "size": 10, "title": "B"}],
    }).encode(),
    (b"indicators:\n  -\n    type: github\n    name: Example\n    source: x\n    github:\n      owner: example\n"
     b"      repo: feeds\n      branch: main\n      path: a/b.stix2\n  -\n    type: download\n    name: 'C: d'\n"
     b"    download_url: \"https://example.org/c.stix2\" # c\n"),
)  # fmt: skip
STATES = (
    json.dumps({
        "format": "bridle-feed-store", "schema": 1, "bundles_signed_by": None, "history": [{"at": _TIME, "what": "x"}],
        "sources": [{
            "source": "https://example.org/feeds.json", "kind": "index", "checked": _TIME, "sha256": "ab" * 32,
            "signature": None, "signed_by": None, "version": 3, "expires": None, "publisher": "Example",
            "feeds": [{"name": "a.stix2", "url": "https://example.org/a.stix2", "sha256": "cd" * 32, "size": 10,
                       "indicators": 1, "since": _TIME, "title": "A", "former": ["ef" * 32]}],
        }],
    }).encode(),
)  # fmt: skip
_KEY = Ed25519PrivateKey.from_private_bytes(bytes([3]) * 32)
_PUBLIC = PublicKey(_KEY.public_key().public_bytes_raw())
TRUSTED = (
    f"# keys\nhttps://example.org/feeds.json {_PUBLIC.line}\n".encode()
    + f'bundles namespaces="{trust.BUNDLE}" {_PUBLIC.line}\n'.encode(),
)
MVT = {
    "info.json": b'{"target_path": "/x", "mvt_version": "2026.10.26", "date": "2026-11-22 06:01:57"}',
    "safari_history.json": b'[{"url": "https://example.org/", "isodate": "2026-01-02 03:04:05.000000", "visits": 1}]',
    "timeline.csv": b'"UTC Timestamp","Plugin","Event","Description"\n"2026-01-02","a","b","c"\n',
    "command.log": b"2026-01-02 03:04:05,000 - mvt - INFO - x\n",
}


def signed() -> tuple[bytes, bytes]:
    """A message and a signature of it, for the purpose of an index."""
    from bridle.case import signature_openssh as openssh

    message = b"index"
    return message, openssh.signed(_KEY, message, trust.INDEX)


def bundles() -> tuple[bytes, ...]:
    """A bundle of feeds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "feeds.bundle"
        bundle_file.write(file, [("manifest.json", b"{}"), ("feeds/a.stix2", json.dumps(_STIX).encode()), ("b", b"")])
        return (file.read_bytes(),)


def tables() -> dict[str, tuple[bytes, ...]]:
    """A list of numbers as CSV, as a workbook and as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [
        ("+15550100001", "2016-05-04 10:11:12", "A"),
        ("+1 555 010 0002", "", "B"),
        ("0015550100003", "2017-01-02", "A"),
    ]
    text = "\r\n".join(["Number,Selected,Operator", *(",".join(row) for row in rows)]).encode()
    made = io.BytesIO()
    columns = [list(column) for column in zip(*rows, strict=True)]
    pq.write_table(pa.table(columns, names=["number", "time", "operator"]), made, compression="none")
    return {
        "csv": (text, text.replace(b",", b"\t"), text.replace(b",", b";"), text.decode().encode("utf-16")),
        "parquet": (made.getvalue(),),
        "xlsx": (_workbook(rows, zipfile.ZIP_STORED), _workbook(rows, zipfile.ZIP_DEFLATED)),
    }


def _workbook(rows: list[tuple[str, ...]], how: int) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in (("Number", "Selected", "Operator"), *rows):
        book.active.append(row)  # type: ignore[union-attr]
    made, stored = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as whole, zipfile.ZipFile(stored, "w", how) as out:
        for name in whole.namelist():
            out.writestr(name, whole.read(name))
    return stored.getvalue()


def lookups() -> tuple[bytes, ...]:
    """What is asked of the list of another."""
    from bridle.targets import lookup_files
    from bridle.targets.voprf_group import GROUPS

    group = GROUPS[lookup_files.DEFAULT]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "request.json"
        elements = lookup_files.encoded(group, [group.generator])
        lookup_files.write(file, "request", group, elements=elements)
        return (file.read_bytes(),)


def registrations() -> tuple[bytes, ...]:
    """A study that was registered before it was run."""
    from bridle.targets import registration

    made = registration.sealed(
        {"window": 300, "seed": 1}, [{"effect": 1.5, "power": 0.8}], datetime(2026, 1, 2, tzinfo=UTC)
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "registration.json"
        registration.write(file, made)
        return (file.read_bytes(),)


def packs() -> tuple[bytes, ...]:
    """A review pack of one case, as it is before it is encrypted; stored and compressed."""
    content = b"rows"
    member = {
        "path": "/private/var/mobile/a.db", "member": "a.db", "type": "file", "size": len(content),
        "modified": "2026-01-02T03:04:05+00:00", "shown": "2026-01-02T03:04:05",
        "state": "present", "reason": None, "domain": None, "file": "files/0",
        "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    source = {"id": "S1", "kind": "folder", "platform": "ios", "encrypted": False, "facts": {"os": "17.0"},
              "problems": ["x"], "members": [member]}  # fmt: skip
    case = {"sources": [source], "examination": {}, "rules": "ab" * 32, "feeds": [], "baselines": [], "yara": None,
            "consent": None}  # fmt: skip
    about = {"form": review_pack.FORM, "schema": review_pack.SCHEMA, "bridle": "1.0", "feeds": [], "cases": [case]}
    return tuple(_zip({review_pack.ABOUT: json.dumps(about).encode(), "files/0": content}, how)
                 for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))  # fmt: skip


def _zip(files: dict[str, bytes], how: int) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()
