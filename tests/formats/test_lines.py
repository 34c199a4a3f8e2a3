"""Lines of text: their numbers, ends, bytes and bounds."""

from __future__ import annotations

import io
import random
import re
import tracemalloc

import pytest

from bridle.core import Gap
from bridle.formats.lines import blocks, lines, picked, too_long


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (b"", []),
        (b"a\n b \nc", [(1, "a"), (2, " b "), (3, "c")]),
        (b"a\r\n\n\r\n", [(1, "a"), (2, ""), (3, "")]),
        (b"caf\xc3\xa9 \xff\x00\n", [(1, "caf\u00e9 \\xff\x00")]),
        (b"\n\n", [(1, ""), (2, "")]),
    ],
)
def test_each_line_has_its_number_and_no_end(stored: bytes, found: list[tuple[int, str | None]]) -> None:
    assert list(lines(io.BytesIO(stored))) == found


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        (b"1234567\nx\n", [(1, "1234567"), (2, "x")]),
        (b"12345678\nx\n", [(1, None), (2, "x")]),
        (b"1234567890123456789012\nx\n", [(1, None), (2, "x")]),
        (b"1234567", [(1, "1234567")]),
        (b"12345678", [(1, None)]),
        (b"x\n1234567812345678", [(1, "x"), (2, None)]),
    ],
)
def test_a_line_of_more_than_the_bound_is_none_and_the_next_is_read(stored: bytes, found: list[object]) -> None:
    assert list(lines(io.BytesIO(stored), 8)) == found


def test_a_line_without_end_costs_no_memory() -> None:
    stored = io.BytesIO(b"x" * (8 << 20))
    tracemalloc.start()
    found = list(lines(stored))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [(1, None)]
    assert peak < 1 << 20


def test_the_gap_of_a_line_that_is_too_long_says_where_and_how_long_it_may_be() -> None:
    reason = "expected a line of at most 8 bytes, got a longer one"
    assert too_long(3, 8) == Gap(locator="line 3", reason=reason)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 64])
@pytest.mark.parametrize(
    "stored",
    [
        b"", b"a", b"a\n", b"a\n b \n\nc", b"\n\n", b"1234567\nx\n", b"12345678\nx\n", b"1234567", b"12345678",
        b"x\n1234567812345678", b"12345678123\n\n1234567812345678\ny\n", b"123456781234567\n\xff\n",
    ],
)  # fmt: skip
def test_blocks_have_the_lines_that_lines_has(stored: bytes, size: int) -> None:
    found: list[tuple[int, str | None]] = []
    for first, some, longer in blocks(io.BytesIO(stored), 8, size):
        for number, line in enumerate(some, first):
            assert line == b"" or number not in longer
            found.append((number, None if number in longer else line.decode("utf-8", "backslashreplace")))
    assert found == list(lines(io.BytesIO(stored), 8))


def test_blocks_without_end_cost_no_memory() -> None:
    stored = io.BytesIO(b"x" * (16 << 20))
    tracemalloc.start()
    found = [(first, some, longer) for first, some, longer in blocks(stored)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [(1, [b""], [1])]
    assert peak < 4 << 20


def test_picked_lines_are_those_asked_for_in_their_order() -> None:
    stored = b"head\n  1 stack\n   0x10 image\n  2 ends throttled\n  throttled throttled\n\n *0x2\n  last throttled"
    found = list(picked(io.BytesIO(stored), re.compile(rb"\n(?:(?! )|[ *]*0x)"), b"throttled"))
    assert found == [
        (
            [
                (1, b"head"), (3, b"   0x10 image"), (4, b"  2 ends throttled"), (5, b"  throttled throttled"),
                (6, b""), (7, b" *0x2"),
            ],
            [],
        ),
        ([(8, b"  last throttled")], []),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1, 3, 8, 64, 4096])
def test_picked_lines_are_those_of_blocks(size: int) -> None:
    drawn, begins = random.Random(size), re.compile(rb"\n(?:(?! )|[ *]*0x)")
    for _ in range(300):
        stored = b"".join(drawn.choices([b"\n", b" ", b"*", b"0x", b"ab", b"   12 ", b"\n  "], k=drawn.randrange(60)))
        expected: list[tuple[int, bytes]] = []
        longer: list[int] = []
        for first, some, long in blocks(io.BytesIO(stored), 24, size):
            longer += long
            expected += [(n, s) for n, s in enumerate(some, first) if begins.match(b"\n" + s) or b"ab" in s]
        got = list(picked(io.BytesIO(stored), begins, b"ab", 24, size))
        assert [n for _, long in got for n in long] == longer
        assert [(n, s) for some, _ in got for n, s in some if begins.match(b"\n" + s) or b"ab" in s] == expected


@pytest.mark.parametrize(("length", "read"), [(16_382, True), (16_383, True), (16_384, False)])
def test_a_line_of_16_kib_with_its_end(length: int, read: bool) -> None:
    line = b"x" * length
    stored = line + b"\ny\n"
    assert list(lines(io.BytesIO(stored))) == [(1, line.decode() if read else None), (2, "y")]
    assert list(blocks(io.BytesIO(stored))) == [(1, [line if read else b"", b"y"], [] if read else [1])]
    ((found, longer),) = picked(io.BytesIO(stored), re.compile(rb"\nx"), b"none")
    assert ((1, line) in found, longer) == (read, [] if read else [1])
    assert too_long(1).reason == "expected a line of at most 16384 bytes, got a longer one"
