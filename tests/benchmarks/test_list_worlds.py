"""Goals of the error rates: which rates they look at, and where their bounds are."""

from lists.worlds import goals, lines, measure


def rates(jitter: float = 0.07, cross: float = 0.07, same_day: float = 0.07) -> dict[str, dict[str, float]]:
    both = {"jitter": jitter, "cross": cross}
    return {"independent": both, "campaigns": both, "same-day": {"jitter": same_day, "cross": 1.0}}


def powers(jitter: float = 0.8, cross: float = 0.8) -> list[dict[str, float]]:
    other = {"devices": 10, "q": 0.1, "jitter": 0.0, "cross": 0.0}
    return [other, {"devices": 10, "q": 0.3, "jitter": jitter, "cross": cross}]


APART = {"campaigns, apart": {"jitter": 0.07, "cross": 0.07}, "same-day, apart": {"jitter": 0.07, "cross": 1.0}}


def missed(*args: object) -> list[str]:
    return [goal for goal, met in goals(*args).items() if not met]  # type: ignore[arg-type]


def test_rates_at_their_bounds_are_met() -> None:
    assert len(goals(rates(), powers(), APART)) == 10
    assert missed(rates(), powers(), APART) == []


def test_each_rate_beyond_its_bound_is_missed() -> None:
    assert missed(rates(jitter=0.075), powers(), APART) == [
        "false positives of jitter in independent <= 0.07", "false positives of jitter in campaigns <= 0.07",
    ]  # fmt: skip
    assert missed(rates(same_day=0.075), powers(), APART) == ["false positives of jitter in same-day <= 0.07"]
    assert missed(rates(), powers(cross=0.795), APART) == ["power of cross >= 0.8"]
    apart = APART | {"campaigns, apart": {"jitter": 0.07, "cross": 0.075}}
    assert missed(rates(), powers(), apart) == ["false positives of cross in campaigns, four clients apart <= 0.07"]


def test_a_small_run_prints_every_part() -> None:
    told = lines(measure(2, 19))
    assert told[0] == "False positives at 0.05, no link, 37 devices, 2 worlds, 19 draws"
    assert sum(line.startswith(("met ", "MISSED")) for line in told) == 10
