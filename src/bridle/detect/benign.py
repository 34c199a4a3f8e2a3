"""Benign explanations, asked of the records: which fit a finding, which do not, and which could not be tested.

They are data, `rules/any/benign.toml`, whose head says what each key means.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import field
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bridle.case.processes import names_processes
from bridle.case.zones import in_utc
from bridle.classes import dataclass
from bridle.detect.bounded import bounded
from bridle.detect.finding import Finding, Tested
from bridle.detect.query import SECONDS, Tables
from bridle.detect.rule import LEVELS, RULES, STAGES, RuleError
from bridle.detect.writers import PEOPLE

FITS, DOES_NOT_FIT, NOT_TESTED = "fits", "does not fit", "could not be tested"
LONGEST = 20_000
"""Characters of a matched text that explanations see."""
_EVIDENCE = pa.schema(
    [
        ("n", pa.int64()), ("finding", pa.int64()), ("rule", pa.string()), ("kind", pa.string()),
        ("indicator", pa.string()), ("table", pa.string()), ("path", pa.string()), ("sha256", pa.string()),
        ("locator", pa.string()), ("time", pa.timestamp("us", tz="UTC")), ("value", pa.string()),
        ("subject", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Part:
    """One way to ask: SQL, and the tables it reads."""

    needs: tuple[str, ...]
    query: str
    against: str = ""
    """Returns rows that the people of `excludes` could not have made."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One benign explanation."""

    id: str
    explanation: str
    rules: tuple[str, ...]
    tables: tuple[str, ...] = ("*",)
    most: str | None = None
    stage: str = "exposure"
    lowers: bool = True
    excludes: frozenset[str] = frozenset()
    parts: tuple[Part, ...]

    def concerns(self, finding: Finding) -> bool:
        """Whether it may explain at least one row of the finding."""
        return any(fnmatchcase(finding.rule, r) for r in self.rules) and any(
            fnmatchcase(e.table, t) for e in finding.evidence for t in self.tables
        )


@lru_cache(maxsize=4)
def explanations(file: Path = RULES / "any" / "benign.toml") -> tuple[Explanation, ...]:
    """Those shipped with bridle, in the order of their file. Raises RuleError."""
    found = []
    for row in tomllib.loads(file.read_text("utf-8"))["explanation"]:
        parts = tuple(Part(**{**p, "needs": tuple(p["needs"])}) for p in row.pop("part"))
        lists = {k: tuple(v) for k, v in row.items() if isinstance(v, list)}
        made = Explanation(**{**row, **lists, "excludes": frozenset(row.get("excludes", ())), "parts": parts})
        if made.most not in (None, *LEVELS) or made.stage not in STAGES or made.excludes - set(PEOPLE):
            raise RuleError(f"{file}: {made.id}: most, stage or excludes")
        found.append(made)
    return tuple(found)


@dataclass(kw_only=True)
class Answer:
    """What the records say of one finding."""

    tested: list[Tested] = field(default_factory=list)
    fitting: list[Explanation] = field(default_factory=list)
    """That lower it: together they fit every row that it lists."""
    is_each: bool = False
    """Whether each of them fits every row by itself."""
    remarks: list[str] = field(default_factory=list)
    """What fits and explains nothing away: it is told."""
    excluded: dict[int, frozenset[str]] = field(default_factory=dict)
    """Number of a row in its evidence to the people who could not have made that row."""


@dataclass(kw_only=True)
class _Asked:
    """What one explanation found in all evidence."""

    fits: dict[int, str] = field(default_factory=dict)
    against: set[int] = field(default_factory=set)
    missing: list[tuple[frozenset[str], frozenset[str]]] = field(default_factory=list)
    """Of each part that was not asked, the tables it needs and what it lacks."""
    ran: int = 0

    def lacks(self, tables: set[str]) -> str:
        """What is missing for these tables of evidence, by the parts that lack the least."""
        about = [lacking for needs, lacking in self.missing if needs & tables] or [m for _, m in self.missing]
        least = min(map(len, about), default=0)
        return ", ".join(sorted(frozenset().union(*(m for m in about if len(m) == least))))


def ask(
    case: Tables, findings: Sequence[Finding], at: Mapping[str, str] | None = None, seconds: float = SECONDS
) -> list[Answer]:
    """For each finding, in their order, what its benign explanations come to. `seconds` bounds each question."""
    answers = [Answer() for _ in findings]
    about = [(e, [n for n, f in enumerate(findings) if e.concerns(f)]) for e in explanations()]
    if not any(found for _, found in about):
        return answers
    numbers, rows = evidence_table(findings, at or {})
    lowering: list[dict[str, set[int]]] = [{} for _ in findings]
    with closing(case.connect()) as db:
        db.register("evidence", rows)
        for explanation, concerned in about:
            if not concerned:
                continue
            asked = _asked(db, explanation, case, seconds)
            for n in concerned:
                tables = {e.table for e in findings[n].evidence}
                _note(answers[n], explanation, asked, tables, numbers[n], lowering[n])
    for answer, covered in zip(answers, lowering, strict=True):
        _settle(answer, covered)
    return answers


def evidence_table(findings: Sequence[Finding], at: Mapping[str, str]) -> tuple[list[range], pa.Table]:
    """Every listed row of the findings as the table `evidence`, and the numbers of each finding's rows in it."""
    numbers: list[range] = []
    rows: list[dict[str, Any]] = []
    for n, f in enumerate(findings):
        numbers.append(range(len(rows), len(rows) + len(f.evidence)))
        named = f.indicator
        for e in f.evidence:
            value = next(iter(e.values.values()), None) if named else None
            rows.append(
                {
                    "n": len(rows), "finding": n, "rule": f.rule, "kind": named.kind if named else None,
                    "indicator": named.value if named else None, "table": e.table, "path": e.path, "sha256": e.sha256,
                    "locator": e.locator, "time": in_utc(e.time, "", at) if isinstance(e.time, datetime) else None,
                    "value": _text(value), "subject": _text(e.values.get("package_name") or e.values.get("bundle_id")),
                }
            )  # fmt: skip
    return numbers, pa.Table.from_pylist(rows, _EVIDENCE)


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        value = " ".join(v for v in value if isinstance(v, str))
    return value[:LONGEST] if isinstance(value, str) else None


def _asked(db: duckdb.DuckDBPyConnection, explanation: Explanation, case: Tables, seconds: float) -> _Asked:
    """The answers of every part whose tables are there."""
    tables = case.tables()
    have = tables.keys() | ({"processes"} if names_processes(tables) else set())
    asked = _Asked()
    for part in explanation.parts:
        if missing := set(part.needs) - have:
            asked.missing.append((frozenset(part.needs), frozenset(missing)))
            continue
        try:
            with bounded(db, seconds):
                for n, *why in db.execute(part.query).fetchall():
                    asked.fits.setdefault(n, str(why[0]) if why and why[0] is not None else "")
                if part.against:
                    asked.against |= {n for n, *_ in db.execute(part.against).fetchall()}
            asked.ran += 1
        except duckdb.Error as e:
            told = f"an answer ({str(e).splitlines()[0]:.100})"
            asked.missing.append((frozenset(part.needs), frozenset({told})))
    return asked


def _note(
    answer: Answer,
    explanation: Explanation,
    asked: _Asked,
    tables: set[str],
    numbers: range,
    covered: dict[str, set[int]],
) -> None:
    """One explanation's outcome for one finding, not yet knowing what the others explain."""
    fits = {n for n in numbers if n in asked.fits}
    for n in numbers:
        if n in asked.against and n not in asked.fits:
            at = n - numbers.start
            answer.excluded[at] = answer.excluded.get(at, frozenset()) | explanation.excludes
    if not asked.ran:
        why = f"these acquisitions lack {asked.lacks(tables)}"
        answer.tested.append(Tested(explanation=explanation.explanation, outcome=NOT_TESTED, why=why))
        return
    whole = len(fits) == len(numbers)
    reasons = list(dict.fromkeys(asked.fits[n] for n in sorted(fits) if asked.fits[n]))
    why = "; ".join(reasons[:2]) + (f"; and {len(reasons) - 2} more" if len(reasons) > 2 else "")
    if fits and not whole:
        why = f"{len(fits):,} of {len(numbers):,} rows" + (f": {why}" if why else "")
    if not fits:
        why = "no row bears it out" if len(numbers) > 1 else "the row does not bear it out"
    if whole and not explanation.lowers:
        answer.remarks.append(f"{explanation.explanation.rstrip('.')} ({why}).")
        return
    outcome = FITS if whole else DOES_NOT_FIT
    answer.tested.append(Tested(explanation=explanation.explanation, outcome=outcome, why=why))
    if explanation.lowers and fits:
        answer.fitting.append(explanation)
        covered[explanation.id] = {n - numbers.start for n in fits}
        covered.setdefault("", set(range(len(numbers))))


def _settle(answer: Answer, covered: dict[str, set[int]]) -> None:
    """Keeps as fitting what fits all rows; or, where no single one does, those that do so together."""
    every = covered.pop("", set())
    alone = [e for e in answer.fitting if covered[e.id] == every]
    if alone:
        answer.fitting, answer.is_each = alone, True
    elif set().union(*covered.values()) != every or not every:
        answer.fitting = []
    else:
        together = {e.explanation for e in answer.fitting}
        answer.tested = [
            Tested(explanation=t.explanation, outcome=FITS, why=f"{t.why}; the other rows have another explanation")
            if t.explanation in together and t.outcome == DOES_NOT_FIT
            else t
            for t in answer.tested
        ]
