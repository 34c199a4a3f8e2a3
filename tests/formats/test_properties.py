"""What holds for every value, time, path, domain, address and phone number, whatever a file says."""

from __future__ import annotations

import posixpath
import re
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridle.evidence import domains
from bridle.evidence.archive import link_refused, name_of
from bridle.formats import jid, urls, values
from bridle.targets.numbers import cleaned

UNIX, COCOA, WEBKIT = (datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 2001, 1601))
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.datetimes(), st.lists(st.text()),
    st.dictionaries(st.text(), st.integers()), st.just(10**400), st.just(-(10**400)), st.just(10**5000),
)  # fmt: skip
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True).filter(lambda x: not x.startswith("xn--"))
DOMAIN = st.builds(lambda labels, top: ".".join((*labels, top)), st.lists(LABEL, min_size=1, max_size=4),
                   st.sampled_from(("org", "com", "example", "uk")))  # fmt: skip
NAMES = st.one_of(
    st.text(), st.lists(st.sampled_from(("..", ".", "", "a", "...", "C:", "\\", "\0", "ü")), max_size=8).map("/".join)
)
often = settings(max_examples=60, deadline=None, derandomize=True)

READERS: dict[str, type] = {
    "text": str, "text_or_utf8": str, "integer": int, "real": float, "truth": bool, "blob": bytes, "cocoa": datetime,
    "cocoa_or_nanoseconds": datetime, "unix": datetime, "cocoa_or_unix": datetime, "unix_milliseconds": datetime,
    "unix_microseconds": datetime, "unix_nanoseconds": datetime, "webkit": datetime, "texts": tuple, "keys": tuple,
    "naive_utc": datetime, "hexadecimal": str, "utc_text": datetime, "length": int, "utf16_text": str,
}  # fmt: skip


@pytest.mark.parametrize("name", READERS)
@often
@given(value=ANYTHING)
@example(value=10**400)
@example(value=float("nan"))
@example(value=float("-inf"))
def test_a_reader_gives_its_type_or_a_value_error(name: str, value: Any) -> None:
    try:
        found = getattr(values, name)(value)
    except ValueError as e:
        assert len(str(e)) < 200
        return
    assert type(found) is READERS[name]
    if isinstance(found, datetime):
        assert found.tzinfo is UTC
    if type(found) is int:
        assert -(2**63) <= found < 2**63


@pytest.mark.parametrize(
    ("read", "epoch", "per_second"),
    [
        (values.unix, UNIX, 1),
        (values.unix_milliseconds, UNIX, 10**3),
        (values.unix_microseconds, UNIX, 10**6),
        (values.unix_nanoseconds, UNIX, 10**9),
        (values.webkit, WEBKIT, 10**6),
        (values.cocoa, COCOA, 1),
    ],
)
@often
@given(number=st.integers(-(2**63), 2**63 - 1))
def test_a_count_since_an_epoch_is_exact_to_the_microsecond(
    read: Any, epoch: datetime, per_second: int, number: int
) -> None:
    micros = number * 10**6 // per_second
    if (FIRST - epoch) // MICROSECOND <= micros <= (LAST - epoch) // MICROSECOND:
        assert (read(number) - epoch) // MICROSECOND == micros
    else:
        with pytest.raises(ValueError, match=r"expected \w+ since"):
            read(number)


@often
@given(micros=st.integers(-(2**50), 2**50))
def test_seconds_as_a_float_are_exact_to_the_microsecond(micros: int) -> None:
    assert values.cocoa(micros / 10**6) == COCOA + timedelta(microseconds=micros)


@often
@given(nanos=st.integers(10**12 + 1, 2**62))
def test_more_than_a_million_million_are_nanoseconds(nanos: int) -> None:
    assert values.cocoa_or_nanoseconds(nanos) == COCOA + timedelta(microseconds=nanos // 1000)
    assert values.cocoa_or_nanoseconds(10**12 // 100) == COCOA + timedelta(seconds=10**10)


@often
@given(stored=st.one_of(NAMES, st.binary()), absolute=st.booleans())
@example(stored="a" * 4093 + "/..x", absolute=False)
@example(stored="/" * 5000, absolute=True)
@example(stored=b"\xff/../\x00", absolute=False)
def test_no_name_leads_out_of_its_folder(stored: str | bytes, absolute: bool) -> None:
    found = name_of(stored, absolute=absolute)
    assert not {"..", "."} & set(found.path.split("/"))
    assert not found.path or "" not in found.path.split("/")
    assert len(found.path) <= 4096 >= len(found.shown)
    assert re.search("[\x00-\x1f\x7f\ud800-\udfff]", found.path + found.shown) is None
    text = stored if isinstance(stored, str) else stored.decode("utf-8", "surrogateescape")
    if ".." in text.split("/") or "\0" in text:
        assert found.refused is not None


@often
@given(name=NAMES)
def test_any_text_is_one_component_of_a_path(name: str) -> None:
    made = domains.component(name)
    assert made not in ("", ".", "..")
    assert "/" not in made


@often
@given(folder=st.lists(st.sampled_from(("a", "b")), max_size=3).map("/".join), target=NAMES)
def test_a_link_that_leads_out_is_refused(folder: str, target: str) -> None:
    place = posixpath.join(folder, "link")
    leads_to = posixpath.normpath(posixpath.join(folder, target))
    if leads_to == ".." or leads_to.startswith(("../", "/")):
        assert link_refused(place, target, absolute=False) is not None


@often
@given(
    host=DOMAIN, port=st.integers(0, 65535), user=st.sampled_from(("", "a@", "a:b@", "example.net@")), dot=st.booleans()
)
def test_the_host_of_a_url_is_what_stands_in_it(host: str, port: int, user: str, dot: bool) -> None:
    url = f"HTTPS://{user}{host.upper()}{'.' * dot}:{port}/p?q=//other.example#f"
    assert urls.host_of(url) == host
    assert urls.normalised_host(host.upper()) == host
    assert urls.is_domain(host)


@often
@given(host=DOMAIN)
def test_a_domain_in_a_text_is_found_and_its_parents_end_it(host: str) -> None:
    assert urls.domains_in(f"see ({host.upper()}), please") == [host]
    assert urls.urls_in(f"see http://{host}/a, please") == [f"http://{host}/a"]
    found = urls.parents(host)
    assert len(found) == max(0, host.count(".") - 1)
    assert all(host.endswith(f".{p}") and "." in p for p in found)


@often
@given(text=st.text(), front=st.sampled_from(("", "http://", "x@", "https://[", "//", "http://%")))
@example(text="\ud800.example", front="http://")
@example(text="\u0130" * 300, front="http://")
def test_any_text_can_be_searched(text: str, front: str) -> None:
    given_text = front + text
    for url in urls.urls_in(given_text):
        assert url in given_text
        assert urls.host_of(url)
    for domain in urls.domains_in(given_text):
        assert urls.is_domain(domain)
        assert domain == domain.lower()
    assert all("@" in e for e in urls.emails_in(given_text))
    assert all(urls.host_of(u) for u in urls.nested_urls(given_text))
    host = urls.normalised_host(text)
    assert host is None or urls.normalised_host(host) == host


@often
@given(address=st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_an_address_in_a_text_is_found(address: IPv4Address | IPv6Address) -> None:
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or int(address) < 2**32):
        return
    assert urls.ips_in(f"from {address}, twice: {address}.") == [str(address)]


SCRIPTS = (0x30, 0x660, 0x6F0, 0x966, 0xFF10)
"""Zeros: ASCII, Arabic, Persian, Devanagari, full width."""


@often
@given(
    digits=st.from_regex(r"1[2-9][0-9]{9}", fullmatch=True),
    script=st.sampled_from(SCRIPTS),
    between=st.sampled_from(("", " ", "-", ".", "\u2011", "\u200e")),
    front=st.sampled_from(("+", "00", "tel:+", "=+", '"+')),
)
def test_a_number_is_the_same_in_any_script_and_with_any_separator(
    digits: str, script: int, between: str, front: str
) -> None:
    written = between.join(chr(script + int(d)) for d in digits)
    assert cleaned(front + written).digits == digits


@often
@given(raw=st.one_of(st.text(), st.text("+0123456789()-. x#\u0663\u200e;=", max_size=40)))
@example(raw="9" * 4000)
@example(raw="\ud800+12025550101")
@example(raw="+1\u00b2025550101")
def test_any_cell_is_a_number_or_none(raw: str) -> None:
    for region in (None, "US"):
        found = cleaned(raw, region)
        assert found.digits is None or re.fullmatch(r"[0-9]{1,250}", found.digits)
        assert found.digits is None or found.national or re.fullmatch(r"[1-9][0-9]{4,14}", found.digits)


@often
@given(
    digits=st.text("0123456789\u0663\u06f4\uff15", min_size=5, max_size=15),
    kind=st.sampled_from(("s.whatsapp.net", "lid")),
)
def test_what_an_identifier_holds_is_ascii(digits: str, kind: str) -> None:
    stored = f"{digits}@{kind}"
    found = jid.phone_number(stored) or jid.lid(stored)
    assert (found is not None) == digits.isascii()
    assert found is None or re.fullmatch(r"\+?[0-9]{5,15}", found)
