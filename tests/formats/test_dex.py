"""Programs of Android: which strings are told, and which classes are named."""

import struct

import pytest

from bridle.core import FormatError
from bridle.formats.dex import MOST_STRINGS, Dex
from bridle.phantom.apk import dex

TOLD = [
    "http://198.51.100.4:8080/a", "wss://example.org", "content://sms/inbox", "192.0.2.1", "/data/data/com.example/x",
    "/system/bin/sh", "example.top", "say example.com:443 now", "https://bücher.example/ä",
]  # fmt: skip
NOT_TOLD = [
    "com.example.Main", "Lcom/example/Main;", "1.2.3", "1.2.3.4.5", "data", "index.html", "libx.so", "a://",
    "commercial",
]  # fmt: skip


def test_addresses_domains_and_paths_are_told_and_nothing_else() -> None:
    found = list(Dex(dex(TOLD + NOT_TOLD)).sought(100))
    assert sorted(t.text for t in found) == sorted(TOLD)
    assert {t.text: t.number for t in found} == {t: sorted(TOLD + NOT_TOLD).index(t) for t in TOLD}


def test_the_length_before_a_string_is_no_part_of_it() -> None:
    """0x68 is `h`, and a length of 104."""
    text = "https://example.org/" + "a" * 84
    assert [t.text for t in Dex(dex([text])).sought(9)] == [text]
    longer = "https://example.org/" + "a" * 400
    assert [t.text for t in Dex(dex([longer])).sought(9)] == [longer]


def test_how_many_is_bounded() -> None:
    assert len(list(Dex(dex(f"https://example.org/{i}" for i in range(50))).sought(10))) == 10
    long = Dex(dex(["https://example.org/" + "a" * 10_000])).sought(1)
    assert len(next(long).text) == 4096


def test_classes_are_found_by_their_names() -> None:
    names = [f"com.example.C{i}" for i in range(100)]
    found = Dex(dex([f"L{n.replace('.', '/')};" for n in names] + TOLD))
    assert all(found.names(n) for n in names)
    assert not any(found.names(n) for n in ("com.example.C", "com.example.C100", "", "z"))
    assert not Dex(dex([])).names("com.example.C1")


def test_a_table_beyond_the_file_or_too_long() -> None:
    data = bytearray(dex(["a"]))
    data[0x38:0x40] = struct.pack("<2I", 1000, 0x70)
    with pytest.raises(FormatError, match="1000 strings"):
        Dex(bytes(data))
    data[0x38:0x40] = struct.pack("<2I", MOST_STRINGS + 1, 0x70)
    with pytest.raises(FormatError, match="strings"):
        Dex(bytes(data) + bytes(4 * MOST_STRINGS + 8))


def test_strings_that_lie_anywhere_are_survived() -> None:
    data = bytearray(dex([f"https://example.org/{i}" for i in range(4)]))
    data[0x70:0x80] = struct.pack("<4I", 0xFFFFFFFF, len(data) - 1, 0, 0x70)
    found = Dex(bytes(data))
    assert len(list(found.sought(10))) <= 4
    assert found.names("com.example.A") is False


@pytest.mark.parametrize("data", [b"", b"dex\n035\0", b"x" * 200])
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(FormatError, match="DEX"):
        Dex(data)
