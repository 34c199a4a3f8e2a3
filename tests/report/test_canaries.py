"""Canaries: a value of its own in every field of every table, and none of them in anything that is shared redacted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from bridle import artifacts
from bridle.case.logs import parse
from bridle.case.signoff import SignOff
from bridle.core import Field, Utc, WallClock, fields_of
from bridle.report import court, html
from bridle.report.content import Content
from bridle.report.document import render_html
from bridle.report.exports import FORMS
from bridle.report.redaction import Tokens, redacted
from bridle.report.words import Words
from made_content import content, finding, indicator
from made_report import COURT

_SPELLED = {
    "phone-number": "+1555{n:08d}", "account": "E:canary{n}x@example.org", "email": "canary{n}x@example.com",
    "url": "https://canary{n}x.example.net/canary{n}x?q=canary{n}x", "domain": "canary{n}x.example.com",
    "ip-address": "2001:db8::{n:x}:beef", "file-path": "/private/var/mobile/canary{n}x/canary{n}x.txt",
    "file-name": "canary{n}x.jpg", "process-name": "canary{n}x", "bundle-id": "org.example.canary{n}x",
    "package-name": "org.example.canary{n}x", "profile-id": "org.example.canary{n}x.profile",
    "text": "Dear canary{n}x, call +1555{n:08d} or write to canary{n}x@example.org.",
}  # fmt: skip
_FOUND = re.compile(r"canary[0-9]+x|canary\d+y|\+?1555[0-9]{8}|2001:db8::[0-9a-f]+:beef|77123[0-9]{6}", re.IGNORECASE)
_DIGESTS = {"sha256": "sha256", "cert-sha256": "sha256", "sha1": "sha1", "cert-sha1": "sha1", "md5": "md5",
            "cert-md5": "md5"}  # fmt: skip


class _Planter:
    """Gives a canary for each field, and knows all that it gave."""

    def __init__(self) -> None:
        self.count = 0
        self.digests: set[str] = set()

    def of(self, field: Field) -> Any:
        self.count += 1
        made = self._one(field, self.count)
        return [made, f"canary{self.count}y"] if field.many and isinstance(made, str) else made

    def _one(self, field: Field, n: int) -> Any:
        if field.type in (Utc, WallClock):
            return "2026-01-02T03:04:05Z"
        if field.type is bool:
            return True
        if field.type in (int, float):
            return 77_123_000_000 + n
        if (algorithm := _DIGESTS.get(field.kind or "")) is not None or field.type is bytes:
            digest = hashlib.new(algorithm or "sha256", f"canary{n}".encode()).hexdigest()
            self.digests.add(digest)
            return digest
        if field.name == "extra":
            return json.dumps({f"canary{n}x": f"canary{n}x", "number": f"+1555{n:08d}"})
        return _SPELLED.get(field.kind or "", "A word by canary{n}x").format(n=n)

    def in_glob(self, glob: str) -> str:
        """A path that the glob takes, with a canary wherever it leaves room."""
        self.count += 1
        return re.sub(r"\*+", f"canary{self.count}x", glob.replace("/**/", f"/canary{self.count}x/"))

    def left_in(self, text: str) -> list[str]:
        return sorted({m[0] for m in _FOUND.finditer(text)} | {d for d in self.digests if d in text})


def planted() -> tuple[Content, _Planter]:
    """A finding for each table of every artifact, with a canary in every field, the path and the place."""
    planter = _Planter()
    findings = list(_findings(planter))
    n = planter.count = planter.count + 1
    given = content(
        findings, masked={f"canary{n}x": "[device_name]"}, identity=[("device_name", f"canary{n}x")],
        ledger=[("ios.sms", "damaged", f"row canary{n}x cannot be read", 1, 1234, 1)],
    )  # fmt: skip
    facts = [{"key": k, "value": f"canary{n}x", "source": "S1", "from": f"ios.sms.message /canary{n}x canary{n}x"}
             for k in ("model", "os_version", "build", "locale", "device_name", "time_zone")]  # fmt: skip
    meta = dict(given.meta) | {
        "device": {"model": f"canary{n}x", "os_version": f"canary{n}x", "build": f"canary{n}x"}, "device_facts": facts,
        "acquisition": {"tools": [f"canary{n}x"], "acquired": f"canary{n}x"}, "baselines": [f"canary{n}x"],
        "consent": {"given_by": f"canary{n}x", "share_with": [f"canary{n}x"], "date": f"canary{n}x"},
        "sources": [dict(given.meta["sources"][0]) | {"label": f"phone of canary{n}x"}],
    }  # fmt: skip
    said = {"status": "partly", "why": f"row canary{n}x: examined only in part", "rows": 77_123_000_001, "gaps": 1,
            "first": None, "last": None, "later": f"canary{n}x", "files_not_read": 1,
            "files": [{"path": f"/private/canary{n}x", "status": "damaged", "reason": f"row canary{n}x"}]}  # fmt: skip
    coverage = dict(given.coverage) | {
        "artifacts": {"ios.sms": said}, "notes": [f"/canary{n}x is a capture of 5 min."],
        "rules": {"r": {"status": "not examined", "why": f"the rule could not be run: 'canary{n}x' without x"}},
    }  # fmt: skip
    summary = dict(given.summary) | {"problems": [f"/private/canary{n}x: damaged"]}
    parts = {"findings": findings, "meta": meta, "coverage": coverage, "summary": summary, "ledger": given.ledger,
             "masked": given.masked, "identity": given.identity}  # fmt: skip
    return Content(**parts), planter


def _findings(planter: _Planter) -> Iterator[dict[str, Any]]:
    for name, globs in sorted(artifacts.paths().items()):
        found = artifacts.load(name)
        for cls in found.records:
            values = {f.name: planter.of(f) for f in fields_of(cls) if f.name != "locator"}
            n = planter.count
            evidence = {
                "table": found.table(cls), "path": planter.in_glob(globs[0]), "locator": f"canary{n}x:{n}",
                "sha256": hashlib.sha256(f"file {n}".encode()).hexdigest(), "time": "2026-01-02T03:04:05Z",
                "values": values | {f"Column canary{n}x": {f"canary{n}x": [f"canary{n}x"]}},
            }  # fmt: skip
            planter.digests.add(evidence["sha256"])
            yield finding(
                id=f"canary{n}x", rule=f"rule-{name}", indicator=indicator() if n % 2 else None,
                message=f"The record shows canary{n}x.", evidence=[evidence],
                evidence_query=f"SELECT * FROM t WHERE name = 'canary{n}x'", corroborated_by=[f"canary{n}x"],
                tested=[{"explanation": "E.", "outcome": "fits", "why": f"1 of 1 row: canary{n}x"}],
            )  # fmt: skip


@pytest.fixture(scope="module")
def both() -> tuple[Content, Content, _Planter, Tokens]:
    given, planter = planted()
    shared, tokens = redacted(given)
    return given, shared, planter, tokens


def test_there_is_a_canary_in_every_field(both: tuple[Content, Content, _Planter, Tokens]) -> None:
    given, _, planter, _ = both
    assert len(given.findings) == sum(len(artifacts.load(n).records) for n in artifacts.paths())
    assert planter.count > 4000
    assert len(planter.left_in(str(given))) > 4000


@pytest.mark.parametrize("form", [*FORMS, "html"])
def test_no_redacted_form_holds_a_canary(form: str, both: tuple[Content, Content, _Planter, Tokens]) -> None:
    _, shared, planter, _ = both
    made = html.render(shared).encode() if form == "html" else FORMS[form].render(shared)
    assert len(made) > 1000
    text = str(_rows(made)) if form == "parquet" else made.decode()
    assert planter.left_in(text) == []


def test_a_redacted_report_to_a_court_holds_none(both: tuple[Content, Content, _Planter, Tokens]) -> None:
    given, shared, planter, tokens = both
    first = "0a" * 32
    event = {"time": "2026-02-03T12:00:00Z", "host": "canary1x", "event": "note", "text": "canary2x", "previous": first}
    log = parse(json.dumps(event).encode(), "custody.jsonl", first)
    held = {f["id"]: ("confirmed", "Read with canary3x.") for f in given.findings}
    told = dict.fromkeys((f.name for f in fields(SignOff)), ()) | {
        "findings_sha256": "0b" * 32, "complete": True, "analyst": "A. Nalyst", "second_reader": "S. Reader",
        "dispositions": held, "held": {},
    }  # fmt: skip
    beside = court.Custody(manifest_sha256=first, log=log, sign_off=SignOff(**told))
    consent = {"date": "2026-01-05", "method": "canary4x", "retention_until": "2027-12-31"}
    shared = replace(shared, meta=dict(shared.meta) | {"consent": redacted_consent(consent)})
    page = render_html(court.document(shared, COURT, Words("en"), court.redacted(beside, tokens)))
    assert "confirmed" in page
    assert planter.left_in(page) == []


def redacted_consent(consent: dict[str, str]) -> object:
    given = content([])
    return redacted(replace(given, meta=dict(given.meta) | {"consent": consent}))[0].meta["consent"]


def _rows(made: bytes) -> list[dict[str, Any]]:
    import io

    import pyarrow.parquet as pq

    return list(pq.read_table(io.BytesIO(made)).to_pylist())


def test_nothing_else_of_the_content_holds_one(both: tuple[Content, Content, _Planter, Tokens]) -> None:
    _, shared, planter, _ = both
    assert planter.left_in(str(shared)) == []
