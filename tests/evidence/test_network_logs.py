"""Logs of network traffic by other tools: which tool wrote them is told by what they begin with."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from artifact_files import FIXTURES
from bridle.cli import bridle
from bridle.evidence import open_source
from bridle.evidence.network_logs import tool_of
from bridle.evidence.source import SourceError

LOGS = FIXTURES / "network"


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        ("eve/all_types.log", "eve"), ("zeek/conn.log", "zeek"), ("zeek/streamed.log", "zeek"),
        ("tshark/packets.log", "tshark"), ("tshark/elastic.log", "tshark"),
    ],
)  # fmt: skip
def test_a_single_log_is_known_by_its_first_line_whatever_its_name(tmp_path, name, tool):
    path = tmp_path / "something"
    path.write_bytes((LOGS / name).read_bytes())
    source = open_source(path, password=lambda: None)
    try:
        assert (source.kind, source.platform) == ("network-logs", "network")
        assert [str(m.path) for m in source.members(lambda p: True)] == [f"/network_logs/{tool}/something"]
    finally:
        source.close()


@pytest.mark.parametrize(
    "head", [b"", b"{}", b'{"ts": 1}', b"[]", b'[{"_index": "logs"}]', b"{not json", b"#fields\tts", b'{"index": 1}']
)
def test_other_texts_are_no_logs(head):
    assert tool_of(head) is None


@pytest.mark.parametrize(
    ("head", "tool"),
    [
        (b"### written by a test of Zeek\n#separator \\x09\n", "zeek"), (b"#separator \\x09\n", "zeek"),
        (b"# notes\nts #separator \n", None), (b"# one\n" * 16 + b"#separator \\x09\n", None), (b"# alone", None),
    ],
)  # fmt: skip
def test_a_comment_may_stand_before_the_header_of_zeek(head, tool):
    assert tool_of(head) == tool


X509 = b'{"ts":1709208000.5,"id":"F1","certificate.subject":"CN=lure.example.net","san.dns":["lure.example.net"]}\n'
DNS = b'{"ts":1709208000,"uid":"C1","query":"lure.example.net","qtype_name":"A"}\n'
EVE = b'{"timestamp":"2024-02-29T12:00:00.000001+0000","event_type":"dns"}\n'
OTHER = b'{"ts":1709208000,"name":"of something else"}\n'


@pytest.mark.parametrize(
    ("files", "places"),
    [
        ({"x509.json.gz": gzip.compress(X509)}, {"zeek/x509.json.gz"}),
        (
            {"dns.json": DNS, "day/x509.ndjson": X509, "settings.json": b'{"theme": 1}', "notes.txt": b"nothing"},
            {"zeek/dns.json", "zeek/day/x509.ndjson", "other/settings.json", "other/notes.txt"},
        ),
        ({"sensor-dns.json": EVE, "of/the/day/dns.jsonl": DNS}, {"eve/sensor-dns.json", "zeek/of/the/day/dns.jsonl"}),
        ({"weird.log": DNS, "other.log": OTHER}, {"zeek/weird.log", "other/other.log"}),
    ],
)  # fmt: skip
def test_logs_of_a_folder_whose_names_tell_no_tool_are_known_by_their_first_line(tmp_path, files, places):
    for name, content in files.items():
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    source = open_source(tmp_path / "logs", password=lambda: None)
    try:
        assert source.kind == "network-logs"
        found = {str(m.path) for m in source.members(lambda p: True) if m.type == "file"}
        assert found == {f"/network_logs/{p}" for p in places}
    finally:
        source.close()


def test_a_folder_of_other_texts_is_no_folder_of_logs(tmp_path):
    (tmp_path / "settings.json").write_bytes(OTHER)
    (tmp_path / "dns.log.gz").write_bytes(gzip.compress(b"ordinary text"))
    with pytest.raises(SourceError, match="nothing that is understood here"):
        open_source(tmp_path, password=lambda: None)


def test_rows_of_a_compressed_json_log_in_a_folder_are_read(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x509.json.gz").write_bytes(gzip.compress(X509))
    case = tmp_path / "case"
    arguments = ["check", str(tmp_path / "logs"), "-o", str(case), "--plaintext-case", "--jobs", "1"]
    done = CliRunner().invoke(bridle, arguments)
    assert done.exit_code == 0, done.output
    assert json.loads((case / "coverage.json").read_text())["artifacts"]["network.zeek"]["rows"] == 1


def folder(root: Path) -> Path:
    root.mkdir()
    (root / "conn.log.gz").write_bytes(gzip.compress((LOGS / "zeek" / "conn.log").read_bytes()))
    (root / "dns.00-00.log").write_text('{"ts":1709208000,"uid":"C1","query":"lure.example.net","qtype_name":"A"}\n')
    (root / "eve.json").write_bytes((LOGS / "eve" / "all_types.log").read_bytes())
    (root / "notes.txt").write_text("nothing")
    return root


def test_a_folder_of_logs_is_examined_and_indicators_are_found_in_it(tmp_path):
    feed = tmp_path / "feed.csv"
    feed.write_text("type,value,campaign\ndomain,lure.example.net,Example\n")
    case = tmp_path / "case"
    arguments = ["check", str(folder(tmp_path / "logs")), "-o", str(case), "-i", str(feed), "--plaintext-case"]
    done = CliRunner().invoke(bridle, [*arguments, "--jobs", "1"])
    assert done.exit_code == 1, done.output
    findings = [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]
    (found,) = [f for f in findings if f["rule"] == "indicator-domain"]
    assert {(e["table"], e["path"]) for e in found["evidence"]} == {
        ("network.zeek.dns", "/network_logs/zeek/dns.00-00.log"), ("network.eve.http", "/network_logs/eve/eve.json"),
    }  # fmt: skip
    coverage = json.loads((case / "coverage.json").read_text())["artifacts"]
    assert coverage["network.zeek"]["rows"] == 3
    verdict = json.loads((case / "summary.json").read_text())["verdict"]
    assert verdict["text"] == "traces of targeting"
