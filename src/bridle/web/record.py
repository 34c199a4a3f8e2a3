"""One row of a case as it is stored: every column, the file it came from, its neighbours, its places in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.plain import iso, plain
from bridle.case.sql import micros
from bridle.case.timeline import LEDGER
from bridle.web.viewed import Refused, Viewed

AROUND = 5
"""Rows before and after that are shown."""
MOST_FILES = 20
"""Rows of the ledger that are shown of one file."""
LONGEST = 100_000
"""Characters of one value."""
_NEAR = 120
_UNTOLD = {"observables", "device"}
"""Tables that the timeline does not tell."""


def find(viewed: Viewed, table: str, path: str, sha256: str | None, locator: str) -> int:
    """The number of the row that a finding cites. Raises Refused where there is none."""
    if table not in viewed.case.tables():
        raise Refused(f"this case has no table {table:.80}", 404)
    names = ["path", "sha256", "member"] if table == LEDGER else ["_path", "_sha256", "locator"]
    wanted = path, sha256, locator.removeprefix("ledger:") if table == LEDGER else locator
    begin = 0
    for batch in viewed.case.batches(table, names):
        test = pc.equal(batch.column(names[2]), wanted[2])
        for name, value in zip(names[:2], wanted[:2], strict=True):
            same = pc.is_null(batch.column(name)) if value is None else pc.equal(batch.column(name), value)
            test = pc.and_kleene(test, same)
        if len(found := pc.indices_nonzero(test)):
            return begin + int(found[0].as_py())
        begin += len(batch)
    raise Refused("no row of this case has this file and place; `bridle verify` says whether the case was changed", 404)


def row(viewed: Viewed, table: str, number: int) -> dict[str, Any]:
    """A row, ready for the page. Raises Refused for a table or number that is not there."""
    schema = viewed.case.tables().get(table)
    if schema is None:
        raise Refused(f"this case has no table {table:.80}", 404)
    count = viewed.rows.count(table)
    if not 0 <= number < count:
        raise Refused(f"{table} has {count:,} rows, and no row {number + 1:,}", 404)
    first = max(0, number - AROUND)
    near = viewed.rows.take(table, schema.names, range(first, min(count, number + AROUND + 1)))
    own = near.slice(number - first, 1)
    values = {f.name: plain(own[f.name])[0] for f in schema}
    path = values.get("path" if table == LEDGER else "_path")
    return {
        "table": table, "number": number, "rows": count,
        "path": viewed.shown(path), "sha256": values.get("sha256" if table == LEDGER else "_sha256"),
        "columns": [_column(viewed, f, values[f.name]) for f in schema],
        "neighbours": list(_neighbours(viewed, near, first)),
        "files": _files(viewed, path), "times": list(_times(viewed, table, own, number)),
        "source": _source(viewed, values.get("source" if table == LEDGER else "_source")),
    }  # fmt: skip


def _column(viewed: Viewed, field: pa.Field, value: Any) -> dict[str, Any]:
    notes = {k.decode(): v.decode() for k, v in (field.metadata or {}).items()}
    text = value if value is None or isinstance(value, bool | int | float) else viewed.shown(value, LONGEST)
    return {"name": field.name, "doc": notes.get("doc", ""), "kind": notes.get("kind"), "value": text,
            "type": str(field.type)}  # fmt: skip


def _neighbours(viewed: Viewed, near: pa.Table, first: int) -> Iterator[dict[str, Any]]:
    names = [f.name for f in near.schema if not f.name.startswith("_") and f.name not in ("locator", "extra")]
    places = plain(near["locator"]) if "locator" in near.column_names else [None] * len(near)
    columns = [plain(near[n]) for n in names]
    for n, values in enumerate(zip(*columns, strict=True)):
        told = " · ".join(str(v)[:_NEAR] for v in values if v not in (None, "", False))
        yield {"number": first + n, "locator": viewed.shown(places[n]), "text": viewed.shown(told, 3 * _NEAR)}


def _files(viewed: Viewed, path: str | None) -> list[dict[str, Any]]:
    """What the ledger says of a file."""
    if path is None or LEDGER not in viewed.case.tables():
        return []
    found: list[dict[str, Any]] = []
    begin = 0
    for batch in viewed.case.batches(LEDGER, ["path"]):
        places = pc.indices_nonzero(pc.equal(batch.column("path"), path)).to_pylist()
        found += [{"number": begin + p} for p in places]
        begin += len(batch)
        if len(found) >= MOST_FILES:
            break
    found = found[:MOST_FILES]
    names = viewed.case.tables()[LEDGER].names
    read = viewed.rows.take(LEDGER, names, [f["number"] for f in found])
    told = zip(*(plain(read[n]) for n in names), strict=True)
    return [
        f | dict(zip(names, viewed.shown(list(values)), strict=True)) for f, values in zip(found, told, strict=True)
    ]


def _times(viewed: Viewed, table: str, own: pa.Table, number: int) -> Iterator[dict[str, Any]]:
    """The row's times, as the timeline has them, and the place of each in it."""
    found, left = viewed.events()
    for f in own.schema:
        if not pa.types.is_timestamp(f.type) or own[f.name].null_count or table in left or table in _UNTOLD:
            continue
        if f.type.tz:
            time = own[f.name].cast(pa.timestamp("us")).cast(pa.int64())[0].as_py()
        else:
            time = viewed.windows.instant(own, f.name, "source" if table == LEDGER else "_source")
        if time is not None:
            yield {"event": f.name, "time": iso(time), "place": found.place(time, table, number)}


def _source(viewed: Viewed, name: str | None) -> dict[str, Any] | None:
    sources: Sequence[dict[str, Any]] = viewed.case.meta.get("sources", [])
    found = next((s for s in sources if s.get("id") == name), None)
    return None if found is None else {k: viewed.named(v) for k, v in found.items() if k in ("id", "label", "kind")}


def instant(text: str) -> int:
    """Microseconds since 1970 of an ISO 8601 time; without an offset it is UTC. Raises Refused."""
    from datetime import UTC, datetime

    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refused(f"expected a time such as 2021-07-18T10:02:00Z, got {text!r:.60}") from None
    return micros(time if time.tzinfo else time.replace(tzinfo=UTC))
