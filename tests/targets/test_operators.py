"""Who selected: sittings, the mixture, what repeated numbers say of it, and the client field."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from bridle.targets import schema
from bridle.targets.mixture import Features, fit
from bridle.targets.operators import OperatorsError, operators
from bridle.targets.repeats import NOT_CALIBRATED, Join, Repeat, calibrated, joined, repeats
from bridle.targets.sittings import Selection, selections_of, sittings
from bridle.targets.stability import adjusted_rand

MONDAY = 1_466_380_800
"""2016-06-20 00:00 UTC."""


def at(row: int, country: str, time: int | None, token: str = "", client: str | None = None) -> Selection:
    return Selection(row=row, token=token or str(row), country=country, time=time, client=client)


def test_a_pause_longer_than_the_gap_ends_a_sitting() -> None:
    found = sittings([at(0, "MX", 1000), at(1, "FR", 1300), at(2, "MX", 1601), at(3, "MX", None)])
    assert found.of == (0, 0, 1)
    assert found.starts == (1000, 1601)
    assert found.countries == ("FR", "MX")
    assert [dict(c) for c in found.counts] == [{0: 1, 1: 1}, {1: 1}]
    assert [s.row for s in found.unplaced] == [3]


def test_hours_of_the_week_count_from_monday() -> None:
    found = sittings([at(0, "MX", MONDAY), at(1, "MX", MONDAY + 3 * 86_400 + 5 * 3600 + 59 * 60)])
    assert found.hours_of_week() == (0, 77)
    assert found.blocks() == (0, 0)


def test_rows_of_a_project_keep_shared_codes_and_coarse_times_apart() -> None:
    june = datetime(2016, 6, 20, 9, 30, tzinfo=UTC)
    made = {"source": "ab", "token": "t", "time": june}
    table = schema.selections([
        {**made, "row": 0, "country": None, "candidates": ["RU", "KZ"], "time_precision": "second", "operator": " c1 "},
        {**made, "row": 1, "country": "HU", "time_precision": "day"},
    ])  # fmt: skip
    assert selections_of(table) == [
        Selection(row=0, source="ab", token="t", country="KZ|RU", time=MONDAY + 34_200, client="c1"),
        Selection(row=1, source="ab", token="t", country="HU", time=None, client=None),
    ]


def test_the_mixture_finds_two_operators_by_countries_and_hours() -> None:
    rows = []
    for day in range(60):
        rows += [
            at(2 * day, "MX", MONDAY + day * 86_400 + 15 * 3600),
            at(2 * day + 1, "HU", MONDAY + day * 86_400 + 8 * 3600),
        ]
    s = sittings(rows)
    labels = fit(Features(s), 2, seed=1).labels()
    assert adjusted_rand(labels, [x.country for x in s.placed]) == 1.0


def test_weights_count_as_copies_of_a_sitting() -> None:
    rows = [at(n, "MX" if n % 3 else "HU", MONDAY + n * 3600) for n in range(30)]
    s, doubled = sittings(rows), [2.0] * 30
    one = fit(Features(s, doubled), 1, seed=1)
    share = 10 * 2 + 0.05, 60 + 2 * 0.05
    assert one.components[0].countries[0] == pytest.approx(math.log(share[0] / share[1]))


def test_a_number_selected_again_joins_two_sittings_and_not_one_with_itself() -> None:
    s = sittings([at(0, "MX", 0, "a"), at(1, "MX", 10, "a"), at(2, "MX", 1000, "a"), at(3, "MX", 9000, "a")])
    assert repeats(s) == [Repeat(one=0, other=1), Repeat(one=1, other=2)]


def test_components_with_as_many_repetitions_between_as_within_are_joined() -> None:
    labels = [0, 1, 2, 0, 1, 2]
    again = [Repeat(one=0, other=1)] * 80 + [Repeat(one=0, other=3)] * 40 + [Repeat(one=1, other=4)] * 40
    again += [Repeat(one=2, other=5)] * 90 + [Repeat(one=0, other=2)] * 20
    group, joins = joined(labels, 3, again)
    assert group == [0, 0, 1]
    assert joins == (Join(one=(0,), other=(1,), repetitions=80, within=(40, 40), ratio=0.8),)


def test_a_handful_of_repetitions_joins_nothing() -> None:
    assert joined([0, 1], 2, [Repeat(one=0, other=1)] * 6) == ([0, 1], ())


def test_a_posterior_is_worth_what_repetitions_say() -> None:
    labels, posteriors = [0, 1, 0], [0.9999, 0.9999, 0.9999]
    again = [Repeat(one=0, other=2)] * 820 + [Repeat(one=0, other=1)] * 180
    found = calibrated(labels, posteriors, again)
    # Of equal bins: a² + (1 - a)²·5/9 = 0.82, so a = 0.9
    assert found.of(0.9999) == pytest.approx(0.9, abs=0.005)
    assert calibrated(labels, posteriors, again[:199]) is NOT_CALIBRATED


def two_hands(clients: bool = False) -> list[Selection]:
    """Sixty days of two operators; the second selects one French number in each sitting of three."""
    rows: list[Selection] = []
    for day in range(60):
        for hand, (hour, home, other) in enumerate(((15, "MX", "MX"), (8, "HU", "FR"))):
            begun = MONDAY + day * 86_400 + hour * 3600
            client = f"client {hand}" if clients and day % 2 else None
            rows += [at(len(rows) + n, other if n == 2 else home, begun + n * 60, f"{hand} {day % 9} {n}", client)
                     for n in range(3)]  # fmt: skip
    return rows


def test_operators_have_numbers_for_names_and_their_cross_border_selections_are_called_out() -> None:
    found = operators(two_hands(), components=2, resamples=2)
    assert [(o.name, o.selections, o.numbers, o.most_selected, o.cross_border) for o in found.operators] == [
        ("OP-01", 180, 27, found.operators[0].most_selected, found.operators[0].cross_border),
        ("OP-02", 180, 27, found.operators[1].most_selected, found.operators[1].cross_border),
    ]
    assert {(o.most_selected, o.cross_border, tuple(o.countries.items())) for o in found.operators} == {
        ("MX", 0, (("MX", 180),)), ("HU", 60, (("HU", 120), ("FR", 60))),
    }  # fmt: skip
    assert [o.stability for o in found.operators] == [1.0, 1.0]
    assert found.blind_check is None


def test_the_order_of_equal_rows_and_another_name_of_tokens_change_nothing() -> None:
    rows = two_hands()
    other = [Selection(row=r.row, token=f"other {r.token}", country=r.country, time=r.time) for r in reversed(rows)]
    one, two = operators(rows, components=2, resamples=1), operators(other, components=2, resamples=1)
    assert [a.operator for a in one.attributions] == [a.operator for a in two.attributions]


def test_a_client_field_decides_and_the_mixture_is_its_blind_check() -> None:
    found = operators(two_hands(clients=True), components=2, resamples=0)
    assert found.blind_check is not None
    assert (found.blind_check.clients, found.blind_check.rows) == (2, 180)
    assert (found.blind_check.same, found.blind_check.agreement) == (1.0, 1.0)
    assert [o.name for o in found.operators] == ["OP-01", "OP-02"]
    assert sum(a.basis == "client" for a in found.attributions) == 180
    assert all("client 0" not in str(o) and "client 1" not in str(o) for o in found.operators)


def test_too_small_a_list_is_refused() -> None:
    with pytest.raises(OperatorsError, match=r"at least 50 sittings .* found 1 in 1 rows"):
        operators([at(0, "MX", MONDAY)])


def test_adjusted_rand_index_of_a_textbook_table() -> None:
    # Hubert and Arabie: pairs together in both 1, in one 2, in the other 3, of 6.
    assert adjusted_rand([0, 0, 1, 1], [0, 0, 0, 1]) == pytest.approx((1 - 1) / (2.5 - 1))
    assert adjusted_rand([0, 0, 1, 1], [1, 1, 0, 0]) == 1.0


def test_times_beyond_a_datetime_are_no_error() -> None:
    far = datetime(9999, 12, 31, tzinfo=UTC) - timedelta(seconds=1)
    table = schema.selections([{"row": 0, "source": "ab", "token": "t", "country": "HU", "time": far}])
    assert sittings(selections_of(table)).starts == (253402214399,)
