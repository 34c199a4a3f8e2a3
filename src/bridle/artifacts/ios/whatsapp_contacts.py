"""ContactsV2.sqlite of WhatsApp: the contacts of the phone and of WhatsApp, and what they say about themselves.

A row may have a phone number of the address book only, or an account as well, as `15550100@s.whatsapp.net` or, since
2023, as `…@lid`. Newer stores hold names as bytes. ZDISAPPEARINGMODE… is the time after which messages to the contact
vanish, and when that was set.

Known limits: other tables of the file are not read. A contact that was removed leaves a missing number only. Names that
are stored as bytes in a form of their own are a Gap.

Sources: stores on iOS 15.3 and 16.1 (test data of iLEAPP, https://github.com/abrignoni/iLEAPP) and of
https://github.com/mvt-project/mvt (whatsapp_contacts).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, PhoneNumber, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.jid import phone_number
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, text_or_utf8, zero_is_none

_when = zero_is_none(cocoa)


@record(surface="message")
class Contact(Record):
    """One contact, or one number of it."""

    contact_id: int | None = col("Z_PK", doc="number of the contact")
    whatsapp_id: str | None = col("ZWHATSAPPID", text_or_utf8, doc="account, as stored")
    number: PhoneNumber | None = col("ZWHATSAPPID", phone_number, doc="phone number in the account, with `+`")
    lid: str | None = col("ZLID", text_or_utf8, doc="identifier that hides the number, as stored")
    phone_number: PhoneNumber | None = col("ZPHONENUMBER", text_or_utf8, doc="number in the address book, as written")
    localized_number: PhoneNumber | None = col(
        "ZLOCALIZEDPHONENUMBER", text_or_utf8, doc="number as it is written in the country"
    )
    label: str | None = col("ZPHONENUMBERLABEL", text_or_utf8, doc="kind of number in the address book")
    full_name: str | None = col("ZFULLNAME", text_or_utf8, doc="name in the address book")
    given_name: str | None = col("ZGIVENNAME", text_or_utf8, doc="given name")
    last_name: str | None = col("ZLASTNAME", text_or_utf8, doc="family name")
    user_name: str | None = col("ZUSERNAME", text_or_utf8, doc="name of the account in WhatsApp")
    business_name: str | None = col("ZBUSINESSNAME", text_or_utf8, doc="name of a business")
    address_book_id: str | None = col("ZIDENTIFIER", text_or_utf8, doc="identifier in the address book")
    about: Text | None = col("ZABOUTTEXT", text_or_utf8, doc="what the account says about itself")
    about_emoji: Text | None = col("ZABOUTEMOJI", text_or_utf8, doc="sign beside it")
    about_time: Utc | None = col("ZABOUTTIMESTAMP", _when, doc="when it last said so")
    about_expires: Utc | None = col("ZABOUTEXPIRATIONTIMESTAMP", _when, doc="when that vanishes")
    notes: Text | None = col("ZNOTES", text_or_utf8, doc="notes of the person", surface="mention")
    disappearing_after: float | None = col(
        "ZDISAPPEARINGMODEDURATION", doc="seconds after which messages vanish; 0 never"
    )
    disappearing_set: Utc | None = col("ZDISAPPEARINGMODETIMESTAMP", _when, doc="when that was set")
    updated: Utc | None = col("ZLASTUPDATED", _when, doc="when the row last changed")
    phone_status: int | None = col("ZPHONESTATUS", doc="whether the number has WhatsApp; its meaning is not published")
    sync_policy: int | None = col("ZSYNCPOLICY", doc="how it is kept; its meaning is not published")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/ContactsV2.sqlite")
def whatsapp_contacts(file: SourceFile) -> Iterator[Block[Contact] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("ZWAADDRESSBOOKCONTACT", Contact)
