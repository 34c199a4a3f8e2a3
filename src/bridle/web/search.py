"""Looks for a text in every text of a case, table by table, and tells how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from time import monotonic
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.plain import iso
from bridle.case.zones import seen_at
from bridle.web.viewed import Refused, Viewed

MOST, MOST_OF_ONE, SECONDS = 500, 100, 60.0
"""Rows that are told, of all tables and of one, and seconds that a search may take."""
SHORTEST, LONGEST = 2, 200
"""Characters of what is looked for."""
_EVERY = 0.25
_AROUND = 60
_DERIVED = {"observables"}
"""Values that stand in other tables."""


def search(viewed: Viewed, text: str, tables: frozenset[str] = frozenset()) -> Iterator[dict[str, Any]]:
    """Hits and how far the search is, as they come; then why it ended. Letters' case does not matter.

    Each is a dictionary with `hit`, `progress` or `end`. It stops after `MOST` rows or `SECONDS`. Raises Refused.
    """
    if not SHORTEST <= len(text) <= LONGEST:
        raise Refused(f"look for {SHORTEST} to {LONGEST} characters")
    return _search(viewed, text, tables)


def _search(viewed: Viewed, text: str, tables: frozenset[str]) -> Iterator[dict[str, Any]]:
    begun = told = monotonic()
    rows = {t: n for t, n in viewed.case.rows().items() if t not in _DERIVED and (not tables or t in tables)}
    of, done, hits, more = sum(rows.values()), 0, 0, list[str]()
    for table in sorted(rows):
        begin, here = 0, 0
        for batch in _batches(viewed, table):
            for hit in islice(_hits(viewed, table, batch, begin, text), min(MOST_OF_ONE - here, MOST - hits)):
                yield {"hit": hit}
                hits, here = hits + 1, here + 1
            begin += len(batch)
            if monotonic() - told > _EVERY:
                told = monotonic()
                yield {"progress": {"table": table, "done": done + begin, "of": of, "hits": hits}}
            if monotonic() - begun > SECONDS:
                why = f"stopped after {SECONDS:.0f} seconds; look in fewer tables"
                yield _end(why, hits, done + begin, of)
                return
            if here == MOST_OF_ONE or hits == MOST:
                more.append(table)
                break
        done += rows[table]
        if hits == MOST:
            yield _end(f"these are the first {MOST:,}; look for more of the text", hits, done, of)
            return
    why = f"of {', '.join(more)} only the first {MOST_OF_ONE} rows" if more else ""
    yield _end(why, hits, of, of)


def _end(why: str, hits: int, done: int, of: int) -> dict[str, Any]:
    return {"end": {"why": why, "hits": hits, "done": done, "of": of}}


def _batches(viewed: Viewed, table: str) -> Iterator[pa.RecordBatch]:
    schema = viewed.case.tables()[table]
    texts = [f.name for f in schema if _is_text(f.type) and not f.name.startswith("_")]
    columns = dict.fromkeys([*texts, *(n for n in ("_path", "locator") if n in schema.names), *seen_at(schema)[:1]])
    return viewed.case.batches(table, list(columns)) if texts else iter(())


def _is_text(of: pa.DataType) -> bool:
    return bool(pa.types.is_string(of) or (pa.types.is_list(of) and pa.types.is_string(of.value_type)))


def _hits(viewed: Viewed, table: str, batch: pa.RecordBatch, begin: int, text: str) -> Iterator[dict[str, Any]]:
    """The rows of a batch that have the text, each once, with the first column that has it."""
    found: dict[int, str] = {}
    for field in batch.schema:
        if _is_text(field.type) and not field.name.startswith("_") and field.name != "sha256":
            for n in _where(batch.column(field.name), text):
                found.setdefault(n, field.name)
    when = next((f.name for f in batch.schema if pa.types.is_timestamp(f.type)), None)
    for n in sorted(found):
        value = batch.column(found[n])[n].as_py()
        yield {
            "table": table, "number": begin + n, "column": found[n], "text": _excerpt(viewed, value, text),
            "locator": _text(viewed, batch, "locator", n), "path": _text(viewed, batch, "_path", n),
            "time": _time(batch, when, n),
        }  # fmt: skip


def _where(column: pa.Array, text: str) -> list[int]:
    values, parents = column, None
    if pa.types.is_list(column.type):
        values, parents = pc.list_flatten(column), pc.list_parent_indices(column)
    if values.offset == 0 and not values.nbytes:
        return []
    found = pc.indices_nonzero(pc.match_substring(values, text, ignore_case=True))
    return sorted(set((found if parents is None else parents.take(found)).to_pylist()))


def _excerpt(viewed: Viewed, value: Any, text: str) -> str:
    """The text with what stands around it. What is masked is so before it is cut."""
    words = str(viewed.shown(" · ".join(map(str, value)) if isinstance(value, list) else value, 1 << 20))
    at = max(words.lower().find(text.lower()), 0)
    begin, end = max(0, at - _AROUND), at + len(text) + _AROUND
    return ("…" if begin else "") + words[begin:end] + ("…" if end < len(words) else "")


def _text(viewed: Viewed, batch: pa.RecordBatch, name: str, n: int) -> Any:
    return viewed.shown(batch.column(name)[n].as_py()) if name in batch.schema.names else None


def _time(batch: pa.RecordBatch, name: str | None, n: int) -> str | None:
    """Of the row: UTC with `Z`, or what a clock showed."""
    value = None if name is None else batch.column(name)[n].cast(pa.timestamp("us")).cast(pa.int64()).as_py()
    return None if value is None else iso(value, utc=batch.schema.field(name).type.tz is not None)
