"""Segments of both generations: entries with their states and checksums, and what damage leaves of them."""

from __future__ import annotations

import io
import json
import struct

import pytest

from bridle.core import FormatError, Gap
from bridle.formats import segb
from made_segb import make


def _read(data: bytes) -> list[segb.Entry | Gap]:
    return list(segb.entries(io.BytesIO(data), len(data)))


def _made(version: int, *entries: dict[str, object], **more: object) -> bytes:
    return make(json.dumps({"version": version, "entries": entries, **more}))


def test_entries_of_the_first_generation_begin_at_multiples_of_eight() -> None:
    data = _made(1, {"time": 1.5, "second_time": 2.5, "payload": "aabbcc"}, {"time": 3, "state": 3, "payload": "dd"})
    assert _read(data) == [
        segb.Entry(56, 1, 1.5, 2.5, True, b"\xaa\xbb\xcc"),
        segb.Entry(96, 3, 3.0, 3.0, True, b"\xdd"),
    ]


def test_entries_of_the_second_generation_begin_at_multiples_of_four() -> None:
    data = _made(2, {"time": 1.5, "payload": "aabbcc"}, {"time": 3, "state": 4, "payload": "dd", "crc": 5})
    assert _read(data) == [
        segb.Entry(32, 1, 1.5, None, True, b"\xaa\xbb\xcc"),
        segb.Entry(44, 4, 3.0, None, False, b"\xdd"),
    ]


def test_the_header_of_the_second_generation_is_not_taken_for_the_first() -> None:
    data = bytearray(_made(2, {"time": 1, "payload": "00" * 64}))
    data[52:56] = b"SEGB"
    assert [e.offset for e in _read(bytes(data)) if isinstance(e, segb.Entry)] == [32]


@pytest.mark.parametrize("data", [b"", b"SEGB", b"\0" * 56, b"SEG" + b"\0" * 61])
def test_other_bytes_are_not_a_segment(data: bytes) -> None:
    with pytest.raises(FormatError, match="expected its mark"):
        _read(data)


def test_a_table_that_does_not_fit_is_not_a_segment() -> None:
    data = _made(2, {"time": 1, "payload": "aa"})
    assert len(_read(data)) == 1
    with pytest.raises(FormatError, match="expected 2 entries and their table"):
        _read(struct.pack("<4sI", b"SEGB", 2) + data[8:40])


def test_a_table_that_ends_before_its_size_is_not_a_segment() -> None:
    """As in a file that became shorter while it was read."""
    data = _made(2, {"time": 1, "payload": "aa"})
    with pytest.raises(FormatError, match=r"expected a table of 1 entries at byte 44, got 13 bytes"):
        list(segb.entries(io.BytesIO(data[:-3]), len(data)))


@pytest.mark.parametrize("length", [-1, 3, 1 << 30])
def test_nothing_is_read_after_a_length_that_cannot_be(length: int) -> None:
    data = bytearray(_made(1, {"time": 1, "payload": "aa"}, {"time": 2, "payload": "bbcc"}))
    struct.pack_into("<i", data, 96, length + 6 if length == 3 else length)
    found = _read(bytes(data))
    assert found[0] == segb.Entry(56, 1, 1.0, 1.0, True, b"\xaa")
    assert [g.locator for g in found[1:]] == ["offset 0x60"]


def test_a_payload_of_the_most_bytes_is_read_and_a_larger_one_is_a_gap() -> None:
    for version, first, second in ((1, 0x38, 0x400058), (2, 0x20, 0x400028)):
        most = {"time": 1, "payload": "01" * segb.MAX_PAYLOAD}
        more = {"time": 2, "payload": "01" * (segb.MAX_PAYLOAD + 1)}
        found = _read(_made(version, most, more, {"time": 3, "payload": "02"}))
        assert isinstance(found[0], segb.Entry)
        assert (found[0].offset, len(found[0].payload)) == (first, segb.MAX_PAYLOAD)
        assert found[1].locator == f"offset 0x{second:x}"  # type: ignore[union-attr]
        assert isinstance(found[2], segb.Entry)
        assert found[2].payload == b"\x02"


def test_bytes_after_the_last_entry_are_told_unless_they_are_zero() -> None:
    for version in (1, 2):
        assert len(_read(_made(version, {"time": 1, "payload": "aabbccdd"}, slack="00" * 70_000))) == 1
        found = _read(_made(version, {"time": 1, "payload": "aabbccdd"}, slack="00" * 70_000 + "0102"))
        assert isinstance(found[1], Gap)
        assert found[1].reason == "2 bytes after the last entry were not read"


def test_entries_at_below_and_above_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segb, "MAX_ENTRIES", 3)
    for count in (2, 3):
        found = _read(_made(2, *({"time": n, "payload": f"0{n}"} for n in range(count))))
        assert [e.payload for e in found if isinstance(e, segb.Entry)] == [b"\0", b"\1", b"\2"][:count]
    with pytest.raises(FormatError, match="SEGB: expected at most 3 entries, got 4"):
        _read(_made(2, *({"time": n, "payload": f"0{n}"} for n in range(4))))


def test_a_segment_has_a_mebi_of_entries_at_most() -> None:
    assert segb.MAX_ENTRIES == 1_048_576
