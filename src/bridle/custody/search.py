"""Looking through folders and lakes for cases of one origin, and for what was drawn from them.

A case is known by the digest of its manifest, and says which ones it was made from. Nothing is found by its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tomllib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from bridle.case.bag_check import TAGS
from bridle.case.manifest import NAME
from bridle.classes import dataclass
from bridle.custody.shred import walk
from bridle.custody.traces import Traces
from bridle.descriptors import open_file
from bridle.detect.baselines import SHIPPED, BaselineError, load_own
from bridle.fleet.lake import Lake

TOMBSTONE = "withdrawn.json"
MOST = 2_000_000
"""Files that are looked at below the folders named."""
_LARGEST = 64 << 20
"""Bytes of a manifest, or of a text that may mention a case."""
_TEXTS = (".json", ".jsonl", ".csv", ".tsv")


class TooManyError(Exception):
    """The folders hold more than is looked through."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A case, and the cases that it comes from, by the digests of their manifests."""

    digest: str
    before: frozenset[str] = frozenset()

    @property
    def origin(self) -> frozenset[str]:
        return self.before | {self.digest}


def known(manifest: bytes, description: bytes) -> Known:
    """What a case is, from its manifest and `case.toml`."""
    lineage: Any = None
    with suppress(UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        lineage = tomllib.loads(description.decode()).get("lineage")
    before = lineage.get("manifests") if isinstance(lineage, dict) else None
    names = frozenset(str(d) for d in before) if isinstance(before, list) else frozenset()
    return Known(digest=hashlib.sha256(manifest).hexdigest(), before=names)


def case_at(folder: Path) -> Known | None:
    """The case in a folder, however damaged; None where none is."""
    manifest = _bytes(folder / NAME)
    return None if manifest is None else known(manifest, _bytes(folder / "case.toml") or b"")


def buried(folder: Path) -> Known:
    """The case that a tombstone is of. Raises ValueError where it does not say that, or there is none."""
    try:
        stone = json.loads(_bytes(folder / TOMBSTONE) or b"")
        name = stone["case"]
    except (ValueError, KeyError, TypeError, RecursionError):
        name = None
    if not isinstance(name, str) or not re.fullmatch("[0-9a-f]{64}", name):
        raise ValueError(f"{folder} holds neither a case nor a tombstone that says which one it was")
    return Known(digest=name)


class Search:
    """Folders that are looked through, and the one that a case lies in, of which only the files directly in it are."""

    def __init__(self, folders: Iterable[Path], beside: Path) -> None:
        self._folders, self._beside = tuple(folders), beside
        self.unread: dict[str, None] = {}
        """What could not be looked into."""

    def cases(self) -> Iterator[tuple[Path, Known]]:
        """Every case. Raises TooManyError."""
        for at, names in self._walk():
            if NAME in names and (found := case_at(at)) is not None:
                yield at, found

    def drawn(self, traces: Traces) -> Iterator[tuple[Path, str]]:
        """Files that are outputs of the cases, with their digest."""
        sizes = {o.size for o in traces.outputs.values() if not o.is_bag}
        if not sizes:
            return
        beside = ((self._beside, [p.name for p in sorted(self._beside.glob("*"))]),)
        for at, names in (*beside, *self._walk()):
            for name in names:
                digest = _digest(at / name, sizes)
                if digest is not None and digest in traces.outputs:
                    yield at / name, digest

    def bags(self, traces: Traces) -> Iterator[tuple[Path, str]]:
        """Folders that are bags of the cases, with the digest of their last file."""
        digests = {o.sha256 for o in traces.outputs.values() if o.is_bag}
        for at, names in self._walk() if digests else ():
            digest = _digest(at / TAGS, (None,)) if TAGS in names else None
            if digest is not None and digest in digests:
                yield at, digest

    def baselines(self, digests: Collection[str]) -> Iterator[tuple[Path, str]]:
        """Folders that hold one of these baselines, with its digest."""
        for at, names in self._walk() if digests else ():
            lists = [name for name in names if name.endswith(".txt")]
            if any((SHIPPED / name).is_file() for name in lists) and all((at / name).is_file() for name in lists):
                with suppress(BaselineError):
                    found = load_own(at).digest
                    if found in digests:
                        yield at, found

    def mentions(self, digests: Collection[str]) -> Iterator[Path]:
        """Tables and JSON that name one of these cases, such as the findings of a hunt: they may hold others' rows."""
        sought = [d.encode() for d in digests]
        for at, names in self._walk():
            for name in names if NAME not in names else ():
                if name.endswith(_TEXTS) and name != TOMBSTONE:
                    data = _bytes(at / name)
                    if data is None:
                        self.unread[str(at / name)] = None
                    elif any(d in data for d in sought):
                        yield at / name

    def _walk(self) -> Iterator[tuple[Path, list[str]]]:
        """Each folder with the names of its files. Links are not followed."""
        seen = 0
        for folder in self._folders:
            for at, names in walk(folder, lambda place: self.unread.update({str(place): None})):
                seen += len(names) + 1
                if seen > MOST:
                    raise TooManyError(f"{folder} holds more than {MOST:,} files; name a folder that holds less")
                yield at, names


def in_lake(lake: Lake) -> Iterator[tuple[str, str, Known]]:
    """(folder, task, what it is) of every case in a lake. Raises LakeError."""
    for folder in ("cases", "earlier"):
        for task in lake.storage.names(folder):
            manifest = lake.storage.read(f"{folder}/{task}/{NAME}")
            if manifest is not None:
                yield folder, task, known(manifest, lake.storage.read(f"{folder}/{task}/case.toml") or b"")


def _bytes(path: Path) -> bytes | None:
    """Of a regular file that is not too large; None of anything else."""
    try:
        descriptor = open_file(path)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            data = file.read(_LARGEST + 1)
    except OSError:
        return None
    return data if len(data) <= _LARGEST else None


def _digest(path: Path, sizes: Collection[int | None]) -> str | None:
    """Of a regular file of one of these sizes; None in `sizes` stands for any."""
    try:
        descriptor = open_file(path)
        with os.fdopen(descriptor, "rb") as file:
            info = os.fstat(file.fileno())
            if not stat.S_ISREG(info.st_mode) or (None not in sizes and info.st_size not in sizes):
                return None
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
