"""`match_keys.parquet`: for each table of a case the keys of all that an indicator can be found by in it.

A hunt reads this file alone to know in which cases, and in which of their tables, it has to look. What a value's keys
are `bridle.indicators.probing` decides, by asking the matcher; values of plain spelling, which are nearly all, have
theirs from the short ways here, a column at a time, which give those keys or more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bridle.case.spill import Piece, Scratch, Spill
from bridle.formats import urls
from bridle.indicators import normalise
from bridle.indicators.hashing import WIDTH, as_array, keys_of
from bridle.indicators.matcher import DELETED, NESTING, UUID
from bridle.indicators.probing import DEPTH, above, host_keys, named, packages, probe

NAME = "match_keys"
MATCH_KEYS = pa.schema(
    [
        pa.field("table", pa.string(), nullable=False, metadata={"doc": "where the value stands"}),
        pa.field("key", pa.int64(), nullable=False, metadata={"doc": "of what an indicator is looked up with"}),
    ]
)
_KEY = pa.schema([MATCH_KEYS.field("key")])
_ROWS = 1 << 16
MOST = 1 << 19
"""Keys of one table in memory: 4 MiB of them, and some twenty times as much while repeats are left out."""
_FOLDERS = 100_000
"""Folders whose keys are remembered."""
_LINKS = frozenset({".", "..", "0", "primary", "legacy", "sdcard0"})
"""Last parts of paths that are links, or none."""
_OF_USERS = ("/emulated", "/media", "/user")
"""Folders of which the numbers in them are links or change what the folder is."""
_PLAIN_URL = r"\A(?:http://|https://)(?:[a-z0-9_-]{1,63}\.){1,4}[a-z][a-z0-9-]{0,20}(?:/[!-\[\]-~]*)?\z"
_NESTED = rf"(?si)^.{{8}}.*(?:%|#|{NESTING})"
_PLAIN_NAME = r"\A[!-9;-~](?:[ -9;-~]*[!-9;-~])?\z"
_PLAIN_HOST = r"\A(?:[a-z0-9_-]{1,63}\.){1,9}[a-z][a-z0-9-]{0,62}\z"
_PLAIN_PATH = r"\A(?:/\.{0,2}[!--0-~][ -.0-~]*)+\z"
"""Nothing in it leads elsewhere, and it has a last part."""
_LEADING = rf"\A(?:{'|'.join(map(re.escape, sorted(_LINKS)))}|.*{re.escape(DELETED)}|.{{8}}(?:-.{{4}}){{3}}-.{{12}})\z"
"""Last parts of paths that say more than a name."""
_UUID = 36
_Keys = tuple[bytes, tuple[bytes, ...]]
"""Keys of the value's own, one behind the other; and such as it shares with those beside it."""
_Found = Iterator[tuple[pa.Array, pa.Array]]
"""Keys, each behind the number of the table it is of."""
_Read = Callable[[pa.Array, pa.Array], _Found]
"""Gives the keys of values, of which each has the number of its table."""


class MatchKeys:
    """Takes the observables of a case, batch by batch, and gives the keys of each table.

    Memory does not grow with the number of keys: what is too much lies, encrypted, in a file until it is given.
    """

    def __init__(self, scratch: Path | None = None, most: int = MOST) -> None:
        """`scratch` is where the file may lie, which is removed when all is given; None: the system's place for it.
        `most` keys of one table are held."""
        self._spill, self._most = Scratch("keys", scratch), most
        self._of: dict[str, _Gathered] = {}
        self._read: dict[str, _Read] = {**_READ, "file-path": _Paths().columns}

    def add(self, batch: pa.RecordBatch) -> None:
        """Observables of one kind, sorted by value, with the tables they stand in."""
        if not batch.num_rows or (read := self._read.get(batch["kind"][0].as_py())) is None:
            return
        tables = batch["table"].dictionary_encode()
        for numbers, keys in read(batch["value"], tables.indices):
            for number in pc.unique(numbers).to_pylist():
                some = keys if len(tables.dictionary) == 1 else keys.filter(pc.equal(numbers, number))
                self._gathered(tables.dictionary[number].as_py()).add(some)

    def _gathered(self, table: str) -> _Gathered:
        if table not in self._of:
            self._of[table] = _Gathered(self._spill, self._most)
        return self._of[table]

    def reader(self) -> pa.RecordBatchReader:
        """The keys, sorted by table and key, each once. Nothing can be added afterwards."""
        return pa.RecordBatchReader.from_batches(MATCH_KEYS, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for table in sorted(self._of):
                for keys in self._of.pop(table).taken():
                    for first in range(0, len(keys), _ROWS):
                        some = keys.slice(first, _ROWS)
                        yield pa.record_batch([pa.repeat(pa.scalar(table), len(some)), some], schema=MATCH_KEYS)
        finally:
            self._spill.close()


class _Gathered:
    """The keys of one table; repeats are left out now and then, and what is too much is put away by its first byte."""

    def __init__(self, spill: Spill, most: int) -> None:
        self._spill, self._most = spill, most
        self._parts: list[pa.Array] = []
        self._waiting = self._settled = 0
        self._away: dict[int, list[Piece]] = {}
        """By the first byte of the keys, which is from -128 to 127."""

    def add(self, keys: pa.Array) -> None:
        self._parts.append(keys)
        self._waiting += len(keys)
        if self._waiting > min(2 * self._settled + 4 * _ROWS, self._most):
            self._settle()
            if self._settled > self._most // 2:
                self._put_away()

    def _settle(self) -> pa.Array:
        found = _once(self._parts)
        self._parts = [found]
        self._waiting = self._settled = len(found)
        return found

    def _put_away(self) -> None:
        for first, keys in _by_first_byte(_sorted(self._settle())):
            self._away.setdefault(first, []).append(self._spill.store(Piece([], pa.table([keys], schema=_KEY))))
        self._parts, self._waiting, self._settled = [], 0, 0

    def taken(self) -> Iterator[pa.Array]:
        """All of them, sorted, each once. Nothing is left here."""
        if not self._away:
            yield _sorted(self._settle())
            return
        self._put_away()
        for first in sorted(self._away):
            stored = (rows for piece in self._away.pop(first) for rows in self._spill.stored(piece))
            yield _sorted(_once([part for rows in stored for part in rows.column(0).chunks]))


def _once(parts: list[pa.Array]) -> pa.Array:
    return pc.unique(pa.concat_arrays(parts)) if parts else pa.array([], pa.int64())


def _sorted(keys: pa.Array) -> pa.Array:
    return keys.take(pc.sort_indices(keys))


def _by_first_byte(keys: pa.Array) -> Iterator[tuple[int, pa.Array]]:
    """Sorted keys in runs that have their first byte, a signed number, in common."""
    runs, begin = pc.run_end_encode(pc.shift_right(keys, 56)), 0
    for first, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield first, keys.slice(begin, end - begin)
        begin = end


def _each(keys: Callable[[str], bytes], values: pa.Array, numbers: pa.Array) -> _Found:
    """The keys of values one by one."""
    found = [keys(value) for value in values.to_pylist()]
    if found:
        of = pa.array([at for at, some in enumerate(found) for _ in range(0, len(some), WIDTH)], pa.int64())
        yield numbers.take(of), as_array(b"".join(found))


def _probed(kind: str, value: str) -> bytes:
    return b"".join(probe().keys(kind, value))


def _alone(kind: str) -> _Read:
    return partial(_each, partial(_probed, kind))


def _split(plain: pa.Array, values: pa.Array, numbers: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Values and numbers of what is plain, then those of the others."""
    others = pc.invert(plain)
    return values.filter(plain), numbers.filter(plain), values.filter(others), numbers.filter(others)


def _names(values: pa.Array, numbers: pa.Array) -> _Found:
    """The keys of names as `named` makes them."""
    plain, of, others, of_others = _split(pc.match_substring_regex(values, _PLAIN_NAME), values, numbers)
    yield of, keys_of("n", pc.ascii_lower(plain))
    yield from _each(named, others, of_others)


def _named_unless(odd: str, keys: Callable[[str], bytes], values: pa.Array, numbers: pa.Array) -> _Found:
    """The keys of names, but for such as have this in them."""
    others, of_others, plain, of = _split(pc.match_substring_regex(values, odd), values, numbers)
    yield from _names(plain, of)
    yield from _each(keys, others, of_others)


def _hosts(values: pa.Array, numbers: pa.Array) -> _Found:
    """The keys of hosts with their parents."""
    plain, of, others, of_others = _split(pc.match_substring_regex(values, _PLAIN_HOST), values, numbers)
    plain = pc.replace_substring_regex(plain, r"\Awww\.([^.]+\.)", r"\1")
    while len(plain):
        coded = plain.dictionary_encode()
        yield of, keys_of("d", coded.dictionary).take(coded.indices)
        more = pc.match_substring(plain, ".")
        plain, of = plain.filter(more), of.filter(more)
        plain = pc.list_element(pc.split_pattern(plain, ".", max_splits=1), 1)
    yield from _each(lambda host: b"".join(host_keys(host)), others, of_others)


def _urls(values: pa.Array, numbers: pa.Array) -> _Found:
    """The keys of URLs; those of their hosts are the keys of the domains and addresses of the same table."""
    plain = pc.match_substring_regex(values, _PLAIN_URL)
    plain = pc.and_(plain, pc.invert(pc.match_substring_regex(values, _NESTED)))
    plain, of, others, of_others = _split(plain, values, numbers)
    yield from _each(lambda url: _probed("url", url) + _quoted(url), others, of_others)
    pages = pc.ascii_rtrim(pc.list_element(pc.split_pattern(plain, "://", max_splits=1), 1), "/")
    yield of, keys_of("u", pages)
    asking = pc.match_substring(pages, "?")
    if pc.any(asking).as_py():
        asked = pc.list_element(pc.split_pattern(pages.filter(asking), "?", max_splits=1), 0)
        yield of.filter(asking), keys_of("u", pc.ascii_rtrim(asked, "/"))
    dotted = pc.match_substring_regex(pages, r"/.*\.")
    yield from _each(lambda page: _quoted(page.partition("/")[2]), pages.filter(dotted), of.filter(dotted))


def _quoted(text: str) -> bytes:
    """The keys of hosts that the rest of a URL names: a text in which it stands is told to quote them."""
    return b"".join(k for domain in urls.domains_in(text) for k in host_keys(domain))


def _accounts(kind: str, values: pa.Array, numbers: pa.Array) -> _Found:
    """Of accounts only addresses of mail are looked up."""
    mail = pc.match_substring_regex(values, "@|%40")
    yield from _each(partial(_probed, kind), values.filter(mail), numbers.filter(mail))


def _digests(kind: str, lengths: Iterable[int], values: pa.Array, numbers: pa.Array) -> _Found:
    plain = pc.match_substring_regex(values, rf"\A(?:{'|'.join(f'[0-9a-f]{{{n}}}' for n in lengths)})\z")
    plain, of, others, of_others = _split(plain, values, numbers)
    yield of, keys_of("h", plain)
    yield from _each(partial(_probed, kind), others, of_others)


def _file_name(value: str) -> bytes:
    return named(value.rstrip("/").rpartition("/")[2])


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

    def columns(self, values: pa.Array, numbers: pa.Array) -> _Found:
        """The keys of paths; those of a folder once for each table."""
        plain, of, others, of_others = _split(pc.match_substring_regex(values, _PLAIN_PATH), values, numbers)
        yield from _each(self._whole, others, of_others)
        parts = pc.split_pattern(plain, "/", max_splits=1, reverse=True)
        last, inside = pc.list_element(parts, 1), pc.list_element(parts, 0).dictionary_encode()
        numbered: dict[str, int] = {}
        begun = (numbered.setdefault(begin, len(numbered)) for begin in _begins(inside.dictionary.to_pylist()))
        within = pa.array(begun, pa.int64()).take(inside.indices)
        known = [self._folder(begin) for begin in numbered]
        ordinary = pa.array([f.is_plain and not f.of_apps for f in known], pa.bool_()).take(within)
        ordinary = pc.and_(ordinary, pc.invert(pc.match_substring_regex(last, _LEADING)))
        others, of_others = plain.filter(pc.invert(ordinary)), of.filter(pc.invert(ordinary))
        yield from _each(self._whole, others, of_others)
        last, of = last.filter(ordinary), of.filter(ordinary)
        yield from _names(last, of)
        pairs = pc.unique(pc.add(pc.shift_left(within.filter(ordinary), 32), of.cast(pa.int64())))
        keys = [folder.keys for folder in known]
        shared = [(pair & 0xFFFFFFFF, keys[pair >> 32]) for pair in pairs.to_pylist()]
        each = pa.array([number for number, some in shared for _ in some], of.type)
        yield each, as_array(b"".join(k for _, some in shared for k in some))

    def _whole(self, path: str) -> bytes:
        own, shared = self.keys(path)
        return own + b"".join(shared)

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


def _begins(folders: Iterable[str]) -> Iterator[str]:
    """As much of each folder as paths are judged by. Of sorted ones most have the one before."""
    begin, below = "", "\0"
    for folder in folders:
        if not folder.startswith(below):
            depth = folder.count("/")
            begin = folder if depth <= DEPTH else "/".join(folder.split("/", DEPTH + 1)[: DEPTH + 1])
            below = f"{begin}/" if depth >= DEPTH else "\0"
        yield begin


_CERTIFICATES = ("cert-sha256", "cert-sha1", "cert-md5")
_READ: dict[str, _Read] = {
    "process-name": partial(_named_unless, rf"/|{re.escape(DELETED)}\z", partial(_probed, "process-name")),
    "file-name": partial(_named_unless, "/", _file_name),
    "domain": _hosts, "ip-address": _alone("ip-address"), "url": _urls,
    **{kind: partial(_accounts, "account") for kind in ("email", "account", "phone-number")},
    **dict.fromkeys(("bundle-id", "package-name", "profile-id", "property-name"), _names),
    **{kind: partial(_digests, kind, (n,)) for kind, n in (("sha256", 64), ("sha1", 40), ("md5", 32))},
    **{kind: partial(_digests, kind, (64, 40, 32)) for kind in _CERTIFICATES},
}  # fmt: skip
"""What observables of a kind are looked up with; domains are stored as hosts. Their parents are among those."""
