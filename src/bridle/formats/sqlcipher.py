"""Whether a database file is encrypted with SQLCipher, as far as its first bytes tell.

An encrypted file begins with 16 bytes of salt, or, so that iOS sees a database, with the first 32 bytes of an SQLite
header in plain. Twenty bytes of every SQLite header after those are zero, and the first page is that of a table.

Sources: https://www.zetetic.net/sqlcipher/sqlcipher-api/ (cipher_plaintext_header_size);
https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

HEADER = 101
"""Bytes that are looked at."""
MAGIC = b"SQLite format 3\0"
_ALWAYS_ZERO = slice(72, 92)
_PAGES = (0x05, 0x0D)
"""The first page is an inner page or a leaf of a table."""


def is_encrypted(begin: bytes) -> bool:
    """Whether the first `HEADER` bytes of a file are those of an encrypted database. A shorter one is none."""
    if len(begin) < HEADER:
        return False
    plain = begin.startswith(MAGIC) and begin[_ALWAYS_ZERO] == bytes(20) and begin[100] in _PAGES
    return not plain
