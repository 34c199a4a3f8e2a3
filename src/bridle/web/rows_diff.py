"""Rows of a table that one of two cases has and the other has not: what appeared, what disappeared."""

from __future__ import annotations

from threading import Timer
from typing import Any

import duckdb
import pyarrow as pa

from bridle.case.plain import plain
from bridle.case.sql import quoted
from bridle.case.timeline import LEDGER
from bridle.web.viewed import Refused, Viewed

MOST, SECONDS = 200, 20.0
"""Rows that are shown of each case, and seconds that the comparison may take."""
_PLACE = ("_path", "_sha256", "locator")
_NOT_COMPARED = {*_PLACE, "_source", "source", "member"}
"""Where a row stood, which a second acquisition may change, and the names of sources."""


def rows_diff(one: Viewed, two: Viewed, table: str) -> dict[str, Any]:
    """Rows whose values only one of two cases has, wherever they stand in their files. Raises Refused."""
    schemas = [v.case.tables().get(table) for v in (one, two)]
    if schemas[0] is None or schemas[1] is None:
        raise Refused(f"only one of the cases has a table {table:.80}", 404)
    columns = [n for n in schemas[0].names if n in schemas[1].names and n not in _NOT_COMPARED]
    with one.case.bare() as db:
        late = Timer(SECONDS, db.interrupt)
        late.start()
        try:
            db.register("one", one.case.dataset(table))
            db.register("two", two.case.dataset(table))
            return {
                "disappeared": _only(db, one, table, columns, "one", "two"),
                "appeared": _only(db, two, table, columns, "two", "one"),
            }
        except duckdb.InterruptException:
            raise Refused(f"{table} is too large to compare in {SECONDS:.0f} seconds") from None
        except duckdb.Error as e:
            raise Refused(f"{table} cannot be compared: {str(e).splitlines()[0]:.200}") from None
        finally:
            late.cancel()


def _only(
    db: duckdb.DuckDBPyConnection, shown: Viewed, table: str, columns: list[str], here: str, there: str
) -> dict[str, Any]:
    """How many rows only one side has, and some of them. The values are compared, not digests of them."""
    same = " AND ".join(f"a.{quoted(c)} IS NOT DISTINCT FROM b.{quoted(c)}" for c in columns) or "true"
    only = f"FROM {here} a ANTI JOIN {there} b ON {same}"
    place = [f"a.{quoted(n)}" for n in ("path", "sha256", "member") if table == LEDGER] or [f"a.{n}" for n in _PLACE]
    listed = ", ".join([*place, *(f"a.{quoted(c)}" for c in columns)])
    count = db.execute(f"SELECT count(*) {only}").fetchall()[0][0]
    found: pa.Table = db.sql(f"SELECT {listed} {only} LIMIT {MOST}").to_arrow_table()
    values = [plain(c) for c in found.columns]
    rows = [
        {"path": shown.named(r[0]), "sha256": r[1], "locator": shown.named(r[2]), "text": _text(shown, r[len(place) :])}
        for r in zip(*values, strict=True)
    ]
    return {"count": count, "rows": rows}


def _text(shown: Viewed, values: tuple[Any, ...]) -> str:
    told = " · ".join(str(v)[:120] for v in values if v not in (None, "", False))
    return str(shown.shown(told, 400))
