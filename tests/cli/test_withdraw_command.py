"""`bridle withdraw`: what it asks, says and ends with."""

import json

import pytest
from click.testing import CliRunner

from bridle.case.custody import output
from bridle.case.manifest import append_custody
from bridle.case.writer import CaseWriter
from bridle.cli import bridle
from bridle.cli.withdraw import _ROLES
from bridle.custody.withdraw import ROLES


def run(*arguments):
    return CliRunner().invoke(bridle, ["withdraw", *map(str, arguments)])


@pytest.fixture
def case(tmp_path):
    path = tmp_path / "desk" / "case"
    path.parent.mkdir()
    writer = CaseWriter(path, None)
    writer.write_file("findings.jsonl", b"")
    writer.commit()
    append_custody(path, {"event": "check"})
    return path


def test_what_is_destroyed_and_who_is_to_be_asked(case, tmp_path):
    append_custody(case, output("report", b"one", recipient="Example\x1b[2J Lab"))
    (tmp_path / "desk" / "report.html").write_bytes(b"one")
    done = run(case, "--yes")
    assert (done.exit_code, done.stdout) == (1, (
        f"Destroyed      {case}: 3 files\n"
        "Destroyed      1 outputs\n"
        "To be asked    Example\\x1b[2J Lab (report)\n"
        f"Left           {case / 'withdrawn.json'}\n"
        "Not touched    the acquisition itself, and backups of this machine\n"
    ))  # fmt: skip


def test_nothing_is_destroyed_without_being_asked_for(case):
    done = run(case)
    assert (done.exit_code, done.stderr) == (2, "bridle: destroying needs --yes where nobody can be asked\n")
    assert run(case, "--yes", "--by", "somebody").exit_code == 2
    assert run(case, "--yes", "--also", case / "none").exit_code == 2
    assert (case / "findings.jsonl").exists()


def test_a_hold_is_wrong_use(case):
    append_custody(case, {"event": "hold", "reason": "an order"})
    done = run(case, "--yes")
    assert done.exit_code == 2
    assert done.stderr.startswith(f"bridle: {case} is under a legal hold (an order); that it was asked for is entered")


def test_one_that_is_gone_and_one_that_is_none(case, tmp_path):
    assert run(case, "--yes").exit_code == 0
    again = run(case, "--yes", "--json")
    assert (again.exit_code, list(json.loads(again.stdout)[0])) == (0, ["path", "case", "withdrawn", "finished"])
    (case / "withdrawn.json").write_bytes(b"[" * 100_000)
    assert run(case, "--yes").stdout == f"Gone already   {case}, on an unknown day\n"
    assert run(case, tmp_path, "--yes").exit_code == 2


def test_the_first_of_several_is_not_destroyed_where_the_second_is_no_case(case, tmp_path):
    assert run(case, tmp_path, "--yes").exit_code == 2
    assert (case / "findings.jsonl").exists()


def test_the_roles_are_the_same_in_both_places():
    assert _ROLES == ROLES
