"""Fixtures `.zlib`: text that is compressed with zlib (RFC 1950)."""

from __future__ import annotations

import zlib


def make(text: str) -> bytes:
    """The compressed text, without the line end that an editor leaves."""
    return zlib.compress(text.rstrip("\n").encode())
