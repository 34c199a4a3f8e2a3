"""Redacted content: tokens in place of what tells of a person, the same within a case and no other's, and a map."""

from __future__ import annotations

import re
from dataclasses import replace

import pyrage
import pytest

from bridle.report.exports import FORMS
from bridle.report.redaction import RedactionMapError, Tokens, redacted, redacted_dispositions
from bridle.report.redaction_values import counted, rounded
from made_content import content, finding, indicator, row

VALUES = {
    "text": "see https://lure.example.test/x, Ada", "account": "E:ada@example.org", "address": "+1 555 010 0123",
    "is_read": True, "bytes": 1875229, "first_name": "Bo", "birthday": "1980-02-03T00:00:00Z", "latitude": 52.5200,
    "host": "cache.lure.example.test", "name": "SpringBoard", "extra": None, "port": 443, "ip": "192.0.2.7",
    "number": 15550100123,
}  # fmt: skip
WILD = "/private/var/mobile/Library/Logs/CrashReporter/Ada-2026.ips"
SHOWN = ("name", "is_read", "port", "extra")


def told(**changes: object) -> tuple[dict, Tokens]:
    found, tokens = redacted(content([finding(evidence=[row(values=VALUES)], **changes)]))
    return dict(found.findings[0]), tokens


def category(token: str) -> str:
    found = re.fullmatch(r"\[([a-z]+) [0-9]+\](?: naming .*)?", token)
    return found[1] if found else token


def test_each_value_is_hidden_under_what_it_is() -> None:
    f, tokens = told()
    values = f["evidence"][0]["values"]
    assert {k: values[k] for k in SHOWN} == {k: VALUES[k] for k in SHOWN}
    assert {k: category(v) if isinstance(v, str) else v for k, v in values.items() if k not in SHOWN} == {
        "text": "text", "account": "account", "address": "phone", "bytes": 1900000, "first_name": "person",
        "birthday": "text", "latitude": "position", "host": "domain", "ip": "address", "number": 16000000000,
    }  # fmt: skip
    assert values["text"].endswith("] naming lure.example.test")
    assert values["host"].endswith("] naming lure.example.test")
    assert tokens.originals[values["account"]] == "E:ada@example.org"
    assert "Ada" not in str(f)


def test_the_place_is_told_by_the_artifacts_own_pattern() -> None:
    evidence = [
        row(),
        row(path=WILD, table="ios.crash_report.crash", locator="line 3"),
        row(path="/Ada/x", locator="k"),
    ]
    found, _ = redacted(content([finding(evidence=evidence)]))
    first, wild, other = found.findings[0]["evidence"]
    assert first["path"] == "/private/var/mobile/Library/SMS/sms.db"
    assert re.fullmatch(r"/private/var/\*/Library/Logs/CrashReporter/\*\*/\*\.ips \[file [0-9]+\]", wild["path"])
    assert wild["locator"] == "line 3"
    assert re.fullmatch(r"\[file [0-9]+\]", other["path"])
    assert [category(first["locator"]), category(first["sha256"]), category(other["locator"])] == [
        "place", "digest", "place",
    ]  # fmt: skip


def test_an_account_has_one_token_in_each_of_its_spellings() -> None:
    spelled = ["E:ada@example.org", "mailto:Ada@Example.org", "ada@example.org"]
    phones = ["tel:+15550100123", "P:+15550100123", "0015550100123"]
    values = {"account": spelled, "address": phones}
    found, _ = redacted(content([finding(evidence=[row(values=values)])]))
    given = found.findings[0]["evidence"][0]["values"]
    assert len(set(given["account"])) == 1
    assert len(set(given["address"])) == 1


def test_times_are_given_to_the_day_and_that_is_said() -> None:
    found, _ = redacted(content([finding()]))
    f = found.findings[0]
    assert (f["first_seen"], f["evidence"][0]["time"]) == ("2026-01-02T00:00:00Z", "2026-01-02T00:00:00Z")
    assert found.coverage["notes"] == ["Times are given to the day: 00:00:00 stands for any time of it."]
    assert found.summary["verdict"] == {
        "text": "traces of targeting",
        "why": "One finding of targeting.",
        "from": "2026-01-01T00:00:00Z",
        "to": "2026-01-03T00:00:00Z",
    }
    said = "00:00:00 stands for any time of it."
    assert [said in FORMS[form].render(found).decode() for form in ("stix", "misp", "timesketch", "case")] == [True] * 4
    kept, _ = redacted(content([finding()]), keep_times=True)
    assert kept.findings[0]["first_seen"] == "2026-01-02T03:04:05.5Z"
    assert kept.coverage["notes"] == []


def test_the_message_is_written_anew() -> None:
    f, _ = told(message="A message of Ada names it.")
    assert f["message"] == (
        "A message names a published attack host: the domain lure.example.test, published for C. 2 rows name it. "
        "Anyone who sends a message could have caused all of this."
    )
    rule = finding(
        rule="ios-imagent-crash", title="T", indicator=None, message="Ada", count=1, forgeable_by=[],
        evidence=[row(values={"process_name": "imagent", "time": "2026-01-02T03:04:05Z", "exception": "E of Ada",
                              "subtype": None})],
    )  # fmt: skip
    found, _ = redacted(content([rule]))
    first = found.findings[0]
    told_exception = first["evidence"][0]["values"]["exception"]
    assert category(told_exception) == "text"
    assert first["message"] == (
        f"The record shows a crash of imagent at 2026-01-02 ({told_exception}, (not recorded))."
    )


def test_what_it_does_not_know_does_not_go_out() -> None:
    given = content([finding(note="Ada", tested=[{"explanation": "E", "outcome": "fits", "why": "2 of 3 rows: Ada"}])])
    meta = dict(given.meta) | {"acquisition": {"tools": ["Ada's computer"]}, "later": "Ada"}
    found, _ = redacted(replace(given, meta=meta, masked={"Ada": "[device_name]"}, identity=[("device_name", "Ada")]))
    assert "Ada" not in str(found)
    assert found.findings[0]["tested"] == [{"explanation": "E", "outcome": "fits", "why": "2 of 3 rows"}]
    assert found.meta["consent"] == {
        "given_by": "withheld",
        "witness": "withheld",
        "method": "withheld",
        "language": "withheld",
        "share_with": [],
    }
    assert found.meta["device"] == {"model": "iPhone14,5", "os_version": "16.5"}


def test_files_that_were_not_read_are_told_by_their_patterns() -> None:
    given = content([])
    files = [{"path": WILD, "status": "damaged", "reason": "Ada's row"}, {"path": "/Ada", "status": "refused"}]
    artifacts = {"ios.crash_report": {"status": "partly", "why": "of 2 files not read to the end: 2 damaged",
                                      "files": files, "files_not_read": 2, "rows": 0, "gaps": 0}}  # fmt: skip
    found, _ = redacted(replace(given, coverage=dict(given.coverage) | {"artifacts": artifacts}))
    told = found.coverage["artifacts"]["ios.crash_report"]
    assert told["why"] == "of 2 files not read to the end: 2 damaged"
    assert [(f["status"], f["reason"]) for f in told["files"]] == [("damaged", "withheld"), ("refused", None)]
    assert re.fullmatch(
        r"/private/var/\*/Library/Logs/CrashReporter/\*\*/\*\.ips \[file [0-9]+\]", told["files"][0]["path"]
    )
    assert "Ada" not in str(found)


def test_counts_tell_nobody_apart() -> None:
    assert [counted(n) for n in (0, 1, 4, 5, 37, 1234, 1250, 99999)] == [0, 5, 5, 5, 37, 1200, 1200, 100000]
    assert [rounded(n) for n in (999_999, 1_875_229, -1_875_229, 0.12345)] == [999_999, 1_900_000, -1_900_000, 0.12]
    found, _ = redacted(content([finding()]))
    assert found.summary["rows"] == 1200
    assert list(found.ledger) == [("ios.sms", "parsed", "", 5, 1200, 5), ("", "not wanted", "", 5, 0, 0)]


def test_ids_are_made_anew_and_still_lead_to_each_other() -> None:
    two = [finding(), finding(id="f2", corroborated_by=["f1"], superseded_by="f1")]
    found, tokens = redacted(content(two))
    first, second = found.findings
    assert first["id"] not in ("f1", second["id"])
    assert re.fullmatch("[0-9a-f]{64}", first["id"])
    assert (second["corroborated_by"], second["superseded_by"]) == ([first["id"]], first["id"])
    assert tokens.identifier("f1") == first["id"]
    held = redacted_dispositions({"f1": ("confirmed", "Ada said so"), "f2": ("benign", "")}, tokens)
    assert held == {first["id"]: ("confirmed", "withheld"), second["id"]: ("benign", "")}


def test_the_same_tokens_give_the_same_content_and_others_do_not() -> None:
    given = content([finding(evidence=[row(values=VALUES)])])
    once, tokens = redacted(given)
    assert redacted(given, tokens)[0] == once
    assert redacted(given, Tokens.read(tokens.as_bytes()))[0] == once
    other = redacted(given)[0]
    assert other.findings[0]["id"] != once.findings[0]["id"]
    assert str(other) != str(once)


def test_tokens_of_another_phone_are_refused() -> None:
    given = content([finding()])
    _, tokens = redacted(given)
    again = replace(given, meta=dict(given.meta) | {"later": "examined again"})
    assert redacted(again, tokens)[1] is tokens
    other = dict(given.meta) | {"sources": [dict(given.meta["sources"][0]) | {"digest": "99" * 32}]}
    with pytest.raises(RedactionMapError, match="is of other acquisitions; name a new file"):
        redacted(replace(given, meta=other), Tokens.read(tokens.as_bytes()))


def test_a_restricted_value_stays_hidden() -> None:
    hidden = indicator(value="restricted indicator 1", tlp="TLP:RED", campaigns=[])
    f, tokens = told(indicator=hidden)
    assert f["indicator"]["value"] == "restricted indicator 1"
    assert "restricted indicator 1" not in tokens.originals.values()


def test_the_map_is_only_written_encrypted_and_reads_back() -> None:
    _, tokens = told()
    me, stranger = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    stored = tokens.encrypted([str(me.to_public())])
    assert stored.startswith(b"age-encryption.org/v1")
    assert b"ada@example.org" not in stored
    assert Tokens.decrypted(stored, [me]) == tokens
    with pytest.raises(RedactionMapError, match="no identity here opens the redaction map"):
        Tokens.decrypted(stored, [stranger])
    with pytest.raises(RedactionMapError, match="only written encrypted; name a recipient"):
        tokens.encrypted([])
    with pytest.raises(RedactionMapError, match="'nobody' is no recipient"):
        tokens.encrypted(["nobody"])


@pytest.mark.parametrize("plain", [b"", b"[]", b"{}", b'{"format": "x", "version": 1}', b"\xff", b"[" * 100_000])
def test_what_is_no_map_is_said(plain: bytes) -> None:
    with pytest.raises(RedactionMapError, match="this is no redaction map of bridle"):
        Tokens.read(plain)
