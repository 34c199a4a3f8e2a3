"""The longest sequence of events that stand in the order of steps, each within its window after the one before.

Linear in the number of events for each pair of steps: windows slide over sorted times, and of each the best event is
kept at the front of a queue. No input makes it slower.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bridle.classes import dataclass
from bridle.detect.chain import Step

_STEP = 1_000
"""What one more step is worth; below it, how much the events themselves weigh."""
_SECOND = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that may stand for a step."""

    time: int | None
    """Microseconds since 1970."""
    key: str | None = None
    weight: int = 0
    """At most 80: of two sequences with as many steps the heavier one is told."""
    row: int = 0
    """Whose it is."""


class _Place(NamedTuple):
    """A step and the number of an event of it."""

    step: int
    event: int


def longest(steps: Sequence[Step], events: Mapping[int, Sequence[Event]], minimum: int) -> dict[int, Event]:
    """Step to event, of the best sequence that has every step that is not optional; empty if none has `minimum`."""
    timed = [i for i, s in enumerate(steps) if not s.untimed]
    states = _states(steps, events)
    lists = {i: _usable(steps[i], events.get(i, ())) for i in timed}
    more = {i: _of_states(lists[i], states) if steps[i].keyed else [0] * len(lists[i]) for i in timed}
    found = _Sequences(steps, lists, more)
    for n, i in enumerate(timed):
        found.begin(i, opens=all(steps[k].optional for k in timed[:n]))
        for m in range(n - 1, -1, -1):
            found.join(timed[m : n + 1])
            if not steps[timed[m]].optional:
                break
    ends = [i for n, i in enumerate(timed) if all(steps[k].optional for k in timed[n + 1 :])]
    told = found.best(ends, minimum)
    keys = {e.key for i, e in told.items() if steps[i].keyed}
    for i, of in states.items():
        if there := [of[k] for k in keys if k is not None and k in of]:
            told[i] = there[0]
    return dict(sorted(told.items())) if len(told) >= minimum else {}


def _usable(step: Step, events: Iterable[Event]) -> list[Event]:
    """Events with a time, and a key where one is asked for, sorted."""
    found = [e for e in events if e.time is not None and (e.key is not None or not step.keyed)]
    return sorted(found, key=lambda e: (e.time or 0, e.key or "", e.row))


def _states(steps: Sequence[Step], events: Mapping[int, Sequence[Event]]) -> dict[int, dict[str, Event]]:
    """Of each step without a time, the first event of each key."""
    found: dict[int, dict[str, Event]] = {}
    for i, step in enumerate(steps):
        if step.untimed:
            of = found[i] = {}
            for e in events.get(i, ()):
                if e.key is not None:
                    of.setdefault(e.key, e)
    return found


def _of_states(events: Sequence[Event], states: Mapping[int, Mapping[str, Event]]) -> list[int]:
    """What the steps without a time add where a sequence first meets the key of an event."""
    return [sum(_worth(of[e.key]) for of in states.values() if e.key is not None and e.key in of) for e in events]


def _worth(event: Event) -> int:
    return _STEP + event.weight


class _Sequences:
    """Of each event the best sequence that ends in it."""

    def __init__(
        self, steps: Sequence[Step], lists: Mapping[int, list[Event]], more: Mapping[int, Sequence[int]]
    ) -> None:
        self._steps, self._lists, self._more = steps, lists, more
        self._scores: dict[int, list[int]] = {}
        self._came: dict[int, list[_Place | None]] = {}

    def begin(self, i: int, *, opens: bool) -> None:
        """Lets a sequence begin with the events of a step, if the steps before it may be left out."""
        worth = [_worth(e) + more for e, more in zip(self._lists[i], self._more[i], strict=True)]
        self._scores[i] = worth if opens else [-1] * len(worth)
        self._came[i] = [None] * len(worth)

    def join(self, between: Sequence[int]) -> None:
        """Lets the events of the last of `between` follow those of the first, the ones in the middle left out."""
        j, i = between[0], between[-1]
        same_key = self._steps[j].keyed and self._steps[i].keyed
        windows: dict[str | None, _Window] = {}
        for place, e in enumerate(self._lists[j]):
            if self._scores[j][place] >= 0:
                key = e.key if same_key else None
                windows.setdefault(key, _Window(self._lists[j], self._scores[j])).events.append(place)
        within = _SECOND * sum(self._steps[k].within for k in between[1:])
        before = _SECOND * self._steps[i].before
        for n, e in enumerate(self._lists[i]):
            if (window := windows.get(e.key if same_key else None)) is None:
                continue
            if (m := window.moved((e.time or 0) - within, (e.time or 0) + before)) is None:
                continue
            score = self._scores[j][m] + _worth(e) + (0 if same_key else self._more[i][n])
            if score > self._scores[i][n]:
                self._scores[i][n], self._came[i][n] = score, _Place(j, m)

    def best(self, ends: Sequence[int], minimum: int) -> dict[int, Event]:
        """The best sequence that ends in one of these steps, the earlier of two equal ones; empty if none is enough."""
        found: tuple[int, int, _Place] | None = None
        for i in ends:
            for m, score in enumerate(self._scores[i]):
                rank = (score, -(self._lists[i][m].time or 0))
                if score >= minimum * _STEP and (found is None or rank > found[:2]):
                    found = (*rank, _Place(i, m))
        told: dict[int, Event] = {}
        at: _Place | None = found[2] if found else None
        while at is not None:
            told[at.step] = self._lists[at.step][at.event]
            at = self._came[at.step][at.event]
        return told


class _Window:
    """Events between two times that only grow; the best of them, of equal ones the latest, is at hand."""

    def __init__(self, of: Sequence[Event], scores: Sequence[int]) -> None:
        self._of, self._scores = of, scores
        self.events: list[int] = []
        self._head = 0
        self._queue: deque[int] = deque()

    def moved(self, first: int, last: int) -> int | None:
        """The best event from `first` to `last`."""
        while self._head < len(self.events) and (self._of[self.events[self._head]].time or 0) <= last:
            m = self.events[self._head]
            while self._queue and self._scores[self._queue[-1]] <= self._scores[m]:
                self._queue.pop()
            self._queue.append(m)
            self._head += 1
        while self._queue and (self._of[self._queue[0]].time or 0) < first:
            self._queue.popleft()
        return self._queue[0] if self._queue else None
