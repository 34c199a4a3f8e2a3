"""The page is made of what it is given, escapes evidence, and is the same bytes every time."""

import base64
import csv
import hashlib
import html
import json
import re

from bridle.report.content import Content
from bridle.report.exports import csv as csv_form
from bridle.report.exports import stix
from bridle.report.html import human_bytes, moment, render, visible

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202eevil\"'&"


def finding(**changes):
    base = {
        "id": "f1",
        "rule": "indicator-domain",
        "title": "A message holds a listed domain",
        "level": "high",
        "stage": "targeting",
        "message": "The record shows lure.example.test",
        "explanation": "Because.",
        "false_positives": ["A newsletter."],
        "references": ["https://example.org/a"],
        "attack": ["T1660"],
        "first_seen": "2026-01-02T03:04:05Z",
        "last_seen": "2026-01-02T03:04:05Z",
        "count": 1,
        "indicator": {
            "kind": "domain",
            "value": "lure.example.test",
            "feeds": ["feed A"],
            "campaigns": ["C"],
            "tlp": None,
        },
        "surfaces": ["message"],
        "attribution": None,
        "corroborated_by": [],
        "acquisition_related": False,
        "evidence": [
            {
                "table": "ios.sms.message",
                "path": "/private/var/mobile/Library/SMS/sms.db",
                "sha256": "ab" * 32,
                "locator": "message:7",
                "time": "2026-01-02T03:04:05Z",
                "values": {"text": "see lure.example.test"},
            }
        ],
    }
    return base | changes


def content(findings, **changes):
    summary = {
        "verdict": {
            "verdict": "traces of targeting",
            "text": "traces of targeting",
            "why": "One finding of targeting.",
        },
        "findings": {"critical": 0, "high": len(findings), "medium": 0, "low": 0, "informational": 0},
        "coverage": {
            "artifacts": {"examined": 1, "partly": 0, "not examined": 8},
            "rules": {"examined": 2, "partly": 0, "not examined": 1},
            "files": {"parsed": 1},
        },
        "log_horizon": {"first": "2026-01-01T00:00:00Z", "last": "2026-01-03T00:00:00Z"},
        "rows": 1234,
        "gaps": 1,
        "problems": [],
        "feeds_not_loaded": [],
        "synthetic": False,
        "consent": "recorded",
        "exit": 1,
    }
    meta = {
        "case": {"bridle": "0.1.0"},
        "device": {"model": "iPhone14,5", "os_version": "16.5"},
        "rules": {"digest": "00" * 32},
        "sources": [
            {
                "id": "S1",
                "label": "phone",
                "kind": "itunes-backup",
                "digest": "11" * 32,
                "encrypted": True,
                "synthetic": False,
            }
        ],
    }
    coverage = {
        "artifacts": {
            "ios.sms": {
                "status": "examined",
                "why": None,
                "rows": 1234,
                "gaps": 1,
                "first": "2026-01-01T00:00:00Z",
                "last": None,
            }
        },
        "rules": {"r1": {"status": "not examined", "why": "no table ios.tcc.access"}},
        "feeds": [{"name": "feed A", "digest": "22" * 32, "indicators": 3, "loaded": True, "reason": None}],
    }
    ledger = [("ios.sms", "parsed", "", 1, 1234, 1), ("", "not wanted", "", 5, 0, 0)]
    return Content(meta=meta, summary=summary | changes, findings=findings, coverage=coverage, ledger=ledger)


def test_a_finding_is_told_with_its_place_and_its_doubts():
    page = render(content([finding()]))
    for said in (
        "traces of targeting",
        "The record shows lure[.]example[.]test",
        "<i>text</i> <bdi>see lure[.]example[.]test</bdi>",
        "A newsletter.",
        "message:7",
        "/private/var/mobile/Library/SMS/sms.db",
        "ab" * 32,
        "https://example.org/a",
        "feed A",
        "no table ios.tcc.access",
        "1,234",
    ):
        assert said in page


GRADED = {
    "confidence": "medium",
    "attribution": {
        "product": {"name": "Example", "confidence": "low", "basis": "named by 2 sources <b>"},
        "operator": None,
    },
    "forgeable_by": ["sender", "user"],
    "tested": [
        {"explanation": "The text quotes it.", "outcome": "fits", "why": "12 hosts"},
        {"explanation": "Another device.", "outcome": "could not be tested", "why": "these acquisitions lack x"},
    ],
}


def test_how_it_was_graded_is_told():
    page = render(content([finding(**GRADED)]))
    for said in (
        "<dt>Confidence</dt><dd>medium</dd>",
        "<dd><bdi>Example</bdi>, with low confidence: <bdi>named by 2 sources &lt;b&gt;</bdi></dd>",
        "<dt>Operator</dt><dd>not named</dd>",
        "Anyone who sends a message or whoever holds the unlocked device could have caused all of this.",
        '<strong>Fits</strong>: <bdi>The text quotes it.</bdi> <span class="soft">(<bdi>12 hosts</bdi>)</span>',
        "<strong>Could not be tested</strong>: <bdi>Another device.</bdi>",
    ):
        assert said in page
    page = render(content([finding(confidence="high", forgeable_by=[], tested=[])]))
    assert "Not by a message, a page, the user or the examination alone" in page
    assert "none: no two independent sources name a product for it" in page
    assert "asked about" not in page


def test_how_it_was_graded_is_exported():
    row = finding(**GRADED)
    head, line = csv_form.render(content([row])).splitlines()
    told = dict(zip(head.split(","), next(csv.reader([line])), strict=True))
    assert {k: told[k] for k in ("confidence", "product", "operator", "forgeable_by", "fits", "path")} == {
        "confidence": "medium",
        "product": "Example",
        "operator": "",
        "forgeable_by": "sender, user",
        "fits": "The text quotes it.",
        "path": "/private/var/mobile/Library/SMS/sms.db",
    }
    objects = json.loads(stix.render(content([row])))["objects"]
    assert {o["confidence"] for o in objects if o["type"] in ("note", "sighting")} == {50}


def test_evidence_cannot_become_markup():
    row = {
        **finding()["evidence"][0],
        "path": HOSTILE,
        "locator": HOSTILE,
        "table": HOSTILE,
        "values": {HOSTILE: HOSTILE},
    }
    leg = {"name": HOSTILE, "stage": "targeting", "finding": "f2", "time": None, "attack": [HOSTILE]}
    texts = ("rule", "title", "level", "stage", "message", "explanation", "first_seen", "last_seen", "confidence")
    hostile = dict.fromkeys(texts, HOSTILE)
    lists = {k: [HOSTILE] for k in ("false_positives", "references", "attack", "surfaces", "corroborated_by")}
    given = content(
        [finding(**hostile, **lists, evidence=[row, {**row, "time": HOSTILE}], legs=[leg]), finding(id="f2")]
    )
    page = render(given)
    assert (page.count("<script"), page.count("</script"), page.count("<style")) == (1, 1, 1)
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u001b[31m\\u202eevil" in page
    assert not re.findall(r"<[a-z][^>]*\s(?:on[a-z]+|style)\s*=", page)
    assert set(re.findall(r"<([a-zA-Z!/][a-zA-Z0-9]*)", page)) <= ELEMENTS | {f"/{e}" for e in ELEMENTS}


ELEMENTS = set(
    "!doctype html head meta title style body main p code h1 h2 h3 nav a section article div span strong br dl dt dd "
    "ul li i table thead tbody tr th td details summary svg g line path text circle polyline bdi fieldset legend "
    "label select option button canvas script".split()
)


def test_a_reference_that_is_no_web_address_is_no_link():
    page = render(
        content([finding(references=["javascript:alert(1)", "http://example.org/", "https://example.org/\u202e"])])
    )
    assert re.findall(r'href="([^#][^"]*)"', page) == []
    assert "javascript[:]alert(1)" in page
    assert "hxxp://example[.]org/" in page


def test_only_references_are_links():
    page = render(content([finding(message="see https://evil.example/x")]))
    assert re.findall(r'href="([^#][^"]*)"', page) == ["https://example.org/a"]
    assert "see hxxps://evil[.]example/x" in page


def test_the_page_loads_nothing_and_runs_only_what_is_shipped():
    page = render(content([finding()]))
    style, script = (re.findall(rf"<{t}>(.*?)</{t}>", page, re.DOTALL) for t in ("style", "script"))
    assert (len(style), len(script)) == (1, 1)
    sums = [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in (*script, *style)]
    policy = html.unescape(re.findall(r'Content-Security-Policy" content="(.*?)"', page)[0])
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{sums[0]}'; style-src 'sha256-{sums[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    markup = page.replace(style[0], "").replace(script[0], "")
    assert not re.findall(
        r"\s(?:src|action|data|poster|srcset|style)\s*=|@import|url\(|<link|<iframe|<form|<base", markup
    )
    assert not re.findall(r"fetch|XMLHttp|WebSocket|sendBeacon|innerHTML|eval|Function|import\(", script[0])
    assert "@import" not in style[0]
    assert "url(" not in style[0]


def test_browsers_that_make_links_of_numbers_are_told_not_to():
    said = '<meta name="format-detection" content="telephone=no, email=no, address=no, date=no, url=no">'
    assert said in render(content([]))


def test_long_texts_are_cut():
    word, row = "x" * 10_000_000, finding()["evidence"][0]
    page = render(
        content([finding(message=word, title=word, evidence=[{**row, "path": word, "values": {"text": word}}])])
    )
    assert len(page) < 100_000
    assert "xxx… (9,996,000 more characters)" in page
    assert "xxx… (9,999,840 more characters)" in page


def test_a_finding_without_a_time_stands_beside_one_with():
    row = finding()["evidence"][0]
    untimed = finding(id="f2", first_seen=None, last_seen=None, evidence=[{**row, "time": None}])
    page = render(content([untimed, finding()]))
    assert re.findall(r'<tr data-steps="(.*?)"><td class="number">(.)</td>', page) == [("ios.sms 0", "2")]
    assert "no time recorded" in page
    assert '<table id="times"' not in render(content([untimed]))


def test_the_same_case_gives_the_same_bytes():
    assert render(content([finding()])) == render(content([finding()]))


def test_no_finding_is_not_called_good_news():
    page = render(content([]))
    assert "not a statement about the device" in page
    assert 'id="timeline"' not in page
    assert "<script" not in page


def test_marks_of_synthetic_evidence_and_missing_consent():
    page = render(content([finding()], synthetic=True, consent="none"))
    assert "SYNTHETIC" in page
    assert "No consent is recorded" in page


def test_small_words():
    assert visible("a\x00b\u202e") == "a\\u0000b\\u202e"
    assert moment("2026-01-02T03:04:05.5Z") == "2026-01-02 03:04:05 UTC"
    assert (human_bytes(999), human_bytes(1_500_000), human_bytes(None)) == ("999 B", "2 MB", "")


def test_artifacts_that_are_not_there_are_named_together_and_a_flood_of_problems_is_cut():
    from dataclasses import replace

    given = content([], problems=[f"/p/{n}: damaged" for n in range(12)])
    nothing = {
        "status": "not examined",
        "why": "not in this acquisition",
        "rows": 0,
        "gaps": 0,
        "first": None,
        "last": None,
    }
    artifacts = {**given.coverage["artifacts"], "ios.tcc": nothing, "ios.calls": nothing}
    page = render(replace(given, coverage={**given.coverage, "artifacts": artifacts, "notes": ["S1 is <plain>."]}))
    assert "2 artifacts not in this acquisition" in page
    assert "<code>ios.tcc</code>, <code>ios.calls</code>" in page
    assert "<td>not in this acquisition</td>" not in page
    assert "/p/9: damaged" in page
    assert "/p/10: damaged" not in page
    assert "And 2 more" in page
    assert "S1 is &lt;plain&gt;." in page


def test_patterns_that_the_records_cannot_answer_are_named_with_the_reason():
    from dataclasses import replace

    given = content([])
    patterns = {
        "count": 3,
        "examined": True,
        "why": "1 of 3 could not be answered",
        "not_evaluable": [{"indicator": "indicator--<1>", "feeds": ["a.json"], "why": "no table has <it>"}],
        "not_evaluable_count": 1,
    }
    page = render(replace(given, coverage={**given.coverage, "indicators": {"patterns": patterns}}))
    assert "cannot answer: 1 of 3." in page
    assert "<code>indicator--&lt;1&gt;</code> (a.json): no table has &lt;it&gt;" in page
    assert "cannot answer" not in render(given)


def test_name_and_serial_are_masked_unless_they_are_asked_for():
    from dataclasses import replace

    given = content([finding()])
    findings = [{**f, "message": "Written to F4KQ1XYZ by Ada."} for f in given.findings]
    masked = {"F4KQ1XYZ": "[serial_number]"}
    page = render(replace(given, findings=findings, masked=masked))
    assert "Written to [serial_number] by Ada." in page
    shown = render(replace(given, findings=findings, identity=[("serial_number", "F4KQ1XYZ")]))
    assert "<dt>serial number</dt><dd><bdi>F4KQ1XYZ</bdi></dd>" in shown
