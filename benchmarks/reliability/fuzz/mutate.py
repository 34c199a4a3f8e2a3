"""Inputs made from seeds: flipped, cut, spliced, repeated, with lengths and numbers too large by one or by far.

The same seeds and the same `random.Random` give the same inputs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

from reliability.fuzz.target import LARGEST

_BYTES = (0, 1, 0x0A, 0x20, 0x7F, 0x80, 0xC0, 0xFE, 0xFF)
_NUMBERS = (b"-1", b"0", b"00", b"4294967296", b"9223372036854775808", b"-9223372036854775809", b"1e999", b"nan",
            b"253402300800", b"9" * 40, b"0x", b"\xd9\xa3", b"\xc2\xb2")  # fmt: skip
"""Written numbers: bounds of integers and of years, too many digits, digits that are not ASCII (\u0663, \u00b2)."""
_TOKENS = (b"\0", b"\n", b"\r\n", b"\r", b"\t", b'"', b"'", b"{", b"}", b"[", b"]", b"(", b")", b"<", b">", b"=", b":",
           b";", b",", b"/", b"\\", b"..", b"%s", b"%n", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\xff\xfe",
           b"\\ud800",
           b"[" * 200, b"{" * 200, b"(" * 200, b'{"a":' * 200, b"<a>" * 200, b"A" * 5000)  # fmt: skip
_DIGITS = re.compile(rb"-?[0-9]+")
_WIDTHS = (1, 2, 4, 8)

Step = Callable[[random.Random, bytearray, Sequence[bytes]], None]


def made(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One input."""
    data = bytearray(chance.choice(seeds))
    if chance.random() < 0.1:
        del data[chance.randrange(len(data) + 1) :]
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 16))):
        chance.choice(_STEPS)(chance, data, seeds)
        del data[LARGEST:]
    return bytes(data)


def _place(chance: random.Random, data: bytearray) -> int:
    """Somewhere; near the beginning, where headers lie, as often as anywhere."""
    return chance.randrange(min(len(data), chance.choice((64, LARGEST))) or 1)


def _flip(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[_place(chance, data)] ^= 1 << chance.randrange(8)


def _set(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    if data:
        data[_place(chance, data)] = chance.choice((*_BYTES, chance.randrange(256)))


def _bump(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """Something that may be a length or a count: a little more or less, or the largest there is."""
    width, order = chance.choice(_WIDTHS), chance.choice(("little", "big"))
    if len(data) >= width:
        at = min(_place(chance, data), len(data) - width)
        old, top = int.from_bytes(data[at : at + width], order), (1 << 8 * width) - 1
        new = chance.choice((old + 1, old - 1, old * 2, old ^ (top + 1 >> 1), top, top >> 1, 0, old + 16))
        data[at : at + width] = (new & top).to_bytes(width, order)


def _number(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A number that is written out."""
    if (found := _DIGITS.search(data, _place(chance, data))) is not None:
        begin, end = found.span()
        old = int(found[0][:18])
        data[begin:end] = chance.choice((*_NUMBERS, b"%d" % (old + 1), b"%d" % (old - 1), b"%d" % -old))


def _insert(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = _place(chance, data)
    data[at:at] = chance.choice((chance.choice(_TOKENS), chance.randbytes(chance.randrange(1, 9))))


def _delete(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = _place(chance, data)
    del data[at : at + chance.choice((1, 1, 2, 4, 16, 256))]


def _repeat(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at = _place(chance, data)
    piece = bytes(data[at : at + chance.choice((1, 4, 16, 64, 512))])
    data[at:at] = piece * chance.choice((1, 1, 2, 8, 64))


def _move(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    at, to, length = _place(chance, data), _place(chance, data), chance.choice((1, 2, 4, 8, 16, 64))
    data[to : to + length] = data[at : at + length]


def _splice(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    other = chance.choice(seeds)
    at = chance.randrange(len(other) + 1)
    piece = other[at : at + chance.choice((4, 16, 64, 1024, LARGEST))]
    to = _place(chance, data)
    data[to : to + chance.choice((0, len(piece)))] = piece


def _lines(chance: random.Random, data: bytearray, _: Sequence[bytes]) -> None:
    """A line is left out, said twice, or joined with the next."""
    lines = data.splitlines(keepends=True)
    if len(lines) > 1:
        at = chance.randrange(len(lines))
        lines[at : at + 1] = chance.choice(([], [lines[at]] * 2, [lines[at].rstrip()]))
        data[:] = b"".join(lines)


_STEPS: tuple[Step, ...] = (
    _flip, _flip, _set, _set, _bump, _bump, _number, _insert, _insert, _delete, _repeat, _move, _splice, _lines,
)  # fmt: skip
