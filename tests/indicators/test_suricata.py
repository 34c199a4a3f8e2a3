"""Rules of Suricata and Snort: those about one value are that value, the rest say why not."""

import pytest
from feed_files import told

from bridle.indicators import Related, load

WIDER = "names that are bound on both sides are looked for with sub-domains, which is wider"
NARROWER = "names that are not bound to the end of a host are looked for as domains, which is narrower"
OK = 'alert dns any any -> any any (msg:"ok"; dns.query; content:"ok.example"; endswith; sid:1;)'


def rule(options, header="alert dns $HOME_NET any -> any any"):
    return f'{header} (msg:"Example"; {options} classtype:trojan-activity; sid:7; rev:1;)'


def read(tmp_path, *rules):
    values, warnings = told(tmp_path, "local.rules", "\n".join([OK, *rules]) + "\n")
    assert ("domain", "ok.example") in values
    return [v for v in values if v != ("domain", "ok.example")], warnings


@pytest.mark.parametrize(
    ("options", "header", "warnings"),
    [
        ('dns.query; dotprefix; content:".lure.example"; nocase; endswith;', None, []),
        ('dns.query; content:"lure.example"; nocase; endswith;', None, []),
        ('dns.query; content:"lure.example"; startswith; endswith;', None, [("note", WIDER)]),
        ('dns.query; content:"lure.example"; bsize:12;', None, [("note", WIDER)]),
        ('dns_query; content:"lure.example"; nocase; isdataat:!1,relative;', None, []),
        ('dns.query; content:"lure.example"; nocase;', None, [("warning", NARROWER)]),
        ('tls.sni; content:"lure.example"; endswith; fast_pattern;', "alert tls any any -> any any", []),
        ('tls_sni; content:"lure.example"; endswith;', "alert tls any any -> any any", []),
        ('http.host; content:"lure.example"; endswith;', "alert http any any -> any any", []),
        ('http.method; content:"GET"; http.host; content:"lure.example"; endswith;', "alert http a any -> b any", []),
        ('content:"lure.example"; http_host; isdataat:!1,relative;', "alert http any any -> any any", []),
        ('content:"Host|3a 20|lure.example|0d 0a|"; http_header;', "alert http any any -> any any", []),
        ('content:"|01 00 00 01 00 00 00 00 00 00|"; depth:10; offset:2; content:"|04|lure|07|example|00|"; nocase;',
         "alert udp any any -> any 53", []),
        ('flow:established; threshold: type limit, count 1; dns.query; content:"lure|2e|example"; endswith;', None, []),
    ],
)  # fmt: skip
def test_one_host(tmp_path, options, header, warnings):
    values, told_of = read(tmp_path, rule(options, header or "alert dns any any -> any any"))
    assert values == [("domain", "lure.example")]
    assert told_of == [(severity, "line 2 (sid 7)", reason) for severity, reason in warnings]


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("alert ip $HOME_NET any -> [198.51.100.7,198.51.100.0/28] any", ["198.51.100.0/28", "198.51.100.7"]),
        ("drop tcp any any -> 198.51.100.7 443", ["198.51.100.7"]),
        ("alert tcp [198.51.100.7] any <> any any", ["198.51.100.7"]),
        ("alert ip any any -> [2001:db8::5] any", ["2001:db8::5"]),
    ],
)
def test_addresses_of_a_header(tmp_path, header, values):
    assert read(tmp_path, rule("", header)) == ([("ip-address", v) for v in values], [])


def test_a_certificate(tmp_path):
    digest = ":".join(["ab"] * 20)
    assert read(tmp_path, rule(f'tls.cert_fingerprint; content:"{digest}";', "alert tls any any -> any any")) == (
        [("cert", "ab" * 20)],
        [],
    )


def test_a_host_with_a_whole_path_is_a_url(tmp_path):
    options = 'http.uri; content:"/gate.php"; bsize:9; http.host; content:"lure.example"; bsize:12;'
    values, warnings = read(tmp_path, rule(options, "alert http any any -> any any"))
    assert values == [("url", "http://lure.example/gate.php"), ("url", "https://lure.example/gate.php")]
    assert warnings == []


MORE = "it asks for more than one value that is looked for: "


@pytest.mark.parametrize(
    ("line", "severity", "reason"),
    [
        (rule('http.uri; content:"/gate"; http.host; content:"lure.example"; endswith;'), "error",
         MORE + "a host together with a part of a path"),
        (rule('dns.query; content:"lure"; content:"example";'), "error", MORE + "dns.query"),
        (rule('dns.query; content:!"lure.example";'), "error", MORE + "what must not be there"),
        (rule('dns.query; content:"lure.example"; pcre:"/^a/";'), "error", MORE + "`pcre` is not understood"),
        (rule('dns.query; content:"lure";'), "error", "'lure' in dns.query is only a part of a name"),
        (rule('content:"abc";', "alert tcp any any -> any any"), "error", MORE + "raw"),
        (rule('http.uri; content:"/gate.php";'), "error", MORE + "a path without a host"),
        (rule('dns.query; content:"a.example"; tls.sni; content:"b.example";'), "error", MORE + "dns.query, tls.sni"),
        (rule('http.user_agent; content:"evil";'), "error", MORE + "http.user_agent"),
        (rule("", "alert tcp any any -> any 443"), "error", MORE + "no host, address or URL"),
        (rule("", "alert tcp any any -> ![198.51.100.7] any"), "error", MORE + "no host, address or URL"),
        (rule('ja3.hash; content:"' + "a" * 32 + '";'), "error",
         "fingerprints of TLS and SSH handshakes (ja3, ja4) are not recorded on phones"),
        (rule("dns.query; dataset:isset,evil,type string,load evil.lst;"), "error",
         "the values stand in a data set, evil.lst"),
        ("# " + rule('dns.query; content:"lure.example"; endswith;'), "note",
         "rules behind a `#` are switched off, and not read"),
        (rule('dns.query; content:"lure.example"; endswith;', "pass dns any any -> any any"), "note",
         "`pass` rules are exceptions, and not looked for"),
    ],
)  # fmt: skip
def test_rules_that_are_not_looked_for(tmp_path, line, severity, reason):
    assert read(tmp_path, line) == ([], [(severity, "line 2 (sid 7)", reason)])


def test_lines_that_are_no_rules(tmp_path):
    assert read(tmp_path, "", "# a comment", "alert something") == (
        [],
        [("error", "line 4", "expected a rule, got 'alert something'")],
    )


def test_a_rule_over_several_lines(tmp_path):
    first, second = rule('dns.query; content:"lure.example"; endswith;').split("dns.query;")
    values, warnings = read(tmp_path, first + "\\", "  dns.query;" + second, "no rule")
    assert values == [("domain", "lure.example")]
    assert warnings == [("error", "line 4", "expected a rule, got 'no rule'")]


def test_names_of_a_rule(tmp_path):
    options = 'dns.query; content:"lure.example"; endswith; metadata:malware_family Example Spy, tag x;'
    read(tmp_path, rule(options))
    i = next(x for x in load([tmp_path]).indicators if x.value == "lure.example")
    assert (i.campaigns, i.place) == (("Example",), "line 2 (sid 7)")
    assert i.related == (Related(role="product", name="Example Spy", feed="local.rules"),)


@pytest.mark.parametrize(
    "text",
    [
        "alert dns a a -> a a (" + 'content:"a";' * 50_000 + ")",
        "alert a b -> c (" * 5_000,
        OK[:-1] + "a:" + "\\" * 100_000,
    ],
)
def test_hostile_rules_take_bounded_time(tmp_path, text):
    read(tmp_path, text)
