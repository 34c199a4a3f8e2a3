"""Times, spans and users as Android's dumps write them."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored
from bridle.formats.android_values import milliseconds, report_time, uid, wall_clock


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-08 15:30:07", datetime(2020, 1, 8, 15, 30, 7)),
        ("2019-08-14 21:22:45.623", datetime(2019, 8, 14, 21, 22, 45, 623_000)),
        ("2026-01-04-17-30-01", datetime(2026, 1, 4, 17, 30, 1)),
        ("2025-11-24T16:26:18.007439439", datetime(2025, 11, 24, 16, 26, 18, 7439)),
    ],
)
def test_a_time_is_what_the_clock_showed(text: str, expected: datetime) -> None:
    assert wall_clock(text) == expected


@pytest.mark.parametrize(
    "text", ["", "2020-13-01 00:00:00", "2020-01-08", "01-08 15:30:07", "2020-01-08 15:30:07 +0100"]
)
def test_a_time_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="expected a time"):
        wall_clock(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1d2h3m4s5ms", 93_784_005), ("-4m30s", -270_000), ("+23s357ms", 23_357), ("5ms", 5), ("0", 0),
        ("+9m", 540_000),
        ("-1d", -86_400_000), ("+3h0m0s1ms", 10_800_001),
    ],
)  # fmt: skip
def test_a_span_is_in_milliseconds(text: str, expected: int) -> None:
    assert milliseconds(text) == expected


@pytest.mark.parametrize("text", ["", "+", "5", "4m30", "1s2h", "x", "+" + "9" * 30 + "s"])
def test_a_span_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="expected a span"):
        milliseconds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1000", 1000),
        ("u0a123", 10_123),
        ("u10_a5", 1_010_005),
        ("u0i5", 99_005),
        ("u0ai7", 90_007),
        ("u11s1000", 1_101_000),
    ],
)
def test_a_user_is_a_number(text: str, expected: int) -> None:
    assert uid(text) == expected


@pytest.mark.parametrize("text", ["", "root", "u0b1", "-1", "u0a"])
def test_a_user_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="expected a user"):
        uid(text)


def part(header: bytes | None) -> Stored:
    beside = {} if header is None else {PurePosixPath("/bugreport/sections/HEADER/1.txt"): header}
    return Stored(b"", PurePosixPath("/bugreport/dumpsys/appops/1.txt"), beside=beside)


def test_a_part_knows_when_its_report_was_taken() -> None:
    assert report_time(part(b"====\n== dumpstate: 2020-01-08 15:30:07\n====\n")) == datetime(2020, 1, 8, 15, 30, 7)


@pytest.mark.parametrize("header", [None, b"", b"== dumpstate: yesterday\n", b"== dumpstate: \xff\n"])
def test_a_part_whose_report_does_not_say_when_has_no_time(header: bytes | None) -> None:
    assert report_time(part(header)) is None


def test_the_header_of_another_report_is_not_taken() -> None:
    file = part(b"== dumpstate: 2020-01-08 15:30:07\n")
    file.path = PurePosixPath("/bugreports/old/dumpsys/appops/1.txt")
    assert report_time(file) is None
