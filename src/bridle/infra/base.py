"""The knowledge base: who said what of which value, when, and since when that is known here.

    with read(folder) as base:
        for claim in base.claims(kind="domain"):
            ...

Two times are kept apart. *Valid* time is the world's: when a value was observed (`observed_first`, `observed_last`) and
for when a source says that it holds (`valid_from`, `valid_to`). *Recorded* time is the base's: since when
(`recorded_from`) and until when (`recorded_to`) its source said so here. A row that a source took back is closed, never
deleted: `known_at` reads the base as it was at a time, and `retracted=True` reads what was taken back.

Rows come in the order of their content, whatever the order of the imports. Times are ISO 8601 in UTC, as text.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from bridle.core import TLP
from bridle.indicators.model import KINDS as INDICATOR_KINDS
from bridle.indicators.model import covers
from bridle.infra.schema import BaseError, connect, told

__all__ = ["Base", "BaseError", "Claim", "Fact", "Relation", "Run", "Value", "read"]

KINDS = (
    *INDICATOR_KINDS, "pattern", "network", "name-server", "registrar", "registrant", "ct-entry", "issuer", "subject",
    "banner", "body", "title", "favicon", "asn", "ja3", "ja3s", "ja4", "jarm",
)  # fmt: skip
"""Kinds of values: those of indicators (`cert` is a certificate's SHA-256), and what servers and registries show.

`banner` (what a server sends before a body) and `body` are the SHA-256 of the bytes; `issuer` and `subject` are names
of certificates such as `CN=example.org, O=Example`; `ct-entry` is `crt.sh:ID` where a log's search gives no digest;
`registrant` is an organisation, never a person; `pattern` is one of STIX that asks for more than one value.
"""
SAYS = ("attacker", "observed", "benign")
"""What a claim says: an attacker's; seen, and no more; somebody's who is no attacker (a warning list)."""
TYPES = (
    "resolves-to", "name-server", "alias-of", "presents", "names", "issued-by", "subject", "registrar", "registrant",
    "serves", "in-asn", "fingerprint", "paired-with",
)  # fmt: skip
"""Types of relations, read as `one TYPE other`: domain resolves-to ip-address; domain name-server name-server; domain
alias-of domain; ip-address presents cert; cert or ct-entry names domain, issued-by issuer, subject subject; domain
registrar registrar; ip-address serves banner, body, title or favicon; ip-address fingerprint jarm, ja3s;
ip-address in-asn asn. `paired-with`: a source lists the two together and does not say how."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it is compared."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What one source says of one value."""

    kind: str
    value: str
    source: str
    """Who says it."""
    list_name: str
    """In which of the source's lists: what a newer copy of the list leaves out is taken back."""
    says: str
    vendor: str | None = None
    product: str | None = None
    generation: str | None = None
    campaign: str | None = None
    operator: str | None = None
    country: str | None = None
    reference: str | None = None
    """The report."""
    confidence: int | None = None
    """0 to 100, as the source or the user who imported it says; None where nobody did."""
    tlp: str | None = None
    port: int | None = None
    observed_first: str | None = None
    observed_last: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    shown: str = ""
    """The value as it was published."""
    recorded_from: str = ""
    recorded_to: str | None = None
    """None while the source says so."""
    file: str = ""
    sha256: str = ""
    """Of the file that it was imported from."""
    locator: str = ""
    """Of the row in that file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What one source says that two values have to do with each other."""

    one: Value
    type: str
    other: Value
    source: str
    list_name: str
    first: str | None = None
    last: str | None = None
    port: int | None = None
    count: int | None = None
    """How often it was seen, where the source counted."""
    recorded_from: str = ""
    recorded_to: str | None = None
    file: str = ""
    sha256: str = ""
    locator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A property of a value.

    Of a domain: `registered`, `expires`, `updated` (times), `status`, `dns-txt`, …; of a certificate: `not-before`,
    `not-after`, `logged` (times), `serial`, `sha1`, `md5`, `key-algorithm`, `signature-algorithm`, `self-issued`.
    """

    kind: str
    value: str
    name: str
    text: str
    source: str
    list_name: str
    recorded_from: str = ""
    recorded_to: str | None = None
    file: str = ""
    sha256: str = ""
    locator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One file that was imported."""

    recorded: str
    source: str
    list_name: str
    file: str
    sha256: str
    form: str
    options: str
    """What the user said of the file, as JSON."""
    claims: int
    relations: int
    facts: int
    """Rows that were new."""
    retracted: int
    warnings: int


Where = tuple[str, list[Any]]


class Base:
    """A knowledge base, opened for reading. Every method raises BaseError for a base that is damaged."""

    def __init__(self, db: sqlite3.Connection, folder: Path, audience: str | None = None) -> None:
        self._db = db
        self._folder = folder
        self._audience = audience
        self.withheld = 0
        """Values of which everything is marked for fewer than the audience; they are in no row that is read."""
        if audience is not None:
            self._withhold(audience)

    def _withhold(self, audience: str) -> None:
        """Note the values that an audience may not know of at all. Rows with them, or marked so, are not read."""
        with told(self._folder):
            self._db.execute("PRAGMA query_only = OFF")
            self._db.execute("CREATE TEMP TABLE withheld (id INTEGER PRIMARY KEY)")
            for statement in _WITHHELD:
                self._db.execute(statement.replace("FREE", _free(audience)).replace("FILE_S", _FILE_S))
            self._db.execute("PRAGMA query_only = ON")
        self.withheld = self._number("SELECT count(*) FROM withheld")

    def _limits(self, *of: str, marked: str = "") -> str:
        """What is asked of rows besides, where there is an audience: of their values, and of their marking."""
        if self._audience is None:
            return ""
        parts = [f" AND {alias}.id NOT IN withheld" for alias in of]
        if marked:
            parts += [" AND ifnull(", marked, ", 'TLP:CLEAR') IN (", _free(self._audience), ")"]
        return "".join(parts)

    def values(self, kind: str | None = None) -> Iterator[Value]:
        """Every value, also those of which everything was taken back."""
        where = "WHERE v.kind = ?" if kind else "WHERE true"
        sql = _select(["v.kind", "v.value"], "value v", where + self._limits("v"), "v.kind, v.value")
        for row in self._raw(sql, [kind] if kind else [], _types(Value)):
            yield Value(*row)

    def claims(
        self, kind: str | None = None, value: str | None = None, *, says: str | None = None, source: str | None = None,
        known_at: str | None = None, retracted: bool = False,
    ) -> Iterator[Claim]:  # fmt: skip
        """Claims by value, then source. Without `known_at` those that stand now; `retracted`: those taken back."""
        where, asked = _and(
            _recorded(known_at, retracted),
            {"v.kind": kind, "v.value": value, "c.says": says, "c.source": source},
        )
        order = "v.kind, v.value, c.source, c.list_name, c.says, c.key, c.recorded_from"
        where += self._limits("v", marked="c.tlp")
        sql = _select(_columns(Claim), _OF_VALUE.format("claim"), where, order)
        for row in self._raw(sql, asked, _types(Claim)):
            yield Claim(**dict(zip(_names(Claim), row, strict=True)))

    def relations(
        self, type_: str | None = None, one: Value | None = None, other: Value | None = None, *,
        known_at: str | None = None, retracted: bool = False,
    ) -> Iterator[Relation]:  # fmt: skip
        """Relations by their first value, type and second value."""
        asked_for = {"c.type": type_}
        if one is not None:
            asked_for |= {"v.kind": one.kind, "v.value": one.value}
        if other is not None:
            asked_for |= {"w.kind": other.kind, "w.value": other.value}
        where, asked = _and(_recorded(known_at, retracted), asked_for)
        joined = "value v CROSS JOIN relation c ON c.one = v.id JOIN value w ON w.id = c.other"
        if one is None and other is not None:
            joined = "value w CROSS JOIN relation c ON c.other = w.id JOIN value v ON v.id = c.one"
        columns = ["v.kind", "v.value", "c.type", "w.kind", "w.value", *_columns(Relation)[3:]]
        order = "v.kind, v.value, c.type, w.kind, w.value, c.source, c.list_name, c.key, c.recorded_from"
        where += self._limits("v", "w", marked=_FILE_S)
        sql = _select(columns, f"{joined} JOIN run r ON r.id = c.run", where, order)
        for row in self._raw(sql, asked, ("str",) * 5 + _types(Relation)[3:]):
            about = dict(zip(_names(Relation)[3:], row[5:], strict=True))
            yield Relation(one=Value(*row[:2]), type=row[2], other=Value(*row[3:5]), **about)

    def facts(
        self, name: str | None = None, kind: str | None = None, value: str | None = None, *,
        known_at: str | None = None, retracted: bool = False,
    ) -> Iterator[Fact]:  # fmt: skip
        """Facts by value, then name."""
        where, asked = _and(_recorded(known_at, retracted), {"c.name": name, "v.kind": kind, "v.value": value})
        order = "v.kind, v.value, c.name, c.text, c.source, c.list_name, c.key, c.recorded_from"
        where += self._limits("v", marked=_FILE_S)
        sql = _select(_columns(Fact), _OF_VALUE.format("fact"), where, order)
        for row in self._raw(sql, asked, _types(Fact)):
            yield Fact(**dict(zip(_names(Fact), row, strict=True)))

    def runs(self) -> Iterator[Run]:
        """Imports, in the order they were made."""
        sql = _select([f"run.{name}" for name in _names(Run)], "run", "", "run.id")
        for row in self._raw(sql, [], _types(Run)):
            yield Run(**dict(zip(_names(Run), row, strict=True)))

    def counts(self) -> dict[str, int]:
        """How many values there are, and how many claims, relations and facts stand."""
        out = {"values": self._number("SELECT count(*) FROM value")}
        for table in ("claim", "relation", "fact"):
            out[f"{table}s"] = self._number(f"SELECT count(*) FROM {table} WHERE recorded_to IS NULL")  # noqa: S608
        out["retracted"] = self._number("SELECT count(*) FROM claim WHERE recorded_to IS NOT NULL")
        return out

    def digest(self) -> str:
        """SHA-256 of what stands, with its lineage and without the times of recording: equal imports, equal digest."""
        out = hashlib.sha256()
        rows: tuple[Iterator[Any], ...] = (self.claims(), self.relations(), self.facts())
        for some in rows:
            for row in some:
                out.update(repr([v for f, v in zip(fields(row), astuple(row), strict=True)
                                 if f.name not in ("recorded_from", "recorded_to")]).encode())  # fmt: skip
        return out.hexdigest()

    def _number(self, sql: str) -> int:
        return int(next(self._raw(sql, [], ("int",)))[0])

    def _raw(self, sql: str, asked: list[Any], types: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        """Rows whose fields have these types; what a damaged file holds instead raises BaseError."""
        known: set[tuple[type, ...]] = set()
        with told(self._folder):
            for row in self._db.execute(sql, asked):
                seen = tuple(map(type, row))
                if seen not in known:
                    if not all(s in _ALLOWED[t] for s, t in zip(seen, types, strict=True)):
                        raise BaseError(f"{self._folder} is damaged: {row!r:.60}; restore a copy, or import again")
                    known.add(seen)
                yield row


_FILE_S = "json_extract(r.options, '$.tlp')"
"""The marking that the user gave a file."""
_WITHHELD = (
    """INSERT INTO withheld SELECT value FROM claim GROUP BY value
    HAVING sum(ifnull(tlp, 'TLP:CLEAR') IN (FREE)) = 0""",
    """INSERT OR IGNORE INTO withheld SELECT v.id FROM value v WHERE NOT EXISTS
    (SELECT 1 FROM claim c WHERE c.value = v.id) AND NOT EXISTS (SELECT 1 FROM relation c JOIN run r ON r.id = c.run
    WHERE c.one = v.id AND ifnull(FILE_S, 'TLP:CLEAR') IN (FREE)) AND NOT EXISTS
    (SELECT 1 FROM relation c JOIN run r ON r.id = c.run
    WHERE c.other = v.id AND ifnull(FILE_S, 'TLP:CLEAR') IN (FREE)) AND NOT EXISTS
    (SELECT 1 FROM fact c JOIN run r ON r.id = c.run
    WHERE c.value = v.id AND ifnull(FILE_S, 'TLP:CLEAR') IN (FREE))""",
)
"""Values of which every claim is marked for fewer; and those of no claim that only files marked so name."""
_OF_VALUE = "value v CROSS JOIN {} c ON c.value = v.id JOIN run r ON r.id = c.run"
_ELSEWHERE = {"kind": "v.kind", "value": "v.value", "file": "r.file", "sha256": "r.sha256"}
_NONE = type(None)
_ALLOWED: dict[str, set[type]] = {"str": {str}, "int": {int}, "str | None": {str, _NONE}, "int | None": {int, _NONE}}
Row = type[Value | Claim | Relation | Fact | Run]


def _names(of: Row) -> tuple[str, ...]:
    return tuple(f.name for f in fields(of))


def _columns(of: Row) -> list[str]:
    return [_ELSEWHERE.get(name, f"c.{name}") for name in _names(of)]


def _types(of: Row) -> tuple[str, ...]:
    """The types of a row's fields, as they are written above."""
    return tuple(str(f.type) for f in fields(of))


def _free(audience: str) -> str:
    """The markings that an audience is covered by, for SQL; what is none of TLP 2.0 is covered by nobody."""
    return ", ".join(f"'{mark}'" for mark in TLP if covers(audience, mark))


def _select(columns: Sequence[str], joined: str, where: str, order: str) -> str:
    """A query of names of ours; values are asked for by `?`."""
    return " ".join(["SELECT", ", ".join(columns), "FROM", joined, where, "ORDER BY", order])


def _recorded(known_at: str | None, retracted: bool) -> Where:
    if retracted:
        return "WHERE c.recorded_to IS NOT NULL", []
    if known_at is None:
        return "WHERE c.recorded_to IS NULL", []
    return "WHERE c.recorded_from <= ? AND (c.recorded_to IS NULL OR c.recorded_to > ?)", [known_at, known_at]


def _and(where: Where, asked_for: Mapping[str, str | None]) -> Where:
    wanted = {column: value for column, value in asked_for.items() if value is not None}
    return where[0] + "".join(f" AND {column} = ?" for column in wanted), [*where[1], *wanted.values()]


@contextmanager
def read(folder: Path, audience: str | None = None) -> Iterator[Base]:
    """The base in a folder, for reading only; with an `audience` (TLP), as those may know it. Raises BaseError."""
    db = connect(folder)
    try:
        yield Base(db, folder, audience)
    finally:
        db.close()
