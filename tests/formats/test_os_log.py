"""Formats and arguments as the messages they stand for; what is expected is what printf and os_log(3) say."""

from __future__ import annotations

import struct

import pytest

from bridle.formats._tracev3_items import Item, items
from bridle.formats.os_log import MOST, render


def number(value: int, size: int = 4) -> Item:
    return Item("number", value.to_bytes(size, "little", signed=True))


def text(value: str) -> Item:
    return Item("text", text=value)


@pytest.mark.parametrize(
    ("form", "given", "wanted"),
    [
        ("100%% of %d", [number(-5)], "100% of -5"),
        ("%u", [number(-1)], "4294967295"),
        ("%llu %x", [number(-1, 8), number(-1, 1)], "18446744073709551615 ff"),
        ("%#x|%08X|%o", [number(255), number(48879), number(8)], "0xff|0000BEEF|10"),
        ("%5d|%-5d|%+d|%.3d", [number(7)] * 4, "    7|7    |+7|007"),
        ("%p", [number(0x1000, 8)], "0x1000"),
        ("%c%C", [number(65), number(0x20AC)], "A€"),
        ("%f %.1f %g", [Item("number", struct.pack("<d", 2.5))] * 3, "2.500000 2.5 2.5"),
        ("%{public}s and %{private}@", [text("a"), Item("private")], "a and <private>"),
        ("%.*s|%.3s|%s", [Item("precision", b"\x02\0\0\0"), text("abcdef"), text("abcdef"), text("x")], "ab|abc|x"),
        ("%10s|%-4s|", [text("right"), text("l")], "     right|l   |"),
        ("%*d", [number(6), number(42)], "    42"),
        ("%{public,uuid_t}.16P", [Item("precision", b"\x10\0\0\0"), Item("data", bytes(range(16)))],
         "00010203-0405-0607-0809-0A0B0C0D0E0F"),
        ("%.4P", [Item("data", b"\xde\xad\xbe\xef")], "deadbeef"),
        ("%{bool}d %{BOOL}d", [number(1), number(0)], "true NO"),
        ("%m, %{darwin.errno}d, %m", [number(2), number(61), number(999)],
         "No such file or directory, [61: Connection refused], Unknown error: 999"),
        ("%{network:in_addr}d", [Item("number", b"\x7f\0\0\x01")], "127.0.0.1"),
        ("%{network:in6_addr}.16P", [Item("data", bytes(15) + b"\x01")], "::1"),
        ("%{time_t}d", [number(1452627697)], "2016-01-12 19:41:37"),
        ("%{private, mask.hash}s", [Item("data", b"\x1d\x1f")], "<mask.hash: 'HR8='>"),
        ("%d and %s", [number(1)], "1 and <decode: missing data>"),
        ("%y %", [number(1)], "%y %"),
        ("%s", [number(7)], "7"),
        ("%d", [text("seven")], "seven"),
        ("nothing", [], "nothing"),
    ],
)  # fmt: skip
def test_a_message(form: str, given: list[Item], wanted: str) -> None:
    assert render(form, given)[0] == wanted


def test_a_message_ends_and_so_do_its_arguments() -> None:
    found, values = render("%s%s%5000d", [text("a" * MOST), text("b"), number(1)])
    assert found == "a" * MOST
    assert [len(v) for v in values] == [MOST, 0, 0]
    assert render("%9999d", [number(1)])[0] == " " * 255 + "1"


def test_arguments_that_no_format_asks_for_are_kept() -> None:
    assert render("%d", [number(1), text("more")]) == ("1", ["1", "more"])


@pytest.mark.parametrize(
    ("raw", "wanted"),
    [
        ("", []),
        ("0001", []),
        ("0001 0004 05000000", [Item("number", b"\x05\0\0\0")]),
        ("0001 0003 050000", [Item("missing")]),
        ("0002 2204 00000300 2204 03000300 616200 636400", [text("ab"), text("cd")]),
        ("0001 2204 02000900 616263", [text("c")]),
        ("0001 4204 00000000", [text("(null)")]),
        ("0001 2104 00000080", [Item("private")]),
        ("0001 2104 01000200", [text("il")]),
        ("0001 2104 01000900", [Item("private")]),
        ("0001 0104 00000400", [Item("number", b"tile")]),
        ("0002 7208 6861736800000000 f204 00000200 1d1f", [Item("data", b"\x1d\x1f")]),
        ("0001 9904 00000000", [Item("missing")]),
    ],
)
def test_arguments(raw: str, wanted: list[Item]) -> None:
    assert items(bytes.fromhex(raw), b"tile", False) == wanted


def test_a_backtrace_lies_before_the_values() -> None:
    backtrace = bytes([1, 0, 18, 1]) + (2).to_bytes(2, "little") + bytes(16) + bytes(8) + bytes(2) + bytes(2)
    raw = bytes.fromhex("0001220400000300") + backtrace + b"ab\0"
    assert items(raw, b"", True) == items(raw, b"", False) == [text("ab")]


def test_arguments_that_share_their_bytes_do_not_multiply_them() -> None:
    heads = struct.pack("<BBHH", 0x22, 4, 0, 60_000) * 60
    found = items(bytes([0, 60]) + heads + b"x" * 60_000, b"", False)
    assert [len(i.text) for i in found] == [60_000] * 2 + [0] * 58
    assert [i.kind for i in found[2:]] == ["missing"] * 58
