"""iTunesPrefs from text: one line `user | computer` per entry; `\\xff` stands for a byte."""

from __future__ import annotations


def make(text: str) -> bytes:
    out = b"frpd".ljust(384, b"\x00")
    for line in text.splitlines():
        user, _, computer = line.partition("|")
        out += _field(user, 64) + _field(computer, 128)
    return out.ljust(len(out) + 80, b"\x00")


def _field(text: str, size: int) -> bytes:
    return text.strip().encode().decode("unicode_escape").encode("latin-1").ljust(size, b"\x00")[:size]
