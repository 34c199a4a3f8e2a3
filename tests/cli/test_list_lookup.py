"""`bridle list lookup`: files go between two holders and who asks, and every step warns."""

import json

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from list_projects import Desk

LIST = [f"+1201555{n:04}" for n in range(100, 106)]


def run(*args):
    return CliRunner().invoke(bridle, ["list", *map(str, args)])


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """One identity opens both projects here, so that all steps run in one process."""
    (tmp_path / "b").mkdir()
    other = Desk(tmp_path / "b", monkeypatch, owner="Second Desk")
    monkeypatch.setenv("OTHER", str(tmp_path / "b" / "first.txt"))
    desk = Desk(tmp_path, monkeypatch, LIST)
    desk.other = other
    return desk


def done(*args):
    got = run("lookup", *args)
    assert got.exit_code == 0, got.output
    assert "An open look-up endangers the source" in got.stderr
    return got


def evaluated(desk, path, request, monkeypatch, *more):
    first = str(path / "first.txt")
    for name, project, identity in (("a", desk.folder, first), ("b", desk.other.folder, str(path / "b/first.txt"))):
        monkeypatch.setenv("BRIDLE_IDENTITY", identity)
        done("evaluate", path / request, "--project", project, "-o", path / f"{request}.{name}", "--supervisor",
             "Supervisor", "--reason", "asked in person", *more)  # fmt: skip
    monkeypatch.setenv("BRIDLE_IDENTITY", first)
    responses = [a for name in "ab" for a in ("--response", path / f"{request}.{name}")]
    return [*responses, *(a for name in "ab" for a in ("--key", path / f"{name}.key"))]


def test_from_key_to_answer(desk, tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_IDENTITY", str(tmp_path / "b/first.txt"))
    done("key", "--project", desk.other.folder, "-o", tmp_path / "b.key")
    monkeypatch.setenv("BRIDLE_IDENTITY", str(tmp_path / "first.txt"))
    done("key", "--project", desk.folder, "-o", tmp_path / "a.key")
    done("blind", "--project", desk.folder, "--second-identity", desk.second_file, "--reason", "table", "-o",
         tmp_path / "list", "--secret", tmp_path / "list.secret")  # fmt: skip
    both = evaluated(desk, tmp_path, "list", monkeypatch, "--for-table")
    done("table", "--secret", tmp_path / "list.secret", *both, "-o", tmp_path / "table")
    answers = []
    for n, number in enumerate(("+1 (201) 555-0103", "+1 201 555 0199")):
        (tmp_path / "number").write_text(number + "\n")
        done(
            "blind", "--number-file", tmp_path / "number", "-o", tmp_path / f"{n}", "--secret", tmp_path / f"{n}.secret"
        )
        both = evaluated(desk, tmp_path, f"{n}", monkeypatch)
        rest = ("--secret", tmp_path / f"{n}.secret", *both, "--table", tmp_path / "table")
        answers += json.loads(done("finalize", *rest, "--json").stdout)["listed"]
        told = done("finalize", *rest).stdout
        assert "does not show that the phone was" in told
    assert answers == [True, False]


@pytest.mark.parametrize("text", ["0155501", "+1201555*", "+1201555010?", "+12015550[1-9]", "hello", ""])
def test_only_whole_numbers(tmp_path, text, desk):
    (tmp_path / "number").write_text(text)
    got = run("lookup", "blind", "--number-file", tmp_path / "number", "-o", tmp_path / "r", "--secret", tmp_path / "s")
    assert (got.exit_code, (tmp_path / "r").exists()) == (2, False)
    assert "no search for similar numbers" in got.output or "give it" in got.output


def test_the_list_needs_its_second_key(desk, tmp_path):
    got = run(
        "lookup", "blind", "--project", desk.folder, "--reason", "x", "-o", tmp_path / "r", "--secret", tmp_path / "s"
    )
    assert got.exit_code == 3
    assert "--second-identity" in got.output


def intersected(*args):
    got = run("intersect", *args)
    assert got.exit_code == 0, got.output
    return got


def test_an_address_book(desk, tmp_path):
    (tmp_path / "book").write_text("+1 201-555-0101\n\nhello\n+12015550199\n+1 (201) 555 0105\n+1201555*\n")
    secret = ("--secret", tmp_path / "secret")
    got = intersected("offer", tmp_path / "book", "-o", tmp_path / "offer", *secret)
    assert got.stdout.startswith("offer of 3 numbers, 2 lines left out: ")
    assert [line.split(";")[0] for line in got.stderr.splitlines()] == [
        "bridle: line 3 is no whole number", "bridle: line 6 is no whole number"
    ]  # fmt: skip
    for reveal, entries in (("count", None), ("entries", ["+12015550101", "+12015550105"])):
        both = ("--project", desk.folder, "--second-identity", desk.second_file)
        why = ("--reveal", reveal, "--partner", "Example Radio", "--reason", "joint story")
        intersected("answer", tmp_path / "offer", *both, "-o", tmp_path / reveal, *why)
        found = json.loads(intersected("read", tmp_path / reveal, *secret, "--json").stdout)
        assert found == {"count": 2, "entries": entries}
    assert intersected("read", tmp_path / "entries", *secret).stdout == (
        "2 of your entries are on the list. That somebody selected a number shows no attack.\n"
        "+12015550101\n+12015550105\n"
    )
