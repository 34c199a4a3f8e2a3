"""`observables.parquet`: every value of the case that an indicator can name, and when it was seen.

Values are as stored, but for domains (`bridle.formats.urls.normalised_host`). What is derived:
from a URL its host and the hosts of the URLs nested in it; from free text its URLs, domains, addresses and e-mail
addresses, never the text itself; from an account the e-mail address or phone number; from each domain its parents,
under the kind `domain-parent`, for nobody has seen those by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.zones import column_in_utc, seen_at, zones
from bridle.formats import urls

if TYPE_CHECKING:
    from bridle.case.reader import Case

_TIME = pa.timestamp("us", tz="UTC")
OBSERVABLES = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False, metadata={"doc": "a kind of core, or domain-parent"}),
        pa.field("value", pa.string(), nullable=False),
        pa.field("table", pa.string(), nullable=False),
        pa.field("first_seen", _TIME, metadata={"doc": "the earliest of the rows' first times"}),
        pa.field("last_seen", _TIME),
        pa.field("count", pa.int64(), nullable=False, metadata={"doc": "rows"}),
    ]
)
_PARTIAL = pa.schema(
    [("value", pa.string()), ("table", pa.string()), ("first", _TIME), ("last", _TIME), ("n", pa.int64())]
)
_LINKED = r"[^\s.]\.[^\s.]|[。．｡]|[0-9a-fA-F]:[0-9a-fA-F:]"
"""What a text must contain before it is worth a look."""
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{3,30}\Z")
_ROWS = 1 << 16

Derived = Iterator[tuple[str, str]]
"""Kinds and values."""


def observables(case: Case) -> pa.RecordBatchReader:
    """The observables of all tables of a case, sorted by kind, value and table."""
    gathered: dict[str, _Gathered] = {}
    at = zones(case)
    for table, schema in sorted(case.tables().items()):
        for field in schema:
            kind = (field.metadata or {}).get(b"kind", b"").decode()
            if kind and table != "observables":
                _gather(case, table, schema, field, kind, gathered, at)
    if "domain" in gathered:
        domains = gathered["domain"].rows()
        for batch in domains.to_batches(max_chunksize=_ROWS):
            _derive(pa.Table.from_batches([batch]), _parents, gathered)
    return pa.RecordBatchReader.from_batches(OBSERVABLES, _sorted(gathered))


class _Gathered:
    """Values of one kind, added up now and then so that repeats take no memory."""

    def __init__(self) -> None:
        self._parts: list[pa.Table] = []
        self._rows = self._settled = 0

    def add(self, part: pa.Table) -> None:
        self._parts.append(part)
        self._rows += part.num_rows
        if self._rows > 2 * self._settled + 4 * _ROWS:
            self.rows()

    def rows(self) -> pa.Table:
        """One row for each value and table."""
        self._parts = [_summed(pa.concat_tables(self._parts))]
        self._rows = self._settled = self._parts[0].num_rows
        return self._parts[0]


def _summed(table: pa.Table) -> pa.Table:
    found = table.group_by(["value", "table"]).aggregate([("first", "min"), ("last", "max"), ("n", "sum")])
    return found.select(["value", "table", "first_min", "last_max", "n_sum"]).rename_columns(_PARTIAL.names)


def _gather(
    case: Case,
    table: str,
    schema: pa.Schema,
    field: pa.Field,
    kind: str,
    gathered: dict[str, _Gathered],
    at: Mapping[str, str],
) -> None:
    source = "source" if table == "ledger" else "_source"
    time = next(iter(seen_at(schema)), None)
    for batch in case.batches(table, [*dict.fromkeys([field.name, *([time, source] if time else [])])]):
        when = column_in_utc(batch.column(time), batch.column(source), at) if time else None
        part = _partial(batch, table, field, when)
        if kind == "text":
            part = part.filter(pc.match_substring_regex(part["value"], _LINKED))
        elif kind != "domain":
            gathered.setdefault(kind, _Gathered()).add(part)
        if kind in _DERIVED:
            _derive(part, _DERIVED[kind], gathered)


def _partial(batch: pa.RecordBatch, table: str, field: pa.Field, when: pa.Array | None) -> pa.Table:
    """The distinct values of one column in one batch."""
    values = batch.column(field.name)
    times = pa.nulls(batch.num_rows, _TIME) if when is None else when
    if pa.types.is_list(values.type):
        times = times.take(pc.list_parent_indices(values))
        values = pc.list_flatten(values)
    n = len(values)
    rows = pa.table(
        [values, pa.array([table] * n, pa.string()), times, times, pa.array([1] * n, pa.int64())], schema=_PARTIAL
    )
    return _summed(rows.filter(pc.and_(pc.is_valid(values), pc.not_equal(values, ""))))


def _derive(part: pa.Table, derive: Callable[[str], Derived], gathered: dict[str, _Gathered]) -> None:
    """What follows from each value, with the times and counts of its rows."""
    found: dict[str, tuple[list[str], list[int]]] = {}
    for number, value in enumerate(part["value"].to_pylist()):
        for kind, derived in dict.fromkeys(derive(value)):
            values, numbers = found.setdefault(kind, ([], []))
            values.append(derived)
            numbers.append(number)
    for kind, (values, numbers) in found.items():
        rows = part.take(pa.array(numbers, pa.int64())).set_column(0, "value", pa.array(values, pa.string()))
        gathered.setdefault(kind, _Gathered()).add(rows)


@lru_cache(maxsize=1 << 16)
def _host(start: str) -> tuple[tuple[str, str], ...]:
    host = urls.host_of(start)
    return () if host is None else ((("domain" if urls.is_domain(host) else "ip-address"), host),)


def _from_url(url: str) -> Derived:
    rest = url[4:]
    nested = urls.nested_urls(url) if "%" in rest or "http" in rest.lower() else ()
    for each in (url, *nested):
        yield from _host("/".join(each.split("/", 3)[:3]))


def _from_text(text: str) -> Derived:
    for url in urls.urls_in(text):
        yield "url", url
        yield from _from_url(url)
    bare = " ".join(word for word in text.split() if "://" not in word) if "://" in text else text
    yield from (("domain", d) for d in urls.domains_in(bare))
    yield from (("email", e) for e in urls.emails_in(text))
    yield from (("ip-address", a) for a in urls.ips_in(text))


def _from_account(account: str) -> Derived:
    bare = account.removeprefix("mailto:").removeprefix("tel:")
    yield from (("email", e) for e in urls.emails_in(bare))
    if _PHONE.match(bare):
        yield "phone-number", bare


def _from_domain(domain: str) -> Derived:
    yield "domain", urls.normalised_host(domain) or domain


def _parents(domain: str) -> Derived:
    yield from (("domain-parent", p) for p in urls.parents(domain))


_DERIVED: dict[str, Callable[[str], Derived]] = {
    "url": _from_url, "text": _from_text, "account": _from_account, "domain": _from_domain,
}  # fmt: skip


def _sorted(gathered: dict[str, _Gathered]) -> Iterator[pa.RecordBatch]:
    for kind in sorted(gathered):
        rows = gathered.pop(kind).rows().sort_by([("value", "ascending"), ("table", "ascending")])
        named = rows.add_column(0, "kind", pa.array([kind] * rows.num_rows, pa.string()))
        yield from named.rename_columns(OBSERVABLES.names).cast(OBSERVABLES).to_batches(max_chunksize=_ROWS)
