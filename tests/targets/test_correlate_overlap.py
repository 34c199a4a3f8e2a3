"""Overlap and hit rates: by hand where a hand can, and the published figures."""

import math

import pytest

from bridle.targets.correlate_overlap import HitRate, Overlap, binomial, log10_hypergeometric, published


def test_hypergeometric_by_hand() -> None:
    # 2 of 2 out of 3 marked in 5: 3/5 * 2/4 = 0.3; at least 1: 1 - 2/5 * 1/4 = 0.9
    assert 10 ** log10_hypergeometric(2, 5, 3, 2) == pytest.approx(0.3)
    assert 10 ** log10_hypergeometric(1, 5, 3, 2) == pytest.approx(0.9)
    assert log10_hypergeometric(0, 5, 3, 2) == 0.0


def test_contradicting_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2 out of 3 in 5"):
        log10_hypergeometric(3, 5, 3, 2)


def test_binomial_by_hand() -> None:
    assert binomial(2, 3, 0.5) == pytest.approx(0.5)
    assert binomial(3, 3, 0.1) == pytest.approx(0.001)
    assert (binomial(0, 3, 0.1), binomial(4, 3, 0.1), binomial(1, 3, 0.0), binomial(3, 3, 1.0)) == (1, 0, 0, 1)


def test_break_even_population_by_hand() -> None:
    # one of one, 10 listed: p = 10 / N, so that N = 1000 is the largest with p >= 0.01
    assert Overlap(hits=1, size=1, listed=10).break_even() == 1000
    assert Overlap(hits=1, size=1, listed=10).break_even_share() == pytest.approx(0.01)


def test_an_overlap_that_never_surprises_has_no_break_even() -> None:
    with pytest.raises(ValueError, match="there is no break-even"):
        Overlap(hits=0, size=5, listed=10).break_even()


def test_a_share_is_told_only_where_all_are_listed() -> None:
    with pytest.raises(ValueError, match="expected all 5 to be listed, got 4"):
        Overlap(hits=4, size=5, listed=10).break_even_share()


def test_break_even_base_rate_by_hand() -> None:
    # three of three: p cubed is 0.01
    assert HitRate(positive=3, tested=3).break_even() == pytest.approx(0.01 ** (1 / 3))
    assert HitRate(positive=0, tested=3).break_even() == 0.0


def test_interval_by_hand() -> None:
    # none of n: 1 - 0.025^(1/n)
    low, high = HitRate(positive=0, tested=4).interval()
    assert (low, high) == (0.0, pytest.approx(1 - 0.025**0.25))
    low, high = HitRate(positive=4, tested=4).interval()
    assert (low, high) == (pytest.approx(0.025**0.25), 1.0)


def test_fisher_by_hand() -> None:
    # 3 of 3 against 0 of 3: one of twenty ways
    assert HitRate(positive=3, tested=3).against(HitRate(positive=0, tested=3)) == pytest.approx(0.05)


def test_the_published_overlap() -> None:
    found = published()["whatsapp_overlap"]
    assert {n: round(p) for n, p in found["log10_p_by_population"].items()} == {
        "1150000000": -138, "1000000": -65, "100000": -41, "10000": -17,
    }  # fmt: skip
    assert (found["break_even_share"], found["break_even_population_drawn_one_by_one"]) == (0.825, 2423)
    # without putting back: 0.01 lies between 2420 and 2421
    exact = [math.prod((2000 - i) / (n - i) for i in range(24)) for n in (2420, 2421)]
    assert exact[0] >= 0.01 > exact[1]
    assert found["break_even_population_exact"] == 2420
    assert round(found["log10_p_all_in_exploit_window"]) == -52
    assert f"{found['p_if_half_of_all_selections_fell_in_it']:.0e}" == "6e-08"


def test_the_published_hit_rate() -> None:
    found = published()["iphones"]
    assert (round(found["rate"], 2), [round(x, 2) for x in found["interval_95"]]) == (0.65, [0.51, 0.78])
    assert {r: f"{p:.1e}" for r, p in found["p_by_base_rate"].items()} == {
        "0.2": "1.5e-12", "0.3": "1.5e-07", "0.4": "1.9e-04", "0.5": "1.8e-02",
    }  # fmt: skip
    assert {n: f"{p:.0e}" for n, p in found["p_against_controls_without_traces"].items()} == {
        "5": "8e-03", "8": "6e-04", "10": "1e-04",
    }  # fmt: skip
