"""Sorted runs that are merged a few blocks at a time give what sorting everything at once gives."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.case import observables as module
from bridle.case import spill
from bridle.case.observables import observables
from bridle.case.runs import Runs
from bridle.detect.memory import Memory

TEXTS = ["", "a", "a\0", "b", "B", "é", "z", "\ud7ff", "\ue000", "\U0001f449", "x" * 90]
"""Those behind the last letter are in another order in UTF-16."""
START = datetime(2021, 7, 18, tzinfo=UTC)


def combined(rows: pa.Table) -> pa.Table:
    return rows.take(pa.compute.sort_indices(rows["text"]))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=12), max_size=11), st.sampled_from([0, 1 << 20]))
def test_merged_runs_are_all_rows_in_order_and_equal_texts_as_they_were_added(
    drawn: list[list[str]], budget: int
) -> None:
    runs = Runs(combined, budget=budget, most=3)
    number = 0
    expected = []
    for texts in drawn:
        numbers = range(number, number + len(texts))
        expected += zip(texts, numbers, strict=True)
        rows = [*zip(sorted(texts), numbers, strict=True)]
        expected[-len(texts) :] = rows
        runs.add("g", pa.table({"text": [t for t, _ in rows], "n": [n for _, n in rows]}))
        number += len(texts)
    found = [tuple(row.values()) for g in runs.groups() for part in runs.take(g) for row in part.to_pylist()]
    assert found == sorted(expected)
    runs.close()


def test_blocks_end_between_equal_texts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(spill, "BLOCK", 1)
    runs = Runs(combined, tmp_path, budget=0)
    for first in (0, 3):
        runs.add("g", pa.table({"text": ["a", "b", "b"], "n": [first, first + 1, first + 2]}))
    assert [part.to_pydict() for part in runs.take("g")] == [
        {"text": ["a", "a"], "n": [0, 3]}, {"text": ["b"] * 4, "n": [1, 2, 4, 5]},
    ]  # fmt: skip
    assert [p.name for p in tmp_path.rglob("runs")] == ["runs"]
    runs.close()
    assert list(tmp_path.iterdir()) == []


def test_rows_of_equal_first_keys_are_given_a_block_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise one text that all rows share has them all in memory."""
    monkeypatch.setattr(spill, "BLOCK", 1)
    order = [("text", "ascending"), ("n", "ascending")]
    runs = Runs(lambda rows: rows.take(pa.compute.sort_indices(rows, sort_keys=order)), budget=0, keys=2)
    runs.add("g", pa.table({"text": [b"a", b"a", b"b"], "n": [0, 3, 1]}))
    runs.add("g", pa.table({"text": [b"a", b"a", b"b"], "n": [1, 2, 0]}))
    assert [part.to_pydict() for part in runs.take("g")] == [
        {"text": [b"a"], "n": [0]}, {"text": [b"a"], "n": [1]}, {"text": [b"a"], "n": [2]}, {"text": [b"a"], "n": [3]},
        {"text": [b"b"], "n": [0]}, {"text": [b"b"], "n": [1]},
    ]  # fmt: skip
    runs.close()


def table_of(first: int, values: list[str]) -> pa.Table:
    """A row for each value, each a second after the one before, three to a batch."""
    fields = [("_source", pa.string()), ("seen", pa.timestamp("us", tz="UTC"))]
    schema = pa.schema([*fields, pa.field("value", pa.string(), metadata={"kind": "url"})])
    times = pa.array([START + timedelta(seconds=first + n) for n in range(len(values))], fields[1][1])
    made = pa.table([pa.repeat("S1", len(values)), times, pa.array(values, pa.string())], schema=schema)
    return pa.Table.from_batches(made.to_batches(max_chunksize=3))


def test_observables_are_the_same_however_little_is_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {f"a.t{t}": [f"https://h{n * t % 7}.example.org/{n % 5}" for n in range(40)] for t in range(1, 6)}
    case = Memory({name: table_of(n, v) for n, (name, v) in enumerate(values.items())})
    expected = observables(case).read_all().to_pylist()
    monkeypatch.setattr(module, "_HELD", 1)
    monkeypatch.setattr(module, "Runs", lambda combine, scratch: Runs(combine, scratch, budget=0, most=2))
    assert observables(case, scratch=tmp_path).read_all().to_pylist() == expected
    counted = Counter((v, name) for name, of in values.items() for v in of)
    assert [(r["value"], r["table"], r["count"]) for r in expected if r["kind"] == "url"] == [
        (value, name, n) for (value, name), n in sorted(counted.items())
    ]
    assert {
        r["value"]: r["first_seen"] - START for r in expected if r["table"] == "a.t1" and r["kind"] == "domain"
    } == {f"h{n}.example.org": timedelta(seconds=n) for n in range(7)}
    assert list(tmp_path.iterdir()) == []


_MANY = """
import bridle
import pyarrow as pa
from bridle.case.observables import observables

class Paths:
    schema = pa.schema([pa.field("path", pa.string(), metadata={"kind": "file-path"})])
    def tables(self):
        return {"a.b": self.schema}
    def rows(self):
        return {"a.b": 12_000}
    def batches(self, table, columns=None):
        for first in range(0, 12_000, 250):
            paths = [f"/{n * 7919 % 12_000:05}/" + "x" * 16_000 for n in range(first, first + 250)]
            yield pa.record_batch([pa.array(paths)], schema=self.schema)

rows, last = 0, ""
for batch in observables(Paths()):
    values = batch["value"].to_pylist()
    assert last < values[0] and values == sorted(values)
    rows, last = rows + len(values), values[-1]
print(rows, last[:7], pa.default_memory_pool().max_memory() >> 20)
"""
"""192 MB of paths that are all different."""


def test_memory_does_not_grow_with_the_number_of_values() -> None:
    told = subprocess.run([sys.executable, "-c", _MANY], capture_output=True, text=True, check=True, timeout=120)
    rows, last, most = told.stdout.split()
    assert (rows, last) == ("12000", "/11999/")
    assert int(most) < 128
