"""Upper bounds of error rates, against values from tables and from formulas worked out by hand."""

import pytest

from detection.bounds import rate_at_most, share_at_most


@pytest.mark.parametrize(
    ("events", "trials", "bound"),
    [
        # No event in n trials: 1 - 0.05 ** (1 / n).
        (0, 1, 0.95),
        (0, 3, 0.631597),
        (0, 59, 0.049508),
        (0, 200, 0.014867),
        # All but one: for 1 of 2 the bound p solves 1 - p ** 2 = 0.05.
        (1, 2, 0.974679),
        # Clopper and Pearson's table for 1 of 20 and 2 of 10 (one-sided 95 %).
        (1, 20, 0.216107),
        (2, 10, 0.506901),
        (5, 5, 1.0),
    ],
)
def test_a_share(events: int, trials: int, bound: float) -> None:
    assert share_at_most(events, trials) == pytest.approx(bound, abs=5e-6)


@pytest.mark.parametrize(
    ("events", "units", "bound"),
    [
        # Half the 95 % quantile of chi-squared with 2 * events + 2 degrees of freedom.
        (0, 1, 2.995732),
        (1, 1, 4.743865),
        (2, 1, 6.295794),
        (10, 1, 16.962219),
        (0, 200, 0.014979),
        # After Wilson and Hilferty: 201 * (1 - 2 / 3618 + 1.644854 * sqrt(2 / 3618)) ** 3 / 100.
        (200, 100, 2.2487),
    ],
)
def test_a_rate(events: int, units: int, bound: float) -> None:
    assert rate_at_most(events, units) == pytest.approx(bound, abs=1e-4 if events > 100 else 5e-6)


@pytest.mark.parametrize(("events", "trials"), [(1, 0), (-1, 5), (6, 5), (0, 0)])
def test_a_share_of_nothing(events: int, trials: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        share_at_most(events, trials)


@pytest.mark.parametrize(("events", "units"), [(-1, 5), (0, 0)])
def test_a_rate_of_nothing(events: int, units: int) -> None:
    with pytest.raises(ValueError, match="expected"):
        rate_at_most(events, units)
