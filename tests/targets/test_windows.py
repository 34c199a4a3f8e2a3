"""Windows and episodes: bursts are one event, and what lies outside of what was examined is dropped on both sides."""

import pytest

from bridle.targets import windows
from bridle.targets.windows import Device, both, device, episodes, merged, within


def test_a_burst_is_one_episode() -> None:
    assert episodes([0, 3600, 7201, 7202, 10_803]) == (0, 7201, 10_803)


def test_an_episode_ends_only_after_more_than_the_gap() -> None:
    assert episodes([100, 160, 221], gap=60) == (100, 221)


def test_no_traces_are_no_episodes() -> None:
    assert episodes([]) == ()


def test_intervals_that_touch_are_one() -> None:
    assert merged([(20, 30), (0, 9), (10, 15), (50, 40)]) == ((0, 15), (20, 30))


def test_what_lies_in_both() -> None:
    assert both([(0, 10), (20, 30)], [(5, 25)]) == ((5, 10), (20, 25))
    assert both([(0, 4)], [(5, 9)]) == ()


def test_both_ends_are_within() -> None:
    assert within([0, 5, 10, 11, 20], [(5, 10), (20, 30)]) == (5, 10, 20)


def test_a_device_drops_what_was_not_examined_and_keeps_all_selections() -> None:
    made = device("D-01", [900, 100], [5000, 300], [(200, 4000)], stratum="OP-01")
    assert made == Device(
        label="D-01", selections=(100, 900), episodes=(300,), windows=((200, 4000),), stratum="OP-01"
    )  # fmt: skip
    assert made.examined == (900,)


def test_a_clock_that_was_ahead_is_put_right() -> None:
    made = device("D-01", [100], [400], [(250, 1000)], clock_ahead=200)
    assert (made.episodes, made.windows) == ((200,), ((50, 800),))


def test_the_length_of_a_window_counts_both_ends() -> None:
    assert device("D-01", [], [], [(0, 86_399), (200_000, 243_199)]).days == 1.5


def test_a_flood_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MOST_TIMES", 2)
    with pytest.raises(ValueError, match="D-01: expected at most 2 traces, got 3"):
        device("D-01", [], [1, 2, 3], [(0, 9)])
