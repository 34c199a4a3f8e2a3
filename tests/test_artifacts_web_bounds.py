"""What the files of browsers can ask of a parser: at, below and above each bound."""

from __future__ import annotations

import json
import plistlib
import struct
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, database, rows
from bridle import artifacts
from bridle.core import FormatError, Gap
from made_webkit import make

SITE = '["https", "a.test", {"truth": false}]'


def test_an_origin_of_at_most_64_kibibytes() -> None:
    site = make(SITE)
    for more, wanted in [(-1, "Gap"), (0, "Gap"), (1, None)]:
        stored = Stored(site + site + bytes((64 << 10) + more - 2 * len(site)))
        if wanted is None:
            with pytest.raises(FormatError, match="at most 65536 bytes of an origin, got 65537"):
                rows(artifacts.load("ios.webkit_origin"), stored)
        else:
            found = rows(artifacts.load("ios.webkit_origin"), stored)
            assert [type(r).__name__ for r in found] == ["Origin", wanted]


@pytest.mark.parametrize(("length", "is_read"), [(200_000, True), (300_000, False)])
def test_an_address_in_the_beginning_of_a_record(length, is_read) -> None:
    url = "https://a.test/" + "a" * (length - 15)
    record = make(json.dumps([{"u32": 16}, "a.test", "Resource", url, None, {"hash": 7}]))
    stored = Stored(record, PurePosixPath("/private/var/" + "07" * 20))
    if not is_read:
        with pytest.raises(FormatError, match="expected 300000 bytes"):
            rows(artifacts.load("ios.network_cache"), stored)
        return
    found = rows(artifacts.load("ios.network_cache"), stored)
    assert (found[0].url, found[1].locator) == (url, "metadata")


def exchange(headers: dict[str, str]):
    answer = plistlib.dumps({"Array": [{}, 0, 0, 200, headers]}).hex()
    stored = Stored(
        database(
            "CREATE TABLE cfurl_cache_response(entry_ID INTEGER PRIMARY KEY, request_key TEXT);"
            "CREATE TABLE cfurl_cache_blob_data(entry_ID INTEGER PRIMARY KEY, response_object BLOB);"
            f"INSERT INTO cfurl_cache_blob_data VALUES (1, x'{answer}');"
        )
    )
    found, *_ = rows(artifacts.load("ios.url_cache"), stored)
    return json.loads(found.response_headers)


@pytest.mark.parametrize("count", [999, 1000, 1001])
def test_a_thousand_header_fields(count) -> None:
    assert len(exchange({f"H{n:04}": "v" for n in range(count)})) == min(count, 1000)


@pytest.mark.parametrize("length", [8191, 8192, 8193])
def test_the_beginning_of_a_header_field(length) -> None:
    assert len(exchange({"H": "v" * length})["H"]) == min(length, 8192)


@pytest.mark.parametrize(
    "name",
    ["Cookie", "Set-Cookie", "Authorization", "proxy-authorization", "X-Auth-Token", "X-Api-Key", "X-Session-Id"],
)
def test_what_lets_somebody_in_is_not_kept(name) -> None:
    assert exchange({name: "secret", "Server": "nginx"}) == {name: "(6 characters)", "Server": "nginx"}


def test_the_value_of_a_cookie_is_nowhere() -> None:
    from made_binarycookies import make as cookies

    page = [{"domain": "a.test", "name": "n", "path": "/", "value": "needle", "expires": 1, "created": 1}]
    stored = Stored(cookies(json.dumps([page])))
    assert b"needle" in stored.content
    assert "needle" not in repr(rows(artifacts.load("ios.cookies"), stored))


def test_a_page_of_cookies_that_is_too_large_is_a_gap() -> None:
    head = b"cook" + struct.pack(">II", 1, (4 << 20) + 1)
    (found,) = rows(artifacts.load("ios.cookies"), Stored(head + bytes(8)))
    assert (type(found), found.locator) == (Gap, "page 1")


def test_a_local_storage_that_nothing_was_written_to_is_no_damage() -> None:
    assert rows(artifacts.load("ios.local_storage"), Stored(b"")) == []
    with pytest.raises(FormatError):
        rows(artifacts.load("ios.local_storage"), Stored(b"", siblings={"-wal": b"damaged"}))
