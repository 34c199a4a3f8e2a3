"""signal.sqlite of Signal: that it is there, and that it cannot be read without a key of the keychain.

The store is encrypted with SQLCipher. Its first 32 bytes are left in plain so that the system sees an SQLite file;
older stores begin with a random salt. Nothing of the content is read. A store whose pages do read as SQLite is none of
Signal's, and is told as not encrypted.

Sources: https://github.com/signalapp/Signal-iOS (its use of `cipher_plaintext_header_size`);
https://www.zetetic.net/sqlcipher/sqlcipher-api/ ; https://www.sqlite.org/fileformat2.html
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import FormatError, Record, SourceFile, artifact, note, record

_MAGIC = b"SQLite format 3\0"
_HEADER = 101
_PAGES = (0x05, 0x0D)
"""What the first page of an SQLite file has at byte 100: an inner page or a leaf of a table."""


def _is_plain(begin: bytes) -> bool:
    """Whether a header is SQLite's beyond the bytes that SQLCipher leaves in plain: 20 of them are always zero."""
    return begin[72:92] == bytes(20) and begin[100] in _PAGES


@record
class Store(Record):
    """The store as it lies there."""

    size: int = note(doc="bytes of the file")
    encrypted: bool = note(doc="whether its pages are encrypted")
    plain_header: bool = note(doc="whether it begins as an SQLite file does")


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/grdb/signal.sqlite")
def signal_store(file: SourceFile) -> Iterator[Store]:
    with file.open() as stored:
        begin = stored.read(_HEADER)
    if len(begin) < _HEADER:
        raise FormatError(f"expected at least {_HEADER} bytes of a database, got {len(begin)}")
    header = begin.startswith(_MAGIC)
    yield Store(locator="offset 0x0", size=file.size, encrypted=not (header and _is_plain(begin)), plain_header=header)
