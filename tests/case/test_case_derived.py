"""Values taken apart as columns give what each gives by itself."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.case import derived as module
from bridle.case import observables as gathering
from bridle.case.derived import _from_account, _from_domain, _from_text, _from_url
from bridle.case.observables import observables
from bridle.detect.memory import Memory
from bridle.formats import texts
from bridle.formats.urls import parents

START = datetime(2021, 7, 18, tzinfo=UTC)
WORDS = [
    "see", "Look:", "today.", "(at)", "12:30", "v1.2", "192.0.2.7", "::1", "2001:db8::7", "e.g.", "a.b",
    "lure.example", "Lure.Example.", "x.y.", "mail ann@mail.example.org", "@ann", "https://www.example.org/a",
    "https://a.example.org/b.", "http://www.example.net", "https://example.com/?u=https%3A%2F%2Fb.example.net%2F",
    "https://example.com/http/x", "https://example.com//c.example.net", "https://example.com/a.b/1.2.3.4",
    "https://example.com/x_", "HTTPS://D.example", "https://example.com:8080/a", "https://198.51.100.7/a",
    "https://a.example_", "https://b.example,https://b.example", "ftp://f.example/x", "intent://i.example/x", "https://user@h.example/",
    "https://ünï.example/x", "ünï.example", "bücher\u3002example", "👉", "👉c.example", "谢谢b.example谢谢", "é",
    "a%2Fd.example", "f.example%20", "https://example.com/a-", "https://x", "(https://p.example/q)", "\u00a0", "\n",
    "\t", "\x0b", "https://example.com/a?b=1&c=2!", "https://-a.example/", "https://a..example/", "it's", "50%",
    "https://" + "a" * 60 + ".example/x", "https://" + "a." * 130 + "example/", "com.example.app/.Main", "x.Y9",
    "z.co_m", "q.com_", "*r.com*",
]  # fmt: skip
URLS = [w for w in WORDS if "://" in w] + [
    " https://a.example/", "tel:5550100", "mailto:ann@example.org", "https://a.example", "https://a.example?x=/b",
    "https://a.example/#//b.example", "HtTp://a.example/", "https://a_b.example/", "https://a.1e/", "https://a.example./",
    "https:///x", "//a.example/", "a.example/x", "https://a.example/aHR0cHM6Ly9sdXJlLmV4YW1wbGUvYQ", "",
]  # fmt: skip
DOMAINS = [
    "a.b.example.org", "A.Example.org.", "example.org", "org", "..", ".a", "a..b", "*.x.example", "192.0.2.7", "x y",
    "https://a.example/b", "\n.a.b",
]  # fmt: skip
ACCOUNTS = ["mailto:a@example.org", "tel:+1 555 0100", "+15550100", "p:+15550100", "ann", "b@c.example.org;-"]
OF = {"text": _from_text, "url": _from_url, "domain": _from_domain, "account": _from_account}


def case_of(kind, values):
    """A row for each value, each a second after the one before."""
    fields = [("_source", pa.string()), ("seen", pa.timestamp("us", tz="UTC"))]
    schema = pa.schema([*fields, pa.field("value", pa.string(), metadata={"kind": kind})])
    times = pa.array([START + timedelta(seconds=n) for n in range(len(values))], fields[1][1])
    return Memory(
        {"a.b": pa.table([pa.repeat("S1", len(values)), times, pa.array(values, pa.string())], schema=schema)}
    )


def one_by_one(kind, values):
    """Kind and value to numbers of rows, by the functions that look at one value."""
    rows = defaultdict(list)
    for n, value in enumerate(values):
        if value:
            for told in dict.fromkeys(OF[kind](value)):
                rows[told].append(n)
            if kind in ("url", "account"):
                rows[kind, value].append(n)
    for (of, value), numbers in [*rows.items()]:
        for parent in parents(value) if of == "domain" else ():
            rows["domain-parent", parent] += numbers
    return {
        key: (START + timedelta(seconds=min(at)), START + timedelta(seconds=max(at)), len(at))
        for key, at in rows.items()
    }


def as_columns(kind, values):
    rows = observables(case_of(kind, values)).read_all()
    micros = [rows[c].cast(pa.int64()).to_pylist() for c in ("first_seen", "last_seen")]
    times = [[datetime.fromtimestamp(v // 10**6, UTC) for v in column] for column in micros]
    keys = list(zip(rows["kind"].to_pylist(), rows["value"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    return dict(zip(keys, zip(*times, rows["count"].to_pylist(), strict=True), strict=True))


def drawn(words, count, seed):
    of = random.Random(seed)
    return [" ".join(of.choices(words, k=of.choice((1, 1, 2, 3, 6)))) for _ in range(count)]


def test_texts_of_a_seed():
    values = [*WORDS, *drawn(WORDS, 6_000, 1), *("".join(w) for w in pairwise(WORDS)), None, ""]
    assert as_columns("text", values) == one_by_one("text", values)


@pytest.mark.parametrize(("kind", "values"), [("url", URLS), ("domain", DOMAINS), ("account", ACCOUNTS)])
def test_values_of_other_kinds(kind, values):
    values = [*values, *values[:3], *("".join(w) for w in pairwise(values)), None, ""]
    assert as_columns(kind, values) == one_by_one(kind, values)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from([*WORDS, *".:/@ _-%'\"", " ", "  "]), max_size=8).map("".join), max_size=6))
def test_texts_of_any_pieces(values):
    assert as_columns("text", values) == one_by_one("text", values)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="abhtps:/.%@-_09 \n\u3002\u00e9,!", max_size=40), max_size=8))
def test_texts_of_any_characters(values):
    assert as_columns("text", values) == one_by_one("text", values)


def test_most_texts_with_a_url_are_never_looked_at_one_by_one(monkeypatch):
    values = [f"word {n}. Have a look: https://www.example.org/a/{n}/index.html?b=c\nNow!" for n in range(50)]
    monkeypatch.setattr(module, "_from_text", lambda text: pytest.fail(text))
    monkeypatch.setattr(module, "_from_url", lambda url: pytest.fail(url))
    found = as_columns("text", [*values, *values, "nothing. It is 12:30, 50 % of it", None])
    assert len(found) == 52
    assert found["domain", "www.example.org"] == (START, START + timedelta(seconds=99), 100)


def test_a_name_that_is_cut_at_the_bound_of_a_text_is_kept(monkeypatch):
    monkeypatch.setattr(texts.urls, "LONGEST_TEXT", 12)
    values = ["lure.example1", "x" * 14, "ok"]
    assert as_columns("text", values) == one_by_one("text", values)
    assert ("domain", "lure.example") in one_by_one("text", values)


def test_sums_do_not_depend_on_when_they_are_made(monkeypatch):
    values = drawn(WORDS, 500, 2)
    expected = as_columns("text", values), as_columns("url", URLS * 3)
    monkeypatch.setattr(gathering, "_HELD", 10)
    monkeypatch.setattr(gathering, "_BYTES", 10)
    monkeypatch.setattr(gathering, "_ROWS", 7)
    monkeypatch.setattr(module, "_ROWS", 5)
    assert (as_columns("text", values), as_columns("url", URLS * 3)) == expected


@pytest.mark.parametrize(
    "values", [["a", "a", "b", "c", "c"], ["a", "b", "c"], ["a"], ["b", "a", "b"], [None, "", "é", "é"]]
)
def test_values_that_come_in_their_order_are_added_up_too(values):
    expected = one_by_one("url", values)
    assert as_columns("url", values) == expected
    assert {value: n for (kind, value), (_, _, n) in expected.items() if kind == "url"} == {
        v: values.count(v) for v in values if v
    }
