"""Whom a base is read for: what its sources marked for fewer is in no row."""

import pytest
from base_files import Desk, lines
from click.testing import CliRunner

from bridle.cli import bridle
from bridle.infra import base as bases


def answer(rrtype, rdata):
    return {"rrname": "open.example", "rrtype": rrtype, "rdata": rdata}


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    red = "domain,ip,tlp\nsecret.example,192.0.2.1,red\nboth.example,192.0.2.2,red\n"
    made.take("red.csv", red, source="A", about={"vendor": "NSO Group"})
    made.take("free.csv", "domain,tlp\nboth.example,clear\nopen.example,\n", source="B")
    amber = lines(answer("A", "192.0.2.3"), answer("TXT", "secret"))
    made.take("amber.json", amber, source="C", about={"tlp": "TLP:AMBER"})
    made.take("pdns.json", lines(answer("A", "192.0.2.1"), answer("A", "192.0.2.4")), source="D")
    return made


def seen(desk, audience):
    with bases.read(desk.base, audience) as base:
        return (
            {(c.value, c.source) for c in base.claims()},
            {(r.one.value, r.other.value) for r in base.relations()},
            [f.text for f in base.facts()],
            {v.value for v in base.values()},
            base.withheld,
        )


def test_the_public(desk):
    claims, relations, facts, values, withheld = seen(desk, "TLP:CLEAR")
    assert claims == {("both.example", "B"), ("open.example", "B")}
    assert relations == {("open.example", "192.0.2.4")}
    assert facts == []
    assert values == {"both.example", "open.example", "192.0.2.4"}
    assert withheld == 4, "secret.example, the two addresses of red.csv, the one of amber.json"


def test_those_who_may_know_more(desk):
    claims, relations, facts, _, withheld = seen(desk, "TLP:AMBER")
    assert ("both.example", "A") not in claims
    assert relations == {("open.example", "192.0.2.3"), ("open.example", "192.0.2.4")}
    assert (facts, withheld) == (["secret"], 3)
    assert seen(desk, "TLP:RED") == seen(desk, None)
    assert len(seen(desk, None)[0]) == 6


def test_a_report_is_for_the_public_unless_said(desk, tmp_path):
    def page(*options):
        out = tmp_path / f"{len(options)}.html"
        done = CliRunner().invoke(bridle, ["infra", "report", "--base", str(desk.base), "-o", str(out), *options])
        assert done.exit_code == 0, done.output
        return done.output, out.read_text("utf-8")

    told, text = page()
    assert "Withheld: 4 values, marked for fewer than TLP:CLEAR" in told
    assert "secret.example" not in text
    assert "192.0.2.1" not in text
    assert "4 values are marked by their sources for fewer" in text
    told, text = page("--audience", "TLP:RED")
    assert "Withheld" not in told
    assert "Restricted values" not in text
