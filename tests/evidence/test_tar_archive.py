"""Tar archives: one pass to the end, whatever was done to them."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
import random
import tarfile
from datetime import UTC, datetime

import pytest
from containers import link, read, tar_of

from bridle.evidence import archive
from bridle.evidence.archive import Bounds, Shelf
from bridle.evidence.source import SourceError, State
from bridle.evidence.tar import TarArchive

FILES = {"a/one.txt": b"first", "a/two.txt": b"second" * 1000, "a/empty": b"", "b.txt": b"last"}


def opened(tmp_path, data, **options):
    path = tmp_path / "given"
    path.write_bytes(data)
    return TarArchive(path, **options)


def entries(archive, wanted=lambda path: True):
    return {e.path: e for e in archive.entries(wanted)}


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_every_member_is_read_and_the_file_hashed(tmp_path, pack):
    data = pack(tar_of(FILES))
    archive = opened(tmp_path, data)
    found = entries(archive)
    assert {name: read(e) for name, e in found.items()} == FILES
    assert found["a/one.txt"].size == 5
    assert found["a/one.txt"].modified == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert archive.problems == []
    assert archive.digest == hashlib.sha256(data).hexdigest()
    archive.close()


def test_what_is_not_wanted_has_no_content(tmp_path):
    archive = opened(tmp_path, tar_of(FILES))
    found = entries(archive, lambda path: path == "b.txt")
    assert found["a/two.txt"].content is None
    assert found["a/two.txt"].size == 6000
    assert read(found["b.txt"]) == b"last"
    archive.close()


@pytest.mark.parametrize("layout", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_sizes_and_times_of_either_dialect(tmp_path, layout):
    name = "d" * 120 + "/" + "f" * 150 + "é"
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=layout) as tar:
        info = tarfile.TarInfo(name)
        info.size, info.mtime = 3, 1_700_000_000
        info.pax_headers = {"mtime": "1700000000.5"}
        tar.addfile(info, io.BytesIO(b"abc"))
        tar.addfile(link("short", "t" * 200))
    archive = opened(tmp_path, out.getvalue())
    found = entries(archive)
    assert list(found) == [name, "short"]
    assert read(found[name]) == b"abc"
    assert found[name].modified.microsecond == (500_000 if layout == tarfile.PAX_FORMAT else 0)
    assert found["short"].type == "symlink"
    assert archive.problems == []
    archive.close()


def test_sizes_in_base_256(tmp_path):
    data = bytearray(tar_of({"x": b"12345"}))
    data[124:136] = b"\x80" + (5).to_bytes(11, "big")
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    archive = opened(tmp_path, bytes(data))
    assert read(entries(archive)["x"]) == b"12345"
    archive.close()


def test_a_damaged_header_costs_one_member(tmp_path):
    data = bytearray(tar_of(FILES))
    assert data[1024:1033] == b"a/two.txt"
    data[1024:1074] = b"\xff" * 50
    archive = opened(tmp_path, bytes(data))
    found = entries(archive)
    assert set(found) == {"a/one.txt", "a/empty", "b.txt"}
    assert read(found["b.txt"]) == b"last"
    (problem,) = archive.problems
    assert problem == (
        "The archive was read only in part: a header is damaged at byte 1024, and what belonged there is lost;"
        " 3 members were read."
    )
    archive.close()


def test_a_header_is_found_again_when_bytes_are_missing(tmp_path):
    data = tar_of(FILES)
    archive = opened(tmp_path, data[:600] + data[700:])
    assert read(entries(archive)["b.txt"]) == b"last"
    assert len(archive.problems) == 1
    archive.close()


def test_fifty_bad_bytes_in_the_compressed_data_are_reported(tmp_path):
    chance = random.Random(5)
    noise = {f"n{i}": chance.randbytes(4096) for i in range(200)}
    data = bytearray(gzip.compress(tar_of(noise), 1))
    data[400_000:400_050] = bytes(50)
    archive = opened(tmp_path, bytes(data))
    found = entries(archive, lambda path: False)
    assert len(found) >= 90
    assert archive.problems[-1].startswith("The archive was read only in part: the compressed data is damaged near")
    assert archive.digest == hashlib.sha256(data).hexdigest()
    archive.close()


def test_a_wrong_checksum_at_the_end_is_reported(tmp_path):
    data = bytearray(gzip.compress(tar_of(FILES)))
    data[-5] ^= 1
    archive = opened(tmp_path, bytes(data))
    assert set(entries(archive)) == set(FILES)
    assert len(archive.problems) == 1
    assert "checksum" in archive.problems[0]
    archive.close()


def test_a_compressed_archive_cut_short(tmp_path):
    data = gzip.compress(tar_of({"a": b"x" * 5000, "b": os.urandom(200_000)}), 1)
    archive = opened(tmp_path, data[: len(data) // 2])
    found = entries(archive)
    assert read(found["a"]) == b"x" * 5000
    assert found["b"].state is State.DAMAGED
    assert found["b"].reason.startswith("Cut short: ")
    assert f"ends early, at byte {len(data) // 2} of the file" in archive.problems[0]
    archive.close()


@pytest.mark.parametrize("wanted", [True, False])
def test_a_plain_archive_cut_inside_a_member(tmp_path, wanted):
    archive = opened(tmp_path, tar_of({"a": b"one", "b": b"x" * 4000})[:3000])
    found = entries(archive, lambda path: wanted)
    assert found["a"].state is State.PRESENT
    assert found["b"].state is State.DAMAGED
    assert found["b"].reason == "Cut short: 1464 of 4000 bytes are there."
    assert archive.problems == [
        "The archive was read only in part: it ends without an end mark, at byte 3000; 2 members were read."
    ]
    archive.close()


def test_an_archive_cut_between_members_has_no_end_mark(tmp_path):
    archive = opened(tmp_path, tar_of(FILES, tail=False))
    assert set(entries(archive)) == set(FILES)
    assert "without an end mark" in archive.problems[0]
    archive.close()


def test_data_after_the_end_is_reported_and_members_in_it_are_read(tmp_path):
    archive = opened(tmp_path, tar_of({"a": b"1"}) + tar_of({"b": b"2"}))
    assert {p: read(e) for p, e in entries(archive).items()} == {"a": b"1"} | {"b": b"2"}
    archive.close()
    archive = opened(tmp_path, tar_of({"a": b"1"}) + b"rubbish" * 200)
    assert set(entries(archive)) == {"a"}
    assert "data follows its end mark at byte 10240" in archive.problems[0]
    archive.close()


def test_names_that_lead_out_are_listed_and_refused(tmp_path):
    names = {
        "../../etc/cron.d/x": "The name leads out of its folder.",
        "a/../../x": "The name leads out of its folder.",
        "/etc/passwd": "The name is absolute.",
        "..\\..\\windows\\x": "The name leads out of its folder.",
        "C:\\x": "The name begins with a drive letter.",
    }
    archive = opened(tmp_path, tar_of(dict.fromkeys(names, b"evil")))
    found = list(archive.entries(lambda path: True))
    assert [e.reason for e in found] == list(names.values())
    assert {e.state for e in found} == {State.REFUSED}
    assert [e.content for e in found] == [None] * 5
    assert [e.path for e in found] == [
        r"\x2e\x2e/\x2e\x2e/etc/cron.d/x", r"a/\x2e\x2e/\x2e\x2e/x", "etc/passwd",
        r"..\x5c..\x5cwindows\x5cx", r"C:\x5cx",
    ]  # fmt: skip
    assert archive.problems == []
    archive.close()


def test_names_that_are_not_utf8_or_hold_control_characters_are_escaped(tmp_path):
    archive = opened(tmp_path, tar_of({"a\x1b[31mb": b"1", "caf\udce9/x": b"2"}))
    assert list(entries(archive)) == [r"a\x1b[31mb", r"caf\xe9/x"]
    archive.close()


def test_links_and_devices_are_never_followed(tmp_path):
    device = tarfile.TarInfo("dev")
    device.type = tarfile.CHRTYPE
    archive = opened(
        tmp_path,
        tar_of(
            {
                "file": b"data",
                "near": link("near", "file"),
                "up": link("sub/up", "../../file"),
                "abs": link("abs", "/etc/passwd"),
                "hard": link("hard", "file", tarfile.LNKTYPE),
                "lost": link("lost", "nowhere", tarfile.LNKTYPE),
                "out": link("out", "../x", tarfile.LNKTYPE),
                "dev": device,
            }
        ),
    )
    found = entries(archive)
    assert (found["near"].type, found["near"].state, found["near"].content) == ("symlink", State.PRESENT, None)
    assert found["sub/up"].reason == "A link that leads out, to ../../file."
    assert found["abs"].state is State.REFUSED
    assert read(found["hard"]) == b"data"
    assert found["lost"].state is State.DAMAGED
    assert found["out"].reason == "A hard link that leads out."
    assert (found["dev"].type, found["dev"].reason) == ("other", "A character device.")
    archive.close()


def test_a_file_beyond_the_bound_is_refused_and_the_next_is_read(tmp_path):
    archive = opened(tmp_path, tar_of({"big": b"x" * 2000, "small": b"y"}), bounds=Bounds(member=1000))
    found = entries(archive)
    assert found["big"].reason == "2000 bytes, beyond the bound of 1000."
    assert read(found["small"]) == b"y"
    archive.close()


def test_too_many_members_end_the_listing_with_a_problem(tmp_path):
    archive = opened(tmp_path, tar_of({str(i): b"" for i in range(20)}), bounds=Bounds(members=5))
    assert len(entries(archive)) == 5
    assert "more than 5 members" in archive.problems[0]
    archive.close()


def test_a_stream_that_expands_beyond_the_bound_is_left(tmp_path):
    archive = opened(tmp_path, gzip.compress(tar_of({"a": b"1", "z": bytes(4 << 20)})), bounds=Bounds(total=1 << 20))
    assert set(entries(archive)) == {"a"}
    assert len(archive.problems) >= 1
    archive.close()


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_stream_that_expands_to_the_bound_is_read_and_one_byte_more_is_left(tmp_path, compress):
    plain = tar_of({"a": b"1", "b": bytes(200_000)})
    for bound, problems in ((len(plain) + 1, 0), (len(plain), 0), (len(plain) - 1, 1)):
        archive = opened(tmp_path, compress(plain), bounds=Bounds(total=bound))
        assert set(entries(archive)) >= {"a"}
        assert sum("beyond the bounds" in p for p in archive.problems) == problems, (bound, archive.problems)
        archive.close()


def test_random_bytes_give_no_member_and_one_problem(tmp_path):
    archive = opened(tmp_path, b"\x01" + os.urandom(50_000))
    assert entries(archive) == {}
    assert len(archive.problems) == 1
    archive.close()


def test_a_missing_file_is_a_source_error(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        list(TarArchive(tmp_path / "none").entries(lambda path: True))


def test_a_shelf_encrypts_what_goes_to_disk():
    shelf = Shelf(memory=10)
    small, large = shelf.keep([b"tiny"], 4), shelf.keep([b"a secret text", b" in two parts"], 26)
    assert (small.key, len(large.key)) == (b"", 32)
    assert b"secret" not in os.pread(large.descriptor, 100, 0)
    extents = [small.extent(), large.extent()]
    shelf.close()
    assert [e.open().read() for e in extents] == [b"tiny", b"a secret text in two parts"]
    for e in extents:
        e.close()


def test_all_shelves_together_keep_little_in_memory(monkeypatch):
    monkeypatch.setattr(archive, "_MEMORY_OF_PROCESS", Shelf._all_in_memory + 10)
    shelves = [Shelf() for _ in range(3)]
    slots = [s.keep([b"12345678"], 8) for s in shelves]
    assert [bool(s.key) for s in slots] == [False, True, True]
    shelves[0].close()
    assert not shelves[1].keep([b"12345678"], 8).key
    for shelf in shelves:
        shelf.close()
