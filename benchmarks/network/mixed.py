"""A large mixed capture, made of the small real ones of the corpus: repeated under other addresses, a minute apart."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from bridle.core import FormatError
from bridle.formats.pcap import Capture

KINDS = re.compile(
    r"FoxIO[^/]*/pcap/|/Traces/(tls|quic|http|dns[^/]*)/|/Traces/dns|suricata-verify/tests/(tls|quic|http2|dns|ja4)"
)
"""Captures that are mixed: names, TLS, QUIC and HTTP, with many handshakes."""
_ETHERNET, _APART = 1, 0.002
_V4, _V6 = b"\x08\x00", b"\x86\xdd"
_VLAN = (b"\x81\x00", b"\x88\xa8")


def captures(corpus: Path) -> list[Path]:
    """The captures of the corpus."""
    return sorted(p for p in corpus.rglob("*") if p.is_file() and _is_capture(p))


def _is_capture(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (
            b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a",
        )  # fmt: skip


def write(corpus: Path, target: Path, size: int) -> int:
    """At least `size` bytes of pcap. Returns how many packets."""
    base = [f for p in captures(corpus) if KINDS.search(str(p)) for f in _frames(p)]
    written, count, round_ = 24, 0, 0
    with target.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, _ETHERNET))
        while written < size:
            for n, frame in enumerate(base):
                time = 1_700_000_000 + round_ * 60 + n * _APART
                moved = _moved(frame, round_)
                micros = int(time % 1 * 1e6)
                out.write(struct.pack("<IIII", int(time), micros, len(moved), len(moved)) + moved)
                written += 16 + len(moved)
                count += 1
            round_ += 1
    return count


def _frames(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        try:
            packets = [(link, data[start:end]) for _, _, link, data, start, end, _ in Capture(file).packets()]
        except FormatError:
            return []
    return [frame for link, frame in packets if link == _ETHERNET]


def _moved(frame: bytes, round_: int) -> bytes:
    """The frame with the first half of both addresses changed, so that flows stay apart from those of other rounds."""
    if not round_:
        return frame
    mask = struct.pack(">H", round_ * 2654435761 & 0xFFFF)
    at = 12
    while frame[at : at + 2] in _VLAN:
        at += 4
    kind, at, made = frame[at : at + 2], at + 2, bytearray(frame)
    places = {_V4: (at + 12, at + 16), _V6: (at + 12, at + 28)}.get(kind, ())
    for place in places:
        if place + 2 <= len(made):
            made[place] ^= mask[0]
            made[place + 1] ^= mask[1]
    return bytes(made)
