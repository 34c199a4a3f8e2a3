"""What a device could have shown: its selections, its trace episodes and the time that was examined.

All times are whole seconds since 1970 in UTC. A device's window is what the list covers, and its logs cover, and the
time the number was the person's: what lies outside is dropped on both sides, for where nothing could be seen, nothing
was seen.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from bridle.classes import dataclass

GAP = 3600
"""Seconds without a trace after which the next one begins a new episode: a burst of records is one event."""
MOST_TIMES = 1_000_000
"""Traces of one device; more is no evidence of an attack but a flood."""

Interval = tuple[int, int]
"""First and last second, both included."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """One phone of the cohort, as the statistics see it: no name, no number."""

    label: str
    selections: tuple[int, ...]
    """All that the list has of its numbers, sorted, also outside the window: they are lent to other devices."""
    episodes: tuple[int, ...]
    """Onsets of its trace episodes inside the window, sorted, by a right clock."""
    windows: tuple[Interval, ...]
    """Sorted and apart from each other."""
    stratum: str = ""
    """The client or cluster that selected it, where known: devices are exchanged within one."""

    @property
    def examined(self) -> tuple[int, ...]:
        """The selections inside the window."""
        return within(self.selections, self.windows)

    @property
    def days(self) -> float:
        """Length of the window."""
        return sum(last - first + 1 for first, last in self.windows) / 86400


def device(
    label: str,
    selections: Iterable[int],
    traces: Iterable[int],
    windows: Iterable[Interval],
    *,
    clock_ahead: int = 0,
    stratum: str = "",
    gap: int = GAP,
) -> Device:
    """A device from raw times. `clock_ahead`: seconds by which the phone's clock was ahead; the windows have it too.

    Raises ValueError for more than MOST_TIMES traces.
    """
    right = sorted(t - clock_ahead for t in traces)
    if len(right) > MOST_TIMES:
        raise ValueError(f"{label}: expected at most {MOST_TIMES:,} traces, got {len(right):,}")
    at = merged((first - clock_ahead, last - clock_ahead) for first, last in windows)
    return Device(
        label=label,
        selections=tuple(sorted(selections)),
        episodes=within(episodes(right, gap), at),
        windows=at,
        stratum=stratum,
    )


def episodes(times: Sequence[int], gap: int = GAP) -> tuple[int, ...]:
    """Onsets: the first of the sorted times, and each that comes more than `gap` seconds after the one before."""
    return tuple(t for n, t in enumerate(times) if n == 0 or t - times[n - 1] > gap)


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The intervals sorted, those that touch as one; those that end before they begin are left out."""
    out: list[Interval] = []
    for first, last in sorted(i for i in intervals if i[0] <= i[1]):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return tuple(out)


def both(one: Iterable[Interval], other: Iterable[Interval]) -> tuple[Interval, ...]:
    """What lies in both."""
    a, b = merged(one), merged(other)
    return merged((max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b)


def within(times: Sequence[int], windows: Iterable[Interval]) -> tuple[int, ...]:
    """The sorted times that lie in the windows, which are sorted and apart."""
    out: list[int] = []
    for first, last in windows:
        out += times[bisect_left(times, first) : bisect_right(times, last)]
    return tuple(out)
