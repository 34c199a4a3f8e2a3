"""The page of a consortium."""

from __future__ import annotations

import base64
import hashlib
import html
import re

from bridle.detect.verdict import EXECUTION, INCONCLUSIVE, NOTHING, TARGETING
from bridle.report.consortium import NOT_EXAMINED, Content, Part, Phone, kind_of, render, span, verdict_table


def _phone(name: str, verdict: str, platform: str = "ios", why: str = "because", reason: str = "") -> Phone:
    return Phone(
        name=name, platform=platform, kind="backup", verdict=verdict, why=why, first="2021-04-01T00:00:00Z",
        last="2021-05-07T00:00:00Z", findings={"high": 2}, artifacts={"examined": 20, "partly": 1, "not examined": 60},
        reason=reason,
    )  # fmt: skip


PHONES = [
    _phone("phone-1", EXECUTION), _phone("phone-2", EXECUTION), _phone("phone-3", TARGETING),
    _phone("phone-4", INCONCLUSIVE, "android"), _phone("phone-5", NOT_EXAMINED, "android", reason="cannot be opened"),
]  # fmt: skip


def test_kind_of_drops_the_dates() -> None:
    assert kind_of("no known traces in what was examined, 2021-04-01 to 2021-05-07") == NOTHING
    assert kind_of("something else") == NOT_EXAMINED


def test_table_counts_every_phone() -> None:
    table = verdict_table(PHONES)
    assert table.rows == [("iPhones", [2, 1, 0, 0, 0, 0], 3), ("Android phones", [0, 0, 0, 0, 1, 1], 2)]
    assert [(b.x, b.width, b.count, b.y) for b in table.bars] == [
        (150.0, 500.0, 2, 0.0), (650.0, 250.0, 1, 0.0), (150.0, 250.0, 1, 34.0), (400.0, 250.0, 1, 34.0),
    ]  # fmt: skip


def test_span() -> None:
    assert [span(s) for s in (10, 60, 900, 3600, 86400)] == ["10 s", "1 min", "15 min", "1 h", "24 h"]


def test_page_is_self_contained_and_says_what_it_is() -> None:
    page = render(Content(phones=PHONES, synthetic=True))
    style = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert html.unescape(re.findall(r'Content-Security-Policy" content="(.*?)"', page)[0]) == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert 'style="' not in page
    assert "RE-ENACTMENT, BRIDLE-SYNTHETIC" in page
    assert not re.search(r"<script|src=|href=\"(?!#)|url\(", page)
    assert "RE-ENACTMENT" not in render(Content(phones=PHONES, synthetic=False))
    assert page == render(Content(phones=PHONES, synthetic=True))


def test_text_of_cases_is_escaped() -> None:
    page = render(
        Content(phones=[_phone("phone-1", TARGETING, why="<b>\u202egnp.exe http://evil.example")], synthetic=False)
    )
    assert "&lt;b&gt;\\u202egnp.exe hxxp://evil[.]example" in page
    assert "\u202e" not in page


def test_a_part_that_was_not_done_says_why() -> None:
    page = render(Content(phones=PHONES, synthetic=True, links=Part(why="no module"), operators=Part(why="too few")))
    assert page.count("<strong>Not done.</strong>") == 2
    assert "too few" in page


def test_against_the_truth() -> None:
    truth = {
        "verdicts_right": 4, "false_accusations": 1, "planted": {"infected": 2, "none": 3},
        "wrong": [{"phone": "phone-3", "planted": "none", "said": "targeted"}],
    }  # fmt: skip
    page = render(Content(phones=PHONES, synthetic=True, truth=truth))
    assert "<strong>4 of 5 verdicts amount to what was planted</strong>" in page
    assert "1 of the phones without traces were given execution or targeting" in page
    assert "<td>phone-3</td><td>none</td><td>targeted</td>" in page
