"""Browsers, caches and cookies on real files, against what other tools say of them (struct, sqlite3, plistlib)."""

from __future__ import annotations

from datetime import UTC, datetime

from corpus import CORPUS, needs_corpus
from real import ILEAPP, MVT, counts, of, read, read_zipped

pytestmark = needs_corpus

COOKIES = CORPUS / "ios" / "dtformats" / "test_data" / "Cookies.binarycookies"
SAFARI_CACHE = ILEAPP / "safariCache" / "testdata.safariCache.safariCache.mvs_ios_2023.zip"
QUIRKS = "https://configuration.apple.com/configurations/internetservices/safari/AutoFillQuirks-1.plist"


def test_cookies_of_a_computer() -> None:
    found = read("ios.cookies", COOKIES)
    assert counts(found) == {"Cookie": 91}
    assert sum(c.is_secure for c in found) == 2
    assert sum(c.is_http_only for c in found) == 7
    assert len({c.domain for c in found}) == 29
    first = found[0]
    assert (first.domain, first.name, first.path, first.value_length) == (
        "en.wikipedia.org",
        "centralnotice_bucket",
        "/",
        5,
    )
    assert (first.created, first.expires) == (
        datetime(2013, 7, 8, 17, 24, 28, tzinfo=UTC),
        datetime(2013, 7, 15, 17, 24, 28, tzinfo=UTC),
    )


def test_tabs_of_a_backup() -> None:
    found = read("ios.safari_browser_state", MVT / "3a" / "3a47b0981ed7c10f3e2800aa66bac96a3b5db28e")
    assert counts(found) == {"Window": 1, "Tab": 1, "Session": 1}
    (tab,) = of(found, "Tab")
    assert (tab.url, tab.private) == ("https://en.wikipedia.org/wiki/NSO_Group", False)
    assert tab.last_viewed == datetime(2021, 9, 29, 8, 56, 46, 156382, tzinfo=UTC)
    assert of(found, "Session")[0].size is None


def test_the_cache_of_safari() -> None:
    found = read_zipped("ios.url_cache", SAFARI_CACHE, "com.apple.mobilesafari/Cache.db")
    assert counts(found) == {"Response": 1, "Exchange": 1, "Body": 1}
    (response,), (exchange,), (body,) = (of(found, name) for name in ("Response", "Exchange", "Body"))
    assert (response.url, response.time) == (QUIRKS, datetime(2022, 11, 21, 20, 22, 2, tzinfo=UTC))
    assert (exchange.response_url, exchange.request_url, exchange.method) == (QUIRKS, QUIRKS, "GET")
    assert exchange.response_time == datetime(2022, 11, 21, 20, 22, 2, 657121, tzinfo=UTC)
    assert (exchange.status, exchange.mime_type, exchange.document_url) == (200, "text/xml", None)
    assert '"Server": "Apache"' in exchange.response_headers
    assert "__hhaa__" not in exchange.response_headers + exchange.request_headers
    assert (body.is_in_file, body.file_name) == (True, "C59437F6-C2B2-4F0B-BF90-177ACBB893C0")
