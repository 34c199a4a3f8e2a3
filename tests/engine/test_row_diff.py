"""Rows of two tables that should say the same, held against each other."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from bridle.engine.row_diff import STEP, WINDOW, row_differences

NAMES = ["_source", "_path", "locator", "n", "tags"]


def batches(rows, cut=3):
    table = pa.table([list(c) for c in zip(*rows, strict=True)], names=NAMES)
    return table.to_batches(max_chunksize=cut)


def row(n, value=None, tags=None):
    return "S1", "/a.db", f"T:{n}", n if value is None else value, tags or ["x"]


def differences(one, two, cuts=(3, 7)):
    return list(row_differences("ios.a.b", batches(one, cuts[0]), batches(two, cuts[1]), NAMES))


def test_equal_rows_however_they_are_cut():
    rows = [row(n) for n in range(2 * STEP + 5)]
    assert differences(rows, rows, (1000, 5000)) == []


@pytest.mark.parametrize("at", [0, 9, STEP - 1, STEP, STEP + 4])
def test_one_other_value(at):
    rows = [row(n) for n in range(STEP + 5)]
    other = [*rows[:at], row(at, value=-1, tags=["y", "z"]), *rows[at + 1 :]]
    (told,) = differences(rows, other, (1000, 5000))
    assert told == (
        f"ios.a.b S1 /a.db T:{at}: n is {at} in the case, -1 in the evidence; "
        "tags is ('x',) in the case, ('y', 'z') in the evidence"
    )


def test_rows_that_only_one_has():
    rows = [row(n) for n in range(20)]
    assert differences([*rows[:4], *rows[6:]], rows[:-1]) == [
        "ios.a.b S1 /a.db T:4: the evidence gives this row, the case lacks it",
        "ios.a.b S1 /a.db T:5: the evidence gives this row, the case lacks it",
        "ios.a.b S1 /a.db T:19: the evidence does not give this row",
    ]


def test_an_empty_table():
    assert list(row_differences("ios.a.b", [], batches([row(1)]), NAMES)) == [
        "ios.a.b S1 /a.db T:1: the evidence gives this row, the case lacks it"
    ]
    assert list(row_differences("ios.a.b", [], [], NAMES)) == []


def test_more_new_rows_than_the_window_has():
    rows = [row(n) for n in range(WINDOW + 10)]
    assert len(differences(rows[-1:], rows)) >= WINDOW


def test_of_many_other_columns_three_are_told():
    names = ["locator", "a", "b", "c", "d"]
    one, two = (pa.table([["T:1"], *[[v]] * 4], names=names).to_batches() for v in (1, 2))
    (told,) = row_differences("ios.a.b", one, two, names)
    assert told == (
        "ios.a.b T:1: a is 1 in the case, 2 in the evidence; b is 1 in the case, 2 in the evidence; "
        "c is 1 in the case, 2 in the evidence; and more"
    )


def test_not_a_number_is_itself_and_no_year_is_too_late():
    of = pa.schema([("locator", pa.string()), ("x", pa.float64()), ("at", pa.timestamp("us", "UTC"))])
    first = {"locator": "T:1", "x": float("nan"), "at": 2**62}
    one = pa.Table.from_pylist([first, {"locator": "T:2", "x": 1.0, "at": datetime(2020, 1, 6, tzinfo=UTC)}], of)
    two = pa.Table.from_pylist([first, {"locator": "T:2", "x": 1.0, "at": datetime(2020, 1, 7, tzinfo=UTC)}], of)
    assert list(row_differences("ios.a.b", one.to_batches(), two.to_batches(), of.names)) == [
        "ios.a.b T:2: at is 1578268800000000 in the case, 1578355200000000 in the evidence"
    ]
