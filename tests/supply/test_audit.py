"""What the database says is told; what nobody could ask is told as not checked, and is no failure."""

import json
import stat

import pytest

from supply import audit
from supply.audit import Audit, audited, told

KNOWN = {"dependencies": [
    {"name": "click", "version": "8.5.1", "vulns": []},
    {"name": "lz4", "version": "4.4.5", "vulns": [
        {"id": "PYSEC-2026-1", "fix_versions": ["4.4.6"]}, {"id": "PYSEC-2026-2", "fix_versions": []}]},
    {"name": "secret", "skip_reason": "not found"},
]}  # fmt: skip


def test_weaknesses_and_packages_that_nobody_knows():
    assert told(json.dumps(KNOWN), "") == Audit(
        checked=2,
        weak=(
            "lz4 4.4.5: PYSEC-2026-1, fixed in 4.4.6",
            "lz4 4.4.5: PYSEC-2026-2, no fixed version yet",
            "secret: not checked, the database does not know it",
        ),
    )


@pytest.mark.parametrize(
    ("output", "errors", "why"),
    [
        ("", "Traceback\nConnectionError: no route", "could not ask the database (ConnectionError: no route)"),
        ("", "", "could not ask the database (it said nothing)"),
        ('{"dependencies": 5}', "x", "could not ask the database (x)"),
    ],
)
def test_no_answer_is_not_a_good_answer(output, errors, why):
    assert told(output, errors) == Audit(not_checked=f"pip-audit {why}")


def test_a_database_that_knows_nothing_is_none():
    output = json.dumps({"dependencies": [{"name": "click", "skip_reason": "not found"}]})
    assert told(output, "") == Audit(not_checked="the database knows none of 1 packages")


def test_an_auditor_that_is_not_there(tmp_path):
    assert audited(tmp_path / "lock", tmp_path / "none").not_checked == "pip-audit could not be run (FileNotFoundError)"


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (json.dumps(KNOWN), 1, "lz4 4.4.5: PYSEC-2026-1, fixed in 4.4.6"),
        (json.dumps({"dependencies": KNOWN["dependencies"][:1]}), 0, ""),
        ("", 0, "not checked: pip-audit could not ask the database (it said nothing); run `make audit` again with"),
    ],
)
def test_the_exit_code(tmp_path, monkeypatch, capsys, answer, code, said):
    program = tmp_path / "auditor"
    program.write_text(f"#!/bin/sh\ncat <<'E'\n{answer}\nE\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("AUDITOR", str(program))
    try:
        audit.main()
        ended = 0
    except SystemExit as e:
        ended = int(e.code)
    assert (ended, capsys.readouterr().out.startswith(said)) == (code, True)
