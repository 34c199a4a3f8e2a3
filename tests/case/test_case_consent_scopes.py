"""What a consent record allows on a day: with whom a case is shared, what is published, until when it is kept."""

import datetime

import pytest

from bridle.case.consent import (
    Consent,
    ConsentError,
    PublishingRefusedError,
    SharingRefusedError,
    is_synthetic,
    kept_until,
    may_examine,
    may_publish,
    may_share_with,
    overdue,
    template,
)
from consent_record import CONSENT

LAST = datetime.date(2026, 3, 1)
AFTER = datetime.date(2026, 3, 2)
KEY = "age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq"
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKHEChVEHCsUHTJRMpwMnLAAAA"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIkheChVEHCsUHTJRMpwMnLAAAA"
"""The key above but for the case of three letters."""
SYNTHETIC = {"consent": "none recorded", "sources": [{"synthetic": True}, {"synthetic": True}]}
NO_RECORD = (
    "this case has no consent record, so it is not shared; examine again with --consent FILE.toml"
    " (`bridle consent` writes one to fill in)"
)
WIDEN = "ask the person, and give the new record with `bridle recheck CASE --consent FILE.toml`"


def asked(**consent: object) -> dict[str, object]:
    return {"consent": {"share_with": ["Example Lab", f"Second Lab <{KEY}>", f"{SSH} desk@example.org"],
                        "publish": True, "retention_until": "2026-03-01", **consent}}  # fmt: skip


@pytest.mark.parametrize(
    "recipient",
    [
        "Example Lab",
        "  example   LAB ",
        "Second Lab",
        KEY,
        f"second lab <{KEY}>",
        SSH,
        f"{SSH} other@example.com",
        None,
    ],
)
def test_who_is_named_may_see_it_to_its_last_day(recipient: str | None) -> None:
    may_share_with(asked(), recipient, LAST)


@pytest.mark.parametrize(
    ("meta", "recipient", "day", "why"),
    [
        (asked(), "Third Lab", LAST,
         f"its consent record does not let 'Third Lab' see it (share_with names others); {WIDEN}"),
        (asked(), "Example", LAST,
         f"its consent record does not let 'Example' see it (share_with names others); {WIDEN}"),
        (asked(), OTHER, LAST,
         f"its consent record does not let '{OTHER[:59]} see it (share_with names others); {WIDEN}"),
        (asked(), "", LAST, f"its consent record does not let '' see it (share_with names others); {WIDEN}"),
        (asked(share_with=[]), None, LAST,
         f"its consent record lets nobody else see it (share_with is empty); {WIDEN}"),
        (asked(share_with=["", " "]), "", LAST,
         f"its consent record lets nobody else see it (share_with is empty); {WIDEN}"),
        (asked(share_with="Example Lab"), "e", LAST,
         f"its consent record lets nobody else see it (share_with is empty); {WIDEN}"),
        (asked(), "Example Lab", AFTER,
         f"it was to be destroyed by 2026-03-01 (retention_until); `bridle withdraw CASE` does that, or {WIDEN}"),
        (asked(retention_until=None), "Example Lab", LAST,
         f"its consent record does not say until when it is kept; {WIDEN}"),
        ({"consent": "none recorded", "sources": [{"synthetic": True}, {}]}, "Example Lab", LAST,
         NO_RECORD),
    ],
)  # fmt: skip
def test_nobody_else_may(meta: dict[str, object], recipient: str | None, day: datetime.date, why: str) -> None:
    with pytest.raises(SharingRefusedError) as raised:
        may_share_with(meta, recipient, day)
    assert str(raised.value) == why


def test_what_nobodys_phone_made_is_free() -> None:
    may_share_with(SYNTHETIC, "Third Lab", AFTER)
    may_publish(SYNTHETIC, AFTER)
    assert (is_synthetic(SYNTHETIC), is_synthetic({"sources": []}), is_synthetic({})) == (True, False, False)
    assert not is_synthetic({"sources": [{"synthetic": "true"}]})
    assert not is_synthetic({"sources": ["synthetic"]})


def test_a_record_binds_synthetic_evidence_too() -> None:
    with pytest.raises(SharingRefusedError, match="lets nobody else see it"):
        may_share_with({**SYNTHETIC, **asked(share_with=[])}, "Example Lab", LAST)


def test_publishing_is_a_scope_of_its_own() -> None:
    may_publish(asked(), LAST)
    for meta, day, why in (
        (asked(publish=False), LAST, r"^its consent record does not allow publishing \(publish = false\); ask"),
        (asked(publish=1), LAST, "does not allow publishing"),
        (asked(), AFTER, "^it was to be destroyed by 2026-03-01"),
        ({}, LAST, "^this case has no consent record, so it is not published; examine again"),
    ):
        with pytest.raises(PublishingRefusedError, match=why):
            may_publish(meta, day)


def test_until_when_a_case_is_kept() -> None:
    assert kept_until(asked()) == LAST
    assert (kept_until({}), kept_until(asked(retention_until="soon"))) == (None, None)
    assert (overdue(asked(), LAST), overdue({}, AFTER)) == (None, None)
    assert str(overdue(asked(), AFTER)).startswith(
        "it was to be destroyed by 2026-03-01 (retention_until); `bridle with"
    )


def test_what_may_not_be_kept_is_not_made(tmp_path) -> None:
    file = tmp_path / "consent.toml"
    file.write_text(CONSENT.format(until="2026-06-30").replace("2999-12-31", "2026-03-01"))
    record = Consent.load(file)
    may_examine(record, LAST)
    with pytest.raises(ConsentError, match=r"^the consent record lets the case be kept until 2026-03-01 only"):
        may_examine(record, AFTER)


def test_the_template_names_the_language() -> None:
    assert 'language = "en"           # in which language it was explained\n' in template()
    assert 'language = "pt-BR"        # in which language it was explained\n' in template("pt-BR")
    for bad in ("", "e", 'en"', "en\n", "en_US", "a" * 9):
        with pytest.raises(ConsentError, match=r"^expected a language tag such as en, es or pt-BR"):
            template(bad)
