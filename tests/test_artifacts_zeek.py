"""Logs of Zeek in columns: what their headers say of values, and lines that are too long."""

import json

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import Gap
from real import of

ZEEK = artifacts.load("network.zeek")


def log(*lines):
    return Stored(("\n".join(lines) + "\n").encode())


def test_the_signs_of_the_header_hold_for_the_values():
    found = rows(
        ZEEK,
        log(
            "#separator |", "#set_separator|;", "#empty_field|EMPTY", "#unset_field|NONE", "#path|dns",
            "#fields|ts|uid|query|answers|rejected", "#types|time|string|string|vector[string]|bool",
            "1709208000.1|C1|-|a.example.net;TXT 3 a,b;192.0.2.1|F", "1709208000.2|C2|EMPTY|EMPTY|NONE",
            "1709208000.3|C3|NONE|x\\x3b\\x7cy|T",
        ),
    )  # fmt: skip
    assert gaps(found) == []
    first, second, third = of(found, "Dns")
    assert (first.query, first.answers, first.extra) == (
        "-", ("a.example.net", "TXT 3 a,b", "192.0.2.1"), '{"rejected": "F"}'
    )  # fmt: skip
    assert (first.addresses, first.names) == (("192.0.2.1",), ("a.example.net",))
    assert (second.query, second.answers, second.extra) == (None, (), None)
    assert (third.query, third.answers, third.extra) == (None, ("x;|y",), '{"rejected": "T"}')


def test_a_line_that_is_too_long_is_one_gap_and_the_next_keeps_its_number():
    found = rows(ZEEK, log("#separator \\x09", "#path\tconn", "#fields\tts\tuid", "x" * (5 << 19), "1709208000\tC1"))
    assert gaps(found) == [Gap(locator="line 4", reason="expected a line of at most 1048576 bytes, got a longer one")]
    assert [(r.locator, r.uid) for r in of(found, "Conn")] == [("line 5", "C1")]


def test_rows_that_all_end_in_a_separator_are_read_and_told_once():
    lines = [f"170920800{n}\tC{n}\t" for n in range(3)]
    found = rows(ZEEK, log("#separator \\t", "#path\tconn", "#fields\tts\tuid", "#types\ttime\tstring", *lines))
    assert gaps(found) == [
        Gap(
            locator="fields",
            reason="3 rows, the first in line 5, have more fields than the header names (3, not 2);"
            " 3 of them only end in a separator and are read",
        )
    ]
    assert [(r.locator, r.uid, r.extra) for r in of(found, "Conn")] == [
        ("line 5", "C0", None), ("line 6", "C1", None), ("line 7", "C2", None)
    ]  # fmt: skip


def test_fields_of_json_that_no_record_has_are_kept():
    line = {"_path": "conn", "ts": 1, "uid": "C1", "community_id": "1:abc=", "tunnel_parents": ["C0"], "x": None}
    (found,) = of(rows(ZEEK, log(json.dumps(line))), "Conn")
    assert found.extra == '{"community_id": "1:abc=", "tunnel_parents": ["C0"]}'


def test_fields_of_other_types_are_kept_as_json():
    text = '{"_path":"conn","ts":1,"a":{"b":[1,true]},"c":[1.5,"x"],"d":"caf\\u00e9","e":NaN,"f":7}'
    found = rows(ZEEK, log(text))
    assert gaps(found) == []
    assert [r.extra for r in of(found, "Conn")] == [
        '{"a": {"b": [1, true]}, "c": [1.5, "x"], "d": "café", "e": "nan", "f": 7}'
    ]
