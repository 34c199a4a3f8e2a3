"""Which characters the fonts of the reports can draw. What they cannot draw is shown as its number.

A PDF/A may have no glyph that is missing. The fonts are read for what they map: formats 4 and 12 of their `cmap`.

Sources: OpenType specification, `cmap`, https://learn.microsoft.com/en-us/typography/opentype/spec/cmap
"""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"


@lru_cache(maxsize=1)
def drawable() -> frozenset[int]:
    """Characters that one of the fonts has in its regular weight."""
    found: set[int] = set()
    for file in sorted(FONTS.glob("*-Regular.ttf")):
        found |= mapped(file.read_bytes())
    return frozenset(found)


def mapped(font: bytes) -> set[int]:
    """Characters that a TrueType font maps to a glyph. For our own fonts: nothing is bounded or checked here."""
    tables = {font[at : at + 4]: struct.unpack_from(">I", font, at + 8)[0] for at in
              range(12, 12 + 16 * struct.unpack_from(">H", font, 4)[0], 16)}  # fmt: skip
    cmap = tables[b"cmap"]
    found: set[int] = set()
    for n in range(struct.unpack_from(">H", font, cmap + 2)[0]):
        at = cmap + struct.unpack_from(">I", font, cmap + 4 + 8 * n + 4)[0]
        kind = struct.unpack_from(">H", font, at)[0]
        if kind == 4:
            found |= _segments(font, at)
        elif kind == 12:
            found |= _groups(font, at)
    return found


def _segments(font: bytes, at: int) -> set[int]:
    """Format 4: segments, each with a difference or a list of glyphs."""
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, at + 14)
    starts = struct.unpack_from(f">{count}H", font, at + 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", font, at + 16 + 4 * count)
    offsets_at = at + 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", font, offsets_at)
    found = set()
    for n, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for c in range(start, end + 1):
            glyph = c
            if offset:
                glyph = struct.unpack_from(">H", font, offsets_at + 2 * n + offset + 2 * (c - start))[0]
            if (glyph + delta) % 65536 and (glyph or not offset) and c != 0xFFFF:
                found.add(c)
    return found


def _groups(font: bytes, at: int) -> set[int]:
    """Format 12: ranges of characters, each with the glyph of the first."""
    found: set[int] = set()
    for n in range(struct.unpack_from(">I", font, at + 12)[0]):
        start, end, glyph = struct.unpack_from(">3I", font, at + 16 + 12 * n)
        found |= set(range(start if glyph else start + 1, end + 1))
    return found


def shown(text: str, *, plain: bool = False) -> str:
    """A text as the fonts can draw it: what they lack is shown as U+ and its number. `plain`: all but ASCII is."""
    known = range(0x20, 0x7F) if plain else drawable()
    return "".join(c if c == "\n" or ord(c) in known else f"U+{ord(c):04X}" for c in text)
