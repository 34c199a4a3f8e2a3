"""A cohort's result: what each device adds, controls, what it rests on, and what may be said of it."""

from dataclasses import replace

import pytest

from bridle.targets.correlate import Plan, correlate
from bridle.targets.correlate_worlds import world
from bridle.targets.ladder import CONTROL_FAILED, LADDER, LIMITS, rung
from bridle.targets.power import power
from bridle.targets.windows import Device, device

DAY = 86_400
QUICK = Plan(draws=499, further_draws=199)
ALWAYS = ((0, 400 * DAY),)


def linked(number: int = 12, lag: int = 300) -> list[Device]:
    """Devices selected once each, on days of their own at times of their own, each followed by one episode."""
    times = [(10 + 20 * n) * DAY + 6 * 3600 + n * 3000 for n in range(number)]
    return [device(f"D-{n:02}", [t], [t + lag], ALWAYS) for n, t in enumerate(times, 1)]


def test_what_each_device_adds() -> None:
    cohort = [device("D-01", [100, 5000], [400, 9000, 95_000], ((0, 94_000),), stratum="OP-01")]
    (row,) = correlate(cohort, QUICK).devices
    assert (row.label, row.stratum, row.on_list, row.examined, row.episodes) == ("D-01", "OP-01", 2, 2, 2)
    assert (row.lags, row.within_hour) == ((300, 4000), 1)


def test_a_histogram_of_lags() -> None:
    cohort = [device("D-01", [5000], [100, 5010, 9000, 200_000], ALWAYS)]
    assert correlate(cohort, QUICK).histogram == (
        (10, 1), (60, 0), (300, 0), (900, 0), (3600, 0), (14_400, 1), (86_400, 0), (None, 2),
    )  # fmt: skip


def test_a_link_within_minutes() -> None:
    found = correlate(linked(), QUICK)
    assert [t.null for t in found.tests] == ["jitter", "cross", "poisson", "circular", "days", "week"]
    assert [t.holds for t in found.tests] == [True, True, False, False, False, False]
    assert (found.test("jitter").p, found.test("cross").p) == (0.002, 0.002)
    assert (found.reversed_time.p, found.controls_hold) == (1.0, True)
    assert rung(found).name == "minutes"


def test_the_profile_of_the_lists_clock_peaks_where_it_is_right() -> None:
    profile = dict(correlate(linked(), QUICK).clock_profile)
    assert (len(profile), profile[0], profile[-1800], profile[1800], profile[-3600]) == (49, 12, 12, 0, 0)


def test_traces_before_selections_are_not_a_link() -> None:
    backwards = [device(d.label, [d.episodes[0]], [d.selections[0]], ALWAYS) for d in linked()]
    found = correlate(backwards, QUICK)
    assert found.test("jitter").p == 1.0
    assert (found.reversed_time.p, found.controls_hold) == (0.005, False)


def test_a_failed_control_takes_the_statement_back() -> None:
    cohort = linked()
    found = correlate(cohort, QUICK, {d.label: d.episodes for d in cohort})
    assert found.benign is not None
    assert (found.test("jitter").p, found.benign.p) == (0.002, 0.005)
    assert (rung(found).name, rung(found).statement) == ("none", CONTROL_FAILED)


def test_ordinary_events_far_from_selections_hold() -> None:
    found = correlate(linked(), QUICK, {d.label: (d.episodes[0] + 5 * DAY,) for d in linked()})
    assert (found.benign is not None and found.benign.p, found.controls_hold) == (1.0, True)


def test_only_the_days_are_shared() -> None:
    late = [replace(d, episodes=tuple(t + 9 * 3600 for t in d.selections)) for d in linked()]
    found = correlate(late, QUICK)
    assert (found.test("jitter").p, found.test("cross").p) == (1.0, 0.002)
    assert rung(found).name == "campaigns"


def test_too_few_devices_to_exchange() -> None:
    late = [replace(d, episodes=tuple(t + 9 * 3600 for t in d.selections)) for d in linked(9)]
    said = rung(correlate(late, QUICK))
    assert said.name == "none"
    assert said.notes[0] == "9 devices: the exchange between devices needs 10, and is not counted"


def test_a_result_that_rests_on_one_device() -> None:
    days = [(10 + 20 * n) * DAY + n * 3000 for n in range(12)]
    many = device("D-00", days, [t + 200 for t in days], ALWAYS)
    quiet = [replace(d, episodes=()) for d in linked()]
    found = correlate([many, *quiet], QUICK)
    assert (found.test("jitter").p, found.without[0].label, found.without[0].p) == (0.002, "D-00", 1.0)
    assert "jitter rests on D-00: without it p is 1" in rung(found).notes


def test_nothing_examined_says_nothing() -> None:
    found = correlate([], QUICK)
    assert (found.test("jitter").p, found.test("cross").p, found.without[0].label) == (1.0, 1.0, None)
    assert rung(found).statement == LADDER[2][2]


def test_no_statement_speaks_of_infection_or_of_being_attacked() -> None:
    said = " ".join(statement for _, _, statement in LADDER)
    assert "infected" not in said
    assert LIMITS[0] == "selected is not attacked: a selection is an entry on a list, and shows no attempt"


def test_a_plan_that_cannot_reach_its_alpha_is_refused() -> None:
    with pytest.raises(ValueError, match=r"alpha 0.01 is not reached with 50 draws; take more of them"):
        Plan(draws=50)
    with pytest.raises(ValueError, match=r"expected rising lags in seconds, got \(60, 10\)"):
        Plan(grid=(60, 10))


def test_equal_input_gives_an_equal_result() -> None:
    assert correlate(linked(), QUICK) == correlate(linked(), QUICK)


def test_power_needs_no_traces_and_rises() -> None:
    cohort = world("campaigns", 1, devices=10)
    blind = [replace(d, episodes=()) for d in cohort]
    found = power(blind, 0.01, 1, simulations=20)
    assert found == power(cohort, 0.01, 1, simulations=20)
    assert [p.q for p in found] == [0.1, 0.3, 0.6]
    assert found[0].jitter < found[2].jitter
    assert found[2].jitter >= 0.9


def test_a_link_of_seconds_is_not_seen_backwards() -> None:
    found = correlate(linked(lag=30), QUICK)
    assert (found.test("jitter").p, found.reversed_time.p) == (0.002, 1.0)
