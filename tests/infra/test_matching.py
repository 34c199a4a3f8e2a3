"""Fingerprints over scan exports: what matches, what does not, and what cannot be examined."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from base_files import MONDAY, TUESDAY, Desk, lines

from bridle.infra.matching import Fingerprint, FingerprintError, Matched, fits, load, match_file, record
from bridle.infra.scans import Seen, Service
from corpus import CORPUS, needs_corpus

RCS = "HTTP/1.1 404 NotFound\r\nConnection: close\r\nContent-Type: text/html\r\nContent-length: 10\r\n\r\nindex.html"
HALLO = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length:12\r\n\r\nHallo Steffi"


def matched(*files):
    out = Matched()
    for file in files:
        match_file(file, load(), out)
    return out


def told(out):
    return [(m.fingerprint, m.ip, m.port, m.locator) for m in out.matches]


def test_every_fingerprint_says_what_it_rests_on():
    assert [f.id for f in load()] == [
        "finfisher-1.0", "finfisher-2.0", "finfisher-3.0", "finfisher-4.0", "rcs-authority", "rcs-certificate",
        "rcs-decoy", "rcs-status",
    ]  # fmt: skip
    for f in load():
        assert isinstance(f, Fingerprint)
        assert f.source.startswith("Citizen Lab, spyware-scan")
        assert f.references == ("https://github.com/citizenlab/spyware-scan",)
        assert len(f.false_positives) > 20
        assert {e.matches for e in f.examples} == {True, False}


def test_raw_answers_of_three_exports(tmp_path):
    desk = Desk(tmp_path)
    shodan = desk.put("shodan.json", lines(
        {"ip_str": "192.0.2.1", "port": 80, "timestamp": "2013-03-05T10:00:00", "data": RCS},
        {"ip_str": "192.0.2.2", "port": 80, "data": RCS.replace("NotFound", "Not Found")},
        {"ip_str": "192.0.2.3", "port": 443, "data": HALLO.partition("Hallo")[0], "http": {"html": "Hallo Steffi"}},
    ))  # fmt: skip
    answer = {"port": 80, "banner": HALLO.partition("Hallo")[0], "http": {"response": {"body": "Hallo Steffi"}}}
    censys = desk.put("censys.json", {"ip": "192.0.2.4", "services": [answer]})
    zgrab = desk.put("zgrab.json", lines({"ip": "192.0.2.5", "data": {"read": RCS}}))
    out = matched(shodan, censys, zgrab)
    assert told(out) == [
        ("rcs-status", "192.0.2.1", 80, "line 1"), ("finfisher-1.0", "192.0.2.3", 443, "line 3"),
        ("finfisher-1.0", "192.0.2.4", 80, "line 1/0"), ("rcs-status", "192.0.2.5", None, "line 1/read"),
    ]  # fmt: skip
    assert out.services == 5
    assert out.matches[0].time == "2013-03-05T10:00:00Z"
    assert not out.not_examined


def test_an_export_that_lost_the_order_of_headers_is_not_examined(tmp_path):
    rows = lines({"ip": "192.0.2.1", "data": {"http": {"result": {"response": {
        "status_line": "404 NotFound", "headers": {"connection": ["close"], "content_length": ["10"]}}}}}})  # fmt: skip
    out = matched(Desk(tmp_path).put("zgrab.json", rows))
    assert told(out) == []
    assert dict(out.not_examined) == dict.fromkeys(
        ["finfisher-1.0", "finfisher-2.0", "finfisher-3.0", "finfisher-4.0", "rcs-decoy", "rcs-status"], 1
    )


def service(**about):
    return Service(locator="line 1", ip="192.0.2.1", **about)


def fitting(s):
    return [f.id for f in load() if fits(f, s)]


@pytest.mark.parametrize(
    ("subject", "issuer", "expected"),
    [
        ("CN=server", "CN=RCS Certification Authority, O=HT srl", ["rcs-authority"]),
        ("CN=server", "CN=default", ["rcs-certificate"]),
        ("CN=server, O=Example", "CN=default", []),
        ("CN=x", "CN=System Certification Authority, O=Organization ltd", ["rcs-certificate"]),
        ("CN=x", "O=Organization ltd, CN=System Certification Authority", ["rcs-certificate"]),
        ("CN=x", "CN=Example Certification Authority, O=Organization ltd", []),
    ],
)
def test_names_in_certificates(subject, issuer, expected):
    assert fitting(service(certificates=(Seen(sha256=None, subject=subject, issuer=issuer),))) == expected


def test_a_certificate_without_names_is_not_examined():
    (rcs,) = (f for f in load() if f.id == "rcs-authority")
    assert fits(rcs, service(certificates=(Seen(sha256="ab" * 32),))) is None
    assert fits(rcs, service()) is False


def test_order_and_case_of_headers_decide():
    ok = ("HTTP/1.1 200 OK\r\nServer: Apache\r\nDate: x\r\nContent-Type: text/html; charset=iso-8859-1\r\n"
          "Content-Length: 140\r\n\r\n<html>")  # fmt: skip
    assert fitting(service(raw=ok.encode())) == ["finfisher-4.0"]
    assert fitting(service(raw=ok.replace("Server: Apache\r\nDate: x", "Date: x\r\nServer: Apache").encode())) == []
    assert fitting(service(raw=ok.replace("Content-Length", "content-length").encode())) == []


def test_matches_are_recorded_and_taken_back(tmp_path):
    desk = Desk(tmp_path)
    file = desk.put(
        "shodan.json", lines({"ip_str": "192.0.2.1", "port": 80, "timestamp": "2013-03-05T10:00:00", "data": RCS})
    )
    out = matched(file)
    assert record(out, file, desk.base, MONDAY) == 1
    (claim,) = desk.read("claims")
    assert (claim.value, claim.source, claim.product, claim.vendor, claim.confidence, claim.port) == (
        "192.0.2.1", "bridle fingerprints", "Remote Control System", "Hacking Team / Memento Labs", 85, 80)  # fmt: skip
    assert (claim.observed_first, claim.reference, claim.locator) == (
        "2013-03-05T10:00:00Z",
        "fingerprint rcs-status",
        "line 1",
    )
    assert record(replace(out, matches=[]), file, desk.base, TUESDAY) == 0
    assert desk.read("claims") == []
    assert [c.recorded_to for c in desk.read("claims", retracted=True)] == [TUESDAY]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda t: t.replace('confidence = "high"', 'confidence = "sure"', 1),
            "expected low, medium or high, got 'sure'",
        ),
        (lambda t: t.replace("matches = false", "matches = true", 1), "finfisher-1.0: example 2 does not match"),
        (lambda t: t.replace("raw = '\\A", "row = '\\A", 1), "when: expected some of body, headers"),
        (lambda t: t.replace('id = "finfisher-2.0"', 'id = "finfisher-1.0"'), "the id 'finfisher-1.0' is there twice"),
        (lambda t: "no TOML", "TOMLDecodeError"),
        (lambda t: t.replace("raw = '\\A", "raw = 'x{99999999999}\\A", 1), "the repetition number is too large"),
        (lambda t: "fingerprint = " + "[" * 20_000, "RecursionError"),
        (lambda t: 'fingerprint = ["text"]', "TypeError"),
        (lambda t: t.replace("raw = '\\A", "raw = 5 # ", 1), "AttributeError"),
    ],
)
def test_a_file_of_fingerprints_that_is_wrong_is_told(tmp_path, change, expected):
    folder = Path(__file__).resolve().parents[2] / "src" / "bridle" / "infra" / "fingerprints"
    (tmp_path / "own.toml").write_text(change((folder / "finfisher.toml").read_text("utf-8")), "utf-8")
    with pytest.raises(FingerprintError) as e:
        load(tmp_path)
    assert expected in str(e.value)


@needs_corpus
def test_the_published_banners_of_hacking_team_all_match():
    import sqlite3

    file = CORPUS / "network/citizenlab+spyware-scan/ht/results/ht.db"
    db = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)
    banners = [row[0] for row in db.execute("SELECT banner FROM banner")]
    db.close()
    found = [fitting(service(raw=b.replace("\\n\\n", "\r\n").replace("\\n", "\n").encode())) for b in banners]
    assert len(found) == 33
    assert [f for f in found if not f or not set(f) <= {"rcs-status", "rcs-decoy"}] == []
    assert sum(f == ["rcs-status"] for f in found) == 22


def test_json_on_the_command_line(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from bridle.cli import bridle

    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path)
    desk.take("c2.txt", "192.0.2.1\n", source="Example Lab", about={"product": "FinSpy"})
    desk.put("scan.json", lines({"ip_str": "192.0.2.1", "port": 80, "data": RCS}))
    done = CliRunner().invoke(bridle, ["infra", "match", "files/scan.json", "--base", "base", "--record", "--json"])
    assert done.exit_code == 1, done.output
    found = json.loads(done.stdout)
    assert (found["services"], found["unread"], found["not_examined"]) == (1, 0, {})
    assert found["matches"][0]["base"] == ["Example Lab says FinFisher"]
    assert done.stderr == "1 matches in 1 services\n"
    desk.put("none.json", "{}\n")
    assert CliRunner().invoke(bridle, ["infra", "match", "files/none.json"]).exit_code == 3
    assert CliRunner().invoke(bridle, ["infra", "match", "files/scan.json", "--record"]).exit_code == 2
