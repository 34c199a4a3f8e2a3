"""A capture of network traffic: pcap or pcapng, as written or compressed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bridle.evidence.acquisition import Acquisition, Describe
from bridle.evidence.probe import OneFile, Probe, heads
from bridle.evidence.source import MARKER

_MAGICS = (
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a",
)  # fmt: skip
"""pcap in either byte order, in micro- or nanoseconds, and pcapng: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng."""


_NAMES, _LOOKED_AT = (".pcap", ".pcapng", ".cap"), 16
_SECTION, _COMMENT, _LONGEST = b"\x0a\x0d\x0d\x0a", 1, 1 << 16


class Capture(Acquisition):
    """One capture file as `/capture/NAME`, without the suffix of its compression; or a folder or zip of several."""

    kind: ClassVar[str] = "capture"
    _platform: ClassVar[str] = "network"

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By the first four bytes of the file; a folder or zip by those of its files that are named as captures."""
        if probe.form == "file":
            return probe.head.startswith(_MAGICS)
        if probe.form == "tar":
            return False
        named = sorted(n for n in probe.names if n.count("/") <= 1 and n.lower().endswith(_NAMES))
        picked = frozenset(named[:_LOOKED_AT])
        return bool(picked) and any(head.startswith(_MAGICS) for _, head in heads(probe.container, picked, 4))

    def place(self, path: str) -> str:
        """What lies beside captures in a folder is no capture, and nobody reads it as one."""
        if isinstance(self.container, OneFile) or path.lower().endswith(_NAMES):
            return super().place(path)
        return f"/beside_captures/{path}"

    def describing(self) -> Mapping[str, Describe]:
        """The capture itself: the comment of its first section says where it is synthetic."""
        if not isinstance(self.container, OneFile):
            return {}
        names = (n.removesuffix(".gz").removesuffix(".bz2").removesuffix(".xz") for n in self.container.names())
        return {self.place(name): _marked for name in names}


def _marked(head: bytes) -> dict[str, str]:
    """The marker of synthetic evidence, where the comment of a pcapng begins with it (pcapng, 3.5 and 4.1)."""
    order = "little" if head[8:12] == b"\x4d\x3c\x2b\x1a" else "big"
    if not head.startswith(_SECTION):
        return {}
    end = min(int.from_bytes(head[4:8], order) - 4, _LONGEST, len(head))  # type: ignore[arg-type]
    at = 24
    while at + 4 <= end:
        code, size = (int.from_bytes(head[a : a + 2], order) for a in (at, at + 2))  # type: ignore[arg-type]
        if not code:
            break
        if code == _COMMENT and head[at + 4 : at + 4 + size].startswith(MARKER.encode()):
            return {"marker": MARKER}
        at += 4 + size + (-size % 4)
    return {}
