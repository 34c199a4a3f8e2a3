"""Diagnostic reports that are not what they should be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from artifact_files import Stored
from bridle.core import FormatError
from bridle.formats import ips

HEADER = b'{"bug_type":"309","timestamp":"2022-10-11 09:30:05.00 +0200"}\n'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "expected a diagnostic report"),
        (b"\0" * 100, "expected a diagnostic report"),
        (HEADER + b'{"a": ', "its JSON cannot be read"),
        (HEADER + b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deep"),
        (HEADER + b'{"a": ' + b"9" * 5000 + b"}", "its JSON cannot be read"),
    ],
)
def test_what_is_no_report(data: bytes, said: str) -> None:
    with pytest.raises(FormatError, match=said):
        ips.load(Stored(data))


def test_the_largest_report() -> None:
    data = HEADER + b'{"a": 1}' + b" " * 100
    assert ips.load(Stored(data), limit=len(data)).body == {"a": 1}
    with pytest.raises(FormatError, match="expected at most"):
        ips.load(Stored(data), limit=len(data) - 1)


def test_a_byte_that_is_no_text_is_shown() -> None:
    found = ips.load(Stored(HEADER + b'{"a": "x\xffy", "b": "\xc3\xa9"}'))
    assert found.body == {"a": "x\\xffy", "b": "é"}


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2022-12-24 11:43:00.47 +0000", datetime(2022, 12, 24, 11, 43, 0, 470000, tzinfo=UTC)),
        ("2022-12-24 11:43:00.1234567 +0530", datetime(2022, 12, 24, 6, 13, 0, 123456, tzinfo=UTC)),
        ("2022-12-24T11:43:00Z", datetime(2022, 12, 24, 11, 43, tzinfo=UTC)),
        ("2022-12-24 11:43:00 -01:00", datetime(2022, 12, 24, 12, 43, tzinfo=UTC)),
    ],
)
def test_times_have_their_zone(text: str, time: datetime) -> None:
    assert ips.moment(text) == time


@pytest.mark.parametrize(
    "text", ["2022-12-24 11:43:00", "2022-13-24 11:43:00 +0000", "0001-01-01 00:00:00 +1400", 7, None]
)
def test_what_is_no_time(text: object) -> None:
    with pytest.raises(ValueError, match=r"expected a date|month"):
        ips.moment(text)


def test_a_report_of_the_most_bytes_and_of_one_more() -> None:
    """A file is asked for its size before it is read."""

    class Said(Stored):
        size = 0

    for size, read in ((67_108_863, True), (67_108_864, True), (67_108_865, False)):
        file = Said(HEADER + b'{"a": 1}')
        file.size = size
        if read:
            assert ips.load(file).body == {"a": 1}
        else:
            with pytest.raises(FormatError, match="report: expected at most 67108864 bytes, got 67108865"):
                ips.load(file)


@pytest.mark.parametrize(("length", "begins"), [(65_535, 2), (65_536, 2), (65_537, 1)])
def test_a_header_at_below_and_above_the_bound(length: int, begins: int) -> None:
    """A line that is too long to be a header is part of the text."""
    header = b'{"bug_type": "' + b"9" * (length - 16) + b'"}\n'
    found = ips.load(Stored(header + b"Process: locationd [66]\n"))
    assert (len(header) - 1, found.first_line, "bug_type" in found.header) == (length, begins, begins == 2)
