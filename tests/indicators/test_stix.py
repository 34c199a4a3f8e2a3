"""What a bundle says beside its patterns: validity, markings, relationships, and what are no indicators."""

import json
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridle.indicators import Indicator, Related, load, merged
from bridle.indicators.model import Claim, IndicatorSet
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.pattern import PatternError, parse
from bridle.indicators.plan import planned
from bridle.indicators.stix import _plain, read
from bridle.indicators.terms import singles

BOUNDED = "character 2: the regular expression cannot be run in bounded time: "
NOTHING = "it says what is not there, or what other records share, of no value that is looked for"
ALONE = "WITHIN holds of this observation alone, which it always does: put what it is meant for in parentheses"
AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"


def indicator(pattern="[domain-name:value='lure.example']", **more):
    return {"type": "indicator", "id": "indicator--1", "pattern": pattern, "pattern_type": "stix", **more}


def link(kind, source, target, **more):
    return {"type": "relationship", "id": f"relationship--{source}-{target}", "relationship_type": kind,
            "source_ref": source, "target_ref": target, **more}  # fmt: skip


def named(kind, name, **more):
    return {"type": kind, "id": name.lower(), "name": name, **more}


def found(*objects):
    return read(json.dumps({"type": "bundle", "objects": list(objects)}), "f.json")


def one(*objects):
    (only,), warnings = found(*objects)
    assert warnings == []
    return only


# --- from patterns to values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[network-traffic:dst_ref.value = '203.0.113.33']", [("ip-address", "203.0.113.33")]),
        ("[network-traffic:src_ref.value IN ('a.example', '2001:DB8::1')]",
         [("domain", "a.example"), ("ip-address", "2001:db8::1")]),
        ("[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = 'a.example']",
         [("domain", "a.example")]),
        ("[network-traffic:dst_ref.value ISSUBSET '2001:0db8:dead:beef:0000:0000:0000:0000/64']",
         [("ip-address", "2001:db8:dead:beef::/64")]),
        ("[email-message:from_ref.value = 'Ann <A@a.example>']", [("email", "a@a.example")]),
        ("[user-account:account_login = 'a@a.example']", [("email", "a@a.example")]),
        ("[x509-certificate:hashes.'SHA-1' = 'AA:" + "bb" * 19 + "']", [("cert", "aa" + "bb" * 19)]),
        ("[artifact:hashes.MD5 = '" + "AB" * 16 + "']", [("md5", "ab" * 16)]),
        ("[file:hashes.'SHA-256' = h'" + "ab" * 32 + "']", [("sha256", "ab" * 32)]),
        ("[file:name = 'stop' AND file:parent_directory_ref.path = '/var/tmp']",
         [("file-path", "/private/var/tmp/stop")]),
        ("[file:parent_directory_ref.path = '/var/tmp/x']", [("file-path", "/private/var/tmp/x/")]),
        ("[file:path LIKE '/var/tmp/x/%']", [("file-path", "/private/var/tmp/x/")]),
        ("[domain-name:value LIKE '%.a.example'] OR ([process:name = 'bh'])",
         [("domain", "a.example"), ("process-name", "bh")]),
    ],
)  # fmt: skip
def test_patterns_of_single_values(pattern, expected):
    values, warnings = found(indicator(pattern))
    assert [(i.kind, i.value) for i in values] == expected
    assert warnings == []


def test_an_alternative_that_cannot_be_looked_for_is_told_and_the_others_are_looked_for():
    registry = "character 2: the pattern key 'windows-registry-key:key' is not known: phones have no registry"
    domain = "character 36: expected a domain, got 'no dot'"
    pattern = "[windows-registry-key:key = 'x' OR domain-name:value IN ('lure.example', 'no dot')]"
    values, warnings = found(indicator(pattern))
    assert [i.value for i in values] == ["lure.example"]
    assert [(w.place, w.severity, w.reason) for w in warnings] == [
        ("indicator--1", "warning", f"not all of the pattern is looked for: {registry}; {domain}"),
    ]


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[domain-name:value = 'a.example' AND x-custom:foo = 1]",
         "character 38: the pattern key 'x-custom:foo' is not known"),
        ("[network-traffic:dst_port = 443]",
         f"character 1: {NOTHING}"),
        ("[url:value MATCHES '.*']",
         f"character 1: {NOTHING}"),
        ("[file:name LIKE '%_'] OR [process:name >= 'a']",
         f"character 1: {NOTHING}; character 26: {NOTHING}"),
        ("[domain-name:value != 'a.example']",
         f"character 1: {NOTHING}"),
        ("[url:value MATCHES '(a)\\\\1']",
         f"{BOUNDED}invalid escape sequence: \\1"),
        ("[url:value MATCHES '" + "a" * 5000 + "']", "character 2: MATCHES with more than 4096 characters"),
        ("[url:value MATCHES 'a{1000}{1000}']",
         BOUNDED + "bad repetition operator: {1000}{1000}"),
        ("[domain-name:value = 5]", "character 2: a text is compared with 5"),
        ("[domain-name:value IN ()]", "character 2: nothing is in an empty set"),
        ("[domain-name:value ISSUBSET 'a.example']",
         "character 2: ISSUBSET is of addresses, and domain-name:value is none"),
        ("[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = 'a.example']",
         "character 2: network-traffic:dst_ref.type contradicts the value beside it"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_kept_with_its_reason(pattern, why):
    (compound,), (warning,) = found(indicator(pattern))
    assert (compound.kind, compound.value, compound.step, compound.why) == ("pattern", pattern, None, why)
    assert (warning.place, warning.reason) == ("indicator--1", f"the pattern cannot be evaluated: {why}"[:300])


def test_parentheses_that_were_forgotten_are_told():
    pattern = "[process:name = 'bh'] FOLLOWEDBY [url:value LIKE 'https://a.example/%'] WITHIN 300 SECONDS"
    (c,), (warning,) = found(indicator(pattern))
    assert c.step is not None
    assert (warning.severity, warning.reason) == (
        "warning",
        f"character 34: {ALONE}",
    )
    assert found(indicator(pattern.replace("[process", "([process").replace(" WITHIN", ") WITHIN")))[1] == []
    assert found(indicator("[process:name = 'bh'] REPEATS 2 TIMES WITHIN 300 SECONDS"))[1] == []


def test_a_feed_of_nothing_that_can_be_looked_for_is_not_loaded(tmp_path):
    file = tmp_path / "f.json"
    file.write_text(json.dumps({"objects": [indicator("[x-custom:foo = 1]")]}))
    (feed,) = load([file]).feeds
    why = "character 2: the pattern key 'x-custom:foo' is not known"
    assert (feed.loaded, feed.reason) == (
        False,
        f"it holds no indicator that can be read: the pattern cannot be evaluated: {why}",
    )


_KEYS = st.sampled_from(["domain-name:value", "file:hashes.'SHA-256'", "file:hashes.md5", "url:value", "app:cert.sha1",
                         "file:name", "process:name", "file:parent_directory_ref.path",
                         "network-traffic:dst_ref.value", "x:y", "file:size"])  # fmt: skip


@given(_KEYS, st.text(alphabet="ab.example:/'\\ [0f]\u00e9", max_size=20), st.sampled_from(["", " ", "\n"]))
def test_the_short_way_reads_what_the_parser_reads(key, value, blank):
    pattern = f"{blank}[{blank}{key}{blank}={blank}'{value}'{blank}]{blank}"
    short = _plain(pattern)
    try:
        plan = planned(parse(pattern))
    except PatternError:
        assert short is None
        return
    if short is not None:
        assert plan.step is not None
        assert singles(plan.step) == [short]


# --- validity -----------------------------------------------------------------------------------------------------


def test_a_record_after_the_end_of_validity_is_outside_it():
    i = one(indicator(valid_from="2021-01-01T00:00:00Z", valid_until="2022-01-01T00:00:00+01:00"))
    assert i.valid_at(datetime(2021, 12, 31, 22, 59, tzinfo=UTC))
    assert not i.valid_at(datetime(2021, 12, 31, 23, 0, tzinfo=UTC))
    assert not i.valid_at(datetime(2022, 1, 1))
    assert i.valid_at(datetime(2019, 1, 1, tzinfo=UTC))
    assert i.valid_at(None)
    assert one(indicator()).valid_at(datetime(2999, 1, 1, tzinfo=UTC))


def test_a_time_that_is_none_is_told_and_holds_nothing_back():
    (i,), (warning,) = found(indicator(valid_until="soon"))
    assert i.valid_until is None
    assert (warning.severity, warning.reason) == (
        "warning",
        "valid_until: expected a time, got 'soon': as if it were not said",
    )


def value(**more):
    return Indicator(**{"kind": "domain", "value": "a.example", "shown": "a.example", "feeds": ("a",)} | more)


def test_two_feeds_make_one_indicator_as_free_as_the_freer():
    a = value(tlp="TLP:AMBER", campaigns=("Secret",), confidence=20, valid_until="2023-01-01", valid_from="2021-02-01")
    b = value(feeds=("b",), tlp="TLP:CLEAR", campaigns=("Known",), confidence=70, valid_until="2022-01-01T00:00:00Z",
              valid_from="2021-01-01T00:00:00Z")  # fmt: skip
    both = merged(a, b)
    assert (both.feeds, both.campaigns, both.tlp, both.confidence) == (("a", "b"), ("Secret", "Known"), "TLP:CLEAR", 70)
    assert (both.valid_from, both.valid_until) == ("2021-01-01T00:00:00Z", "2023-01-01")
    assert merged(a, value(feeds=("b",))).valid_until is None
    assert merged(value(surfaces=frozenset({"crash"})), value(surfaces=frozenset({"visited"}))).surfaces == {
        "crash",
        "visited",
    }
    assert merged(value(surfaces=frozenset({"crash"})), value()).surfaces is None


def test_what_only_the_stricter_feed_says_is_told_to_those_it_is_for():
    secret = Related(role="operator", name="Secret operator", feed="a")
    a = value(tlp="TLP:AMBER", campaigns=("Secret",), related=(secret,))
    b = value(feeds=("b",), tlp="TLP:GREEN", campaigns=("Known",))
    both = merged(a, b)
    public = both.for_audience("TLP:CLEAR")
    assert (public.feeds, public.campaigns, public.related, public.tlp) == (("b",), ("Known",), (), "TLP:GREEN")
    assert "Secret" not in repr(public)
    assert both.for_audience("TLP:AMBER") == both
    assert a.for_audience("TLP:CLEAR") == a
    whole = IndicatorSet(indicators=(both,), feeds=()).for_audience("TLP:CLEAR")
    assert whole.indicators == (public,)
    third = merged(public, value(feeds=("c",), tlp="TLP:RED", campaigns=("Third",)))
    assert third.for_audience("TLP:GREEN").campaigns == ("Known",)


# --- markings -----------------------------------------------------------------------------------------------------


def definition(**more):
    return {"type": "marking-definition", "id": "marking-definition--own", **more}


@pytest.mark.parametrize(
    ("objects", "more", "tlp"),
    [
        ((), {}, None),
        ((), {"object_marking_refs": [AMBER]}, "TLP:AMBER"),
        ((), {"object_marking_refs": [AMBER], "granular_markings": [{"marking_ref": RED, "selectors": ["pattern"]}]},
         "TLP:RED"),
        ((), {"granular_markings": [{"lang": "en", "selectors": ["name"]}]}, None),
        ((definition(definition_type="tlp", definition={"tlp": "white"}),), {}, "TLP:CLEAR"),
        ((definition(definition_type="tlp", definition={"tlp": "odd"}),), {}, "TLP:RED"),
        ((definition(definition_type="statement", definition={"statement": "Copyright"}),), {}, None),
        ((definition(name="TLP:AMBER+STRICT", extensions={"extension-definition--60a3c5c5": {
            "extension_type": "property-extension", "tlp_2_0": "amber+strict"}}),), {}, "TLP:AMBER+STRICT"),
        ((definition(name="TLP:GREEN"),), {}, "TLP:GREEN"),
        ((definition(definition_type="iep", definition={}),), {}, "TLP:RED"),
    ],
)  # fmt: skip
def test_markings_in_every_notation(objects, more, tlp):
    more = more or {"object_marking_refs": ["marking-definition--own"] if objects else []}
    assert one(*objects, indicator(**more)).tlp == tlp


def test_a_marking_that_nobody_defines_is_the_narrowest_and_told_once():
    odd = {"object_marking_refs": ["marking-definition--gone"]}
    values, (warning,) = found(indicator(**odd), indicator("[process:name='bh']", **odd))
    assert [i.tlp for i in values] == ["TLP:RED", "TLP:RED"]
    assert (warning.place, warning.reason) == (
        "marking-definition--gone",
        "a marking that the bundle does not define: taken as TLP:RED",
    )


def test_a_public_value_with_a_restricted_name_beside_it():
    i = one(
        indicator(),
        named("malware", "Known"),
        named("threat-actor", "Secret", object_marking_refs=[AMBER]),
        link("indicates", "indicator--1", "known"),
        link("indicates", "indicator--1", "secret"),
    )
    assert (i.tlp, i.campaigns) == (None, ("Known", "Secret"))
    assert [(c.tlp, c.campaigns) for c in i.claims] == [(None, ("Known",)), ("TLP:AMBER", ("Secret",))]
    assert isinstance(i.claims[0], Claim)
    public = i.for_audience("TLP:CLEAR")
    assert (public.campaigns, [r.name for r in public.related]) == (("Known",), ["Known"])


# --- relationships ------------------------------------------------------------------------------------------------


def test_product_campaign_operator_and_infrastructure():
    i = one(
        indicator(),
        named("malware", "Chimera", confidence=90),
        named("campaign", "Spring"),
        named("intrusion-set", "Set"),
        named("identity", "Agency"),
        named("infrastructure", "Servers"),
        link("indicates", "indicator--1", "chimera", confidence=60),
        link("indicates", "indicator--1", "servers"),
        named("report", "Report", object_refs=["indicator--1", "spring"]),
        link("uses", "spring", "chimera", confidence=80),
        link("attributed-to", "spring", "set", confidence=40),
        link("attributed-to", "set", "agency"),
    )
    assert [(r.role, r.name, r.confidence) for r in i.related] == [
        ("product", "Chimera", 60), ("infrastructure", "Servers", None), ("report", "Report", None),
        ("campaign", "Spring", 60), ("operator", "Set", 40), ("operator", "Agency", 40),
    ]  # fmt: skip
    assert {r.feed for r in i.related} == {"f.json"}
    assert i.campaigns == ("Chimera", "Servers", "Report")


def test_a_product_with_several_users_names_none_of_them():
    objects = (
        indicator(),
        named("malware", "Chimera"),
        named("threat-actor", "One"),
        named("threat-actor", "Two"),
        link("indicates", "indicator--1", "chimera"),
        link("uses", "one", "chimera"),
    )
    assert [r.name for r in one(*objects).related] == ["Chimera", "One"]
    assert [r.name for r in one(*objects, link("uses", "two", "chimera")).related] == ["Chimera"]


def test_what_an_operator_uses_besides_is_not_told_of_a_product():
    i = one(
        indicator(), named("malware", "Chimera"), named("malware", "Other"), named("campaign", "Spring"),
        link("indicates", "indicator--1", "chimera"), link("uses", "spring", "chimera"),
        link("uses", "spring", "other"),
    )  # fmt: skip
    assert [r.name for r in i.related] == ["Chimera", "Spring"]
    i = one(indicator(), named("malware", "Other"), named("campaign", "Spring"), named("identity", "Victim"),
            link("indicates", "indicator--1", "spring"), link("uses", "spring", "other"),
            link("targets", "spring", "victim"), link("related-to", "indicator--1", "victim"))  # fmt: skip
    assert [(r.role, r.name) for r in i.related] == [("campaign", "Spring"), ("product", "Other")]


def test_a_revoked_relationship_says_nothing():
    i = one(indicator(), named("malware", "Chimera"), link("indicates", "indicator--1", "chimera", revoked=True))
    assert (i.campaigns, i.related) == ((), ())


def test_a_circle_of_relationships_ends():
    ring = [named("campaign", f"C{n}") for n in range(6)]
    links = [link("attributed-to", f"c{n}", f"c{(n + 1) % 6}") for n in range(6)]
    i = one(indicator(), *ring, *links, link("indicates", "indicator--1", "c0"), link("uses", "c0", "c0"))
    assert [r.name for r in i.related] == ["C0", "C1", "C2", "C3"]


def test_very_many_relationships_are_bounded():
    objects = [indicator(), *(named("malware", f"M{n}") for n in range(1000))]
    objects += [link("indicates", "indicator--1", f"m{n % 1000}", confidence=n % 100) for n in range(100_000)]
    begin = process_time()
    (i,), (warning,) = found(*objects)
    assert process_time() - begin < 10
    assert (len(i.related), len(i.campaigns)) == (64, 64)
    assert warning.reason == "related to more than 64 objects: the first are told"


def test_half_a_character_in_a_name_or_an_id_is_written_as_a_question_mark():
    odd = {**indicator("[file:name LIKE 'x%']"), "id": "indicator--\ud800"}
    objects = [odd, named("malware", "A\udfffB"), link("indicates", "indicator--\ud800", "a\udfffb")]
    (c,), warnings = found(*objects)
    assert (c.place, c.campaigns, warnings) == ("indicator--?", ("A?B",), [])


# --- what is none ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("types", [{"indicator_types": ["benign"]}, {"labels": ["benign"]}])
def test_what_its_feed_calls_benign_is_not_looked_for(types):
    values, (warning,) = found(indicator(**types))
    assert values == []
    assert (warning.place, warning.reason) == (
        "indicator--1",
        "its feed says that it is benign: it is not looked for",
    )


@pytest.mark.parametrize("types", [["anomalous-activity"], ["benign", "malicious-activity"], [], "benign"])
def test_anything_else_is_looked_for(types):
    assert one(indicator(indicator_types=types)).value == "lure.example"


def test_observables_by_themselves_are_no_indicators():
    values, (warning,) = found(
        indicator(), {"type": "domain-name", "id": "d", "value": "seen.example"}, {"type": "observed-data", "id": "o"},
        {"type": "url", "id": "u", "value": "https://seen.example"},
    )  # fmt: skip
    assert [i.value for i in values] == ["lure.example"]
    assert (warning.severity, warning.reason) == (
        "note",
        "2 observables and 1 observed-data are no indicators: they are not looked for",
    )


def test_a_bundle_of_stix_2_0():
    text = json.dumps({"type": "bundle", "spec_version": "2.0", "objects": [
        {"type": "indicator", "id": "indicator--1", "labels": ["malicious-activity"],
         "pattern": "[file:hashes.'SHA-256' = '" + "0f" * 32 + "']"}]})  # fmt: skip
    (i,), warnings = read(text, "f")
    assert (i.kind, i.value, warnings) == ("sha256", "0f" * 32, [])


def test_twenty_thousand_indicators_load_in_less_than_a_second_of_processor_time():
    objects = [
        indicator(f"[domain-name:value='a{n}.example.org']", id=f"indicator--{n}", valid_from="2021-01-01T00:00:00Z")
        for n in range(20_000)
    ]
    objects += [link("indicates", f"indicator--{n}", "chimera") for n in range(20_000)]
    text = json.dumps({"objects": [*objects, named("malware", "Chimera")]})
    took = []
    for _ in range(3):
        begin = process_time()
        values, warnings = read(text, "f")
        took.append(process_time() - begin)
    assert (len(values), warnings, {i.campaigns for i in values}) == (20_000, [], {("Chimera",)})
    assert NORMALISE["domain"](values[7].shown) == "a7.example.org"
    assert min(took) < 1
