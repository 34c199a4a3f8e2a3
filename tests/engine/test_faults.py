"""Evidence that changes or cannot be read meanwhile, and places where no case can be written."""

import errno
import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
from pathlib import Path, PurePosixPath

import pytest
from click.testing import CliRunner

from bridle.case.manifest import verify_manifest
from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.engine.check import check
from bridle.engine.opening import is_changed, part
from bridle.engine.options import Options, Silence
from bridle.evidence.archive import Shelf
from bridle.evidence.extent import Extent
from bridle.evidence.folder import Folder
from bridle.evidence.source import Member
from fleet_tools import PLACE, acquisition

NEXT = "what was read is no one moment of it. Let nothing write to it, copy it again, and examine the copy."
LARGE = 70 << 10
"""Bytes that do not cross in a message."""


def member(path):
    def content():
        descriptor = os.open(path, os.O_RDONLY)
        size = os.fstat(descriptor).st_size
        return Extent(descriptor=descriptor, offset=0, length=size, size=size)

    return Member(path=PurePosixPath("/private/x"), member="x", type="file", content=content)


def test_a_file_that_is_written_to_after_it_was_hashed_is_changed(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(bytes(LARGE))
    read = part("", member(file))
    assert not is_changed(read)
    times = file.stat()
    with file.open("r+b") as out:
        out.seek(5)
        out.write(b"x")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert is_changed(read)
    read.close()


def test_a_file_that_was_only_touched_or_renamed_is_not_changed(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(bytes(LARGE))
    read = part("", member(file))
    os.utime(file, (1, 1))
    file.rename(tmp_path / "y")
    assert not is_changed(read)
    read.close()


def test_what_lies_on_our_own_shelf_is_not_looked_at_again():
    shelf = Shelf()
    slot = shelf.keep([bytes(LARGE)], LARGE)
    read = part("", Member(path=PurePosixPath("/x"), member="x", type="file", content=slot.extent))
    shelf.keep([b"more"], 4)
    assert read.before == ()
    assert not is_changed(read)
    read.close()
    shelf.close()


def test_a_folder_tells_what_is_not_as_it_was_listed(tmp_path):
    for name in ("a/one", "b/two", "b/three"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    folder = Folder(tmp_path)
    found = {e.path: e for e in folder.entries(lambda _: True)}
    assert list(folder.changes()) == []
    (tmp_path / "b" / "two").write_bytes(b"22")
    (tmp_path / "a" / "new").write_bytes(b"")
    for path in ("a/one", "b/two", "b/three"):
        found[path].content().close()
    assert list(folder.changes()) == [
        f"1 files changed while it was read, b/two among them: {NEXT}",
        f"Files were added to or removed from 1 folders while it was read, a among them: {NEXT}",
    ]


def grow(file):
    """Rows until the file does not cross in a message."""
    db = sqlite3.connect(file)
    db.executemany("INSERT INTO ZPROCESS VALUES (?, ?, NULL, 600000000, 600000000)",
                   [(n, f"process{n:060}") for n in range(2, 2000)])  # fmt: skip
    db.commit()
    db.close()


def test_a_case_says_which_file_changed_while_it_was_read_and_keeps_its_rows(tmp_path, monkeypatch):
    root = acquisition(tmp_path, 0)
    file = root / PLACE
    grow(file)
    assert file.stat().st_size > LARGE
    hashed, changed = Extent.hashed, []

    def then_written(extent):
        digest = hashed(extent)
        if not changed:
            changed.append(digest)
            with file.open("r+b") as out:
                out.seek(-1, os.SEEK_END)
                out.write(b"\x55")
        return digest

    monkeypatch.setattr(Extent, "hashed", then_written)
    feed = tmp_path / "feed.txt"
    feed.write_text("lure.example.org\n")
    summary = check(Options(sources=(root,), case=tmp_path / "case", indicators=(str(feed),)))
    assert len(changed) == 1
    reason = "it changed while it was read; copy it again, with nothing that writes to it, and check the copy"
    assert summary["problems"] == [f"/{PLACE} (ios.data_usage): damaged, {reason}"]
    assert summary["exit"] == 3
    case = open_case(tmp_path / "case")
    assert case.sql('SELECT count(*) FROM "ios.data_usage.process"')[1] == [[1999]]
    assert case.sql("SELECT artifact, locator, reason FROM gaps")[1] == [["ios.data_usage", "file", reason]]


class Writing(Silence):
    """Appends to a file once something of it was read."""

    def __init__(self, file):
        self._file = file

    def advance(self, files, wanted, rows):
        if files and self._file.stat().st_size % 512 == 0:
            with self._file.open("ab") as out:
                out.write(b"x")


def packed(tmp_path, count):
    """A tar of several phones' databases in one file system."""
    with tarfile.open(tmp_path / "ffs.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for n in range(count):
            data = (acquisition(tmp_path / "in", n) / PLACE).read_bytes()
            name = PLACE if n == 0 else f"private/var/other{n}/DataUsage.sqlite"
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return tmp_path / "ffs.tar"


def test_a_case_says_that_the_archive_changed_while_it_was_read(tmp_path):
    archive = packed(tmp_path, 1)
    size = archive.stat().st_size
    feed = tmp_path / "feed.txt"
    feed.write_text("lure.example.org\n")
    summary = check(Options(sources=(archive,), case=tmp_path / "case", indicators=(str(feed),)), Writing(archive))
    assert summary["problems"] == [
        f"ffs.tar: It changed while it was read ({size} bytes before, {size + 1} after): {NEXT}"
    ]
    assert summary["exit"] == 3


def test_a_disk_that_fails_half_way_leaves_what_was_read_before(tmp_path, monkeypatch):
    archive = packed(tmp_path, 2)
    inode, bad, read = archive.stat().st_ino, 16 << 10, os.read
    position = {}

    def failing(descriptor, count):
        if os.fstat(descriptor).st_ino != inode:
            return read(descriptor, count)
        at = position.get(descriptor, 0) if os.lseek(descriptor, 0, os.SEEK_CUR) else 0
        if at >= bad:
            raise OSError(errno.EIO, "Input/output error")
        position[descriptor] = at + len(data := read(descriptor, min(count, bad - at)))
        return data

    monkeypatch.setattr(os, "read", failing)
    said = CliRunner().invoke(
        bridle, ["check", str(archive), "-o", str(tmp_path / "case"), "--plaintext-case", "--json"],
        env={"BRIDLE_CONFIG": str(tmp_path / "config")},
    )  # fmt: skip
    summary = json.loads(said.stdout)
    assert said.exit_code == 3
    assert summary["problems"][0].startswith(
        "The archive was read only in part: it cannot be read from byte 16384 on (Input/output error)"
    )
    assert verify_manifest(tmp_path / "case") == []
    assert open_case(tmp_path / "case").sql('SELECT name FROM "ios.data_usage.process"')[1] == [["process0"]]
    assert 'digest = ""' in (tmp_path / "case" / "case.toml").read_text()


LIMITED = """
import resource, sys
from bridle.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
main(sys.argv[1:])
"""


def test_a_full_disk_ends_in_one_line_and_leaves_nothing(tmp_path):
    root = acquisition(tmp_path, 0)
    grow(root / PLACE)
    (tmp_path / "out").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "check", root, "-o", tmp_path / "out" / "case"], capture_output=True, text=True,
        check=False, env=os.environ | {"BRIDLE_CONFIG": str(tmp_path / "c"), "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines()[-1] == (
        f"bridle: {tmp_path}/out/case cannot be written: File too large; nothing of it is left. Make room there and for"
        " temporary files (TMPDIR), see to the permissions, or name another folder with -o"
    )
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_a_place_where_nothing_can_be_written_is_wrong_use(tmp_path):
    root = acquisition(tmp_path, 0)
    (tmp_path / "file").write_bytes(b"")
    said = CliRunner().invoke(
        bridle, ["check", str(root), "-o", str(tmp_path / "file" / "case")], env={"BRIDLE_CONFIG": str(tmp_path / "c")}
    )
    assert said.exit_code == 2
    assert f"{tmp_path}/file/case cannot be written: " in said.stderr


def test_a_case_is_not_written_into_the_evidence(tmp_path):
    root = acquisition(tmp_path, 0)
    said = CliRunner().invoke(bridle, ["check", str(root), "-o", str(root / "private" / "case")])
    assert (said.exit_code, said.stderr.splitlines()[-1]) == (
        2, f"bridle: {root}/private/case lies in the evidence, which is only read; name a folder elsewhere"
    )  # fmt: skip
    assert [p.name for p in (root / "private").iterdir()] == ["var"]


def test_a_recheck_without_room_ends_in_one_line_and_leaves_nothing(tmp_path):
    env = os.environ | {"BRIDLE_CONFIG": str(tmp_path / "c"), "TMPDIR": str(tmp_path)}
    root, out = acquisition(tmp_path, 0), tmp_path / "out"
    grow(root / PLACE)
    out.mkdir()
    said = CliRunner(env=env).invoke(bridle, ["check", str(root), "-o", str(tmp_path / "case")])
    assert said.exit_code == 0, said.output
    (tmp_path / "feed.txt").write_text("lure.example.org\n")
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "recheck", tmp_path / "case", "-i", tmp_path / "feed.txt", "-o", out / "case"],
        capture_output=True, text=True, check=False, env=env,
    )  # fmt: skip
    assert (done.returncode, "cannot be written: File too large; nothing of it is left" in done.stderr) == (2, True)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE])
def test_a_source_that_cannot_be_read_at_all_is_no_traceback(tmp_path, monkeypatch, number):
    archive = packed(tmp_path, 1)
    inode, read = archive.stat().st_ino, os.pread

    def failing(descriptor, count, offset):
        if os.fstat(descriptor).st_ino == inode:
            raise OSError(number, os.strerror(number))
        return read(descriptor, count, offset)

    monkeypatch.setattr(os, "pread", failing)
    said = CliRunner().invoke(bridle, ["check", str(archive), "-o", str(tmp_path / "case")])
    assert said.exit_code == 3
    assert said.stderr.splitlines()[-1] == (f"bridle: {archive} cannot be read: {os.strerror(number)}. Copy it again.")
    assert not Path(tmp_path / "case").exists()


def test_a_disk_that_cannot_say_whether_there_is_a_record_of_the_acquisition_is_examined(tmp_path, monkeypatch):
    root, stat = acquisition(tmp_path, 0), os.stat

    def failing(path, *given, **named):
        if str(path).endswith("acquisition.json"):
            raise OSError(errno.EIO, "Input/output error")
        return stat(path, *given, **named)

    monkeypatch.setattr(os, "stat", failing)
    said = CliRunner().invoke(
        bridle, ["check", str(root), "-o", str(tmp_path / "case")], env={"BRIDLE_CONFIG": str(tmp_path / "c")}
    )
    assert said.exit_code == 0, said.output
