"""Lines of JSON: objects, text, and what is neither."""

from __future__ import annotations

import io

from bridle.core import Gap
from bridle.formats import json_lines


def read(stored: bytes, longest: int = 1 << 20):
    return list(json_lines.objects(io.BytesIO(stored), longest))


def test_objects_and_text_by_their_lines():
    stored = b'{"a": 1}\r\n\n  {"b": [null]}  \nplain\n[1]\n{"c": "\xc3\xa9"}'
    assert read(stored) == [
        ("line 1", {"a": 1}), ("line 3", {"b": [None]}), ("line 4", "plain"), ("line 5", "[1]"), ("line 6", {"c": "é"}),
    ]  # fmt: skip


def test_what_is_no_object_after_all_is_a_gap():
    (gap, after) = read(b'{"a": \n{"b": 2}')
    assert isinstance(gap, Gap)
    assert gap.locator == "line 1"
    assert gap.reason.startswith("expected a JSON object, got '{\"a\":': ")
    assert after == ("line 2", {"b": 2})


def test_bytes_that_are_no_text_cost_their_value_only():
    ((_, found),) = read(b'{"a": "x\xff", "b": 1}')
    assert found == {"a": "x\udcff", "b": 1}
    assert read(b"x\xff") == [("line 1", "x\\udcff")]


def test_nesting_and_digits_without_end_are_gaps():
    found = read(b'{"a":' * 100_000 + b"\n" + b'{"a": ' + b"9" * 10_000 + b"}\n{}")
    assert [type(f) for f in found] == [Gap, Gap, tuple]


def test_the_longest_line_and_a_longer_one():
    line = b'{"a": "' + b"x" * 91 + b'"}\n'
    assert len(line) == 101
    assert [type(f) for f in read(line + line, 101)] == [tuple, tuple]
    found = read(line + line, 100)
    assert [f.locator for f in found] == ["line 1", "line 2"]
    assert found[0].reason == "expected a line of at most 100 bytes, got a longer one"
    assert read(line[:-1], 101)[0][0] == "line 1"


def test_a_line_of_a_mebibyte_and_one_byte_more():
    line = b'{"a": "' + b"x" * ((1 << 20) - 10) + b'"}\n'
    assert len(line) == 1_048_576
    ((place, value),) = json_lines.objects(io.BytesIO(line))
    assert (place, len(value["a"])) == ("line 1", 1_048_566)
    (gap,) = json_lines.objects(io.BytesIO(line.replace(b"xx", b"xxx", 1)))
    assert gap == Gap(locator="line 1", reason="expected a line of at most 1048576 bytes, got a longer one")
