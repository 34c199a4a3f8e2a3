"""A synthetic capture: what was planted is there, nothing else is, and everybody can tell that it is synthetic."""

import ipaddress
import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from artifact_files import Stored, rows
from bridle import artifacts
from bridle.cli import bridle
from bridle.core import Gap
from bridle.evidence import open_source
from bridle.phantom import capture

DOCUMENTATION = [ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def read(path: Path):
    """Rows of a capture by table."""
    artifact, found = artifacts.load("network.capture"), {}
    for row in rows(artifact, Stored(path.read_bytes())):
        found.setdefault("gap" if isinstance(row, Gap) else artifact.table(type(row)), []).append(row)
    return found


@pytest.fixture(scope="module")
def all_attacks(tmp_path_factory):
    path = tmp_path_factory.mktemp("phantom") / "all.pcapng"
    truth = capture.write(path, 3, tuple(capture.ATTACKS))
    return path, truth, read(path)


def test_everything_that_was_planted_is_in_its_table(all_attacks):
    _, truth, found = all_attacks
    assert [t.stage for t in truth.traces] == [
        "execution", "exploitation", "exploitation", "targeting", "targeting", "targeting", "exfiltration",
        "exfiltration",
    ]  # fmt: skip
    for trace in truth.traces:
        assert any(trace.value in repr(row).replace("\\'", "'") for row in found[trace.table]), trace


def test_the_redirect_and_the_race_are_told_with_what_gives_them_away(all_attacks):
    _, _, found = all_attacks
    told = [
        (r.kind, r.status, r.ttl, r.other_ttl, r.dont_fragment, r.other_dont_fragment)
        for r in found["network.capture.injection_candidate"]
    ]
    assert told == [
        ("overlap", None, 52, 61, True, False), ("redirect", 302, 60, 52, False, True),
        ("overlap", None, 52, 60, True, False),
    ]  # fmt: skip


def test_the_beacon_is_as_regular_as_it_says(all_attacks):
    _, _, found = all_attacks
    flows = [f for f in found["network.capture.flow"] if f.server_name == "static-files.test" and f.bytes_sent < 10_000]
    pauses = [(b.first - a.first).total_seconds() for a, b in pairwise(flows)]
    assert len(flows) == 40
    assert all(118 <= p <= 122 for p in pauses)
    assert len({f.bytes_sent for f in flows}) == 1


def test_a_clean_capture_has_names_over_tls_quic_and_http_and_nothing_planted(tmp_path):
    truth = capture.write(tmp_path / "clean.pcapng", 5, ())
    found = read(tmp_path / "clean.pcapng")
    assert (truth.state, truth.traces) == ("clean", ())
    assert {r.transport for r in found["network.capture.client_hello"]} == {"tcp", "quic"}
    assert [r.url for r in found["network.capture.http_request"]] == ["http://portal.example/check"] * 3
    assert "network.capture.injection_candidate" not in found
    assert "gap" not in found
    assert {r.query.rpartition(".")[2] for r in found["network.capture.dns"]} <= {"example", "net", "org"}


def test_only_addresses_for_documentation(all_attacks):
    _, _, found = all_attacks
    addresses = {a for f in found["network.capture.flow"] for a in (f.client_address, f.server_address)}
    assert all(any(ipaddress.ip_address(a) in n for n in DOCUMENTATION) for a in addresses)


def test_equal_seeds_give_equal_bytes(tmp_path):
    one, two, other = (tmp_path / name for name in ("one", "two", "other"))
    capture.write(one, 7)
    capture.write(two, 7)
    capture.write(other, 8)
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()


def test_an_attack_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no attack is called 'flood': expected some of indicator, redirect"):
        capture.write(tmp_path / "x", 1, ("flood",))


@pytest.mark.parametrize("change", [lambda d: d, lambda d: d.replace(b"BRIDLE-SYNTHETIC", b"BRIDLE-AUTHENTIC")])
def test_the_marker_is_in_the_comment_of_the_section(tmp_path, all_attacks, change):
    path = tmp_path / "a.pcapng"
    path.write_bytes(change(all_attacks[0].read_bytes()[:4096]))
    source = open_source(path, password=lambda: None)
    list(source.members(lambda p: True))
    source.close()
    assert source.facts.get("marker") == ("BRIDLE-SYNTHETIC" if b"SYNTHETIC" in path.read_bytes() else None)


def test_the_command(tmp_path):
    out = tmp_path / "phone.pcapng"
    done = CliRunner().invoke(bridle, ["phantom", "capture", "-o", str(out), "--attack", "tunnel", "--seed", "2"])
    assert done.exit_code == 0, done.output
    truth = json.loads((tmp_path / "phone.pcapng.truth.json").read_text())
    assert [(t["table"], t["value"]) for t in truth["traces"]] == [("network.capture.dns", "t.static-files.test")]
    again = CliRunner().invoke(bridle, ["phantom", "capture", "-o", str(out)])
    assert (again.exit_code, "exists already" in again.output) == (2, True)
