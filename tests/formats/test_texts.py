"""Texts looked at together: what stands in each is what `bridle.formats.urls` finds in it alone."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.formats import texts as module
from bridle.formats.texts import Texts, pieces
from bridle.formats.urls import domains_in, emails_in, ips_in, urls_in


def looked(*texts):
    return Texts(pa.array(texts, pa.string()))


@pytest.mark.parametrize(
    "text",
    [
        "see https://a.example/x",
        "ssh://lure.example",
        "write to ann@mail.example.org now",
        "x@.com",
        "::1",
        "from 2001:db8::7 to",
        "1:2:3:4:5:6:7:8",
        "x %11.2.3.4",
        "é" * 20_000,
    ],
)
def test_what_more_than_words_is_looked_for_in_stands_alone(text):
    found = looked("nothing", text, "com.example.app/.Main 12:30:16")
    assert found.alone == [1]
    assert set(found.domains) == {b"com.example.app"}


@pytest.mark.parametrize("text", ["android::Vector at 0x7f", "12:30:16.123", "a@b", "Foo@1a2b3c.d", "v1.2.3", "50%"])
def test_what_no_address_can_be_does_not_stand_alone(text):
    found = looked(text)
    assert (found.alone, found.domains, found.numbered) == ([], {}, set())


def test_a_word_is_judged_as_it_is_in_its_text():
    found = looked("Lure.Example, u=lure.example%2Fx bücher\u3002example, (10.0.0.1:80) A.B.C", "lure.example.")
    assert found.domains == {
        b"Lure.Example": ["lure.example"], b"lure.example": ["lure.example"], b"lure.example.": ["lure.example"],
        "bücher\u3002example".encode(): ["xn--bcher-kva.example"],
    }  # fmt: skip
    assert found.numbered == {b"10.0.0.1"}
    assert list(found.holding({b"lure.example.", b"10.0.0.1"})) == [(0, [b"10.0.0.1"]), (1, [b"lure.example."])]


def test_a_word_inside_of_another_is_not_held(monkeypatch):
    texts = ["xlure.example", "a lure.example b lure.example", "", "lure.example2", "and lure.example"]
    expected = [(1, [b"lure.example"] * 2), (4, [b"lure.example"])]
    assert list(looked(*texts).holding({b"lure.example"})) == expected
    monkeypatch.setattr(module, "_FEW", 0)
    assert list(looked(*texts).holding({b"lure.example"})) == expected


def test_numbers_are_those_of_all_texts():
    found = looked("http://a.example", "b.example", "x@c.example", "d.example")
    assert found.alone == [0, 2]
    assert list(found.holding({b"b.example", b"d.example"})) == [(1, [b"b.example"]), (3, [b"d.example"])]


def test_no_texts():
    assert looked().alone == []
    assert list(pieces(pa.array([], pa.string()))) == []


def test_pieces_are_small_and_in_their_order(monkeypatch):
    monkeypatch.setattr(module, "_PIECE", 10)
    texts = ["aaaa", "bbbb", "cccc", "d" * 30, "e"]
    found = [(first, some.to_pylist()) for first, some in pieces(pa.array(texts))]
    assert found == [(0, ["aaaa", "bbbb"]), (2, ["cccc"]), (3, ["d" * 30]), (4, ["e"])]


_PIECES = st.sampled_from(
    [
        *" .:@/%-_'\"()[]=,;&\n\t\u00a0\u3002\uff0e\u2003\x1c\x00", "a", "Z", "9", "f", "é", "K", "١", "1.2.3.4",
        "10.0.0.1", "com", "example.org", "xn--p1ai", "::", "fe80::1", ":80", "http://", "HTTPS://", "u@", "%2e", "%41",
        "%11", "ab:cd:", "1:2:3:4:5:6:7:8", "x" * 64, "y." * 130, "::ffff:",
    ]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.lists(_PIECES, max_size=12).map("".join), min_size=1, max_size=6, unique=True))
def test_as_one_by_one(texts):
    found = looked(*texts)
    held = dict(found.holding(found.domains.keys() | found.numbered))
    for n, text in enumerate(texts):
        if n in found.alone:
            assert n not in held
            continue
        words = held.get(n, [])
        assert {d for w in words for d in found.domains.get(w, ())} == set(domains_in(text))
        assert not urls_in(text)
        assert not emails_in(text)
        assert not ips_in(text) or not found.numbered.isdisjoint(words)
