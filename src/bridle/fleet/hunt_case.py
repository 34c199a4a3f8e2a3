"""One case of a hunt: its keys first, and of a case that holds any of those asked for, the records that decide."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from bridle.case import tables
from bridle.case.consent import ReScanRefusedError, may_re_scan
from bridle.case.keys import CaseKey, CaseLockedError, Identity, unwrap
from bridle.case.manifest import digest
from bridle.fleet.hunt_question import Lookup
from bridle.indicators.match_keys import NAME
from bridle.indicators.model import IndicatorSet
from bridle.indicators.normalise import NORMALISE

if TYPE_CHECKING:
    from bridle.case.session import Session
    from bridle.detect.finding import Finding

_WITHHELD = "restricted indicator"
_NO_CONSENT = b'consent = "none recorded"\n'
_LARGEST = 256 << 20
_INDICATOR = re.compile(
    rb'"indicator": (\{"kind": "[^"\\]*", "value": "(?:[^"\\]|\\.)*", "feeds": \[(?:"(?:[^"\\]|\\.)*"(?:, )?)*\])'
)
"""What a line of findings.jsonl says of its indicator: the rows below it are not read for that."""


@dataclass(kw_only=True)
class Outcome:
    """What became of one case."""

    case: str
    manifest: str = ""
    state: str = "done"
    """`done`, `skipped` (consent), `unreadable`, or `before` (asked this already)."""
    why: str = ""
    by: str = "keys"
    """`records` where the case has no keys, or a pattern needs its columns."""
    new: list[dict[str, Any]] = field(default_factory=list)
    known: int = 0
    """Findings that the case has already."""
    follow_up: list[dict[str, Any]] = field(default_factory=list)
    """Findings of the case whose indicator no longer holds, each with `why`."""
    unanswered: int = 0
    """Patterns that the records could not answer."""
    withheld: int = 0
    """Findings that tell no value, of which it cannot be said whether their indicator holds."""


def hunt_case(path: Path, lookup: Lookup, identity: Identity | None, today: date) -> Outcome:
    """Ask one case. Never raises for what is in it."""
    out = Outcome(case=str(path))
    try:
        out.manifest = digest(path)
        may_re_scan(_meta(path), today)
        _ask(path, lookup, identity, out)
    except ReScanRefusedError as e:
        out.state, out.why = "skipped", str(e)
    except (CaseLockedError, OSError, ValueError, KeyError, TypeError, RecursionError) as e:
        out.state, out.why = "unreadable", f"{e}" or type(e).__name__
    return out


def _meta(path: Path) -> dict[str, Any]:
    """`case.toml`, of which nothing matters here where the first lines say that there is no consent record."""
    stored = _bytes(path / "case.toml")
    return {} if stored.startswith(_NO_CONSENT) else tomllib.loads(stored.decode())


def _bytes(path: Path) -> bytes:
    """The content of a regular file. Raises OSError or ValueError."""
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path.name}: expected a file of the case, found a link or nothing")
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"{path.name}: expected at most {_LARGEST:,} bytes")
    return path.read_bytes()


def _ask(path: Path, lookup: Lookup, identity: Identity | None, out: Outcome) -> None:
    key = unwrap(path, own=identity)
    stored = _bytes(path / "findings.jsonl")
    asked = lookup.asked
    file = path / f"{NAME}.parquet"
    hits = _hits(file, key, lookup) if file.exists() else None
    if hits is None:
        sought: dict[int, set[str] | None] = dict.fromkeys(range(len(asked.sought)))
        patterns = asked.patterns
    else:
        sought = {**lookup.sought(hits)}
        patterns = lookup.patterns(hits)
    if hits is None or asked.by_columns:
        out.by = "records"
    if sought or patterns:
        _confirm(path, key, lookup, sought, patterns, _findings(stored), out)
    _follow_up(stored, lookup, out)


def _hits(file: Path, key: CaseKey | None, lookup: Lookup) -> dict[str, set[int]]:
    """The keys of each table that are asked for."""
    found: dict[str, set[int]] = {}
    with tables.opened(file, key) as parquet:
        for group in range(parquet.num_row_groups):
            keys = parquet.read_row_group(group, columns=["key"], use_threads=False).column(0).combine_chunks()
            if at := lookup.among(keys):
                names = parquet.read_row_group(group, columns=["table"], use_threads=False).column(0)
                for table, k in zip(names.take(at).to_pylist(), keys.take(at).to_pylist(), strict=True):
                    found.setdefault(table, set()).add(k)
    return found


class _Narrow:
    """A case in which only some tables have anything to match."""

    def __init__(self, case: Session, only: set[str]) -> None:
        self._case, self._only = case, only

    def tables(self) -> dict[str, pa.Schema]:
        return {
            name: schema if name in self._only else pa.schema([f.remove_metadata() for f in schema])
            for name, schema in self._case.tables().items()
        }

    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        return self._case.batches(table, columns)

    def rows_at(self, table: str, columns: Sequence[str], numbers: Sequence[int]) -> Iterator[pa.RecordBatch]:
        return self._case.rows_at(table, columns, numbers)


def _confirm(
    path: Path, key: CaseKey | None, lookup: Lookup, sought: dict[int, set[str] | None],
    patterns: Sequence[Any], known: list[dict[str, Any]], out: Outcome,
) -> None:  # fmt: skip
    """What the records say of it, as a recheck with these indicators would."""
    from bridle.case.reader import Case
    from bridle.case.session import Session
    from bridle.detect.finding import ordered

    indicators = IndicatorSet(
        indicators=tuple(lookup.asked.sought[n] for n in sorted(sought)), feeds=(), compounds=tuple(patterns)
    ).for_audience(lookup.asked.audience)
    with Session(Case(path, key)) as case:
        only = set(case.tables()) if None in sought.values() else {t for some in sought.values() for t in some or ()}
        found, told, out.unanswered = _matched(case, indicators, only, lookup.asked.audience)
    ids = {f["id"] for f in known}
    for f, shown in zip(ordered(found), told, strict=True):
        stored = shown.as_dict()
        if f.id in ids or _is_known(stored, known):
            out.known += 1
        else:
            out.new.append(stored)


def _matched(
    case: Session, indicators: IndicatorSet, only: set[str], audience: str
) -> tuple[list[Finding], tuple[Finding, ...], int]:
    """The findings, in order, and as the audience may see them; and how many patterns could not be answered."""
    from bridle.case.zones import zones
    from bridle.detect.acquisition import labelled
    from bridle.detect.attribution import attributed
    from bridle.detect.finding import ordered
    from bridle.detect.grade import graded
    from bridle.detect.hits import findings_of
    from bridle.detect.patterns import match_patterns
    from bridle.detect.restrict import masked
    from bridle.indicators import Matcher, match_tables

    at = zones(case)
    patterns = match_patterns(case, indicators.compounds, at)
    found = findings_of(match_tables(_Narrow(case, only), Matcher(indicators)), at) if indicators.indicators else []
    stored = {f.id: f.indicator.value for f in found if f.indicator is not None}
    judged = [*found, *patterns.findings]
    if judged:
        judged = labelled(case, graded(case, judged, at), at)
        named: dict[tuple[str, str], Any] = {(i.kind, i.shown): i for i in indicators.indicators}
        named |= {(c.kind, c.shown): c for c in indicators.compounds}
        judged = attributed(judged, named, (), audience)
    judged = list(ordered(judged))
    return judged, masked(judged, audience, stored, patterns.secrets), len(patterns.not_examined)


def _is_known(f: dict[str, Any], known: list[dict[str, Any]]) -> bool:
    """Whether one that is withheld is told already: what it tells beside its value is the same."""
    if not str((f.get("indicator") or {}).get("value", "")).startswith(_WITHHELD):
        return False
    said = ("rule", "first_seen", "last_seen", "count")
    return any(
        str((k.get("indicator") or {}).get("value", "")).startswith(_WITHHELD) and all(k[s] == f[s] for s in said)
        for k in known
    )


def _findings(stored: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stored.splitlines()]


def _follow_up(stored: bytes, lookup: Lookup, out: Outcome) -> None:
    """The case's findings whose indicator no longer holds."""
    for line in stored.splitlines():
        if (told := _INDICATOR.search(line)) is None:
            continue
        indicator = json.loads(told[1] + b"}")
        if str(indicator["value"]).startswith(_WITHHELD):
            out.withheld += bool(lookup.asked.retracted)
        elif (why := _retracted(indicator, lookup)) is not None:
            out.follow_up.append({**json.loads(line), "why": why})


def _retracted(indicator: dict[str, Any], lookup: Lookup) -> str | None:
    """Why it no longer holds: the feeds say so, or all that named it are here and none has it now."""
    asked, kind, shown = lookup.asked, str(indicator["kind"]), str(indicator["value"])
    named = {(kind, shown)}
    with suppress(ValueError, KeyError):
        named.add((kind, NORMALISE[kind](shown)))
    if (why := next((asked.retracted[n] for n in named if n in asked.retracted), None)) is not None:
        return why
    feeds = indicator["feeds"]
    return "withdrawn" if feeds and named.isdisjoint(asked.current) and asked.feeds.issuperset(feeds) else None
