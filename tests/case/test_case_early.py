"""Rows of a large table are written as they come, and stand where they would stand had they waited."""

import pyarrow as pa
import pytest
from building import KEY
from hypothesis import given, settings
from hypothesis import strategies as st

from bridle.case import early, tables
from bridle.case.reader import Case
from bridle.case.writer import CaseWriter

PART = pa.schema([pa.field("locator", pa.string()), pa.field("size", pa.int64())])
WHOLE = pa.schema([pa.field("_path", pa.string()), *PART])


@pytest.fixture(autouse=True)
def _every_table_is_large(monkeypatch):
    monkeypatch.setattr(early, "LEAST", 1)


def batch(*locators):
    return pa.table([list(locators), [len(name) for name in locators]], schema=PART)


def begun(tmp_path, budget=0):
    writer = CaseWriter(tmp_path / "case", KEY, budget=budget)
    writer.declare("ios.a.b", WHOLE)
    return writer


def add(writer, path, *locators, table="ios.a.b", constant=None):
    writer.add_files(table, [(("S1", path), (constant or path,), len(locators))], batch(*locators))


def stored(writer, tmp_path):
    writer.finish_tables()
    writer.commit()
    case = Case(tmp_path / "case", KEY)
    return [(r["_path"], r["locator"]) for b in case.batches("ios.a.b") for r in b.to_pylist()]


def test_rows_of_one_file_are_written_without_waiting_on_disk(tmp_path):
    writer = begun(tmp_path)
    add(writer, "/a", "1", "2")
    add(writer, "/a", "3")
    add(writer, "/b", "4")
    assert (writer.building / "records/ios.a.b.parquet").exists()
    assert stored(writer, tmp_path) == [("/a", "1"), ("/a", "2"), ("/a", "3"), ("/b", "4")]


def test_a_file_that_goes_before_what_is_written_still_goes_before_it(tmp_path):
    writer = begun(tmp_path)
    add(writer, "/b", "1")
    add(writer, "/b", "2", constant="/b again")
    add(writer, "/a", "3")
    add(writer, "/c", "4")
    add(writer, "/b", "5")
    assert stored(writer, tmp_path) == [
        ("/a", "3"), ("/b", "1"), ("/b again", "2"), ("/b", "5"), ("/c", "4"),
    ]  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "case").rglob("*.parquet")) == ["ios.a.b.parquet"]


def test_rows_that_came_together_with_another_file_s_are_not_overtaken(tmp_path):
    writer = begun(tmp_path)
    add(writer, "/a", "1")
    writer.add_files("ios.a.b", [(("S1", "/b"), ("/b",), 1), (("S1", "/a"), ("/a",), 1)], batch("2", "3"))
    add(writer, "/a", "4")
    assert stored(writer, tmp_path) == [("/a", "1"), ("/a", "3"), ("/a", "4"), ("/b", "2")]


def test_rows_wait_encrypted_while_other_tables_are_written(tmp_path):
    writer = begun(tmp_path)
    writer.declare("ios.a.c", WHOLE)
    add(writer, "/a", "canary 1")
    for n in range(4):
        add(writer, "/c", f"canary {n}", table="ios.a.c")
    add(writer, "/a", "canary 2")
    on_disk = b"".join(p.read_bytes() for p in writer.building.rglob("*") if p.is_file())
    assert len((writer.building / "parts").read_bytes()) > 100
    assert b"canary" not in on_disk
    assert stored(writer, tmp_path) == [("/a", "canary 1"), ("/a", "canary 2")]
    rows = [r["locator"] for b in Case(tmp_path / "case", KEY).batches("ios.a.c") for r in b.to_pylist()]
    assert rows == ["canary 0", "canary 1", "canary 2", "canary 3"]


def test_nothing_is_left_of_tables_that_were_begun(tmp_path):
    writer = begun(tmp_path)
    add(writer, "/a", "1")
    writer.abort()
    assert list(tmp_path.iterdir()) == []


FILES = st.lists(
    st.tuples(
        st.sampled_from(["ios.a.b", "ios.a.c"]),
        st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=3),
    ),
    min_size=1, max_size=14,
)  # fmt: skip
"""Of each addition, its table and its files: which path, and how many rows."""


@settings(max_examples=80, deadline=None)
@given(FILES, st.integers(0, 9000), st.integers(1, 40), st.integers(1, 8))
def test_early_or_late_a_table_says_the_same(tmp_path_factory, added, budget, least, step):
    folder, found = tmp_path_factory.mktemp("early"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "STEP", step)
        for name, limit in (("early", budget), ("late", 1 << 40)):
            patch.setattr(early, "LEAST", 100 * least)
            writer, n = CaseWriter(folder / name, KEY, budget=limit), 0
            for table in ("ios.a.b", "ios.a.c"):
                writer.declare(table, WHOLE)
            for table, files in added:
                count = sum(c for _, c in files)
                runs = [(("S1", f"/{p}"), (f"/{p}",), c) for p, c in files]
                writer.add_files(table, runs, batch(*(f"row {n + k}" for k in range(count))))
                n += count
            writer.finish_tables()
            writer.commit()
            case = Case(folder / name, KEY)
            found.append([r for t in ("ios.a.b", "ios.a.c") for b in case.batches(t) for r in b.to_pylist()])
    assert found[0] == found[1]
