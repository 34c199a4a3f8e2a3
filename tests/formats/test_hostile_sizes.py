"""Bytes made to cost a reader far more than they are: each took minutes or gigabytes before it was bounded."""

from __future__ import annotations

from bounded import run


def test_long_names_of_many_small_members_of_gzip() -> None:
    said = run("""
        from bridle.formats import gzipped
        member = b"\\x1f\\x8b\\x08\\x08" + bytes(6) + b"a" * 60_000 + b"\\0" + b"\\x03\\0" + bytes(8)
        print(refused(lambda: gzipped.plain(Stored(member * 800))))
        """)
    assert said == "gzip: nothing is in it"


def test_brackets_behind_an_address() -> None:
    found = run("""
        from bridle.formats import urls
        text = ("http://example.org/" + ")" * 8_000 + " ") * 125
        print(*urls.urls_in(text))
        for _ in range(20):
            urls.urls_in(text)
        """)
    assert found == "http://example.org/"


def test_brackets_behind_many_addresses_inside_an_address() -> None:
    count = run("""
        from bridle.formats import urls
        inner = "".join(f"http://c{i}.example.org/" for i in range(64)) + ")" * 6_000
        print(*{len(urls.nested_urls("http://example.org/" + inner)) for _ in range(20)})
        """)
    assert count == "64"
