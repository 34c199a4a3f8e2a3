"""Programs of Android (DEX): the strings in them, and whether a class is among the types they name.

Of the strings those are told that name a place on a network or on the phone. They are found in the table of strings, so
that each comes whole and from where the program takes it; text that is encrypted or put together at run time is not
among them.

Sources: https://source.android.com/docs/core/runtime/dex-format
"""

from __future__ import annotations

import re
import struct
from array import array
from bisect import bisect_right
from collections.abc import Iterator

from bridle.classes import dataclass
from bridle.core import FormatError

LONGEST = 256 << 20
"""Bytes of one program that are read at most."""
LONGEST_TEXT = 4_096
"""Characters of one string that are kept."""
MOST_STRINGS = 1 << 20
_LONGEST_STRING = 1 << 18
_HEADER = 0x70
_TOPS = (
    "com|net|org|info|biz|io|me|co|app|dev|xyz|top|online|site|club|live|icu|cc|tv|ru|cn|ir|il|in|uk|de|fr|eu|us|su"
    "|pw|tk|ml|ga|cf|gq|ws|to|ly|vip|pro|shop|store|space|website|tech|cloud|link|click|world|fun|life|work|onion"
)
_SOUGHT = re.compile(
    rb"[A-Za-z][A-Za-z0-9+.-]{1,10}://[^\s\x00]"
    rb"|(?<![0-9.])[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])"
    rb"|/data/[^\x00]|/system/x?bin/|/sbin/su"
    rb"|(?<=[A-Za-z0-9])\.(?:" + _TOPS.encode() + rb")(?=[\x00/:?\s\"'])"
)  # fmt: skip


@dataclass(frozen=True)
class Text:
    """One string of the table."""

    number: int
    text: str


class Dex:
    """A program in memory. Raises FormatError where its header or its table of strings is none."""

    def __init__(self, data: bytes) -> None:
        if not data.startswith(b"dex\n") or len(data) < _HEADER:
            raise FormatError(f"DEX: expected a header of {_HEADER} bytes, got {data[:8]!r}")
        self._data = data
        count, at = struct.unpack_from("<2I", data, 0x38)
        if count > MOST_STRINGS or at + 4 * count > len(data):
            raise FormatError(f"DEX: a table of {count} strings at byte {at} does not fit in {len(data)}")
        self.strings = count
        self._offsets = array("I", data[at : at + 4 * count])

    def sought(self, most: int) -> Iterator[Text]:
        """Strings that hold an address, a domain or a path of interest, up to `most`, in the order of their bytes."""
        starts = array("I", sorted(o for o in self._offsets if o < len(self._data)))
        numbers = {o: i for i, o in enumerate(self._offsets)}
        looked = given = -1
        begin = end = found = 0
        for match in _SOUGHT.finditer(self._data):
            place = bisect_right(starts, match.start()) - 1
            if place < 0 or starts[place] == given:
                continue
            if starts[place] != looked:
                looked = starts[place]
                begin, end = self._span(looked)
            if not begin <= match.start() < end:
                continue
            given, found = looked, found + 1
            if found > most:
                return
            yield Text(numbers[given], _text(self._data[begin : min(end, begin + 4 * LONGEST_TEXT)]))

    def _span(self, at: int) -> tuple[int, int]:
        """Where a string begins behind its length, and where it ends."""
        begin = at
        while begin < len(self._data) and begin < at + 5 and self._data[begin] & 0x80:
            begin += 1
        begin += 1
        most = min(len(self._data), begin + _LONGEST_STRING)
        end = self._data.find(b"\0", begin, most)
        return begin, most if end < 0 else end

    def names(self, of: str) -> bool:
        """Whether a class, such as `com.example.Main`, is among the strings, which are sorted."""
        wanted = b"L" + of.replace(".", "/").encode("utf-8", "surrogatepass") + b";"
        low, high = 0, len(self._offsets)
        while low < high:
            middle = (low + high) // 2
            begin, end = self._span(self._offsets[middle])
            found = self._data[begin:end]
            if found == wanted:
                return True
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return False


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "backslashreplace")
    return text[:LONGEST_TEXT]
