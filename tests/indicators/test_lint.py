"""What lint says of a feed: each problem with its severity and place, and nothing of what is in order."""

import json
from datetime import date

import pytest
from feed_files import told

from bridle.indicators import Indicator, lint, load
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.too_general import too_general

TODAY = date(2026, 6, 1)
PRIVATE = "an address of no host on the internet: it is used inside networks of every kind, or for nothing"
UNSAID = ("no TLP marking", "no confidence")


def problems(tmp_path, name, text, today=TODAY):
    (tmp_path / name).write_text(text, "utf-8")
    return [(p.severity, p.place, p.reason) for p in lint(tmp_path / name, today) if not p.reason.endswith(UNSAID)
            and "no TLP marking" not in p.reason]  # fmt: skip


def test_a_feed_in_order_has_no_problem(tmp_path):
    text = "type,value,tlp,confidence\ndomain,lure.example,CLEAR,80\nip,198.51.100.7,GREEN,50\n"
    (tmp_path / "feed.csv").write_text(text)
    assert lint(tmp_path / "feed.csv", TODAY) == []


def test_what_a_feed_does_not_say_is_a_note(tmp_path):
    (tmp_path / "list.txt").write_text("lure.example\nb.example\n")
    assert [(p.severity, p.place, p.reason) for p in lint(tmp_path / "list.txt")] == [
        ("note", "list.txt", "2 of 2 indicators have no TLP marking: they may be shown to everybody"),
        ("note", "list.txt", "2 of 2 indicators have no confidence"),
    ]


def test_duplicates_and_what_others_cover(tmp_path):
    text = """lure.example
a.lure.example
LURE.example
https://b.lure.example/x
a@lure.example
/private/var/tmp/x2/
/var/tmp/x2/a
198.51.100.7
http://198.51.100.7/a
"""
    assert problems(tmp_path, "list.txt", text) == [
        ("note", "line 3", "domain 'LURE.example' is also at line 1"),
        ("note", "line 2", "domain 'a.lure.example' is covered by domain 'lure.example' at line 1"),
        ("note", "line 4", "url 'https://b.lure.example/x' is covered by domain 'lure.example' at line 1"),
        ("note", "line 5", "email 'a@lure.example' is covered by domain 'lure.example' at line 1"),
        ("note", "line 7", "file-path '/var/tmp/x2/a' is covered by file-path '/private/var/tmp/x2/' at line 6"),
        ("note", "line 9", "url 'http://198.51.100.7/a' is covered by ip-address '198.51.100.7' at line 8"),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "refused"),
    [
        ("domain", "com.mx", True),
        ("domain", "co.uk", True),
        ("domain", "me.uk", True),
        ("domain", "google.com", True),
        ("domain", "www.apple.com", True),
        ("domain", "whatsapp.net", True),
        ("domain", "cloudfront.net", True),
        ("domain", "bit.ly", False),
        ("domain", "github.io", False),
        ("domain", "ddns.net", False),
        ("domain", "lure.com.mx", None),
        ("domain", "alloogle.com", None),
        ("ip-address", "10.1.2.3", True),
        ("ip-address", "192.168.0.0/24", True),
        ("ip-address", "0.0.0.0", True),
        ("ip-address", "0.0.0.0/0", True),
        ("ip-address", "11.0.0.0/8", True),
        ("ip-address", "::1", True),
        ("ip-address", "fe80::1", True),
        ("ip-address", "2000::/3", True),
        ("ip-address", "8.8.8.8", False),
        ("ip-address", "17.253.1.1", False),
        ("ip-address", "198.51.100.7", None),
        ("ip-address", "198.51.100.0/24", None),
        ("ip-address", "2001:db8::/32", None),
        ("md5", "D41D8CD98F00B204E9800998ECF8427E", True),
        ("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709", True),
        ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", True),
        ("sha256", "a" * 64, None),
        ("file-path", "/private/var/tmp", True),
        ("file-path", "/private/var/tmp/l/", None),
        ("file-path", "/private/", True),
        ("file-path", "/var/mobile/Library/", True),
        ("file-path", "/data/local/tmp/", True),
        ("file-path", "/data/local/tmp/wd/", None),
        ("file-name", "Info.plist", True),
        ("file-name", "config.json", False),
        ("process-name", "launchd", True),
        ("process-name", "launchafd", None),
        ("app-id", "com.WhatsApp", True),
        ("cert", "61:ED:37:7E:85:D3:86:A8:DF:EE:6B:86:4B:D8:5B:0B:FA:A5:AF:81", False),
    ],
)
def test_values_that_ordinary_devices_match(kind, value, refused):
    found = too_general(Indicator(kind=kind, value=NORMALISE[kind](value), shown=value, feeds=("f",)))
    assert (found.refused if found else None) == refused


def test_what_every_device_matches_is_not_looked_for(tmp_path):
    text = "lure.example\ngoogle.com\nbit.ly\n10.0.0.1\n"
    values, warnings = told(tmp_path, "list.txt", text)
    assert values == [("domain", "bit.ly"), ("domain", "lure.example")]
    assert warnings == [
        ("error", "line 2", "domain 'google.com' is not looked for: ordinary phones contact it by themselves"),
        ("error", "line 4", f"ip-address '10.0.0.1' is not looked for: {PRIVATE}"),
    ]
    assert [(s, p) for s, p, _ in problems(tmp_path, "list.txt", text)] == [
        ("error", "line 2"),
        ("error", "line 4"),
        ("warning", "line 3"),
    ]


def test_a_user_may_insist(tmp_path):
    (tmp_path / "list.txt").write_text("google.com\n")
    (tmp_path / "surfaces.toml").write_text(
        '[[indicator]]\nkind = "domain"\nvalues = ["google.com"]\nsurfaces = ["message"]\nwhy = "a trial"\n'
    )
    (i,) = load([tmp_path]).indicators
    assert (i.value, i.surfaces) == ("google.com", {"message"})
    assert [p.severity for p in lint(tmp_path) if "too general" in p.reason] == ["warning"]


def test_names_of_system_programs_and_short_names(tmp_path):
    text = "# kind: process-name\nABDatabaseDoctor\nxy\nBackupAgent\nbh\nexampled\n"
    assert [x[:2] for x in problems(tmp_path, "list.txt", text)] == [("warning", "line 2"), ("warning", "line 3")]


def test_validity(tmp_path):
    text = """type,value,valid_from,valid_until,revoked
domain,a.example,2026-01-01,2026-03-01,
domain,b.example,2026-09-01,,
domain,c.example,2026-03-01,2026-01-01,
domain,d.example,2026-01-01,2026-12-31,
domain,e.example,,,true
"""
    assert problems(tmp_path, "feed.csv", text) == [
        ("warning", "line 2", "domain 'a.example' was valid until 2026-03-01"),
        ("warning", "line 4", "domain 'c.example' is valid until 2026-01-01, before 2026-03-01"),
        ("note", "line 3", "domain 'b.example' is valid from 2026-09-01"),
        ("note", "line 6", "domain 'e.example' is revoked, and not looked for"),
    ]
    assert [x[1] for x in problems(tmp_path, "feed.csv", text, None)] == ["line 4", "line 6"]


def test_markings_that_contradict_each_other(tmp_path):
    (tmp_path / "a.csv").write_text("domain,tlp,confidence\nlure.example,RED,1\n")
    (tmp_path / "b.csv").write_text("domain,tlp,confidence\nlure.example,CLEAR,1\nb.example,CLEAR,1\n")
    assert [(p.feed, p.severity, p.place, p.reason) for p in lint(tmp_path, TODAY)] == [
        ("b.csv", "warning", "line 2", "domain 'lure.example' is TLP:CLEAR here and TLP:RED in a.csv"),
        ("b.csv", "note", "b.csv", "1 of 2 indicators are also in a.csv; findings name both"),
    ]


def test_look_alike_names(tmp_path):
    cyrillic = "p\u0430ypal.example"
    assert problems(tmp_path, "list.txt", f"{cyrillic}\nm\u00fcnchen.example\n\u65e5\u672c\u306e.example\n") == [
        ("note", "line 1", f"domain {cyrillic!r} mixes the scripts CYRILLIC and LATIN in one label"),
    ]


def test_a_url_without_a_path(tmp_path):
    assert problems(tmp_path, "list.txt", "https://lure.example/\nhttps://lure2.example/a\n") == [
        ("note", "line 1", "url 'https://lure.example/' is found only where it stands without a path"),
    ]


def test_an_object_of_stix_has_its_id_and_the_position(tmp_path):
    objects = [{"type": "indicator", "id": f"indicator--{n}", "pattern": f"[domain-name:value='{value}']"}
               for n, value in enumerate(("lure.example/x", "lure.example"), 1)]  # fmt: skip
    found = problems(tmp_path, "feed.stix2", json.dumps({"type": "bundle", "objects": objects}))
    assert found == [
        (
            "error",
            "indicator--1",
            "the pattern cannot be evaluated: character 2: expected a domain, got 'lure.example/x'",
        )
    ]


def test_advice(tmp_path):
    (tmp_path / "domains.txt").write_text("lure.example/x\nlure. example.org\n" + "a" * 64 + "\nok.example\n")
    assert [p.advice for p in lint(tmp_path / "domains.txt") if p.severity == "error"] == [
        "it has a path: publish it as a url, with http:// or https://",
        "take the blank out, if what is left is what was meant",
        "it looks like one of kind sha256: publish it as that",
    ]


def test_many_problems_of_one_sort_are_counted(tmp_path):
    found = problems(tmp_path, "list.txt", "lure.example\n" * 250)
    assert len(found) == 101
    assert found[0] == ("note", "line 2", "domain 'lure.example' is also at line 1")
    assert found[-1] == ("note", "list.txt", "149 more: listed twice")
