"""Keys of texts: the first eight bytes of MD5 of a space and the text, of single ones and of columns."""

from __future__ import annotations

from functools import lru_cache
from hashlib import md5
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

WIDTH = 8
"""Bytes of a key."""
_FEW = 1000
"""Texts whose keys are made one by one: to ask the database takes as long."""
_KEYS = "SELECT unhex(left(md5($1 || chr(0) || text), 16)) AS key FROM texts"


def key(space: str, text: str) -> bytes:
    """The key of a text in one of the spaces: n(ame), p(ath), d(omain), u(rl), m(ailbox), h(ash), a(ddress)."""
    return md5(f"{space}\0{text}".encode("utf-8", "surrogatepass"), usedforsecurity=False).digest()[:WIDTH]


def keys_of(space: str, texts: pa.Array) -> pa.Array:
    """The keys of a column of texts, none of them null, as numbers."""
    if len(texts) <= _FEW:
        return as_array(b"".join(key(space, text) for text in texts.to_pylist()))
    return by_database(space, texts)


def by_database(space: str, texts: pa.Array) -> pa.Array:
    """The same, whatever their number."""
    db = _database()
    db.register("texts", pa.table({"text": texts}))
    try:
        made = db.sql(_KEYS, params=[space]).to_arrow_table()
    finally:
        db.unregister("texts")
    return as_array(b"".join(memoryview(c.buffers()[2])[: WIDTH * len(c)] for c in made.column(0).chunks if len(c)))


def as_array(keys: bytes) -> pa.Array:
    """Keys one behind the other as numbers."""
    return pa.Array.from_buffers(pa.int64(), len(keys) // WIDTH, [None, pa.py_buffer(keys)])


@lru_cache(maxsize=1)
def _database() -> duckdb.DuckDBPyConnection:
    """One for the process, with nothing in it."""
    import duckdb

    db = duckdb.connect(":memory:", config={"threads": 1, "memory_limit": "256MB", "temp_directory": ""})
    for setting in ("python_enable_replacements", "enable_external_access"):
        db.execute(f"SET {setting} = false")
    db.execute("SET lock_configuration = true")
    return db
