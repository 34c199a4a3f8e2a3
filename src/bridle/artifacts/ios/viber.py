"""Contacts.data of Viber: messages, conversations, members, their phone numbers, and attachments.

A Core Data store in plain SQLite. A message points to its conversation, its attachment and, where it was received, to
the number it came from (ZPHONENUMINDEX; none for a sent one); a member has several numbers. ZTEXT is the text, or JSON
where ZSYSTEMTYPE says so. Attached files lie in the app's own folder, below Documents. Times are seconds since 2001.

No store was at hand: columns are those that published tools read, and what is not mapped stays in `extra`.

Known limits: which columns of newer stores differ is not known. What is in ZTEXT as JSON is not taken apart. Removed
messages leave a number missing below PrimaryKey.last.

Sources: https://github.com/mvt-project/mvt (viber, as of forks); descriptions of the tables for Viber 7.5 on iOS 11 and
later in public repositories.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, FileName, Gap, PhoneNumber, Record, SourceFile, Text, Utc, artifact, record  # fmt: skip
from bridle.formats import sqlite
from bridle.formats.core_data import PrimaryKey
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, text_or_utf8, zero_is_none

_EXTRA = "columns that no field maps, as JSON"


_when = zero_is_none(cocoa)


@record(surface="message")
class Message(Record):
    """One message, received or sent, or a note such as a call."""

    message_id: int | None = col("Z_PK", doc="number of the message")
    time: Utc | None = col("ZDATE", _when, doc="when it was sent or received")
    state_time: Utc | None = col("ZSTATEDATE", _when, doc="when its state last changed")
    conversation_id: int | None = col("ZCONVERSATION", doc="Conversation.conversation_id")
    number_id: int | None = col("ZPHONENUMINDEX", doc="Number.number_id it came from; none where it was sent")
    attachment_id: int | None = col("ZATTACHMENT", doc="Attachment.attachment_id")
    text: Text | None = col("ZTEXT", text_or_utf8, doc="text, or JSON of a contact or a note")
    metadata: Text | None = col("ZMETADATA", text_or_utf8, doc="JSON of a preview, of mentions and the like")
    state: str | None = col("ZSTATE", text_or_utf8, doc="`received`, or `send` and `delivered` where it was sent")
    system_type: str | None = col("ZSYSTEMTYPE", text_or_utf8, doc="kind of note, such as `url` or `systemCallLog`")
    call_type: str | None = col("ZCALLTYPE", text_or_utf8, doc="kind of call, such as `incoming` or `missed`")
    token: int | None = col("ZTOKEN", doc="identifier, the same on all devices")
    being_deleted: bool | None = col("ZBEINGDELETED", doc="whether it is to be deleted")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Conversation(Record):
    """A conversation with a member or a group."""

    conversation_id: int | None = col("Z_PK", doc="number of the conversation")
    name: Text | None = col("ZNAME", text_or_utf8, doc="name of a group")
    group_id: str | None = col("ZGROUPID", text_or_utf8, doc="identifier of a group; none for a single member")
    member_id: int | None = col("ZINTERLOCUTOR", doc="Member.member_id of the other side")
    time: Utc | None = col("ZDATE", _when, doc="when it last changed")
    draft: Text | None = col("ZUNSENTMESSAGE", text_or_utf8, doc="text that was not sent", surface="mention")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Member(Record):
    """Somebody on the other side."""

    member_id: int | None = col("Z_PK", doc="number of the member")
    account: str | None = col("ZMEMBERID", text_or_utf8, doc="identifier of the account")
    full_name: Text | None = col("ZDISPLAYFULLNAME", text_or_utf8, doc="name as it is shown")
    short_name: Text | None = col("ZDISPLAYSHORTNAME", text_or_utf8, doc="short name as it is shown")
    name: Text | None = col("ZNAME", text_or_utf8, doc="name the account has chosen")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Number(Record):
    """A phone number."""

    number_id: int | None = col("Z_PK", doc="number of the row")
    member_id: int | None = col("ZMEMBER", doc="Member.member_id")
    number: PhoneNumber | None = col("ZPHONE", text_or_utf8, doc="phone number, as stored")
    canonized_number: PhoneNumber | None = col("ZCANONIZEDPHONENUM", text_or_utf8, doc="phone number in full")
    type: str | None = col("ZPHONETYPE", text_or_utf8, doc="kind of number")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Attachment(Record):
    """Something that was sent or received with a message."""

    attachment_id: int | None = col("Z_PK", doc="number of the attachment")
    type: str | None = col("ZTYPE", text_or_utf8, doc="`picture`, `video`, `audio`, `file`, `sticker` …")
    name: FileName | None = col("ZNAME", text_or_utf8, doc="name of the file below Documents of the app")
    size: int | None = col("ZFILESIZE", doc="bytes of the file")
    download_id: str | None = col("ZID", text_or_utf8, doc="identifier of the file on the server")
    state: str | None = col("ZSTATE", text_or_utf8, doc="how far it was fetched")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Recent(Record):
    """A call in the list of recent ones."""

    recent_id: int | None = col("Z_PK", doc="number of the row")
    time: Utc | None = col("ZDATE", _when, doc="when the call was")
    number_id: int | None = col("ZPHONENUMINDEX", doc="Number.number_id")
    call_type: str | None = col("ZCALLTYPE", text_or_utf8, doc="kind of call, such as `incoming` or `missed`")
    duration: float | None = col("ZDURATION", doc="seconds the call lasted")
    extra: str | None = rest(doc=_EXTRA)


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/**/Contacts.data")
def viber(
    file: SourceFile,
) -> Iterator[
    Block[Message] | Block[Conversation] | Block[Member] | Block[Number] | Block[Attachment] | Block[Recent]
    | Block[PrimaryKey] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ZVIBERMESSAGE", Message)
        yield from db.table("ZCONVERSATION", Conversation, optional=True)
        yield from db.table("ZMEMBER", Member, optional=True)
        yield from db.table("ZPHONENUMBER", Number, optional=True)
        yield from db.table("ZATTACHMENT", Attachment, optional=True)
        yield from db.table("ZRECENT", Recent, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)
