"""sms_backup: the SMS and MMS of an `adb backup`, as the telephony provider writes them, a thousand in each file.

`apps/com.android.providers.telephony/d_f/000000_sms_backup` and `…_mms_backup` are lists of JSON objects, compressed
with zlib, whose values are texts:

    [{"self_phone":"+15550100","address":"+15550123","body":"Call me","date":"1645543781956",
      "date_sent":"1645543780000","status":"-1","type":"1","recipients":["+15550123"],"read":"1"}]

The time of an SMS is in milliseconds, that of an MMS in seconds since 1970. An SMS is of type 1 where it was received
and 2 where it was sent. Which of the two an object is, is decided by its keys.

Known limits: the backup holds no message of which the system keeps no text, and of an MMS only the text; no identifier
of a message or chat is stored. Names of attachments are kept only by some makers. `recipients` are all the numbers of
the chat, not of the one message.

Sources: AOSP TelephonyProvider, TelephonyBackupAgent.java,
https://android.googlesource.com/platform/packages/providers/TelephonyProvider/ ;
https://developer.android.com/reference/android/provider/Telephony.TextBasedSmsColumns ;
https://developer.android.com/reference/android/provider/Telephony.BaseMmsColumns
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bridle.core import FileName, Gap, PhoneNumber, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import json_list
from bridle.formats.table import col, records, rest
from bridle.formats.values import text, texts, unix, unix_milliseconds

_NUMBER = re.compile(r"-?\d{1,19}")
_BETWEEN = 10**11
"""A time in seconds is below it until the year 5138, one in milliseconds above it since 1973."""
_MOST_PARTS = 1_000
_BOXES = {0: "all", 1: "received", 2: "sent", 3: "draft", 4: "outbox", 5: "failed", 6: "queued"}
_ROLES = {129: "bcc", 130: "cc", 137: "from", 151: "to"}


def _number(value: object) -> int:
    """A whole number, also as text. Raises ValueError."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
        return value
    raise ValueError(f"expected a number, got {value!a:.60}")


def _truth(value: object) -> bool:
    """True, false, 0 or 1, also as text. Raises ValueError."""
    if isinstance(value, bool):
        return value
    number = _number(value)
    if number not in (0, 1):
        raise ValueError(f"expected 0 or 1, got {value!a:.60}")
    return bool(number)


def _milliseconds(value: object) -> Utc | None:
    number = _number(value)
    if 0 < number < _BETWEEN:
        raise ValueError(f"expected milliseconds since 1970, got {value!a:.60}")
    return unix_milliseconds(number) if number > 0 else None


def _seconds(value: object) -> Utc | None:
    number = _number(value)
    if number >= _BETWEEN:
        raise ValueError(f"expected seconds since 1970, got {value!a:.60}")
    return unix(number) if number > 0 else None


def _direction(value: object) -> str | None:
    return _BOXES.get(_number(value))


def _given(value: object) -> str | None:
    return text(value) or None


def _addresses(*roles: int) -> Callable[[object], tuple[str, ...] | None]:
    """A reader of the addresses of an MMS that have one of these roles; of none, those of any other role."""

    def read(value: object) -> tuple[str, ...] | None:
        found = [p for p in _parts(value) if (_role(p) in roles if roles else _role(p) not in _ROLES)]
        return tuple(text(p.get("address")) for p in found) or None

    return read


def _role(part: Mapping[str, Any]) -> int | None:
    try:
        return _number(part.get("type"))
    except ValueError:
        return None


def _of_attachments(key: str) -> Callable[[object], tuple[str, ...] | None]:
    def read(value: object) -> tuple[str, ...] | None:
        return tuple(text(p[key]) for p in _parts(value) if p.get(key) is not None) or None

    return read


def _parts(value: object) -> list[Mapping[str, Any]]:
    """A list of objects. Raises ValueError."""
    if not isinstance(value, list) or len(value) > _MOST_PARTS or not all(isinstance(p, dict) for p in value):
        raise ValueError(f"expected a list of at most {_MOST_PARTS} objects, got {value!a:.60}")
    return value


@record(surface="message")
class Sms(Record):
    """One SMS."""

    time: Utc | None = col("date", _milliseconds, doc="when it was received, or written here")
    sent: Utc | None = col("date_sent", _milliseconds, doc="when the other side sent it; none of those written here")
    direction: str | None = col(
        "type", _direction, doc="`received`, `sent`, `draft`, `outbox`, `failed` or `queued`; none for another type"
    )
    type: int | None = col("type", _number, doc="the same as stored: 1 received, 2 sent, 3 draft, 4 outbox, 5, 6")
    address: PhoneNumber | None = col("address", _given, doc="number, or name of a sender, of the other side")
    body: Text | None = col("body", _given, doc="text")
    subject: Text | None = col("subject", _given, doc="subject line")
    recipients: tuple[PhoneNumber, ...] | None = col("recipients", texts, doc="numbers of the chat without one's own")
    self_phone: PhoneNumber | None = col("self_phone", _given, doc="own number", surface="mention")
    read: bool | None = col("read", _truth, doc="whether it was read")
    status: int | None = col("status", _number, doc="delivery: -1 none asked for, 0 done, 32 pending, 64 failed")
    archived: bool | None = col("archived", _truth, doc="whether the chat was archived; stored with its first message")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record(surface="message")
class Mms(Record):
    """One MMS."""

    time: Utc | None = col("date", _seconds, doc="when it was received, or written here")
    sent: Utc | None = col("date_sent", _seconds, doc="when the other side sent it; none of those written here")
    direction: str | None = col("msg_box", _direction, doc="`received`, `sent`, `draft`, `outbox` or `failed`")
    msg_box: int | None = col("msg_box", _number, doc="the same as stored: 1 received, 2 sent, 3 draft, 4 outbox")
    senders: tuple[PhoneNumber, ...] | None = col(
        "mms_addresses", _addresses(137), doc="who sent it; `insert-address-token` is the phone itself"
    )
    to: tuple[PhoneNumber, ...] | None = col("mms_addresses", _addresses(151), doc="whom it was sent to")
    cc: tuple[PhoneNumber, ...] | None = col("mms_addresses", _addresses(130), doc="who got a copy")
    bcc: tuple[PhoneNumber, ...] | None = col("mms_addresses", _addresses(129), doc="who got a hidden copy")
    other_addresses: tuple[PhoneNumber, ...] | None = col(
        "mms_addresses", _addresses(), doc="addresses in another role than these"
    )
    body: Text | None = col("mms_body", _given, doc="its text parts, joined")
    subject: Text | None = col("sub", _given, doc="subject line, as stored; its bytes may be of another encoding")
    attachment_names: tuple[FileName, ...] | None = col(
        "attachments", _of_attachments("filename"), doc="names of attachments", surface="mention"
    )
    attachment_types: tuple[str, ...] | None = col(
        "attachments", _of_attachments("mime_type"), doc="their content types"
    )
    smil: Text | None = col("smil", _given, doc="how its parts are shown", surface="mention")
    content_location: Url | None = col("ct_l", _given, doc="where the content was fetched", surface="mention")
    recipients: tuple[PhoneNumber, ...] | None = col("recipients", texts, doc="numbers of the chat without one's own")
    self_phone: PhoneNumber | None = col("self_phone", _given, doc="own number", surface="mention")
    read: bool | None = col("read", _truth, doc="whether it was read")
    archived: bool | None = col("archived", _truth, doc="whether the chat was archived; stored with its first message")
    message_type: int | None = col("m_type", _number, doc="128 sent, 130 announced, 132 received, 134 delivery report")
    version: int | None = col("v", _number, doc="version of MMS, 16 is 1.0")
    transaction_id: str | None = col("tr_id", _given, doc="transaction identifier")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


_OF_MMS = frozenset({"mms_addresses", "mms_body", "msg_box", "m_type"})


@artifact(
    "/**/apps/com.android.providers.telephony/d_f/*_sms_backup",
    "/**/apps/com.android.providers.telephony/d_f/*_mms_backup",
)
def sms_backup(file: SourceFile) -> Iterator[Sms | Mms | Gap]:
    with file.open() as stored:
        for found in json_list.objects(stored):
            if isinstance(found, Gap):
                yield found
            elif _OF_MMS.isdisjoint(found[1]):
                yield from records([found], Sms)
            else:
                yield from records([found], Mms)
