"""Baselines: names and paths that ordinary devices have, shipped with bridle or built from cases of one's own.

A baseline is a text file of one name a line; `#` begins a comment. Rules name the lists they compare with. Lists of
one's own are added to those shipped, never put in their place.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from bridle.case.plain import cell
from bridle.case.processes import process_tables
from bridle.classes import dataclass

SHIPPED = Path(__file__).resolve().parents[1] / "baselines"
LARGEST_FILE = 64 << 20
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
EXECUTABLES, PATHS, NETWORK_USERS, CRASHERS = (
    "ios_system_executables", "ios_system_paths", "ios_network_users", "ios_crashers",
)  # fmt: skip
IMAGES = "ios_system_images.csv"
SYSTEM = re.compile(r"/(?:System|usr|sbin|bin|Applications|private/preboot/Cryptexes)/")
"""Where the system's own programs lie; everything else can be written to after the device was set up."""
_IN_FILE_SYSTEM = re.compile(
    r"/(?:usr/(?:s?bin|libexec)/(?:[^/.]+/)*[^/.]+|s?bin/[^/.]+|.*/(?P<bundle>[^/]+)\.(?:app|appex|xpc|bundle)/(?P=bundle))"
)
"""Files of the system volume that are programs by their place: what a listing of a file system can tell."""


class BaselineError(ValueError):
    """A baseline cannot be read, or cannot be built from what was given."""


@lru_cache(maxsize=16)
def shipped(name: str) -> tuple[str, ...]:
    """The lines of a list that comes with bridle. Raises KeyError for an unknown one."""
    file = SHIPPED / f"{name}.txt"
    if not _NAME.match(name) or not file.is_file():
        raise KeyError(name)
    return _lines(file.read_text("utf-8"))


def _lines(text: str) -> tuple[str, ...]:
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@dataclass(frozen=True, kw_only=True)
class Own:
    """Lists of one's own, out of one folder."""

    folder: str
    """Its name, without the way to it."""
    digest: str
    """SHA-256 over the names and contents of its lists."""
    lists: Mapping[str, tuple[str, ...]]


def load_own(folder: Path) -> Own:
    """The lists in a folder that `bridle baseline build` wrote. Raises BaselineError."""
    lists, digest = {}, hashlib.sha256()
    try:
        for file in sorted(folder.glob("*.txt")):
            if file.stat().st_size > LARGEST_FILE:
                raise BaselineError(f"{file}: larger than {LARGEST_FILE:,} bytes")
            data = file.read_bytes()
            lists[file.stem] = _lines(data.decode("utf-8"))
            digest.update(f"{file.name}\0{hashlib.sha256(data).hexdigest()}\n".encode())
    except (OSError, UnicodeDecodeError) as e:
        raise BaselineError(f"{folder}: {e}") from e
    known = {name: names for name, names in lists.items() if (SHIPPED / f"{name}.txt").is_file()}
    if not known:
        raise BaselineError(f"{folder} holds no baseline; `bridle baseline build CASES -o DIR` writes one")
    return Own(folder=folder.name, digest=digest.hexdigest(), lists=known)


class Examined(Protocol):
    """As much of a case as building needs."""

    def tables(self) -> Mapping[str, pa.Schema]: ...
    def connect(self) -> duckdb.DuckDBPyConnection: ...


@dataclass(kw_only=True)
class Built:
    """What the cases had in common with ordinary devices; each entry with the cases it was seen in."""

    images: dict[tuple[str, str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    """(path, UUID or "", build or "") of programs of the system."""
    network_users: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Names of processes that used the network and belong to no app."""
    crashers: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    """Names of programs of the system that have crashed."""

    def add(self, number: int, case: Examined, build: str) -> None:
        """Take in one case. Only names and paths of the system are read, none of an app or a person."""
        db = case.connect()
        try:
            for path, uuid in _images(db, case.tables()):
                if not _is_line(path):
                    continue
                self.images[(path, uuid, build)].add(number)
            for name in _names(db, case.tables(), "network-user"):
                self.network_users[name].add(number)
            for name in _names(db, case.tables(), "crash"):
                self.crashers[name].add(number)
        finally:
            db.close()

    def write(self, out: Path, at_least: int = 1) -> dict[str, int]:
        """Write the lists into a new folder; returns the entries of each file. Raises FileExistsError."""
        images = {k: v for k, v in self.images.items() if len(v) >= at_least}
        paths = sorted({path for path, _, _ in images})
        executables = {path.rpartition("/")[2] for path in paths}
        own = executables | set(shipped(EXECUTABLES))
        lists: dict[str, Iterable[str]] = {
            EXECUTABLES: sorted(executables),
            PATHS: paths,
            NETWORK_USERS: sorted(n for n, cases in self.network_users.items() if len(cases) >= at_least),
            CRASHERS: sorted(n for n, cases in self.crashers.items() if len(cases) >= at_least and n in own),
        }
        out.mkdir(parents=True)
        counts = {}
        for name, entries in lists.items():
            lines = [f"# {_TITLES[name]}. Built by bridle from cases of one's own.", *entries]
            (out / f"{name}.txt").write_text("\n".join(lines) + "\n", "utf-8")
            counts[f"{name}.txt"] = len(lines) - 1
        with (out / IMAGES).open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(("path", "uuid", "build", "cases"))
            table.writerows([*map(cell, key), len(images[key])] for key in sorted(images))
        return counts | {IMAGES: len(images)}


_TITLES = {
    EXECUTABLES: "Names of executables on the system volume",
    PATHS: "Paths of executables on the system volume",
    NETWORK_USERS: "Names of processes that use the network and belong to no app",
    CRASHERS: "Names of executables of the system that crash now and then",
}


def _is_line(text: str) -> bool:
    """Whether a list gives it back as it is: another text would be several entries, or a comment."""
    return text.splitlines() == [text] and text == text.strip() and not text.startswith("#")


def _images(db: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Schema]) -> Iterator[tuple[str, str]]:
    """Path and UUID of each program of the system that a record names, and of those that a file system lists."""
    if process_tables(tables):
        for path, uuid in _rows(
            db,
            "SELECT DISTINCT path, uuid FROM processes "
            "WHERE _table LIKE 'ios.%' AND path IS NOT NULL AND surface IN ('running-process', 'crash')",
        ):
            if SYSTEM.match(path):
                yield path, uuid or ""
    if "ledger" in tables:
        for (path,) in _rows(db, "SELECT DISTINCT path FROM ledger WHERE type = 'file'"):
            if SYSTEM.match(path) and _IN_FILE_SYSTEM.fullmatch(path):
                yield path, ""


def _names(db: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Schema], surface: str) -> Iterator[str]:
    """Process names with this meaning that are told as names, and of no app."""
    if process_tables(tables):
        named = "_table LIKE 'ios.%' AND path IS NULL AND bundle_id IS NULL"
        for (name,) in _rows(db, f"SELECT DISTINCT name FROM processes WHERE {named} AND surface = '{surface}'"):  # noqa: S608
            if name and "/" not in name and _is_line(name):
                yield name


def _rows(db: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    found = db.execute(query)
    while rows := found.fetchmany(10_000):
        yield from rows
