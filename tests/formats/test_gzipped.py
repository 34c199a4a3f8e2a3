"""gzip in memory: what is there, what is damaged, and what is too much."""

from __future__ import annotations

import gzip
import struct
import zlib

import pytest

from artifact_files import Stored
from bridle.core import FormatError
from bridle.formats import gzipped

TEXT = b"".join(b"line %d of the log\n" % n for n in range(20_000))


def read(stored: bytes, **bounds):
    content, problem = gzipped.plain(Stored(stored), **bounds)
    with content.open() as opened:
        found = opened.read()
    assert content.size == len(found)
    return found, problem


def member(content: bytes, flags: int = 0, more: bytes = b"", checksum: int | None = None) -> bytes:
    deflate = zlib.compressobj(wbits=-15)
    body = deflate.compress(content) + deflate.flush()
    end = struct.pack("<II", zlib.crc32(content) if checksum is None else checksum, len(content))
    return b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + more + body + end


def test_what_is_not_compressed_is_given_as_it_is():
    file = Stored(b"SQLite format 3\0")
    assert gzipped.plain(file) == (file, None)
    empty = Stored(b"")
    assert gzipped.plain(empty) == (empty, None)


@pytest.mark.parametrize(
    "stored",
    [
        gzip.compress(TEXT, mtime=0),
        member(TEXT[:1000]) + member(TEXT[1000:]),
        member(TEXT) + bytes(512),
        member(TEXT, 4 | 8 | 16 | 2, b"\x03\0abc" + b"name\0" + b"a comment\0" + b"\x12\x34"),
        member(b"") + member(TEXT),
    ],
    ids=["one", "two members", "padding", "every field of the header", "an empty member"],
)
def test_content(stored):
    assert read(stored) == (TEXT, None)


def test_the_content_is_its_own_file():
    file = Stored(gzip.compress(TEXT, mtime=0), siblings={"-wal": b"x"})
    content, _ = gzipped.plain(file)
    assert (content.path, content.sha256, content.sibling("-wal")) == (file.path, file.sha256, None)
    assert content.companions() == {}
    with content.open() as first, content.open() as second:
        assert first.read(4) == second.read(4) == b"line"


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        (gzip.compress(TEXT, mtime=0)[:-4], "gzip: cut short"),
        (member(TEXT, checksum=1), "gzip: its checksum is wrong"),
        (member(TEXT) + b"PK\3\4 and more", "gzip: expected another file in it, got b'PK\\x03'"),
        (
            member(TEXT) + member(TEXT, 8, b"n" * 70_000),
            "gzip: expected a name of at most 65536 bytes, got a longer one",
        ),
    ],
    ids=["cut", "checksum", "more behind it", "endless name"],
)
def test_what_stands_before_a_damage_is_kept(stored, problem):
    assert read(stored) == (TEXT, problem)


def test_a_damage_in_the_middle_costs_what_is_behind_it():
    stored = bytearray(gzip.compress(bytes(range(256)) * 4000 + TEXT, 0))
    stored[600_000:600_400] = b"\xff" * 400
    found, problem = read(bytes(stored))
    assert problem is not None
    assert found.startswith(bytes(range(256)) * 2000)


@pytest.mark.parametrize("stored", [b"\x1f\x8b\x08", gzip.compress(b"", mtime=0), gzip.compress(TEXT, mtime=0)[:12]])
def test_nothing_in_it_is_no_file(stored):
    with pytest.raises(FormatError, match="gzip: "):
        gzipped.plain(Stored(stored))


def test_as_much_as_is_allowed_and_more():
    stored = gzip.compress(TEXT, mtime=0)
    assert read(stored, limit=len(TEXT)) == (TEXT, None)
    with pytest.raises(FormatError, match=f"at most {len(TEXT) - 1} bytes of content, got more"):
        gzipped.plain(Stored(stored), limit=len(TEXT) - 1)


def test_as_dense_as_is_allowed_and_more():
    assert len(read(gzip.compress(bytes(1 << 20), mtime=0))[0]) == 1 << 20
    bomb = gzip.compress(bytes(64 << 20), mtime=0)
    with pytest.raises(FormatError, match="at most 200 bytes of content for each stored"):
        gzipped.plain(Stored(bomb))
    assert len(read(bomb, ratio=2000)[0]) == 64 << 20


def test_content_at_below_and_above_the_bound(monkeypatch):
    monkeypatch.setattr(gzipped, "LIMIT", 1000)
    for size in (999, 1000):
        assert read(gzip.compress(bytes(size), mtime=0)) == (bytes(size), None)
    with pytest.raises(FormatError, match="gzip: expected at most 1000 bytes of content, got more"):
        gzipped.plain(Stored(gzip.compress(bytes(1001), mtime=0)))


def test_density_at_below_and_above_the_bound():
    """The file is 10,000 bytes long, with the zeros behind its one member."""
    for size in (1_999_999, 2_000_000):
        assert len(read(gzip.compress(bytes(size), mtime=0).ljust(10_000, b"\0"))[0]) == size
    with pytest.raises(FormatError, match="at most 200 bytes of content for each stored"):
        gzipped.plain(Stored(gzip.compress(bytes(2_000_001), mtime=0).ljust(10_000, b"\0")))
