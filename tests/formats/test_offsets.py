"""Times of a log's own clock, and what is added to them."""

from __future__ import annotations

import pytest

from artifact_files import Stored, database
from bridle.core import Gap
from bridle.formats import offsets, sqlite
from bridle.formats.offsets import Offsets
from bridle.formats.table import Row


@pytest.mark.parametrize(
    ("time", "offset"),
    [(99.0, 1.0), (100.0, 1.0), (199.999, 1.0), (200.0, 2.0), (1e12, 2.0), (float("-inf"), 1.0), (float("nan"), None)],
)
def test_the_offset_in_force(time, offset):
    assert Offsets([(200.0, 2.0), (100.0, 1.0)]).at(time) == offset


def test_offsets_that_are_no_numbers_are_not_taken():
    assert Offsets([(float("nan"), 1.0), (1.0, float("inf"))]).at(5.0) is None


@pytest.mark.parametrize(
    ("stored", "added"),
    [(150, 151.0), (150.5, 151.5), (None, None), ("150", None), (True, None), (b"1", None), (0, None), (0.0, None)],
)
def test_only_a_number_that_is_not_0_is_a_time(stored, added):
    assert Offsets([(100.0, 1.0)]).added(stored) == added
    assert Offsets([]).added(stored) is None


def test_offsets_of_a_table():
    script = "CREATE TABLE t (at, plus); INSERT INTO t VALUES (100, 1), (200, NULL), ('x', 3), (300, 4.5)"
    with sqlite.connect(Stored(database(script))) as db:
        found = offsets.known(db, "t", "at", "plus")
        assert [found.at(t) for t in (0.0, 250.0, 300.0)] == [1.0, 1.0, 4.5]
        assert offsets.known(db, "other", "at", "plus").at(0.0) is None


def test_more_offsets_than_are_taken_are_noticed(monkeypatch):
    monkeypatch.setattr(offsets, "MOST", 3)
    script = "CREATE TABLE t (at, plus); INSERT INTO t VALUES (100, 1), (200, 2)"
    with sqlite.connect(Stored(database(script))) as db:
        assert not offsets.known(db, "t", "at", "plus").full
    with sqlite.connect(Stored(database(f"{script}, (300, 3), (400, 4)"))) as db:
        found = offsets.known(db, "t", "at", "plus")
    assert found.full
    assert found.at(1e9) == 3.0


def test_only_wanted_columns_are_made_and_gaps_pass():
    row = Row("t:1", ("at", "end"), {"at": 0, "end": 1}, (100, 200))
    gap = Gap(locator="t:2", reason="damaged")
    made = {"(time)": "AT", "(end)": "end", "(other)": "other"}
    first, second = offsets.corrected([row, gap], Offsets([(0.0, 5.0)]), made, {"(time)", "(other)"})
    assert dict(first) == {"at": 100, "end": 200, "(time)": 105.0, "(other)": None}
    assert (first.locator, second) == ("t:1", gap)
