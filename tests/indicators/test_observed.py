"""What observables lead to: no hit lies outside the candidates, and ordinary values are none."""

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_candidates import ORDINARY, PIECES, PUBLISHED

from bridle.case.observables import observables
from bridle.core import KINDS
from bridle.detect.memory import Memory
from bridle.indicators import Indicator, IndicatorSet, Matcher, match_tables
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.observed import candidates


def matcher_of(published):
    made = (Indicator(kind=k, value=NORMALISE[k](v), shown=v, feeds=("f",)) for k, v in published)
    return Matcher(IndicatorSet(indicators=tuple(made), feeds=()))


@pytest.fixture(scope="module")
def known():
    return matcher_of(PUBLISHED)


def case_of(values, kind, surface="mention", table="ios.example.row", of=None):
    """One table with one column of this kind."""
    stamps = [pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256", "locator")]
    schema = pa.schema([*stamps, pa.field("value", of or pa.string(), metadata={"kind": kind, "surface": surface})])
    n = len(values)
    locators = pa.array([str(i) for i in range(n)])
    x = pa.repeat("x", n)
    return Memory({table: pa.table([x, x, x, locators, pa.array(values, of or pa.string())], schema=schema)})


def outside(case, matcher):
    """Hits that no candidate leads to, and how many there are of both."""
    found = list(candidates(observables(case), matcher))
    told = {(c.table, i.kind, i.value) for c in found for i in c.indicators}
    hits = list(match_tables(case, matcher))
    lost = [h for h in hits if (h.table, h.indicator.kind, h.indicator.value) not in told]
    return [(h.value, h.indicator.value) for h in lost], len(hits), len(found)


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("table", ["ios.example.row", "android.example.row", "ledgerlike"])
def test_no_hit_lies_outside_the_candidates(known, kind, table):
    drawn = random.Random(f"{kind} {table}")
    values = ["".join(drawn.choices(PIECES, k=drawn.randint(1, 5))) for _ in range(3_000)]
    for surface in ("mention", "running-process"):
        lost, hits, _ = outside(case_of([*PIECES, *values, None, ""], kind, surface, table), known)
        assert lost == []
        assert hits > 0


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=9).map("".join), max_size=6))
def test_no_hit_in_texts_lies_outside_the_candidates(texts):
    assert outside(case_of(texts, "text"), matcher_of(PUBLISHED))[0] == []


@pytest.mark.parametrize(
    ("text", "observable"),
    [
        ("see https://www.example.org/a?b=lure.example.", ("url", "https://www.example.org/a?b=lure.example")),
        ("lure.example,https://www.example.org", ("domain", "lure.example")),
        ("intent://x.lure.example/a#Intent", ("domain", "x.lure.example")),
        ("https://www.example.org/192.0.2.7:80/x", ("ip-address", "192.0.2.7")),
        ("https://www.example.org/?u=bad@lure.example", ("email", "bad@lure.example")),
    ],
)
def test_names_beside_and_inside_of_urls(text, observable):
    matcher = matcher_of([("domain", "lure.example"), ("ip-address", "192.0.2.7")])
    case = case_of([text, "nothing"], "text", "message")
    assert len({h.locator for h in match_tables(case, matcher)}) == 1
    assert observable in {(c.kind, c.value) for c in candidates(observables(case), matcher)}


def test_each_candidate_names_its_table_and_what_stands_there():
    matcher = matcher_of([("domain", "lure.example"), ("process-name", "bh")])
    rows = [
        ("domain", "a.lure.example", "t.a"), ("domain", "www.example.org", "t.a"),
        ("domain-parent", "lure.example", "t.a"), ("process-name", "bh", "t.b"), ("process-name", "bh", "t.c"),
        ("url", "http://lure.example/x", "t.d"),
    ]  # fmt: skip
    columns = [pa.array(c) for c in zip(*rows, strict=True)]
    batch = pa.record_batch(columns, names=["kind", "value", "table"])
    told = [(c.table, c.kind, c.value, [i.value for i in c.indicators]) for c in candidates([batch], matcher)]
    assert told == [
        ("t.a", "domain", "a.lure.example", ["lure.example"]),
        ("t.b", "process-name", "bh", ["bh"]),
        ("t.c", "process-name", "bh", ["bh"]),
        ("t.d", "url", "http://lure.example/x", ["lure.example"]),
    ]
    assert list(candidates([batch.slice(1, 1)], matcher)) == []


@pytest.mark.parametrize("kind", sorted(ORDINARY))
def test_ordinary_values_are_no_candidates(known, kind):
    assert list(candidates(observables(case_of(ORDINARY[kind], kind)), known)) == []


def test_values_of_lists(known):
    case = case_of([["bh", "x"], None, []], "process-name", of=pa.list_(pa.string()))
    assert [(c.kind, c.value) for c in candidates(observables(case), known)] == [("process-name", "bh")]
