"""Databases for tests, as bytes in memory."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath


@dataclass
class Stored:
    """A SourceFile over bytes."""

    content: bytes
    siblings: dict[str, bytes] = field(default_factory=dict)

    @property
    def path(self):
        return PurePosixPath("/private/var/sample.db")

    @property
    def size(self):
        return len(self.content)

    @property
    def sha256(self):
        return sha256(self.content).hexdigest()

    def open(self):
        return io.BytesIO(self.content)

    def sibling(self, suffix):
        return Stored(self.siblings[suffix]) if suffix in self.siblings else None


def database(script: str, rows: Iterable[tuple[str, Iterable[tuple]]] = (), page_size: int = 4096) -> bytes:
    """A database made by `script`, then filled by `rows`: statements and their arguments."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"PRAGMA page_size = {page_size}")
        connection.executescript(script)
        for statement, arguments in rows:
            connection.executemany(statement, arguments)
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def logged(folder: Path, before: str, *after: str) -> tuple[bytes, bytes]:
    """A database as of `before`, and the write-ahead log that each of `after` was committed to."""
    path = folder / "logged.db"
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode = wal")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.executescript(before)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for script in after:
            connection.executescript(script)
        return path.read_bytes(), Path(f"{path}-wal").read_bytes()
    finally:
        connection.close()
