"""The folder of a backup: what is in it, what of that was asked for, and what its Manifest.db hashes to."""

import hashlib
import os

import pyarrow as pa
import pytest

from bridle.evidence.backup_folder import BackupFolder

ONE, TWO, THREE, FOUR = (f"{n}{n}/{n * 40}" for n in "1234")


@pytest.fixture
def folder(tmp_path):
    for name, content in ((ONE, b"1"), (TWO, b"22"), (THREE, b""), ("Manifest.db", b"rows"), ("notes.txt", b"four!")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "11/link").symlink_to(ONE)
    found = BackupFolder(tmp_path)
    found.walk()
    yield found
    found.close()


def test_what_nobody_took_is_left(folder):
    assert folder.take_all(pa.array([TWO, FOUR, THREE, TWO])).to_pylist() == [2, None, 0, 2]
    assert folder.take("Manifest.db") == 4
    assert list(folder.left()) == [("notes.txt", 5), (ONE, 1)]
    assert folder.odd == {"11/link": "symlink"}


def test_the_digest_is_of_every_entry(folder):
    manifest = hashlib.sha256(b"rows").hexdigest()
    lines = [
        "directory 0 11", "directory 0 22", "directory 0 33", f"file 4 Manifest.db {manifest}", "file 5 notes.txt",
        f"file 1 {ONE}", "symlink 0 11/link", f"file 2 {TWO}", f"file 0 {THREE}",
    ]  # fmt: skip
    assert folder.digest == hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def test_a_second_walk_forgets_what_was_taken(folder):
    folder.take_all(pa.array([ONE, TWO, THREE]))
    folder.walk()
    assert sorted(folder.left()) == [(ONE, 1), (TWO, 2), (THREE, 0), ("Manifest.db", 4), ("notes.txt", 5)]


def test_a_hash_is_known_until_the_file_changes(folder, tmp_path):
    descriptor, _ = folder.open("Manifest.db")
    other, _ = folder.open("notes.txt")
    try:
        assert folder.known(descriptor) == hashlib.sha256(b"rows").hexdigest()
        assert folder.known(other) is None
        os.utime(tmp_path / "Manifest.db", ns=(1, 1))
        assert folder.known(descriptor) is None
    finally:
        os.close(descriptor)
        os.close(other)


def test_only_files_that_are_opened_later_are_known_after_the_listing(folder, tmp_path):
    folder.take_all(pa.array([ONE, TWO, THREE]))
    folder.keep(TWO)
    folder.keep("44/none")
    folder.forget()
    assert [folder.take(name) for name in (ONE, TWO, THREE, "44/none")] == [None, 2, None, None]
    for name in (ONE, TWO):
        (tmp_path / name).write_bytes(b"longer")
        os.close(folder.open(name)[0])
    assert [sentence.partition(" among them")[0] for sentence in folder.changes()] == [
        f"1 files changed while it was read, {TWO}"
    ]
