"""Columns of MBFiles say what the Reader says of each, or that it is to be asked."""

import plistlib
import sqlite3

import pyarrow as pa
from backups import FILE_KEY, mbfile, wrapped
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.core import FormatError
from bridle.formats import mbfile as one_by_one
from bridle.formats import mbfile_columns
from corpus import CORPUS, needs_corpus

ASKED = {
    "Size": pa.int64(), "LastModified": pa.int64(), "Mode": pa.int64(), "Absent": pa.int64(), "Digest": pa.binary(),
    "EncryptionKey": pa.binary(), "RelativePath": pa.string(), "Target": pa.string(),
}  # fmt: skip
UID = plistlib.UID


ORDINARY = {
    "Birth": 1_600_000_000, "LastStatusChange": 1_600_000_001, "UserID": 501, "GroupID": 502, "InodeNumber": 70_000,
    "ProtectionClass": 3,
}  # fmt: skip
"""What makes a blob as long as those of devices, whose objects begin beyond 255 bytes."""


def whole(size, **more):
    return mbfile(size, **ORDINARY, **more)


def told(blobs, asked=ASKED, known=None):
    """Per blob its values, None where the Reader is to be asked."""
    found = mbfile_columns.read(one_by_one.Reader(), pa.array(blobs, pa.binary()), asked, known)
    rows = pa.table(dict(found.columns)).to_pylist()
    return [None if odd else row for row, odd in zip(rows, found.odd.to_pylist(), strict=True)]


def values(reader, blob):
    found = reader.read(blob)
    return {name: found.get(name) for name in ASKED}


def archived(*more, **attributes):
    file = {"RelativePath": UID(2), "$class": UID(3)} | ORDINARY | attributes
    objects = ["$null", file, "Library/a", {"$classname": "MBFile", "$classes": ["MBFile", "NSObject"]}, *more]
    archive = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": UID(1)}, "$objects": objects}
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY)


def test_what_columns_say():
    key = wrapped(FILE_KEY)
    blobs = [
        mbfile(5, path="a", key=key), mbfile(2**40, path="Library/" + "b" * 300, key=key), None, b"bplist00",
        whole(70_000, modified=0, mode=-1), whole(6, path="é"), whole(0, path="x" * 20), mbfile(5),
        archived({"NS.data": b"\x01\x02", "$class": UID(3)}, Digest=UID(4)), archived(b"\x03" * 20, Digest=UID(4)),
    ]  # fmt: skip
    plain = dict.fromkeys(ASKED)
    assert told(blobs) == [
        plain | {"Size": 5, "LastModified": 1_610_659_523, "Mode": 33188, "RelativePath": "a", "EncryptionKey": key},
        plain | {"Size": 2**40, "LastModified": 1_610_659_523, "Mode": 33188, "RelativePath": "Library/" + "b" * 300,
                 "EncryptionKey": key},
        None,
        None,
        plain | {"Size": 70_000, "LastModified": 0, "Mode": -1, "RelativePath": "x"},
        None,
        plain | {"Size": 0, "LastModified": 1_610_659_523, "Mode": 33188, "RelativePath": "x" * 20},
        None,
        plain | {"Digest": b"\x01\x02", "RelativePath": "Library/a"},
        plain | {"Digest": b"\x03" * 20, "RelativePath": "Library/a"},
    ]  # fmt: skip


def test_a_file_with_attributes_beyond_those_known_is_odd():
    blobs = [whole(5), whole(5, More=1), whole(6)]
    known = frozenset({"LastModified", "Flags", "Size", "Mode", "RelativePath", *ORDINARY})
    assert told(blobs, {"Size": pa.int64()}, known) == [{"Size": 5}, None, {"Size": 6}]
    assert told(blobs, {"Size": pa.int64()}) == [{"Size": 5}, {"Size": 5}, {"Size": 6}]


def test_a_slice_of_a_column_and_an_empty_one():
    column = pa.array([whole(n) for n in range(5)], pa.binary()).slice(2, 2)
    found = mbfile_columns.read(one_by_one.Reader(), column, {"Size": pa.int64()})
    assert (found.columns["Size"].to_pylist(), found.odd.to_pylist()) == ([2, 3], [False, False])
    assert told([]) == []
    assert told([None]) == [None]


_NUMBERS = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 1, 255, 256, 65_535, 65_536, 2**32]))
_ODD = st.one_of(
    st.floats(allow_nan=False), st.booleans(), st.text(max_size=3), st.binary(max_size=3), st.just(2**63 + 5)
)
_FILES = st.builds(
    lambda size, modified, path, key, more: whole(size, modified=modified, path=path, key=key, **more),
    st.one_of(_NUMBERS, _NUMBERS, _ODD),
    _NUMBERS,
    st.one_of(st.text("ab/.", max_size=40), st.text(max_size=300)),
    st.one_of(st.none(), st.binary(min_size=1, max_size=300)),
    st.dictionaries(
        st.sampled_from(["Digest", "Target", "More", "Other"]),
        st.one_of(_NUMBERS, _ODD, st.sampled_from([UID(n) for n in range(6)])),
        max_size=2,
    ),
)  # fmt: skip


@st.composite
def _columns(draw):
    """Files of several layouts, and copies of them with another byte, cut, or of bytes put somewhere."""
    files = draw(st.lists(_FILES, min_size=1, max_size=6))
    column = []
    for blob in draw(st.lists(st.sampled_from([*files, None]), min_size=1, max_size=12)):
        damaged = bytearray(blob or b"")
        for _ in range(draw(st.integers(0, 2))):
            if damaged:
                damaged[draw(st.integers(0, len(damaged) - 1))] = draw(st.integers(0, 255))
        if draw(st.integers(0, 9)) == 0:
            damaged = damaged[draw(st.integers(0, len(damaged))) :]
        column += [blob, bytes(damaged)]
    return column


@settings(deadline=None)
@given(_columns())
def test_columns_say_what_the_reader_says(blobs):
    reader = one_by_one.Reader()
    for blob, row in zip(blobs, told(blobs), strict=True):
        if row is not None:
            assert row == values(reader, blob)


@settings(deadline=None)
@given(st.lists(st.tuples(_NUMBERS, st.text("ab/.", min_size=1, max_size=40)), min_size=1, max_size=20))
def test_files_as_they_are_written_are_not_odd(files):
    key = wrapped(FILE_KEY)
    rows = told([mbfile(size, path=path, key=key, Flags=7) for size, path in files])
    assert [(row["Size"], row["RelativePath"], row["EncryptionKey"]) for row in rows] == [
        (size, path, key) for size, path in files
    ]  # fmt: skip


def test_every_byte_of_a_blob_may_be_another():
    good = mbfile(5, path="Library/a", key=wrapped(FILE_KEY))
    blobs = [good]
    for at in range(len(good)):
        for bit in (1, 0x10, 0x80):
            changed = bytearray(good)
            changed[at] ^= bit
            blobs += [bytes(changed), good]
    reader = one_by_one.Reader()
    rows = told(blobs)
    assert rows[0] == values(reader, good)
    assert sum(row is not None for row in rows) > len(good)
    for blob, row in zip(blobs, rows, strict=True):
        if row is not None:
            assert row == values(reader, blob)


@needs_corpus
def test_the_manifest_of_a_real_backup():
    database = CORPUS / "ios/mvt/tests/artifacts/ios_backup/Manifest.db"
    db = sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)
    blobs = [row[0] for row in db.execute("SELECT file FROM Files")]
    db.close()
    reader = one_by_one.Reader()
    rows = told(blobs)
    assert len(rows) == 3721
    assert sum(row is None for row in rows) == 0
    assert rows == [values(reader, blob) for blob in blobs]


def test_a_damaged_blob_is_for_the_reader_to_refuse():
    blob = whole(5)
    reader = one_by_one.Reader()
    for cut in range(len(blob)):
        (row,) = told([blob[:cut]])
        assert row is None
        try:
            reader.read(blob[:cut])
        except FormatError as e:
            assert str(e).startswith("MBFile")
