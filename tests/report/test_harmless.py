"""Text of the evidence does nothing in any form: no control of a terminal, no reading order turned, no formula run."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from dataclasses import replace
from typing import Any

import pytest

from bridle.case.plain import cell
from bridle.report import html
from bridle.report.exports import FORMS
from bridle.report.redaction import redacted
from made_content import content, finding, indicator, row

HOSTILE = {
    "terminal": "\x1b[31mred\x1b]0;title\x07",
    "C1 control": "\x9b31mred",
    "bell and delete": "\x07\x7f\x00",
    "right to left": "invoice\u202efdp.exe",
    "isolate": "a\u2066b\u2069c",
    "invisible": "pay\u200bpal\ufeff\u00ad",
    "blank letters": "a\u3164b\u115fc\u2800",
    "lines": "one\u2028two\u2029three\x85four",
    "tag characters": "a\U000e0041b",
    "half a pair": "a\ud800b",
    "formula": "=HYPERLINK(\"http://198.51.100.7/\",\"x\")",
    "formula behind a blank": "  =1+1",
    "wide formula": "\uff1d1+1",
    "command": "@SUM(1+9)*cmd|' /C calc'!A0",
    "markup": "<script>alert(1)</script>'\"&",
    "carriage return": "\r=1+1",
}  # fmt: skip
_HIDING = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_TEXT = [name for name, form in FORMS.items() if not form.binary]


def hostile(text: str) -> dict[str, Any]:
    values = {"text": text, text: [text, {text: text}]}
    evidence = row(path=f"/private/{text}", locator=text, values=values)
    return finding(
        title=text, message=text, explanation=text, false_positives=[text], surfaces=[text], rule=text,
        attack=[text, "T1660"], indicator=indicator(value=text, feeds=[text], campaigns=[text]), evidence=[evidence],
    )  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", _TEXT)
def test_no_character_hides_or_turns_others(form: str, name: str) -> None:
    made = FORMS[form].render(content([hostile(HOSTILE[name])])).decode()
    assert {c for c in made if unicodedata.category(c) in _HIDING or c in "\u3164\u115f\u2800"} <= {"\n", "\r"}
    if form != "csv":
        assert "\r" not in made


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", _TEXT)
def test_nor_in_a_redacted_form(form: str, name: str) -> None:
    shared, _ = redacted(content([hostile(HOSTILE[name])]))
    made = FORMS[form].render(shared).decode()
    assert {c for c in made if unicodedata.category(c) in _HIDING} <= {"\n", "\r"}
    page = html.render(replace(shared, findings=[dict(f) | {"surfaces": [], "attack": []} for f in shared.findings]))
    assert {c for c in page if unicodedata.category(c) in _HIDING} <= {"\n"}
    assert "<script>alert" not in page


@pytest.mark.parametrize("name", HOSTILE)
def test_no_cell_is_a_formula(name: str) -> None:
    made = FORMS["csv"].render(content([hostile(HOSTILE[name])])).decode()
    cells = [c for line in csv.reader(io.StringIO(made, newline="")) for c in line]
    assert len(cells) == 2 * 19
    assert [c for c in cells if c.lstrip()[:1] in ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_json_loses_nothing_by_it(name: str) -> None:
    text = HOSTILE[name]
    (told,) = map(json.loads, FORMS["jsonl"].render(content([hostile(text)])).splitlines())
    assert told["message"] == text
    assert told["evidence"][0]["values"] == {"text": text, text: [text, {text: text}]}


def test_parquet_takes_all_of_it() -> None:
    assert FORMS["parquet"].render(content([hostile(t) for t in HOSTILE.values()]))[:4] == b"PAR1"


def test_what_a_cell_of_a_formula_becomes() -> None:
    assert [cell(t) for t in ("=1", "  =1", "\uff1d1", "\t1", "\n1", "a=1", "", None, -5)] == [
        "'=1", "'  =1", "'\uff1d1", "'\t1", "'\n1", "a=1", "", "", "'-5",
    ]  # fmt: skip
