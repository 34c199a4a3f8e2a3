"""Columns of values: the rows in which an indicator may stand, found for all of them together.

Nothing is decided here: whatever `Matcher.matches` finds in a value is among the candidates, and most other values are
not. What a value has in common with an indicator is the end of its host, the last part of its path or the folder it
lies in; values of an odd spelling are candidates always. A million values take a second or less, however many
indicators there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from bridle.formats import urls
from bridle.indicators import normalise
from bridle.indicators.matcher import DELETED, NESTING, PACKAGE, PROCESSES, UUID, Matcher, Where

_PLAIN_HOST = r"(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*"
_PLAIN_URL = rf"^https?://{_PLAIN_HOST}(?::[0-9]+)?(?:/|$)"
_NESTED = rf"(?si)^.{{8}}.*(?:{NESTING})"
_PLAIN_EMAIL = rf"^[A-Za-z0-9._+-]+@{_PLAIN_HOST}$"
_PLAIN_IP = r"^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$"
_HEX = r"^[0-9A-Fa-f]+$"
_LINKS = frozenset({".", "..", "0", "primary", "legacy", "sdcard0"})
"""Last parts of paths that are links, or none."""
_FOLDERS = 200_000
"""Folders whose verdict is remembered."""
_SAMPLE, _DISTINCT = 1 << 16, 0.9
"""Of so many values, the share that must differ for the column not to be searched for repeats."""
_DIGESTS = {
    "sha256": "sha256", "sha1": "sha1", "md5": "md5", "cert-sha256": "cert", "cert-sha1": "cert", "cert-md5": "cert",
}  # fmt: skip

Values = list[str | None]


class Candidates:
    """The rows of columns in which something may be found."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher, self._index = matcher, matcher.index
        of = self._index.of_kind
        self._domains, self._apps = of.get("domain", {}), of.get("app-id", {})
        self._hosts = {_end(urls.host_of(u) or "") for u in of.get("url", {})}
        self._mail_hosts = {m.rpartition("@")[2] for m in self._index.mailboxes}
        self._ends = {_end(d) for d in self._domains} | self._hosts
        self._processes = of.get("process-name", {}).keys() | self._index.cut.keys()
        paths = (*self._index.folders, *self._index.on_android, *self._index.relative)
        self._lasts = {p.rpartition("/")[2] for p in paths} | of.get("file-name", {}).keys() | self._apps.keys()
        self._lasts |= self._processes
        self._folders: dict[tuple[str, str | None], bool] = {}

    def rows(self, kind: str, column: pa.Array, where: Where) -> list[int]:
        """The numbers of the rows of a column that may match, in their order; of nulls none does."""
        if kind == "url":
            return self._urls(column) if self._ends or self._index.addresses or self._mail_hosts else []
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
            return bool(self._mail_hosts or self._domains or self._index.addresses)
        if kind in ("domain", "ip-address"):
            return bool(self._domains and kind == "domain") or self._index.addresses
        if kind in ("file-path", "process-name"):
            return bool(self._lasts)
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
        return host[host.rfind(".", 0, host.rfind(".")) + 1 :] in self._ends

    def _address_known(self, address: str) -> bool:
        return address in self._index.ips or bool(self._index.networks[4])

    def _mail_known(self, address: str) -> bool:
        host = address.rpartition("@")[2]
        if self._ends_known(host):
            return True
        if host not in self._mail_hosts and host not in normalise.GOOGLE:
            return False
        return normalise.mailbox(address.lower()) in self._index.mailboxes

    def _urls(self, column: pa.Array) -> list[int]:
        """URLs by their distinct hosts; those that may have another inside, or whose host is odd, one by one."""
        plain = pc.and_(
            pc.match_substring_regex(column, _PLAIN_URL), pc.invert(pc.match_substring_regex(column, _NESTED))
        )
        rows = pc.indices_nonzero(pc.fill_null(plain, False))
        found: list[int] = pc.indices_nonzero(pc.fill_null(pc.invert(plain), False)).to_pylist()
        if len(rows) and self._ends:
            among = column if len(rows) == len(column) else column.take(rows)
            hosts = pc.list_element(pc.split_pattern(among, "/", max_splits=3), 2).dictionary_encode()
            known = (n for n, h in enumerate(hosts.dictionary.to_pylist()) if self._ends_known(h.partition(":")[0]))
            if inside := _at(hosts.indices, known):
                found = sorted([*found, *rows.take(pa.array(inside, pa.uint64())).to_pylist()])
        return found

    def _path(self, value: str, where: Where) -> bool:
        folder, _, last = value.rpartition("/")
        if last in self._lasts or last in _LINKS or not last or last.endswith(DELETED):
            return True
        if value[0] != "/":
            return value[0] == "~" or value.startswith("file:")
        if where.surface in PROCESSES and (UUID.match(last) or self._named_so(last)):
            return True
        return self._under(folder, where)

    def _under(self, folder: str, where: Where) -> bool:
        """Whether whatever lies in a folder may be found because of it; what is near the root may be a link."""
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
        return name in self._processes or ("." in name and name.partition(":")[0].strip().lower() in self._apps)


def _end(host: str) -> str:
    """The last two labels: what every host below a domain has in common with it."""
    return host[host.rfind(".", 0, host.rfind(".")) + 1 :] if "." in host else host


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
