"""A capture, alone and beside others, from the command to the report."""

import gzip
import json
import zipfile

import pytest
from click.testing import CliRunner

import made_packets
from artifact_files import FIXTURES
from bridle.case.reader import open_case
from bridle.cli import bridle

WEB = made_packets.make((FIXTURES / "network" / "capture" / "web_and_names.packets").read_text("utf-8"))


def run(tmp_path, *sources):
    feed = tmp_path / "feed.csv"
    feed.write_text(
        "type,value,campaign\ndomain,lure.example.net,Example\nipv4,203.0.113.5,Example\ndomain,cdn.example.com,Example\n"
    )
    case = tmp_path / "case"
    arguments = ["check", *map(str, sources), "-o", str(case), "-i", str(feed), "--plaintext-case", "--jobs", "1"]
    return CliRunner().invoke(bridle, arguments), case


@pytest.fixture
def capture(tmp_path):
    path = tmp_path / "phone.pcap"
    path.write_bytes(WEB)
    return path


def test_indicators_are_found_where_packets_name_them(tmp_path, capture):
    done, case = run(tmp_path, capture)
    assert done.exit_code == 1, done.output
    found = [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]
    hits = {
        (f["rule"], f["indicator"]["value"]): (f["level"], f["stage"], sorted(f["surfaces"]))
        for f in found if f["rule"].startswith("indicator-")
    }  # fmt: skip
    assert hits == {
        ("indicator-domain", "lure.example.net"): ("high", "targeting", ["contacted"]),
        ("indicator-domain", "cdn.example.com"): ("high", "targeting", ["look-up"]),
        ("indicator-ip-address", "203.0.113.5"): ("high", "targeting", ["contacted", "look-up", "mention"]),
    }
    (lure,) = [f for f in found if f["indicator"] and f["indicator"]["value"] == "lure.example.net"]
    assert {(e["table"], e["path"], e["locator"]) for e in lure["evidence"]} == {
        ("network.capture.http_response", "/capture/phone.pcap", "packet 7:http_response"),
        ("network.capture.injection_candidate", "/capture/phone.pcap", "packet 7:redirect"),
    }


def test_coverage_and_report_say_what_could_not_be_seen(tmp_path, capture):
    _, case = run(tmp_path, capture)
    coverage = json.loads((case / "coverage.json").read_text())
    (note,) = coverage["notes"]
    assert note.startswith("/capture/phone.pcap is a capture of 0 s, 2024-02-29T12:00:00Z to 2024-02-29T12:00:00.2")
    assert note in (case / "report.html").read_text()
    assert {n.partition(".")[0] for n in coverage["artifacts"]} == {"network"}
    assert coverage["horizon"]["first"] == "2024-02-29T12:00:00Z"


def test_a_capture_without_a_hit_is_not_inconclusive(tmp_path):
    quiet = tmp_path / "quiet.pcap"
    quiet.write_bytes(
        made_packets.make('0 tcp 192.0.2.7:50000 > 198.51.100.5:80 flags=PA "GET / HTTP/1.1\\r\\n\\r\\n"')
    )
    done, case = run(tmp_path, quiet)
    assert done.exit_code == 0, done.output
    verdict = json.loads((case / "summary.json").read_text())["verdict"]
    assert verdict["text"] == "no known traces in what was examined, 2024-02-29 to 2024-02-29"


def test_several_captures_compressed_or_cut(tmp_path, capture):
    (tmp_path / "second.pcap.gz").write_bytes(gzip.compress(WEB))
    (tmp_path / "cut.pcap").write_bytes(WEB[:-20])
    done, case = run(tmp_path, capture, tmp_path / "second.pcap.gz", tmp_path / "cut.pcap")
    assert done.exit_code == 1, done.output
    opened = open_case(case)
    query = 'SELECT _path, count(*) FROM "network.capture.http_response" GROUP BY 1 ORDER BY 1'
    names = ("cut.pcap", "phone.pcap", "second.pcap")
    assert [tuple(r) for r in opened.sql(query)[1]] == [(f"/capture/{name}", 1) for name in names]
    assert [tuple(r) for r in opened.sql("SELECT _path, locator, reason FROM gaps")[1]] == [
        (
            "/capture/cut.pcap",
            f"offset {len(WEB) - 58:#x}",
            "the capture ends within packet 10: expected 58 bytes, got 38",
        )
    ]


def test_a_folder_and_a_zip_of_captures(tmp_path):
    folder = tmp_path / "captures"
    folder.mkdir()
    for name in ("monday.pcap", "tuesday.pcap"):
        (folder / name).write_bytes(WEB)
    (folder / "notes.txt").write_text("where and when")
    packed = tmp_path / "week.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(folder / "monday.pcap", "week/wednesday.pcap")
    done, case = run(tmp_path, folder, packed)
    assert done.exit_code == 1, done.output
    query = 'SELECT _source, _path FROM "network.capture.visibility" ORDER BY 1, 2'
    assert [tuple(r) for r in open_case(case).sql(query)[1]] == [
        ("S1", "/capture/monday.pcap"), ("S1", "/capture/tuesday.pcap"), ("S2", "/capture/week/wednesday.pcap"),
    ]  # fmt: skip
    assert len(json.loads((case / "coverage.json").read_text())["notes"]) == 3
