"""A list project: nothing in clear, two keys for numbers, and a log that shows what was changed."""

import hmac
import json
import os
import shutil
from pathlib import Path

import pytest
from made_project import SOURCE, at_home, filled, person

from bridle.targets import schema
from bridle.targets.audit import AuditError
from bridle.targets.files import locked
from bridle.targets.keys import ProjectError, ProjectLockedError, Tokens
from bridle.targets.project import Project, is_project


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A filled project, its two people, and a folder for temporary files that the test looks into."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    own, other = at_home(monkeypatch, tmp_path), person()
    project = Project.create(tmp_path / "project", "Example Lab", "Who was selected", [other.recipient])
    filled(project)
    return tmp_path, own, other


def test_selections_are_tokens_that_repeat(desk):
    folder, _, _ = desk
    project = Project.open(folder / "project")
    table = project.selections()
    assert table.schema == schema.SELECTIONS
    tokens = table["token"].to_pylist()
    assert [len(t) for t in tokens] == [32, 32, 32]
    assert tokens[0] == tokens[2] != tokens[1]
    assert table["row"].to_pylist() == [0, 1, 2]
    assert (project.owner, project.purpose) == ("Example Lab", "Who was selected")
    assert [(i.id, i.source, i.rows) for i in project.imports] == [("000001", SOURCE, 3)]


def test_nothing_lies_in_clear(desk):
    folder, _, other = desk
    Project.open(folder / "project", second=other).unmask(["0" * 32], "a reason that is private")
    told = ["5555550101", "5555550102", "555-0101", "editor", "source", "client-of-the-leak", "Example Lab",
            "Who was selected", "a reason that is private", SOURCE]  # fmt: skip
    tokens = Project.open(folder / "project").selections()["token"].to_pylist()
    files = [f for f in [*(folder / "project").rglob("*"), *(folder / "tmp").rglob("*")] if f.is_file()]
    assert {f.name for f in files} >= {"selections.parquet", "numbers.parquet", "cells.parquet", "audit.jsonl"}
    for file in files:
        stored = file.read_bytes()
        assert [t for t in (*told, *tokens) if t.encode() in stored] == [], file.name
        assert file.stat().st_mode & 0o077 == 0, file.name
    assert list((folder / "tmp").iterdir()) == []


def test_one_key_does_not_unmask(desk):
    folder, _, other = desk
    project = Project.open(folder / "project")
    token = project.selections()["token"][0].as_py()
    with pytest.raises(ProjectLockedError, match="second key too"):
        project.unmask([token], "an interview")
    with pytest.raises(ProjectLockedError, match="second key too"):
        project.tokens_of(["+15555550101"], "an interview")
    with pytest.raises(ProjectLockedError, match="does not open the first key"):
        Project.open(folder / "project", identity=other)
    with pytest.raises(ProjectLockedError, match="does not open the second key"):
        Project.open(folder / "project", second=person())
    assert [e.action for e in project.audit.entries()] == ["create", "import"]


def test_unmasking_takes_both_and_is_logged_with_its_reason(desk):
    folder, own, other = desk
    project = Project.open(folder / "project", second=other)
    token = project.selections()["token"][0].as_py()
    found = project.unmask([token], "the editor agreed to an examination")
    assert [(r["row"], r["number"], r["raw"], r["cells"]["note"]) for r in found] == [
        (0, "+15555550101", "+1 (555) 555-0101", "editor"),
        (2, "+15555550101", "tel:+15555550101", "again"),
    ]
    last = list(project.audit.entries())[-1]
    assert (last.action, last.reason) == ("unmask", "the editor agreed to an examination")
    assert (last.actor, last.details) == (own.recipient, {"second": other.recipient, "tokens": [token]})
    assert project.tokens_of(["+15555550101"], "her phone was examined") == [token]
    with pytest.raises(ProjectError, match="say why"):
        project.unmask([token], " ")
    with pytest.raises(ProjectError, match="at most 500 at once, got 501"):
        project.unmask(["x"] * 501, "all of it")
    assert [e.action for e in project.audit.entries()] == ["create", "import", "unmask", "tokens"]


def test_unmasking_that_cannot_be_logged_is_not_done(desk, monkeypatch):
    folder, _, other = desk
    project = Project.open(folder / "project", second=other)
    log = folder / "project" / "audit.jsonl"
    log.unlink()
    log.mkdir()
    monkeypatch.setattr("bridle.targets.project.fetched", lambda *a: pytest.fail("numbers were read"))
    with pytest.raises(ProjectError, match=r"audit\.jsonl"):
        project.unmask(["0" * 32], "an interview")


@pytest.mark.parametrize(("owner", "purpose", "second", "said"), [
    ("", "why", "other", "named owner and a stated purpose"),
    ("Lab", "  ", "other", "named owner and a stated purpose"),
    ("Lab", "why", "none", "second key of another person"),
    ("Lab", "why", "own", "would hold both keys"),
    ("Lab", "why", "nonsense", "expected an age recipient"),
])  # fmt: skip
def test_a_project_needs_an_owner_a_purpose_and_two_people(tmp_path, monkeypatch, owner, purpose, second, said):
    own = at_home(monkeypatch, tmp_path)
    named = {"other": [person().recipient], "none": [], "own": [own.recipient], "nonsense": ["nonsense"]}[second]
    with pytest.raises(ProjectError, match=said):
        Project.create(tmp_path / "project", owner, purpose, named)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home"]


def test_a_reader_opens_selections_only(tmp_path, monkeypatch):
    at_home(monkeypatch, tmp_path)
    other, reader = person(), person()
    project = Project.create(tmp_path / "p", "Lab", "why", [other.recipient], readers=[reader.recipient])
    filled(project)
    opened = Project.open(tmp_path / "p", identity=reader)
    assert opened.selections().num_rows == 3
    with pytest.raises(ProjectLockedError):
        opened.unmask(["0" * 32], "an interview")


def changed(lines, how):
    if how == "cut":
        return lines[:-1]
    if how == "swapped":
        return [lines[1], lines[0], *lines[2:]]
    if how == "edited":
        entry = json.loads(lines[1])
        entry["sealed"] = ("B" if entry["sealed"][30] != "B" else "C").join(
            (entry["sealed"][:30], entry["sealed"][31:])
        )
        return [lines[0], json.dumps(entry, separators=(",", ":")).encode(), *lines[2:]]
    if how == "one left out":
        return [lines[0], *lines[2:]]
    return [b"[" * 60000, *lines[1:]]


@pytest.mark.parametrize("how", ["cut", "swapped", "edited", "one left out", "nested"])
def test_a_changed_log_is_found(desk, how):
    folder, _, other = desk
    project = Project.open(folder / "project", second=other)
    project.unmask(["0" * 32], "an interview")
    log = folder / "project" / "audit.jsonl"
    log.write_bytes(b"\n".join([*changed(log.read_bytes().splitlines(), how), b""]))
    with pytest.raises(AuditError, match=r"line|the log was cut"):
        list(project.audit.entries())
    with pytest.raises(AuditError):
        project.unmask(["0" * 32], "another")


def test_half_a_line_of_a_crash_is_cut_off(desk):
    folder, _, _ = desk
    log = folder / "project" / "audit.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + b'{"n":2,"previo')
    project = Project.open(folder / "project")
    assert [e.action for e in project.audit.entries()] == ["create", "import"]
    project.record("read", "after the crash")
    assert [e.action for e in project.audit.entries()] == ["create", "import", "read"]
    assert log.read_bytes().startswith(whole + b'{"n":2,"previous"')


def test_an_import_that_fails_leaves_nothing(desk):
    folder, _, _ = desk
    project = Project.open(folder / "project", second=desk[2])
    before = sorted(p.name for p in (folder / "project" / "imports").iterdir())
    with pytest.raises(RuntimeError, match="in the middle"), project.importing("cd" * 32) as writer:
        writer.write(schema.empty_selections(), schema.NUMBERS.empty_table(), schema.NUMBERS.empty_table())
        raise RuntimeError("in the middle")
    assert sorted(p.name for p in (folder / "project" / "imports").iterdir()) == before
    assert len(Project.open(folder / "project").imports) == 1
    with pytest.raises(ProjectError, match="in the project already"), project.importing(SOURCE):
        pass


def hostile(folder: Path, what: str) -> None:
    if what == "a link":
        (folder / "project.sealed").unlink()
        (folder / "project.sealed").symlink_to("/etc/hostname")
    elif what == "another state":
        (folder / "project.sealed").write_bytes(os.urandom(200))
    elif what == "no key":
        (folder / "first.key.age").unlink()
    elif what == "a huge key":
        (folder / "first.key.age").write_bytes(b"A" * (1 << 22) + b"A")
    elif what == "a key that is none":
        (folder / "first.key.age").write_bytes(b"A" * 100)
    elif what == "another version":
        (folder / "list-project.json").write_text('{"format": "bridle list project", "version": 2}')
    else:
        (folder / "list-project.json").write_text("[" * 100_000)


@pytest.mark.parametrize(("what", "said"), [
    ("a link", "found a link"), ("another state", "restore the project"), ("no key", "found a link or nothing"),
    ("a huge key", "is larger than"), ("a key that is none", "does not open the first key"),
    ("another version", "of another version"), ("nested", "is not JSON"),
])  # fmt: skip
def test_a_hostile_folder_gives_one_clear_error(desk, what, said):
    hostile(desk[0] / "project", what)
    with pytest.raises(ProjectError, match=said):
        Project.open(desk[0] / "project")


@pytest.mark.parametrize("how", ["swapped", "cut", "gone"])
def test_a_table_that_was_changed_gives_one_clear_error(desk, how):
    folder, _, other = desk
    project = Project.open(folder / "project", second=other)
    with project.importing("cd" * 32) as writer:
        empty = schema.NUMBERS.empty_table()
        writer.write(schema.empty_selections(), empty, empty)
    first, second = (folder / "project" / "imports" / n / "selections.parquet" for n in ("000001", "000002"))
    if how == "swapped":
        shutil.copy(first, second)
    elif how == "cut":
        second.write_bytes(second.read_bytes()[:-20])
    else:
        second.unlink()
    with pytest.raises(ProjectError, match="import 000002 cannot be read"):
        Project.open(folder / "project").selections()


def test_a_folder_with_other_things_is_not_taken(tmp_path, monkeypatch):
    at_home(monkeypatch, tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "letters.txt").write_text("mine")
    with pytest.raises(ProjectError, match="not empty"):
        Project.create(tmp_path / "own", "Lab", "why", [person().recipient])
    assert not is_project(tmp_path / "own")
    with pytest.raises(ProjectError, match="is no list project"):
        Project.open(tmp_path / "own")


def test_a_token_is_an_hmac():
    key = bytes(range(32))
    expected = hmac.new(key, b"+15555550101", "sha256").hexdigest()[:32]
    assert Tokens(key).of("+15555550101") == expected


def test_what_a_dead_process_left_is_removed_by_the_next_writer(desk):
    folder, _, _ = desk
    (folder / "project" / ".new-dead").write_bytes(b"half")
    Project.open(folder / "project").record("look", "a trial")
    assert [p.name for p in (folder / "project").glob(".*")] == []


def test_half_a_new_project_is_removed_by_the_next_if_its_maker_is_dead(desk):
    folder, _, other = desk
    for name in (".list-second-dead", ".list-second-alive", ".list-third-other"):
        (folder / name).mkdir()
        (folder / name / "first.key.age").write_bytes(b"half")
    with locked(folder / ".list-second-alive"):
        Project.create(folder / "second", "Example Lab", "Who was selected", [other.recipient])
    assert sorted(p.name for p in folder.glob(".*")) == [".list-second-alive", ".list-third-other"]
