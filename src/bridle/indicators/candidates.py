"""Columns of values: the rows in which an indicator may stand, found for all of them together.

Nothing is decided here: whatever `Matcher.matches` finds in a value is among the candidates, and most other values are
not. What a value has in common with an indicator is the end of its host, the last part of its path or the folder it
lies in; values of an odd spelling are candidates always. A million values take a second or less, however many
indicators there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from bridle.formats import texts
from bridle.formats.url_columns import cut, last_labels
from bridle.indicators import normalise
from bridle.indicators.folders import Folders, Known, parts
from bridle.indicators.index import end
from bridle.indicators.matcher import DELETED, NESTING, PROCESSES, UUID, Matcher, Where

_PLAIN_HOST = r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*"
_PLAIN_AUTHORITY = rf"^{_PLAIN_HOST}(?::[0-9]+)?$"
"""Without a scheme at its end: a URL may begin right behind a host."""
_PLAIN_INSIDE = rf"^{_PLAIN_HOST}(?::[0-9]*)?$"
_AUTHORITY = re.compile(r"//([^/?#\n]*)")
_REWRITTEN = re.compile(r"aHR0c|SFRUU|https?-3A")
_MAY_BE_REWRITTEN = ("aHR0c", "SFRUU", "-3A")
_MOST_ENCODED = 32
"""Times that an address may be encoded."""
_NESTED = rf"(?si){NESTING}"
_QUOTING = r"^[^/]*//[^/?#]*[/?#].*(?:\.|[^\x00-\x7f])"
"""A dot, or one that is not ASCII, behind the host."""
_ADDRESS = r"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|:[0-9a-fA-F]{0,4}:"
_PLAIN_EMAIL = rf"^[A-Za-z0-9._+-]+@{_PLAIN_HOST}$"
_PLAIN_IP = r"^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$"
_HEX = r"^[0-9A-Fa-f]+$"
_LINKS = frozenset({".", "..", "0", "primary", "legacy", "sdcard0"})
"""Last parts of paths that are links, or none."""
_NAMED = r"\.|^[0-9A-Fa-f-]{36}$"
"""What the last part of a path of a process has that is an app's name, or a UUID behind the path."""
_AT_ONCE = 1 << 16
"""URLs that are cut together."""
_SAMPLE, _DISTINCT = 1 << 16, 0.9
"""Of so many values, the share that must differ for the column not to be searched for repeats."""
_DIGESTS = {
    "sha256": "sha256", "sha1": "sha1", "md5": "md5", "cert-sha256": "cert", "cert-sha1": "cert", "cert-md5": "cert",
}  # fmt: skip

Values = list[str | None]
_ANYWHERE = Where("mention")


class Candidates:
    """The rows of columns in which something may be found."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher, self._index = matcher, matcher.index
        self._domains, self._apps = self._index.of_kind.get("domain", {}), self._index.of_kind.get("app-id", {})
        self._folders = Folders(matcher)
        self._lasts = Known({*self._index.lasts, *_LINKS, ""})

    def rows(self, kind: str, column: pa.Array, where: Where) -> list[int]:
        """The numbers of the rows of a column that may match, in their order; of nulls none does."""
        if kind == "url":
            return self._urls(column) if self._index.ends or self._index.addresses or self._index.mail_hosts else []
        if kind == "text":
            return self._texts(column)
        if not self._sought(kind):
            return []
        if _differ(column):
            return list(self._scan(kind, column, _values(kind, column), where))
        coded = column.dictionary_encode()
        found = self._scan(kind, coded.dictionary, _values(kind, coded.dictionary), where)
        return _at(coded.indices, found)

    def _sought(self, kind: str) -> bool:
        """Whether a field of this kind can hold anything that is looked for."""
        of = self._index.of_kind
        if kind in ("email", "account", "phone-number"):
            return bool(self._index.mail_hosts or self._domains or self._index.addresses)
        if kind in ("domain", "ip-address"):
            return bool(self._domains and kind == "domain") or self._index.addresses
        if kind in ("file-path", "process-name"):
            return bool(self._index.lasts)
        return bool(of.get({"bundle-id": "app-id", "package-name": "app-id"}.get(kind, _DIGESTS.get(kind, kind))))

    def _scan(self, kind: str, column: pa.Array, values: Values, where: Where) -> Iterable[int]:
        """The numbers of the values that may match."""
        if kind == "domain":
            return self._hosts(column, f"^{_PLAIN_HOST}$")
        if kind in ("email", "account", "phone-number"):
            return self._plain_or_odd(values, _odd(column, _PLAIN_EMAIL), self._mail_known)
        if kind == "ip-address":
            return self._plain_or_odd(values, _odd(column, _PLAIN_IP), self._address_known)
        if kind == "file-path":
            return self._paths(column, where)
        if kind == "process-name":
            return (n for n, v in enumerate(values) if v and self._process(v, where))
        if kind in _DIGESTS:
            known = self._index.of_kind[_DIGESTS[kind]]
            return self._plain_or_odd(values, _odd(column, _HEX), lambda v: v.lower() in known)
        return self._named(kind, values)

    def _named(self, kind: str, values: Values) -> Iterator[int]:
        """Names that are compared whole."""
        if kind in ("bundle-id", "package-name", "profile-id"):
            known = self._index.of_kind["profile-id" if kind == "profile-id" else "app-id"]
            return (n for n, v in enumerate(values) if v and v.strip().lower() in known)
        known = self._index.of_kind[kind]
        if kind == "file-name":
            return (n for n, v in enumerate(values) if v and v.rstrip("/").rpartition("/")[2] in known)
        return (n for n, v in enumerate(values) if v and v.strip() in known)

    @staticmethod
    def _plain_or_odd(values: Values, odd: set[int], known: Callable[[str], bool]) -> list[int]:
        """Values of a plain spelling that are known, and those of any other."""
        return [n for n, v in enumerate(values) if v and (n in odd or known(v))]

    def _ends_known(self, host: str) -> bool:
        return end(host) in self._index.ends

    def _address_known(self, address: str) -> bool:
        return address in self._index.ips or bool(self._index.networks[4])

    def _mail_known(self, address: str) -> bool:
        host = address.rpartition("@")[2]
        if self._ends_known(host):
            return True
        if host not in self._index.mail_hosts and host not in normalise.GOOGLE:
            return False
        return normalise.mailbox(address.lower()) in self._index.mailboxes

    def _hosts(self, hosts: pa.Array, plain: str) -> list[int]:
        """The numbers of the hosts that end as one that is looked for, and of those that are not plain."""
        odd = _odd(hosts, plain)
        lasts = last_labels(_without_ports(hosts))
        if known := self._index.ends.intersection(lasts.to_pylist()):
            odd.update(pc.indices_nonzero(pc.is_in(lasts, value_set=pa.array(known, pa.string()))).to_pylist())
        return sorted(odd)

    def _urls(self, column: pa.Array) -> list[int]:
        """URLs by their distinct hosts, and those that may have another inside; what is no plain URL is one of them."""
        pieces: list[pa.Array] = []
        rows: set[int] = set()
        for first in range(0, len(column), _AT_ONCE):
            piece = column.slice(first, _AT_ONCE)
            authorities, rests = cut(piece)
            pieces.append(authorities)
            found = pc.indices_nonzero(pc.and_(pc.is_null(authorities), pc.is_valid(piece))).to_pylist()
            nested = pc.indices_nonzero(pc.match_substring_regex(rests, _NESTED))
            numbers = nested.to_pylist()
            found += [numbers[n] for n in self._nested(piece.take(nested).to_pylist())]
            rows.update(first + n for n in found)
        return sorted(rows.union(self._at_hosts(pa.chunked_array(pieces, pa.string()).combine_chunks())))

    def _at_hosts(self, authorities: pa.Array) -> list[int]:
        if _differ(authorities):
            return self._hosts(authorities, _PLAIN_AUTHORITY)
        coded = authorities.dictionary_encode()
        return _at(coded.indices, self._hosts(coded.dictionary, _PLAIN_AUTHORITY))

    def _texts(self, column: pa.Array) -> list[int]:
        """Texts in which anything stands: by their URL where there is nothing but one, the others by their words."""
        numbers = pc.indices_nonzero(texts.holding(column))
        coded = column.take(numbers).dictionary_encode()
        distinct = coded.dictionary
        single = texts.with_one_url(distinct)
        urls = texts.one_url(distinct.filter(single))
        at = pa.array(sorted({*self.rows("url", urls, _ANYWHERE), *self.quoting(urls)}), pa.int64())
        found = pc.indices_nonzero(single).take(at).to_pylist()
        others = pc.indices_nonzero(pc.invert(single))
        at = pa.array(self._matcher.texts(distinct.take(others)), pa.int64())
        rows = _at(coded.indices, found + others.take(at).to_pylist())
        known: list[int] = numbers.take(pa.array(rows, pa.int64())).to_pylist()
        return known

    def quoting(self, urls: pa.Array) -> set[int]:
        """The numbers of the URLs in which another name may stand, behind the host, that is looked for."""
        found: set[int] = set()
        if self._index.addresses:
            found.update(pc.indices_nonzero(pc.match_substring_regex(urls, _ADDRESS)).to_pylist())
        if self._domains:
            at = pc.indices_nonzero(pc.match_substring_regex(urls, _QUOTING))
            for first, some in texts.pieces(urls.take(at)):
                words = texts.Words(some)
                known = {w for w, named in words.domains.items() if any(map(self._listed, named))}
                found.update(at[first + n].as_py() for n, _ in words.holding(known))
        return found

    def _listed(self, host: str) -> bool:
        return bool(self._matcher.anywhere("domain", host))

    def _nested(self, values: list[str]) -> list[int]:
        """The numbers of the URLs with another inside that may be looked for; all are decoded at once at first."""
        joined = "\n".join(v[8:] for v in values)
        authorities = pa.array(_authorities(joined), pa.string())
        leading = set(authorities.take(pa.array(self._hosts(authorities, _PLAIN_INSIDE), pa.int64())).to_pylist())
        if not leading and joined.isascii() and not any(mark in joined for mark in _MAY_BE_REWRITTEN):
            return []
        return [n for n, v in enumerate(values) if _may_lead(v, leading)]

    def _paths(self, column: pa.Array, where: Where) -> list[int]:
        """Paths by their last parts and their folders; those without a root are looked at one by one."""
        absolute = pc.fill_null(pc.starts_with(column, "/"), False)
        folders, lasts = parts(column.filter(absolute))
        known = pc.or_(self._lasts.among(lasts), pc.ends_with(lasts, DELETED))
        known = pc.or_(known, self._folders.under(folders, where))
        if where.surface in PROCESSES:
            apart = pc.indices_nonzero(pc.and_(pc.invert(known), pc.match_substring_regex(lasts, _NAMED))).to_pylist()
            named = [n for n in apart if UUID.match(last := lasts[n].as_py()) or self._named_so(last)]
            known = pc.or_(known, pc.is_in(pa.array(range(len(known)), pa.int64()), pa.array(named, pa.int64())))
        found: list[int] = pc.indices_nonzero(absolute).filter(known).to_pylist()
        others = pc.and_(pc.invert(absolute), pc.is_valid(column))
        numbers = pc.indices_nonzero(others).to_pylist()
        values = column.filter(others).to_pylist()
        return sorted(found + [n for n, v in zip(numbers, values, strict=True) if v and self._path(v, where)])

    def _path(self, value: str, where: Where) -> bool:
        folder, _, last = value.rpartition("/")
        if last in self._index.lasts or last in _LINKS or not last or last.endswith(DELETED):
            return True
        if value[0] != "/":
            return value[0] == "~" or value.startswith("file:")
        if where.surface in PROCESSES and (UUID.match(last) or self._named_so(last)):
            return True
        return bool(self._folders.under(pa.array([folder], pa.string()), where)[0].as_py())

    def _process(self, value: str, where: Where) -> bool:
        if "/" not in value and not value.endswith(DELETED):
            return self._named_so(value)
        value = value.removesuffix(DELETED)
        return any(self._named_so(p) for p in value.split("/")) or (value[:1] == "/" and self._path(value, where))

    def _named_so(self, name: str) -> bool:
        return name in self._index.processes or ("." in name and name.partition(":")[0].strip().lower() in self._apps)


def _may_lead(url: str, leading: Set[str]) -> bool:
    """Whether a URL may have one inside with an authority that leads on, or is written in a way of its own."""
    if not url.isascii() or _REWRITTEN.search(url):
        return True
    return bool(leading) and not leading.isdisjoint(_authorities(url[8:]))


def _without_ports(hosts: pa.Array) -> pa.Array:
    ported = pc.fill_null(pc.match_substring(hosts, ":"), False)
    if not pc.any(ported).as_py():
        return hosts
    return pc.replace_with_mask(hosts, ported, pc.replace_substring_regex(hosts.filter(ported), ":[0-9]*$", ""))


def _authorities(text: str) -> list[str]:
    """What stands behind `//` in a text, however often that was percent-encoded."""
    for _ in range(_MOST_ENCODED):
        if "%" not in text or (decoded := unquote(text)) == text:
            break
        text = decoded
    return [a.lower() for a in set(_AUTHORITY.findall(text))]


def _values(kind: str, column: pa.Array) -> Values:
    """The values of a kind that is looked at one by one."""
    return [] if kind in ("file-path", "domain") else column.to_pylist()


def _differ(column: pa.Array) -> bool:
    """Whether nearly all values of a column are distinct, so far as its beginning tells."""
    sample = column.slice(0, _SAMPLE)
    return len(sample) > 100 and len(sample.unique()) > _DISTINCT * len(sample)


def _odd(column: pa.Array, plain: str) -> set[int]:
    """The numbers of the values that are not of a plain spelling."""
    matched = pc.match_substring_regex(column, plain)
    return set(pc.indices_nonzero(pc.fill_null(pc.invert(matched), False)).to_pylist())


def _at(indices: pa.Array, numbers: Iterable[int]) -> list[int]:
    """Where any of the numbers stands."""
    wanted = pa.array(list(numbers), indices.type)
    if not len(wanted):
        return []
    found: list[int] = pc.indices_nonzero(pc.is_in(indices, wanted)).to_pylist()
    return found
