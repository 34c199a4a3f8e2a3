"""How a knowledge base lies on the disk: one SQLite file in a folder, its tables, and opening it with care.

A base is bridle's own file, but may come from somebody else. It is opened only if its schema is, word for word, the
one below: no trigger, view or virtual table of somebody else ever runs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILE = "base.sqlite3"
APPLICATION = 0x62726442
"""`brdB`, in the header of the file."""
VERSION = 1
PATIENCE = 10.0
"""Seconds to wait for another run that writes."""

TABLES = {
    "run": """CREATE TABLE run (
  id INTEGER PRIMARY KEY, recorded TEXT NOT NULL, source TEXT NOT NULL, list_name TEXT NOT NULL, file TEXT NOT NULL,
  sha256 TEXT NOT NULL, form TEXT NOT NULL, options TEXT NOT NULL, claims INTEGER NOT NULL, relations INTEGER NOT NULL,
  facts INTEGER NOT NULL, retracted INTEGER NOT NULL, warnings INTEGER NOT NULL
) STRICT""",
    "value": """CREATE TABLE value (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL, UNIQUE (kind, value)
) STRICT""",
    "claim": """CREATE TABLE claim (
  id INTEGER PRIMARY KEY, value INTEGER NOT NULL, key BLOB NOT NULL, source TEXT NOT NULL, list_name TEXT NOT NULL,
  says TEXT NOT NULL, vendor TEXT, product TEXT, generation TEXT, campaign TEXT, operator TEXT, country TEXT,
  reference TEXT, confidence INTEGER, tlp TEXT, port INTEGER, observed_first TEXT, observed_last TEXT, valid_from TEXT,
  valid_to TEXT, shown TEXT NOT NULL, recorded_from TEXT NOT NULL, recorded_to TEXT, run INTEGER NOT NULL,
  closed_by INTEGER, locator TEXT NOT NULL
) STRICT""",
    "relation": """CREATE TABLE relation (
  id INTEGER PRIMARY KEY, one INTEGER NOT NULL, other INTEGER NOT NULL, key BLOB NOT NULL, type TEXT NOT NULL,
  source TEXT NOT NULL, list_name TEXT NOT NULL, first TEXT, last TEXT, port INTEGER, count INTEGER,
  recorded_from TEXT NOT NULL, recorded_to TEXT, run INTEGER NOT NULL, closed_by INTEGER, locator TEXT NOT NULL
) STRICT""",
    "fact": """CREATE TABLE fact (
  id INTEGER PRIMARY KEY, value INTEGER NOT NULL, key BLOB NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,
  source TEXT NOT NULL, list_name TEXT NOT NULL, recorded_from TEXT NOT NULL, recorded_to TEXT, run INTEGER NOT NULL,
  closed_by INTEGER, locator TEXT NOT NULL
) STRICT""",
}
INDICES = {
    f"{table}_{name}": f"CREATE {unique}INDEX {table}_{name} ON {table} ({columns}){where}"
    for table, name, unique, columns, where in (
        ("claim", "open", "UNIQUE ", "key", " WHERE recorded_to IS NULL"),
        ("relation", "open", "UNIQUE ", "key", " WHERE recorded_to IS NULL"),
        ("fact", "open", "UNIQUE ", "key", " WHERE recorded_to IS NULL"),
        ("claim", "value", "", "value", ""), ("relation", "one", "", "one", ""), ("relation", "other", "", "other", ""),
        ("fact", "value", "", "value", ""), ("claim", "list", "", "source, list_name", ""),
        ("relation", "list", "", "source, list_name", ""), ("fact", "list", "", "source, list_name", ""),
    )
}  # fmt: skip
"""One open row for each key: what is said twice is kept once, and what was taken back may be said again."""


class BaseError(Exception):
    """A knowledge base that cannot be read or written. One sentence with the next step."""


def connect(folder: Path, *, write: bool = False) -> sqlite3.Connection:
    """The base in a folder, for reading only unless `write`, which also makes a new one. Raises BaseError."""
    file = folder / FILE
    if write:
        _made(folder)
    elif not file.is_file():
        raise BaseError(
            f"{folder} is no knowledge base: it has no {FILE}; `bridle infra import FILES --base` makes one"
        )
    new = not file.exists() or file.stat().st_size == 0
    with told(folder):
        if not write:
            _recovered(file)
        mode = "rwc" if write else "ro"
        uri = f"{file.resolve().as_uri()}?mode={mode}"
        db = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        with told(folder):
            for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "foreign_keys = OFF", "temp_store = MEMORY"):
                db.execute(f"PRAGMA {pragma}")
            if new and write:
                _create(db)
            _check(db, folder)
            if not write:
                db.execute("PRAGMA query_only = ON")
    except BaseException:
        db.close()
        raise
    return db


def _made(folder: Path) -> None:
    """The folder of a new base, or one that is a base already."""
    if folder.exists() and not folder.is_dir():
        raise BaseError(f"{folder} is a file; give `--base` a folder")
    if folder.is_dir() and not (folder / FILE).exists() and any(folder.iterdir()):
        raise BaseError(f"{folder} holds other files and no knowledge base; give `--base` a new or an empty folder")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / FILE).exists():
            (folder / FILE).touch(mode=0o600)
    except OSError as e:
        raise BaseError(f"{folder} cannot be made: {e.strerror}") from None


def _recovered(file: Path) -> None:
    """Undo what a killed run left half written; a reader by itself may not."""
    if file.with_name(file.name + "-journal").exists():
        db = sqlite3.connect(f"{file.resolve().as_uri()}?mode=rw", uri=True, timeout=PATIENCE)
        try:
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        finally:
            db.close()


def _create(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    for statement in (*TABLES.values(), *INDICES.values()):
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION}")
    db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")


def _check(db: sqlite3.Connection, folder: Path) -> None:
    """Raises BaseError for a file that is not a base as this version of bridle writes it."""
    application = db.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION:
        raise BaseError(f"{folder / FILE} is not a knowledge base of bridle; import the files into a new folder")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        raise BaseError(f"{folder} is of version {version}, this bridle reads {VERSION}; import the files again")
    expected = {**TABLES, **INDICES}
    try:
        listed = db.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
        seen: dict[str, str] = dict(listed)
    except UnicodeDecodeError:  # SQLite quotes the name of a table that it cannot read
        raise BaseError(
            f"{folder} is damaged (a name is not UTF-8); restore a copy, or import the files again"
        ) from None
    if seen != expected:
        odd = sorted(str(n) for n in {*seen, *expected} if seen.get(n) != expected.get(n))
        raise BaseError(f"{folder}: its tables are not those that bridle makes ({', '.join(odd)[:60]}); import again")


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """What SQLite says against a base, as a BaseError."""
    try:
        yield
    except sqlite3.OperationalError as e:
        if "locked" in str(e):
            raise BaseError(f"{folder}: another run is writing to it; wait for it to end") from None
        raise BaseError(f"{folder} cannot be used: {e}"[:200]) from None
    except sqlite3.Error as e:
        raise BaseError(f"{folder} is damaged ({str(e)[:80]}); restore a copy, or import the files again") from None
