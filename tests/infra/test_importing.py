"""Importing files: each form, told by its content; one bad row is one warning with its place; twice is once."""

import gzip

import pytest
from base_files import MONDAY, TUESDAY, Desk, lines

from bridle.infra.importing import Said, import_files


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def said_of(desk, value):
    return [
        {k: getattr(c, k) for k in ("vendor", "product", "generation", "confidence", "country", "reference", "port")
         if getattr(c, k) is not None}
        for c in desk.read("claims", value=value)
    ]  # fmt: skip


def test_a_list_with_what_the_user_says_of_it(desk):
    done = desk.take(
        "2021/v3_domains.txt", "lure.example\nnot a domain\nwww.second.example\n", source="Example Lab",
        about={"vendor": "NSO Group", "confidence": 85, "observed_first": "2017-01-01T00:00:00Z"},
    )  # fmt: skip
    assert (done.form, done.state, done.claims, done.warnings) == ("feed", "imported", 2, 1)
    assert [(p.locator, p.severity) for p in done.problems] == [("line 2", "error")]
    (claim,) = desk.read("claims", value="lure.example")
    assert (claim.source, claim.list_name, claim.locator) == ("Example Lab", "2021/v3_domains.txt", "line 1")
    assert (claim.vendor, claim.generation, claim.confidence) == ("NSO Group", "v3", 85)
    assert (claim.observed_first, claim.recorded_from) == ("2017-01-01T00:00:00Z", MONDAY)


def test_a_table_of_domains_and_addresses_gives_relations(desk):
    text = 'domain_name,ip_address\n"a.example","192.0.2.1"\n"b.example","192.0.2.2"\n"c.example",""\n'
    done = desk.take("nso/indicators.csv", text)
    assert (done.claims, done.relations) == (5, 2)
    assert desk.pairs("resolves-to") == [("a.example", "192.0.2.1"), ("b.example", "192.0.2.2")]
    assert [r.locator for r in desk.read("relations")] == ["line 2", "line 3"]


def test_pairs_without_a_header(desk):
    done = desk.take("pairs.txt", "# seen together\na.example|192.0.2.1\nb.example|192.0.2.2\nc.example|nothing\n"
                     "d.example|192.0.2.4\ne.example|2001:db8::1\nf.example|192.0.2.6\n"
                     "g.example|192.0.2.7\n")  # fmt: skip
    assert (done.form, done.claims, done.relations, done.warnings) == ("pairs", 12, 6, 1)
    assert [p.locator for p in done.problems] == ["line 4"]
    assert ("e.example", "2001:db8::1") in desk.pairs("resolves-to")


def test_further_columns_of_a_table(desk):
    text = ('"type","ioc","family","country","reference","first seen"\n'
            '"domain","a.example","Pegasus","Kenya","https://example.org/r","2016-03-01"\n'
            '"ip_address","192.0.2.1","XtremeRAT","Syria","https://example.org/s",""\n')  # fmt: skip
    desk.take("targetedthreats.csv", text)
    assert said_of(desk, "a.example") == [
        {"vendor": "NSO Group", "product": "Pegasus", "country": "Kenya", "reference": "https://example.org/r"}
    ]
    assert said_of(desk, "192.0.2.1") == [
        {"product": "XtremeRAT", "country": "Syria", "reference": "https://example.org/s"}
    ]
    assert [c.observed_first for c in desk.read("claims", value="a.example")] == ["2016-03-01T00:00:00Z"]


def test_servers_with_a_guess_at_their_customer(desk):
    text = "IP,Provider,1.0,Customer Guess,Month First Seen\n192.0.2.1,X,Y,Example Land,8/2012\n192.0.2.2,X,,,3/2013\n"
    desk.take("ff.csv", text, about={"product": "FinSpy"})
    assert [(c.value, c.operator, c.observed_first) for c in desk.read("claims")] == [
        ("192.0.2.1", "Example Land", "2012-08-01T00:00:00Z"), ("192.0.2.2", None, "2013-03-01T00:00:00Z")
    ]  # fmt: skip


def test_maltrail_names_the_product_in_the_file_and_reports_above_the_trails(desk):
    text = ("# Copyright (c) 2014-2026 Maltrail developers (https://example.org)\n\n# Reference: https://example.org/one\n\n"
            "192.0.2.1:995\nlure.example\n")  # fmt: skip
    desk.take("malware/qakbot.txt", text)
    desk.take("malware/apt_pegasus.txt", text)
    assert said_of(desk, "192.0.2.1") == [
        {"vendor": "NSO Group", "product": "Pegasus", "reference": "https://example.org/one"},
        {"product": "qakbot", "reference": "https://example.org/one"},
    ]


def test_the_port_of_an_address_is_kept(desk):
    done = desk.take("C2-hosts.txt", "192.0.2.1:995\n192.0.2.2:443\n192.0.2.3:99999\nlure.example:30827\n")
    assert (done.claims, done.warnings) == (4, 0)
    assert [c.port for c in desk.read("claims")] == [30827, 995, 443, None]


def event(*attributes, objects=()):
    return {
        "Event": {"info": "A campaign", "date": "2021-11-15", "Attribute": list(attributes), "Object": list(objects)}
    }


def test_misp_keeps_context_and_objects_as_pairs(desk):
    pair = {"name": "domain-ip", "first_seen": "2021-05-01T00:00:00+00:00", "Attribute": [
        {"type": "domain", "value": "a.example", "to_ids": False, "object_relation": "domain"},
        {"type": "ip-dst", "value": "192.0.2.1", "to_ids": False, "object_relation": "ip"}]}  # fmt: skip
    both = {"type": "domain|ip", "value": "b.example|192.0.2.2", "to_ids": True}
    done = desk.take("eset.json", event(both, objects=[pair]))
    assert (done.form, done.claims, done.relations, done.warnings) == ("feed", 4, 2, 0)
    assert desk.pairs("resolves-to") == [("a.example", "192.0.2.1"), ("b.example", "192.0.2.2")]
    assert [(c.value, c.says) for c in desk.read("claims", "domain")] == [
        ("a.example", "observed"),
        ("b.example", "attacker"),
    ]
    assert [r.first for r in desk.read("relations")] == ["2021-05-01T00:00:00Z", None]


def indicator(n, value, **about):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--00000000-0000-4000-8000-{n:012}",
            "pattern": f"[domain-name:value = '{value}']", "pattern_type": "stix", "valid_from": "2021-07-18T00:00:00Z",
            **about}  # fmt: skip


def bundle(*objects):
    return {"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": list(objects)}


def test_stix_with_a_revoked_indicator_shows_the_retraction(desk):
    done = desk.take(
        "a.stix2", bundle(indicator(1, "a.example", confidence=70), indicator(2, "b.example", revoked=True))
    )
    assert (done.claims, done.retracted) == (1, 1)
    assert [(c.value, c.confidence, c.valid_from) for c in desk.read("claims")] == [
        ("a.example", 70, "2021-07-18T00:00:00Z")
    ]
    assert [(c.value, c.recorded_to) for c in desk.read("claims", retracted=True)] == [("b.example", MONDAY)]
    again = desk.take(
        "a.stix2", bundle(indicator(3, "b.example", revoked=True), indicator(4, "a.example", confidence=70))
    )
    assert (again.claims, again.known, again.retracted) == (0, 1, 0)


def test_a_newer_copy_of_a_list_takes_back_what_it_lacks(desk):
    desk.take("one/domains.txt", "a.example\nb.example\n", source="Lab")
    desk.take("two/domains.txt", "c.example\n", source="Lab")
    done = desk.take("one/domains.txt", "a.example\n", TUESDAY, source="Lab")
    assert done.retracted == 1
    assert [c.value for c in desk.read("claims")] == ["a.example", "c.example"]
    assert [(c.value, c.recorded_to) for c in desk.read("claims", retracted=True)] == [("b.example", TUESDAY)]


def test_a_copy_that_lacks_most_of_a_list_is_refused(desk):
    whole = "".join(f"host{n}.example\n" for n in range(60))
    desk.take("a/domains.txt", whole, source="Lab")
    done = desk.take("a/domains.txt", "host0.example\nhost1.example\n", TUESDAY, source="Lab")
    assert done.state == "refused"
    assert done.reason.startswith("it lacks 58 of the 60 values that the list 'a/domains.txt' has: it may be cut")
    assert len(desk.read("claims")) == 60
    assert len(desk.read("runs")) == 1
    again = desk.take("a/domains.txt", whole, TUESDAY, source="Lab", about={"vendor": "NSO Group"})
    assert (again.state, again.claims, again.retracted) == ("imported", 60, 60)
    half = "".join(f"host{n}.example\n" for n in range(30))
    assert desk.take("a/domains.txt", half, TUESDAY, source="Lab").retracted == 60
    done = desk.take("a/domains.txt", "host0.example\n", TUESDAY, source="Lab", may_shrink=True)
    assert (done.state, done.retracted) == ("imported", 29)


def test_a_file_that_was_imported_last_is_unchanged(desk):
    assert desk.take("domains.txt", "a.example\n").state == "imported"
    assert desk.take("domains.txt", "a.example\n", TUESDAY).state == "unchanged"
    assert len(desk.read("runs")) == 1
    assert desk.take("domains.txt", "a.example\n", about={"vendor": "NSO Group"}).claims == 1


def test_two_files_of_one_name_are_not_taken_for_copies(desk):
    one, two = desk.put("x/a/domains.txt", "a.example\n"), desk.put("y/a/domains.txt", "b.example\n")
    states = [d.state for d in import_files([one, two], desk.base, Said(source="Lab"), MONDAY)]
    assert states == ["imported", "refused"]
    assert [c.value for c in desk.read("claims")] == ["a.example"]


def test_passive_dns(desk):
    rows = lines(
        {"rrname": "a.example.", "rrtype": "A", "rdata": ["192.0.2.1", "192.0.2.2"], "time_first": 1483228800,
         "time_last": 1483315200, "count": 7},
        {"rrname": "a.example", "rrtype": "NS", "rdata": "ns1.example.org.", "time_first": 1483228800},
        {"rrname": "b.example", "rrtype": "CNAME", "rdata": "a.example"},
        {"rrname": "b.example", "rrtype": "TXT", "rdata": "v=spf1 -all"},
        {"rrname": "c.example", "rrtype": "A", "rdata": "no address"},
        {"rrname": "..", "rrtype": "A", "rdata": "192.0.2.3"},
    ) + "not JSON\n"  # fmt: skip
    done = desk.take("pdns.json", rows)
    assert (done.form, done.relations, done.facts, done.warnings) == ("passive-dns", 4, 1, 3)
    assert [p.locator for p in done.problems] == ["line 5", "line 6", "line 7"]
    first = desk.read("relations", "resolves-to")[0]
    assert (first.one.value, first.other.value, first.first, first.last, first.count) == (
        "a.example", "192.0.2.1", "2017-01-01T00:00:00Z", "2017-01-02T00:00:00Z", 7)  # fmt: skip
    assert desk.pairs("name-server") == [("a.example", "ns1.example.org")]
    assert desk.pairs("alias-of") == [("b.example", "a.example")]
    assert desk.facts("b.example") == {"dns-txt": "v=spf1 -all"}


def test_a_newer_export_of_observations_takes_nothing_back(desk):
    desk.take("pdns.json", lines({"rrname": "a.example", "rrtype": "A", "rdata": "192.0.2.1"}))
    desk.take("pdns.json", lines({"rrname": "b.example", "rrtype": "A", "rdata": "192.0.2.2"}), TUESDAY)
    assert desk.pairs("resolves-to") == [("a.example", "192.0.2.1"), ("b.example", "192.0.2.2")]


def test_rdap(desk):
    card = ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Example Registrar Ltd"]]]
    person = ["vcard", [["fn", {}, "text", "A Person"], ["kind", {}, "text", "individual"]]]
    done = desk.take("rdap.json", {
        "objectClassName": "domain", "ldhName": "A.EXAMPLE", "status": ["client hold"],
        "events": [{"eventAction": "registration", "eventDate": "2017-05-01T09:15:30.123456789Z"},
                   {"eventAction": "expiration", "eventDate": "never"}],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": "NS1.EXAMPLE.ORG"}],
        "entities": [{"roles": ["registrar"], "vcardArray": card}, {"roles": ["registrant"], "vcardArray": person}],
    })  # fmt: skip
    assert (done.form, done.warnings) == ("registrations", 1)
    assert desk.facts("a.example") == {"registered": "2017-05-01T09:15:30Z", "status": "client hold"}
    assert desk.pairs("registrar") == [("a.example", "Example Registrar Ltd")]
    assert desk.pairs("registrant") == []
    assert desk.pairs("name-server") == [("a.example", "ns1.example.org")]


def test_whois_as_json(desk):
    done = desk.take("whois.json", lines(
        {"domain_name": ["A.EXAMPLE", "a.example"], "registrar": "Example  Registrar", "name": "A Person",
         "creation_date": ["2017-05-01 09:15:30", "2017-05-02 00:00:00"], "name_servers": ["ns1.example.org"]},
        {"WhoisRecord": {"domainName": "b.example", "createdDate": "2018-01-01T00:00:00Z",
                         "nameServers": {"hostNames": ["ns2.example.org"]}}},
    ))  # fmt: skip
    assert (done.form, done.warnings) == ("registrations", 0)
    assert desk.facts("a.example") == {"registered": "2017-05-01T09:15:30Z"}
    assert desk.facts("b.example") == {"registered": "2018-01-01T00:00:00Z"}
    assert desk.pairs("registrar") == [("a.example", "Example Registrar")]
    assert desk.pairs("name-server") == [("a.example", "ns1.example.org"), ("b.example", "ns2.example.org")]


def test_a_warning_list_says_that_values_are_nobody_s(desk):
    done = desk.take("top/list.json", {"name": "Most used sites", "type": "hostname", "matching_attributes": ["domain"],
                                       "list": ["example.com", ".example.org", "no-domain",
                                                "192.0.2.0/24", "192.0.2.9/32"]})  # fmt: skip
    assert (done.form, done.claims, done.warnings) == ("warning-list", 4, 1)
    assert [(c.kind, c.value, c.says) for c in desk.read("claims")] == [
        ("domain", "example.com", "benign"), ("domain", "example.org", "benign"),
        ("ip-address", "192.0.2.9", "benign"), ("network", "192.0.2.0/24", "benign"),
    ]  # fmt: skip


def test_gzip_and_files_that_cannot_be_read(desk):
    rows = lines({"rrname": "a.example", "rrtype": "A", "rdata": "192.0.2.1"}).encode()
    assert desk.take("pdns.json.gz", gzip.compress(rows)).relations == 1
    many = lines(*({"rrname": f"a{n}.example", "rrtype": "A", "rdata": "192.0.2.1"} for n in range(9000)))
    cut = desk.take("cut.json.gz", gzip.compress(many.encode())[:-30])
    assert (cut.state, cut.reason) == ("refused", "the gzip file ends early")
    assert desk.take("empty.txt", "").reason == "empty"
    assert desk.take("prose.txt", "What we found.\nNothing is a value here.\n").state == "refused"
    assert len(desk.read("runs")) == 1
    assert [v.value for v in desk.read("values")] == ["a.example", "192.0.2.1"]


def test_text_that_no_database_takes_does_not_stop_an_import(desk):
    rows = (
        '{"rrname": "a.example", "rrtype": "TXT", "rdata": "\\ud800x", "count": 99999999999999999999}\n'
        '{"rrname": "b.example", "rrtype": "A", "rdata": "192.0.2.1", "count": 99999999999999999999}\n'
    )
    done = desk.take("pdns.json", rows)
    assert (done.state, done.relations, done.facts) == ("imported", 1, 1)
    assert desk.facts("a.example") == {"dns-txt": "?x"}
