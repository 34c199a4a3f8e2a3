"""Clusters: what domains rarely share joins them; what many share, time and generations keep them apart."""

from pathlib import Path

import pytest

from bridle.infra.base import Value, read
from bridle.infra.cluster import Clusters, clusters
from bridle.infra.generations import InferenceError
from bridle.infra.graph_traits import Suppressed
from bridle.infra.writing import Writer
from made_infra_base import made


def domain(name: str) -> Value:
    return Value("domain", name)


def address(text: str) -> Value:
    return Value("ip-address", text)


def lay(writer: Writer, names: dict[str, str], generation: str | None = None) -> None:
    """Domains, each on an address."""
    for name, on in names.items():
        writer.claim("domain", name, f"claim {name}", vendor="Acme", generation=generation)
        writer.relation(domain(name), "resolves-to", address(on), f"on {name}")


def found(tmp_path: Path, fill) -> Clusters:
    with read(made(tmp_path / "base", fill)) as base:
        return clusters(base)


def test_a_certificate_that_three_present(tmp_path: Path) -> None:
    def fill(writer: Writer) -> None:
        lay(writer, {"a.example": "192.0.2.1", "b.example": "198.51.100.99", "c.example": "203.0.113.50"})
        for n, on in enumerate(("192.0.2.1", "198.51.100.99")):
            writer.relation(address(on), "presents", Value("cert", "aa" * 32), f"scan {n}")
        writer.relation(Value("cert", "aa" * 32), "names", domain("c.example"), "log 1")

    got = found(tmp_path, fill)
    assert [(c.members, c.thin, c.kinds, c.stability) for c in got.clusters] == [
        (("a.example", "b.example", "c.example"), None, {"certificate": 3}, {"certificate": 0.0})
    ]
    edge = got.clusters[0].edges[0]
    assert (edge.one, edge.other, edge.reasons[0].trait) == ("a.example", "b.example", "aa" * 32)
    assert edge.reasons[0].weight == pytest.approx(6 / 1.584962500721156)
    assert edge.reasons[0].rows == (
        "list.csv, on a.example",
        "list.csv, scan 0",
        "list.csv, on b.example",
        "list.csv, scan 1",
    )


def test_a_run_of_addresses_and_a_pair_alone(tmp_path: Path) -> None:
    def fill(writer: Writer) -> None:
        lay(writer, {f"r{n}.net": f"192.0.2.{n}" for n in (10, 11, 12)})
        lay(writer, {"p1.net": "198.51.100.7", "p2.net": "198.51.100.8"})
        lay(writer, {"far1.net": "203.0.113.7", "far2.net": "203.0.113.90"})

    got = found(tmp_path, fill)
    assert [(c.members, c.thin) for c in got.clusters] == [
        (("r10.net", "r11.net", "r12.net"), None),
        (("p1.net", "p2.net"), "2 domains, and nothing is left of it without neighbouring addresses"),
    ]
    # Two of three hosts within one address by chance: 2 * 1 * 2 / 255 = 0.0157, so that the cap of 2 is reached.
    assert got.clusters[0].edges[0].reasons[0].weight == 2.0


def test_two_kinds_of_evidence_hold_without_either(tmp_path: Path) -> None:
    def fill(writer: Writer) -> None:
        lay(writer, {"a.net": "192.0.2.1", "b.net": "192.0.2.1"})
        for n, name in enumerate(("a.net", "b.net")):
            writer.relation(domain(name), "name-server", Value("name-server", f"ns1.{'x.org'}"), f"whois {n}")

    got = found(tmp_path, fill)
    assert [(c.members, c.stability, c.firmness()) for c in got.called()] == [
        (("a.net", "b.net"), {"address": 1.0, "name servers": 1.0}, 1.0)
    ]


def test_generations_are_never_joined(tmp_path: Path) -> None:
    """An open domain between two generations goes where it is drawn most."""

    def fill(writer: Writer) -> None:
        lay(writer, {"old1.net": "192.0.2.1", "old2.net": "192.0.2.2"}, "v1")
        lay(writer, {"new1.net": "192.0.2.6", "new2.net": "192.0.2.6"}, "v2")
        lay(writer, {"open.net": "192.0.2.3"})

    got = found(tmp_path, fill)
    assert {c.members for c in got.clusters} == {("old1.net", "old2.net", "open.net"), ("new1.net", "new2.net")}
    assert got.across == 2  # old2 is four addresses from new1 and new2


def test_what_many_share_says_nothing(tmp_path: Path) -> None:
    def fill(writer: Writer) -> None:
        lay(writer, {f"crowd{n}.net": "192.0.2.200" for n in range(26)})
        lay(writer, {"park1.net": "198.51.100.5", "park2.net": "198.51.100.5"})
        lay(writer, {"cf1.net": "203.0.113.1", "cf2.net": "203.0.113.100"})
        lay(writer, {"known1.org": "203.0.113.180", "known2.org": "203.0.113.180"})
        for name in ("cf1.net", "cf2.net"):
            writer.relation(domain(name), "name-server", Value("name-server", "ns.cloudflare.com"), f"whois {name}")
        writer.claim("network", "198.51.100.0/24", "/list/0", says="benign", reference="Parking")
        writer.claim("domain", "known1.org", "/list/1", says="benign", reference="Dynamic DNS")

    got = found(tmp_path, fill)
    assert got.clusters == ()
    assert got.suppressed == (
        Suppressed("address", "192.0.2.200", 26, "more than 25 domains share it"),
        Suppressed("address", "198.51.100.5", 1, "Parking"),
        Suppressed("domain", "known1.org", 1, "Dynamic DNS"),
        Suppressed("name servers", "ns.cloudflare.com", 2, "name servers of clouds"),
    )


def test_an_address_that_changed_hands(tmp_path: Path) -> None:
    def fill(writer: Writer) -> None:
        for name, first, last in (("a.net", "2017-01-01", "2017-03-01"), ("b.net", "2019-01-01", "2019-03-01")):
            writer.claim("domain", name, name)
            times = {"first": f"{first}T00:00:00Z", "last": f"{last}T00:00:00Z"}
            writer.relation(domain(name), "resolves-to", address("192.0.2.1"), name, **times)

    assert found(tmp_path, fill).clusters == ()


def test_registrations_minutes_apart(tmp_path: Path) -> None:
    def fill(writer: Writer) -> None:
        for name, time in (("a.net", "10:00"), ("b.net", "10:20"), ("c.net", "10:45"), ("late.net", "11:30")):
            writer.claim("domain", name, name)
            writer.relation(domain(name), "registrar", Value("registrar", "Example Registrar"), f"r {name}")
            writer.fact("domain", name, "registered", f"2018-05-01T{time}:00Z", f"t {name}")
        for name in ("day1.net", "day2.net"):
            writer.claim("domain", name, name)
            writer.relation(domain(name), "registrar", Value("registrar", "Example Registrar"), f"r {name}")
            writer.fact("domain", name, "registered", "2018-05-02T00:00:00Z", f"t {name}")

    got = found(tmp_path, fill)
    assert [(c.members, c.kinds) for c in got.clusters] == [(("a.net", "b.net", "c.net"), {"registration batch": 3})]
    assert got.clusters[0].edges[0].reasons[0].trait == "Example Registrar, from 2018-05-01 10:00"


def test_a_large_part_is_parted_where_it_hangs_by_a_thread(tmp_path: Path) -> None:
    """Two certificates of eight domains each, and one address that one of each has: two clusters, whenever asked."""

    def fill(writer: Writer) -> None:
        for cert, names in (("aa", "abcdefgh"), ("bb", "stuvwxyz")):
            for name in names:
                writer.claim("domain", f"{name}.net", f"claim {name}")
                writer.relation(Value("cert", cert * 32), "names", domain(f"{name}.net"), f"log {name}")
        for name in "as":
            writer.relation(domain(f"{name}.net"), "resolves-to", address("192.0.2.1"), f"dns {name}")

    first = found(tmp_path, fill)
    assert [c.members for c in first.clusters] == [
        tuple(f"{name}.net" for name in names) for names in ("abcdefgh", "stuvwxyz")
    ]
    with read(tmp_path / "base") as base:
        assert clusters(base) == first


def test_a_large_part_that_hangs_together_stays_whole(tmp_path: Path) -> None:
    """Twelve domains of one batch with name servers of their own, and a certificate for each three of them."""

    def fill(writer: Writer) -> None:
        for n, name in enumerate("abcdefghijkl"):
            value = domain(f"{name}.net")
            writer.claim("domain", value.value, f"claim {n}")
            writer.relation(Value("cert", f"{n % 4:064x}"), "names", value, f"log {n}")
            writer.relation(value, "name-server", Value("name-server", "ns.example.org"), f"whois {n}")
            writer.relation(value, "registrar", Value("registrar", "Example Registrar"), f"r {n}")
            writer.fact("domain", value.value, "registered", f"2018-05-01T10:{n * 4:02}:00Z", f"t {n}")

    got = found(tmp_path, fill)
    assert [(c.members, c.stability) for c in got.clusters] == [
        (tuple(f"{name}.net" for name in "abcdefghijkl"), {
            "certificate": 1.0, "name servers": 1.0 / 4, "registration batch": 1.0 / 4,
        })
    ]  # fmt: skip


def test_no_domain_of_an_attacker(tmp_path: Path) -> None:
    with pytest.raises(InferenceError, match="no domain that a source calls an attacker's"):
        found(tmp_path, lambda w: w.claim("domain", "example.org", "line 1", says="observed"))
