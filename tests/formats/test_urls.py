"""Hosts, URLs, domains and addresses in text: boundaries, notations, and hostile lengths."""

import pytest

from bridle.formats.urls import (
    domains_in,
    emails_in,
    host_at,
    host_of,
    ips_in,
    nested_urls,
    parents,
    percent_decoded,
    urls_in,
    whole_urls,
)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Example.ORG/a", "example.org"),
        ("https://user:pass@example.org:8443/a", "example.org"),
        ("http://example.org.:80", "example.org"),
        ("https://münchen.example/x", "xn--mnchen-3ya.example"),
        ("https://example\uff0eorg/", "example.org"),
        ("https://ex%61mple.org/", "example.org"),
        ("http://[2001:DB8::1]:80/x", "2001:db8::1"),
        ("http://198.51.100.7:8080/", "198.51.100.7"),
        ("https://evil.example\\@good.example/", "evil.example"),
        ("example.org/a", None),
        ("https:///path", None),
        ("://x", None),
        ("http://a b/", None),
    ],
)
def test_host_of(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://a.example/b, and (http://c.example/d).", ["https://a.example/b", "http://c.example/d"]),
        ("https://a.example/wiki/X_(y)", ["https://a.example/wiki/X_(y)"]),
        ("HTTPS://A.example", ["HTTPS://A.example"]),
        ("<a href='https://a.example/b'>", ["https://a.example/b"]),
        ("https://a.example/x https://a.example/x", ["https://a.example/x"]),
        ("nothing here", []),
    ],
)
def test_urls_in(text, urls):
    assert urls_in(text) == urls


@pytest.mark.parametrize(
    ("text", "domains"),
    [
        ("visit lure.example/b now", ["lure.example"]),
        ("lure.example.", ["lure.example"]),
        ("https://x.lure.example:443/a?b=other.test", ["x.lure.example", "other.test"]),
        ("notlure.examples and lure.example2", ["notlure.examples"]),
        ("version 1.2.3 of 10.0.0.1", []),
        ("person@mail.example", ["mail.example"]),
        ("to=https%3A%2F%2Fbad.example%2Fx", ["bad.example"]),
    ],
)
def test_domains_in(text, domains):
    assert domains_in(text) == domains


def test_nested_urls_through_redirectors_and_encodings():
    assert nested_urls("https://r.example/url?q=https%3A%2F%2Flure.example%2Fa&x=1") == ["https://lure.example/a"]
    assert nested_urls("https://r.example/?u=https%253A%252F%252Flure.example%252Fa") == ["https://lure.example/a"]
    assert nested_urls("https://r.example/https://lure.example/a") == ["https://lure.example/a"]
    assert nested_urls("https://r.example/plain?q=1") == []


def test_addresses():
    assert emails_in("Mail <Some.One@Example.org>, a@b") == ["some.one@example.org"]
    assert ips_in("from 198.51.100.7, not 198.51.100.700 or 1.198.51.100.7") == ["198.51.100.7"]
    assert ips_in("at 2001:db8::1 today") == ["2001:db8::1"]
    assert parents("a.b.c.example") == ["b.c.example", "c.example"]


@pytest.mark.parametrize(
    "text",
    ["http://" * 50_000, "a." * 200_000, "@" * 200_000, "%25" * 100_000, ":" * 200_000, "https://a" + "(" * 99_999],
)
def test_hostile_text_ends(text):
    assert len(urls_in(text)) + len(domains_in(text)) + len(emails_in(text)) + len(ips_in(text)) < 20_000
    assert len(nested_urls("https://r.example/" + text[:8000])) <= 64


@pytest.mark.parametrize(
    ("text", "decoded"), [("a%2Eb%2e", "a.b."), ("%c3%bc", "ü"), ("%ff%", "\\xff%"), ("100%", "100%"), ("", "")]
)
def test_percent_decoded(text, decoded) -> None:
    assert percent_decoded(text) == decoded


def test_texts_that_are_urls():
    nested = {
        "a": ["https://a.test/x", "see https://b.test", {"b": "tel://+15550100", "c": 5}],
        "http://key.test": None,
    }
    assert list(whole_urls(nested)) == ["https://a.test/x", "tel://+15550100"]
    assert list(whole_urls(b"https://a.test")) == []


@pytest.mark.parametrize(("length", "host"), [(65_535, "example.org"), (65_536, "example.org"), (65_537, None)])
def test_a_host_behind_a_long_user_at_below_and_above_the_bound(length, host):
    """What is cut within the name of the host is no other host."""
    authority = "example.org".rjust(length - 1, "u").replace("uexample", "u@example", 1)
    assert len(authority) == length
    assert (host_of(f"https://{authority}"), host_at(authority)) == (host, host)
    assert host_of(f"https://{authority[1:]}/" + "p" * 70_000) == "example.org"


@pytest.mark.parametrize("count", [63, 64, 65])
def test_urls_inside_a_url_at_below_and_above_the_bound(count):
    inner = [f"https://a{n}.example.org" for n in range(count)]
    assert nested_urls("https://r.example.org/?" + "&".join(f"u={u}" for u in inner)) == inner[:64]


@pytest.mark.parametrize("count", [9_999, 10_000, 10_001])
def test_findings_at_below_and_above_the_bound(count):
    names = [f"a{n}@example.org" for n in range(count)]
    assert emails_in(" ".join(names)) == names[:10_000]


@pytest.mark.parametrize(("before", "is_found"), [(1_048_564, True), (1_048_565, True), (1_048_566, False)])
def test_a_text_at_below_and_above_the_bound(before, is_found):
    """What is cut within a domain is no other domain; what stands before it is found."""
    text = "https://first.example.org/".ljust(before) + "example.org"
    assert domains_in(text) == ["first.example.org", "example.org"][: 1 + is_found]
    assert domains_in(text + " more.example.org") == ["first.example.org", "example.org"][: 1 + is_found]
    assert urls_in(text[:-11] + "ftp://a.org") == ["https://first.example.org/", "ftp://a.org"][: 1 + is_found]
    assert emails_in("a@example.org".ljust(before) + "b@c.example") == ["a@example.org", "b@c.example"][: 1 + is_found]
    assert ips_in("192.0.2.1".ljust(before) + "192.0.2.111") == ["192.0.2.1", "192.0.2.111"][: 1 + is_found]


def test_a_long_text_of_one_word_is_looked_at():
    assert [host_of(u) for u in urls_in("https://example.org/" + "a" * 2_000_000)] == ["example.org"]
    assert urls_in(" " * 2_000_000 + "://") == []
