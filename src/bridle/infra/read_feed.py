"""Feeds of indicators, in every form that bridle's matcher reads, with what only an analyst of infrastructure asks for.

The readers of `bridle.indicators` say what is to be looked for on a phone. Here more counts: ports, countries,
generations, times of observation, which address stood beside which domain, and values that a feed tells of and does not
call an attacker's (`to_ids: false` in MISP).
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from bridle.detect.attribution import names
from bridle.indicators import delimited, forms, misp
from bridle.indicators.feeds import SEVERITIES
from bridle.indicators.model import CompoundIndicator, Indicator, Warning_
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.reading import PORTS
from bridle.indicators.rows import CONTEXTS, TO_IDS
from bridle.indicators.stix import FeedError
from bridle.indicators.vocabulary import HASH, kinds_of, word
from bridle.infra.base import Value
from bridle.infra.source_file import SourceFile, UnreadableError
from bridle.infra.taking import Taking, address, host, moment

_PORT = re.compile(r"(?:://|\A)[^/@\s:]+:(\d{1,5})(?:[/?#]|\Z)")
_GENERATION = re.compile(r"(?:\A|[_-])v([2-4])[_-](?:validation[_-])?domains\Z")
"""How Amnesty International names its lists of the generations of Pegasus."""
_COLUMNS = {
    "country": "country", "countries": "country", "target country": "country", "vendor": "vendor",
    "company": "vendor", "generation": "generation", "version": "generation", "first seen": "observed_first",
    "date": "observed_first", "last seen": "observed_last", "port": "port",
    "customer guess": "operator", "customer": "operator", "month first seen": "observed_first",
}  # fmt: skip
_READ_HERE = frozenset({PORTS, TO_IDS, CONTEXTS})
"""What the matcher leaves out and is kept here; of tables, `to_ids: false` is left out here as well, and told."""
_MOST_PAIRS = 64
"""Pairs of domains and addresses that one row or object gives."""


def read(file: SourceFile, take: Taking) -> str:
    """The indicators of a feed as claims; its form. Raises UnreadableError."""
    data = file.whole()
    stem = file.path.name.removesuffix(".gz").rpartition(".")[0].lower() or file.path.name.lower()
    try:
        form, (found, warnings) = forms.read(file.name.removesuffix(".gz"), data, stem)
    except FeedError as e:
        raise UnreadableError(str(e)) from None
    for w in warnings:
        take.warn(
            w.place,
            w.reason,
            "note" if w.reason in _READ_HERE and (form == "misp" or w.reason == PORTS) else w.severity,
        )
    beside = _Beside(data, form, stem)
    together: defaultdict[str, list[Value]] = defaultdict(list)
    for i in found:
        place = i.place.partition(", column ")[0]
        value = _claim(i, beside.of(place), take)
        if form in ("csv", "json", "json lines", "misp") and value.kind in ("domain", "ip-address"):
            together[place].append(value)
    for place, values in together.items():
        _pairs(values, place, "resolves-to", take)
    if form == "misp":
        _Further(json.loads(data), take).read()
    if not take.writer.begun:
        raise UnreadableError(f"it holds no indicator that can be read: {_worst(warnings)}")
    return form


def _worst(warnings: Sequence[Warning_]) -> str:
    worst = min(warnings, key=lambda w: SEVERITIES.index(w.severity), default=None)
    return f"{worst.place}: {worst.reason}" if worst is not None else "nothing in it is a value"


def _claim(i: Indicator | CompoundIndicator, beside: dict[str, Any], take: Taking) -> Value:
    value = Value("pattern", i.value) if isinstance(i, CompoundIndicator) else _value(i)
    about = _about(i) | beside
    if (port := _PORT.search(i.shown)) is not None and value.kind in ("domain", "ip-address"):
        about.setdefault("port", int(port[1]) if 0 < int(port[1]) < 65536 else None)
    if i.revoked:
        take.revoke(value.kind, value.value, i.place, shown=i.shown, **about)
    else:
        take.claim(value.kind, value.value, i.place, shown=i.shown, **about)
    return value


def _value(i: Indicator) -> Value:
    found = address(i.value) if i.kind == "ip-address" else None
    return found if found is not None else Value(i.kind, i.value)


def _about(i: Indicator | CompoundIndicator) -> dict[str, Any]:
    """The fields of a claim that an indicator says."""
    roles: dict[str, str] = {}
    for r in i.related:
        roles.setdefault(r.role, r.name)
    known = [k for n in (roles.get("product"), *i.campaigns, roles.get("campaign")) if n and (k := product(n))]
    named = known[0] if known else roles.get("product")
    return {
        "product": named, "vendor": names().makers.get(named or ""),
        "campaign": roles.get("campaign") or next((c for c in i.campaigns if product(c) != named), None),
        "operator": roles.get("operator"), "reference": roles.get("report"), "confidence": i.confidence, "tlp": i.tlp,
        "valid_from": moment(i.valid_from), "valid_to": moment(i.valid_until),
    }  # fmt: skip


@lru_cache(maxsize=4096)
def product(name: str) -> str | None:
    """The product that a name means, as bridle's own list of names has it."""
    return names().product(name)


class _Beside:
    """What stands in further columns of a table, by the place of the row, and what the file's name says of all."""

    def __init__(self, data: bytes, form: str, stem: str) -> None:
        self._all: dict[str, Any] = {}
        if form == "maltrail":
            trail = re.sub(r"\A(?:apt|android|osx|ios)_", "", stem)
            self._all["product"] = product(trail) or trail
            self._all["vendor"] = names().makers.get(self._all["product"])
        elif (named := _GENERATION.search(stem)) is not None:
            self._all["generation"] = f"v{named[1]}"
        self._rows = dict(_further_columns(data.decode("utf-8-sig"))) if form == "csv" else {}

    def of(self, place: str) -> dict[str, Any]:
        return self._all | self._rows.get(place, {})


def _further_columns(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """What columns that the matcher has no use for say, by `line N`."""
    if not delimited.has_header(text):
        return
    separator = delimited.delimiter_of(next(line for line in text.splitlines() if line.strip("# \t")))
    rows = csv.reader(io.StringIO(text.replace("\0", "")), delimiter=separator, skipinitialspace=True)
    header: dict[int, str] | None = None
    line = 1
    with suppress(csv.Error):  # told by the reader of the values
        for row in rows:
            if header is None and any(cell.strip("# ") for cell in row):
                words = [word(cell.strip().lstrip("#").strip()) for cell in row]
                header = {n: _COLUMNS[w] for n, w in enumerate(words) if w in _COLUMNS}
                if not header:
                    return
            elif header is not None:
                said = {name: _cell(name, row[n].strip()) for n, name in header.items() if n < len(row)}
                if found := {name: value for name, value in said.items() if value is not None}:
                    yield f"line {line}", found
            line = rows.line_num + 1


def _cell(name: str, text: str) -> Any:
    if name == "port":
        return int(text) if re.fullmatch(r"\d{1,5}", text) and 0 < int(text) < 65536 else None
    if name.startswith("observed_"):
        if (month := re.fullmatch(r"(\d\d?)/(\d{4})", text)) is not None:
            return moment(f"{month[2]}-{month[1]:0>2}-01")
        dated = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", text)
        return moment("-".join(dated.groups()) if dated is not None else text)
    return text[:200] or None


def _pairs(values: Sequence[Value], place: str, type_: str, take: Taking, **when: Any) -> None:
    """The relations of domains and addresses that one row or object names."""
    domains = [v for v in dict.fromkeys(values) if v.kind == "domain"]
    addresses = [v for v in dict.fromkeys(values) if v.kind == "ip-address"]
    found = [(d, a) for d in domains for a in addresses]
    if len(found) > _MOST_PAIRS:
        take.warn(place, f"{len(found) - _MOST_PAIRS:,} of {len(found):,} pairs are not recorded")
    for domain, one in found[:_MOST_PAIRS]:
        take.writer.relation(domain, type_, one, place, **when)


class _Further:
    """What the matcher passes over in MISP events: context that is no attacker's, and objects as pairs."""

    def __init__(self, found: Any, take: Taking) -> None:
        self._take = take
        self._events = misp.events(found) if isinstance(found, dict) else []

    def read(self) -> None:
        for place, event in self._events:
            self._attributes(event, place)
            for n, o in enumerate(_dicts(event.get("Object"))):
                where = f"{place}/Object/{n}"
                values = self._attributes(o, where)
                type_ = "resolves-to" if o.get("name") == "domain-ip" else "paired-with"
                _pairs(values, where, type_, self._take, first=moment(o.get("first_seen")),
                       last=moment(o.get("last_seen")))  # fmt: skip

    def _attributes(self, owner: Mapping[str, Any], place: str) -> list[Value]:
        """The domains and addresses of an owner; those that are marked as context become observed values."""
        out: list[Value] = []
        for n, a in enumerate(_dicts(owner.get("Attribute"))):
            if a.get("deleted") in (True, "1", 1) or not isinstance(a.get("value"), str):
                continue
            where = f"{place}/Attribute/{n}"
            values = list(_values(str(a.get("type")), a["value"]))
            out += values
            if a.get("to_ids") in (False, "0", 0, "false"):
                when = {"observed_first": moment(a.get("first_seen")), "observed_last": moment(a.get("last_seen"))}
                for v in values:
                    self._take.claim(v.kind, v.value, where, "observed", a["value"], **when)
                _pairs(values, where, "resolves-to", self._take)
        return out


def _values(given: str, text: str) -> Iterator[Value]:
    """The values of an attribute of MISP, as they are compared."""
    kinds = kinds_of(given) or ()
    parts = text.split("|") if len(kinds) > 1 else [text]
    for kind, part in zip(kinds, parts, strict=False):
        if kind in ("domain", "ip-address"):
            if len(part) < 300 and (found := host(part.strip())) is not None:
                yield found
        elif kind is not None and kind != HASH:
            try:
                yield Value(kind, NORMALISE[kind](part))
            except ValueError:
                continue


def _dicts(found: Any) -> list[Mapping[str, Any]]:
    return [x for x in found if isinstance(x, dict)] if isinstance(found, list) else []
