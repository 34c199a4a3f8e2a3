"""Rows wait in memory or on disk and come out in the order of their files, whatever came together."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.case import spill as spilling
from bridle.case.spill import Spill, with_constants

PART = pa.schema([pa.field("locator", pa.string()), pa.field("size", pa.int64())])
WHOLE = pa.schema([pa.field("_path", pa.string()), *PART])


def taken(spill, table="t"):
    pieces = [with_constants(runs, rows, WHOLE).cast(WHOLE) for runs, rows in spill.take(table)]
    return pa.concat_tables([WHOLE.empty_table(), *pieces]).to_pylist()


def batch(*locators):
    return pa.table([list(locators), list(range(len(locators)))], schema=PART)


@pytest.mark.parametrize("budget", [0, 1 << 30])
def test_rows_of_several_files_at_once_stand_in_the_order_of_the_files(tmp_path, budget):
    spill = Spill(tmp_path / "parts", budget)
    spill.add("t", [(("S1", "/c"), ("/c",), 1), (("S1", "/a"), ("/a",), 2)], batch("c1", "a1", "a2"))
    spill.add("t", [(("S1", "/b"), ("/b",), 1), (("S1", "/a"), ("/a",), 1)], batch("b1", "a3"))
    assert (tmp_path / "parts").exists() == (budget == 0)
    assert taken(spill) == [
        {"_path": "/a", "locator": "a1", "size": 1},
        {"_path": "/a", "locator": "a2", "size": 2},
        {"_path": "/a", "locator": "a3", "size": 1},
        {"_path": "/b", "locator": "b1", "size": 0},
        {"_path": "/c", "locator": "c1", "size": 0},
    ]
    spill.close()
    assert not (tmp_path / "parts").exists()


def test_nothing_of_the_rows_is_in_clear_on_disk(tmp_path):
    spill = Spill(tmp_path / "parts", 0)
    spill.add("t", [(("S1", "/a"), ("/a-canary",), 1)], batch("canary"))
    stored = (tmp_path / "parts").read_bytes()
    assert len(stored) > 100
    assert b"canary" not in stored
    spill.close()


FILES = st.lists(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1, max_size=4), min_size=1, max_size=12
)
"""Of each addition, its files: which path, and how many rows."""


@settings(max_examples=150, deadline=None)
@given(FILES, st.integers(0, 3000), st.integers(1, 200), st.integers(1, 5), st.integers(1, 5))
def test_any_cuts_and_budgets_give_the_same_rows(tmp_path_factory, added, budget, block, rows, runs_kept):
    folder = tmp_path_factory.mktemp("spill")
    spill, expected, n = Spill(folder / "parts", budget), [], 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spilling, "BLOCK", block)
        patch.setattr(spilling, "ROWS", rows)
        patch.setattr(spilling, "RUNS", runs_kept)
        for number, files in enumerate(added):
            locators = []
            for at, (path, count) in enumerate(files):
                made = [f"row {n + k}" for k in range(count)]
                expected.append((f"/{path}", number, at, made))
                locators += made
                n += count
            runs = [(("S1", f"/{p}"), (f"/{p}",), count) for p, count in files if count]
            if locators:
                spill.add("t", runs, batch(*locators))
        found = [(r["_path"], r["locator"]) for r in taken(spill)]
    spill.close()
    assert found == [(path, row) for path, _, _, made in sorted(expected) for row in made]


def test_places_of_many_files_lie_with_their_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(spilling, "RUNS", 3)
    spill, kept = Spill(tmp_path / "parts", 15_000), []
    store = Spill.store

    def stored(self, piece):
        kept.append(store(self, piece))
        return kept[-1]

    monkeypatch.setattr(Spill, "store", stored)
    names = [f"/\udc80canary {n:02}" for n in range(20)]  # a name that is no UTF-8
    for n in reversed(range(20)):
        spill.add("t", [(("S1", names[n]), (f"file {n}",), 1)], batch(f"row {n}"))
    in_memory = [len(piece.runs) for piece in kept]
    assert len(kept) > 1
    assert max(in_memory) == 3
    assert spill.lowest("t") == ("S1", names[0])
    assert b"canary" not in (tmp_path / "parts").read_bytes()
    found = [
        (run.order[1], row) for runs, rows in spill.take("t") for run, row in zip(runs, rows["locator"], strict=True)
    ]
    assert [(name, row.as_py()) for name, row in found] == [(names[n], f"row {n}") for n in range(20)]
    spill.close()
