"""`match_keys.parquet`: for each table of a case the keys of all that an indicator can be found by in it.

A hunt reads this file alone to know in which cases, and in which of their tables, it has to look. What a value's keys
are `bridle.indicators.probing` decides, by asking the matcher; values of plain spelling, which are nearly all, have
theirs from the short ways here, which give those keys or more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bridle.formats import urls
from bridle.indicators import normalise
from bridle.indicators.matcher import DELETED, NESTING, UUID
from bridle.indicators.probing import DEPTH, WIDTH, above, host_keys, key, named, packages, probe

NAME = "match_keys"
MATCH_KEYS = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False, metadata={"doc": "where the value stands"}),
        pa.field("key", pa.int64(), nullable=False, metadata={"doc": "of what an indicator is looked up with"}),
    ]
)
_ROWS = 1 << 16
_FOLDERS = 100_000
"""Folders whose keys are remembered."""
_LINKS = frozenset({".", "..", "0", "primary", "legacy", "sdcard0"})
"""Last parts of paths that are links, or none."""
_OF_USERS = ("/emulated", "/media", "/user")
"""Folders of which the numbers in them are links or change what the folder is."""
_PLAIN_URL = r"\A(?:http://|https://)(?:[a-z0-9_-]{1,63}\.){1,4}[a-z][a-z0-9-]{0,20}(?:/[!-\[\]-~]*)?\z"
_NESTED = rf"(?si)^.{{8}}.*(?:%|#|{NESTING})"
_HEX = re.compile(r"[0-9a-f]+\Z")
_UUID = 36
_Keys = tuple[bytes, tuple[bytes, ...]]
"""Keys of the value's own, one behind the other; and such as it shares with those beside it."""


class MatchKeys:
    """Takes the observables of a case, batch by batch, and gives the keys of each table."""

    def __init__(self) -> None:
        self._of: dict[str, _Gathered] = {}
        self._paths = _Paths()

    def add(self, batch: pa.RecordBatch) -> None:
        """Observables of one kind, sorted by value, with the tables they stand in."""
        kind = batch["kind"][0].as_py() if batch.num_rows else ""
        if (read := self._keys(kind, batch["value"])) is None:
            return
        tables = batch["table"].dictionary_encode()
        names = tables.dictionary.to_pylist()
        parts: list[list[bytes]] = [[] for _ in names]
        told: list[tuple[bytes, ...]] = [()] * len(names)
        known: str | None = None
        own = b""
        shared: tuple[bytes, ...] = ()
        for value, number in zip(batch["value"].to_pylist(), tables.indices.to_pylist(), strict=True):
            if value != known:
                known = value
                own, shared = read(value)
            parts[number].append(own)
            if shared is not told[number]:
                told[number] = shared
                parts[number] += shared
        for table, some in zip(names, parts, strict=True):
            self._of.setdefault(table, _Gathered()).add(b"".join(some))

    def _keys(self, kind: str, values: pa.Array) -> Callable[[str], _Keys] | None:
        """What gives the keys of each of these values, in their order."""
        if kind == "file-path":
            return self._paths.keys
        if kind == "url":
            return _Urls(values).keys
        return _READ.get(kind)

    def reader(self) -> pa.RecordBatchReader:
        """The keys, sorted by table and key, each once. Nothing can be added afterwards."""
        return pa.RecordBatchReader.from_batches(MATCH_KEYS, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        for table in sorted(self._of):
            keys = self._of.pop(table).keys()
            for first in range(0, len(keys), _ROWS):
                some = keys.slice(first, _ROWS)
                yield pa.record_batch([pa.repeat(pa.scalar(table), len(some)), some], schema=MATCH_KEYS)


def as_array(keys: bytes) -> pa.Array:
    """Keys one behind the other as numbers."""
    return pa.Array.from_buffers(pa.int64(), len(keys) // WIDTH, [None, pa.py_buffer(keys)])


class _Gathered:
    """The keys of one table; repeats are left out now and then."""

    def __init__(self) -> None:
        self._parts: list[pa.Array] = []
        self._waiting = self._settled = 0

    def add(self, keys: bytes) -> None:
        self._parts.append(as_array(keys))
        self._waiting += len(keys) // WIDTH
        if self._waiting > 2 * self._settled + 4 * _ROWS:
            self._settle()

    def _settle(self) -> pa.Array:
        found = pc.unique(pa.concat_arrays(self._parts)) if self._parts else pa.array([], pa.int64())
        self._parts = [found]
        self._waiting = self._settled = len(found)
        return found

    def keys(self) -> pa.Array:
        found = self._settle()
        return found.take(pc.sort_indices(found))


class _Folder(NamedTuple):
    """What is known of every ordinary path in a folder."""

    is_plain: bool
    """Whether the folder above a path is one wherever its links lead."""
    of_apps: bool
    """Whether the folders in it have the names of apps."""
    keys: tuple[bytes, ...]


class _Paths:
    """Paths by their folders, of which paths that are sorted have few: what most have of their own is a name."""

    def __init__(self) -> None:
        self._folders: dict[str, _Folder] = {}
        self._begin, self._is_deep, self._at = "\0", False, _Folder(False, False, ())

    def keys(self, path: str) -> _Keys:
        """The keys of a path itself, and those of the folders above it."""
        last = path.rpartition("/")[2]
        if last and last not in _LINKS and not last.endswith(DELETED):
            if path[0] not in "/~" and not path.startswith("file:"):
                return named(last), ()
            if self._above(path).is_plain and ("/." not in path or normalise.plain_path(path) == path):
                own = named(last)
                if len(last) == _UUID and UUID.match(last) is not None:
                    own += named(path.split("/")[-2])
                if self._at.of_apps:
                    own += b"".join(named(app) for app in packages(path))
                return own, self._at.keys
        return b"".join(probe().keys("file-path", path)), ()

    def _above(self, path: str) -> _Folder:
        """The folder that a path is judged by: the one it lies in, or one above that."""
        if not path.startswith(self._begin) or not (self._is_deep or path.find("/", len(self._begin)) < 0):
            parts = path.split("/", DEPTH + 1)
            self._is_deep = len(parts) > DEPTH + 1
            folder = "/".join(parts[:-1])
            self._begin = f"{folder}/"
            self._at = self._folder(folder)
        if self._is_deep and "//" in path:
            return _UNKNOWN
        return self._at

    def _folder(self, folder: str) -> _Folder:
        found = self._folders.get(folder)
        if found is None:
            if len(self._folders) >= _FOLDERS:
                self._folders.clear()
            found = self._folders[folder] = _judged(folder)
        return found


_UNKNOWN = _Folder(False, False, ())


def _judged(folder: str) -> _Folder:
    """What is near the root may be a link, what is beside a user's number too; other spellings lead elsewhere."""
    is_short = folder[:1] != "/" or folder.count("/") < 2 or folder.endswith(_OF_USERS)
    if is_short or folder[-1] == "/" or normalise.plain_path(folder) != folder:
        return _UNKNOWN
    paths = {normalise.resolved(folder), normalise.on_android(folder)}
    if min(path.count("/") for path in paths) < DEPTH <= folder.count("/"):
        return _UNKNOWN
    apps = packages(f"{folder}/x.y")
    keys = {k for path in paths for k in above(path)} | {named(app) for app in apps}
    return _Folder(True, "x.y" in apps, tuple(sorted(keys)))


class _Urls:
    """Some URLs, those of plain spelling known beforehand."""

    def __init__(self, values: pa.Array) -> None:
        plain = pc.and_(
            pc.match_substring_regex(values, _PLAIN_URL), pc.invert(pc.match_substring_regex(values, _NESTED))
        )
        self._plain = iter(pc.filter(values, plain).to_pylist())
        self._next = next(self._plain, None)
        self._host = ""
        self._shared: tuple[bytes, ...] = ()

    def keys(self, value: str) -> _Keys:
        """The keys of the next URL, and those of its host."""
        while self._next is not None and self._next < value:
            self._next = next(self._plain, None)
        if value != self._next:
            return b"".join([*probe().keys("url", value), *_quoted(value)]), ()
        page = value.partition("://")[2].rstrip("/")
        host = page.partition("/")[0]
        if host != self._host:
            self._host, self._shared = host, host_keys(host)
        own = key("u", page)
        if page.find(".", len(host)) >= 0:
            own += b"".join(_quoted(value))
        if "?" in page:
            own += key("u", page.partition("?")[0].rstrip("/"))
        return own, self._shared


def _quoted(url: str) -> Iterator[bytes]:
    """The keys of hosts that the rest of a URL names: a text in which it stands is told to quote them."""
    for domain in urls.domains_in(url):
        yield from host_keys(domain)


def _name(value: str) -> _Keys:
    return named(value), ()


def _file_name(value: str) -> _Keys:
    return named(value.rstrip("/").rpartition("/")[2]), ()


def _process(value: str) -> _Keys:
    if "/" not in value and not value.endswith(DELETED):
        return named(value), ()
    return b"".join(probe().keys("process-name", value)), ()


def _host(value: str) -> _Keys:
    return b"", host_keys(value)


def _account(value: str) -> _Keys:
    return b"".join(probe().keys("account", value)) if "@" in value or "%40" in value else b"", ()


def _address(value: str) -> _Keys:
    return b"".join(probe().keys("ip-address", value)), ()


def _digest(kind: str, lengths: tuple[int, ...]) -> Callable[[str], _Keys]:
    def read(value: str) -> _Keys:
        if len(value) in lengths and _HEX.match(value) is not None:
            return key("h", value), ()
        return b"".join(probe().keys(kind, value)), ()

    return read


_CERTIFICATES = ("cert-sha256", "cert-sha1", "cert-md5")
_READ: dict[str, Callable[[str], _Keys]] = {
    "process-name": _process, "domain": _host, "ip-address": _address,
    "email": _account, "account": _account, "phone-number": _account, "file-name": _file_name,
    **dict.fromkeys(("bundle-id", "package-name", "profile-id", "property-name"), _name),
    **{kind: _digest(kind, (n,)) for kind, n in (("sha256", 64), ("sha1", 40), ("md5", 32))},
    **{kind: _digest(kind, (64, 40, 32)) for kind in _CERTIFICATES},
}  # fmt: skip
"""What observables of a kind are looked up with; domains are stored as hosts. Their parents are among those."""
