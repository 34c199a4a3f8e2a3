"""What the parts of a synthetic device hand over: files under their backup domain, and databases as bytes."""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import apsw

FROM_2001 = datetime(2001, 1, 1, tzinfo=UTC)
_PAGE = 4096
_VERSION = (3032003).to_bytes(4, "big")
"""The SQLite of iOS 14, written where the library would write its own version."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file of the device."""

    domain: str
    path: str
    """Relative to the domain."""
    content: bytes
    born: datetime
    modified: datetime
    protection: int = 3
    """Class of data protection: 3 until the first unlock, 4 none."""


def plist(value: Any, *, xml: bool = False) -> bytes:
    """A property list; binary, as the system keeps its own, or XML."""
    return plistlib.dumps(value, fmt=plistlib.FMT_XML if xml else plistlib.FMT_BINARY)


def database(schema: str, *rows: tuple[str, Sequence[Sequence[Any]]]) -> bytes:
    """A SQLite file with these tables; `rows` are statements and their bindings."""
    connection = apsw.Connection(":memory:")
    try:
        connection.pragma("page_size", _PAGE)
        connection.execute("BEGIN").fetchall()
        connection.execute(schema).fetchall()
        for statement, values in rows:
            connection.executemany(statement, values).fetchall()
        connection.execute("COMMIT").fetchall()
        made = bytearray(connection.serialize("main"))
    finally:
        connection.close()
    made[96:100] = _VERSION
    return bytes(made)


def insert(table: str, columns: str) -> str:
    """`INSERT INTO table (columns) VALUES (?, …)` for columns separated by blanks."""
    names = columns.split()
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608 - our own names
