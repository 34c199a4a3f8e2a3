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
