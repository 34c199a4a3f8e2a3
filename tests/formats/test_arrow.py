from datetime import UTC, datetime

import pyarrow as pa
import pytest

from bridle.core import ProcessName, Record, Url, Utc, WallClock, note, record
from bridle.formats import arrow


@record(surface="network-user")
class Usage(Record):
    process_name: ProcessName | None = note(doc="as stored")
    bytes_out: int | None
    share: float | None
    ended: bool | None
    raw: bytes | None
    first_seen: Utc | None
    shown: WallClock | None
    links: tuple[Url, ...] = note(surface="mention")


FULL = Usage(
    locator="ZPROCESS:1", process_name="bh", bytes_out=-5, share=0.5, ended=True, raw=b"\x00\xff",
    first_seen=Utc(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
    shown=WallClock(datetime(2020, 1, 6, 10, 40, 0, 1)), links=("https://a.example/", "https://b.example/"),
)  # fmt: skip
EMPTY = Usage(
    locator="ZPROCESS:2", process_name=None, bytes_out=None, share=None, ended=None, raw=None, first_seen=None,
    shown=None, links=(),
)  # fmt: skip


def test_schema() -> None:
    s = arrow.schema(Usage)
    assert s.names == [
        "locator", "process_name", "bytes_out", "share", "ended", "raw", "first_seen", "shown", "links",
    ]  # fmt: skip
    assert s.types == [
        pa.string(), pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.binary(), pa.timestamp("us", tz="UTC"),
        pa.timestamp("us"), pa.list_(pa.string()),
    ]  # fmt: skip
    assert [f.nullable for f in s] == [False, True, True, True, True, True, True, True, False]
    assert s.field("process_name").metadata == {
        b"kind": b"process-name", b"surface": b"network-user", b"doc": b"as stored",
    }  # fmt: skip
    assert s.field("links").metadata == {b"kind": b"url", b"surface": b"mention"}
    assert not s.field("bytes_out").metadata


def test_rows_come_back_as_they_went_in() -> None:
    table = arrow.table_of(Usage, [FULL, EMPTY])
    assert table.column("first_seen").cast(pa.int64()).to_pylist() == [-1, None]
    block = arrow.ArrowBlock(Usage, table)
    assert (len(block), list(block)) == (2, [FULL, EMPTY])


def test_no_rows() -> None:
    block = arrow.ArrowBlock(Usage, arrow.table_of(Usage, []))
    assert (len(block), list(block)) == (0, [])


def test_a_value_of_another_type_is_our_mistake() -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        arrow.table_of(
            Usage, [Usage(**{**{n: getattr(EMPTY, n) for n in arrow.schema(Usage).names}, "bytes_out": "5"})]
        )
