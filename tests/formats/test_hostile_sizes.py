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


def test_containers_of_a_property_list_that_lie_over_each_other() -> None:
    """Each of 64 lists claims a million elements, among them the next list."""
    said = run("""
        from struct import pack
        from bridle.formats import plist
        lists = [b"\\xaf\\x12" + pack(">IH", 1 << 20, number) for number in range(1, 65)]
        data = b"bplist00" + b"".join(lists) + b"\\x08" + b"\\xff" * (2 << 20)
        table = b"".join(pack(">I", 8 + 8 * number) for number in range(65))
        trailer = pack(">6xBBQQQ", 4, 2, 65, 0, len(data))
        print(refused(lambda: plist.loads(data + table + trailer)))
        """, memory=400 << 20)  # fmt: skip
    assert said.startswith("binary property list: object ")


def test_brackets_in_a_report_in_json() -> None:
    for unit in ('b"[" * 30 + b"]" * 30 + b","', """b'{"":' * 30 + b"0" + b"}" * 30 + b','"""):
        said = run(f"""
            from bridle.formats import ips
            unit = {unit}
            data = b'{{"bug_type": "1"}}\\n{{"a": [' + unit * (50_000_000 // len(unit)) + b"0]}}"
            print(refused(lambda: ips.load(Stored(data))))
            """)
        assert said == "report: expected at most 5000000 values, got more"


def test_as_many_values_in_a_report_as_are_read() -> None:
    count = run("""
        from bridle.formats import ips
        data = b'{"bug_type": "1"}\\n{"a": [' + b'{"":0},' * 2_499_990 + b"0]}"
        print(len(ips.load(Stored(data)).body["a"]))
        """)
    assert count == "2499991"


def test_bytes_that_are_no_text_in_a_report() -> None:
    said = run("""
        from bridle.formats import ips
        data = b'{"bug_type": "1"}\\n{"a": "' + b"\\xff" * 50_000_000 + b'"}'
        print(len(ips.load(Stored(data)).body["a"]))
        """)
    assert said == "200000000"


def test_bytes_that_are_no_text_in_a_property_list() -> None:
    said = run("""
        from bridle.formats import plist
        data = b"<plist><array><string>" + b"\\xff" * 50_000_000 + b"</string></array></plist>"
        print(plist.loads(data)[0].reason[:23])
        """)
    assert said == "expected UTF-8 text, go"
