"""Segments against each other, with sequence numbers written out."""

import pytest

from bridle.formats import injection

REAL = b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\nhello"
FALSE = b"HTTP/1.1 302 Found\r\nLocation: http://evil.example.net/\r\n\r\n"


def test_two_answers_at_one_place() -> None:
    assert injection.compare(1_000, FALSE, 1_000, REAL) == (39, 9, 28)


def test_a_retransmission_is_no_difference() -> None:
    assert injection.compare(1_000, REAL, 1_000, REAL) is None
    assert injection.compare(1_000, REAL, 1_000, REAL[:20]) is None
    assert injection.compare(1_000, REAL, 1_020, REAL[20:]) is None
    assert injection.compare(1_020, REAL[20:], 1_000, REAL) is None


def test_a_difference_in_the_middle_of_either() -> None:
    other = REAL[20:30] + b"XY" + REAL[32:]
    assert injection.compare(1_000, REAL, 1_020, other) == (19, 10, 2)
    assert injection.compare(1_020, other, 1_000, REAL) == (19, 10, 2)


def test_sequence_numbers_wrap() -> None:
    assert injection.compare(0xFFFFFFFE, b"0123456789abcdef", 2, b"45678x9abcdef") == (12, 5, 7)


def test_too_little_in_common_says_nothing() -> None:
    assert injection.compare(1_000, b"aaaaaaa", 1_000, b"bbbbbbb") is None
    assert injection.compare(1_000, b"a" * 20, 1_013, b"b" * 20) is None
    assert injection.compare(1_000, b"a" * 20, 1_012, b"b" * 20) == (8, 0, 8)
    assert injection.compare(1_000, b"a" * 20, 5_000, b"b" * 20) is None
    assert injection.compare(5_000, b"a" * 20, 1_000, b"b" * 20) is None


@pytest.mark.parametrize(
    ("segment", "found"),
    [
        (FALSE, (302, "http://evil.example.net/")),
        (b"HTTP/1.1 307 Temporary Redirect\nLocation: https://a.example/x?y\nConnection: close\n\n", (307, "https://a.example/x?y")),
        (b"HTTP/1.0 301 Moved\r\nServer: x\r\nlocation:/next \r\n\r\n", (301, "/next")),
        (b"HTTP/1.1 200 OK\r\nLocation: http://a.example/\r\n\r\n", None),
        (b"HTTP/1.1 302 Found\r\n\r\nLocation: http://a.example/", None),
        (b"HTTP/1.1 302 Found\r\nX-Location: http://a.example/\r\n\r\n", None),
        (b"HTTP/1.1 304 Not Modified\r\nLocation: /x\r\n\r\n", None),
        (b"HTTP/1.1 302", None),
        (b"", None),
    ],
)  # fmt: skip
def test_redirects(segment: bytes, found: tuple[int, str] | None) -> None:
    assert injection.redirect(segment) == found
    assert injection.redirect(memoryview(segment)) == found


def test_flags() -> None:
    assert (injection.flags(0x19), injection.flags(0x12), injection.flags(0)) == ("FPA", "SA", "")
