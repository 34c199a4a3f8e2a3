"""A base may come from anybody: whatever its values are, inference ends, and ends with what there is."""

import random
from pathlib import Path

from bridle.infra.base import Value, read
from bridle.infra.cluster import clusters
from bridle.infra.generations import generations
from bridle.infra.graph_traits import Suppressed
from bridle.infra.report import report
from bridle.infra.themes import themes
from bridle.infra.writing import Writer
from made_infra_base import made

ODD = ("", ".", "..", "a..b", "com", "*.com", "-", "xn--", "xn--p1ai", "\u202e", "\x00", "é.example", "1", "a" * 5000,
       ".".join("a" * 200), "999.999.999.999", "1:2", "\ud7ff.net", "<b>.net", "🐎.org")  # fmt: skip


def odd(writer: Writer) -> None:
    rng = random.Random(5)
    for n in range(40):
        writer.claim("domain", f"sms{n}.info", "", generation="v1", vendor="")
        writer.claim("domain", f"winter{n}.net", "x" * 3000, generation="v2", observed_first="yesterday")
    for one in ODD:
        writer.claim("domain", one, one, generation=rng.choice(ODD), vendor=rng.choice(ODD), observed_first=one)
        writer.claim("network", one, one, says="benign")
        for other in rng.sample(ODD, 4):
            writer.relation(Value("domain", one), "resolves-to", Value("ip-address", other), one, first=other)
            writer.relation(Value("cert", other), "names", Value("domain", one), other)
            writer.relation(Value("domain", one), "name-server", Value("name-server", other), other)
            writer.relation(Value("domain", one), "registrar", Value("registrar", other), other)
            writer.relation(Value("cert", other), "serves", Value("body", one), other)
            writer.fact(
                "domain", one, "registered", rng.choice(["0001-01-01", "9999-12-31T23:59:59+00:00", other]), one
            )


def test_odd_values(tmp_path: Path) -> None:
    (tmp_path / "gr.csv").write_text("url\nhttps://zouglar.gr/\n" + "".join(f"http://{o}/\n" for o in ODD[:8]), "utf-8")
    with read(made(tmp_path / "base", odd)) as base:
        assert generations(base, kept=0.5).trained_on == {"v1": 40, "v2": 40}
        assert {c for found in clusters(base).clusters for c in found.members} <= {*ODD}
        themes(base, tmp_path)
        page = report(base, sites=tmp_path)
    assert "\u202e" not in page
    assert "<b>" not in page


def test_an_address_that_is_none(tmp_path: Path) -> None:
    def fill(writer: Writer) -> None:
        for name in ("a.net", "b.net"):
            writer.claim("domain", name, name)
            writer.relation(Value("domain", name), "resolves-to", Value("ip-address", "300.1.1.1"), name)

    with read(made(tmp_path / "base", fill)) as base:
        found = clusters(base)
    assert (found.clusters, found.suppressed) == ((), (Suppressed("address", "300.1.1.1", 1, "not an address"),))
