"""A study: a list and a cohort of cases, what is tested on them, and the table of the result.

`prepare` sees the list and what was examined, `conclude` what was found. Between the two a study can be registered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.targets import correlate_overlap as overlap
from bridle.targets import nulls
from bridle.targets.correlate import Correlation, Plan, correlate
from bridle.targets.correlate_cases import LEVELS, STAGES, CohortError, Examined, Traces
from bridle.targets.ladder import LIMITS, rung
from bridle.targets.power import power
from bridle.targets.schema import SELECTIONS
from bridle.targets.windows import GAP, Device, Interval, both, device, within

EXACT = ("us", "second", "minute")
"""Precisions of a selection's time that can speak of minutes."""
MOST_PROFILE = 400
"""Times of selections that stand for when an operator works."""
MOST_ROWS = 1_000_000
"""Rows of a list that are kept in memory, beside those of the cohort."""
OUTCOMES = ("execution", "targeting", "inconclusive")
PUBLISHED = {"all": (67, 23, 14, 30), "ios": (52, 23, 11, 18), "android": (15, 0, 3, 12)}
"""Phones, infected, attempted, inconclusive; The Washington Post, 2021-07-19. The iPhones are derived as the rest."""
_DAY = 86_400
NEEDED = ("token", "time", "time_precision", "operator", "country")
"""Columns of a list that a study reads."""


@dataclass(frozen=True, kw_only=True)
class Selected:
    """What the list has of one device."""

    times: tuple[int, ...]
    """Sorted; those that are exact to the minute."""
    coarse: int
    """Selections without a time, or with none so exact."""
    stratum: str
    """The client that most of them name, else the country of the number; empty where neither is known."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """All that decides a result, but for what was found."""

    plan: Plan
    gap: int
    examined: tuple[Examined, ...]
    tokens: Mapping[str, tuple[str, ...]]
    """By label; keyed hashes of the device's numbers."""
    selected: Mapping[str, Selected]
    covered: tuple[Interval, ...]
    """From the first to the last exact time of the list."""
    profiles: Mapping[str, tuple[int, ...]]
    sources: tuple[str, ...]
    """SHA-256 of the imports."""

    def configuration(self) -> dict[str, Any]:
        """What is sealed by a registration."""
        return {
            "plan": self.plan.as_json(),
            "tests": {"primary": "jitter", "hold": list(nulls.HOLDS), "shown": list(nulls.MISLEAD)},
            "episodes": {"gap": self.gap, "stages": list(STAGES), "levels": list(LEVELS)},
            "list": list(self.sources),
            "devices": [
                {"label": e.label, "case": e.digest, "tokens": list(self.tokens[e.label]), **e.told.sealed()}
                for e in self.examined
            ],
        }

    def cohort(self, found: Mapping[str, Traces]) -> list[Device]:
        """The phones that are on the list, with their traces; without traces where none are given."""
        out = []
        for e in self.examined:
            if self.is_listed(e):
                owned = [e.told.owned] if e.told.owned else [(0, 1 << 40)]
                ahead = e.clock_ahead or 0
                examined = [(first - ahead, last - ahead) for first, last in e.windows]
                traces = [t - ahead for t in found[e.label].times] if e.label in found else []
                chosen = self.selected[e.label]
                out.append(
                    device(e.label, chosen.times, traces, both(both(examined, self.covered), owned),
                           stratum=chosen.stratum, gap=self.gap)
                )  # fmt: skip
        return out

    def is_listed(self, e: Examined) -> bool:
        """Whether the list has any selection of the phone."""
        return bool(self.selected[e.label].times or self.selected[e.label].coarse)

    def power(self) -> list[dict[str, float]]:
        """What the cohort could find."""
        return [asdict(p) for p in power(self.cohort({}), self.plan.alpha, self.plan.seed)]


def prepare(
    selections: pa.Table,
    sources: Sequence[str],
    examined: Sequence[Examined],
    tokens: Mapping[str, tuple[str, ...]],
    plan: Plan,
    gap: int = GAP,
) -> Study:
    """A study of a list (`targets.schema.SELECTIONS`) and a cohort. Raises CohortError."""
    told = pc.is_in(selections["time_precision"], pa.array(EXACT))
    exact = selections.select(NEEDED).filter(pc.and_(pc.is_valid(selections["time"]), told))
    found = _selected(selections, tokens)
    listed = [e.label for e in examined if e.told.control and (found[e.label].times or found[e.label].coarse)]
    if listed:
        raise CohortError(f"{listed[0]} is given as a control, and its number is on the list; leave it out of controls")
    return Study(
        plan=plan, gap=gap, examined=tuple(examined), tokens=tokens, selected=found, covered=_covered(exact),
        profiles=_profiles(exact), sources=tuple(sources),
    )  # fmt: skip


def thinned(batches: Iterable[pa.RecordBatch], tokens: Mapping[str, tuple[str, ...]], rows: int) -> pa.Table:
    """A list of `rows` rows, cut to what `prepare` needs: all rows of these tokens, and evenly some of the others.

    Of each batch the earliest and the latest time stay, so that what the list covers is the same. Equal input gives an
    equal table, of about MOST_ROWS rows whatever the list's size.
    """
    wanted = pa.array([t for many in tokens.values() for t in many], pa.string())
    step, before, out = max(1, -(-rows // MOST_ROWS)), 0, []
    for batch in batches:
        part = pa.Table.from_batches([batch]).select(NEEDED)
        if step > 1:
            exact = pc.and_(pc.is_valid(part["time"]), pc.is_in(part["time_precision"], pa.array(EXACT)))
            ends = pc.min_max(part["time"].filter(exact))
            kept = pc.or_(pc.equal(part["time"], ends["min"]), pc.equal(part["time"], ends["max"]))
            number = pa.array(range(before, before + part.num_rows), pa.int64())
            even = pc.equal(pc.subtract(number, pc.multiply(pc.divide(number, step), step)), 0)
            part = part.filter(pc.or_(pc.or_(pc.fill_null(kept, False), even), pc.is_in(part["token"], wanted)))
        before += batch.num_rows
        out.append(part)
    return pa.concat_tables(out) if out else SELECTIONS.empty_table().select(NEEDED)


def _selected(selections: pa.Table, tokens: Mapping[str, tuple[str, ...]]) -> dict[str, Selected]:
    owner = {token: label for label, many in tokens.items() for token in many}
    if len(owner) < sum(map(len, tokens.values())):
        raise CohortError("two cases have the same number; give one case of each phone")
    rows = selections.select(NEEDED).filter(pc.is_in(selections["token"], pa.array(list(owner), pa.string())))
    times: dict[str, list[int]] = {label: [] for label in tokens}
    coarse: Counter[str] = Counter()
    strata: dict[str, Counter[str]] = {label: Counter() for label in tokens}
    for token, time, precision, stratum in zip(
        rows["token"].to_pylist(), _seconds(rows["time"]).to_pylist(), rows["time_precision"].to_pylist(),
        _stratum(rows).to_pylist(), strict=True,
    ):  # fmt: skip
        label = owner[token]
        if time is None or precision not in EXACT:
            coarse[label] += 1
        else:
            times[label].append(time)
        strata[label][stratum] += 1
    most = {label: min(s, key=lambda name: (name == "", -s[name], name), default="") for label, s in strata.items()}
    return {
        label: Selected(times=tuple(sorted(times[label])), coarse=coarse[label], stratum=most[label])
        for label in tokens
    }


def _stratum(rows: pa.Table) -> Any:
    """Whose campaigns and office hours a selection is of: its client's; of a list that names none, its country's.

    Clients that are thrown together look like a link: each is selected, and attacked, in its own weeks and hours.
    """
    return pc.coalesce(rows["operator"].cast(pa.string()), rows["country"].cast(pa.string()), pa.scalar(""))


def _seconds(times: Any) -> Any:
    return pc.divide(times.cast(pa.int64()), 1_000_000)


def _covered(exact: pa.Table) -> tuple[Interval, ...]:
    ends = pc.min_max(_seconds(exact["time"])).as_py()
    return () if ends["min"] is None else ((ends["min"], ends["max"] + _DAY),)


def _profiles(exact: pa.Table) -> dict[str, tuple[int, ...]]:
    """Of each stratum, times of day evenly out of all its selections."""
    out = {}
    named = _stratum(exact)
    for name in pc.unique(named).to_pylist():
        times = _seconds(exact["time"].filter(pc.equal(named, name)))
        days = pc.multiply(pc.divide(times, _DAY), _DAY)
        clock = pc.subtract(times, days)
        clock = clock.take(pc.sort_indices(clock))
        step = -(-len(clock) // MOST_PROFILE)
        out[name] = tuple(clock.take(pa.array(range(0, len(clock), step))).to_pylist())
    return out


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a study says."""

    study: Study
    correlation: Correlation
    traces: Mapping[str, Traces]
    power: tuple[Mapping[str, float], ...]

    def table(self) -> dict[str, tuple[int, int, int, int]]:
        """Phones on the list by platform: all, then those of each outcome, as the published table."""
        listed = [e for e in self.study.examined if self.study.is_listed(e)]
        out = {}
        for name in ("all", "ios", "android"):
            counted = Counter(self.traces[e.label].outcome for e in listed if name in ("all", e.platform))
            out[name] = (counted.total(), *(counted[o] for o in OUTCOMES))
        return out  # type: ignore[return-value]

    def rates(self) -> dict[str, Any]:
        """Phones with traces: on the list, and against controls; the base rate at which it would not surprise."""
        phones, execution, targeting, _ = self.table()["all"]
        listed = overlap.HitRate(positive=execution + targeting, tested=phones)
        controls = [e for e in self.study.examined if e.told.control]
        positive = sum(self.traces[e.label].outcome != "inconclusive" for e in controls)
        control = overlap.HitRate(positive=positive, tested=len(controls))
        return {
            "listed": asdict(listed), "controls": asdict(control),
            "interval_95": [round(x, 3) for x in listed.interval()] if phones else None,
            "break_even_base_rate": round(listed.break_even(), 3) if phones else None,
            "p_against_controls": listed.against(control) if phones and controls else None,
            "not_on_list_and_no_control": sum(
                not e.told.control and not self.study.is_listed(e) for e in self.study.examined
            ),
        }  # fmt: skip

    def notes(self) -> list[str]:
        """What was left out, and what is not known of single devices."""
        out = []
        for e in self.study.examined:
            said = [*e.notes, *self.traces[e.label].notes]
            if coarse := self.study.selected[e.label].coarse:
                said.append(f"{coarse} selections have no time to the minute and are not tested")
            out += [f"{e.label}: {s}" for s in said]
        return out

    def as_json(self) -> dict[str, Any]:
        said = rung(self.correlation)
        names = ("phones", *OUTCOMES)
        return {
            "outcomes": {k: dict(zip(names, row, strict=True)) for k, row in self.table().items()},
            "outcomes_published_2021": {k: dict(zip(names, row, strict=True)) for k, row in PUBLISHED.items()},
            "statement": asdict(said), "limits": list(LIMITS),
            "correlation": self.correlation.as_json(),
            "power": list(self.power), "hit_rate": self.rates(), "published_overlap": overlap.published(),
            "devices": [
                {"label": e.label, "case": e.digest, "platform": e.platform, "control": e.told.control,
                 "on_list": self.study.is_listed(e), "outcome": self.traces[e.label].outcome,
                 "clock_ahead": e.clock_ahead}
                for e in self.study.examined
            ],
            "notes": self.notes(),
        }  # fmt: skip


def conclude(study: Study, found: Mapping[str, Traces]) -> Result:
    """The result, with what was found, by label."""
    cohort = study.cohort(found)
    ahead = {e.label: e.clock_ahead or 0 for e in study.examined}
    ordinary = {d.label: within(tuple(t - ahead[d.label] for t in found[d.label].ordinary), d.windows) for d in cohort}
    return Result(
        study=study, correlation=correlate(cohort, study.plan, ordinary, study.profiles), traces=found,
        power=tuple(study.power()),
    )  # fmt: skip
