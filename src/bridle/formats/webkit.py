"""Values as WebKit's persistent coders write them one after another, read from bytes nobody vouches for.

Numbers are little-endian, a truth value is one byte. A text is its count of characters in four bytes, one byte that is
1 where a character has one byte (ISO 8859-1) and 0 where it has two (UTF-16), and the characters; a count of
0xffffffff stands alone for no text. An optional value is a truth value and, where that is true, the value. Nothing in
the bytes tells one kind of value from another: the order has to be known.

A site is also written as one text that can be the name of a file: `https_www.example.org_0`.

Sources: https://github.com/WebKit/WebKit (Source/WTF/wtf/persistence/PersistentCoders.cpp, PersistentEncoder.cpp;
SecurityOriginData::databaseIdentifier)
"""

from __future__ import annotations

import re
import struct

from bridle.core import FormatError
from bridle.formats.urls import percent_decoded

_NO_TEXT = 0xFFFFFFFF
_SITE = re.compile(r"([a-z][a-z0-9+.-]{0,63})_(.{0,1024})_([0-9]{1,5})", re.DOTALL)


def site_of(identifier: str) -> tuple[str, str | None, int | None] | None:
    """Scheme, host and port of `https_www.example.org_0`; None if it is no such text.

    There is no host for files of the app itself, and no port where it is that of the scheme (0).
    """
    found = _SITE.fullmatch(identifier)
    return None if found is None else (found[1], percent_decoded(found[2]) or None, int(found[3]) or None)


class Decoder:
    """Reads the values in their order. Every method raises FormatError for bytes that cannot be its value."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0
        """Bytes read so far."""

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self.position

    def take(self, count: int) -> bytes:
        """The next `count` bytes."""
        if count > self.left:
            raise FormatError(f"expected {count} bytes at byte {self.position}, got {self.left}")
        self.position += count
        return self._data[self.position - count : self.position]

    def unsigned(self, size: int) -> int:
        """A number of `size` bytes."""
        return int.from_bytes(self.take(size), "little")

    def real(self) -> float:
        """A number with a fraction, of eight bytes."""
        (number,) = struct.unpack("<d", self.take(8))
        return float(number)

    def truth(self) -> bool:
        """A byte that is 0 or 1."""
        at = self.position
        if (value := self.unsigned(1)) > 1:
            raise FormatError(f"expected 0 or 1 at byte {at}, got {value}")
        return value == 1

    def text(self) -> str | None:
        r"""A text, or None. Half a character of UTF-16 becomes `\x..`."""
        if (count := self.unsigned(4)) == _NO_TEXT:
            return None
        if self.truth():
            return self.take(count).decode("latin-1")
        return self.take(2 * count).decode("utf-16-le", "backslashreplace")
