"""The report to a court: all that it must tell, findings apart from opinion, errors as they were measured."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from test_canaries import planted

from bridle.case.logs import parse
from bridle.case.signoff import SignOff
from bridle.report import court, court_parts
from bridle.report.court_parts import error_rates
from bridle.report.document import plain_text, render_html
from bridle.report.redaction import redacted as hide
from bridle.report.words import Words
from made_report import COURT, TARGETING, content, finding

QUALITY = Path(__file__).parents[2] / "docs" / "detection-quality.md"
MANIFEST = "0a" * 32


def log(*events, broken=False):
    lines, previous = [], MANIFEST
    for event in events:
        line = json.dumps({"time": "2026-02-03T12:00:00Z", "host": "lab", **event, "previous": previous})
        lines.append(line)
        previous = hashlib.sha256(line.encode()).hexdigest()
    text = "\n".join(lines)
    return parse((text.replace("lab", "den", 1) if broken else text).encode(), "custody.jsonl", MANIFEST)


def signed(complete=True, **dispositions):
    return SignOff(
        findings_sha256="0b" * 32, complete=complete, analyst="A. Nalyst" if complete else None,
        second_reader="S. Reader" if complete else None, missing=(), dispositions=dispositions, disputed=(),
        carried=(), problems=() if complete else ("no analyst has signed",), ignored=(),
    )  # fmt: skip


def report(*findings, sign_off=None, chain=None, details=COURT, **changes):
    beside = court.Custody(
        manifest_sha256=MANIFEST, log=log({"event": "check"}) if chain is None else chain,
        sign_off=signed() if sign_off is None else sign_off,
    )  # fmt: skip
    return court.document(content(*findings, **changes), details, Words("en"), beside)


def headings(document):
    return [plain_text(b.lines[0]) for b in document.blocks if b.kind == "heading"]


def part(document, name):
    """The lines below one heading, with the cells of a row between bars."""
    found, inside = [], False
    for b in document.blocks:
        if b.kind == "heading":
            inside = plain_text(b.lines[0]).endswith(f". {name}")
        elif inside:
            found += [plain_text(line) for line in b.lines]
            found += [" | ".join(map(plain_text, row)) for row in b.rows]
    return found


def test_all_parts_are_there_in_order():
    assert headings(report(finding())) == [
        "1. Mandate", "2. Materials", "3. Chain of custody", "4. Method", "5. Findings", "6. Opinion of the expert",
        "7. Limits", "8. How to reproduce this", "9. Declaration and signature", "10. Annexes",
    ]  # fmt: skip


def test_mandate_and_opinion_are_what_the_expert_filled_in():
    made = report(finding())
    assert part(made, "Mandate") == [
        "Expert | Dr. Robin Example", "Qualification | M.Sc.; ten years of examinations.",
        "Organisation | Example Lab, 1 Example Street", "Commissioned by | Example Court",
        "Date of the mandate | 2026-02-01", "Independence | The court pays.",
        "Questions", "Does the phone show traces of an attack?",
    ]  # fmt: skip
    assert part(made, "Opinion of the expert") == [
        "This part is the opinion of the expert. It rests on the findings and goes beyond them.",
        "The records fit an attack.",
    ]


def test_materials_are_named_by_their_hashes():
    assert part(report(), "Materials") == [
        "The examination rests on the following materials. The SHA-256 of each identifies it.",
        f"S1 | phone | itunes-backup | no | {'cd' * 32}",
        "Device and system | iPhone12,1 14.4.2 18D70",
        "acquired | 2026-02-03T10:00:00Z",
        f"Manifest of the case (SHA-256) | {MANIFEST}",
        "Seal | not sealed",
        "Program | bridle 0.1.0",
        f"Rules (SHA-256) | {'ef' * 32}",
        "Consent | given on 2026-01-05 (signed paper); the data are kept until 2027-12-31",
        "When this report was written, every file of the case was as the manifest says.",
        "Published indicators",
        f"feed A | 3 | {'12' * 32}",
    ]


def test_a_seal_is_told_and_so_is_a_case_that_differs():
    beside = court.Custody(manifest_sha256=MANIFEST, log=log(), sign_off=signed())
    told = {
        "Seal | sealed with the key SHA256:abc": {"sealed_by": "SHA256:abc"},
        "Seal | sealed with the key SHA256:abc, time-stamped 2026-02-04T00:00:00Z": {
            "sealed_by": "SHA256:abc", "stamped": "2026-02-04T00:00:00Z"
        },
    }  # fmt: skip
    for line, changes in told.items():
        assert line in part(court.document(content(), COURT, Words("en"), replace(beside, **changes)), "Materials")
    differs = replace(beside, differences=("summary.json: changed",))
    made = part(court.document(content(), COURT, Words("en"), differs), "Materials")
    assert made[9:11] == ["THE CASE IS NOT AS IT WAS WRITTEN:", "summary.json: changed"]
    assert "When this report was written, every file of the case was as the manifest says." not in made


def test_the_custody_log_is_told_line_by_line():
    chain = log({"event": "check", "exit": 1}, {"event": "sign-off", "by": "A. Nalyst"})
    first, second = (e.sha256 for e in chain.entries)
    assert part(report(chain=chain), "Chain of custody") == [
        "Every line names the SHA-256 of the line before it, so that a change is seen.",
        "When this report was written, every line followed from the one before.",
        f"1 | 2026-02-03T12:00:00Z | check | host: lab; exit: 1 | {first}",
        f"2 | 2026-02-03T12:00:00Z | sign-off | host: lab; by: A. Nalyst | {second}",
    ]


def test_a_custody_log_that_was_edited_is_told_as_broken():
    made = part(report(chain=log({"event": "check"}, {"event": "sign-off"}, broken=True)), "Chain of custody")
    assert made[1:3] == ["THE LOG DOES NOT HOLD:", "custody.jsonl: line 2 does not follow from what is before it"]
    assert "When this report was written, every line followed from the one before." not in made
    assert "The log is empty." in part(report(chain=log()), "Chain of custody")


def test_a_finding_is_told_with_its_alternatives_and_what_people_hold():
    made = part(
        report(finding(), verdict=TARGETING, sign_off=signed(**{"f1" * 32: ("confirmed", "Read twice.")})), "Findings"
    )
    assert made == [
        "This part says what the records show. It is not an opinion. Texts of rules are in English.",
        "Result over all findings: traces that an attack may have left; none of them shows that it worked",
        "Finding 1: A message holds a listed domain",
        f"Identifier | {'f1' * 32}",
        "Rule | indicator-domain",
        "Level | high",
        "Stage | targeting: a sign of a lure or a look-up",
        "Time | 2026-01-02T03:04:05Z",
        "Rows | 1",
        "What it says | The record shows lure.example.org.",
        "Why it matters | Links bring attacks.",
        "Published indicator | domain lure.example.org (feed A)",
        "Judged as | confirmed: Read twice.",
        "Other explanations:",
        "A newsletter.",
        "The text quotes it. | does not fit the records | It has one host.",
        "These could have written such a record without an attack: sender",
    ]


def test_lesser_findings_are_listed_and_nothing_is_said_to_be_nothing():
    low = finding(id="f2" * 32, level="low", count=3)
    assert part(report(low), "Findings")[2:] == [
        "Other findings", "low | indicator-domain | 3 | The record shows lure.example.org."
    ]  # fmt: skip
    assert part(report(), "Findings")[1:] == [
        "Result over all findings: no known traces in what was examined", "No rule and no indicator matched."
    ]  # fmt: skip


def test_limits_are_told():
    assert part(report(), "Limits") == [
        "That nothing was found does not show that nothing happened.",
        "Kinds of record: 2 were examined, 0 only in part, 1 not at all.",
        "Rows read: 10. Places that could not be read: 1.",
        "Logs exist from 2026-01-02T00:00:00Z to 2026-02-03T00:00:00Z; nothing can be said of other times.",
        "Rules that could not run, or only in part, for lack of records: 1 of 2.",
        "ios.calls | 5 | 1 | -",
        "S1 is a backup that was made without encryption.",
    ]


def test_the_annex_has_the_rows_and_says_how_many_it_leaves_out():
    rows = [finding()["evidence"][0] | {"locator": f"message:{n}"} for n in range(60)]
    made = part(report(finding(evidence=rows, count=70)), "Annexes")
    table = [
        line for line in made if line.startswith("ios.sms.message /private/var/mobile/Library/SMS/sms.db · SHA-256")
    ]
    assert len(table) == 50
    assert table[0].split(" | ")[1:] == ["message:0", "2026-01-02T03:04:05Z", "text: see lure.example.org"]
    assert "50 of 70 rows are shown; the case has the others." in made


def test_a_flood_of_findings_is_cut_and_counted():
    flood = [finding(id=f"{n:064x}", evidence=finding()["evidence"] * 50, count=50) for n in range(400)]
    made = report(*flood)
    findings, annex = part(made, "Findings"), part(made, "Annexes")
    assert sum(line.startswith("Finding ") for line in findings) == 100
    assert sum(line.startswith("high | indicator-domain") for line in findings) == 200
    assert findings[-1] == "100 more are in the case."
    assert sum(line.startswith("ios.sms.message ") for line in annex) == 2000
    assert "Rows of 360 more findings are in the case." in annex


def test_whose_device_it_is_is_told_where_it_was_asked_for():
    assert "serial number | F2LX0000EXMP" in part(report(identity=(("serial_number", "F2LX0000EXMP"),)), "Materials")


def test_without_a_sign_off_it_is_a_draft():
    assert report(sign_off=signed(complete=False)).draft == "DRAFT"
    assert report().draft is None
    assert part(report(sign_off=signed(complete=False)), "Declaration and signature")[:2] == [
        "Findings judged by | nobody yet", "Second reader | nobody yet"
    ]  # fmt: skip


def test_the_errors_are_those_that_were_measured():
    """Read from the page that the benchmark wrote, by another way than the one who copied them."""
    page = QUALITY.read_text("utf-8")
    rates = {r["of"]: (r["n"], r["errors"], r["at_most"]) for r in error_rates()["rate"]}
    held = {cells[0]: (int(cells[1].replace(",", "")), int(cells[3])) for cells in
            re.findall(r"^\| ([^|]+) \| ([\d,]+) \| (\S[^|]*) \| (\d+) \|$", page, re.MULTILINE)}  # fmt: skip
    assert rates["real"][:2] == held["real inputs presumed clean: findings at medium and above"]
    assert rates["forged"][:2] == held["forged traces: findings of stage `execution` or level `critical`"]
    assert rates["known-answer"][:2] == held["known-answer replay: pairs that failed"]
    mediums = re.findall(r"^\| medium \| (\d+) \| (\d+) \| ([\d.]+ %) ", page, re.MULTILINE)
    assert [rates[of] for of in ("real", "synthetic-ios", "synthetic-android")] == [
        (int(n), int(errors), most) for n, errors, most in mediums
    ]
    for platform in ("ios", "android"):
        rows = re.findall(rf"^\| {platform} \| [a-z]+ \| (\d+) \| (\d+) \| [\d.]+ % \| \d+ \|", page, re.MULTILINE)
        planted, recalled = (sum(int(row[n]) for row in rows) for n in (0, 1))
        assert rates[f"planted-{platform}"][:2] == (planted, planted - recalled)
    assert f"digest `{error_rates()['rules']}`" in page


def test_rules_that_were_not_measured_are_not_told_as_measured():
    assert "The rules of this case are not exactly those that were measured." in part(report(), "Method")
    same = content().meta | {"rules": {"digest": error_rates()["rules"].ljust(64, "0")}}
    assert "The rules of this case are those that were measured." in part(report(meta=same), "Method")


@pytest.mark.parametrize("hostile", ["<script>x</script>", "\u202eevil\x1b[31m", "https://lure.example.org/a"])
def test_evidence_cannot_become_markup_or_a_link(hostile):
    row = finding()["evidence"][0] | {"values": {"text": hostile}}
    html = render_html(report(finding(evidence=[row], title=hostile, message=hostile)))
    body = html[html.index("<body") :]
    assert [t for t in ("<script", "<a ", "href", "src=", "\u202e", "\x1b", "https://lure") if t in body] == []


def test_the_page_allows_its_own_style_and_nothing_else():
    html = render_html(report(finding()))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1]
    expected = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{expected}'"
    assert " style=" not in html
    assert "url(" not in html


def test_no_canary_of_any_field_is_in_a_redacted_report():
    """Those of every field of every table, of the log's details and of what people wrote when they judged."""
    given, planter = planted()
    shared, tokens = hide(given)
    chain = log({"event": "check", "sources": "canary900001x"}, {"event": "sign-off", "by": "canary900002x"})
    held = signed(**{f["id"]: ("confirmed", "canary900003x") for f in given.findings})
    beside = court.Custody(manifest_sha256=MANIFEST, log=chain, sign_off=held)
    open_ = render_html(court.document(given, COURT, Words("en"), beside))
    assert re.findall(r"canary90000[123]x", open_) == ["canary900001x", "canary900002x", *["canary900003x"] * 100]
    document = court.document(shared, COURT, Words("en"), court.redacted(beside, tokens))
    text = "\n".join(plain_text(line) for b in document.blocks for line in (*b.lines, *(c for r in b.rows for c in r)))
    assert len(text) > 100_000
    assert planter.left_in(text) == []
    assert "canary" not in text


def test_a_stage_is_told_as_a_sign_and_not_as_what_took_place():
    """A row can be a quoted link, an ordinary crash or a lawful extraction: no more may be said of it."""
    said = [court_parts._WORDS[stage] for stage in ("targeting", "exploitation", "exfiltration", "tampering")]
    assert all(": a sign " in text for text in said)
    assert court_parts._VERDICTS["traces of targeting"] == (
        "traces that an attack may have left; none of them shows that it worked"
    )
