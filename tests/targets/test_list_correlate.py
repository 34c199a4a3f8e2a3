"""`bridle list correlate` on the command line: two keys, a registration, and refusals."""

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

pytest.importorskip("bridle.targets.project")

import pyarrow as pa
from made_cases import NOON, case, finding
from made_project import SOURCE, at_home, person

from bridle.cli.list_correlate import correlate
from bridle.targets import schema
from bridle.targets.correlate_study import PUBLISHED
from bridle.targets.keys import Tokens
from bridle.targets.project import Project

DAY = 86_400


def iso(time: int) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Twelve phones, each selected once, of which ten have a trace five minutes later; and the list of 40 numbers."""
    monkeypatch.chdir(tmp_path)
    at_home(monkeypatch, tmp_path)
    other = person()
    (tmp_path / "second.txt").write_text(other.secret)
    (tmp_path / "second.txt").chmod(0o600)
    project = Project.create(tmp_path / "list", "Example Lab", "Who was selected", [other.recipient])
    opened = Project.open(tmp_path / "list", second=other)
    tokens = Tokens(opened.keys.tokens())
    times = [NOON + n * DAY + n * 2000 for n in range(40)]
    rows = [
        {"row": n, "source": SOURCE, "token": tokens.of(f"+120255501{n:02}"), "country": "US",
         "time": datetime.fromtimestamp(t, UTC), "time_precision": "second"}
        for n, t in enumerate(times)
    ]  # fmt: skip
    numbers = [{"row": r["row"], "source": SOURCE, "token": r["token"], "raw": "", "line": ""} for r in rows]
    with opened.importing(SOURCE) as writer:
        writer.write(
            schema.selections(rows), pa.Table.from_pylist(numbers, schema=schema.NUMBERS),
            pa.table({"number": pa.array([""] * len(rows))}),
        )  # fmt: skip
    for n in range(12):
        traces = (finding(times=(iso(times[n] + 300),)),) if n < 10 else ()
        case(tmp_path / "cases" / f"P{n:02}", {"phone_number": f"+1 202 555 01{n:02}", "clock_difference": "0"}, traces,
             verdict="traces of execution" if n < 10 else "no known traces in what was examined",
             used=(NOON + 30 * DAY,))  # fmt: skip
    assert project.owner == "Example Lab"
    return tmp_path


def run(*args, expect=0):
    done = CliRunner().invoke(correlate, [*map(str, args)])
    assert done.exit_code == expect, (done.output, done.exception)
    return done


BOTH = ("--second-identity", "second.txt", "--reason", "the study of May")


def test_registered_then_run(desk):
    sealed = json.loads(run("cases", "--project", "list", *BOTH, "--register", "plan.json", "--json").stdout)
    assert (sealed["devices"], sealed["on_list"]) == (12, 12)
    assert sealed["digest"] == json.loads((desk / "plan.json").read_text())["digest"]
    text = (desk / "plan.json").read_text()
    assert "555" not in text
    assert "P00" not in text
    found = json.loads(run("cases", "--project", "list", "--registered", "plan.json", "--json").stdout)
    assert found["registered"] == {"digest": sealed["digest"], "time": sealed["time"]}
    assert found["outcomes"]["all"] == {"phones": 12, "execution": 10, "targeting": 0, "inconclusive": 2}
    jitter, cross = found["correlation"]["tests"][:2]
    assert (jitter["null"], jitter["p"], cross["null"], cross["p"]) == ("jitter", 0.0001, "cross", 0.0001)
    assert [x["observed"] for x in jitter["lags"]] == [0, 0, 10, 10, 10]
    assert found["statement"]["name"] == "minutes"
    assert found["correlation"]["controls"]["hold"] is True
    actions = [(e.action, e.reason) for e in Project.open(desk / "list").audit.entries()][-3:]
    assert actions == [
        ("tokens", "the study of May"), ("register", "the study of May"), ("correlate", sealed["digest"]),
    ]  # fmt: skip


def test_what_is_printed(desk):
    told = run("cases", "--project", "list", *BOTH, "--draws", 199).stdout
    lines = told.splitlines()
    assert lines[0].startswith("EXPLORATORY: not registered before it was looked at")
    assert lines[3].split() == ["Phones", "on", "the", "list", "12", "10", "0", "2"]
    assert lines[6].split()[:7] == ["Published", "in", "2021", *map(str, PUBLISHED["all"])]
    assert "Of 12 phones, 10 have a trace within an hour after a selection" in told
    assert "Tests that DO NOT HOLD" in told
    assert "> jitter rejects: selections and traces share minutes of the day" in told
    assert "  - selected is not attacked: a selection is an entry on a list, and shows no attempt" in told
    assert "log10 P = -138 of 1,150,000,000, -65 of 1,000,000, -41 of 100,000, -17 of 10,000" in told
    assert "555" not in told
    assert "P00" not in told


def test_a_changed_study_is_refused(desk):
    run("cases", "--project", "list", *BOTH, "--register", "plan.json")
    done = run("cases", "--project", "list", "--registered", "plan.json", "--seed", 2, expect=2)
    assert "this is not what was registered on" in done.stderr
    assert ": plan.seed. Run what was registered" in done.stderr
    done = run("cases/P00", "cases/P01", "--project", "list", "--registered", "plan.json", expect=2)
    assert ": devices. Run what was registered" in done.stderr


def test_a_registration_of_nobodys_log_is_refused(desk):
    from bridle.targets import registration

    run("cases", "--project", "list", *BOTH, "--register", "plan.json")
    known = registration.read(desk / "plan.json")
    earlier = registration.sealed(known.configuration, known.power, datetime(2020, 1, 1, tzinfo=UTC))
    registration.write(desk / "earlier.json", earlier)
    done = run("cases", "--project", "list", "--registered", "earlier.json", expect=2)
    assert "the log of the list project does not have this registration" in done.stderr


def test_registering_reads_nothing_that_was_found(desk, monkeypatch):
    def seen(*_):
        raise AssertionError("findings were read")

    monkeypatch.setattr("bridle.case.reader.Case.findings", seen)
    monkeypatch.setattr("bridle.case.reader.Case.summary", seen)
    assert "Power at 0.01" in run("cases", "--project", "list", *BOTH, "--register", "plan.json").stdout


def test_one_person_alone_finds_nobody_on_the_list(desk):
    done = run("cases", "--project", "list", "--reason", "the study of May", expect=3)
    assert "this needs the second key too" in done.stderr
    done = run("cases", "--project", "list", "--second-identity", "second.txt", expect=2)
    assert "say why" in done.stderr


def test_a_case_without_consent_stops_all(desk):
    case(desk / "cases" / "P12", {"phone_number": "+1 202 555 0112"}, consent="none recorded")
    done = run("cases", "--project", "list", *BOTH, expect=2)
    assert "cases/P12: this case has no consent record, so it is not counted" in done.stderr
    assert "1 of 13 cases may not be counted, so nothing was computed; leave them out" in done.stderr
    assert done.stdout == ""


def test_wrong_use(desk):
    assert "is no list project" in run("cases", "--project", "cases", *BOTH, expect=2).stderr
    assert (
        "give one of them" in run("cases", "--project", "list", "--register", "a", "--registered", "b", expect=2).stderr
    )
    assert "is not reached with 99 draws" in run("cases", "--project", "list", *BOTH, "--draws", 99, "--alpha", 0.001,
                                                 expect=2).stderr  # fmt: skip
