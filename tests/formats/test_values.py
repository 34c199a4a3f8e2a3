from datetime import UTC, datetime

import pytest

from bridle.formats import values
from bridle.formats.plist import Unreadable


@pytest.mark.parametrize(
    ("convert", "stored", "meaning"),
    [
        (values.text, "a", "a"),
        (values.integer, 7, 7),
        (values.integer, 7.0, 7),
        (values.integer, True, 1),
        (values.integer, -(2**63), -(2**63)),
        (values.real, 3, 3.0),
        (values.truth, 0, False),
        (values.truth, True, True),
        (values.blob, b"\x00", b"\x00"),
        (values.cocoa, 0, datetime(2001, 1, 1, tzinfo=UTC)),
        (values.cocoa, 599999999.25, datetime(2020, 1, 6, 10, 39, 59, 250000, tzinfo=UTC)),
        (values.cocoa, -1, datetime(2000, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (values.cocoa_or_nanoseconds, 600000000, datetime(2020, 1, 6, 10, 40, tzinfo=UTC)),
        (values.cocoa_or_nanoseconds, 600000000123456789, datetime(2020, 1, 6, 10, 40, 0, 123456, tzinfo=UTC)),
        (values.unix, 1578307200, datetime(2020, 1, 6, 10, 40, tzinfo=UTC)),
        (values.unix_milliseconds, 1578307200123, datetime(2020, 1, 6, 10, 40, 0, 123000, tzinfo=UTC)),
        (values.webkit, 13222780800000000, datetime(2020, 1, 6, 10, 40, tzinfo=UTC)),
        (values.naive_utc, datetime(2020, 1, 6, 10, 40), datetime(2020, 1, 6, 10, 40, tzinfo=UTC)),
        (values.unix_microseconds, 1578307200123456, datetime(2020, 1, 6, 10, 40, 0, 123456, tzinfo=UTC)),
        (values.unix_microseconds, 1578307200123456.0, datetime(2020, 1, 6, 10, 40, 0, 123456, tzinfo=UTC)),
        (values.utc_text, "2020-01-06 10:40:00", datetime(2020, 1, 6, 10, 40, tzinfo=UTC)),
        (values.length, b"\x00\x01", 2),
        (values.length, b"", 0),
        (values.utf16_text, b"a\x00\xe9\x00=\xd8\x00\xde", "a\u00e9\U0001f600"),
        (values.utf16_text, b"\x3d\xd8a\x00b", "\\x3d\\xd8a\\x62"),
        (values.utf16_text, b"a\x00" * (values.LONGEST_TEXT - 1), "a" * (values.LONGEST_TEXT - 1)),
        (values.utf16_text, b"a\x00" * (values.LONGEST_TEXT + 1), "a" * values.LONGEST_TEXT),
    ],
)
def test_meaning(convert, stored, meaning) -> None:
    got = convert(stored)
    assert (got, type(got)) == (meaning, type(meaning))


@pytest.mark.parametrize(
    ("convert", "stored"),
    [
        (values.text, b"a"), (values.text, None), (values.integer, 2**63), (values.integer, 0.5),
        (values.integer, "7"), (values.integer, float("inf")), (values.real, True), (values.real, "1"),
        (values.truth, 2), (values.truth, None), (values.blob, "a"), (values.cocoa, True), (values.cocoa, "0"),
        (values.cocoa, float("nan")), (values.cocoa, 1e300), (values.cocoa, 10**30), (values.cocoa, None),
        (values.unix, -(10**15)), (values.naive_utc, datetime(2020, 1, 6, tzinfo=UTC)), (values.naive_utc, 0),
        (values.unix_microseconds, "1"), (values.unix_microseconds, 10**30), (values.utc_text, "2020-01-06"),
        (values.utc_text, "2020-13-06 10:40:00"), (values.utc_text, 7), (values.length, "a"), (values.utf16_text, "a"),
    ],
)  # fmt: skip
def test_what_it_cannot_mean(convert, stored) -> None:
    with pytest.raises(ValueError, match="expected "):
        convert(stored)


def test_wall_clock_has_no_zone() -> None:
    assert values.wall_clock("2020-01-06 10:40:01", "%Y-%m-%d %H:%M:%S") == datetime(2020, 1, 6, 10, 40, 1)
    with pytest.raises(ValueError, match="does not match"):
        values.wall_clock("yesterday", "%Y-%m-%d")


@pytest.mark.parametrize(
    ("stored", "behind"),
    [
        ("proc/org.example.app", "org.example.app"), ("a/b/c", "b/c"), ("0A1B/org.example.app", "org.example.app"),
        ("proc", None), ("", None), ("/usr/libexec/proc", None), ("proc/", None),
    ],
)  # fmt: skip
def test_behind_slash(stored, behind) -> None:
    assert values.behind_slash(stored) == behind


def test_nothing_stands_behind_the_slash_of_a_number() -> None:
    with pytest.raises(ValueError, match="expected text"):
        values.behind_slash(7)


def test_bytes_as_hexadecimal() -> None:
    assert values.hexadecimal(b"\x00\xff") == "00ff"
    with pytest.raises(ValueError, match="expected bytes"):
        values.hexadecimal("00ff")


@pytest.mark.parametrize(
    ("stored", "behind"),
    [("proc/app", "app"), ("0A1B2C3D-0000-4000-8000-000000000000/app", None), ("0A1B2C3D-0000/app", "app")],
)
def test_behind_a_name_and_not_a_uuid(stored, behind) -> None:
    assert values.behind_name(stored) == behind


@pytest.mark.parametrize(("stored", "meant"), [("a", "a"), (b"a", "a"), ("é".encode(), "é"), (b"", "")])
def test_text_may_be_stored_as_bytes(stored: object, meant: str) -> None:
    assert values.text_or_utf8(stored) == meant


@pytest.mark.parametrize("stored", [b"\xff", 5, None])
def test_bytes_that_are_no_text_are_told(stored: object) -> None:
    with pytest.raises(ValueError, match=r"expected (UTF-8 )?text, got"):
        values.text_or_utf8(stored)


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        (634017906, "2021-02-03T04:05:06+00:00"),
        (1612325106.5, "2021-02-03T04:05:06.500000+00:00"),
        (978_307_199, "2032-01-01T23:59:59+00:00"),
        (978_307_200, "2001-01-01T00:00:00+00:00"),
        (-1, "2000-12-31T23:59:59+00:00"),
    ],
)
def test_seconds_since_2001_or_since_1970(stored: float, meant: str) -> None:
    assert values.cocoa_or_unix(stored).isoformat() == meant


@pytest.mark.parametrize("stored", ["1", None, 1e300, float("nan"), True])
def test_what_is_no_time_of_either_epoch(stored: object) -> None:
    with pytest.raises(ValueError, match="expected seconds since"):
        values.cocoa_or_unix(stored)


def test_what_does_not_decode_is_told_by_its_reason() -> None:
    with pytest.raises(ValueError, match=r"\Aexpected UTF-8 text, got 'a�'\Z"):
        values.texts(["a", Unreadable("expected UTF-8 text, got 'a�'", 7)])


def test_lists_of_text_and_keys() -> None:
    assert values.texts(["a", "b"]) == ("a", "b")
    assert values.keys({"a": 1, "b": 2}) == ("a", "b")
    for read in (values.texts, values.keys):
        for wrong in ("a", 1, None, ["a", 1], {1: "a"}, ["a"] * 10_001, dict.fromkeys(map(str, range(10_001)))):
            with pytest.raises(ValueError, match="expected"):
                read(wrong)


def test_zero_is_no_time_where_a_store_says_so() -> None:
    read = values.zero_is_none(values.cocoa)
    assert read(0) is None
    assert read(0.0) is None
    assert read(1) == datetime(2001, 1, 1, 0, 0, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="expected seconds since 2001"):
        read("0")


@pytest.mark.parametrize("count", [9_999, 10_000])
def test_a_list_or_dictionary_of_the_most_values(count: int) -> None:
    names = [f"{n}" for n in range(count)]
    assert values.texts(names) == tuple(names)
    assert values.keys(dict.fromkeys(names)) == tuple(names)


def test_a_list_or_dictionary_of_more() -> None:
    names = [f"{n}" for n in range(10_001)]
    with pytest.raises(ValueError, match="expected a list of texts"):
        values.texts(names)
    with pytest.raises(ValueError, match="expected a dictionary"):
        values.keys(dict.fromkeys(names))
