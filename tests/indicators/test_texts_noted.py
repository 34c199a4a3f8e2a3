"""Texts that were looked through when observables were gathered are not read again for indicators."""

import random

import pyarrow as pa
import pytest

from bridle.case.holding import Holding
from bridle.case.observables import observables
from bridle.indicators import Indicator, IndicatorSet, Matcher, match_tables

STAMPS = [pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256", "locator")]
SAID = pa.field("said", pa.string(), metadata={"kind": "text", "surface": "message"})
NAME = pa.field("name", pa.string(), metadata={"kind": "process-name", "surface": "running-process"})
BAD, BH = (
    Indicator(kind=kind, value=value, shown=value, feeds=("f",))
    for kind, value in (("domain", "bad.example.org"), ("process-name", "bh"))
)
TEXTS = (
    "nothing",
    None,
    "",
    "see bad.example.org",
    "https://x.bad.example.org/a",
    "1.2.3",
    "other.example.com said so",
)


class Case:
    """One table, of batches of three rows; tells which columns are read."""

    def __init__(self, schema, rows):
        self.schema, self.holding, self.read = schema, None, []
        self.whole = pa.Table.from_pylist([{n: r.get(n, "x") for n in schema.names} for r in rows], schema=schema)

    def tables(self):
        return {"android.example.entry": self.schema}

    def batches(self, table, columns=None):
        self.read.append(columns)
        return iter(self.whole.select(columns).to_batches(max_chunksize=3))

    def rows_at(self, table, columns, numbers):
        return iter(self.whole.select(columns).take(pa.array(numbers, pa.int64())).to_batches())


class Noted(Case):
    def texts_holding(self, table, field):
        return self.holding.of(table, field)


def hits(case):
    return list(match_tables(case, Matcher(IndicatorSet(indicators=(BAD, BH), feeds=()))))


def both(schema, rows, most=1 << 20):
    """The hits without what was noted and with it, and the columns that were read for the latter."""
    case = Noted(schema, rows)
    case.holding = Holding(most)
    for _ in observables(case, holding=case.holding):
        pass
    case.read.clear()
    return hits(Case(schema, rows)), hits(case), case.read


@pytest.mark.parametrize("beside", [[], [NAME]], ids=["alone", "beside a name"])
def test_rows_are_found_without_reading_the_texts(monkeypatch, beside):
    monkeypatch.setattr("bridle.indicators.tables._GROUP_ROWS", 3)
    rows = [{"locator": f"line {n}", "said": text, "name": "ls"} for n, text in enumerate(TEXTS)]
    rows[1]["name"] = rows[4]["name"] = "bh"
    alone, noted, read = both(pa.schema([*STAMPS, *beside, SAID]), rows)
    assert noted == alone
    assert read == ([["name"]] if beside else [])
    assert [(h.locator, h.field, h.value, h.values["said"]) for h in noted if h.field == "said"] == [
        ("line 3", "said", "see bad.example.org", "see bad.example.org"),
        ("line 4", "said", "https://x.bad.example.org/a", "https://x.bad.example.org/a"),
    ]
    assert [h.locator for h in noted if h.field == "name"] == (["line 1", "line 4"] if beside else [])


def test_what_is_too_much_to_keep_is_read_again():
    rows = [{"locator": f"line {n}", "said": text} for n, text in enumerate(TEXTS)]
    alone, noted, read = both(pa.schema([*STAMPS, SAID]), rows, most=100)
    assert noted == alone
    assert read == [["said"]]


def test_a_column_that_is_given_up_makes_room_for_others():
    holding, text = Holding(100), pa.array(["see bad.example.org"])
    holding.note("t", "a", 0, pa.array([True]), text)
    holding.note("t", "a", 1, pa.array([True] * 4), pa.array(["see bad.example.org"] * 4))
    assert holding.of("t", "a") is None
    holding.note("t", "b", 5, pa.array([False, True]), text)
    numbers, texts = holding.of("t", "b")
    assert (numbers.to_pylist(), texts.to_pylist()) == ([6], ["see bad.example.org"])
    assert holding.of("t", "c") is None


@pytest.mark.parametrize("seed", range(20))
def test_the_same_either_way(monkeypatch, seed):
    monkeypatch.setattr("bridle.indicators.tables._GROUP_ROWS", 5)
    of = random.Random(seed)
    rows = [
        {"locator": f"line {n}", "said": of.choice(TEXTS), "name": of.choice(["ls", "bh", None])}
        for n in range(of.randrange(30))
    ]
    alone, noted, _ = both(pa.schema([*STAMPS, NAME, SAID]), rows)
    assert noted == alone
