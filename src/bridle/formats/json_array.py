"""Items of a large JSON array, or JSON values one after another, read a piece at a time from bytes nobody vouches for.

Bytes that are no UTF-8 become halves of characters, as in `json_lines`. An item that is no JSON is a Gap, and reading
goes on at the next that begins as an object; a text that ends within an item gives those before it.

Sources: RFC 8259, https://www.rfc-editor.org/rfc/rfc8259 ; https://github.com/ndjson/ndjson-spec
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from bridle.core import Gap

LONGEST = 1 << 20
"""Characters of one item that are read."""
_STEP = 1 << 18
_MOST_BAD = 1_000
"""Items that are no JSON, after which the rest is not read."""
_SPACE = re.compile(r"[ \t\r\n,]*")
_ANOTHER = re.compile(r"\}[ \t\r\n]{0,100},?[ \t\r\n]{0,100}\{")
_AT_THE_END = 12
"""Characters before the end of what was read within which an error may only mean that more is to come."""

_EXPONENT = 2
"""Characters behind a number that may be the beginning of the rest of it, such as `e+`."""


def items(stored: BinaryIO, longest: int = LONGEST) -> Iterator[tuple[str, Any] | Gap]:
    """`item N` and its value, from 1; Gaps are numbered as items."""
    text = _Text(stored, longest)
    if not text.begin():
        return
    number, bad = 0, 0
    while text.another():
        number += 1
        place = f"item {number}"
        value, wrong = text.value()
        if wrong is None:
            yield place, value
            continue
        yield Gap(locator=place, reason=f"expected a JSON value, got {text.shown()}: {wrong}")
        bad += 1
        if bad >= _MOST_BAD:
            yield Gap(locator="the rest", reason=f"expected JSON, got {bad} items that are none: no more were read")
            return
        if not text.skip():
            return
    if text.unfinished():
        yield Gap(locator="end", reason="expected the end of the array, got the end of the file")


class _Text:
    """What was read and not yet used."""

    def __init__(self, stored: BinaryIO, longest: int) -> None:
        self._stored, self._longest = stored, longest
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._scan = json.JSONDecoder().raw_decode
        self._buffer, self._at, self._more = "", 0, True
        self._past: int | None = None
        self._is_array = self._ended = False

    def _read(self) -> bool:
        """Take another piece behind what is left; False where there is none."""
        data = self._stored.read(_STEP) if self._more else b""
        self._more = bool(data)
        self._buffer, self._at = self._buffer[self._at :] + self._decode(data, not data), 0
        return self._more

    def begin(self) -> bool:
        """Pass the `[` if there is one; False where there is nothing at all."""
        if not self._spaced():
            return False
        if self._buffer.startswith("\ufeff", self._at):
            self._at += 1
            if not self._spaced():
                return False
        if self._buffer[self._at] == "[":
            self._is_array = True
            self._at += 1
        return True

    def _spaced(self) -> bool:
        """Pass what parts items; False at the end of the text."""
        while True:
            found = _SPACE.match(self._buffer, self._at)
            assert found is not None
            self._at = found.end()
            if self._at < len(self._buffer):
                return True
            if not self._read():
                return False

    def another(self) -> bool:
        """Whether an item follows."""
        if not self._spaced():
            return False
        if self._is_array and self._buffer[self._at] == "]":
            self._ended = True
            return False
        return True

    def unfinished(self) -> bool:
        return self._is_array and not self._ended

    def value(self) -> tuple[Any, str | None]:
        """The next item, or why there is none. Only an item is passed."""
        while True:
            try:
                value, end = self._scan(self._buffer, self._at)
            except json.JSONDecodeError as e:
                cut = e.pos >= len(self._buffer) - _AT_THE_END or e.msg.startswith("Unterminated string")
                left = len(self._buffer) - self._at
                if cut and self._more and left <= self._longest and self._read():
                    continue
                return None, f"{e.msg:.60}" if left <= self._longest else f"more than {self._longest} characters"
            except (ValueError, RecursionError) as e:
                return None, f"{e!s:.60}"
            length = end - self._at
            if length > self._longest:
                self._past = end
                return None, f"more than {self._longest} characters"
            near = end >= len(self._buffer) - _EXPONENT and isinstance(value, int | float)
            if near and self._more and self._read():
                continue
            self._at += length
            return value, None

    def skip(self) -> bool:
        """Go on behind the item that cannot be read, or else at the next object; False where there is none."""
        if self._past is not None:
            self._at, self._past = self._past, None
            return True
        while (found := _ANOTHER.search(self._buffer, self._at)) is None:
            self._at = max(self._at, len(self._buffer) - 256)
            if not self._read():
                return False
        self._at = found.end() - 1
        return True

    def shown(self) -> str:
        return f"{self._buffer[self._at : self._at + 60]!a:.60}"
