"""`bridle baseline build` learns from no case whose record forbids statistics, and is entered in the others."""

import datetime
import json

import pytest
from click.testing import CliRunner

from bridle.case.meta import render_case_toml
from bridle.case.writer import CaseWriter
from bridle.cli import bridle
from bridle.detect.baselines import load_own

LEVELS = ("critical", "high", "medium", "low", "informational")


def case(path, consent):
    writer = CaseWriter(path, None)
    writer.write_file("case.toml", render_case_toml({"case": {"encrypted": False}, "consent": consent}).encode())
    writer.write_file("summary.json", json.dumps({"findings": dict.fromkeys(LEVELS, 0)}).encode())
    writer.commit()
    return path


def build(*arguments):
    return CliRunner().invoke(bridle, ["baseline", "build", *map(str, arguments)])


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("bridle.case.consent.today", lambda: datetime.date(2026, 3, 1))


def test_each_case_says_that_a_baseline_was_drawn_from_it(tmp_path):
    one = case(tmp_path / "one", {"statistics": True, "retention_until": "2026-03-01"})
    two = case(tmp_path / "two", "none recorded")
    assert build(one, two, "-o", tmp_path / "own").exit_code == 0
    for path in (one, two):
        entry = json.loads((path / "custody.jsonl").read_text())
        assert (entry["event"], entry["baseline_sha256"]) == ("baseline", load_own(tmp_path / "own").digest)


@pytest.mark.parametrize(
    ("consent", "why"),
    [
        ({"statistics": False, "retention_until": "2026-03-01"}, "its consent record does not allow statistics"),
        ({"statistics": True, "retention_until": "2026-02-28"}, "it was to be destroyed by 2026-02-28"),
    ],
)
def test_a_record_that_forbids_it_stops_it(tmp_path, consent, why):
    path = case(tmp_path / "one", consent)
    done = build(path, "-o", tmp_path / "own")
    assert (done.exit_code, (tmp_path / "own").exists(), (path / "custody.jsonl").exists()) == (2, False, False)
    assert f"bridle: nothing is learned from {path}: {why}" in done.stderr
