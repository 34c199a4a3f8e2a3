"""Columns of values: the rows in which an indicator may stand, found for all of them together.

Nothing is decided here: whatever `Matcher.matches` finds in a value is among the candidates, and most other values are
not. What a value has in common with an indicator is the end of its host, the last part of its path or the folder it
lies in; values of an odd spelling are candidates always. A million values take a second or less, however many
indicators there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc

from bridle.indicators import normalise
from bridle.indicators.index import end
from bridle.indicators.matcher import DELETED, NESTING, PACKAGE, PROCESSES, UUID, Matcher, Where

_PLAIN_HOST = r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*"
_PLAIN = re.compile(rf"({_PLAIN_HOST})(?::[0-9]*)?\Z")
_URL = r"^https?://(?P<host>[a-z0-9._-]+)(?::[0-9]+)?(?:/|$)"
_AUTHORITY = re.compile(r"//([^/?#\n]*)")
_REWRITTEN = re.compile(r"aHR0c|SFRUU|https?-3A")
_MOST_ENCODED = 32
"""Times that an address may be encoded."""
_NESTED = rf"(?si)^.{{8}}.*(?:{NESTING})"
_PLAIN_EMAIL = rf"^[A-Za-z0-9._+-]+@{_PLAIN_HOST}$"
_PLAIN_IP = r"^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$"
_HEX = r"^[0-9A-Fa-f]+$"
_LINKS = frozenset({".", "..", "0", "primary", "legacy", "sdcard0"})
"""Last parts of paths that are links, or none."""
_FOLDERS, _LONGEST_FOLDER = 200_000, 1024
"""Folders whose verdict is remembered, and characters of one; a longer one is looked at each time."""
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
        self._folders: dict[tuple[str, str | None], bool] = {}

    def rows(self, kind: str, column: pa.Array, where: Where) -> list[int]:
        """The numbers of the rows of a column that may match, in their order; of nulls none does."""
        if kind == "url":
            return self._urls(column) if self._index.ends or self._index.addresses or self._index.mail_hosts else []
        if kind != "text" and not self._sought(kind):
            return []
        if kind != "text" and _differ(column):
            return list(self._scan(kind, column, column.to_pylist(), where))
        coded = column.dictionary_encode()
        found = self._scan(kind, coded.dictionary, coded.dictionary.to_pylist() if kind != "text" else [], where)
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
        if kind == "text":
            return self._matcher.texts(column)
        if kind == "domain":
            return self._plain_or_odd(values, _odd(column, f"^{_PLAIN_HOST}$"), self._ends_known)
        if kind in ("email", "account", "phone-number"):
            return self._plain_or_odd(values, _odd(column, _PLAIN_EMAIL), self._mail_known)
        if kind == "ip-address":
            return self._plain_or_odd(values, _odd(column, _PLAIN_IP), self._address_known)
        if kind == "file-path":
            return (n for n, v in enumerate(values) if v and self._path(v, where))
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

    def _urls(self, column: pa.Array) -> list[int]:
        """URLs by their distinct hosts, and those that may have another inside; what is no plain URL is one of them."""
        begins = pc.struct_field(pc.extract_regex(column, _URL), "host")
        hosts = begins.dictionary_encode()
        at = _at(hosts.indices, self._scan("domain", hosts.dictionary, hosts.dictionary.to_pylist(), _ANYWHERE))
        rows = {*at, *pc.indices_nonzero(pc.and_(pc.is_null(begins), pc.is_valid(column))).to_pylist()}
        nested = pc.fill_null(pc.match_substring_regex(column, _NESTED), False)
        values = column.filter(nested).to_pylist()
        if inside := self._nested(values):
            numbers = pc.indices_nonzero(nested).to_pylist()
            rows.update(numbers[n] for n in inside)
        return sorted(rows)

    def _nested(self, values: list[str]) -> list[int]:
        """The numbers of the URLs with another inside that may be looked for; all are decoded at once at first."""
        if not any(map(self._leads, _authorities("\n".join(v[8:] for v in values)))):
            return [n for n, v in enumerate(values) if not v.isascii() or _REWRITTEN.search(v)]
        return [n for n, v in enumerate(values) if not v.isascii() or _REWRITTEN.search(v) or self._leads_on(v)]

    def _leads_on(self, url: str) -> bool:
        return any(map(self._leads, _authorities(url)))

    def _leads(self, authority: str) -> bool:
        """Whether the host is one that may be looked for, or is not plain."""
        plain = _PLAIN.match(authority)
        return plain is None or self._ends_known(plain[1])

    def _path(self, value: str, where: Where) -> bool:
        folder, _, last = value.rpartition("/")
        if last in self._index.lasts or last in _LINKS or not last or last.endswith(DELETED):
            return True
        if value[0] != "/":
            return value[0] == "~" or value.startswith("file:")
        if where.surface in PROCESSES and (UUID.match(last) or self._named_so(last)):
            return True
        return self._under(folder, where)

    def _under(self, folder: str, where: Where) -> bool:
        """Whether whatever lies in a folder may be found because of it; what is near the root may be a link."""
        if len(folder) > _LONGEST_FOLDER:
            return True
        key = (folder, where.platform)
        found = self._folders.get(key)
        if found is None:
            if len(self._folders) >= _FOLDERS:
                self._folders.clear()
            found = self._folders[key] = folder.count("/") < 2 or self._holds(folder, where)
        return found

    def _holds(self, folder: str, where: Where) -> bool:
        if any(True for _ in self._matcher.folders_of(f"{folder}/x", where)):
            return True
        found = (PACKAGE.match(links(f"{folder}/x.y")) for links in (normalise.resolved, normalise.on_android))
        names = {(m[1] or m[2]).lower() for m in found if m is not None}
        return "x.y" in names or not names.isdisjoint(self._apps)

    def _process(self, value: str, where: Where) -> bool:
        if "/" not in value and not value.endswith(DELETED):
            return self._named_so(value)
        value = value.removesuffix(DELETED)
        return any(self._named_so(p) for p in value.split("/")) or (value[:1] == "/" and self._path(value, where))

    def _named_so(self, name: str) -> bool:
        return name in self._index.processes or ("." in name and name.partition(":")[0].strip().lower() in self._apps)


def _authorities(text: str) -> Iterator[str]:
    """What stands behind `//` in a text, however often that was percent-encoded, each once."""
    for _ in range(_MOST_ENCODED):
        if "%" not in text or (decoded := unquote(text)) == text:
            break
        text = decoded
    return (a.lower() for a in set(_AUTHORITY.findall(text)))


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
