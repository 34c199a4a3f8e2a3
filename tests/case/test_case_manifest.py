"""The manifest and the chain of custody: whatever is changed is named."""

import hashlib
import json
import os
import re

import pytest
from building import KEY, Process, rows, written

from bridle import __version__
from bridle.case.manifest import append, append_custody, verify_manifest


@pytest.fixture
def folder(tmp_path):
    table = rows(Process, "/p", [{"locator": "1", "name": "bh"}])
    return written(tmp_path / "case", KEY, {"a.b.c": table}, {"summary.json": b"{}\n", "case.key.age": b"wrapped"}).path


def manifest(folder):
    return json.loads((folder / "manifest.json").read_bytes())


def test_every_file_is_listed_in_order_with_its_size_and_digests(folder):
    listed = manifest(folder)
    assert listed["schema"] == 1
    assert list(listed["files"]) == ["case.key.age", "records/a.b.c.parquet", "summary.json"]
    assert listed["files"]["case.key.age"] == {
        "content_sha256": None, "size": 7, "stored_sha256": hashlib.sha256(b"wrapped").hexdigest(),
    }  # fmt: skip
    stored = (folder / "records/a.b.c.parquet").read_bytes()
    assert listed["files"]["records/a.b.c.parquet"]["stored_sha256"] == hashlib.sha256(stored).hexdigest()
    assert listed["files"]["records/a.b.c.parquet"]["size"] == len(stored)


def test_an_untouched_case_is_intact(folder):
    assert verify_manifest(folder) == []


@pytest.mark.parametrize("name", ["summary.json", "case.key.age", "records/a.b.c.parquet"])
def test_a_changed_missing_or_unlisted_file_is_named(folder, name):
    stored = (folder / name).read_bytes()
    (folder / name).write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))
    assert verify_manifest(folder) == [f"{name}: changed"]
    (folder / name).write_bytes(stored + b"\n")
    assert verify_manifest(folder) == [f"{name}: changed (size)"]
    (folder / name).rename(folder / "records/.hidden")
    assert verify_manifest(folder) == sorted([f"{name}: missing", "records/.hidden: unlisted"])


def test_links_and_folders_do_not_hide_anything(folder, tmp_path):
    (tmp_path / "copy").write_bytes((folder / "summary.json").read_bytes())
    (folder / "summary.json").unlink()
    (folder / "summary.json").symlink_to(tmp_path / "copy")
    (folder / "more").mkdir()
    (folder / "more/x").write_bytes(b"x")
    (folder / "linked").symlink_to(tmp_path)
    assert verify_manifest(folder) == [
        "linked: unlisted", "more/x: unlisted", "summary.json: changed (a link instead of a file)",
    ]  # fmt: skip


def test_a_pipe_in_the_place_of_a_file_does_not_hang(folder):
    (folder / "summary.json").unlink()
    os.mkfifo(folder / "summary.json")
    assert verify_manifest(folder) == ["summary.json: changed (size)"]


def test_what_grows_later_lies_outside(folder):
    append_custody(folder, {"event": "check", "exit": 0})
    append(folder, "notes.jsonl", {"note": "seen"})
    append(folder, "signoff.jsonl", {"by": "analyst 2"})
    (folder / "manifest.json.sig").write_bytes(b"signature")
    assert verify_manifest(folder) == []
    with pytest.raises(ValueError, match=r"expected one of custody\.jsonl, notes\.jsonl, signoff\.jsonl"):
        append(folder, "findings.jsonl", {})


def test_each_line_of_custody_names_the_one_before_and_the_first_the_manifest(folder):
    append_custody(folder, {"event": "check", "exit": 1})
    append_custody(folder, {"event": "seal"})
    one, two = (folder / "custody.jsonl").read_bytes().splitlines()
    first, second = json.loads(one), json.loads(two)
    assert first["previous"] == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert second["previous"] == hashlib.sha256(one).hexdigest()
    assert (first["event"], first["exit"], first["bridle"]) == ("check", 1, __version__)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first["time"])
    assert list(first) == ["time", "host", "bridle", "event", "exit", "previous", "check"]
    assert (folder / "custody.jsonl").stat().st_mode & 0o777 == 0o600


def test_nothing_in_a_chain_acts_on_who_reads_it(folder):
    said = "\x9b31m\u202e\u2028\x1b \U000e0041 é"
    append(folder, "notes.jsonl", {"text": said})
    (line,) = (folder / "notes.jsonl").read_text("utf-8").splitlines()
    assert '"text": "\\u009b31m\\u202e\\u2028\\u001b \\udb40\\udc41 é"' in line
    assert json.loads(line)["text"] == said
    assert verify_manifest(folder) == []


def test_a_chain_that_was_edited_is_named(folder):
    for n in range(3):
        append_custody(folder, {"event": f"e{n}"})
    file = folder / "custody.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[2])
    assert verify_manifest(folder) == ["custody.jsonl: line 2 does not follow from what is before it"]
    file.write_bytes(lines[0].replace(b'"e0"', b'"e9"') + lines[1] + lines[2])
    assert verify_manifest(folder) == [
        "custody.jsonl: line 1 was changed: it does not fit its own check",
        "custody.jsonl: line 2 does not follow from what is before it",
    ]
    file.write_bytes(b"".join(lines) + b'{"torn": ')
    assert verify_manifest(folder) == ["custody.jsonl: line 4 is not an entry of a chain"]
    append_custody(folder, {"event": "after"})
    assert verify_manifest(folder) == ["custody.jsonl: line 4 is not an entry of a chain"]
    assert json.loads(file.read_bytes().splitlines()[4])["event"] == "after"


def test_a_flipped_byte_is_found_anywhere_in_a_chain_even_in_its_last_line(folder):
    for n in range(2):
        append_custody(folder, {"event": f"é{n}"})
    file = folder / "custody.jsonl"
    stored = file.read_bytes()
    for at in range(len(stored)):
        for bit in (1, 7, 32):
            file.write_bytes(stored[:at] + bytes([stored[at] ^ bit]) + stored[at + 1 :])
            assert verify_manifest(folder) != [], (at, bit)


def test_the_check_of_a_line_is_of_the_line_without_it(folder):
    append_custody(folder, {"event": "check"})
    line = (folder / "custody.jsonl").read_bytes()
    row, check = line.split(b', "check": "')
    assert check == hashlib.sha256(row + b"}").hexdigest().encode() + b'"}\n'


def test_a_pipe_or_link_in_the_place_of_a_chain_is_named(folder, tmp_path):
    os.mkfifo(folder / "notes.jsonl")
    (tmp_path / "elsewhere").write_bytes(b"")
    (folder / "custody.jsonl").symlink_to(tmp_path / "elsewhere")
    assert verify_manifest(folder) == [
        "custody.jsonl: a link, or another thing that is no file",
        "notes.jsonl: a link, or another thing that is no file",
    ]


def test_a_manifest_that_was_replaced_breaks_the_chain(folder):
    append_custody(folder, {"event": "check"})
    (folder / "summary.json").unlink()
    listed = manifest(folder)
    del listed["files"]["summary.json"]
    (folder / "manifest.json").write_text(json.dumps(listed))
    assert verify_manifest(folder) == ["custody.jsonl: line 1 does not follow from what is before it"]


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        (b"", "expected an object"),
        (b"[1]", "expected an object"),
        (b'{"schema": 1, "files": [[1]]}', "expected an object"),
        (b"\xff\xfe", "expected an object"),
        (b"[" * 100_000, "expected an object"),
        (b'{"schema": 2, "files": {}}', "expected schema 1, got 2"),
        (
            b'{"schema": 1, "files": {"../x": {"size": 1, "stored_sha256": ""}}}',
            "expected the path of a file of the case",
        ),
        (b'{"schema": 1, "files": {"/etc/passwd": {"size": 1, "stored_sha256": ""}}}', "expected the path of a file"),
        (b'{"schema": 1, "files": {"custody.jsonl": {"size": 1, "stored_sha256": ""}}}', "expected the path of a file"),
        (b'{"schema": 1, "files": {"a.json": {}}}', "has no size or no stored_sha256"),
    ],
)
def test_a_broken_manifest_is_an_error_that_says_what_was_expected(folder, stored, why):
    (folder / "manifest.json").write_bytes(stored)
    with pytest.raises(ValueError, match=re.escape(why)):
        verify_manifest(folder)


def test_a_folder_without_a_manifest_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        verify_manifest(tmp_path)


def test_an_entry_for_which_there_is_no_room_leaves_no_half_line(folder, monkeypatch):
    append_custody(folder, {"event": "check", "exit": 0})
    before = (folder / "custody.jsonl").read_bytes()
    written = os.write

    def full(descriptor, content):
        if len(content) <= 20:
            raise OSError(28, "No space left on device")
        return written(descriptor, content[:-20])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        append_custody(folder, {"event": "seal"})
    assert (folder / "custody.jsonl").read_bytes() == before
    monkeypatch.undo()
    append_custody(folder, {"event": "seal"})
    assert verify_manifest(folder) == []
