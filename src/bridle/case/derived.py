"""What follows from values: hosts from URLs, addresses from accounts, parents from domains, all that stands in texts.

Values of an ordinary form are taken apart as columns; every other one by itself, with the functions of
`bridle.formats.urls`, which decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from bridle.formats import urls
from bridle.formats.texts import HOST, Texts, pieces

_ROWS = 1 << 16
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{3,30}\Z")
_PLAIN_URL = rf"^https?://{HOST}(?:/|$)"
_NESTING = r"(?s)^.{4}.*(?:%|[hH][tT][tT][pP])|^.{9}.*//"
"""What a URL with another inside has behind its scheme."""

Derived = Iterator[tuple[str, str]]
"""Kinds and values."""
Derive = Callable[[str], Iterable[tuple[str, str]]]
Found = Iterator[tuple[str, pa.Table]]
"""Kinds, and rows of values with whatever was beside what they follow from."""


def derived(kind: str, rows: pa.Table) -> Found:
    """What follows from each row's value, with the rest of the row. Each value once for each row."""
    if kind == "url":
        yield from _from_urls(rows)
    elif kind == "domain":
        yield from _one_by_one(rows, _from_domain)
    elif kind == "account":
        yield from _one_by_one(rows, _from_account)


def parents(rows: pa.Table) -> Iterator[pa.Table]:
    """The parents of each row's domain that are the nearest, as rows; none where only a last label is left."""
    for part in _parts(rows):
        values = part["value"].combine_chunks()
        part = part.filter(pc.match_substring_regex(values, r"(?s)\..*\."))  # noqa: PLW2901 - fewer of the same
        if part.num_rows:
            above = pc.list_element(pc.split_pattern(part["value"].combine_chunks(), ".", max_splits=1), 1)
            yield part.set_column(0, "value", above)


def from_texts(texts: pa.Array) -> Callable[[pa.Table], Found]:
    """What stands in some distinct texts, as a function of rows of them; texts that hold nothing have no row in it."""
    told = {texts[n].as_py(): [*dict.fromkeys(found)] for n, found in _in_texts(texts).items()}

    def of(rows: pa.Table) -> Found:
        held = pc.is_in(rows["value"], pa.array(list(told), pa.string()))
        return _one_by_one(rows.filter(held), told.__getitem__)

    return of


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


def _parts(rows: pa.Table) -> Iterator[pa.Table]:
    return (rows.slice(at, _ROWS) for at in range(0, rows.num_rows, _ROWS))


def _one_by_one(rows: pa.Table, derive: Derive) -> Found:
    """What follows from each value by itself."""
    for part in _parts(rows):
        found: dict[str, tuple[list[str], list[int]]] = {}
        for number, value in enumerate(part["value"].to_pylist()):
            for kind, text in dict.fromkeys(derive(value)):
                values, numbers = found.setdefault(kind, ([], []))
                values.append(text)
                numbers.append(number)
        for kind, (values, numbers) in found.items():
            yield kind, part.take(pa.array(numbers, pa.int64())).set_column(0, "value", pa.array(values, pa.string()))


def _from_urls(rows: pa.Table) -> Found:
    for part in _parts(rows):
        values = part["value"].combine_chunks()
        plain = pc.match_substring_regex(values, _PLAIN_URL)
        plain = pc.and_(plain, pc.invert(pc.match_substring_regex(values, _NESTING)))
        if (ordinary := part.filter(plain)).num_rows:
            hosts = pc.list_element(pc.split_pattern(values.filter(plain), "/", max_splits=3), 2)
            yield "domain", ordinary.set_column(0, "value", hosts)
        yield from _one_by_one(part.filter(pc.invert(plain)), _from_url)


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
