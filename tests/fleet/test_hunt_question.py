"""What a hunt asks: by which keys, of which patterns, and what no longer holds."""

import random
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.fleet.hunt_question import Lookup, everything, numbers, question, ways_of
from bridle.fleet.hunt_state import State, StateError
from bridle.indicators import Feed, Indicator, IndicatorSet
from bridle.indicators.probing import key, ways
from bridle.indicators.terms import All, Any_, Both, Either, Row, Term, Timed, Times

KEYS = st.integers(-(2**63), 2**63 - 1)
DAY = date(2026, 6, 1)


def made(kind, value, **more):
    return Indicator(kind=kind, value=value, shown=value, feeds=("f.csv",), **more)


def feeds(*indicators, digest="d"):
    feed = Feed(name="f.csv", digest=digest, format="csv", indicators=len(indicators), loaded=True)
    return IndicatorSet(indicators=indicators, feeds=(feed,))


def asked(found, previous=None, revoked=()):
    return question(found, previous, revoked, DAY, "TLP:CLEAR")


def term(value, kind="domain", operator="=", **more):
    plain = {"path": "p", "negated": False, "columns": frozenset(), "beside": frozenset(), "identifies": True}
    return Term(kind=kind, operator=operator, values=(value,), shown=(value,), **{**plain, **more})


A, B = made("domain", "a.example.org"), made("domain", "b.example.org")
WAY_A, WAY_B = (key("d", "a.example.org"),), (key("d", "b.example.org"),)


@given(st.lists(KEYS, max_size=50), st.lists(KEYS, max_size=50))
def test_keys_are_found_where_they_stand(sought, stored):
    stored = [*stored, *sought[:3], *(k ^ 1 for k in sought[3:9])]
    lookup = Lookup(replace(asked(feeds(A)), keys=pa.array(sorted(set(sought)), pa.int64())))
    assert lookup.among(pa.array(stored, pa.int64())) == [n for n, k in enumerate(stored) if k in set(sought)]


def test_and_among_many():
    drawn = random.Random(1)
    sought = [drawn.randrange(-(2**63), 2**63) for _ in range(5_000)]
    stored = [drawn.randrange(-(2**63), 2**63) for _ in range(100_000)]
    stored[77], stored[99_999] = sought[0], sought[-1]
    lookup = Lookup(replace(asked(feeds(A)), keys=pa.array(sorted(sought), pa.int64())))
    assert lookup.among(pa.array(stored, pa.int64())) == [77, 99_999]


def test_a_table_has_all_keys_of_a_way_or_is_not_read():
    path = made("file-path", "/private/var/db/x/bh")
    lookup = Lookup(asked(feeds(path)))
    (above,), (name, folder) = ways(path)
    one, two, three = (set(numbers(way)) for way in ((name,), (folder,), (above,)))
    assert lookup.sought({"t": one, "u": two}) == {}
    assert lookup.sought({"t": one | two, "u": two}) == {0: {"t"}}
    assert lookup.sought({"t": three, "u": one | two}) == {0: {"t", "u"}}


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (Row(term("a.example.org")), {WAY_A}),
        (Row(Either((term("a.example.org"), term("b.example.org")))), {WAY_A, WAY_B}),
        (Row(Both((term("a.example.org"), term("b", operator="MATCHES")))), {WAY_A}),
        (All((Row(term("x", operator="MATCHES")), Row(term("a.example.org")))), {WAY_A}),
        (Any_((Row(term("a.example.org")), Row(term("x", operator="MATCHES")))), None),
        (Times(Row(term("a.example.org")), 2), {WAY_A}),
        (Timed(Row(term("a.example.org")), None), {WAY_A}),
        (Row(term("a.example.org", negated=True)), None),
        (Row(term("a.example.org", columns=frozenset({"port"}))), None),
        (Row(term("a.example.org", operator="<")), None),
        (Row(term("x", kind="account")), None),
    ],
)
def test_keys_without_which_no_pattern_holds(step, found):
    assert ways_of(step) == (None if found is None else frozenset(found))


def test_what_is_new_and_what_no_longer_holds():
    elsewhere = replace(B, surfaces=frozenset({"crash"}))
    new, late = (
        made("domain", "new.example.org"),
        made("domain", "late.example.org", valid_until="2026-05-31T00:00:00Z"),
    )
    old, dead = made("domain", "old.example.org"), made("domain", "dead.example.org", revoked=True)
    previous = feeds(A, elsewhere, old, digest="before")
    found = asked(feeds(A, B, new, late), previous, [dead])
    assert [i.value for i in found.sought] == ["b.example.org", "new.example.org", "late.example.org"]
    assert found.retracted == {
        ("domain", "old.example.org"): "withdrawn", ("domain", "dead.example.org"): "revoked",
        ("domain", "late.example.org"): "expired",
    }  # fmt: skip
    whole = everything(found, feeds(A, B, new, late))
    assert [i.value for i in whole.sought] == [
        "a.example.org", "b.example.org", "new.example.org", "late.example.org"
    ]  # fmt: skip
    assert whole.retracted == found.retracted
    assert asked(feeds(A), None, [replace(A, revoked=True)]).retracted == {}


def test_a_state_is_kept_by_case_and_feeds(tmp_path):
    (tmp_path / "here").mkdir()
    path = tmp_path / "here" / "state.json"
    state = State(path)
    state.add("case", "feeds")
    state.save()
    again = State(path)
    assert [again.is_done("case", "feeds"), again.is_done("case", "other"), again.is_done("other", "feeds")] == [
        True, False, False
    ]  # fmt: skip
    assert [p.name for p in path.parent.iterdir()] == ["state.json"]
    for text in ("", "[]", '{"schema": 2, "done": {}}', '{"schema": 1, "done": []}'):
        path.write_text(text)
        with pytest.raises(StateError):
            State(path)
    nothing = State(None)
    nothing.save()
    assert (nothing.is_used, nothing.is_done("case", "feeds")) == (False, False)
