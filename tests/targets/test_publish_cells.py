"""What a table withholds: nothing small is printed, and nothing small can be computed back."""

import itertools
import random

import pytest

from bridle.targets.publish_cells import SMALLEST, as_rows, merged, protected


def table(*rows):
    return {(f"r{i}", f"c{j}"): n for i, row in enumerate(rows) for j, n in enumerate(row)}


def grid(counts):
    shown = protected(counts)
    return [[line["cells"][c] for c in shown.columns] for line in as_rows(shown)]


def test_one_small_cell_takes_three_with_it():
    assert grid(table([2, 10, 30], [20, 40, 50], [60, 70, 80])) == [[None, None, 30], [None, None, 50], [60, 70, 80]]


def test_nothing_small():
    assert grid(table([5, 6], [7, 8])) == [[5, 6], [7, 8]]


def test_an_empty_cell_is_not_told_from_a_small_one():
    assert grid(table([0, 10], [10, 20])) == [[None, 10], [10, 20]]
    assert grid(table([3, 10], [10, 20])) == [[None, None], [None, None]]


def test_small_cells_protect_each_other_only_if_there_are_enough():
    """1 and 1 in one row leave 2: the reader would know both."""
    shown = grid(table([1, 1, 90], [50, 60, 70], [80, 90, 99]))
    assert shown[0] == [None, None, None]


def consistent(totals_of_rows, totals_of_columns, known, size):
    """All tables of whole numbers that the printed figures allow; written for this test, by trying every one."""
    rows, columns = size

    def fill(i, left):
        if i == rows:
            if not any(left):
                yield ()
            return
        for row in parts(totals_of_rows[i], left, i, 0):
            for rest in fill(i + 1, [a - b for a, b in zip(left, row, strict=True)]):
                yield (row, *rest)

    def parts(total, left, i, j):
        if j == columns:
            if total == 0:
                yield ()
            return
        fixed = known.get((f"r{i}", f"c{j}"))
        for n in [fixed] if fixed is not None else range(min(total, left[j]) + 1):
            if n <= min(total, left[j]):
                for rest in parts(total - n, left, i, j + 1):
                    yield (n, *rest)

    yield from fill(0, list(totals_of_columns))


@pytest.mark.parametrize("seed", range(60))
def test_no_small_cell_can_be_computed_back(seed):
    draw = random.Random(seed)
    rows, columns = draw.choice([(2, 2), (2, 3), (3, 3), (3, 2)])
    while True:
        counts = table(*([draw.choice([0, 1, 2, 3, 4, 5, 6, 7]) for _ in range(columns)] for _ in range(rows)))
        down = [sum(counts[f"r{i}", f"c{j}"] for i in range(rows)) for j in range(columns)]
        across = [sum(counts[f"r{i}", f"c{j}"] for j in range(columns)) for i in range(rows)]
        if min(*down, *across) >= SMALLEST:
            break
    shown = protected(counts)
    assert all(n >= SMALLEST and n == counts[c] for c, n in shown.cells.items())
    allowed = {cell: set() for cell in counts}
    for filled in consistent(across, down, shown.cells, (rows, columns)):
        for i, j in itertools.product(range(rows), range(columns)):
            allowed[f"r{i}", f"c{j}"].add(filled[i][j])
    for (row, column), n in counts.items():
        if 0 < n < SMALLEST:
            least = max(0, shown.rows[row] + shown.columns[column] - sum(across))
            assert min(allowed[row, column]) == least
            assert max(allowed[row, column]) >= SMALLEST


def test_a_small_total_is_merged_first():
    with pytest.raises(ValueError, match=r"'r0' has fewer than 5 numbers in all"):
        protected(table([1, 2], [10, 20]))
    assert merged({"FR": 9, "DE": 4, "BE": 1}, "other") == {"FR": "FR", "DE": "other", "BE": "other", "other": "other"}
    assert merged({"FR": 9, "DE": 6, "BE": 1}, "other") == {"FR": "FR", "DE": "other", "BE": "other", "other": "other"}
    assert merged({"FR": 9, "DE": 6}, "other") == {"FR": "FR", "DE": "DE", "other": "other"}
    with pytest.raises(ValueError, match="fewer than 5 numbers"):
        merged({"FR": 2, "DE": 2}, "other")
