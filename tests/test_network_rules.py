"""What the rules about captures find of what was planted in synthetic ones, and that they find nothing else."""

from contextlib import closing
from pathlib import Path

import pytest

from bridle.detect.examples import example_tables
from bridle.detect.query import run_rule
from bridle.detect.rule import Example, load_rules
from bridle.phantom import capture
from network.tables import memory, tables

RULES = [r for r in load_rules() if r.platform == "network" and all(n.startswith("network.capture.") for n in r.needs)]
TOLD = {
    "redirect": {"network-injection-redirect", "network-injection-race"},
    "race": {"network-injection-race"},
    "beacon": {"network-beacon"},
    "tunnel": {"network-dns-tunnel"},
    "exfiltration": {"network-mostly-sent"},
}


def told(path: Path) -> set[str]:
    with closing(memory(tables(path)).connect()) as db:
        return {rule.id for rule in RULES if run_rule(db, rule)}


@pytest.mark.parametrize("attack", sorted(TOLD))
def test_each_attack_is_told_by_its_rules_and_by_no_other(tmp_path: Path, attack: str) -> None:
    for seed in (1, 2):
        path = tmp_path / f"{seed}.pcapng"
        capture.write(path, seed, (attack,))
        assert told(path) == TOLD[attack]


def test_ordinary_traffic_is_told_by_none(tmp_path: Path) -> None:
    assert len(RULES) >= 15
    for seed, scale in ((1, 1), (2, 4), (3, 1)):
        path = tmp_path / f"{seed}.pcapng"
        capture.write(path, seed, (), scale)
        assert told(path) == set()


REDIRECT = next(r for r in RULES if r.id == "network-injection-redirect")
ORDINARY = {
    "Linux: the SYN ACK is numbered 0, the rest at random": (0, True, 52, 41777, True, 52, 8123, True),
    "Windows: numbers that count, of a busy server": (7000, True, 117, 9544, True, 117, 7001, True),
    "BSD of old: fragments allowed, numbers that count": (7000, False, 52, 7002, False, 52, 7001, False),
    "BSD of old, busier": (7000, False, 52, 7900, False, 52, 7001, False),
    "BSD: fragments allowed, numbers at random": (7000, False, 52, 61002, False, 52, 31001, False),
    "behind a device against floods": (0, False, 60, 41777, True, 52, 8123, True),
    "behind one that numbers": (512, False, 250, 41777, True, 52, 8123, True),
    "a route that changed": (0, True, 52, 41777, True, 53, 8123, True),
    "a server that numbers nothing": (0, True, 52, 0, True, 52, 0, True),
}
"""Number, mark and hops of the SYN ACK, then of the redirect; number and mark of the packet before it."""
FALSE = {
    "PacketLogic, hops alike": (0, True, 51, 13330, False, 51, 0, True),
    "PacketLogic, behind which nothing has a mark": (4011, False, 237, 13330, False, 237, 4012, False),
    "a packet made by a program, from beside the path": (0, True, 51, 1, False, 64, 60710, True),
    "a packet made with a number at random": (16530, True, 241, 40000, False, 241, 16530, True),
}


def redirected(stack: tuple[int, bool, int, int, bool, int, int, bool], flags: str) -> bool:
    """Whether the rule tells of a redirect to another site."""
    opening, opening_mark, opening_ttl, number, mark, ttl, before, before_mark = stack
    row = {
        "locator": "packet 5:redirect", "kind": "redirect", "flow": "packet 1:flow", "client_address": "192.0.2.4",
        "server_address": "198.51.100.7", "server_port": 80, "from_server": True, "packet": "packet 5", "sequence": 1,
        "length": 120, "ttl": ttl, "ip_id": number, "dont_fragment": mark, "tcp_flags": flags, "payload": "",
        "other_packet": "packet 2", "other_ttl": opening_ttl, "other_ip_id": opening,
        "other_dont_fragment": opening_mark, "other_tcp_flags": "SA", "previous_packet": "packet 4",
        "previous_ttl": ttl, "previous_ip_id": before, "previous_dont_fragment": before_mark,
        "request_host": "www.example.org", "status": 302, "location": "http://example.net/",
    }  # fmt: skip
    example = Example(name="stack", match=(), tables={"network.capture.injection_candidate": (row,)})
    with closing(example_tables(REDIRECT, example).connect()) as db:
        return bool(run_rule(db, REDIRECT))


@pytest.mark.parametrize("name", ORDINARY)
def test_redirects_of_ordinary_servers_are_told_of_none(name: str) -> None:
    assert not redirected(ORDINARY[name], "PA")
    assert not redirected(ORDINARY[name], "FPA")


@pytest.mark.parametrize("name", FALSE)
def test_redirects_of_those_who_pretend_are_told(name: str) -> None:
    assert redirected(FALSE[name], "FA")
