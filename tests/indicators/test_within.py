"""Tables without a key of any indicator are not read, and nothing in them is lost."""

import pyarrow as pa
import pytest
from test_candidates import PIECES, PUBLISHED

from bridle.case.observables import observables
from bridle.core import KINDS
from bridle.detect.memory import Memory
from bridle.indicators import Indicator, IndicatorSet, Matcher, match_tables, tables
from bridle.indicators.match_keys import MATCH_KEYS, MatchKeys
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.probing import key, named
from bridle.indicators.within import tables_within


def indicators_of(*published):
    return tuple(Indicator(kind=k, value=NORMALISE[k](v), shown=v, feeds=("f",)) for k, v in published)


def rows(*keys):
    numbers = [int.from_bytes(k, "little", signed=True) for _, k in keys]
    return pa.record_batch([pa.array([t for t, _ in keys]), pa.array(numbers, pa.int64())], schema=MATCH_KEYS)


def table(kind, values):
    stamps = [pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256", "locator")]
    schema = pa.schema([*stamps, pa.field("value", pa.string(), metadata={"kind": kind, "surface": "mention"})])
    x = pa.repeat("x", len(values))
    return pa.table([x, x, x, pa.array(map(str, range(len(values)))), pa.array(values, pa.string())], schema=schema)


class Building(Memory):
    """A case whose keys are made, and which notes the tables that are read."""

    def __init__(self, tables):
        super().__init__(tables)
        self.read = []

    def batches(self, table, columns=None):
        self.read.append(table)
        return super().batches(table, columns)

    def match_keys(self):
        keys = MatchKeys()
        observables(Memory(self._tables), keys.add).read_all()
        return keys.reader()


def test_a_table_needs_all_keys_of_one_way():
    made = indicators_of(("domain", "lure.example"), ("file-path", "/private/var/tmp/x"))
    at = key("p", "/private/var/tmp")
    found = rows(
        ("t.a", key("d", "example")), ("t.b", key("d", "lure.example")), ("t.c", named("x")), ("t.d", at),
        ("t.e", named("x")), ("t.e", at), ("t.f", key("p", "/private/var/tmp/x")),
    )  # fmt: skip
    assert tables_within([found], made) == {"t.b", "t.e", "t.f"}
    assert tables_within([found.slice(n, 1) for n in range(len(found))], made) == {"t.b", "t.e", "t.f"}
    assert tables_within([], made) == tables_within([found], ()) == frozenset()


def test_only_tables_with_a_key_are_read(monkeypatch):
    values = {
        "ios.a.b": table("domain", ["www.example.org"]), "ios.a.c": table("text", ["see x.lure.example/a"]),
        "ios.a.d": table("url", ["https://www.example.org/?u=https%3A%2F%2Flure.example%2F"]),
        "ios.a.e": table("text", ["nothing"]),
    }  # fmt: skip
    matcher = Matcher(IndicatorSet(indicators=indicators_of(("domain", "lure.example")), feeds=()))
    case = Building(values)
    assert [(h.table, h.strength) for h in match_tables(case, matcher)] == [
        ("ios.a.c", "sub-domain"),
        ("ios.a.d", "nested"),
    ]
    assert set(case.read) == {"ios.a.c", "ios.a.d"}
    monkeypatch.setattr(tables, "_ASKED", 0)
    case = Building(values)
    assert len(list(match_tables(case, matcher))) == 2
    assert set(case.read) == set(values)


@pytest.mark.parametrize("indicator", indicators_of(*PUBLISHED), ids=lambda i: f"{i.kind} {i.value}")
def test_hits_are_those_of_a_case_without_keys(indicator):
    values = {f"ios.a.{kind.replace('-', '_')}": table(kind, [*PIECES, *(v for _, v in PUBLISHED)]) for kind in KINDS}
    matcher = Matcher(IndicatorSet(indicators=(indicator,), feeds=()))
    found = [(h.table, h.locator, h.strength) for h in match_tables(Memory(values), matcher)]
    assert found
    assert [(h.table, h.locator, h.strength) for h in match_tables(Building(values), matcher)] == found
