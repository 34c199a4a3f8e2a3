"""Jabber identifiers as WhatsApp writes them: who, `@`, and what kind of account that is.

`15550100@s.whatsapp.net` is a phone number in full without its `+`; `…@lid` is an identifier that hides the number,
`…@g.us` a group, `…@broadcast` and `…@newsletter` are lists. A device of the account may stand behind the number, as
in `15550100:3@s.whatsapp.net` or `15550100.0:3@…`.

Sources: RFC 7622 (the form of a Jabber identifier); databases of WhatsApp 23 for iOS.
"""

from __future__ import annotations

import re

from bridle.formats.values import text_or_utf8

_NUMBERED = re.compile(r"(\d{5,15})(?:[.:]\d{1,5}){0,2}@(?:s\.whatsapp\.net|c\.us)\Z", re.ASCII)
_LID = re.compile(r"(\d{5,20})(?:[.:]\d{1,5}){0,2}@lid\Z", re.ASCII)


def phone_number(value: object) -> str | None:
    """The phone number in a Jabber identifier, with `+`; None where it holds none. Raises ValueError."""
    found = _NUMBERED.match(text_or_utf8(value))
    return f"+{found[1]}" if found else None


def lid(value: object) -> str | None:
    """The digits of an identifier of the kind `…@lid`; None for any other. Raises ValueError."""
    found = _LID.match(text_or_utf8(value))
    return found[1] if found else None
