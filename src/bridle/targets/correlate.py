"""Selections against traces over a cohort: the tests, their controls, and what each device adds.

Works on times only: it opens no case, knows no number, and says nothing of a given person.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from bridle.classes import dataclass
from bridle.targets import nulls
from bridle.targets.nulls import Layout, NullTest, compare, lags
from bridle.targets.windows import Device

MISLEADING = {
    "poisson": "takes every second of a window as likely; rejected 56 of 100 worlds without a link but with campaigns",
    "circular": "turns the selections anywhere; rejected 54 of 100 such worlds",
    "days": "turns them by whole days; rejected 55 of 100 such worlds",
    "week": "moves them by up to seven days; rejected 20 of 100 such worlds",
}
"""Why a test does not hold. Measured with `benchmarks/lists/worlds.py`, 200 worlds of each kind, at 0.05."""
PROFILE_HOURS, PROFILE_STEP = 12, 1800
_HOUR = 3600
Profiles = Mapping[str, Sequence[int]]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How a cohort is tested. All of it is sealed when a study is registered."""

    grid: tuple[int, ...] = nulls.GRID
    """Seconds."""
    tolerance: int = nulls.TOLERANCE
    """Seconds by which a trace may precede its selection."""
    draws: int = 9_999
    """Of the tests that hold."""
    further_draws: int = 999
    """Of the tests that do not hold, the controls, and the tests without one device."""
    seed: int = 1
    alpha: float = 0.01

    def __post_init__(self) -> None:
        if not self.grid or list(self.grid) != sorted(set(self.grid)) or self.grid[0] < 0:
            raise ValueError(f"expected rising lags in seconds, got {self.grid!r:.60}")
        if not (0 < self.alpha < 1 and 1 / (self.draws + 1) <= self.alpha):
            raise ValueError(f"alpha {self.alpha} is not reached with {self.draws:,} draws; take more of them")

    def as_json(self) -> dict[str, Any]:
        return {f.name: list(v) if isinstance(v := getattr(self, f.name), tuple) else v for f in fields(self)}


@dataclass(frozen=True, kw_only=True)
class DeviceRow:
    """What one device adds."""

    label: str
    stratum: str
    days: float
    """Length of its window."""
    on_list: int
    """Selections of its numbers."""
    examined: int
    """Those inside the window."""
    episodes: int
    lags: tuple[int | None, ...]
    """Seconds from the nearest earlier selection to each episode; None without one."""

    @property
    def within_hour(self) -> int:
        """Episodes that a selection precedes by an hour at most."""
        return sum(lag is not None and lag <= _HOUR for lag in self.lags)


@dataclass(frozen=True, kw_only=True)
class Without:
    """The test without the one device whose absence raises its p most."""

    null: str
    p: float
    label: str | None
    """None: no device has an episode and a selection."""


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """The result for a cohort."""

    plan: Plan
    devices: tuple[DeviceRow, ...]
    tests: tuple[NullTest, ...]
    """Those that hold first."""
    without: tuple[Without, ...]
    reversed_time: NullTest
    """Selections after traces, by jitter: a control that must not reject, unless people were selected again."""
    benign: NullTest | None
    """Ordinary events of the same phones against the same selections, by jitter; None where there are none."""
    clock_profile: tuple[tuple[int, int], ...]
    """Shift of the list's clock in seconds, and the episodes that then follow a selection within an hour."""
    histogram: tuple[tuple[int | None, int], ...]
    """Upper end of a class of lags in seconds (None: longer, or no selection before), and its episodes."""

    def test(self, null: str) -> NullTest:
        """The test with this name. Raises KeyError."""
        return {t.null: t for t in self.tests}[null]

    @property
    def controls_hold(self) -> bool:
        """Whether no control rejects."""
        return all(c.p > self.plan.alpha for c in (self.reversed_time, self.benign) if c is not None)

    def as_json(self) -> dict[str, Any]:
        return {
            "plan": self.plan.as_json(),
            "tests": [_told(t) for t in self.tests],
            "without_one_device": [asdict(w) for w in self.without],
            "controls": {
                "hold": self.controls_hold,
                "reversed_time": _told(self.reversed_time),
                "benign_events": _told(self.benign) if self.benign else None,
            },
            "devices": [{**asdict(d), "lags": list(d.lags), "days": round(d.days, 1)} for d in self.devices],
            "lag_histogram": [{"at_most_seconds": upto, "episodes": n} for upto, n in self.histogram],
            "list_clock_profile": [{"shift_seconds": s, "within_hour": n} for s, n in self.clock_profile],
        }


def _told(test: NullTest) -> dict[str, Any]:
    return {
        "null": test.null, "holds": test.holds, "p": test.p, "draws": test.draws,
        "why_not": MISLEADING.get(test.null),
        "lags": [
            {"at_most_seconds": lag, "observed": o, "expected": round(e, 3), "p_of_this_lag_alone": p}
            for lag, o, e, p in zip(test.grid, test.observed, test.expected, test.p_per_lag, strict=True)
        ],
    }  # fmt: skip


def correlate(
    devices: Sequence[Device],
    plan: Plan,
    benign: Mapping[str, tuple[int, ...]] | None = None,
    profiles: Profiles | None = None,
) -> Correlation:
    """Test a cohort. `benign`: by label, onsets of ordinary events of the phones, by right clocks.

    `profiles`: by stratum, times of selections of the whole list: when its operators work. A device without selections
    takes part all the same: whom it is compared with is decided by the cohort, not by what was found.
    """
    at = profiles or {}
    turned = {stratum: [-t for t in times] for stratum, times in at.items()}
    ordinary = [replace(d, episodes=(benign or {}).get(d.label, ())) for d in devices]
    backwards = [_backwards(d) for d in devices]
    further = plan.further_draws
    held = [_compared(null, devices, plan, plan.draws, at) for null in nulls.HOLDS]
    misleading = [_compared(null, devices, plan, further, at) for null in nulls.MISLEAD]
    return Correlation(
        plan=plan,
        devices=tuple(_row(d, plan) for d in devices),
        tests=(*held, *misleading),
        without=tuple(_without(null, devices, plan, at) for null in nulls.HOLDS),
        reversed_time=_compared("jitter", backwards, replace(plan, tolerance=0), further, turned),
        benign=_compared("jitter", ordinary, plan, further, at) if any(d.episodes for d in ordinary) else None,
        clock_profile=tuple(_profile(devices, plan)),
        histogram=_histogram(devices, plan),
    )


def _compared(null: str, devices: Sequence[Device], plan: Plan, draws: int, at: Profiles) -> NullTest:
    return compare(null, devices, plan.seed, draws, grid=plan.grid, tolerance=plan.tolerance, profiles=at)


def _row(d: Device, plan: Plan) -> DeviceRow:
    return DeviceRow(
        label=d.label, stratum=d.stratum, days=d.days, on_list=len(d.selections), examined=len(d.examined),
        episodes=len(d.episodes), lags=tuple(lags(d.episodes, d.examined, plan.tolerance)),
    )  # fmt: skip


def _without(null: str, devices: Sequence[Device], plan: Plan, at: Profiles) -> Without:
    """Leaves out each device in turn that can carry the result."""
    found: list[tuple[float, str]] = []
    for n, d in enumerate(devices):
        if d.episodes and d.examined:
            others = [*devices[:n], *devices[n + 1 :]]
            found.append((_compared(null, others, plan, plan.further_draws, at).p, d.label))
    p, label = max(found, key=lambda f: f[0], default=(1.0, None))
    return Without(null=null, p=p, label=label)


def _backwards(d: Device) -> Device:
    """The same device with time running the other way: what came after comes before."""
    return replace(
        d,
        selections=tuple(-t for t in reversed(d.selections)),
        episodes=tuple(-t for t in reversed(d.episodes)),
        windows=tuple((-last, -first) for first, last in reversed(d.windows)),
    )


def _profile(devices: Sequence[Device], plan: Plan) -> list[tuple[int, int]]:
    """What an error of the list's clock, such as a wrong time zone, would do. It is shown, and chooses nothing."""
    out = []
    for shift in range(-PROFILE_HOURS * _HOUR, PROFILE_HOURS * _HOUR + 1, PROFILE_STEP):
        shifted = [replace(d, selections=tuple(t + shift for t in d.selections)) for d in devices]
        layout = Layout(shifted, (_HOUR,), plan.tolerance)
        out.append((shift, layout.counts(layout.observed())[0]))
    return out


def _histogram(devices: Sequence[Device], plan: Plan) -> tuple[tuple[int | None, int], ...]:
    """Each episode in the class of its lag."""
    ends: list[int | None] = [*plan.grid, None]
    counted = Counter(
        len(plan.grid) if lag is None else bisect_left(plan.grid, lag)
        for d in devices
        for lag in lags(d.episodes, d.examined, plan.tolerance)
    )
    return tuple((end, counted[k]) for k, end in enumerate(ends))
