"""Android Binary XML and its text form: the same events, bounded, with no error but FormatError."""

from __future__ import annotations

import io
import random
import struct

import pytest

from bridle.core import FormatError
from bridle.formats import abx
from bridle.formats.abx import End, Start, Text
from made_abx import make

KEY_STORE = (
    b"ABX\x00\x10"
    b"\x32\xff\xff\x00\x08keyStore"
    b"\x6f\xff\xff\x00\x07version\x00\x00\x00\x01"
    b"\x32\xff\xff\x00\x06adbKey"
    b"\x2f\xff\xff\x00\x03key\x00\x0aQUJD a@b.c"
    b"\x8f\xff\xff\x00\x0elastConnection\x00\x00\x01\x6f\x85\xab\x65\x80"
    b"\x33\x00\x02\x33\x00\x00\x11"
)
"""As a phone stores it; `lastConnection` is 2020-01-08 15:00:00 in milliseconds."""


def events(stored: bytes) -> list[abx.Event]:
    return list(abx.events(io.BytesIO(stored)))


def test_names_are_numbered_and_values_have_types() -> None:
    assert events(KEY_STORE) == [
        Start("keyStore", {"version": 1}, 0, 5),
        Start("adbKey", {"key": "QUJD a@b.c", "lastConnection": 1578495600000}, 1, 34),
        End("adbKey", 1),
        End("keyStore", 0),
    ]


@pytest.mark.parametrize(
    ("token", "stored", "value"),
    [
        (0x1F, b"", None),
        (0x2F, b"\x00\x03caf", "caf"),
        (0x3F, b"\x00\x00", "e"),
        (0x3F, b"\xff\xff\x00\x01x", "x"),
        (0x4F, b"\x00\x02\xca\xfe", b"\xca\xfe"),
        (0x5F, b"\x00\x00", b""),
        (0x6F, b"\xff\xff\xff\xff", -1),
        (0x7F, b"\x00\x00\x00\x10", 16),
        (0x8F, b"\x80" + bytes(7), -(2**63)),
        (0x9F, bytes(7) + b"\x10", 16),
        (0xAF, struct.pack(">f", 0.5), 0.5),
        (0xBF, struct.pack(">d", -0.25), -0.25),
        (0xCF, b"", True),
        (0xDF, b"", False),
        (0x2F, b"\x00\x06\xed\xa0\xbd\xed\xb8\x80", "\U0001f600"),
        (0x2F, b"\x00\x02\xc0\x80", "\x00"),
        (0x2F, b"\x00\x02a\xff", "a\\xff"),
    ],
)
def test_each_type_of_value(token: int, stored: bytes, value: abx.Value) -> None:
    document = (
        b"ABX\x00\x10\x32\xff\xff\x00\x01e" + bytes([token]) + b"\xff\xff\x00\x01a" + stored + b"\x33\x00\x00\x11"
    )
    assert events(document) == [Start("e", {"a": value}, 0, 5), End("e", 0)]


def test_texts_are_kept_and_blanks_and_comments_are_not() -> None:
    body = b"\x24\x00\x02hi" + b"\x27\x00\x01 " + b"\x29\x00\x01c" + b"\x24\x00\x01\n"
    document = b"ABX\x00\x10\x32\xff\xff\x00\x01e" + body + b"\x33\x00\x00\x11"
    assert events(document) == [Start("e", {}, 0, 5), Text("hi"), End("e", 0)]


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (b"PK\x03\x04", "expected Android binary XML or XML"),
        (KEY_STORE[:60], "expected 10 bytes"),
        (KEY_STORE[:-4], "expected the end of <keyStore>"),
        (b"ABX\x00\x2f\xff\xff\x00\x01a\x00\x01b", "before the attribute 'a'"),
        (b"ABX\x00\x32\x00\x07", "expected one of 0 names, got number 7"),
        (b"ABX\x00\x1d", "expected a token, got 0x1d"),
        (b"ABX\x00\x32\xff\xff\x00\x01e\xef\xff\xff\x00\x01a", "expected a type of value, got 14"),
        (b"ABX\x00\x32\xff\xff\x00\x01e\x33\xff\xff\x00\x01f", "expected the end of <e>, got the end of <f>"),
        (b"ABX\x00" + b"\x32\xff\xff\x00\x01e" + b"\x32\x00\x00" * 200, "at most 128 levels"),
        (b"<a>" * 200, "at most 128 levels"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "not well-formed"),
        (b"<a>&b;</a>", "undefined entity"),
        (b"<a></bridle>", "mismatched tag"),
        (b"<a/></bridle><b/>", "junk after document element"),
        (b"<a", "not well-formed|unclosed"),
        (b"<a b='" + b"c" * (5 << 20) + b"'/>", "at most 4194304 bytes"),
        (b"<a " + b" ".join(b"b%d='1'" % n for n in range(1001)) + b"/>", "at most 1000 attributes"),
    ],
)
def test_what_is_neither_is_a_format_error(stored: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        events(stored)


def test_attributes_of_one_element_are_bounded() -> None:
    attribute = b"\x1f\x00\x00"
    names = b"".join(b"\x1f\xff\xff\x00\x05%05d" % n for n in range(1001))
    with pytest.raises(FormatError, match="at most 1000 attributes"):
        events(b"ABX\x00\x32\xff\xff\x00\x01e" + names + attribute)


def test_what_was_read_before_an_error_is_given() -> None:
    read = abx.events(io.BytesIO(KEY_STORE[:-4]))
    assert next(read) == Start("keyStore", {"version": 1}, 0, 5)


def test_an_element_that_the_document_ends_in_is_given_once() -> None:
    found: list[abx.Event] = []
    with pytest.raises(FormatError, match="expected the end of <a>, got the end of the file"):
        found.extend(abx.events(io.BytesIO(b"ABX\x00\x10" + b"\x32\xff\xff\x00\x01a" + b"\x11")))
    assert found == [Start("a", {}, 0, 5)]


def test_text_may_have_several_roots() -> None:
    stored = b"<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n<adbKey key=\"a\" />\n<adbKey key=\"b\" />\n"
    assert events(stored) == [
        Start("adbKey", {"key": "a"}, 0, 57),
        End("adbKey", 0),
        Start("adbKey", {"key": "b"}, 0, 76),
        End("adbKey", 0),
    ]


def test_text_and_binary_say_the_same() -> None:
    text = '<a x="1"><b y="z">w</b></a>'
    named = [(e.name, dict(e.attributes)) if isinstance(e, Start) else e for e in events(text.encode())]
    assert named == [(e.name, dict(e.attributes)) if isinstance(e, Start) else e for e in events(make(text))]
    assert events(b"") == events(b"   ") == []


def test_integers_and_truths_of_either_form() -> None:
    assert [abx.integer(v) for v in (None, 5, "-7")] == [None, 5, -7]
    assert [abx.truth(v) for v in (None, True, "false")] == [None, True, False]
    assert [abx.text(v) for v in (None, "a", b"\x01", True, 5)] == [None, "a", "01", "true", "5"]
    for wrong in (True, "x", 1.5, b"1"):
        with pytest.raises(ValueError, match="expected an integer"):
            abx.integer(wrong)
    with pytest.raises(ValueError, match="expected true or false"):
        abx.truth("yes")


@pytest.mark.parametrize("good", [KEY_STORE, b"<a x='1'><b>t</b></a>"])
def test_damage_is_a_format_error(good: bytes) -> None:
    chance = random.Random(1)
    for _ in range(3000):
        bad = bytearray(good[: chance.randrange(4, len(good) + 1)])
        for _ in range(chance.randrange(1, 8)):
            bad[chance.randrange(4, len(bad) + 1) - 1] = chance.randrange(256)
        try:
            events(bytes(bad))
        except FormatError as e:
            assert str(e)


@pytest.mark.parametrize("form", [str.encode, make], ids=["text", "binary"])
@pytest.mark.parametrize(("levels", "read"), [(127, True), (128, True), (129, False)])
def test_levels_at_below_and_above_the_bound(form, levels: int, read: bool) -> None:
    stored = form("<a>" * levels + "</a>" * levels)
    if read:
        starts = [e for e in events(stored) if isinstance(e, Start)]
        assert [e.depth for e in starts] == list(range(levels))
    else:
        with pytest.raises(FormatError, match="at most 128 levels"):
            events(stored)


@pytest.mark.parametrize("form", [str.encode, make], ids=["text", "binary"])
@pytest.mark.parametrize(("count", "read"), [(999, True), (1000, True), (1001, False)])
def test_attributes_at_below_and_above_the_bound(form, count: int, read: bool) -> None:
    stored = form("<a " + " ".join(f"b{n}='1'" for n in range(count)) + "/>")
    if read:
        assert [len(e.attributes) for e in events(stored) if isinstance(e, Start)] == [count]
    else:
        with pytest.raises(FormatError, match="at most 1000 attributes"):
            events(stored)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_a_text_at_below_and_above_the_bound(more: int) -> None:
    stored = b"<a>" + b"x" * (4_194_304 + more) + b"</a>"
    if more <= 0:
        assert type(events(stored)[0]) is Start
    else:
        with pytest.raises(FormatError, match="a text of at most 4194304 characters, got a longer one"):
            events(stored)


@pytest.mark.parametrize(("form", "count"), [(str.encode, 4), (make, 6)], ids=["text", "binary"])
def test_events_at_below_and_above_the_bound(monkeypatch, form, count: int) -> None:
    """Two beginnings and two ends; in binary, the beginning and the end of the document too."""
    stored = form("<a><b/></a>")
    for bound in (count + 1, count):
        monkeypatch.setattr(abx, "MOST", bound)
        assert len(events(stored)) == 4
    monkeypatch.setattr(abx, "MOST", count - 1)
    with pytest.raises(FormatError, match=f"XML: expected at most {count - 1} events, got more"):
        events(stored)


def test_a_file_has_ten_million_events_at_most() -> None:
    assert abx.MOST == 10_000_000
