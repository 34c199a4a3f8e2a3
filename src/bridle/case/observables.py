"""`observables.parquet`: every value of the case that an indicator can name, and when it was seen.

Values are as stored, but for domains (`bridle.formats.urls.host_at`). What is derived:
from a URL its host and the hosts of the URLs nested in it; from free text its URLs, domains, addresses and e-mail
addresses, never the text itself; from an account the e-mail address or phone number; from each domain its parents,
under the kind `domain-parent`, for nobody has seen those by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.zones import Tables, column_in_utc, seen_at, zones
from bridle.formats import urls
from bridle.formats.texts import Texts, pieces

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
QUOTED = "quoted"
"""The kind of a domain that stands in the address of another host in a text: for `aside` alone, nobody went there."""
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{3,30}\Z")
_ROWS = 1 << 16

Derived = Iterator[tuple[str, str]]
"""Kinds and values."""


Aside = Callable[[pa.RecordBatch], None]


def observables(case: Tables, aside: Aside | None = None) -> pa.RecordBatchReader:
    """The observables of all tables of a case, sorted by kind, value and table.

    `aside` is given each batch, of one kind each, as it is read; and those of the kind `QUOTED`.
    """
    gathered: dict[str, _Gathered] = {}
    at = zones(case)
    for table, schema in sorted(case.tables().items()):
        fields = [(f.name, kind) for f in schema if (kind := (f.metadata or {}).get(b"kind", b"").decode())]
        if fields and table != "observables":
            _gather(case, table, schema, fields, gathered, at)
    if "domain" in gathered:
        domains = gathered["domain"].rows()
        for batch in domains.to_batches(max_chunksize=_ROWS):
            _derive(pa.Table.from_batches([batch]), _parents, gathered)
    return pa.RecordBatchReader.from_batches(OBSERVABLES, _told(_sorted(gathered), aside))


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
    case: Tables,
    table: str,
    schema: pa.Schema,
    fields: Sequence[tuple[str, str]],
    gathered: dict[str, _Gathered],
    at: Mapping[str, str],
) -> None:
    """The observables of one table's fields, given by name and kind."""
    source = "source" if table == "ledger" else "_source"
    time = next(iter(seen_at(schema)), None)
    read = [*dict.fromkeys([*(name for name, _ in fields), *([time, source] if time else [])])]
    for batch in case.batches(table, read):
        when = column_in_utc(batch.column(time), batch.column(source), at) if time else pa.nulls(batch.num_rows, _TIME)
        for name, kind in fields:
            values, of = _values(batch.column(name), when)
            if kind == "text":
                _gather_texts(values, of, table, gathered)
                continue
            part = _partial(values, of, table)
            if kind != "domain":
                gathered.setdefault(kind, _Gathered()).add(part)
            if kind in _DERIVED:
                _derive(part, _DERIVED[kind], gathered)


def _values(values: pa.Array, when: pa.Array) -> tuple[pa.Array, pa.Array]:
    """The single values of a column, and the times of their rows."""
    if pa.types.is_list(values.type):
        return pc.list_flatten(values), when.take(pc.list_parent_indices(values))
    return values, when


def _partial(values: pa.Array, when: pa.Array, table: str) -> pa.Table:
    """The distinct values of one column in one batch."""
    n = len(values)
    rows = pa.table(
        [values, pa.repeat(pa.scalar(table), n), when, when, pa.repeat(pa.scalar(1, pa.int64()), n)], schema=_PARTIAL
    )
    return _summed(rows.filter(pc.and_(pc.is_valid(values), pc.not_equal(values, ""))))


def _gather_texts(values: pa.Array, when: pa.Array, table: str, gathered: dict[str, _Gathered]) -> None:
    """What stands in texts; rows whose text holds nothing go no further."""
    coded = values.dictionary_encode()
    told = {n: [*dict.fromkeys(found)] for n, found in _in_texts(coded.dictionary).items()}
    if told:
        rows = pc.is_in(coded.indices, pa.array(list(told), coded.indices.type))
        by_text = {coded.dictionary[n].as_py(): found for n, found in told.items()}
        _derive(_partial(values.filter(rows), when.filter(rows), table), by_text.__getitem__, gathered)


def _in_texts(texts: pa.Array) -> dict[int, list[tuple[str, str]]]:
    """Kinds and values that stand in each of some distinct texts, by its number."""
    out: dict[int, list[tuple[str, str]]] = {}
    for first, some in pieces(texts):
        looked = Texts(some)
        for at in looked.alone:
            out[first + at] = list(_from_text(some[at].as_py()))
        for at, words in looked.holding(looked.domains.keys() | looked.numbered):
            found = out.setdefault(first + at, [])
            found += (("domain", d) for w in words for d in looked.domains.get(w, ()))
            if not looked.numbered.isdisjoint(words):
                found += (("ip-address", a) for a in urls.ips_in(some[at].as_py()))
    return {n: found for n, found in out.items() if found}


def _derive(part: pa.Table, derive: Callable[[str], Iterable[tuple[str, str]]], gathered: dict[str, _Gathered]) -> None:
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
    return () if host is None else ((("ip-address" if urls.is_address(host) else "domain"), host),)


def _from_url(url: str) -> Derived:
    rest = url[4:]
    nested = urls.nested_urls(url) if "%" in rest or "http" in rest.lower() or "//" in rest[5:] else ()
    for each in (url, *nested):
        yield from _host("/".join(each.split("/", 3)[:3]))


def _from_text(text: str) -> Derived:
    found = urls.urls_in(text)
    for url in found:
        yield "url", url
        yield from _from_url(url)
    yield from (("domain", d) for d in _domains_beside(text, found))
    yield from (("email", e) for e in urls.emails_in(text))
    yield from (("ip-address", a) for a in urls.ips_in(text))
    if "://" in text:
        inside = " ".join(word for word in text.split() if "://" in word)
        yield from ((QUOTED, d) for d in urls.domains_in(inside))


def _domains_beside(text: str, found: Sequence[str]) -> list[str]:
    """The domains that a text names beside its URLs; also one that stands in a word with a URL, or in one of no host.

    What else is named there is named in one of the URLs.
    """
    if "://" not in text:
        return urls.domains_in(text)
    words = text.split()
    beside = urls.domains_in(" ".join(word for word in words if "://" not in word))
    known = frozenset(found)
    others = [word for word in words if "://" in word and word not in known]
    if len(text) > urls.LONGEST_TEXT:
        others.append(text[: urls.LONGEST_TEXT])
    if others and (named := urls.domains_in(" ".join(others))):
        quoted = {d for url in found for d in urls.domains_in(url)}
        beside += (d for d in named if d not in quoted)
    return beside


def _from_account(account: str) -> Derived:
    bare = account.removeprefix("mailto:").removeprefix("tel:")
    yield from (("email", e) for e in urls.emails_in(bare))
    if _PHONE.match(bare):
        yield "phone-number", bare


def _from_domain(domain: str) -> Derived:
    yield "domain", urls.host_at(domain) or domain


def _parents(domain: str) -> Derived:
    yield from (("domain-parent", p) for p in urls.parents(domain))


_DERIVED: dict[str, Callable[[str], Derived]] = {
    "url": _from_url, "account": _from_account, "domain": _from_domain,
}  # fmt: skip


def _told(batches: Iterable[pa.RecordBatch], aside: Aside | None) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if aside is not None:
            aside(batch)
        if batch["kind"][0].as_py() != QUOTED:
            yield batch


def _sorted(gathered: dict[str, _Gathered]) -> Iterator[pa.RecordBatch]:
    for kind in sorted(gathered):
        rows = gathered.pop(kind).rows().sort_by([("value", "ascending"), ("table", "ascending")])
        named = rows.add_column(0, "kind", pa.array([kind] * rows.num_rows, pa.string()))
        yield from named.rename_columns(OBSERVABLES.names).cast(OBSERVABLES).to_batches(max_chunksize=_ROWS)
