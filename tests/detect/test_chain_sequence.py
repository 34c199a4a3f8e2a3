"""Which events follow each other in their windows."""

import random
from time import process_time

import pytest

from bridle.detect.chain import Step
from bridle.detect.sequence import Event, longest

S = 1_000_000


def step(name: str = "s", **more: object) -> Step:
    return Step(name=name, stage="execution", rules=("r",), **{"within": 10, **more})


def at(*seconds: float, key: str | None = None, weight: int = 0) -> list[Event]:
    return [Event(time=round(s * S), key=key, weight=weight, row=n) for n, s in enumerate(seconds)]


def told(steps: list[Step], events: dict[int, list[Event]], minimum: int = 2) -> dict[int, float]:
    found = longest(steps, events, minimum)
    return {i: -1 if e.time is None else e.time / S for i, e in found.items()}


def test_each_within_its_window_after_the_one_before() -> None:
    three = [step(), step(), step(within=5)]
    assert told(three, {0: at(0), 1: at(10), 2: at(15)}) == {0: 0, 1: 10, 2: 15}
    assert told(three, {0: at(0), 1: at(10.000001), 2: at(15)}) == {}
    assert told(three, {0: at(0), 1: at(10), 2: at(15.000001)}) == {}
    assert told(three, {0: at(0), 1: at(-0.000001), 2: at(4)}) == {}


def test_a_step_may_stand_before_the_one_it_follows() -> None:
    assert told([step(), step(before=3)], {0: at(10), 1: at(7)}) == {0: 10, 1: 7}
    assert told([step(), step(before=3)], {0: at(10), 1: at(6.999999)}) == {}


def test_of_a_step_left_out_the_window_is_added() -> None:
    three = [step(), step(optional=True, within=7), step(within=5)]
    assert told(three, {0: at(0), 2: at(12)}) == {0: 0, 2: 12}
    assert told(three, {0: at(0), 2: at(12.1)}) == {}
    needed = [step(), step(within=7), step(within=5)]
    assert told(needed, {0: at(0), 2: at(12)}) == {}


def test_first_and_last_may_be_left_out_if_they_are_optional() -> None:
    steps = [step(optional=True), step(), step(), step(optional=True)]
    assert told(steps, {1: at(0), 2: at(1)}) == {1: 0, 2: 1}
    assert told(steps, {1: at(0), 2: at(1)}, minimum=3) == {}
    assert told(steps, {0: at(0), 1: at(2)}) == {}


def test_more_steps_win_then_the_heavier_then_the_latest_before() -> None:
    two = [step(), step()]
    three = [step(optional=True), step(), step()]
    assert told(three, {0: at(100), 1: at(0, 101), 2: at(1, 102)}) == {0: 100, 1: 101, 2: 102}
    heavy = [*at(1), Event(time=2 * S, weight=80, row=1), Event(time=3 * S, row=2)]
    assert told(two, {0: heavy, 1: at(4)}) == {0: 2, 1: 4}
    assert told(two, {0: at(1, 2, 3), 1: at(4)}) == {0: 3, 1: 4}
    assert told(two, {0: at(1, 51), 1: at(2, 52)}) == {0: 1, 1: 2}


def test_steps_with_a_key_are_about_the_same_thing() -> None:
    steps = [step(), step(key=("k",)), step(key=("k",)), step()]
    events = {0: at(0), 1: at(1, key="a") + at(2, key="b"), 2: at(3, key="b"), 3: at(4)}
    assert told(steps, events) == {0: 0, 1: 2, 2: 3, 3: 4}
    assert told(steps, {**events, 2: at(3, key="c")}) == {}
    assert told(steps, {**events, 2: at(3)}) == {}, "an event without the key says nothing"


def test_a_step_without_a_time_follows_the_key() -> None:
    steps = [step(key=("k",)), step(key=("k",), untimed=True, optional=True)]
    state = [Event(time=None, key="b", row=7)]
    assert told(steps, {0: at(1, key="a") + at(2, key="b"), 1: state}) == {0: 2, 1: -1}
    assert told(steps, {0: at(1, key="a"), 1: state}) == {}


def test_a_state_may_decide_which_of_two_is_told() -> None:
    """Two sequences of two steps; the state makes one of them three."""
    steps = [step(optional=True), step(key=("k",)), step(key=("k",), untimed=True, optional=True)]
    events = {0: at(0), 1: at(1, key="a") + at(50, key="b"), 2: [Event(time=None, key="b")]}
    assert told(steps, events) == {0: 0, 1: 1}, "of two equal ones the earlier"
    assert told(steps, {**events, 0: at(0, 49)}) == {0: 49, 1: 50, 2: -1}


def slow(steps: list[Step], events: dict[int, list[Event]]) -> int:
    """The number of steps of the longest sequence, by trying all of them."""

    def after(i: int, e: Event) -> int:
        most = 1 if all(s.optional for s in steps[i + 1 :]) else -100
        for j in range(i + 1, len(steps)):
            within = S * sum(s.within for s in steps[i + 1 : j + 1])
            for f in events.get(j, []):
                if -S * steps[j].before <= f.time - e.time <= within:
                    most = max(most, 1 + after(j, f))
            if not steps[j].optional:
                break
        return most

    starts = [i for i in range(len(steps)) if all(s.optional for s in steps[:i])]
    return max((after(i, e) for i in starts for e in events.get(i, [])), default=0)


@pytest.mark.parametrize("seed", range(60))
def test_it_finds_what_trying_all_finds(seed: int) -> None:
    of = random.Random(seed)
    steps = [step(within=of.randrange(1, 8), before=of.randrange(4), optional=of.random() < 0.6) for _ in range(5)]
    events = {i: at(*sorted(of.sample(range(40), 4))) for i in range(5) if of.random() < 0.9}
    found = longest(steps, events, 1)
    assert len(found) == max(slow(steps, events), 0)


def test_a_hundred_thousand_events_take_seconds_however_they_stand() -> None:
    steps = [step(), step(optional=True, key=("k",)), step(optional=True, key=("k",)), step(optional=True)]
    for same in (True, False):
        events = {
            i: [Event(time=0 if same else n * S, key=f"k{n % 5000}", row=n) for n in range(25_000)] for i in range(4)
        }
        begun = process_time()
        assert len(longest(steps, events, 2)) == 4
        assert process_time() - begun < 12
