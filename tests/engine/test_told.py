"""The readable files of a case do nothing on a terminal either, and mean the same."""

import json
import tomllib

from bridle.case.meta import render_case_toml
from bridle.case.writer import CaseWriter
from bridle.engine.told import write_told
from made_content import content, finding

HOSTILE = '\x1b[2J\x9b31m\x7f\u202e\u2066\u2028\ufeff\U000e0041\r\t"\\é🙂'


def test_findings_and_coverage(tmp_path):
    page = content([finding(message=HOSTILE)])
    page.coverage["note"] = page.summary["note"] = HOSTILE
    writer = CaseWriter(tmp_path / "case", None)
    write_told(writer, page)
    writer.commit()
    for name in ("findings.jsonl", "coverage.json", "summary.json"):
        text = (tmp_path / "case" / name).read_text("utf-8")
        assert not {"\x1b", "\x9b", "\x7f", "\u202e", "\u2066", "\u2028", "\ufeff", "\U000e0041"} & {*text}, name
        assert "é🙂" in text
        assert json.loads(text)["message" if name == "findings.jsonl" else "note"] == HOSTILE


def test_case_toml():
    text = render_case_toml({"sources": [{"label": HOSTILE}], "é": {HOSTILE: "x"}})
    assert {c for c in text if not c.isprintable()} == {"\n"}
    assert tomllib.loads(text) == {"sources": [{"label": HOSTILE}], "é": {HOSTILE: "x"}}
