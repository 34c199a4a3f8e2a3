"""`bridle custody`: the log as a table, holds, and what is said of a log that was edited."""

import hashlib
import json

import pytest
from click.testing import CliRunner

from bridle.case import custody as events
from bridle.case.manifest import append_custody
from bridle.case.writer import CaseWriter
from bridle.cli import bridle


def run(*arguments):
    return CliRunner().invoke(bridle, ["custody", *map(str, arguments)])


@pytest.fixture
def case(tmp_path, monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "desk-1")
    path = tmp_path / "case"
    writer = CaseWriter(path, None)
    writer.write_file("summary.json", b"{}")
    writer.commit()
    append_custody(path, {"event": "check", "exit": 1})
    return path


def test_the_log_is_a_table(case):
    append_custody(case, events.output("report", b"<html>", format="html", recipient="Example Lab"))
    shown = run(case)
    assert shown.exit_code == 0
    first, second, last = shown.stdout.splitlines()
    assert first.split("  ", 1)[1] == "desk-1  check   exit=1"
    assert second.split("  ", 1)[1] == (
        "desk-1  report  format=html  recipient=\"Example Lab\"  "
        "output_sha256=b7d082ee12e91b756ea22e8513b8594eebcf5d39fab813da3cb55794dc888ad7  output_size=6"
    )  # fmt: skip
    assert last == "2 entries; each follows from the one before."


def test_a_hold_is_in_force_until_it_is_released(case):
    assert run(case, "--hold", "order of the  Example Court, 12/26").exit_code == 0
    assert "Held: order of the Example Court, 12/26\n" in run(case).stdout
    assert json.loads(run(case, "--json").stdout)["holds"] == ["order of the Example Court, 12/26"]
    run(case, "--hold", "a second order")
    wrong = run(case, "--release", "another")
    assert (wrong.exit_code, wrong.stderr) == (2, (
        "bridle: no hold 'another' is in force; those that are: order of the Example Court, 12/26; a second order\n"
    ))  # fmt: skip
    assert run(case, "--release", "order of the Example Court, 12/26").exit_code == 0
    told = json.loads(run(case, "--json").stdout)
    assert (told["intact"], told["holds"]) == (True, ["a second order"])
    assert [e["event"] for e in told["entries"]] == ["check", "hold", "hold", "release"]
    line = (case / "custody.jsonl").read_bytes().splitlines()[0]
    assert told["entries"][0]["sha256"] == hashlib.sha256(line).hexdigest() == told["entries"][1]["previous"]


def test_an_edited_line_is_named_and_its_hold_still_counts(case):
    run(case, "--hold", "an order")
    run(case, "--hold", "a second order")
    file = case / "custody.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"exit": 1', b'"exit": 0'))
    shown = run(case)
    assert shown.exit_code == 1
    broken = [
        "custody.jsonl: line 1 was changed: it does not fit its own check",
        "custody.jsonl: line 2 does not follow from what is before it",
    ]
    assert shown.stdout.splitlines()[-4:] == ["Held: an order", "Held: a second order", *broken]
    assert json.loads(run(case, "--json").stdout)["broken"] == broken


def test_hostile_entries_stay_on_their_line(case):
    append_custody(case, {"event": "x\ny\x1b[2J", "a\nb": "c\nd", "time": "\u202e"})
    line = run(case).stdout.splitlines()[1]
    assert "\\x1b" not in line.replace("\\u001b", "")
    assert line.endswith('"a\\nb"="c\\nd"')
    assert '"x\\ny\\u001b[2J"' in line and "\\u202e" in line


@pytest.mark.parametrize("arguments", [("--hold", " "), ("--hold", "x" * 501), ("--hold", "a", "--release", "b")])
def test_wrong_use(case, arguments):
    assert run(case, *arguments).exit_code == 2
    assert json.loads(run(case, "--json").stdout)["holds"] == []


def test_what_cannot_be_entered_is_said(case, monkeypatch):
    def refused(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(events, "append_custody", refused)
    why = f"this is not entered in the custody log of {case}: Read-only file system; make a note of it elsewhere"
    assert events.recorded(case, {"event": "report"}) == why
    done = run(case, "--hold", "an order")
    assert (done.exit_code, done.stderr) == (3, f"bridle: {why}\n")
