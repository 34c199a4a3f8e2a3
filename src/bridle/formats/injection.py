"""What one TCP segment says against another: the facts from which a network injection shows, without a conclusion.

Who answers in a server's place from the path must guess little: sequence numbers, addresses and ports he sees. What he
does not have is the server's own bytes, its distance (TTL) and the count of its IP identification. Two segments that
begin at the same sequence number and differ in their bytes cannot both come from one honest sender.

Sources: https://github.com/fox-it/quantuminsert (a race from the side of the path) ;
https://citizenlab.ca/2018/03/bad-traffic-sandvines-packetlogic-devices-deploy-government-spyware-turkey-syria/
(a redirect from a device in the path) ; RFC 9293 (TCP) ; RFC 6864 (IP identification)
"""

from __future__ import annotations

import re

LEAST = 8
"""Bytes that two segments must have in common places for a difference to mean something."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LONGEST_LOCATION = 2_048
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r\n]")
_LOCATION = re.compile(rb"\r?\n[Ll][Oo][Cc][Aa][Tt][Ii][Oo][Nn]:[ \t]*([^\r\n]*)")
_LETTERS = "FSRPAUEC"


def compare(first_sequence: int, first: bytes, second_sequence: int, second: bytes) -> tuple[int, int, int] | None:
    """Bytes compared, place of the first that differs among them, and how many differ.

    None where less than LEAST bytes stand at common sequence numbers, or none of them differs. Sequence numbers wrap.
    """
    ahead = (second_sequence - first_sequence) & 0xFFFFFFFF
    if ahead >= 0x80000000:
        ahead -= 0x100000000
    one, two = (first[ahead:], second) if ahead >= 0 else (first, second[-ahead:])
    size = min(len(one), len(two))
    if size < LEAST or one[:size] == two[:size]:
        return None
    places = [n for n in range(size) if one[n] != two[n]]
    return size, places[0], len(places)


def redirect(segment: bytes | memoryview) -> tuple[int, str] | None:
    """Status and location of an HTTP redirect that begins a segment; None where it is none.

    Its lines may end in a line feed alone, as those of some injecting devices do.
    """
    if len(segment) < 12 or segment[0] != 72:  # H
        return None
    data = bytes(segment)
    found = _STATUS.match(data)
    if found is None or int(found[1]) not in _REDIRECTS:
        return None
    end = min(len(data) if at < 0 else at for at in (data.find(b"\r\n\r\n"), data.find(b"\n\n")))
    place = _LOCATION.search(data, 0, end)
    if place is None:
        return None
    return int(found[1]), place[1].strip()[:_LONGEST_LOCATION].decode("utf-8", "backslashreplace")


def flags(number: int) -> str:
    """The letters of a segment's flags, such as `FPA`: FIN, SYN, RST, PSH, ACK, URG, ECE, CWR."""
    return "".join(letter for n, letter in enumerate(_LETTERS) if number >> n & 1)
