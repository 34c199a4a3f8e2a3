"""Jabber identifiers: which hold a phone number, and which hide one."""

from __future__ import annotations

import pytest

from bridle.formats.jid import lid, phone_number


@pytest.mark.parametrize(
    ("stored", "number", "hidden"),
    [
        ("15550100@s.whatsapp.net", "+15550100", None),
        (b"15550100@s.whatsapp.net", "+15550100", None),
        ("15550100:3@s.whatsapp.net", "+15550100", None),
        ("15550100.0:3@s.whatsapp.net", "+15550100", None),
        ("447700900123@c.us", "+447700900123", None),
        ("100000000000001@lid", None, "100000000000001"),
        ("100000000000001:2@lid", None, "100000000000001"),
        ("120363000000000001@g.us", None, None),
        ("status@broadcast", None, None),
        ("15550100@s.whatsapp.net.attack.test", None, None),
        ("15550100", None, None),
        ("1" * 16 + "@s.whatsapp.net", None, None),
        ("", None, None),
    ],
)
def test_number_and_hidden_number(stored: object, number: str | None, hidden: str | None) -> None:
    assert (phone_number(stored), lid(stored)) == (number, hidden)


@pytest.mark.parametrize("stored", [5, None, b"\xff"])
def test_what_is_no_text_is_told(stored: object) -> None:
    with pytest.raises(ValueError, match=r"expected (UTF-8 )?text"):
        phone_number(stored)
