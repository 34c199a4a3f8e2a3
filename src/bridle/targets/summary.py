"""What a list says as a whole: by country, month, weekday and hour, how often numbers repeat, and in how many sittings.

Counted over the selections as they stream by; what is held in memory grows with countries, months and five-minute
stretches, not with rows. Tokens are counted in several readings where there are many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.targets.files import ahead

GAP = 300
"""Seconds between two selections of one sitting, at most."""
_AT_ONCE = 8_000_000
"""Tokens that are counted in one reading."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FINE = pa.array(["us", "second", "minute"])
_TOGETHER = 64
"""Batches whose stretches are merged at once."""
NO_REGION = "no region"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Batches = Callable[[list[str]], Iterator[pa.RecordBatch]]
"""Gives the selections anew, with some columns: `Project.batches`."""


@dataclass
class Summary:
    """Counts of selections. `countries` has regions joined by `|` where a number does not tell one alone.

    `months` are `2018-05`, of times of precision month or finer; `hours` are (weekday from Monday 0, hour) in `zone`,
    of times of precision minute or finer; `sittings` are of those too. `repeats`: how many numbers were selected n
    times.
    """

    zone: str = "UTC"
    rows: int = 0
    countries: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    migrations: Counter[str] = field(default_factory=Counter)
    operators: Counter[str] = field(default_factory=Counter)
    precisions: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    hours: Counter[tuple[int, int]] = field(default_factory=Counter)
    repeats: Counter[int] = field(default_factory=Counter)
    sittings: int = 0
    in_sittings: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def numbers(self) -> int:
        """Different numbers, where a cell without one counts as one for its text."""
        return sum(self.repeats.values())

    @property
    def repeated(self) -> int:
        """Numbers that were selected more than once."""
        return sum(n for times, n in self.repeats.items() if times > 1)

    def as_json(self) -> dict[str, Any]:
        named = ("countries", "statuses", "migrations", "operators", "precisions")
        return {
            "rows": self.rows, "numbers": self.numbers, "selected_more_than_once": self.repeated,
            "first": self.first and self.first.isoformat(), "last": self.last and self.last.isoformat(),
            **{name: dict(sorted(getattr(self, name).items(), key=_most)) for name in named},
            "months": dict(sorted(self.months.items())), "zone": self.zone,
            "hours": [{"weekday": DAYS[d], "hour": h, "rows": n} for (d, h), n in sorted(self.hours.items())],
            "repeats": {str(k): n for k, n in sorted(self.repeats.items())},
            "sittings": {"count": self.sittings, "rows": self.in_sittings, "gap_seconds": GAP},
        }  # fmt: skip


def _most(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def summarised(batches: Batches, zone: str = "UTC") -> Summary:
    """The summary of selections; weekday and hour in a time zone by its name."""
    made = Summary(zone)
    stretches: list[pa.Table] = []
    for batch in ahead(batches(["country", "candidates", "status", "rule", "operator", "time", "time_precision"])):
        _counted(made, batch)
        stretches.append(_stretches(batch.filter(pc.is_in(batch["time_precision"], value_set=_FINE))["time"]))
        if len(stretches) > _TOGETHER:
            stretches = [_merged(stretches)]
    if stretches:
        made.sittings, made.in_sittings = _sittings(_merged(stretches))
    made.repeats = _repeats(batches, made.rows)
    return made


def _counted(made: Summary, batch: pa.RecordBatch) -> None:
    made.rows += batch.num_rows
    joined = pc.binary_join(batch["candidates"], "|")
    regions = pc.if_else(pc.equal(joined, ""), NO_REGION, joined)
    _add(made.countries, pc.coalesce(batch["country"], regions))
    for counts, name in ((made.statuses, "status"), (made.migrations, "rule"), (made.operators, "operator"),
                         (made.precisions, "time_precision")):  # fmt: skip
        _add(counts, batch[name])
    months = batch.filter(pc.not_equal(batch["time_precision"], "year"))["time"]
    for month, count in _counts(pc.add(pc.multiply(pc.year(months), 12), pc.subtract(pc.month(months), 1))):
        made.months[f"{month // 12:04}-{month % 12 + 1:02}"] += count
    fine = batch.filter(pc.is_in(batch["time_precision"], value_set=_FINE))["time"].cast(pa.timestamp("us", made.zone))
    for hour, count in _counts(pc.add(pc.multiply(pc.day_of_week(fine), 24), pc.hour(fine))):
        made.hours[divmod(hour, 24)] += count
    ends = pc.min_max(batch["time"].cast(pa.int64())).as_py()
    if ends["min"] is not None:
        low, high = (_EPOCH + timedelta(microseconds=ends[n]) for n in ("min", "max"))
        made.first, made.last = min(made.first or low, low), max(made.last or high, high)


def _counts(column: Any) -> Iterator[tuple[Any, int]]:
    for one in pc.value_counts(column).to_pylist():
        if one["values"] is not None:
            yield one["values"], one["counts"]


def _add(counts: Counter[str], column: Any) -> None:
    for value, count in _counts(column):
        counts[value] += count


def _stretches(times: pa.Array) -> pa.Table:
    """Of each stretch of `GAP` seconds: the first and last time in it, and how many. No gap within one is too long."""
    micros = times.cast(pa.int64())
    stretch = pc.floor(pc.divide(micros.cast(pa.float64()), GAP * 1e6)).cast(pa.int64())
    ones = pa.repeat(pa.scalar(1, pa.int64()), len(micros))
    return _merged([pa.table({"stretch": stretch, "low": micros, "high": micros, "count": ones})])


def _merged(parts: list[pa.Table]) -> pa.Table:
    every = pa.concat_tables(parts).group_by("stretch", use_threads=False)
    grouped = every.aggregate([("low", "min"), ("high", "max"), ("count", "sum")])
    return grouped.rename_columns({"low_min": "low", "high_max": "high", "count_sum": "count"})


def _sittings(stretches: pa.Table) -> tuple[int, int]:
    """How many runs with gaps of at most `GAP` seconds there are, and how many rows they have."""
    if not stretches.num_rows:
        return 0, 0
    ordered = stretches.sort_by("stretch").combine_chunks()
    gaps = pc.subtract(ordered["low"][1:], ordered["high"][:-1])
    further = pc.sum(pc.greater(gaps, GAP * 10**6)).as_py() or 0
    return 1 + int(further), int(pc.sum(ordered["count"]).as_py())


def _repeats(batches: Batches, rows: int) -> Counter[int]:
    """How many tokens stand there n times; each reading takes those of a range of first digits."""
    readings = min(256, max(1, -(-rows // _AT_ONCE)))
    bounds = [f"{256 * n // readings:02x}" for n in range(readings)]
    found: Counter[int] = Counter()
    for low, high in zip(bounds, [*bounds[1:], "g"], strict=True):
        tokens = [_between(b["token"], low, high) if readings > 1 else b["token"] for b in ahead(batches(["token"]))]
        if tokens:
            times = pc.value_counts(pa.chunked_array(tokens)).field("counts")
            found.update(dict(_counts(times)))
    return found


def _between(tokens: pa.Array, low: str, high: str) -> pa.Array:
    return tokens.filter(pc.and_(pc.greater_equal(tokens, low), pc.less(tokens, high)))
