"""Which files of a phone a reviewer needs: those that findings cite, and where these are too few, what rules read.

First come the files whose rows are evidence. For a rule whose findings they do not give again, those of all tables
that the rule reads are added (`READ`), then those that its benign explanations and the traces of the acquisition are
asked of (`ASKED`): no file of the phone is there that no finding needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.processes import process_tables
from bridle.case.reader import Case
from bridle.case.zones import KEY as ZONE
from bridle.classes import dataclass
from bridle.core import LEVELS
from bridle.detect.acquisition import traces
from bridle.detect.benign import explanations
from bridle.detect.chain import load_chains
from bridle.detect.evidence_sql import LEDGER
from bridle.detect.rederive import evidence_sql, is_withheld
from bridle.detect.rule import load_rules

LEAST = "medium"
"""The level from which on findings are reviewed."""
CITED, READ, ASKED = range(3)
"""How much is packed for a rule."""
_LEDGER = ("source", "path", "member", "artifact", "status", "rows", "sha256")

Finding = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The files of one case, by source and device path."""

    content: Mapping[tuple[str, str], str]
    """What is packed, and why."""
    listed: Mapping[tuple[str, str], str]
    """What is only named, as the finding does: its content was not read."""
    digests: Mapping[tuple[str, str], frozenset[str]]
    """SHA-256 of the content when the case was made; several where members share a path."""

    def sources(self) -> set[str]:
        return {source for source, _ in (*self.content, *self.listed)}


def reviewed(case: Case) -> tuple[list[Finding], list[Finding]]:
    """The findings that are reviewed, and those of their level that cannot be: of restricted indicators."""
    found = [f for f in case.findings() if LEVELS.index(f["level"]) >= LEVELS.index(LEAST)]
    hidden = {f["id"] for f in found if any(is_withheld(e) for e in f["evidence"]) or _is_masked(f)}
    return [f for f in found if f["id"] not in hidden], [f for f in found if f["id"] in hidden]


def _is_masked(f: Finding) -> bool:
    named = f.get("indicator")
    return named is not None and str(named["value"]).startswith("restricted indicator ")


def chosen(case: Case, findings: Sequence[Finding], wider: Mapping[str, int]) -> Chosen:
    """The files for these findings; `wider` has the rules for which more is packed than what is cited.

    Raises OSError or ValueError for a damaged case.
    """
    read = {name: why for table, why in _tables(case, wider) if (name := table.rpartition(".")[0])}
    files = _Files(_cited(case, [*findings, *_legs(case, findings)]), read)
    files.also |= _zones(case)
    for batch in case.batches(LEDGER, _LEDGER):
        files.take(batch)
    return files.chosen()


def _legs(case: Case, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that stand for steps of chains among these, whatever their level."""
    legs = {leg["finding"] for f in findings for leg in f.get("legs", ())} - {f["id"] for f in findings}
    return [f for f in case.findings() if f["id"] in legs and not any(is_withheld(e) for e in f["evidence"])]


def _cited(case: Case, findings: Iterable[Finding]) -> dict[str, set[tuple[str, str | None]]]:
    """Device path to (table, SHA-256) of the evidence, all rows of it."""
    found: dict[str, set[tuple[str, str | None]]] = {}
    for f in findings:
        rows: Iterable[Sequence[Any]] = ([e["table"], e["path"], e["sha256"]] for e in f["evidence"])
        if f.get("evidence_query"):
            rows = (row[:3] for row in case.sql(evidence_sql(f))[1])
        for table, path, sha256 in rows:
            found.setdefault(path, set()).add((table, sha256))
    return found


def _tables(case: Case, wider: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """The tables that are read to judge the findings of rules, and what reads them."""
    known = {rule.id: rule.needs for rule in load_rules()} | {chain.id: chain.needs for chain in load_chains()}
    for rule, step in wider.items():
        if step >= READ:
            yield from ((t, f"read by the rule {rule}") for n in known.get(rule, ()) for t in _real(case, n))
        if step >= ASKED:
            asked = [p.needs for e in explanations() if _concerns(e.rules, rule) for p in e.parts]
            asked += [t.needs for t in traces() if _concerns(t.rules, rule)]
            why = f"asked for other explanations of {rule}"
            yield from ((t, why) for needs in asked for n in needs for t in _real(case, n))


def _concerns(globs: Iterable[str], rule: str) -> bool:
    return any(fnmatchcase(rule, glob) for glob in globs)


def _real(case: Case, table: str) -> Iterable[str]:
    """`processes` is made of other tables."""
    return process_tables(case.tables()) if table == "processes" else (table,)


def _zones(case: Case) -> dict[str, str]:
    """Device paths of the files that tell the zone of the phone's clock: times of findings are told in UTC."""
    rows = (r for b in case.batches("device", ("key", "path")) for r in b.to_pylist())
    return {r["path"]: "tells the time zone" for r in rows if r["key"] == ZONE and r["path"]}


class _Files:
    """Rows of the ledger on their way to what is packed."""

    def __init__(self, cited: Mapping[str, set[tuple[str, str | None]]], artifacts: Mapping[str, str]) -> None:
        self._cited, self._artifacts = cited, artifacts
        self.also: dict[str, str] = {}
        self._content: dict[tuple[str, str], str] = {}
        self._listed: dict[tuple[str, str], str] = {}
        self._digests: dict[tuple[str, str], set[str]] = {}

    def take(self, batch: pa.RecordBatch) -> None:
        paths = pa.array([*self._cited, *self.also], pa.string())
        named = pc.is_in(batch.column("path"), value_set=paths)
        read = pc.is_in(batch.column("artifact"), value_set=pa.array(list(self._artifacts), pa.string()))
        for row in batch.filter(pc.or_(named, pc.fill_null(read, False))).to_pylist():
            self._take(row)

    def _take(self, row: Mapping[str, Any]) -> None:
        place = (row["source"], row["path"])
        cited = self._cited.get(row["path"], set())
        if row["sha256"]:
            self._digests.setdefault(place, set()).add(row["sha256"])
        if any(sha256 is not None and sha256 == row["sha256"] for _, sha256 in cited):
            self._content[place] = "cited as evidence"
        elif cited and all(table == LEDGER for table, _ in cited):
            self._listed[place] = "named as evidence"
        elif row["path"] in self.also:
            self._content.setdefault(place, self.also[row["path"]])
        elif row["artifact"] in self._artifacts and (row["status"] == "parsed" or row["rows"]):
            self._content.setdefault(place, self._artifacts[row["artifact"]])

    def chosen(self) -> Chosen:
        listed = {p: why for p, why in self._listed.items() if p not in self._content}
        digests = {p: frozenset(found) for p, found in self._digests.items()}
        return Chosen(content=self._content, listed=listed, digests=digests)
