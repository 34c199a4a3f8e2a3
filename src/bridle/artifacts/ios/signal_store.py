"""signal.sqlite of Signal: that it is there, and that it cannot be read without a key of the keychain.

The store is encrypted with SQLCipher. Its first 32 bytes are left in plain so that the system sees an SQLite file;
older stores begin with a random salt. Nothing of the content is read. A store whose pages do read as SQLite is none of
Signal's, and is told as not encrypted.

Known limits: no message, contact or time can be read. That a store is encrypted is told by the form of its first page,
not by trying a key.

Sources: https://github.com/signalapp/Signal-iOS (its use of `cipher_plaintext_header_size`);
https://www.zetetic.net/sqlcipher/sqlcipher-api/
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import FormatError, Record, SourceFile, artifact, note, record
from bridle.formats import sqlcipher


@record
class Store(Record):
    """The store as it lies there."""

    size: int = note(doc="bytes of the file")
    encrypted: bool = note(doc="whether its pages are encrypted")
    plain_header: bool = note(doc="whether it begins as an SQLite file does")


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/grdb/signal.sqlite")
def signal_store(file: SourceFile) -> Iterator[Store]:
    with file.open() as stored:
        begin = stored.read(sqlcipher.HEADER)
    if len(begin) < sqlcipher.HEADER:
        raise FormatError(f"expected at least {sqlcipher.HEADER} bytes of a database, got {len(begin)}")
    yield Store(
        locator="offset 0x0",
        size=file.size,
        encrypted=sqlcipher.is_encrypted(begin),
        plain_header=begin.startswith(sqlcipher.MAGIC),
    )
