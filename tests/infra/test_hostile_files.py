"""Whatever a file holds, an import ends with a sentence: nothing is raised, and a base stays readable."""

import gzip
import json
import random

import pytest
from base_files import MONDAY, Desk, lines
from test_importing_servers import CERTIFICATE, DER, PEM, RAW

from bridle.infra import matching
from bridle.infra.convert import convert, read_items
from bridle.infra.importing import FORMS, Said, import_files
from bridle.infra.source_file import UnreadableError

assert CERTIFICATE is not None
CARD = ["vcard", [["fn", {}, "text", "Example Ltd"], ["kind", {}, "text", "org"]]]
SAMPLES = {
    "passive-dns": lines(
        {"rrname": "a.example", "rrtype": "A", "rdata": ["192.0.2.1"], "time_first": 1483228800, "count": 7},
        {"rrname": "a.example", "rrtype": "NS", "rdata": "ns1.example.org"},
    ).encode(),
    "certificates": PEM, "der": DER,
    "transparency": json.dumps([{"issuer_name": "O=X", "name_value": "a.example\nb.example", "id": 1,
                                 "common_name": "a.example", "not_before": "2017-05-01T09:00:00"}]).encode(),
    "registrations": json.dumps({"objectClassName": "domain", "ldhName": "a.example", "events": [
        {"eventAction": "registration", "eventDate": "2017-05-01T09:15:30Z"}],
        "nameservers": [{"ldhName": "ns1.example"}],
        "entities": [{"roles": ["registrar", "registrant"], "vcardArray": CARD}]}).encode(),
    "whois": json.dumps({"domain_name": ["a.example"], "creation_date": ["2017-05-01"], "org": "X"}).encode(),
    "shodan": lines({"ip_str": "192.0.2.1", "port": 443, "timestamp": "2024-01-02T03:04:05", "data": RAW,
                     "ssl": {"chain": [PEM.decode()], "cert": {"subject": {"CN": "x"}, "serial": 5}}}).encode(),
    "censys": json.dumps({"result": {"hits": [{"ip": "192.0.2.1", "services": [
        {"port": 1, "banner": "x", "http": {"response": {"status_code": 200, "headers": {"A": ["b"]}}},
         "tls": {"certificates": {"leaf_data": {"fingerprint": "ab" * 32, "names": ["a.example"]}}}}]}]}}).encode(),
    "zgrab": lines({"ip": "192.0.2.1", "data": {"http": {"result": {"response": {"status_line": "200 OK"}}}}}).encode(),
    "warning-list": json.dumps({"name": "x", "type": "cidr", "matching_attributes": [],
                                "list": ["192.0.2.0/24"]}).encode(),
    "pairs": b"a.example|192.0.2.1\nb.example|192.0.2.2\n",
    "csv": b"type,ioc,family,country\ndomain,a.example,Pegasus,XX\nip,192.0.2.1:99,Pegasus,\n",
    "misp": json.dumps({"Event": {"info": "x", "Attribute": [{"type": "domain|ip", "value": "a.example|192.0.2.1"}],
                                  "Object": [{"name": "domain-ip", "Attribute": [
                                      {"type": "domain", "value": "b.example", "to_ids": False}]}]}}).encode(),
    "stix": json.dumps({"type": "bundle", "objects": [{"type": "indicator", "id": "indicator--1",
                                                       "pattern": "[domain-name:value = 'a.example']"}]}).encode(),
    "gzip": gzip.compress(b"a.example\nb.example\n"),
}  # fmt: skip


def mutated(data, chance):
    """One of the ways in which a file may be wrong: other bytes, other words, less of it, more of it."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(out)) if out else 0
        how = chance.randrange(6)
        if how == 0:
            out[at : at + 1] = bytes([chance.randrange(256)])
        elif how == 1:
            del out[at : at + chance.randint(1, 40)]
        elif how == 2:
            out[at:at] = out[at : at + chance.randint(1, 40)]
        elif how == 3:
            word = chance.choice(
                [b"null", b"[]", b"{}", b"-1", b"1e999", b'"\\ud800"', b"[[[[", b'""', b"\x00", b"true"]
            )
            out[at:at] = word
        elif how == 4 and b'"' in out:
            end = out.find(b'"', at)
            out[at:end] = chance.choice([b"0", b"a" * 5000, b"\\u0000", b"..", b"192.0.2.1/99"]) if end > at else b""
        else:
            values = [b'"192.0.2.1"', b'["a.example"]', b"443", b'"data": {', b'"a.example"']
            old = chance.choice(values)
            out = bytearray(bytes(out).replace(old, chance.choice([b"null", b"7", b"[1]", b'{"x": []}', b'"x"']), 1))
    return bytes(out)


@pytest.mark.parametrize("name", SAMPLES)
def test_mutated_files(tmp_path, name):
    chance = random.Random(name)
    desk = Desk(tmp_path)
    states = []
    for n in range(60):
        file = desk.put(f"{n}/file", mutated(SAMPLES[name], chance))
        forced = chance.choice([None, None, chance.choice(FORMS)])
        states += [d.state for d in import_files([file], desk.base, Said(form=forced), MONDAY)]
    assert len(states) == 60
    assert set(states) <= {"imported", "refused"}
    if desk.base.exists():
        for what in ("claims", "relations", "facts", "runs"):
            desk.read(what)


@pytest.mark.parametrize("name", ["shodan", "censys", "zgrab"])
def test_mutated_scans(tmp_path, name):
    chance = random.Random(name)
    out = matching.Matched()
    for n in range(60):
        file = Desk(tmp_path).put(f"{n}.json", mutated(SAMPLES[name], chance))
        matching.match_file(file, matching.load(), out)
    assert out.services + out.unread > 0


@pytest.mark.parametrize("name", ["misp", "stix", "csv"])
def test_mutated_feeds_are_converted_or_refused(tmp_path, name):
    chance = random.Random(name)
    suffix = {"misp": "json", "stix": "stix2", "csv": "csv"}[name]
    for n in range(40):
        file = Desk(tmp_path).put(f"{n}.{suffix}", mutated(SAMPLES[name], chance))
        try:
            read = read_items(file)
        except UnreadableError:
            continue
        for to in ("stix", "mvt", "misp", "csv", "suricata", "hosts"):
            assert convert(read.items, to, "T", "TLP:RED").written <= len(read.items)


def test_deep_and_long_json_is_told(tmp_path):
    desk = Desk(tmp_path)
    assert desk.take("deep.json", "[" * 200_000).state == "refused"
    assert desk.take("deep2.json", '{"a":' * 200_000).state == "refused"
    long = '{"rrname": "a.example", "rrtype": "A", "rdata": "' + "x" * 2_000_000 + '"}\n'
    done = desk.take("long.json", long + lines({"rrname": "b.example", "rrtype": "A", "rdata": "192.0.2.1"}))
    assert (done.state, done.relations, done.warnings) == ("imported", 1, 1)


def test_a_decompression_bomb_is_refused(tmp_path):
    done = Desk(tmp_path).take("bomb.json.gz", gzip.compress(b" " * (160 << 20)), form="passive-dns")
    assert (done.state, done.relations) == ("refused", 0)
    assert "decompression bomb" in done.reason
