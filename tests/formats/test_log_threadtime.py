"""Lines of `logcat` cut at the places of their fields give what a pattern for each line gives."""

import io
from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.core import Gap
from bridle.formats import log_lines, log_threadtime, logcat
from bridle.formats.log_threadtime import cut

TAKEN = datetime(2026, 3, 29, 23, 14, 20)
FIELDS = ("number", "stamp", "user", "pid", "tid", "priority", "rest")


def rows(*lines: str) -> tuple[list[tuple[object, ...]], list[int]]:
    """The fields of lines that were cut, and the numbers of those that were not."""
    found = cut(pa.array(range(1, len(lines) + 1), pa.int64()), pa.array(lines, pa.string()))
    columns = [found.fields[n].to_pylist() for n in FIELDS] if found.fields else [[]] * len(FIELDS)
    return list(zip(*columns, strict=True)), found.numbers.to_pylist()


def test_places_differ() -> None:
    """Six digits of a process move what stands behind them; a user, another fraction: all keep their order."""
    assert rows(
        "01-08 15:30:16.609  1000   929   996 I ActivityManager: one",
        "01-08 15:30:16.610  1000 123456   996 I ActivityManager: two",
        "--------- beginning of system",
        "01-08 15:30:16.611   929   996 W Tag: ",
        "01-08 15:30:16.612345 u0_a12   929   996 E Ünï: cödé",
        "01-08 15:30:16.613  1000     7     8 I ",
        "01-08 15:30:16.614  root     9    10 F x",
    ) == (
        [
            (1, "01-08 15:30:16.609", "1000", 929, 996, "I", "ActivityManager: one"),
            (2, "01-08 15:30:16.610", "1000", 123456, 996, "I", "ActivityManager: two"),
            (4, "01-08 15:30:16.611", None, 929, 996, "W", "Tag: "),
            (5, "01-08 15:30:16.612345", "u0_a12", 929, 996, "E", "Ünï: cödé"),
            (6, "01-08 15:30:16.613", "1000", 7, 8, "I", ""),
            (7, "01-08 15:30:16.614", "root", 9, 10, "F", "x"),
        ],
        [3],
    )


def test_more_places_than_are_tried() -> None:
    lines = [f"01-08 15:30:16.609 {'1' * n} {'2' * n} I t: {n}" for n in range(1, 9)]
    assert rows(*lines) == (
        [(n, "01-08 15:30:16.609", None, int("1" * n), int("2" * n), "I", f"t: {n}") for n in range(1, 9)],
        [],
    )


@pytest.mark.parametrize(
    "ids",
    [" 1000   9 9   996 ", "  a b   929   996 ", " 1000 12345678901    1 ", " 1000               ", "   929 ", " "],
)
def test_process_and_thread_that_cannot_be_read(ids: str) -> None:
    good = "01-08 15:30:16.609  1000   929   996 I Tag: one"
    found = cut(pa.array([4, 5]), pa.array([good, f"01-08 15:30:16.610 {ids}I Tag: two"]))
    assert found.odd == [(5, ids)]
    assert found.fields["pid"].to_pylist() == [929, None]
    assert found.fields["rest"].to_pylist() == ["Tag: one", "Tag: two"]


def test_a_blank_where_the_user_stands() -> None:
    assert rows(
        "01-08 15:30:16.609  1000   929   996 I Tag: one",
        "01-08 15:30:16.609         929   996 I Tag: two",
    )[0] == [
        (1, "01-08 15:30:16.609", "1000", 929, 996, "I", "Tag: one"),
        (2, "01-08 15:30:16.609", None, 929, 996, "I", "Tag: two"),
    ]


_number = st.integers(0, 10**11).map(str) | st.integers(0, 99_999).map(str) | st.sampled_from(["", "x", "1 2", "٣"])
_line = st.builds(
    "{}-{} {}:{}:{}.{} {}{}{} {} {}".format,
    st.sampled_from(["01", "12", "02", "13"]),
    st.sampled_from(["08", "29", "32"]),
    st.sampled_from(["15", "00", "24"]),
    st.sampled_from(["30", "61"]),
    st.sampled_from(["16", "60"]),
    st.sampled_from(["609", "609", "1", "123456", "1234567890", ""]),
    st.sampled_from(["", "1000", "root ", "u0_a12", "  a b", "     "]).map(lambda u: f"{u:>5}"),
    _number.map(lambda n: f" {n:>5}"),
    _number.map(lambda n: f" {n:>5}"),
    st.sampled_from("IIIWFX i"),
    st.sampled_from(["Tag: text", "Tag : ", "Tag:", "no colon", "", "Tag: a: b", "Ünï: cödé", ": x", "Tag  :  x"]),
)
_other = st.sampled_from(
    [
        "", "--------- beginning of main", "--------- switch to events", "*** lost", "  at com.example.Class",
        "D/Tag     (  123): brief", "1578493816.609  1000   929   996 I Tag: epoch", "\r", "\x0b\x0c", "\x1c",
        "2025-03-29 23:14:20.123 +0100  1000   929   996 I Tag: zone", "LONG",
    ]
)  # fmt: skip
_damage = st.tuples(st.integers(0, 60), st.sampled_from([b"", b"\xff", b" ", b"\n", b"\r\n", b"7", b"\x00"]))


@settings(deadline=None)
@given(
    st.lists((_line | _line | _other).map(str.encode), max_size=12),
    st.lists(st.tuples(st.integers(0, 11), _damage), max_size=3),
    st.sampled_from([64, 200, 2 << 20]),
    st.sampled_from([TAKEN, None]),
)
def test_equal_to_a_pattern_for_each_line(
    lines: list[bytes], damages: list[tuple[int, tuple[int, bytes]]], size: int, taken: datetime | None
) -> None:
    for which, (at, by) in damages:
        if which < len(lines):
            lines[which] = lines[which][:at] + by + lines[which][at + 1 :]
    text = b"\n".join(lines).replace(b"LONG", b"x" * 70_000)
    fast = _entries(text, size, taken, layouts=4)
    assert fast == _entries(text, size, taken, layouts=0)


def _entries(text: bytes, size: int, taken: datetime | None, *, layouts: int) -> list[object]:
    """All entries and gaps, with so many places of the fields tried on some lines of `size` bytes."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(log_threadtime, "_LAYOUTS", layouts)
        patched.setattr(logcat, "chunks", lambda stored: log_lines.chunks(stored, size))
        found: list[object] = []
        for item in logcat.entries(io.BytesIO(text), taken, "main"):
            found += [item] if isinstance(item, Gap) else pa.table(item.columns).to_pylist()
        return found


@pytest.mark.parametrize(("length", "is_read"), [(65_535, True), (65_536, True), (65_537, False)])
def test_a_line_of_64_kib_and_of_one_byte_more(length: int, is_read: bool) -> None:
    """Its end does not count."""
    (found,) = log_lines.chunks(io.BytesIO(b"x" * length + b"\ny\n"))
    assert found.texts.to_pylist() == ["x" * length if is_read else "", "y"]
    assert found.too_long == (() if is_read else (1,))
