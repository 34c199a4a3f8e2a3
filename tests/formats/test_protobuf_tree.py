"""Messages without a schema: what is text, what is a message, and what is neither."""

from __future__ import annotations

import plistlib

import pytest

from bridle.core import FormatError
from bridle.formats import protobuf_tree
from bridle.formats.protobuf_tree import Message, tree
from made_segb import fields


def test_values_by_number_and_texts_in_order() -> None:
    found = tree(fields([[4, "text", "b"], [1, "number", -2], [2, "real", 0.5], [4, "text", "a"], [3, "float", 1.5]]))
    assert found.fields == {"4": ["b", "a"], "1": -2, "2": 0.5, "3": 1.5}
    assert found.texts == ["b", "a"]


def test_a_short_word_is_a_text_though_it_could_be_a_message() -> None:
    assert tree(fields([[1, "text", "Hi"]])).fields == {"1": "Hi"}


def test_a_message_of_printable_bytes_is_a_message() -> None:
    long = "org.example.an-app-with-a-long-name"
    assert len(long) == 35
    found = tree(fields([[1, "message", [[6, "text", long]]]]))
    assert found.fields == {"1": {"6": long}}
    assert found.texts == [long]


def test_bytes_are_hexadecimal_and_numbers_that_mean_nothing_too() -> None:
    found = tree(fields([[1, "bytes", "ff00"], [2, "real", float("nan")], [3, "text", ""]]))
    assert found.fields == {"1": "0xff00", "2": "0x000000000000f87f", "3": ""}
    assert found.texts == []


def test_texts_of_property_lists_are_found() -> None:
    stored = plistlib.dumps({"url": ["https://example.org/", 7]}, fmt=plistlib.FMT_BINARY)
    assert tree(fields([[1, "bytes", stored.hex()]])).texts == ["url", "https://example.org/"]


def test_no_more_values_than_the_most() -> None:
    one = fields([[1, "number", 1]])
    assert tree(one * protobuf_tree.MAX_VALUES).cut is False
    more = tree(one * (protobuf_tree.MAX_VALUES + 1))
    assert more.cut is True
    assert more.fields == {"1": [1] * protobuf_tree.MAX_VALUES}


def test_messages_are_followed_so_deep_and_no_deeper() -> None:
    data = fields([[1, "number", 1]])
    for _ in range(protobuf_tree.MAX_DEPTH + 1):
        data = fields([[1, "bytes", data.hex()]])
    inner: object = tree(data).fields
    depth = 0
    while isinstance(inner, dict):
        inner, depth = inner["1"], depth + 1
    assert (depth, inner) == (protobuf_tree.MAX_DEPTH + 1, "0x0801")


def test_fields_of_a_known_message() -> None:
    m = Message(fields([[1, "text", "a"], [1, "text", "b"], [2, "number", 1], [3, "message", [[1, "real", 2.5]]]]))
    assert (m.text(1), m.number(2), m.truth(2), m.message(3).real(1)) == ("b", 1, True, 2.5)
    assert (m.text(9), m.number(9), m.real(9), m.truth(9), m.blob(9), m.message(9).text(1)) == (None,) * 6


def test_another_type_than_expected_is_an_error() -> None:
    m = Message(fields([[1, "number", 1], [2, "bytes", "ff"]]))
    for read in (lambda: m.text(1), lambda: m.text(2), lambda: m.number(2), lambda: m.real(2), lambda: m.message(1)):
        with pytest.raises(FormatError):
            read()


def test_groups_inside_one_another_are_told_to_a_depth() -> None:
    """The end of a group is looked for anew at each level, so that 4 MB of 64 levels took half a minute."""
    assert tree(b"\x0b" * 4 + b"\x10\x07" + b"\x0c" * 4).fields == {"1": {"1": {"1": {"1": {"2": 7}}}}}
    assert tree(b"\x0b" * 5 + b"\x10\x07" + b"\x0c" * 5).fields == {"1": {"1": {"1": {"1": {"1": "0x1007"}}}}}
