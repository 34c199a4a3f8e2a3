"""Zip archives: what the directory says is checked, and what has no directory is still read."""

import hashlib
import os
import struct
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from containers import read, zip_of

from bridle.core import FormatError
from bridle.evidence.archive import Bounds, PlainBytes
from bridle.evidence.source import SourceError, State
from bridle.evidence.zip import ZipArchive

FILES = {"a/one.txt": b"first", "a/two.bin": bytes(range(256)) * 3000, "empty": b""}


def opened(tmp_path, data, **options):
    path = tmp_path / "given"
    path.write_bytes(data)
    return ZipArchive(PlainBytes(os.open(path, os.O_RDONLY)), **options)


def entries(archive, wanted=lambda path: True):
    return {e.path: e for e in archive.entries(wanted)}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_every_member_is_read_and_the_file_hashed(tmp_path, method):
    data = zip_of(FILES, method)
    archive = opened(tmp_path, data)
    assert {p: read(e) for p, e in entries(archive).items()} == FILES
    assert archive.problems == []
    assert archive.digest == hashlib.sha256(data).hexdigest()
    archive.close()


def test_a_stored_member_is_read_where_it_lies(tmp_path):
    archive = opened(tmp_path, zip_of({"x": b"in place"}, zipfile.ZIP_STORED))
    extent = entries(archive)["x"].content()
    assert (extent.offset, extent.length) == (31, 8)
    extent.close()
    archive.close()


def test_bytes_before_the_archive_do_not_matter(tmp_path):
    archive = opened(tmp_path, b"#!/bin/sh\n" + zip_of(FILES))
    assert read(entries(archive)["a/one.txt"]) == b"first"
    archive.close()


def test_zip64(tmp_path):
    path = tmp_path / "given"
    with zipfile.ZipFile(path, "w") as z, z.open("x", "w", force_zip64=True) as f:
        f.write(b"wide")
    data = path.read_bytes()
    at = data.rindex(b"PK\x05\x06")
    start, length = struct.unpack_from("<II", data, at + 12)[::-1]
    wide = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, length, start)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    archive = opened(tmp_path, data[:at] + wide + locator + end)
    assert read(entries(archive)["x"]) == b"wide"
    assert archive.problems == []
    archive.close()


def test_times_come_only_from_fields_that_are_utc(tmp_path):
    info = zipfile.ZipInfo("x", (2024, 5, 6, 7, 8, 10))
    info.extra = struct.pack("<HHBi", 0x5455, 5, 1, 1_700_000_000)
    path = tmp_path / "z"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr(info, b"1")
        z.writestr(zipfile.ZipInfo("y", (2024, 5, 6, 7, 8, 10)), b"2")
    archive = opened(tmp_path, path.read_bytes())
    found = entries(archive)
    assert found["x"].modified == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert found["y"].modified is None
    archive.close()


def test_a_wrong_checksum_is_a_format_error(tmp_path):
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        data = bytearray(zip_of({"x": b"content"}, method))
        at = data.index(b"PK\x01\x02")
        data[at + 16] ^= 1
        archive = opened(tmp_path, bytes(data))
        with pytest.raises(FormatError, match="expected CRC-32"):
            entries(archive)["x"].content()
        archive.close()


def test_a_member_larger_than_it_says_is_not_expanded(tmp_path):
    data = bytearray(zip_of({"x": bytes(50 << 20)}))
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)
    archive = opened(tmp_path, bytes(data))
    tracemalloc.start()
    with pytest.raises(FormatError, match="beyond its declared size of 100 bytes"):
        entries(archive)["x"].content()
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
    archive.close()


def test_a_bomb_is_refused(tmp_path):
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(bytes(1 << 20)) + packed.flush()
    data = bytearray(zip_of({"bomb": b"", "small": b"ok"}))
    at = data.index(b"PK\x01\x02")
    data[at + 20 : at + 28] = struct.pack("<II", len(body) * 1000, 1 << 31)
    del body
    archive = opened(tmp_path, bytes(data))
    found = entries(archive)
    assert found["bomb"].state is State.REFUSED
    assert "beyond the bounds" in found["bomb"].reason or "overlaps" in found["bomb"].reason
    archive.close()


def test_the_ratio_is_judged_only_beyond_a_size(tmp_path):
    data = zip_of({"zeros": bytes(4 << 20)})
    archive = opened(tmp_path, data, bounds=Bounds(ratio=100, ratio_from=1 << 20))
    assert entries(archive)["zeros"].state is State.REFUSED
    assert entries(archive)["zeros"].reason.startswith("4194304 bytes packed into 40")
    archive.close()
    archive = opened(tmp_path, data)
    assert len(read(entries(archive)["zeros"])) == 4 << 20
    archive.close()


def test_members_that_share_their_bytes_are_refused(tmp_path):
    data = bytearray(zip_of({"a": b"x" * 5000, "b": b"y" * 5000}, zipfile.ZIP_STORED))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    archive = opened(tmp_path, bytes(data))
    assert [e.reason for e in entries(archive).values()] == ["Its data overlaps that of another member."] * 2
    archive.close()


def test_a_name_twice_is_listed_twice_and_counted(tmp_path):
    path = tmp_path / "z"
    with zipfile.ZipFile(path, "w") as z, pytest.warns(UserWarning, match="Duplicate"):
        z.writestr("x", b"1")
        z.writestr("x", b"2")
    archive = opened(tmp_path, path.read_bytes())
    assert [read(e) for e in archive.entries(lambda path: True)] == [b"1", b"2"]
    assert archive.facts == {"duplicate_names": "1"}
    archive.close()


def test_local_names_that_differ_from_the_directory_are_reported(tmp_path):
    data = bytearray(zip_of({"good": b"1"}))
    data[30:34] = b"evil"
    archive = opened(tmp_path, bytes(data))
    assert read(entries(archive)["good"]) == b"1"
    assert archive.problems == ["Directory and local header differ at 0x0; the directory was believed."]
    archive.close()


def test_encrypted_members_are_listed_as_such(tmp_path):
    data = bytearray(zip_of({"x": b"1", "y": b"2"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive = opened(tmp_path, bytes(data))
    found = entries(archive)
    assert (found["x"].state, found["x"].content) == (State.ENCRYPTED, None)
    assert found["y"].state is State.PRESENT
    assert archive.encrypted
    archive.close()


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "C:/x", "..\\x"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    archive = opened(tmp_path, zip_of({name: b"evil", "in/side": b""}))
    (entry,) = (e for e in archive.entries(lambda path: True) if e.path != "in/side")
    assert (entry.state, entry.content) == (State.REFUSED, None)
    assert ".." not in entry.path.split("/")
    archive.close()


def test_backslashes_are_separators_only_where_there_are_no_slashes(tmp_path):
    archive = opened(tmp_path, zip_of({"private\\var\\x": b"1"}))
    assert list(entries(archive)) == ["private/var/x"]
    archive.close()
    archive = opened(tmp_path, zip_of({"odd\\name": b"1", "a/b": b""}))
    assert set(entries(archive)) == {r"odd\x5cname", "a/b"}
    archive.close()


def test_links_are_not_followed(tmp_path):
    path = tmp_path / "z"
    with zipfile.ZipFile(path, "w") as z:
        for name, target in (("in", "x"), ("out", "../../etc/passwd")):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o120777 << 16
            z.writestr(info, target)
    archive = opened(tmp_path, path.read_bytes())
    found = entries(archive)
    assert (found["in"].type, found["in"].state, found["in"].content) == ("symlink", State.PRESENT, None)
    assert found["out"].reason == "A link that leads out, to ../../etc/passwd."
    archive.close()


def test_a_cut_archive_is_read_by_its_local_headers(tmp_path):
    data = zip_of({"a": os.urandom(1000), "b": os.urandom(50_000), "c": b"never"})
    archive = opened(tmp_path, data[:20_000])
    found = entries(archive)
    assert list(found) == ["a", "b"]
    assert read(found["a"]) == data[31:1036][5:] or len(read(found["a"])) == 1000
    assert found["b"].state is State.DAMAGED
    assert len(read(found["b"])) > 19_000 - 1100
    assert archive.problems == [
        "The archive was read only in part: it ends without a directory; 2 members were found by their local headers."
    ]
    archive.close()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_streamed_archive_without_directory_is_read(tmp_path, method):
    class Pipe:
        def __init__(self):
            self.data = b""

        def write(self, data):
            self.data += data
            return len(data)

        def flush(self):
            pass

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", method) as z:
        z.writestr("a.txt", b"alpha" * 500)
        z.writestr("b.txt", b"beta")
    data = pipe.data[: pipe.data.index(b"PK\x01\x02")]
    archive = opened(tmp_path, data)
    assert {p: read(e) for p, e in entries(archive).items()} == {"a.txt": b"alpha" * 500, "b.txt": b"beta"}
    archive.close()


def test_a_damaged_directory_is_left_for_the_local_headers(tmp_path):
    data = bytearray(zip_of(FILES))
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[at : at + 4] = b"XXXX"
    archive = opened(tmp_path, bytes(data))
    assert {p: read(e) for p, e in entries(archive).items()} == FILES
    assert f"its directory is damaged at {at:#x}" in archive.problems[0]
    archive.close()


def test_nothing_left_is_a_source_error(tmp_path):
    with pytest.raises(SourceError, match="no member is left to be read"):
        opened(tmp_path, b"PK\x03\x04" + bytes(10))


def test_one_part_of_several_is_a_source_error(tmp_path):
    data = bytearray(zip_of(FILES))
    at = data.rindex(b"PK\x05\x06")
    data[at + 4] = 3
    with pytest.raises(SourceError, match="join the parts first"):
        opened(tmp_path, bytes(data))


def test_content_stays_readable_after_much_else_was_read(tmp_path):
    archive = opened(tmp_path, zip_of({f"f{i}": b"x%d" % i * 100 for i in range(150)}))
    found = entries(archive)
    first = found["f0"].content()
    assert [read(found[f"f{i}"]) for i in range(150)] == [b"x%d" % i * 100 for i in range(150)]
    assert first.open().read() == b"x0" * 100
    assert read(found["f0"]) == b"x0" * 100
    assert len(os.listdir("/proc/self/fd")) < 200
    first.close()
    archive.close()


def wide(stored, size, offset):
    """An archive whose second member has these numbers in a zip64 extra field."""
    data = zip_of({"x": b"first", "y": b"second"}, zipfile.ZIP_STORED)
    at, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    row = bytearray(data[at:end])
    row[20:28] = b"\xff" * 8
    row[42:46], row[30:32] = b"\xff" * 4, struct.pack("<H", 28)
    row += struct.pack("<HH3Q", 1, 24, size, stored, offset)
    length = struct.unpack_from("<I", data, end + 12)[0] + 28
    return data[:at] + row + data[end : end + 12] + struct.pack("<I", length) + data[end + 16 :]


@pytest.mark.parametrize("numbers", [(2**64 - 1, 6, 0), (6, 6, 2**64 - 1), (2**64 - 1,) * 3, (6, 2**64 - 1, 2**63)])
def test_absurd_numbers_of_one_member_cost_only_that_one(tmp_path, numbers):
    archive = opened(tmp_path, b"before" + wide(*numbers))
    found = entries(archive)
    assert found["x"].state is State.REFUSED or read(found["x"]) == b"first"
    if found["y"].content is not None:
        with pytest.raises(FormatError):
            found["y"].content()
    archive.close()


@pytest.mark.parametrize("between", [0, 1, 4, 15])
def test_a_zip64_locator_that_is_cut_short_is_none(tmp_path, between):
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0, 0, 0, 0, 0)
    archive = opened(tmp_path, b"PK\x06\x07" + bytes(between) + end)
    assert entries(archive) == {}
    archive.close()
