"""What another tool wrote is examined and hunted in, and never told as more than that."""

import json

import pytest
from click.testing import CliRunner

from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.detect.grade import SECOND_HAND

INFO = {"mvt_version": "2026.10.26", "target_path": "/x"}
SMS = [{"text": "see https://lure.example.org/x", "isodate": "2021-05-14 09:52:31", "phone_number": "+15550100"}]
USAGE = [
    {"proc_name": "exampled", "isodate": "2021-05-14 10:00:00",
     "matched_indicator": {"value": "conclusion.example.com", "type": "domains"}},
]  # fmt: skip
ALERTS = [{"level": "CRITICAL", "module": "datausage", "message": "m", "event_time": "", "event": USAGE[0],
           "matched_indicator": {"value": "conclusion.example.com"}}]  # fmt: skip
FEED = (
    "type,value,campaign\nprocess-name,exampled,Example\ndomain,lure.example.org,Example\n"
    "domain,conclusion.example.com,Example\nfile-path,/private/var/tmp/exampled,Example\n"
)


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    written = {
        "info": INFO,
        "sms": SMS,
        "datausage": USAGE,
        "alerts": ALERTS,
        "tcc": [{"client": "/private/var/tmp/exampled"}],
    }
    for name, value in written.items():
        (folder / f"{name}.json").write_text(json.dumps(value, indent=4))
    (folder / "timeline.csv").write_text(
        '"UTC Timestamp","Plugin","Event","Description"\n"2021-05-14 09:52:31","SMS","x","see https://lure.example.org/x"\n'
    )
    (tmp_path / "feed.csv").write_text(FEED)
    return folder


def run(*arguments):
    return CliRunner().invoke(bridle, [str(a) for a in arguments])


def test_findings_are_medium_at_most_and_say_so(results, tmp_path):
    done = run("check", results, "-o", tmp_path / "case", "-i", tmp_path / "feed.csv", "--json", "--jobs", 1)
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    found = [json.loads(line) for line in (tmp_path / "case" / "findings.jsonl").read_text().splitlines()]
    assert {(f["rule"], f["indicator"]["value"]) for f in found} == {
        ("indicator-process-name", "exampled"), ("indicator-domain", "lure.example.org"),
        ("indicator-file-path", "/private/var/tmp/exampled"),
    }  # fmt: skip
    for f in found:
        assert f["level"] in ("medium", "low", "informational"), f
        assert (SECOND_HAND in f["message"], f["confidence"], f["corroborated_by"]) == (True, "low", [])
    assert summary["findings"]["critical"] == summary["findings"]["high"] == 0
    assert summary["verdict"]["text"].startswith("inconclusive")
    rows = open_case(tmp_path / "case").sql('SELECT level, indicator FROM "mvt.output.alert"')[1]
    assert rows == [["CRITICAL", "conclusion.example.com"]]


def test_it_is_hunted_in(results, tmp_path):
    (tmp_path / "none.csv").write_text("type,value\ndomain,nowhere.example.org\n")
    assert run("check", results, "-o", tmp_path / "case", "-i", tmp_path / "none.csv", "--jobs", 1).exit_code == 0
    done = run("hunt", tmp_path / "case", "-i", tmp_path / "feed.csv", "--json")
    assert done.exit_code == 1, done.output
    assert "lure.example.org" in done.output
    assert "exampled" in done.output
    assert '"value": "conclusion.example.com"' not in done.output
