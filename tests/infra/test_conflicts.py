"""What sources disagree on, each conflict with the rows that say so."""

import pytest
from base_files import TUESDAY, Desk

from bridle.infra import base as bases
from bridle.infra.conflicts import SORTS, conflicts


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def told(desk, *sorts):
    with bases.read(desk.base) as base:
        return [(c.sort, c.value, [(s.source, s.says) for s in c.sides]) for c in conflicts(base, sorts or SORTS)]


NSO, VARISTON = {"vendor": "NSO Group"}, {"product": "Heliconia"}


def test_two_sources_that_name_different_makers(desk):
    desk.take("a.txt", "one.example\ntwo.example\n", source="Community list", about=NSO)
    desk.take("b.txt", "two.example\nthree.example\n", source="Example Lab", about=VARISTON)
    assert told(desk, "vendor") == [
        ("vendor", "two.example", [("Community list", "NSO Group"), ("Example Lab", "Variston")])
    ]
    with bases.read(desk.base) as base:
        (found,) = conflicts(base, ["vendor"])
    assert [(s.file, s.locator) for s in found.sides] == [("a.txt", "line 2"), ("b.txt", "line 1")]


def test_a_botnet_s_address_in_a_list_of_spyware(desk):
    desk.take("c2.txt", "192.0.2.1:995\n192.0.2.2:443\n", source="Community list", about={"product": "Pegasus"})
    desk.take("qakbot.txt", "# Copyright (c) Maltrail developers\n192.0.2.1:995\n", source="Maltrail")
    assert told(desk, "vendor") == [("vendor", "192.0.2.1", [("Community list", "NSO Group"), ("Maltrail", "qakbot")])]


def test_names_of_one_maker_are_no_conflict(desk):
    desk.take("a.txt", "one.example\n", source="A", about={"vendor": "NSO Group"})
    desk.take("b.txt", "one.example\n", source="B", about={"product": "Pegasus"})
    desk.take("c.txt", "one.example\n", source="C", about={"vendor": "nso"})
    desk.take("d.txt", "one.example\n", source="D")
    assert told(desk, "vendor") == []


def test_a_domain_above(desk):
    desk.take("a.txt", "www.two.one.example\n", source="A", about=NSO)
    desk.take("b.txt", "one.example\n", source="B", about=VARISTON)
    assert told(desk, "vendor") == [("vendor", "two.one.example", [("A", "NSO Group"), ("B", "Variston")])]


def test_generations_even_of_one_source(desk):
    desk.take("v2_domains.txt", "one.example\ntwo.example\n", source="A", about=NSO)
    desk.take("v3_domains.txt", "two.example\n", source="A", about=NSO)
    assert told(desk) == [("generation", "two.example", [("A", "v2"), ("A", "v3")])]


LIST = {"name": "Top sites", "type": "hostname", "matching_attributes": ["domain"], "list": ["example.com"]}
EXACT = {
    "name": "Suffixes",
    "type": "string",
    "matching_attributes": ["domain"],
    "list": ["example.org", ".example.net"],
}
NETWORKS = {
    "name": "A resolver",
    "type": "cidr",
    "matching_attributes": ["ip-dst"],
    "list": ["192.0.2.0/25", "2001:db8::/32"],
}


def test_warning_lists(desk):
    desk.take("a.txt", "example.com\nlure.example.com\nlure.example.org\nexample.org\nlure.example.net\n192.0.2.1\n"
              "192.0.2.129\n2001:db8::7\n", source="A")  # fmt: skip
    for name, found in (("top", LIST), ("exact", EXACT), ("networks", NETWORKS)):
        desk.take(f"{name}/list.json", found, source="MISP")
    assert told(desk, "benign") == [
        ("benign", "example.com", [("A", "attacker"), ("MISP", "Top sites")]),
        ("benign", "example.org", [("A", "attacker"), ("MISP", "Suffixes")]),
        ("benign", "lure.example.com", [("A", "attacker"), ("MISP", "Top sites")]),
        ("benign", "lure.example.net", [("A", "attacker"), ("MISP", "Suffixes")]),
        ("benign", "192.0.2.1", [("A", "attacker"), ("MISP", "A resolver")]),
        ("benign", "2001:db8::7", [("A", "attacker"), ("MISP", "A resolver")]),
    ]


def test_what_one_source_alone_says_where_another_could(desk):
    desk.take("a.txt", "one.example\nbelow.two.example\nthree.example\n", source="Community list", about=NSO)
    desk.take("b.txt", "three.example\ntwo.example\n", source="Example Lab", about=NSO)
    desk.take("c.txt", "four.example\n", source="Another", about={"vendor": "Candiru"})
    desk.take("d.txt", "one.example\n", source="Another")
    assert told(desk, "alone") == [
        ("alone", "one.example", [("Another", "attacker"), ("Community list", "NSO Group")]),
        ("alone", "two.example", [("Example Lab", "NSO Group")]),
    ]


def test_what_was_taken_back_is_no_conflict(desk):
    desk.take("a.txt", "one.example\n", source="A", about=NSO)
    desk.take("b.txt", "one.example\ntwo.example\n", source="B", about=VARISTON)
    desk.take("b.txt", "two.example\n", TUESDAY, source="B", about=VARISTON)
    assert told(desk, "vendor") == []
