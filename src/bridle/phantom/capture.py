"""A synthetic capture of a phone's traffic: an ordinary day's hour and a half, and the attacks that were asked for.

What is planted, by name: `indicator` (the phone looks up and contacts the operator's server, which the feed names),
`redirect` (somebody on the way answers a request in clear and leads the phone to the operator's lure, which the feed
names; the server's own answer comes late), `race` (the same without a redirect), `beacon` (a server that no feed
names is contacted every two minutes), `tunnel` (data leaves in the names that are looked up), `exfiltration`
(far more is sent to that server than received). Hosts are reserved names, addresses those for documentation.

Sources: https://citizenlab.ca/2018/03/bad-traffic-sandvines-packetlogic-devices-deploy-government-spyware-turkey-syria/
(redirects) ; https://github.com/fox-it/quantuminsert (races)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bridle.phantom import hellos
from bridle.phantom.attack import Infrastructure, infrastructure
from bridle.phantom.truth import Truth, in_order
from bridle.phantom.wire import Conversation, Side, Wire

START = datetime(2021, 7, 12, 8, 0, tzinfo=UTC)
LENGTH = timedelta(minutes=90)
USUAL = ("indicator", "redirect", "beacon")
"""What is planted where nothing else is asked for."""
_SITES = (
    "www.news.example", "img.news.example", "weather.example", "mail.example.org", "maps.example.net", "shop.example",
    "video.example", "cdn.video.example", "chat.example.org", "bank.example", "photos.example.net", "music.example",
)  # fmt: skip
_IN_CLEAR = "portal.example"
_PUSH = "push.example.org"
_SERVER, _LURE, _HIDDEN = "203.0.113.66", "203.0.113.67", "203.0.113.68"
_UNNAMED = "static-files.test"
"""The host that no feed names."""
Planted = tuple[datetime, str, str, str, str]
"""Time, stage, table, value, description."""


class _Day:
    """What is being made."""

    def __init__(self, seed: int, scale: int) -> None:
        self.by: Infrastructure = infrastructure(seed)
        self.scale = scale
        self.random = Random(f"{seed}/capture")
        self.wire = Wire(self.random)
        self.traces: list[Planted] = []

    def at(self, minutes: float) -> int:
        return round((START + timedelta(minutes=minutes)).timestamp() * 1_000_000)

    def plant(self, time: int, stage: str, table: str, value: str, description: str) -> None:
        moment = datetime.fromtimestamp(time / 1_000_000, UTC)
        self.traces.append((moment, stage, f"network.capture.{table}", value, description))

    def visit(self, time: int, host: str, address: str, sent: int = 600, received: int = 20_000) -> None:
        """A look-up and a connection of TLS."""
        self.wire.look_up(time, host, address)
        said = hellos.connection(self.random, host, sent, received)
        self.wire.conversation(time + 40_000, address, 443, said)


def write(out: Path, seed: int, attacks: Sequence[str] = USUAL, scale: int = 1) -> Truth:
    """Write a pcapng to `out`, what was planted beside it. Raises FileExistsError, ValueError for unknown attacks."""
    if unknown := sorted(set(attacks) - set(ATTACKS)):
        raise ValueError(f"no attack is called {unknown[0]!r}: expected some of {', '.join(ATTACKS)}, or none")
    day = _Day(seed, scale)
    _ordinary(day)
    for name in ATTACKS:
        if name in attacks:
            ATTACKS[name](day)
    with out.open("xb") as file:
        file.write(day.wire.pcapng())
    state = "attacked" if attacks else "clean"
    truth = Truth(kind="capture", state=state, seed=seed, scale=scale, traces=in_order(day.traces))
    truth.write(out)
    return truth


def _address(host: str) -> str:
    """The address of an ordinary host: the same each time."""
    return f"198.51.100.{100 + _SITES.index(host)}" if host in _SITES else "198.51.100.90"


def _ordinary(day: _Day) -> None:
    """Pages over TLS and QUIC, a portal in clear, a long connection for notifications."""
    random = day.random
    for _ in range(40 * day.scale):
        time, host = day.at(random.uniform(0.5, 88)), random.choice(_SITES)
        if random.random() < 0.3:
            day.wire.look_up(time, host, _address(host), kind=1)
            phone = Side(address=day.wire.phone, port=day.wire.port())
            server = Side(address=_address(host), port=443, ttl=55)
            day.wire.udp(time + 40_000, phone, server, hellos.initial(random, host))
            for n in range(12):
                day.wire.udp(time + 80_000 + n * 900, server, phone, b"\x4f" + random.randbytes(1180))
        else:
            day.visit(time, host, _address(host), random.randrange(300, 2000), random.randrange(2_000, 60_000))
    for minutes in (4, 33, 71):
        request = f"GET /check HTTP/1.1\r\nHost: {_IN_CLEAR}\r\nUser-Agent: Example/1.0\r\n\r\n".encode()
        answer = b"HTTP/1.1 200 OK\r\nServer: example\r\nContent-Length: 2\r\n\r\nok"
        day.wire.look_up(day.at(minutes), _IN_CLEAR, _address(_IN_CLEAR))
        said = [(True, request), (False, answer)]
        day.wire.conversation(day.at(minutes) + 40_000, _address(_IN_CLEAR), 80, said)
    push = day.wire.conversation(
        day.at(0.1), "198.51.100.223", 5223, hellos.connection(random, _PUSH, 200, 300), ends=False
    )
    for minutes in (15, 30, 45, 60, 75):
        push.time = day.at(minutes + random.random())
        push.say(True, b"\x17\x03\x03\0\x40" + random.randbytes(64))


def _indicator(day: _Day) -> None:
    time, host = day.at(52), day.by.server
    day.visit(time, host, _SERVER, 900, 4_000)
    day.plant(time, "targeting", "dns", host, "the operator's server is looked up")
    day.plant(time + 70_200, "targeting", "client_hello", host, "and contacted")


def _asked_in_clear(day: _Day, time: int, path: str) -> Conversation:
    """A request that anybody on the way can read and answer."""
    host = "www.news.example"
    day.wire.look_up(time, host, _address(host))
    made = day.wire.conversation(time + 40_000, _address(host), 80, [], ends=False)
    made.say(True, f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Example/1.0\r\n\r\n".encode())
    return made


_LATE = b"HTTP/1.1 200 OK\r\nServer: example\r\nContent-Length: 27\r\n\r\n<html>the real page</html>\n"


def _redirect(day: _Day) -> None:
    time, lure = day.at(41), f"https://{day.by.lure}/{day.random.randrange(10**8):08x}"
    made = _asked_in_clear(day, time, "/politics")
    made.insert(f"HTTP/1.1 302 Found\r\nLocation: {lure}\r\n\r\n".encode(), ttl=60, ident=day.random.randrange(1 << 16))
    planted = made.time
    made.say(False, _LATE)
    day.visit(made.time + 200_000, day.by.lure, _LURE, 700, 9_000)
    table, text = "injection_candidate", "a request in clear is answered on the way and led to the operator"
    day.plant(planted, "exploitation", table, lure, text)
    day.plant(made.time + 270_000, "targeting", "client_hello", day.by.lure, "the lure is contacted")


def _race(day: _Day) -> None:
    made = _asked_in_clear(day, day.at(26), "/sport")
    page = b'HTTP/1.1 200 OK\r\nContent-Length: 62\r\n\r\n<iframe src="https://%s/a"></iframe>'
    page %= day.by.hidden_lure.encode()
    made.insert(page, ttl=61, ident=0)
    made.say(False, _LATE)
    made.end()
    day.plant(
        made.time, "exploitation", "injection_candidate", f"<iframe src=\"https://{day.by.hidden_lure}/a\">",
        "two answers to one request differ: somebody on the way was faster than the server",
    )  # fmt: skip


def _beacon(day: _Day) -> None:
    first = day.at(5)
    for n in range(40):
        time = first + n * 120_000_000 + day.random.randrange(2_000_000)
        day.visit(time, _UNNAMED, _HIDDEN, 420, 310)
    text = "a server that no feed names is contacted every two minutes, with as many bytes each time"
    day.plant(first, "execution", "flow", _UNNAMED, text)


def _tunnel(day: _Day) -> None:
    first, zone = day.at(61), f"t.{_UNNAMED}"
    for n in range(60):
        name = f"{day.random.randbytes(28).hex()}.{n:04x}.{zone}"
        day.wire.look_up(first + n * 700_000, name, "192.0.2.1", kind=16)
    day.plant(first, "exfiltration", "dns", zone, "data leaves in the names that are looked up")


def _exfiltration(day: _Day) -> None:
    time = day.at(66)
    day.visit(time, _UNNAMED, _HIDDEN, 6_500_000, 900)
    day.plant(time, "exfiltration", "flow", _UNNAMED, "far more is sent to one server than received from it")


ATTACKS: dict[str, Callable[[_Day], None]] = {
    "indicator": _indicator, "redirect": _redirect, "race": _race, "beacon": _beacon, "tunnel": _tunnel,
    "exfiltration": _exfiltration,
}  # fmt: skip
