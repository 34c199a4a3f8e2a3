import io
import json
import struct

import pytest

from bridle.core import FormatError, Gap
from bridle.formats import binarycookies
from made_binarycookies import make

COOKIE = {"domain": ".a.test", "name": "n", "path": "/", "value": "secret", "flags": 5, "expires": 2.5, "created": 1.5}


def read(stored: bytes):
    return list(binarycookies.read(io.BytesIO(stored)))


def test_a_cookie() -> None:
    assert read(make(json.dumps([[COOKIE]]))) == [
        binarycookies.Cookie("page 1, cookie 1", 5, b".a.test", b"n", b"/", 6, None, 2.5, 1.5)
    ]


@pytest.mark.parametrize("stored", [b"", b"cook", b"cook\x00\x00\x00\x01", b"kooc\x00\x00\x00\x00"])
def test_no_cookies(stored) -> None:
    with pytest.raises(FormatError):
        read(stored)


def test_too_many_pages() -> None:
    assert read(b"cook" + struct.pack(">I", 0)) == []
    with pytest.raises(FormatError, match="at most 100000 pages, got 100001"):
        read(b"cook" + struct.pack(">I", 100_001) + bytes(4 * 100_001))


def test_a_page_that_is_cut_short_gives_what_is_left_of_it() -> None:
    stored = make(json.dumps([[COOKIE, COOKIE]]))
    gap, first, last = read(stored[: -12 - 3])
    assert (type(gap), gap.locator, "bytes, got" in gap.reason) == (Gap, "page 1", True)
    assert first == binarycookies.Cookie("page 1, cookie 1", 5, b".a.test", b"n", b"/", 6, None, 2.5, 1.5)
    assert (type(last), last.locator) == (Gap, "page 1, cookie 2")


def test_a_page_that_is_too_large_ends_the_reading(monkeypatch) -> None:
    stored = make(json.dumps([[COOKIE], [COOKIE]]))
    (size,) = struct.unpack(">I", stored[8:12])
    for largest, wanted in [(size + 1, 2), (size, 2)]:
        monkeypatch.setattr(binarycookies, "_LONGEST_PAGE", largest)
        assert len(read(stored)) == wanted
    monkeypatch.setattr(binarycookies, "_LONGEST_PAGE", size - 1)
    (gap,) = read(stored)
    assert gap.locator == "page 1"


def test_cookies_that_lie_one_over_another_are_read_once() -> None:
    page = bytearray(bytes.fromhex("00000100") + struct.pack("<I", 50) + struct.pack("<50I", *[212] * 50) + bytes(4))
    page += make(json.dumps([[COOKIE]]))[12 + 16 : -12]
    found = read(b"cook" + struct.pack(">II", 1, len(page)) + page)
    assert isinstance(found[-1], Gap)
    assert len(found) <= len(page) // 56 + 1


def test_a_page_of_places_that_are_none_is_given_up() -> None:
    """A page of 4 MB could hold a million of them."""

    def page(places: int) -> list[binarycookies.Cookie | Gap]:
        body = b"\x00\x00\x01\x00" + struct.pack("<I", places) + struct.pack("<I", 8) * places
        return read(b"cook" + struct.pack(">II", 1, len(body)) + body)

    assert len(page(999)) == 999
    assert len(page(1_000)) == len(page(1_001)) == 1_000
    assert page(1_001)[-1].reason.endswith(": the rest of the page is not read")
    assert not page(1_001)[-2].reason.endswith("not read")
