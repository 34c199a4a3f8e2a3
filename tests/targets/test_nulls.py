"""Null models: exact statistics by hand, what each keeps, and that those said to hold do."""

from dataclasses import replace
from random import Random

import pytest

from bridle.targets import nulls
from bridle.targets.correlate_worlds import world
from bridle.targets.nulls import Layout, at_least, compare, day_profile, lags
from bridle.targets.windows import Device, device

HOUR, DAY = 3600, 86_400
ALWAYS = ((0, 100 * DAY),)


def test_a_lag_is_to_the_nearest_earlier_selection() -> None:
    assert lags((50, 1000, 5000, 5200), (700, 4999, 5050)) == [None, 300, 0, 150]


def test_a_selection_may_come_a_minute_after_its_trace() -> None:
    assert lags((1000,), (1060,)) == [0]
    assert lags((1000,), (1061,)) == [None]


def test_the_statistic_counts_each_episode_at_each_lag() -> None:
    one = device("D-01", [700, 4999], [1000, 90_000], ALWAYS)
    two = device("D-02", [10 * DAY], [10 * DAY + 10, 12 * DAY], ALWAYS)
    layout = Layout([one, two])
    # lags: 300; 85,001; 10; two days
    assert layout.counts(layout.observed()) == (1, 1, 2, 2, 2, 2, 3)


def test_a_selection_outside_the_window_does_not_count() -> None:
    layout = Layout([device("D-01", [700], [1000], [(701, DAY)])])
    assert layout.counts(layout.observed()) == (0,) * 7


def test_the_operators_day_begins_in_their_night() -> None:
    assert day_profile([8 * HOUR, DAY + 10 * HOUR, 3 * DAY + 16 * HOUR]) == (0, [8 * HOUR, 10 * HOUR, 16 * HOUR])
    assert day_profile([13 * HOUR, 15 * HOUR, 21 * HOUR]) == (5 * HOUR, [8 * HOUR, 10 * HOUR, 16 * HOUR])


def test_jitter_draws_the_time_of_day_from_all_selections() -> None:
    hit = device("D-01", [50 * DAY + 12 * HOUR], [50 * DAY + 12 * HOUR + 300], ALWAYS)
    other = device("D-02", [20 * DAY + 18 * HOUR], [], ALWAYS)
    found = compare("jitter", [hit, other], 1, 1999)
    assert (found.grid, found.observed) == ((10, 60, 300, 900, 3600), (0, 0, 1, 1, 1))
    share = found.expected[2]  # of draws that took 12:00 again, one of two
    assert share == pytest.approx(0.5, abs=0.05)
    assert found.expected == (0, 0, share, share, share)
    assert found.p == pytest.approx((1 + 1999 * share) / 2000)


def test_jitter_keeps_the_day() -> None:
    same_time = [device(f"D-{n}", [n * DAY + 12 * HOUR], [n * DAY + 12 * HOUR + 300], ALWAYS) for n in range(9)]
    found = compare("jitter", same_time, 1, 99)
    assert (found.expected[2], found.p) == (9.0, 1.0)


def test_cross_exchanges_selections() -> None:
    one = device("D-01", [1000], [1300], ALWAYS)
    two = device("D-02", [50 * DAY], [50 * DAY + 10], ALWAYS)
    found = compare("cross", [one, two], 1, 1999)
    kept = found.expected[-1] / 2  # of draws in which nobody got another's
    assert kept == pytest.approx(0.5, abs=0.05)
    assert found.observed == (1, 1, 2, 2, 2, 2, 2)
    assert found.p == pytest.approx((1 + 1999 * kept) / 2000)


def test_cross_stays_within_a_stratum() -> None:
    one = device("D-01", [1000], [1300], ALWAYS, stratum="OP-01")
    two = device("D-02", [50 * DAY], [50 * DAY + 10], ALWAYS, stratum="OP-02")
    assert compare("cross", [one, two], 1, 99).p == 1.0


def test_cross_lends_selections_that_their_owner_could_not_see() -> None:
    one = device("D-01", [2000], [1300], [(0, 1500)])
    two = device("D-02", [1000], [], [(5000, 6000)])
    found = compare("cross", [one, two], 1, 99)
    assert (found.observed[-1], 0.3 < found.expected[-1] < 0.7) == (0, True)


def test_days_keep_the_time_of_day() -> None:
    found = compare("days", [device("D-01", [5 * DAY], [5 * DAY + 300], ((0, 10 * DAY - 1),))], 1, 999)
    # by one to nine days: the episode then follows its selection by 1 to 9 days and 300 s, never by less than a day
    assert (found.observed[-1], found.expected, found.p) == (1, (0.0,) * 7, 0.001)


def test_a_week_moves_at_most_seven_days() -> None:
    found = compare("week", [device("D-01", [50 * DAY], [51 * DAY], ALWAYS)], 1, 1399)
    # one of fourteen shifts, a day later, puts the selection on the episode; a day is otherwise its lag
    assert found.observed == (0, 0, 0, 0, 0, 0, 1)
    assert found.expected[0] == pytest.approx(1 / 14, abs=0.03)


def test_circular_stays_within_the_windows() -> None:
    windows = ((0, 999), (100_000, 100_999))
    found = compare("circular", [device("D-01", [500], [100_000], windows)], 1, 1999)
    # a turn by 500 to 559 puts it where the tolerance reaches, by 560 to 1499 after the episode; else before it
    assert found.expected[-1] == pytest.approx(60 / 2000, abs=0.02)


def test_poisson_by_hand() -> None:
    assert at_least(1, 1.0) == pytest.approx(0.6321205588)
    assert at_least(2, 1.0) == pytest.approx(0.2642411177)
    assert at_least(3, 0.5) == pytest.approx(0.0143876780)
    assert (at_least(0, 0.5), at_least(1, 0.0)) == (1.0, 0.0)
    found = compare("poisson", [device("D-01", [0, 1000], [1005], ((0, 9_999),))], 1, 0)
    assert found.expected[:2] == pytest.approx((2 * 70 / 10_000, 2 * 120 / 10_000))
    assert found.p == pytest.approx(1 - 2.718281828459045**-0.014)


def test_without_episodes_nothing_is_said() -> None:
    quiet = [device("D-01", [1000], [], ALWAYS), device("D-02", [], [], ALWAYS)]
    assert {null: compare(null, quiet, 1, 99).p for null in (*nulls.HOLDS, *nulls.MISLEAD)} == dict.fromkeys(
        (*nulls.HOLDS, *nulls.MISLEAD), 1.0
    )


def moved(d: Device, by: int) -> Device:
    return replace(
        d, selections=tuple(t + by for t in d.selections), episodes=tuple(t + by for t in d.episodes),
        windows=tuple((a + by, b + by) for a, b in d.windows),
    )  # fmt: skip


@pytest.mark.parametrize("null", nulls.HOLDS)
def test_a_shift_of_both_clocks_changes_nothing(null: str) -> None:
    cohort = world("campaigns", 3, devices=10, q=0.3)
    assert compare(null, cohort, 1, 499).p == compare(null, [moved(d, 12_345) for d in cohort], 1, 499).p


@pytest.mark.parametrize("null", nulls.HOLDS)
def test_exchanged_labels_are_rejected_no_more_than_said(null: str) -> None:
    """Jitter would see the link of a device that keeps its own list, so for it everyone gets the neighbour's."""
    found = []
    for seed in range(60):
        cohort = world("campaigns", seed, devices=12, q=0.6)
        lists = [d.selections for d in cohort]
        lists = lists[1:] + lists[:1] if null == "jitter" else Random(seed).sample(lists, 12)
        exchanged = [replace(d, selections=s) for d, s in zip(cohort, lists, strict=True)]
        found.append(compare(null, exchanged, seed, 99).p)
    over = max(sum(p <= x / 20 for p in found) / 60 - x / 20 for x in range(1, 21))
    assert over < 1.36 / 60**0.5  # Kolmogorov and Smirnov at 0.05


@pytest.mark.parametrize(
    ("kind", "null", "rejects"),
    [
        ("campaigns", "jitter", False),
        ("campaigns", "poisson", True),
        ("same-day", "jitter", False),
        ("same-day", "cross", True),
    ],
)
def test_which_tests_hold_in_which_worlds(kind: str, null: str, rejects: bool) -> None:
    rate = sum(compare(null, world(kind, seed), seed, 99).p <= 0.05 for seed in range(30)) / 30
    assert (rate > 0.3) is rejects


def test_a_link_is_found() -> None:
    cohorts = [world("campaigns", seed, devices=10, q=0.6) for seed in range(10)]
    assert all(compare(null, c, 1, 499).p <= 0.05 for c in cohorts for null in nulls.HOLDS)


def test_worlds_are_repeatable_and_named() -> None:
    assert world("campaigns", 5) == world("campaigns", 5) != world("campaigns", 6)
    with pytest.raises(ValueError, match="expected one of independent, campaigns, same-day, got 'other'"):
        world("other", 1)


def test_jitter_may_draw_from_the_whole_list() -> None:
    hit = device("D-01", [50 * DAY + 12 * HOUR], [50 * DAY + 12 * HOUR + 300], ALWAYS, stratum="OP-01")
    profile = {"OP-01": [n * DAY + (10 + n) * HOUR for n in range(4)]}  # 10, 11, 12 and 13 o'clock
    found = compare("jitter", [hit], 1, 1999, profiles=profile)
    assert found.expected[2] == pytest.approx(0.25, abs=0.05)
    assert found.p == pytest.approx((1 + 1999 * found.expected[2]) / 2000)
