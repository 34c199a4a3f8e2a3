"""The tables of a list project: names and types of their columns.

Analyses see `SELECTIONS` only, in which a number is a token: a keyed hash that is stable within one project and means
nothing outside it. The numbers lie in `NUMBERS`, under a second key. The two are joined by `row`.
"""

from __future__ import annotations

import pyarrow as pa

STATUSES = ("valid_now", "valid_then", "possible", "invalid")
"""Of a number: valid by the plan of today; valid by the plan at the time of its selection, and rewritten by a dated
migration; of a length its plan knows, but in no range of it; none of these. None is a reason to drop a row."""
PRECISIONS = ("us", "second", "minute", "day", "month", "year")
"""How exactly a time was written, finest first. A time is the beginning of what was written."""
TEXT = pa.dictionary(pa.int32(), pa.string())
"""Of columns that are the same in many rows, where a table is built; `SELECTIONS` itself has plain text."""

SELECTIONS = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("token", pa.string(), nullable=False),
        pa.field("country", pa.string()),
        pa.field("candidates", pa.list_(pa.string()), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("time", pa.timestamp("us", tz="UTC")),
        pa.field("time_precision", pa.string()),
        pa.field("operator", pa.string()),
        pa.field("rule", pa.string()),
    ]
)
"""One row for each row of the imports, in their order.

row: 0-based in the import. source: SHA-256 of the imported file. token: HMAC-SHA-256 of the normalised number under a
key of the project, 128 bits as hex. country: ISO 3166 alpha-2 where the number tells one alone, else null.
candidates: all regions that the number may be of. time: of the selection, in UTC, or null; `time_precision` one of
`PRECISIONS` or null. operator: the client as the leak names it, or null. rule: the numbering-plan migration that was
applied, or null.
"""

NUMBERS = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("token", pa.string(), nullable=False),
        pa.field("number", pa.string()),
        pa.field("written", pa.string()),
        pa.field("raw", pa.string(), nullable=False),
        pa.field("extension", pa.string()),
    ]
)
"""What only both keys open. number: E.164 as of today, or null. written: E.164 before a migration. raw: the number's
cell, never changed. All cells of the rows, with their notes, lie in a table of their own under the same keys."""


def empty_selections() -> pa.Table:
    """A table of selections without rows."""
    return SELECTIONS.empty_table()


def selections(rows: list[dict[str, object]]) -> pa.Table:
    """A table of selections from rows as dicts; a missing column is null. Raises ValueError (ArrowInvalid)."""
    filled = [{"candidates": [r["country"]] if r.get("country") else [], "status": "valid_now", **r} for r in rows]
    return pa.Table.from_pylist(filled, schema=SELECTIONS)
