"""Messages after their lengths, and blocks of mappings."""

import io

import pytest

from bridle.core import FormatError, Gap, Record, record
from bridle.formats import delimited
from bridle.formats.arrow import ArrowBlock
from bridle.formats.batches import blocks
from bridle.formats.table import col, records


def read(data, **more):
    return list(delimited.messages(io.BytesIO(data), **more))


def test_messages_are_numbered():
    long = b"x" * 300
    assert read(b"\x01a\x00" + b"\xac\x02" + long) == [("item 1", b"a"), ("item 2", b""), ("item 3", long)]
    assert read(b"") == []


@pytest.mark.parametrize(
    ("data", "place", "reason"),
    [
        (b"\x01a\x05ab", "item 2", "expected 5 bytes, got the end after 2"),
        (b"\x80", "item 1", "expected a length up to 16777216 bytes, got another"),
        (b"\xff\xff\xff\xff\xff\x01", "item 1", "expected a length up to 16777216 bytes, got another"),
        (b"\xff\xff\xff\x7f", "item 1", "expected a length up to 16777216 bytes, got another"),
    ],
)
def test_what_ends_or_cannot_be_is_one_gap(data, place, reason):
    assert read(data)[-1] == Gap(locator=place, reason=reason)


def test_values_of_fields():
    found = delimited.fields(b"\x0a\x01a\x0a\x02b\xff\x18\x01\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")
    assert delimited.text(found.get(1)) == "b\\xff"
    assert delimited.truth(found.get(3)) is True
    assert delimited.whole(found.get(4)) == -1
    assert delimited.text(found.get(9)) is None
    with pytest.raises(FormatError, match="expected text, got 1"):
        delimited.text(found[3])
    with pytest.raises(FormatError, match="expected a number"):
        delimited.whole(found[1])


@record
class Row(Record):
    """A row."""

    path: str = col("path", doc="a path")
    size: int | None = col("size", doc="bytes")


ROWS = [
    ("1", {"path": "/a", "size": 1}),
    ("2", {"size": 2}),
    Gap(locator="3", reason="no"),
    ("4", {"path": "/b", "size": "x"}),
]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_blocks_hold_what_records_would_be(size):
    found = [r for item in blocks(ROWS, Row, size) for r in (item if isinstance(item, ArrowBlock) else [item])]
    wanted = list(records(ROWS, Row))
    assert sorted(found, key=lambda r: (r.locator, str(type(r)))) == sorted(
        wanted, key=lambda r: (r.locator, str(type(r)))
    )
    assert len(found) == 5


def test_no_rows_are_no_block():
    assert list(blocks([], Row)) == []


@pytest.mark.parametrize(
    ("length", "reason"),
    [
        (b"\xff\xff\xff\x07", "expected 16777215 bytes, got the end after 1"),
        (b"\x80\x80\x80\x08", "expected 16777216 bytes, got the end after 1"),
        (b"\x81\x80\x80\x08", "expected a length up to 16777216 bytes, got another"),
    ],
)
def test_a_message_at_below_and_above_the_bound(length, reason):
    assert read(length + b"x") == [Gap(locator="item 1", reason=reason)]
