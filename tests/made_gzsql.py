"""Fixtures `.gzsql`: the SQL of a database that is compressed with gzip."""

from __future__ import annotations

import gzip

from artifact_files import database


def make(text: str) -> bytes:
    """The database as one gzip member without a time."""
    return gzip.compress(database(text), mtime=0)
