"""Plain lists: values as people write them, hosts files, block lists, data sets in base64, zones, Maltrail's trails."""

import base64

import pytest
from feed_files import refused, told

from bridle.indicators import Related, load
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.reading import plain_domain

PORTS = "hosts are looked for whatever the port, which few records of a phone tell"
DEFANGED = "values are written so that they cannot be clicked, and are read as what they stand for"


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("hxxp://lure[.]example/a", "url", "http://lure.example/a"),
        ("hXXps://lure(.)example/a", "url", "https://lure.example/a"),
        ("https[:]//lure.example/a", "url", "https://lure.example/a"),
        ("http[://]lure.example/a", "url", "http://lure.example/a"),
        ("h**p://lure.example/a", "url", "http://lure.example/a"),
        ("lure[dot]example", "domain", "lure.example"),
        ("lure (dot) example", "domain", "lure.example"),
        ("lure dot example", "domain", "lure.example"),
        ("sub[.]lure{.}example", "domain", "sub.lure.example"),
        ("lure[.example", "domain", "lure.example"),
        ("198.51.100[.]7", "ip-address", "198.51.100.7"),
        ("a[@]lure[.]example", "email", "a@lure.example"),
        ("a [at] lure.example", "email", "a@lure.example"),
    ],
)
def test_a_defanged_value_is_what_it_stands_for(tmp_path, written, kind, value):
    assert told(tmp_path, "list.txt", written + "\n") == ([(kind, value)], [("note", "line 1", DEFANGED)])
    (i,) = load([tmp_path / "list.txt"]).indicators
    assert i.shown == written


@pytest.mark.parametrize("written", ["http://[2001:db8::1]/a", "/private/var/tmp/a[.]b", "https://lure.example/?a=(b)"])
def test_brackets_that_stand_for_themselves(tmp_path, written):
    values, warnings = told(tmp_path, "list.txt", written + "\n")
    assert ([v for _, v in values], warnings) == ([written], [])


@pytest.mark.parametrize(
    ("written", "values", "severity", "reason"),
    [
        ("198.51.100.7:443", [("ip-address", "198.51.100.7")], "warning", PORTS),
        ("[2001:db8::5]:443", [("ip-address", "2001:db8::5")], "warning", PORTS),
        ("lure.example:8443", [("domain", "lure.example")], "warning", PORTS),
        (
            "lure.example/a/b",
            [("url", "http://lure.example/a/b"), ("url", "https://lure.example/a/b")],
            "note",
            "URLs have no scheme, and are looked for with http:// and https://",
        ),
    ],
)
def test_a_value_that_says_less_or_more(tmp_path, written, values, severity, reason):
    assert told(tmp_path, "list.txt", written + "\n") == (values, [(severity, "line 1", reason)])


def test_a_network_is_no_url(tmp_path):
    assert told(tmp_path, "list.txt", "198.51.100.0/24\n") == ([("ip-address", "198.51.100.0/24")], [])


def test_files_are_no_domains(tmp_path):
    values, warnings = told(tmp_path, "list.txt", "update.apk2.example\nroleaccountd.plist\nrce_loader.js\n")
    assert values == [("domain", "update.apk2.example"), ("file-name", "rce_loader.js"),
                      ("file-name", "roleaccountd.plist")]  # fmt: skip
    assert warnings == []


def test_what_is_alike_is_told_once(tmp_path):
    text = "198.51.100.7:443\nlure.example\n198.51.100.8:443\n198.51.100.9:1\n"
    assert told(tmp_path, "list.txt", text)[1] == [("warning", "line 1 and 2 more", PORTS)]


def test_hashes_are_told_by_their_length(tmp_path):
    text = "a" * 32 + "\n" + "b" * 40 + "\n" + "c" * 64 + "\n" + "d" * 50 + "\n"
    values, warnings = told(tmp_path, "hashes.txt", text)
    assert values == [("md5", "a" * 32), ("sha1", "b" * 40), ("sha256", "c" * 64)]
    assert [(s, p) for s, p, _ in warnings] == [("error", "line 4")]


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("package_names.txt", "com.example.implant", "app-id"),
        ("file_names.txt", "blob_1", "file-name"),
        ("package_cert_hashes.txt", "a" * 64, "cert"),
        ("android_properties.txt", "sys.example.a", "property-name"),
        ("ip-addresses.txt", "198.51.100.7", "ip-address"),
        ("config_profiles.txt", "76dab334-0000-4000-8000-000000000000", "profile-id"),
        ("2026-example_bundle_ids.txt", "com.example.implant", "app-id"),
        ("samples.txt", "a" * 32, "md5"),
        ("C2-hosts.txt", "lure.example", "domain"),
    ],
)
def test_the_name_of_a_list_tells_its_kind(tmp_path, name, value, kind):
    assert told(tmp_path, name, value + "\n")[0] == [(kind, value)]


def test_addresses_among_domains(tmp_path):
    values, warnings = told(tmp_path, "domains.txt", "lure.example\n198.51.100.7\nlure.example/x\n")
    assert values == [("domain", "lure.example"), ("ip-address", "198.51.100.7")]
    assert warnings == [
        ("error", "line 3", "expected a domain, got 'lure.example/x'"),
        ("note", "line 2", "addresses stand where domains are expected, and are looked for as addresses"),
    ]


@pytest.mark.parametrize(
    "line", ["||lure.example^", "||lure.example^$third-party", "address=/lure.example/0.0.0.0", "server=/lure.example/",
             'local-zone: "lure.example." always_nxdomain', "*.lure.example", "lure.example."]
)  # fmt: skip
def test_block_lists(tmp_path, line):
    assert told(tmp_path, "list.txt", f"! a comment\n; another\n// one more\n{line}\n") == (
        [("domain", "lure.example")],
        [],
    )


def test_prose_is_no_list(tmp_path):
    text = "lure.example\n" + "a sentence about something\n" * 30
    assert refused(tmp_path, "notes.txt", text) == (
        "not a list of indicators: 30 lines hold no value, such as line 2: the kind of 'a sentence about something' "
        "cannot be told"
    )


def test_bad_lines_are_counted_beyond_a_bound(tmp_path):
    _, warnings = told(tmp_path, "list.txt", "lure.example\n" * 500 + "no value\n" * 3000)
    assert len(warnings) == 901
    assert warnings[-1] == ("error", "list.txt", "2,100 more problems of this feed are not listed")


def test_a_hosts_file(tmp_path):
    text = """# hosts
127.0.0.1 localhost
255.255.255.255 broadcasthost
::1 localhost ip6-localhost
0.0.0.0 lure.example www.other.example   # two
127.0.0.1\tthird.example
198.51.100.9 fourth.example
:: fifth.example
"""
    values, warnings = told(tmp_path, "hosts", text)
    assert values == [("domain", f"{n}.example") for n in ("fifth", "fourth", "lure", "other", "third")]
    reason = "addresses of names are not looked for; put them into a list of their own"
    assert warnings == [("note", "line 3 and 1 more", reason)]
    assert load([tmp_path]).feeds[0].format == "hosts"


def test_a_data_set_of_suricata(tmp_path):
    lines = [base64.b64encode(v).decode() for v in (b"lure.example", b"https://lure.example/a", b"198.51.100.7")]
    values, warnings = told(tmp_path, "evil.lst", "\n".join([*lines, lines[0] + ",1,90"]) + "\n")
    assert values == [("domain", "lure.example"), ("ip-address", "198.51.100.7"), ("url", "https://lure.example/a")]
    assert warnings == []
    assert load([tmp_path]).feeds[0].format == "dataset"


def test_words_that_could_be_base64_are_names(tmp_path):
    assert told(tmp_path, "processes.txt", "abcd\nroleaboutd12\n")[0] == [
        ("process-name", "abcd"),
        ("process-name", "roleaboutd12"),
    ]


ZONE = """$TTL 60
@ IN SOA localhost. root.localhost. (
   1   ; serial
   60 60 60 60 )
@ IN NS localhost.
$ORIGIN rpz.example.org.
lure.example                      CNAME .
*.lure.example                    CNAME .
other.example.rpz.example.org.    300 IN CNAME *.
walled.example                    IN A 198.51.100.1
allowed.example                   CNAME rpz-passthru.
32.7.100.51.198.rpz-ip            CNAME .
24.0.100.51.198.rpz-ip            CNAME rpz-drop.
128.5.zz.db8.2001.rpz-ip          CNAME .
ns.evil.example.rpz-nsdname       CNAME .
32.7.100.51.198.rpz-client-ip     CNAME .
"""


def test_a_response_policy_zone(tmp_path):
    values, warnings = told(tmp_path, "db.rpz", ZONE)
    assert values == [
        ("domain", "lure.example"),
        ("domain", "other.example"),
        ("domain", "walled.example"),
        ("ip-address", "198.51.100.0/24"),
        ("ip-address", "198.51.100.7"),
        ("ip-address", "2001:db8::5"),
    ]
    assert warnings == [
        ("note", "line 11", "names that the zone lets pass are exceptions, and not looked for"),
        ("warning", "line 15", "name servers (rpz-nsdname) are not recorded on phones, and not looked for"),
        ("warning", "line 16", "rpz-client-ip is about name servers or clients, and not looked for"),
    ]


TRAILS = """# Copyright (c) 2014-2026 Maltrail developers (https://github.com/stamparm/maltrail/)

# Reference: https://report.example/one
# Reference: https://report.example/two

lure.example
/gate.php
198.51.100.7:443

# Reference: https://report.example/three

other.example # seen once
http://198.51.100.8
mp3.lure.example/music/
dga[0-9]+\\.lure\\.example
"""


def test_trails_of_maltrail(tmp_path):
    values, warnings = told(tmp_path, "apt_example.txt", TRAILS)
    assert values == [
        ("domain", "lure.example"),
        ("domain", "other.example"),
        ("ip-address", "198.51.100.7"),
        ("ip-address", "198.51.100.8"),
        ("url", "http://mp3.lure.example/music"),
        ("url", "https://mp3.lure.example/music"),
    ]
    assert warnings == [
        ("warning", "line 7", "paths without a host are not looked for: they may stand on any host"),
        ("warning", "line 8", PORTS),
        ("note", "line 14", "URLs have no scheme, and are looked for with http:// and https://"),
        ("warning", "line 15", "regular expressions are not looked for"),
    ]
    by = {i.value: i for i in load([tmp_path]).indicators}
    name = "apt_example.txt"
    assert by["lure.example"].related == (
        Related(role="report", name="https://report.example/one", feed=name),
        Related(role="report", name="https://report.example/two", feed=name),
    )
    assert [r.name for r in by["other.example"].related] == ["https://report.example/three"]
    assert (by["other.example"].place, by["other.example"].feeds) == ("line 12", (name,))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            '<?xml version="1.0"?><ioc xmlns="http://schemas.mandiant.com/2010/ioc"></ioc>',
            "OpenIOC is not read; convert",
        ),
        ('<OpenIOC id="a"></OpenIOC>', "OpenIOC is not read; convert"),
        ('<stix:STIX_Package xmlns:stix="http://stix.mitre.org/stix-1">', "STIX 1 (XML) is not read; convert"),
        ("<html><body>", "XML or HTML, which no feed is read from"),
        ("rule example {\n condition: true\n}\n", "YARA rules, which are given with `bridle check --yara`"),
        ("# only\n# comments\n", "it holds no indicator that can be read: nothing in it is a value"),
    ],
)
def test_what_is_no_list_is_told_by_name(tmp_path, text, reason):
    assert refused(tmp_path, "given.txt", text).startswith(reason)


def test_a_folder_tells_openioc_and_leaves_other_xml(tmp_path):
    (tmp_path / "a.ioc").write_text("<ioc ></ioc>")
    (tmp_path / "b.xml").write_text("<html></html>")
    (tmp_path / "c.xml").write_text("<stix:STIX_Package>")
    (tmp_path / "d.list").write_text("lure.example\n")
    assert [(f.name, f.loaded) for f in load([tmp_path]).feeds] == [
        ("a.ioc", False),
        ("c.xml", False),
        ("d.list", True),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "lure.example", "a.b.lure.example", "lure.xn--p1ai", "xn--80ak6aa92e.com", "_dmarc.lure.example", "a-b.example",
        "1.lure.example", "0x7f.example", "1.2.3.example", "a--b.example", "w.example", "wwww.example",
    ],
)  # fmt: skip
def test_a_domain_that_is_taken_as_it_stands_is_as_it_is_compared(text):
    assert not plain_domain(text) or NORMALISE["domain"](text) == text


@pytest.mark.parametrize(
    "text",
    ["www.lure.example", "LURE.example", "lure.example.", "*.lure.example", "198.51.100.7", "a..example", "-a.example",
     "a.example-", "lure", ".example", "lure.example:80", "lure .example", "m\u00fcnchen.example",
     "a" * 64 + ".example"],
)  # fmt: skip
def test_what_is_not_taken_as_it_stands(text):
    assert not plain_domain(text)
