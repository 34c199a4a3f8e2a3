"""Lines that were made to keep a parser busy."""

from __future__ import annotations

import time

import pytest

from artifact_files import FIXTURES, Stored
from bridle import artifacts
from bridle.core import Gap
from bridle.formats.arrow import table_of

PADDED = b"     Bound services:{Service[label=%s, feedbackType[FEEDBACK_SPOKEN], capabilities=1]}\n"
LINES = {
    "accessibility": [b" " * 16_000 + b"Bound", PADDED % (b", feedbackType[" * 1_000), PADDED % (b"a, b=" * 3_000)],
    "alarm": [b"    " + b"s:" * 8_000, b"    u0a1:" + b"a " * 8_000],
}


@pytest.mark.parametrize(("name", "line"), [(n, line) for n, lines in LINES.items() for line in lines])
def test_a_line_of_blanks_or_marks_costs_no_time(name: str, line: bytes) -> None:
    head = {"accessibility": b"User state[\n", "alarm": b"  Alarm Stats:\n"}[name]
    loaded = artifacts.load(f"android.{name}")
    started = time.process_time()
    for _ in loaded.parse(Stored(head + (line + b"\n") * 20)):
        pass
    assert time.process_time() - started < 2


def test_a_number_of_more_than_64_bits_costs_one_field_and_not_the_file() -> None:
    dump = (FIXTURES / "android/usb/android12_settings.txt").read_bytes()
    text = dump.replace(b"parent_user_id=0", b"parent_user_id=9999999999999999999")
    assert text != dump
    found = list(artifacts.load("android.usb").parse(Stored(text)))
    for row in found:
        table_of(type(row), [row])
    assert any(isinstance(row, Gap) and "64-bit" in row.reason for row in found)
