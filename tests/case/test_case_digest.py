"""The content digest: the same for the same rows, however they are cut, stored or encrypted."""

import hashlib
import struct

import pyarrow as pa
import pytest

from bridle.case.digest import STEP, ContentDigest, content_sha256

MIXED = pa.table(
    {
        "text": ["a", None, "", "é"] * 5000,
        "blob": [b"\x00", b"", None, b"xyz"] * 5000,
        "n": [1, None, -1, 2**62] * 5000,
        "x": [1.5, None, 0.0, -0.0] * 5000,
        "yes": [True, None, False, True] * 5000,
        "at": pa.array([1, None, -1, 0] * 5000, pa.timestamp("us", "UTC")),
        "tags": [["a", None], None, [], ["b"]] * 5000,
    }
)


def test_the_bytes_that_are_hashed():
    table = pa.table({"t": ["ab", None], "n": [5, None]})
    expected = b"bridle table 1\n't' string\n'n' int64\n" + struct.pack("<q", 2)
    expected += b"\x01\x00" + struct.pack("<ii", 2, 0) + b"ab"
    expected += b"\x01\x00" + struct.pack("<qq", 5, 0)
    assert content_sha256(table) == hashlib.sha256(expected).hexdigest()


def test_a_list_is_its_lengths_and_its_items():
    table = pa.table({"l": [["ab", None], None, []]})
    expected = b"bridle table 1\n'l' list<item: string>\n" + struct.pack("<q", 3)
    expected += b"\x01\x00\x01" + struct.pack("<iii", 2, 0, 0) + b"\x01\x00" + struct.pack("<ii", 2, 0) + b"ab"
    assert content_sha256(table) == hashlib.sha256(expected).hexdigest()


@pytest.mark.parametrize(
    ("of", "width"),
    [(pa.string(), 4), (pa.binary(), 4), (pa.list_(pa.string()), 4), (pa.bool_(), 1), (pa.int64(), 8),
     (pa.float64(), 8), (pa.timestamp("us", "UTC"), 8)],
)  # fmt: skip
def test_a_column_without_any_value_is_zeros(of, width):
    spelled = "list<item: string>" if pa.types.is_list(of) else str(of)
    table = pa.table({"c": pa.array([None, None, None], of)})
    hashed = f"bridle table 1\n'c' {spelled}\n".encode() + (3).to_bytes(8, "little") + bytes(3) + bytes(3 * width)
    assert content_sha256(table) == hashlib.sha256(hashed).hexdigest()


def test_many_items_of_lists_without_any_value_are_zeros_too():
    table = pa.table({"c": pa.array([[None] * 9000], pa.list_(pa.string()))})
    items = bytes(9000) + bytes(4 * 9000)
    hashed = (
        b"bridle table 1\n'c' list<item: string>\n" + (1).to_bytes(8, "little") + b"\1" + (9000).to_bytes(4, "little")
    )
    assert content_sha256(table) == hashlib.sha256(hashed + items).hexdigest()


def test_what_parquet_calls_the_items_of_a_list_makes_no_difference():
    """A table that is read back has lists of `element`."""
    rows = [["ab", None], None, []]
    names = [pa.list_(pa.field(name, pa.string())) for name in ("item", "element")]
    assert len({content_sha256(pa.table({"l": pa.array(rows, of)})) for of in names}) == 1


@pytest.mark.parametrize("cut", [1, 999, STEP - 1, STEP, STEP + 1, 20_000])
def test_how_the_rows_are_cut_makes_no_difference(cut):
    digest = ContentDigest(MIXED.schema)
    for start in range(0, MIXED.num_rows, max(cut, 500)):
        digest.update(MIXED.slice(start, max(cut, 500)))
    assert digest.hexdigest() == content_sha256(MIXED)


def test_slices_and_chunks_with_offsets_are_read_at_their_place():
    assert content_sha256(MIXED.slice(4, 8)) == content_sha256(MIXED.slice(0, 8).combine_chunks())
    assert content_sha256(MIXED.slice(3, 7)) == content_sha256(
        pa.Table.from_pylist(MIXED.slice(3, 7).to_pylist(), MIXED.schema)
    )


def test_field_metadata_makes_no_difference_and_dirt_behind_a_null_neither():
    noted = pa.schema([pa.field("n", pa.int64(), metadata={"doc": "x"})])
    assert content_sha256(pa.table([[1]], schema=noted)) == content_sha256(pa.table({"n": [1]}))
    dirty = pa.Array.from_buffers(pa.int64(), 2, [pa.py_buffer(b"\x01"), pa.py_buffer(struct.pack("<qq", 1, 77))])
    assert content_sha256(pa.table({"n": dirty})) == content_sha256(pa.table({"n": [1, None]}))


@pytest.mark.parametrize(
    "other",
    [
        pa.table({"a": ["x", ""], "b": ["", "y"]}),
        pa.table({"a": ["x", None], "b": ["y", ""]}),
        pa.table({"a": ["x", ""], "b": ["y", None]}),
        pa.table({"b": ["x", ""], "a": ["y", ""]}),
        pa.table({"a": ["", "x"], "b": ["y", ""]}),
        pa.table({"a": [b"x", b""], "b": ["y", ""]}),
        pa.table({"a": ["x"], "b": ["y"]}),
    ],
)
def test_any_difference_in_values_order_names_or_types_shows(other):
    assert content_sha256(other) != content_sha256(pa.table({"a": ["x", ""], "b": ["y", ""]}))


def test_an_empty_table_has_a_digest_of_its_columns():
    assert (
        content_sha256(pa.table({"a": pa.array([], pa.string())}))
        == hashlib.sha256(b"bridle table 1\n'a' string\n").hexdigest()
    )


def test_a_type_that_no_table_has_is_refused():
    with pytest.raises(TypeError, match="no table has a column of type decimal128"):
        content_sha256(pa.table({"a": pa.array([None], pa.decimal128(5, 2))}))


def test_values_without_any_null_are_hashed_as_they_lie_in_memory():
    times = pa.array([7, 5, -6, 9], pa.timestamp("us", "UTC"))
    whole = pa.table({"t": ["zz", "ab", "", "c"], "n": [8, 5, -6, 9], "at": times, "x": [9.0, 1.5, -0.0, 2.0],
                      "yes": [True, True, False, True], "l": [[], ["a"], [], ["b"]]})  # fmt: skip
    names = "".join(f"{f.name!r} {f.type}\n" for f in whole.schema)
    expected = b"bridle table 1\n" + names.encode() + struct.pack("<q", 2)
    expected += b"\x01\x01" + struct.pack("<ii", 2, 0) + b"ab"
    expected += (b"\x01\x01" + struct.pack("<qq", 5, -6)) * 2
    expected += b"\x01\x01" + struct.pack("<dd", 1.5, -0.0) + b"\x01\x01" + b"\x01\x00"
    expected += b"\x01\x01" + struct.pack("<ii", 1, 0) + b"\x01" + struct.pack("<i", 1) + b"a"
    assert content_sha256(whole.slice(1, 2)) == hashlib.sha256(expected).hexdigest()
