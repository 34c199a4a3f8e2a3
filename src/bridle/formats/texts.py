"""Many texts at once: in which of them a URL, a domain or an address may stand. Logs repeat their words, so each word
of a batch is judged once, and most texts are never looked at one by one.

Nothing is decided here that `bridle.formats.urls` does not decide: a text that is given alone is for its functions; in
any other there are no URLs, no e-mail addresses and no IPv6, and its domains and IPv4 addresses stand in its words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import filterfalse

import pyarrow as pa
import pyarrow.compute as pc

from bridle.formats import urls

_LONG = 32 << 10
"""Bytes from which a text is for itself: the bounds of `urls` are far above what a shorter one can hold."""
_SHORT = 8 << 10
"""Bytes of a text below which no URL in it is cut."""
_PIECE = 8 << 20
"""Bytes of texts that are looked at together."""
_ALONE = (
    r"://"
    r"|[A-Za-z0-9._%+-]@[A-Za-z0-9.-]*\.[A-Za-z]{2}"
    r"|(?:^|[^0-9A-Za-z_.:])(?:[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{1,4})*)?::(?:[^G-Zg-z_]|$)"
    r"|(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]"
    r"|%[0-9]{2}\.[0-9]"
)
"""What every URL, e-mail address and IPv6 address has; and an IPv4 address that begins like an encoded character."""
HOST = r"(?:[a-z0-9_-]{1,40}\.){0,5}[a-z](?:[a-z0-9_-]{0,28}[a-z-])?"
"""A host that is no address and stays as it is: within the bound of 253 characters."""
_DOTS = r"\x{3002}\x{ff0e}\x{ff61}"
_DOT = rf".{_DOTS}"
_APART = r"\x00-\x20<>\"'`{}|\\^/?#@:,;()\[\]=&%!*$"
_HOLDING = (
    rf"{_ALONE}"
    r"|\.[A-Za-z]{2,24}(?:[^A-Za-z0-9]|$)"
    r"|[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]"
    rf"|[^\x00-\x7f][^{_APART}]*[{_DOT}]|[{_DOT}][^{_APART}]*[^\x00-\x7f]|[{_DOTS}][^{_APART}]"
)
"""What every text has in which there is anything: the above, a last label of letters, an IPv4 address, or a dot in one
word with another script."""
_NOTHING = rf"(?:[A-Za-z0-9 \n\t,!?'\"()_-]|[^\x00-\x7f{_DOTS}]|[.:;][ \n])*"
"""Text without a name of any kind: no dot or colon stands before anything but a blank."""
_ONE_URL = (
    rf"^(?:{_NOTHING}[.:;]?[ \n])?https?://{HOST}"
    rf"(?:/(?:(?:[A-Za-z0-9/_=&+~?-]|\.[A-Za-z])*[A-Za-z0-9/=&+-])?)?[.,!?]*(?:[ \n]{_NOTHING}[.:;]?)?$"
)
_THE_URL = r"(?P<url>https?://[^ \n]*[A-Za-z0-9/=&+-])"
_FEW = 32
"""Words that are searched for one by one."""
_ENCODED = re.compile(rb"%(?:25)*[0-9A-Fa-f]{2}")
_NUMBERED = re.compile(rb"[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]")
_BETWEEN = b"\xff"
"""Stands in no UTF-8."""
_WORDS = bytes.maketrans(bytes(range(0x21)) + b"<>\"'`{}|\\^/?#@:,;()[]=&%!*$" + _BETWEEN, b" " * (0x21 + 27) + b"\n")
"""Whatever ASCII no host can have becomes a blank, the end of a text a newline."""


def holding(texts: pa.Array) -> pa.Array:
    """Whether a URL, a domain, an address or an e-mail address may stand in each of some texts; never in a null."""
    found = pc.match_substring_regex(texts, _HOLDING)
    return pc.fill_null(pc.or_(found, pc.greater(pc.binary_length(texts), urls.LONGEST_TEXT)), False)


def with_one_url(texts: pa.Array) -> pa.Array:
    """Whether each text is an ordinary one with one ordinary URL, between blanks, and holds nothing else."""
    return pc.and_(pc.match_substring_regex(texts, _ONE_URL), pc.less(pc.binary_length(texts), _SHORT))


def one_url(texts: pa.Array) -> pa.Array:
    """The URLs of such texts, without what ends a sentence."""
    return pc.struct_field(pc.extract_regex(texts, _THE_URL), "url")


class Words:
    """The words of some texts, none of them null, that are domains or may be IPv4 addresses."""

    def __init__(self, texts: pa.Array) -> None:
        self._joined = _joined(texts)
        words = _dotted(self._joined)
        self.domains: dict[bytes, list[str]] = {w: found for w in words if (found := urls.domains_in(w.decode()))}
        """The words that are domains, and which."""
        self.numbered = {w for w in words if _NUMBERED.search(w)}
        """The words that may be IPv4 addresses."""

    def holding(self, words: Collection[bytes]) -> Iterator[tuple[int, list[bytes]]]:
        """The numbers of the texts that have any of these words, and those they have."""
        if not words:
            return
        lines = _lines_with(self._joined, words) if len(words) <= _FEW else enumerate(self._joined.split(b"\n"))
        for at, line in lines:
            if found := [w for w in line.split() if w in words]:
                yield at, found


class Texts(Words):
    """Some distinct texts, none of them null. `alone` are the numbers of those that are to be looked at one by one.

    Its words are those of the others.
    """

    def __init__(self, texts: pa.Array) -> None:
        odd = pc.or_(pc.match_substring_regex(texts, _ALONE), pc.greater(pc.binary_length(texts), _LONG))
        self.alone: list[int] = pc.indices_nonzero(odd).to_pylist()
        self._others = pc.indices_nonzero(pc.invert(odd))
        super().__init__(texts.take(self._others) if self.alone else texts)

    def holding(self, words: Collection[bytes]) -> Iterator[tuple[int, list[bytes]]]:
        """The numbers of the other texts that have any of these words, and those they have."""
        return ((self._others[at].as_py(), found) for at, found in super().holding(words))


def _dotted(joined: bytes) -> set[bytes]:
    """The distinct words in which there may be a dot; some dots are not ASCII. Most words are letters and digits."""
    return {w for w in set(filterfalse(bytes.isalnum, joined.split())) if b"." in w or not w.isascii()}


def _lines_with(joined: bytes, words: Collection[bytes]) -> Iterator[tuple[int, bytes]]:
    """The numbers of the lines in which a few words stand, perhaps inside of others, and the lines."""
    found = set()
    for word in words:
        at = joined.find(word)
        while at >= 0:
            found.add(joined.rfind(b"\n", 0, at) + 1)
            end = joined.find(b"\n", at)
            at = joined.find(word, end) if end >= 0 else -1
    number = before = 0
    for start in sorted(found):
        number += joined.count(b"\n", before, start)
        end = joined.find(b"\n", start)
        before = start
        yield number, joined[start : end if end >= 0 else len(joined)]


def _joined(texts: pa.Array) -> bytes:
    if not len(texts):
        return b""
    whole = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts.cast(pa.binary()))
    joined: bytes = pc.binary_join(whole, _BETWEEN)[0].as_py()
    return (_ENCODED.sub(b" ", joined) if b"%" in joined else joined).translate(_WORDS)


def pieces(texts: pa.Array) -> Iterator[tuple[int, pa.Array]]:
    """The texts in pieces that are small enough to be looked at together, and the number of the first of each."""
    waiting = [(0, texts)]
    while waiting:
        first, some = waiting.pop()
        if len(some) > 1 and (pc.sum(pc.binary_length(some)).as_py() or 0) > _PIECE:
            half = len(some) // 2
            waiting += [(first + half, some.slice(half)), (first, some.slice(0, half))]
        elif len(some):
            yield first, some
