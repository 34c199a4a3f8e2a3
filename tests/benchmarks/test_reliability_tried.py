"""Cases that fail, are skipped or never end, and what their line says."""

from reliability import tried

CASES = """
import pytest
def test_a(): pass
def test_b(): assert False
def test_c(): pytest.skip("not here")
def test_d(): pytest.importorskip("no_such_module")
"""
SAID = """\
============================= test session starts ==============================
collecting ... collected 5 items

tests/test_one.py::test_a PASSED                                         [ 20%]
tests/test_one.py::test_b[a b] PASSED                                    [ 40%]
tests/test_one.py::test_c SKIPPED (not here)                             [ 60%]
tests/test_one.py::test_d FAILED                                         [ 80%]
tests/test_one.py::test_e[=] """


def test_outcomes_are_counted(tmp_path):
    (tmp_path / "test_cases.py").write_text(CASES)
    made = tried.line("some", str(tmp_path / "test_cases.py"))
    assert (made.tried, made.survived) == (2, 1)
    assert made.note == "2 not run: what they need is not here"


def test_the_case_that_ran_when_it_was_ended_did_not_survive(monkeypatch):
    monkeypatch.setattr(tried, "PATIENCE", 1_800.0)
    counts, note = tried._unended(SAID)
    assert counts == {"tests": 5, "failures": 1, "errors": 1, "skipped": 1}
    assert note == "ended after 1,800 s in 'tests/test_one.py::test_e[=]'"


def test_what_does_not_end_is_ended_and_told(tmp_path, monkeypatch):
    """Nor is it waited for a program that a case left behind, which holds what it was given to write to."""
    monkeypatch.setattr(tried, "PATIENCE", 0.01)
    (tmp_path / "test_cases.py").write_text("def test_a():\n    import time\n    time.sleep(600)\n")
    made = tried.line("some", str(tmp_path / "test_cases.py"))
    assert (made.tried, made.survived) == (1, 0)
    assert made.note.startswith("ended after 0 s in ")


def test_nothing_is_no_success(tmp_path):
    made = tried.line("some", str(tmp_path / "none.py"))
    assert (made.tried, made.survived) == (0, 0)
    assert made.note.startswith("nothing ran: ")
