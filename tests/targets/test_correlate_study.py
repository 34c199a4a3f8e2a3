"""A study: who is on the list, when its clients work, the table of outcomes, hit rates against controls."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bridle.targets import correlate_study, schema
from bridle.targets.correlate import Plan
from bridle.targets.correlate_cases import CohortError, Examined, Told, Traces
from bridle.targets.correlate_study import Study, conclude, prepare, thinned

NOON = 1_609_502_400
DAY = 86_400
PLAN = Plan(draws=199, further_draws=99)


def row(
    n: int, token: str, time: int | None, precision: str | None = "second", operator: str | None = None
) -> dict[str, Any]:
    at = None if time is None else datetime.fromtimestamp(time, UTC)
    return {"row": n, "source": "aa", "token": token, "time": at, "time_precision": precision, "operator": operator}


def phone(label: str, platform: str = "ios", told: Told = Told(), ahead: int | None = 0) -> Examined:  # noqa: B008
    at = ((NOON - 50 * DAY, NOON + 50 * DAY),)
    return Examined(label=label, digest=f"digest of {label}", platform=platform, numbers=(), clock_ahead=ahead,
                    told=told, windows=at, notes=())  # fmt: skip


def found(outcome: str, *times: int, ordinary: tuple[int, ...] = ()) -> Traces:
    return Traces(outcome=outcome, times=times, ordinary=ordinary, notes=())


ROWS = [
    row(0, "t1", NOON, operator="A"),
    row(1, "t1", NOON + 5 * DAY, operator="B"),
    row(2, "t1", NOON + 9 * DAY, operator="B"),
    row(3, "t2", NOON + 20 * DAY),
    row(4, "t3", NOON, "day"),
    row(5, "t3", None, None),
    row(6, "t9", NOON - 10 * DAY),
    row(7, "t9", NOON + 40 * DAY, operator="B"),
]


def study(**more: Told) -> Study:
    phones = [phone("D-01"), phone("D-02", "android"), phone("D-03"), phone("D-04", told=more.get("d4", Told()))]
    tokens = {"D-01": ("t1",), "D-02": ("t2", "t8"), "D-03": ("t3",), "D-04": ("t4",)}
    return prepare(schema.selections(ROWS), ["aa"], phones, tokens, PLAN)


def test_what_the_list_has_of_each_phone() -> None:
    selected = study().selected
    assert {k: (s.times, s.coarse, s.stratum) for k, s in selected.items()} == {
        "D-01": ((NOON, NOON + 5 * DAY, NOON + 9 * DAY), 0, "B"),
        "D-02": ((NOON + 20 * DAY,), 0, ""),
        "D-03": ((), 2, ""),
        "D-04": ((), 0, ""),
    }


def test_the_list_covers_its_exact_times() -> None:
    assert study().covered == ((NOON - 10 * DAY, NOON + 41 * DAY),)


def test_a_profile_of_each_client() -> None:
    noon = NOON % DAY
    assert study().profiles == {"A": (noon,), "B": (noon,) * 3, "": (noon, noon)}


def test_without_a_client_the_country_of_the_number_counts() -> None:
    rows = [row(0, "t1", NOON) | {"country": "MX"}, row(1, "t1", NOON + 60) | {"country": "MX"},
            row(2, "t2", NOON + 120, operator="A") | {"country": "MX"}, row(3, "t3", NOON)]  # fmt: skip
    phones, tokens = [phone("D-01"), phone("D-02"), phone("D-03")], {f"D-0{n}": (f"t{n}",) for n in (1, 2, 3)}
    made = prepare(schema.selections(rows), [], phones, tokens, PLAN)
    assert [d.stratum for d in made.cohort({})] == ["MX", "A", ""]
    noon = NOON % DAY
    assert made.profiles == {"MX": (noon, noon + 60), "A": (noon + 120,), "": (noon,)}


def test_a_profile_is_thinned_evenly() -> None:
    many = [row(n, "t1", NOON + 60 * n) for n in range(500)]
    (profile,) = prepare(schema.selections(many), [], [phone("D-01")], {"D-01": ("t1",)}, PLAN).profiles.values()
    assert profile == tuple(NOON % DAY + 120 * n for n in range(250))


def test_the_cohort_is_who_is_on_the_list() -> None:
    made = replace(study(), examined=(phone("D-01", ahead=100), *study().examined[1:]))
    cohort = made.cohort({"D-01": found("execution", NOON + 400, NOON + 500, NOON + 60 * DAY)})
    assert [(d.label, d.stratum, d.episodes) for d in cohort] == [
        ("D-01", "B", (NOON + 300,)), ("D-02", "", ()), ("D-03", "", ()),
    ]  # fmt: skip
    assert cohort[0].windows == ((NOON - 10 * DAY, NOON + 41 * DAY),)


def test_a_number_that_was_another_persons_is_cut_off() -> None:
    told = Told(owned=(NOON + DAY, NOON + 6 * DAY))
    made = prepare(schema.selections(ROWS), [], [phone("D-01", told=told)], {"D-01": ("t1",)}, PLAN)
    (d,) = made.cohort({"D-01": found("execution", NOON + 60, NOON + 5 * DAY + 60)})
    assert (d.windows, d.examined, d.episodes) == (
        ((NOON + DAY, NOON + 6 * DAY),), (NOON + 5 * DAY,), (NOON + 5 * DAY + 60,),
    )  # fmt: skip


def test_the_table_reads_as_the_published_one() -> None:
    result = conclude(study(d4=Told(control=True)), {
        "D-01": found("execution", NOON + 60), "D-02": found("targeting"), "D-03": found("inconclusive"),
        "D-04": found("inconclusive"),
    })  # fmt: skip
    assert result.table() == {"all": (3, 1, 1, 1), "ios": (2, 1, 0, 1), "android": (1, 0, 1, 0)}
    rates = result.rates()
    assert (rates["listed"], rates["controls"]) == ({"positive": 2, "tested": 3}, {"positive": 0, "tested": 1})
    # two of two positive among the three listed of four: 3/4 * 2/3
    assert rates["p_against_controls"] == pytest.approx(0.5)
    assert result.notes() == ["D-03: 2 selections have no time to the minute and are not tested"]
    said = result.as_json()
    assert said["outcomes_published_2021"]["all"] == {
        "phones": 67, "execution": 23, "targeting": 14, "inconclusive": 30,
    }  # fmt: skip
    assert said["statement"]["name"] == "none"
    assert said["devices"][3] == {
        "label": "D-04", "case": "digest of D-04", "platform": "ios", "control": True, "on_list": False,
        "outcome": "inconclusive", "clock_ahead": 0,
    }  # fmt: skip


def test_a_phone_off_the_list_is_counted_apart() -> None:
    result = conclude(study(), {f"D-0{n}": found("execution") for n in range(1, 5)})
    assert (result.table()["all"], result.rates()["not_on_list_and_no_control"]) == ((3, 3, 0, 0), 1)


def test_a_control_that_is_on_the_list_is_refused() -> None:
    with pytest.raises(CohortError, match="D-01 is given as a control, and its number is on the list"):
        prepare(schema.selections(ROWS), [], [phone("D-01", told=Told(control=True))], {"D-01": ("t1",)}, PLAN)


def test_two_cases_of_one_number_are_refused() -> None:
    both = [phone("D-01"), phone("D-02")]
    with pytest.raises(CohortError, match="two cases have the same number"):
        prepare(schema.selections(ROWS), [], both, {"D-01": ("t1",), "D-02": ("t1",)}, PLAN)


def test_power_and_configuration_do_not_see_what_was_found() -> None:
    made = study()
    assert made.power() == made.power()
    assert made.configuration()["devices"][0] == {
        "label": "D-01", "case": "digest of D-01", "tokens": ["t1"], "control": False, "clock_ahead": None,
        "owned": None,
    }  # fmt: skip


def test_an_empty_list_says_nothing() -> None:
    made = prepare(schema.empty_selections(), [], [phone("D-01")], {"D-01": ("t1",)}, PLAN)
    result = conclude(made, {"D-01": found("execution", NOON)})
    assert (made.covered, result.table()["all"], result.rates()["interval_95"]) == ((), (0, 0, 0, 0), None)


def test_a_long_list_is_thinned_and_keeps_the_cohort_and_its_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correlate_study, "MOST_ROWS", 3)
    times = [5, 4, 9, 3, 8, 7, 6, 2]
    rows = [row(n, "t1" if n == 4 else f"x{n}", NOON + t) for n, t in enumerate(times)]
    rows += [row(8, "x8", NOON, "year"), row(9, "x9", None, None)]
    table = schema.selections(rows)
    batches = [b for part in (table[:5], table[5:]) for b in part.to_batches()]
    kept = thinned(batches, {"D-01": ("t1",)}, 10)
    # each fourth row: 0, 4, 8; the cohort's: 4; the ends of each batch: 3 and 9, 2 and 7
    assert kept["token"].to_pylist() == ["x0", "x2", "x3", "t1", "x5", "x7", "x8"]
    assert prepare(kept, [], [phone("D-01")], {"D-01": ("t1",)}, PLAN).covered == ((NOON + 2, NOON + 9 + DAY),)


def test_a_short_list_is_kept_whole() -> None:
    table = schema.selections(ROWS)
    assert thinned(table.to_batches(), {}, len(ROWS))["token"].to_pylist() == table["token"].to_pylist()
    assert thinned([], {}, 0).num_rows == 0
