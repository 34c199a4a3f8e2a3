"""Consent records and case.toml."""

import re
import tomllib

import pytest

from bridle.case.consent import Consent, ConsentError, SharingRefusedError, may_share, template
from bridle.case.meta import render_case_toml

FILLED = template().replace('given_by = ""', 'given_by = "Bellerophon"').replace('method = ""', 'method = "paper"')


def load(tmp_path, text):
    file = tmp_path / "consent.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Consent.load(file)


def test_a_filled_template_is_a_record(tmp_path):
    record = load(tmp_path, FILLED.replace("share_with = []", 'share_with = ["Lab"]'))
    assert record.as_dict() == {
        "given_by": "Bellerophon", "date": "2000-01-01", "language": "en", "method": "paper", "witness": "",
        "retention_until": "2000-12-31", "acquire": True, "analyse": True, "re_scan_until": "2000-12-31",
        "share_with": ["Lab"], "publish": False, "statistics": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (template(), "given_by and method must be filled in"),
        (
            FILLED.replace("date = 2000-01-01", 'date = "yesterday"'),
            "date: expected a date such as 2026-01-31, got 'yesterday'",
        ),
        (FILLED.replace("date = 2000-01-01", "date = 2000-01-01T10:00:00"), "date: expected a date such as 2026-01-31"),
        (FILLED.replace("publish = false", "publish = 0"), "publish: expected true or false, got 0"),
        (FILLED.replace("share_with = []", "share_with = [1]"), "share_with: expected a list of names, got [1]"),
        (FILLED.replace("statistics = false", ""), "statistics: expected true or false, got None"),
        (FILLED + 'extra = "x"\n', "'extra' is not part of a consent record"),
        (
            FILLED.replace("analyse = true", "analyse = false"),
            "without the scopes acquire and analyse nothing may be examined",
        ),
        ("scopes = 1\n", "[scopes] must be a table"),
        ("given_by = \n", "is not TOML"),
        ("given_by = " + "[" * 20_000, "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        ("", "given_by: expected text, got None"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(tmp_path, text, message):
    with pytest.raises(ConsentError, match=re.escape(message)):
        load(tmp_path, text)


def test_a_record_that_is_not_there(tmp_path):
    with pytest.raises(ConsentError, match=r"none\.toml: No such file or directory"):
        Consent.load(tmp_path / "none.toml")


def test_sharing_needs_consent_or_synthetic_evidence_throughout(tmp_path):
    may_share({"consent": load(tmp_path, FILLED).as_dict(), "sources": []})
    may_share({"consent": "none recorded", "sources": [{"synthetic": True}, {"synthetic": True}]})
    for meta in (
        {},
        {"consent": "none recorded", "sources": []},
        {"consent": "none recorded", "sources": [{"synthetic": True}, {"synthetic": False}]},
        {"consent": "none recorded", "sources": [{"synthetic": True}, {}]},
        {"consent": "none recorded", "sources": [{"synthetic": "true"}]},
    ):
        with pytest.raises(SharingRefusedError, match="has no consent record, so it is not shared"):
            may_share(meta)


def test_case_toml_reads_back_as_it_was():
    meta = {
        "case": {"schema": 1, "bridle": "0.1.0", "encrypted": True},
        "device": {"model": 'quote " back \\ line\n tab\t del\x7f nul\x00 é 🐎', "os_version": ""},
        "sources": [{"label": "a]", "synthetic": False}, {"label": "[b", "n": -3}],
        "consent": "none recorded",
        "feeds": [],
        "ratio": 0.5,
        "odd key": {"a.b": ["x", "y"]},
    }
    assert tomllib.loads(render_case_toml(meta)) == meta


def test_case_toml_as_text():
    text = render_case_toml(
        {"case": {"schema": 1}, "consent": "none recorded", "sources": [{"id": "S1"}, {"id": "S2"}]}
    )
    assert (
        text == 'consent = "none recorded"\n\n[case]\nschema = 1\n\n[[sources]]\nid = "S1"\n\n[[sources]]\nid = "S2"\n'
    )


def test_case_toml_refuses_what_it_cannot_hold_and_shows_half_a_surrogate_pair():
    with pytest.raises(TypeError, match=r"case\.toml cannot hold NoneType"):
        render_case_toml({"case": {"x": None}})
    assert tomllib.loads(render_case_toml({"label": "a\udcffb"})) == {"label": "a\\udcffb"}
