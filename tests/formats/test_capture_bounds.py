"""What a capture may make its reader keep."""

import io

import pytest

import made_packets
import made_tls
from bridle.artifacts.network.capture import ClientHello, Flow, capture
from bridle.core import Gap, Record
from bridle.formats import capture as captures

FLOWS = 900
"""Each begins a hello of 1.5 kB: together more than the megabyte of a file that is read at a time."""
HELLO = made_tls.record(made_tls.client_hello((0x1301,), made_tls.extension(21, bytes(1_500))))


class File:
    def open(self) -> io.BytesIO:
        lines = [
            f"{n} tcp 192.0.2.7:{10_000 + n} > 203.0.113.5:443 flags=PA seq={1 + at} hex {HELLO[at : at + 1_400].hex()}"
            for at in (0, 1_400)
            for n in range(FLOWS)
        ]
        return io.BytesIO(made_packets.pcap([made_packets.packet(line) for line in lines]))


def read() -> list[Record]:
    return [row for item in capture.parse(File()) for row in ([item] if isinstance(item, Record) else item)]


def test_ordinary_captures_are_read_whole() -> None:
    rows = read()
    assert len({r.flow for r in rows if isinstance(r, ClientHello)}) == FLOWS
    assert [r for r in rows if isinstance(r, Gap)] == []


@pytest.mark.parametrize("most", [100_000, 200_000])
def test_what_waits_for_the_rest_of_a_message_is_bounded_over_all_flows(
    monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(captures, "_MOST_HELD", most)
    monkeypatch.setattr(captures, "_HELD_LOOK", 1)
    rows = read()
    seen = {r.flow for r in rows if isinstance(r, ClientHello)}
    assert "packet 1:flow" not in seen
    assert f"packet {FLOWS}:flow" in seen
    assert sum(isinstance(r, Flow) for r in rows) == FLOWS
    gap = next(r for r in rows if isinstance(r, Gap))
    assert gap.reason.endswith(f"bytes of unfinished messages were let go: more than {most} waited")
