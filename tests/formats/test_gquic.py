"""A packet of Google's QUIC, built field by field."""

import random
from struct import pack

import pytest

from bridle.core import FormatError
from bridle.formats import gquic

VALUES = [(b"PAD\0", b"-" * 20), (b"SNI\0", b"www.example.org"), (b"VER\0", b"Q043"), (b"UAID", b"Chrome/64 Android")]


def chlo(values: list[tuple[bytes, bytes]]) -> bytes:
    table, end = b"", 0
    for tag, value in values:
        end += len(value)
        table += tag + pack("<I", end)
    return b"CHLO" + pack("<HH", len(values), 0) + table + b"".join(v for _, v in values)


def packet(body: bytes, version: bytes = b"Q043") -> bytes:
    """Flags, connection id, version, packet number, hash, and a frame of stream 1 with its length."""
    return b"\x0d" + b"\x11" * 8 + version + b"\x01" + b"\x22" * 12 + b"\xa0\x01" + pack("<H", len(body)) + body


def test_the_host_and_the_client() -> None:
    assert gquic.hello(packet(chlo(VALUES))) == gquic.Hello(
        version="Q043",
        server_name="www.example.org",
        user_agent="Chrome/64 Android",
        tags=("PAD", "SNI", "VER", "UAID"),
    )


def test_a_long_header_of_version_46() -> None:
    datagram = b"\xc3Q046\x50" + b"\x11" * 8 + b"\0\0\0\1" + b"\x22" * 12 + b"\xa0\x01\0\0" + chlo(VALUES)
    found = gquic.hello(datagram)
    assert found is not None
    assert (found.version, found.server_name) == ("Q046", "www.example.org")


def test_a_hello_without_a_name_and_later_packets() -> None:
    assert gquic.hello(packet(chlo([(b"PDMD", b"X509")]) + bytes(30))) == gquic.Hello(
        version="Q043", server_name=None, user_agent=None, tags=("PDMD",)
    )
    assert gquic.hello(packet(b"x" * 200)) is None
    assert gquic.hello(b"\x0c" + b"\x11" * 60) is None
    assert gquic.hello(b"\xc3\0\0\0\1" + bytes(60)) is None
    assert gquic.hello(b"") is None


@pytest.mark.parametrize("count", [0, 129, 60_000])
def test_a_table_that_lies(count: int) -> None:
    body = chlo(VALUES)
    with pytest.raises(FormatError, match="tags"):
        gquic.hello(packet(body[:4] + pack("<H", count) + body[6:]))


def test_values_that_go_backwards() -> None:
    body = b"CHLO" + pack("<HH", 2, 0) + b"PAD\0" + pack("<I", 9) + b"SNI\0" + pack("<I", 3) + b"x" * 40
    with pytest.raises(FormatError, match="one after the other"):
        gquic.hello(packet(body))


def test_damage_raises_only_what_a_format_raises() -> None:
    noise = random.Random(3)
    for _ in range(2_000):
        data = bytearray(packet(chlo(VALUES)))
        for _ in range(3):
            data[noise.randrange(len(data))] = noise.randrange(256)
        try:
            gquic.hello(bytes(data[: noise.randrange(len(data))]))
        except FormatError:
            continue
