"""LID.sqlite of WhatsApp: which phone number stands behind an identifier that hides it.

Since 2023 a chat or a message may name `…@lid` in place of a phone number; a row here pairs the two. Both are stored
as digits, sometimes with `@lid` or `@s.whatsapp.net`.

Known limits: one file with rows was at hand. A pair stands here only if the phone has learnt it. Other tables of the
file are not read.

Sources: test data of https://github.com/mvt-project/mvt (whatsapp); the file is in the folder of an iOS 15.3 phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import Block, Gap, PhoneNumber, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, text_or_utf8

_DIGITS = re.compile(r"\+?(\d{5,20})(?:[.:]\d{1,5})*(?:@[a-z.]{1,40})?\Z")


def _lid(value: object) -> str | None:
    """The digits of the identifier. Raises ValueError."""
    found = _DIGITS.match(_stored(value))
    return found[1] if found else None


def _number(value: object) -> str | None:
    """The phone number, with `+`. Raises ValueError."""
    found = _lid(value)
    return f"+{found}" if found else None


def _stored(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text_or_utf8(value)


@record(surface="message")
class Pair(Record):
    """An identifier and the phone number behind it."""

    time: Utc | None = col("ZTIMESTAMP", cocoa, doc="when the pair was stored")
    stored_lid: str | None = col("ZLID", _stored, doc="the identifier, as stored")
    lid: str | None = col("ZLID", _lid, doc="digits of the identifier")
    stored_number: str | None = col("ZPHONENUMBER", _stored, doc="the phone number, as stored")
    number: PhoneNumber | None = col("ZPHONENUMBER", _number, doc="the phone number, with `+`")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/LID.sqlite")
def whatsapp_lid(file: SourceFile) -> Iterator[Block[Pair] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("ZWAPHONENUMBERLIDPAIR", Pair)
