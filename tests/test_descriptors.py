"""Files by descriptor where the system offers less: what it cannot refuse is looked at first."""

import os
import sys
import types

import pytest

from bridle import descriptors
from bridle.case import locking
from bridle.evidence.archive import members_of
from bridle.evidence.backup_folder import BackupFolder
from bridle.evidence.folder import Folder


@pytest.fixture
def nothing(monkeypatch):
    """No flags that refuse links and pipes, and folders are not opened."""
    for name in ("NO_LINKS", "NO_WAIT", "FOLDER"):
        monkeypatch.setattr(descriptors, name, 0)


def test_reading_somewhere_moves_nobodys_place(tmp_path):
    (tmp_path / "f").write_bytes(b"0123456789")
    descriptor = os.open(tmp_path / "f", os.O_RDWR)
    try:
        assert os.read(descriptor, 3) == b"012"
        assert descriptors.read_moving(descriptor, 4, 5) == b"5678"
        assert descriptors.read_moving(descriptor, 4, 8) == b"89"
        assert descriptors.write_moving(descriptor, b"x", 4) == 1
        assert os.read(descriptor, 3) == b"3x5"
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("system", ["as it is", "without flags"])
def test_a_link_is_not_opened(tmp_path, system, request):
    if system == "without flags":
        request.getfixturevalue("nothing")
    (tmp_path / "f").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "f")
    os.close(descriptors.open_file(tmp_path / "f"))
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        descriptors.open_file(tmp_path / "link")
    with pytest.raises(FileNotFoundError):
        descriptors.open_file(tmp_path / "missing")


def test_folders_are_listed_by_path_where_they_cannot_be_opened(tmp_path, nothing):
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    (root / "in/f").write_bytes(b"abc")
    (root / "out").symlink_to(tmp_path)
    listed = Folder(root)
    found = [(e.path, e.type, e.size) for e in listed.entries(lambda _: True)]
    assert sorted(found) == [("in", "directory", None), ("in/f", "file", 3), ("out", "symlink", None)]
    assert listed.problems == []
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        members_of(f"{root}/out")


def test_a_backup_is_read_by_path_where_folders_cannot_be_opened(tmp_path, nothing):
    (tmp_path / "b/0d").mkdir(parents=True)
    (tmp_path / "b/0d/0d609c").write_bytes(b"abc")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/ff609c").write_bytes(b"secret")
    (tmp_path / "b/ff").symlink_to(tmp_path / "elsewhere")
    folder = BackupFolder(tmp_path / "b")
    folder.walk()
    assert (folder.take("0d/0d609c"), folder.odd) == (3, {"ff": "symlink"})
    descriptor, size = folder.open("0d/0d609c")
    with os.fdopen(descriptor, "rb") as file:
        assert (size, file.read()) == (3, b"abc")
    with pytest.raises(Exception, match="ff/ff609c: Too many levels of symbolic links"):
        folder.open("ff/ff609c")


def test_folders_that_cannot_be_opened_are_not_synced(tmp_path, nothing):
    (tmp_path / "f").write_bytes(b"x")
    descriptors.sync(tmp_path)
    descriptors.sync(tmp_path / "f")
    with pytest.raises(FileNotFoundError):
        descriptors.sync(tmp_path / "missing")


@pytest.fixture
def windows(monkeypatch):
    """Locks as Windows has them: of one byte, that nobody else can read meanwhile. Gives the bytes that are locked."""
    locked = {}

    def locking_(descriptor, mode, count):
        at = (os.fstat(descriptor).st_ino, os.lseek(descriptor, 0, os.SEEK_CUR))
        if mode == 2 and locked.setdefault(at, descriptor) != descriptor:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(LK_NBLCK=2, locking=locking_))
    return locked


def test_locks_without_flock_are_far_from_what_is_read(tmp_path, windows):
    (tmp_path / "f").write_bytes(b"abc")
    one, two = (os.open(tmp_path / "f", os.O_RDWR) for _ in range(2))
    try:
        os.lseek(one, 2, os.SEEK_SET)
        assert (locking.taken(one), locking.taken(two)) == (True, False)
        assert [at for _, at in windows] == [0x7FFFFF00]
        assert os.read(one, 9) == b"c"
    finally:
        os.close(one)
        os.close(two)


def test_waiting_for_a_lock_without_flock(tmp_path, windows, monkeypatch):
    (tmp_path / "f").write_bytes(b"abc")
    one, two = (os.open(tmp_path / "f", os.O_RDWR) for _ in range(2))
    waited = []

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 2:
            windows.clear()

    monkeypatch.setattr(locking.time, "sleep", sleep)
    try:
        locking.take(one)
        locking.take(two)
        assert len(waited) == 2
    finally:
        os.close(one)
        os.close(two)


@pytest.mark.parametrize("unnamed", [True, False])
def test_a_file_is_put_whole_or_not_at_all(tmp_path, monkeypatch, unnamed):
    if not unnamed:
        monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    descriptors.write_whole(tmp_path / "f", b"old")
    descriptors.write_whole(tmp_path / "f", b"new")
    assert (tmp_path / "f").read_bytes() == b"new"
    if sys.platform != "win32":
        assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        descriptors.write_whole(tmp_path / "f", b"newer")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"f": b"new"}
