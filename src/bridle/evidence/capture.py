"""A capture of network traffic: pcap or pcapng, as written or compressed."""

from __future__ import annotations

from typing import ClassVar

from bridle.evidence.acquisition import Acquisition
from bridle.evidence.probe import Probe

_MAGICS = (
    b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x0a\x0d\x0d\x0a",
)  # fmt: skip
"""pcap in either byte order, in micro- or nanoseconds, and pcapng: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng."""


class Capture(Acquisition):
    """One capture file as `/capture/NAME`, without the suffix of its compression."""

    kind: ClassVar[str] = "capture"
    _platform: ClassVar[str] = "network"

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By the first four bytes."""
        return probe.form == "file" and probe.head.startswith(_MAGICS)
