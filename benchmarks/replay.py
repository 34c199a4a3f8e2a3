"""Known-answer replay: each indicator is planted wherever it claims to be looked for, and must be found there.

`replay(load([Path(feed)]))` plants every indicator on every (kind of field, surface) that some artifact's tables have
and `HELD_BY` names for its kind, in the notations of `spellings` (of more than 300 indicators of a kind, three each, in
turn). The tables are those of the catalogue, with all their columns; matching and findings are those of a real case.
What comes back is a `Report`:

- `pairs`: how many (indicator, kind of field, surface) were tried; `found`: how many of them gave exactly one finding
  for the indicator that names the surface and holds every planted row; `recall` is the quotient;
- `failures`: the others, with what was planted and what was missing: none is expected;
- `by_design`: reason to number of pairs on which the indicator means nothing (`Indicator.surfaces`); one that is told
  there all the same is a failure;
- `not_evaluable`: reason to number of pairs: kinds that are not looked for in such a field, values it cannot hold;
- `by_kind`: (kind of indicator, kind of field, surface) to (pairs, found), for a table.

Recall is that of planted traces: it says that what is stored is found, not that an attack stores it.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from bridle.detect.coverage import HELD_BY
from bridle.detect.examples import catalogue
from bridle.detect.hits import findings_of
from bridle.detect.memory import Memory
from bridle.indicators import Hit, Indicator, IndicatorSet, Matcher, load, match_tables
from spellings import Spelling, spellings

_PROCESSES = ("running-process", "network-user", "crash")
MANY = 300
"""Indicators of one kind from which not each is planted in all spellings on each surface."""
PLATFORMS = ("ios", "android")
Key = tuple[str, str]
"""Kind and value of an indicator."""
Place = tuple[str, str]
"""Table and field."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An indicator that was planted and not found as it should be."""

    kind: str
    value: str
    field_kind: str
    surface: str
    why: str
    missed: tuple[str, ...]
    """Spelling, place and value of each row that was missed."""


@dataclass(kw_only=True)
class Report:
    """What was planted and what was found; see the module."""

    pairs: int = 0
    found: int = 0
    rows: int = 0
    """Rows that were planted."""
    failures: list[Failure] = field(default_factory=list)
    by_design: dict[str, int] = field(default_factory=dict)
    not_evaluable: dict[str, int] = field(default_factory=dict)
    by_kind: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)

    @property
    def recall(self) -> float:
        """Of the pairs that were tried, the share that was found."""
        return self.found / self.pairs if self.pairs else 0.0


def replay(indicators: IndicatorSet) -> Report:
    """Plant every indicator of the set, and look for all of them together."""
    report = Report()
    matcher = Matcher(indicators)
    for plan in _plans(indicators, report):
        plan.judge(matcher, report)
    report.not_evaluable = dict(sorted(report.not_evaluable.items()))
    return report


def cases(indicators: IndicatorSet) -> Iterator[Memory]:
    """The tables with what is planted, for each kind of field and surface."""
    return (plan.tables() for plan in _plans(indicators, Report()))


def _plans(indicators: IndicatorSet, report: Report) -> Iterator[_Plan]:
    of_kind: dict[str, list[Indicator]] = defaultdict(list)
    for i in indicators.indicators:
        of_kind[i.kind].append(i)
    for (field_kind, surface), places in sorted(fields().items()):
        plan = _Plan(field_kind, surface, places)
        for kind, known in sorted(of_kind.items()):
            if not _looked_for(kind, field_kind, surface):
                _not_evaluable(report, f"{kind} is not looked for in fields of kind {field_kind}", len(known))
                continue
            plan.plant(known, report)
        yield plan


def fields() -> dict[tuple[str, str], list[Place]]:
    """Kind and surface to the fields of the catalogue that have them."""
    found: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for table, schema in sorted(catalogue().items()):
        for f in schema:
            notes = f.metadata or {}
            if (kind := notes.get(b"kind", b"").decode()) and table not in ("observables", "device"):
                found[kind, notes.get(b"surface", b"mention").decode()].append((table, f.name))
    return found


def _looked_for(kind: str, field_kind: str, surface: str) -> bool:
    held = HELD_BY[kind]
    return field_kind in held or (f"{field_kind} of a process" in held and surface in _PROCESSES)


def _some(written: list[Spelling], n: int, known: int) -> list[Spelling]:
    """All spellings; of many indicators, the first and two in turn for each, so that every one is tried often."""
    if known <= MANY or len(written) <= 3:
        return written
    others = written[1:]
    return [written[0], others[2 * n % len(others)], others[(2 * n + 1) % len(others)]]


def _not_evaluable(report: Report, reason: str, pairs: int) -> None:
    report.not_evaluable[reason] = report.not_evaluable.get(reason, 0) + pairs


def _kept(i: Indicator) -> str:
    """What it is about the value that a field may not be able to hold."""
    if i.kind == "cert":
        return f"a certificate's digest of {len(i.value)} digits"
    return f"the {i.kind} {i.shown}"


@dataclass(frozen=True)
class _Row:
    indicator: Indicator
    spelling: str
    place: Place
    value: str
    locator: str


def _platform(table: str) -> str | None:
    own = table.partition(".")[0]
    return own if own in PLATFORMS else None


class _Plan:
    """All that is planted on one kind of field and surface."""

    def __init__(self, field_kind: str, surface: str, places: list[Place]) -> None:
        self._field_kind, self._surface, self._places = field_kind, surface, places
        self._rows: dict[Key, list[_Row]] = {}
        self._count = 0

    def plant(self, known: list[Indicator], report: Report) -> None:
        """Every indicator in one field at least, and in every field one indicator at least."""
        for n in range(max(len(known), len(self._places))):
            i, place = known[n % len(known)], self._places[n % len(self._places)]
            platform = _platform(place[0])
            value = i.shown if i.kind == "file-path" and platform == "android" else i.value
            all_of_them = spellings(i.kind, value, self._field_kind, platform)
            written = _some(all_of_them, n, len(known))
            if not written and n < len(known):
                why = f"{_kept(i)} is nothing that a field of kind {self._field_kind} holds"
                _not_evaluable(report, why, 1)
            for spelling, value in written:
                self._count += 1
                row = _Row(i, spelling, place, value, f"planted:{self._count}")
                self._rows.setdefault((i.kind, i.value), []).append(row)

    def judge(self, matcher: Matcher, report: Report) -> None:
        """Match, make findings, and compare."""
        report.rows += self._count
        hit: dict[Key, set[str]] = defaultdict(set)
        seen = findings_of(_noted(match_tables(self.tables(), matcher), hit))
        findings = Counter((f.indicator.kind, f.indicator.value) for f in seen if f.indicator and self._names(f))
        for key, rows in self._rows.items():
            i = rows[0].indicator
            told = findings[i.kind, i.shown]
            meant = [r for r in rows if i.means(self._surface, _platform(r.place[0]))]
            if not meant:
                self._by_design(i, told, report)
                continue
            missed = [r for r in meant if r.locator not in hit[key]]
            why = f"{told} findings" if told != 1 else f"{len(missed)} rows were missed" if missed else None
            self._count_pair(i, missed, why, report)

    def _names(self, finding: object) -> bool:
        return self._surface in getattr(finding, "surfaces", ())

    def _by_design(self, i: Indicator, told: int, report: Report) -> None:
        if told:
            self._fail(i, [], f"told on {self._surface}, where it means nothing", report)
        where = ", ".join(sorted(i.surfaces or ()))
        reason = f"{i.kind} {i.shown}: means something only on {where}"
        report.by_design[reason] = report.by_design.get(reason, 0) + 1

    def _count_pair(self, i: Indicator, missed: list[_Row], why: str | None, report: Report) -> None:
        report.pairs += 1
        report.found += why is None
        key = (i.kind, self._field_kind, self._surface)
        pairs, found = report.by_kind.get(key, (0, 0))
        report.by_kind[key] = (pairs + 1, found + (why is None))
        if why is not None:
            self._fail(i, missed, why, report)

    def _fail(self, i: Indicator, missed: list[_Row], why: str, report: Report) -> None:
        told = tuple(f"{r.spelling}: {'.'.join(r.place)}: {r.value}" for r in missed[:20])
        report.failures.append(
            Failure(
                kind=i.kind, value=i.shown, field_kind=self._field_kind, surface=self._surface, why=why, missed=told
            )
        )

    def tables(self) -> Memory:
        """What is planted, as a case holds it."""
        by_place: dict[Place, list[_Row]] = defaultdict(list)
        for rows in self._rows.values():
            for row in rows:
                by_place[row.place].append(row)
        tables: dict[str, list[pa.Table]] = defaultdict(list)
        for (table, column), rows in by_place.items():
            tables[table].append(_table(table, column, rows))
        return Memory({name: pa.concat_tables(parts) for name, parts in tables.items()})


def _noted(hits: Iterable[Hit], into: dict[Key, set[str]]) -> Iterator[Hit]:
    for hit in hits:
        into[hit.indicator.kind, hit.indicator.value].add(hit.locator.removeprefix("ledger:"))
        yield hit


def _table(name: str, column: str, rows: list[_Row]) -> pa.Table:
    """The planted values in one column; what the others hold is nothing, but for the stamps."""
    schema = catalogue()[name]
    n = len(rows)
    locators = pa.array([r.locator for r in rows])
    stamps = {"_source": "S1", "source": "S1", "_path": "/example", "path": "/example", "status": "parsed"}
    if name != "ledger":
        stamps = {k: v for k, v in stamps.items() if k.startswith("_")}
    columns = []
    for f in schema:
        if f.name == column:
            values = [[r.value] if pa.types.is_list(f.type) else r.value for r in rows]
            columns.append(pa.array(values, f.type))
        elif f.name == ("member" if name == "ledger" else "locator"):
            columns.append(locators)
        else:
            columns.append(pa.repeat(stamps[f.name], n) if f.name in stamps else pa.nulls(n, f.type))
    return pa.table(columns, schema=pa.schema([f.with_nullable(True) for f in schema]))


def main() -> None:
    """Replay the feeds that are named, and print the report."""
    report = replay(load([Path(a) for a in sys.argv[1:]]))
    for (kind, field_kind, surface), (pairs, found) in sorted(report.by_kind.items()):
        print(f"{kind:14} {field_kind:14} {surface:16} {found:6,} of {pairs:6,}")
    for reason, n in [*report.not_evaluable.items(), *report.by_design.items()]:
        print(f"not evaluable ({n:,}): {reason}")
    for failure in report.failures[:50]:
        print(f"FAILED {failure}")
    print(f"{report.found:,} of {report.pairs:,} pairs, {report.rows:,} rows, recall {report.recall:.4f}")
    sys.exit(bool(report.failures))


if __name__ == "__main__":
    main()
