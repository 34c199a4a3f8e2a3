"""Tables: CSV in its dialects, and flat JSON."""

import json

import pytest
from feed_files import refused, told

from bridle.indicators import Related, load


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["feed.csv", "feed.txt", "feed.tsv"])
def test_any_separator_under_any_name(tmp_path, separator, name):
    rows = [["Comment", "IP Address", "Domain_Name"], ["c2", "198.51.100.7", "lure.example"], ["", "", "b.example"]]
    text = "# a feed of somebody\n\n" + "\n".join(separator.join(r) for r in rows) + "\n"
    values, warnings = told(tmp_path, name, text)
    assert values == [("domain", "b.example"), ("domain", "lure.example"), ("ip-address", "198.51.100.7")]
    assert warnings == [("note", "line 3", "columns that are not read: Comment")]


def test_places_are_lines_of_the_file(tmp_path):
    text = 'domain,note\nok.example,"two\nlines"\n# a comment, here\nno domain,\n'
    values, warnings = told(tmp_path, "feed.csv", text)
    assert values == [("domain", "ok.example")]
    assert ("error", "line 5", "expected a domain, got 'no domain'") in warnings
    (i,) = load([tmp_path]).indicators
    assert i.place == "line 2"


def test_a_header_behind_a_comment_sign(tmp_path):
    assert told(tmp_path, "feed.csv", "#type,value\ndomain,lure.example\n")[0] == [("domain", "lure.example")]


FULL = """value;type;tlp;confidence;family;operator;reference;valid_from;valid_until;to_ids;surfaces
lure[.]example;domain;amber;high;Example;Group;https://report.example/;2026-01-01;2026-12-31;1;visited message
bh2;process;TLP:RED;80%;;;;;;true;network-user
gone.example;domain;;;;;;;;0;
odd.example;domain;purple;much;;;;soon;;1;space
"""


def test_all_that_a_row_may_say(tmp_path):
    values, warnings = told(tmp_path, "feed.csv", FULL)
    assert values == [("domain", "lure.example"), ("domain", "odd.example"), ("process-name", "bh2")]
    by = {i.value: i for i in load([tmp_path]).indicators}
    lure = by["lure.example"]
    assert (lure.shown, lure.tlp, lure.confidence, lure.campaigns) == ("lure[.]example", "TLP:AMBER", 85, ("Example",))
    assert lure.related == (
        Related(role="product", name="Example", feed="feed.csv"),
        Related(role="operator", name="Group", feed="feed.csv"),
        Related(role="report", name="https://report.example/", feed="feed.csv"),
    )
    assert (lure.valid_from, lure.valid_until) == ("2026-01-01", "2026-12-31")
    assert lure.surfaces == {"visited", "message"}
    assert (by["bh2"].tlp, by["bh2"].confidence, by["bh2"].surfaces) == ("TLP:RED", 80, {"network-user"})
    odd = by["odd.example"]
    assert (odd.tlp, odd.confidence, odd.valid_from, odd.surfaces) == ("TLP:RED", None, None, None)
    assert [(s, p, r[:60]) for s, p, r in warnings] == [
        ("warning", "line 5", "the marking 'purple' is none of TLP 2.0; the value is held a"),
        ("warning", "line 5", "expected a date such as 2026-01-31, got 'soon'; the value is"),
        ("warning", "line 5", "'space' is no surface; expected some of contacted, crash, fi"),
        ("note", "line 2", "values are written so that they cannot be clicked, and are r"),
        ("warning", "line 4", "values are marked `to_ids: false`, which says that they are "),
        ("warning", "line 5", "confidences are not numbers from 0 to 100, and are not used"),
    ]


@pytest.mark.parametrize(
    ("given", "value", "expected"),
    [
        ("domain|ip", "lure.example|198.51.100.7", [("domain", "lure.example"), ("ip-address", "198.51.100.7")]),
        ("ip-dst|port", "198.51.100.7|443", [("ip-address", "198.51.100.7")]),
        ("filename|sha256", "a.bin|" + "a" * 64, [("file-name", "a.bin"), ("sha256", "a" * 64)]),
        ("domain-name:value", "lure.example", [("domain", "lure.example")]),
        ("file:hashes.'SHA-256'", "a" * 64, [("sha256", "a" * 64)]),
        ("Email_Address", "a@lure.example", [("email", "a@lure.example")]),
        ("process-name", "bh2", [("process-name", "bh2")]),
        ("", "198.51.100.7", [("ip-address", "198.51.100.7")]),
    ],
)
def test_types(tmp_path, given, value, expected):
    assert told(tmp_path, "feed.csv", f"type,value\n{given},{value}\n")[0] == expected


@pytest.mark.parametrize(
    ("given", "value", "severity", "reason"),
    [
        (
            "link",
            "https://news.example/",
            "note",
            "values of types such as links, comments and registrants tell of ",
        ),
        ("mutex", "abc", "error", "values of type mutex are not looked for: phones record no mutexes"),
        ("colour", "red", "error", "the type 'colour' is not known"),
        ("domain|ip", "lure.example", "error", "a value of type 'domain|ip' has 2 parts with `|` between them, got "),
    ],
)
def test_types_that_are_not_looked_for(tmp_path, given, value, severity, reason):
    text = f"type,value\ndomain,ok.example\n{given},{value}\n"
    values, ((found, place, why),) = told(tmp_path, "feed.csv", text)
    assert (values, found, place) == ([("domain", "ok.example")], severity, "line 3")
    assert why.startswith(reason)


def test_without_a_header_the_first_column_is_read(tmp_path):
    values, warnings = told(tmp_path, "feed.csv", "lure.example,198.51.100.7\nb.example,198.51.100.8\n")
    assert values == [("domain", "b.example"), ("domain", "lure.example")]
    assert warnings == [("note", "line 1", "there is no header: the first column is read")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("url,category_code,category_description,date_added,source,notes\nhttps://news.example/,NEWS,,,,\n",
         "a list of sites whose reachability is tested, no attackers'"),
        (f"{'a' * 32},5cd56487-0b50-4e81-b7eb-651f0a14d415\n", "the digests of a MISP feed (hashes.csv)"),
        ("ts\tid.orig_h\tid.resp_h\thost\n1\t198.51.100.7\t198.51.100.8\ta.example\n",
         "a log of connections (it has ports of both sides), not a feed of indicators"),
        ("year,title,link\n2012,A report,https://report.example/\n", "a CSV feed needs a header with"),
    ],
)  # fmt: skip
def test_tables_that_are_no_feeds(tmp_path, text, reason):
    assert refused(tmp_path, "table.csv", text).startswith(reason)


def test_one_object_a_line(tmp_path):
    rows = [
        {"type": "domain", "ioc": "lure.example", "family": "Example", "country": "XX"},
        {"ip": "198.51.100.7", "confidence": 40},
        {"type": "domain", "ioc": None},
    ]
    values, warnings = told(tmp_path, "feed.json", "\n".join(json.dumps(r) for r in rows) + "\nnot json\n")
    assert values == [("domain", "lure.example"), ("ip-address", "198.51.100.7")]
    assert warnings == [("error", "line 4", "expected a JSON object, got 'not json'")]
    assert [(i.place, i.campaigns, i.confidence) for i in load([tmp_path]).indicators] == [
        ("line 1", ("Example",), None),
        ("line 2", (), 40),
    ]


def test_a_log_of_connections_is_no_feed(tmp_path):
    row = {"srcport": 50000, "dstport": 443, "domain": "lure.example"}
    reason = "a log of connections (it has ports of both sides), not a feed of indicators"
    assert refused(tmp_path, "log.json", json.dumps([row])) == reason
    c2 = {"dst_ip": "198.51.100.7", "dst_port": 443, "malware": "Example"}
    assert told(tmp_path, "c2.json", json.dumps([c2]))[0] == [("ip-address", "198.51.100.7")]


def test_an_array_of_objects(tmp_path):
    rows = [{"domain": "lure.example"}, 7, {"domain": "no domain"}]
    values, warnings = told(tmp_path, "feed.json", json.dumps(rows))
    assert values == [("domain", "lure.example")]
    assert warnings == [
        ("error", "/1", "expected an object, got 7"),
        ("error", "/2", "expected a domain, got 'no domain'"),
    ]
    assert refused(tmp_path, "other.json", '[{"a": 1}]').startswith("not a STIX bundle, a MISP event, or objects")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_any_system(tmp_path, end):
    text = end.join(["domain,note", "ok.example,x", "no domain,y", ""])
    values, warnings = told(tmp_path, "feed.csv", text)
    assert values == [("domain", "ok.example")]
    assert ("error", "line 3", "expected a domain, got 'no domain'") in warnings


def test_an_end_of_line_within_the_first_line_does_not_end_the_reading_of_feeds(tmp_path):
    (tmp_path / "a.txt").write_text("alert dns any any\r -> x, y\nlure.example\n", "utf-8", newline="")
    (tmp_path / "b.txt").write_text("ok.example\n", "utf-8")
    assert "ok.example" in {i.value for i in load([tmp_path]).indicators}
