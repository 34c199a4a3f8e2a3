"""A report is entered in the custody log by its digest, and a withdrawal finds it by that."""

import hashlib
import json

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from bridle.phantom import device


def run(*arguments, code=0):
    said = CliRunner().invoke(bridle, list(map(str, arguments)))
    assert said.exit_code == code, said.output
    return said


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    device.write("apk", "clean", False, None, 1, tmp_path / "app.apk", 1)
    run("check", tmp_path / "app.apk", "-o", tmp_path / "case")
    return tmp_path / "case"


def test_what_was_written_is_found_again(case, tmp_path):
    run("report", case, "--format", "csv", "-o", tmp_path / "any name")
    printed = run("report", case, "--format", "jsonl").stdout
    events = [json.loads(line) for line in (case / "custody.jsonl").read_text().splitlines()][1:]
    made = (tmp_path / "any name").read_bytes()
    assert [(e["event"], e["format"], e["audience"], e["redacted"]) for e in events] == [
        ("report", "csv", "analyst", False), ("report", "jsonl", "analyst", False),
    ]  # fmt: skip
    assert [(e["output_sha256"], e["output_size"]) for e in events] == [
        (hashlib.sha256(b).hexdigest(), len(b)) for b in (made, printed.encode())
    ]
    said = run("withdraw", case, "--yes", code=1).stdout
    assert not (tmp_path / "any name").exists()
    assert f"SHA-256 {events[1]['output_sha256'][:12]}" in said


def test_a_case_that_is_only_read_gives_a_report_all_the_same(case, monkeypatch):
    def refused(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("bridle.case.custody.append_custody", refused)
    said = run("report", case, "--format", "jsonl")
    assert f"not entered in the custody log of {case}: Read-only file system" in said.stderr
