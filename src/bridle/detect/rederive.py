"""Whether a finding's evidence stands in the case's records, word for word, and is all that its query returns.

A finding is a claim about rows. Each row is looked up by its table, file, SHA-256 and place, and its values and time
are compared; a rule's query is run again. What a finding withholds (a restricted indicator's) is not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

from bridle.case.zones import seen_at
from bridle.detect.evidence_sql import LEDGER, ORDER, Place, addressed
from bridle.detect.message import iso, plain
from bridle.detect.query import SECONDS, Tables, instant, run_rule
from bridle.detect.rule import Rule, RuleError, load_rules

MOST = 50
"""Differences of one finding that are told."""
_ADDRESS = ("table", "path", "sha256", "locator")


def evidence_sql(finding: Mapping[str, Any]) -> str:
    """SQL that returns `table`, `path`, `sha256` and `locator` of exactly the rows a finding rests on.

    Of a finding with more rows than it lists this is its own `evidence_query`. One that withholds its query (a
    restricted indicator's) gives the rows it lists.
    """
    if finding.get("evidence_query"):
        return str(finding["evidence_query"])
    return " UNION ALL ".join(addressed(map(_place, finding["evidence"])).values()) + ORDER


def rederived(case: Tables, finding: Mapping[str, Any], rules: Sequence[Rule] | None = None) -> list[str]:
    """What of a finding the case does not bear out; empty if all of it stands in the records."""
    found = _Compared(case, finding)
    with closing(case.connect()) as db:
        try:
            found.rows(db)
            found.count(db)
            rule = next((r for r in (load_rules() if rules is None else rules) if r.id == finding["rule"]), None)
            if rule is not None:
                found.rule(db, rule)
        except (duckdb.Error, RuleError) as e:
            found.differences.append(f"the records cannot be asked: {str(e).splitlines()[0]:.200}")
    return found.differences[:MOST]


def _place(evidence: Mapping[str, Any]) -> Place:
    return evidence["table"], evidence["path"], evidence["sha256"], evidence["locator"]


def is_withheld(evidence: Mapping[str, Any]) -> bool:
    """Whether the row's own place is not told, for it would tell a restricted indicator."""
    return any("restricted" in str(evidence[k]) for k in ("path", "sha256", "locator"))


class _Compared:
    """One finding held against the case."""

    def __init__(self, case: Tables, finding: Mapping[str, Any]) -> None:
        self._schemas, self._finding = case.tables(), finding
        self._shown = [e for e in finding["evidence"] if not is_withheld(e)]
        self.differences: list[str] = []

    def rows(self, db: duckdb.DuckDBPyConnection) -> None:
        """Every listed row is there, with the same time, and an indicator's with the same values."""
        records: dict[Place, list[dict[str, Any]]] = {}
        for table, query in addressed(map(_place, self._shown), whole=True).items():
            if table not in self._schemas:
                self.differences.append(f"{table}: the case has no such table")
                continue
            for place, row in _records(db, table, query):
                records.setdefault(place, []).append(row)
        for evidence in self._shown:
            place = _place(evidence)
            if place[0] in self._schemas:
                self.differences += self._record(evidence, records.get(place, []))

    def _record(self, evidence: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """The differences from the one of the rows in this place that is most like it: two acquisitions may have one
        each."""
        if not rows:
            return [f"{_words(_place(evidence))}: no such record"]
        if self._finding["indicator"] is None:
            return []
        schema = self._schemas[evidence["table"]]
        return min((list(_differences(evidence, row, schema)) for row in rows), key=len)

    def count(self, db: duckdb.DuckDBPyConnection) -> None:
        """The finding's SQL returns as many rows as it counts, and those it lists are among them."""
        withheld = len(self._shown) < len(self._finding["evidence"])
        more = self._finding["count"] > len(self._finding["evidence"])
        if withheld or (more and not self._finding.get("evidence_query")):
            return
        query = evidence_sql(self._finding)
        found = Counter(tuple(r) for r in db.execute(f"SELECT {_COLUMNS} FROM ({query})").fetchall())  # noqa: S608
        if found.total() != self._finding["count"]:
            self.differences.append(f"its query returns {found.total():,} rows, it counts {self._finding['count']:,}")
        for place in {_place(e) for e in self._shown} - found.keys():
            self.differences.append(f"{_words(place)}: its query does not return it")

    def rule(self, db: duckdb.DuckDBPyConnection, rule: Rule) -> None:
        """The rule, run again, gives the same rows with the same values."""
        again = next(iter(run_rule(db, rule, SECONDS)), None)
        if again is None or again.count != self._finding["count"]:
            found = again.count if again else 0
            self.differences.append(f"the rule matches {found:,} rows, the finding counts {self._finding['count']:,}")
            return
        for mine, its in zip(self._finding["evidence"], again.as_dict()["evidence"], strict=True):
            if not is_withheld(mine) and _place(mine) != _place(its):
                self.differences.append(f"{_words(_place(mine))}: the rule gives {_words(_place(its))} in its place")
                continue
            for name, value in {**its["values"], "time": its["time"]}.items():
                told = {**mine["values"], "time": mine["time"]}.get(name)
                if not _is_withheld_value(told) and told != value:
                    self.differences.append(f"{_words(_place(mine))}: {name} is {value!r:.60}, not {told!r:.60}")


def _differences(evidence: Mapping[str, Any], row: Mapping[str, Any], schema: pa.Schema) -> Iterator[str]:
    where = _words(_place(evidence))
    for name, value in evidence["values"].items():
        if not _is_withheld_value(value) and (name not in row or plain(row[name]) != value):
            yield f"{where}: {name} is {plain(row.get(name))!r:.60}, not {value!r:.60}"
    time = next((row[n] for n in seen_at(schema) if isinstance(row.get(n), datetime)), None)
    if iso(time) != evidence["time"]:
        yield f"{where}: its time is {iso(time)}, not {evidence['time']}"


_COLUMNS = ", ".join(f'"{c}"' for c in _ADDRESS)


def _words(place: Place) -> str:
    table, path, _, locator = place
    return f"{table} {path:.200} {locator:.100}"


def _is_withheld_value(value: Any) -> bool:
    return isinstance(value, str) and "restricted" in value


def _records(db: duckdb.DuckDBPyConnection, table: str, query: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    """The rows of a query over one table as they were stored, each with its place."""
    answer: pa.Table = db.sql(query).to_arrow_table()
    for batch in answer.to_batches():
        for n in range(batch.num_rows):
            row = {f.name: _value(batch.column(f.name), n) for f in batch.schema}
            if table == LEDGER:
                yield (table, row["path"], row["sha256"], f"ledger:{row['member']}"), row
            else:
                yield (table, row["_path"], row["_sha256"], row["locator"]), row


def _value(column: pa.Array, n: int) -> Any:
    """Times by their microseconds: no zone database is asked, and no year is too late."""
    if not pa.types.is_timestamp(column.type):
        return column[n].as_py()
    return instant(column[n].cast(pa.int64()).as_py(), zoned=column.type.tz is not None)
