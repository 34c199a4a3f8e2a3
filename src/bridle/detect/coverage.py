"""What was examined, what only in part and what not at all, and why: for every artifact, rule, feed and kind."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from bridle import artifacts
from bridle.case.ledger_counts import LedgerCounts, OfArtifact
from bridle.case.zones import seen_at, utc_sql, zones
from bridle.detect import visibility
from bridle.detect.message import cut, iso
from bridle.detect.query import Examined, NotExamined, instant
from bridle.detect.rule import RULES

if TYPE_CHECKING:
    from bridle.indicators import IndicatorSet

SCHEMA = 1
PATTERNS = "indicator-pattern"
"""The rule under which patterns of several values are told."""
MOST_PATTERNS = 1000
"""Patterns that could not be answered and are listed; all are counted."""
_EARLIEST, _LATEST = 978_307_200_000_001, 4_102_444_800_000_000
"""Microseconds: after 2001-01-01 00:00, where many stores write zero, and before 2100."""

_INSTANT = pa.timestamp("us", tz="UTC")
_MINUTE, _DAY = 60_000_000, 86_400_000_000
_TOGETHER = 16
"""Tables whose times are asked for in one statement."""

Span = tuple[int | None, int | None]


class Asked(Protocol):
    """A rule or a chain."""

    @property
    def id(self) -> str: ...
    @property
    def platform(self) -> str: ...
    @property
    def needs(self) -> tuple[str, ...]:
        """Tables it reads."""


def coverage(
    case: Examined,
    ledger: LedgerCounts,
    not_examined: Sequence[NotExamined],
    rules: Sequence[Asked],
    indicators: IndicatorSet,
    platforms: Sequence[str],
    unencrypted: Sequence[str] = (),
) -> dict[str, Any]:
    """The content of `coverage.json`. `unencrypted` are backups that were made without encryption."""
    known = [n for n in artifacts.paths() if n.partition(".")[0] in platforms]
    spans, of, none = _spans(case), ledger.artifacts, OfArtifact()
    about = {name: _artifact(of.get(name, none), spans.get(name, (None, None))) for name in sorted({*known, *of})}
    return {
        "schema": SCHEMA,
        "artifacts": about,
        "rules": _rules(rules, not_examined, about, platforms),
        "feeds": [
            {"name": f.name, "digest": f.digest, "indicators": f.indicators, "loaded": f.loaded, "reason": f.reason}
            for f in indicators.feeds
        ],
        "indicators": _indicators(indicators, _kinds(case, ledger, about)) | _patterns(indicators, not_examined),
        "horizon": _horizon(spans),
        "notes": [*(_only_encrypted(source) for source in unencrypted), *visibility.notes(case)],
        "files": dict(sorted(ledger.files.items())),
    }


def _only_encrypted(source: str) -> str:
    told = _data()["encrypted_only"]
    return (
        f"{source} is a backup that was made without encryption. Only an encrypted one holds {told['what']}: "
        f"{', '.join(told['artifacts'])}. Where the device is still at hand, make an encrypted backup and examine that."
    )


def _artifact(files: OfArtifact, span: Span) -> dict[str, Any]:
    counts = files.counts
    unread = {status: count.files for status, count in sorted(counts.items()) if status != "parsed"}
    begun = sum(counts[status].begun for status in unread)
    read = begun or "parsed" in counts
    status = "not examined" if not read else "partly" if unread else "examined"
    return {
        "status": status,
        "why": _why(sum(c.files for c in counts.values()), unread, begun),
        "files": [
            {"path": cut(f.path), "status": f.status, "reason": cut(f.reason) if f.reason else None}
            for f in files.first_unread()
        ],
        "files_not_read": sum(unread.values()),
        "rows": sum(c.rows for c in counts.values()),
        "gaps": sum(c.gaps for c in counts.values()),
        "first": iso(instant(span[0])),
        "last": iso(instant(span[1])),
    }


def _why(files: int, unread: Mapping[str, int], begun: int) -> str | None:
    """`unread` are those not read to the end, by status; of `begun` among them there are rows."""
    if not files:
        return "not in this acquisition"
    if not unread:
        return None
    counts = ", ".join(f"{n} {status}" for status, n in unread.items())
    of = "1 file" if files == 1 else f"{files} files"
    partial = f"; of {begun} the rows before the damage were kept" if begun else ""
    return f"of {of} not read to the end: {counts}{partial}"


def _rules(
    rules: Sequence[Asked], not_examined: Sequence[NotExamined], about: Mapping[str, Any], platforms: Sequence[str]
) -> dict[str, Any]:
    lacking = {n.rule: n for n in not_examined}
    out: dict[str, Any] = {}
    for rule in rules:
        if rule.platform != "any" and rule.platform not in platforms:
            continue
        if (lack := lacking.get(rule.id)) is not None:
            out[rule.id] = {"status": "not examined", "why": lack.why, "missing": list(lack.missing)}
            continue
        names = dict.fromkeys(t.rpartition(".")[0] for t in rule.needs)
        part = [n for n in names if about.get(n, {}).get("status") == "partly"]
        without = [n for n in names if about.get(n, {}).get("status") == "not examined"]
        whys = [f"{', '.join(part)}: examined only in part"] if part else []
        whys += [f"without {', '.join(without)}"] if without else []
        out[rule.id] = {"status": "partly" if whys else "examined", "why": "; ".join(whys) or None, "missing": []}
    return dict(sorted(out.items()))


def _spans(case: Examined) -> dict[str, Span]:
    """First and last time in the records of each artifact, in microseconds."""
    at, rows = zones(case), case.rows()
    out: dict[str, Span] = {}
    asked: list[tuple[str, str]] = []
    for table, columns in sorted(case.tables().items()):
        artifact = table.rpartition(".")[0]
        if (
            artifact
            and table not in _data()["horizon"]["lists"]
            and (times := [columns.field(name) for name in seen_at(columns)])
        ):
            out.setdefault(artifact, (None, None))
            if rows[table] and all(f.type == _INSTANT for f in times):
                out[artifact] = _widest([out[artifact], _span(case, table, [f.name for f in times])])
            elif rows[table]:
                asked.append((artifact, _span_sql(len(asked), table, times, at)))
    with closing(case.connect()) as db:
        for first in range(0, len(asked), _TOGETHER):
            some = " UNION ALL ".join(sql for _, sql in asked[first : first + _TOGETHER])
            for number, *span in db.execute(some).fetchall():
                artifact = asked[number][0]
                out[artifact] = _widest([out[artifact], (span[0], span[1])])
    return out


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads((RULES / "any" / "verdict.toml").read_text("utf-8"))


def _span(case: Examined, table: str, times: Sequence[str]) -> Span:
    """As `_span_sql`, of columns that hold instants."""
    spans: list[Span] = [(None, None)]
    for batch in case.batches(table, times):
        for column in batch.columns:
            micros = column.cast(pa.int64())
            known = pc.and_(pc.greater_equal(micros, _EARLIEST), pc.less_equal(micros, _LATEST))
            found = pc.min_max(micros.filter(known)).as_py()
            spans.append((found["min"], found["max"]))
    return _widest(spans)


def _span_sql(number: int, table: str, times: Sequence[pa.Field], at: Mapping[str, str]) -> str:
    """Earliest and latest; what a clock showed is taken in the zone it was set to, as on the timeline.

    Zones change at whole minutes, so of what a clock showed within one only the first and the last are converted.
    """
    each = " UNION ALL ".join(_extremes(table, f, at) for f in times)
    first, last = (f"(epoch_us({c})) FILTER (epoch_us({c}) BETWEEN {_EARLIEST} AND {_LATEST})" for c in "ab")
    return f"SELECT {number}, min{first}, max{last} FROM ({each})"  # noqa: S608 - names of our own tables


def _extremes(table: str, time: pa.Field, at: Mapping[str, str]) -> str:
    """The first and the last instant of each minute that has one; near the bounds those of each time."""
    column = f'"{time.name}"'
    micros = f"epoch_us({column})"
    far = f"{micros} BETWEEN {_EARLIEST + _DAY} AND {_LATEST - _DAY}"
    minute = f"CASE WHEN {far} THEN {micros} - {micros} % {_MINUTE} ELSE {micros} END"
    a, b = ("a", "b") if time.type.tz else (utc_sql("a", at), utc_sql("b", at))
    source = "_source, " if "_source" in a else ""
    of = f'SELECT {source}{minute} AS minute, min({column}) AS a, max({column}) AS b FROM "{table}" GROUP BY ALL'  # noqa: S608
    return f"SELECT {a} AS a, {b} AS b FROM ({of})"  # noqa: S608 - names of our own tables


def _widest(spans: Iterable[Span]) -> Span:
    firsts, lasts = zip(*spans, strict=True)
    return (
        min((f for f in firsts if f is not None), default=None),
        max((n for n in lasts if n is not None), default=None),
    )


def _horizon(spans: Mapping[str, Span]) -> dict[str, str | None]:
    """Over the records that are logs of something: listings of files do not count."""
    logs = [span for name, span in spans.items() if name not in _data()["horizon"]["not_logs"]]
    first, last = _widest([(None, None), *logs])
    return {"first": iso(instant(first)), "last": iso(instant(last))}


_PROGRAM = "file-path of a process"
_PROCESSES = ("running-process", "network-user", "crash")
HELD_BY: dict[str, frozenset[str]] = {
    "domain": frozenset({"url", "domain", "email", "account", "phone-number", "text"}),
    "url": frozenset({"url", "text"}),
    "ip-address": frozenset({"ip-address", "url", "domain", "text"}),
    "email": frozenset({"email", "account", "phone-number", "url", "text"}),
    "process-name": frozenset({"process-name", _PROGRAM}),
    "file-name": frozenset({"file-name", "file-path"}),
    "file-path": frozenset({"file-path", "process-name"}),
    "sha256": frozenset({"sha256"}),
    "sha1": frozenset({"sha1"}),
    "md5": frozenset({"md5"}),
    "cert": frozenset({"cert-sha256", "cert-sha1", "cert-md5"}),
    "app-id": frozenset({"bundle-id", "package-name", "process-name", "file-path"}),
    "profile-id": frozenset({"profile-id"}),
    "property-name": frozenset({"property-name"}),
}
"""Kind of indicator to the kinds of field it is looked for in."""


def _indicators(indicators: IndicatorSet, present: set[str]) -> dict[str, Any]:
    """For each kind the feeds name: how many, and whether anything that was examined could hold one."""
    counts = Counter(i.kind for i in indicators.indicators)
    out: dict[str, Any] = {}
    for kind in sorted({*counts, *HELD_BY}):
        examined = bool(HELD_BY.get(kind, frozenset()) & present)
        why = None if examined else "no examined record has a field that can hold one"
        if not counts[kind]:
            examined, why = False, "no feed that was loaded names one"
        elif examined and kind == "sha256":
            why = "only files that were hashed: those that were read"
        out[kind] = {"count": counts[kind], "examined": examined, "why": why}
    return out


def _patterns(indicators: IndicatorSet, not_examined: Sequence[NotExamined]) -> dict[str, Any]:
    """Indicators of more than one value: how many, and each that this case cannot answer, by its object's id."""
    of = {c.place: c for c in indicators.compounds}
    if not of:
        return {}
    unknown = [(of[place], n.why) for n in not_examined if n.rule == PATTERNS for place in n.missing if place in of]
    count = len(indicators.compounds)
    why = f"{len(unknown)} of {count} could not be answered" if unknown else None
    return {
        "patterns": {
            "count": count, "examined": len(unknown) < count, "why": why,
            "not_evaluable": [
                {"indicator": cut(c.place), "feeds": list(c.feeds), "why": _unrestricted(c.tlp, reason)}
                for c, reason in unknown[:MOST_PATTERNS]
            ],
            "not_evaluable_count": len(unknown),
        }
    }  # fmt: skip


def _unrestricted(tlp: str | None, why: str) -> str:
    """A reason may spell a value; of a restricted indicator it is not told, whoever reads it."""
    from bridle.indicators.model import covers

    return why if covers("TLP:CLEAR", tlp) else "restricted: `bridle indicators lint` says why"


def _kinds(case: Examined, ledger: LedgerCounts, about: Mapping[str, Any]) -> set[str]:
    """The kinds of observable in the ledger and in the tables of artifacts that were examined, in full or in part."""
    found = {"file-path"} if ledger.files else set()
    if ledger.hashed:
        found.add("sha256")
    for table, columns in case.tables().items():
        if about.get(table.rpartition(".")[0], {}).get("status", "not examined") != "not examined":
            found |= {kind for f in columns for kind in _held(f)}
    return found - {""}


def _held(field: pa.Field) -> Iterable[str]:
    notes = field.metadata or {}
    kind = notes.get(b"kind", b"").decode()
    yield kind
    if kind == "file-path" and notes.get(b"surface", b"").decode() in _PROCESSES:
        yield _PROGRAM
