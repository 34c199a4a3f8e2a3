"""iOS sms.db: messages with whom, what and when; attachments; what was deleted.

Many messages have their text in `attributedBody` alone. Messages without a handle are one's own, or a group's.

Sources: stores of iOS 13 to 17; imessage-exporter's description of the tables, https://github.com/ReagentX/imessage-exporter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bridle.core import Account, Block, FileName, FilePath, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import keyed_archive, plist, sqlite, typedstream
from bridle.formats.table import col, rest
from bridle.formats.values import blob, cocoa_or_nanoseconds

_MOST_LINKS = 64


def _attributed_text(value: object) -> str:
    return typedstream.text(blob(value))


def _attributed_links(value: object) -> tuple[str, ...] | None:
    return typedstream.links(blob(value)) or None


def _preview_links(value: object) -> tuple[str, ...] | None:
    """Every address in a link preview's keyed archive, in order, each once; other balloons often hold none."""
    data = blob(value)
    if not data.startswith(b"bplist00"):
        return None
    found: dict[str, None] = {}
    waiting: list[Any] = [keyed_archive.unarchive(plist.loads(data))]
    while waiting and len(found) < _MOST_LINKS:
        inner = waiting.pop()
        if isinstance(inner, dict):
            waiting += reversed(list(inner.values()))
        elif isinstance(inner, list | tuple):
            waiting += reversed(inner)
        elif isinstance(inner, str) and inner.startswith(("http://", "https://")):
            found.setdefault(inner)
    return tuple(found) or None


def _instant(value: object) -> Utc | None:
    """A time; None for the 0 that stands for "not yet"."""
    return None if value == 0 else cocoa_or_nanoseconds(value)


@record(surface="message")
class Message(Record):
    """One message, sent or received."""

    message_id: int = col("ROWID", doc="number of the row")
    guid: str | None = col("guid", doc="identifier across devices")
    time: Utc | None = col("date", cocoa_or_nanoseconds, doc="when it was sent or received")
    is_from_me: bool | None = col("is_from_me", doc="sent by this device's user")
    handle_id: int | None = col("handle_id", doc="Handle.handle_id; 0 for one's own and some group messages")
    service: str | None = col("service", doc="iMessage, SMS or RCS")
    text: Text | None = col("text", doc="the text; empty on many messages of recent releases")
    attributed_text: Text | None = col("attributedBody", _attributed_text, doc="the text of the styled body")
    attributed_links: tuple[Url, ...] | None = col("attributedBody", _attributed_links, doc="its links")
    preview_links: tuple[Url, ...] | None = col("payload_data", _preview_links, doc="addresses in the link preview")
    subject: Text | None = col("subject", doc="subject line")
    account: Account | None = col("account", doc="the user's own account", surface="mention")
    destination_caller_id: Account | None = col(
        "destination_caller_id", doc="the user's own address", surface="mention"
    )
    read: Utc | None = col("date_read", _instant, doc="when it was read")
    delivered: Utc | None = col("date_delivered", _instant, doc="when it was delivered")
    edited: Utc | None = col("date_edited", _instant, doc="when it was edited (from iOS 16)")
    retracted: Utc | None = col("date_retracted", _instant, doc="when it was unsent (from iOS 16)")
    is_spam: bool | None = col("is_spam", doc="marked as junk")
    has_attachments: bool | None = col("cache_has_attachments", doc="whether it had attachments")
    balloon_bundle_id: str | None = col("balloon_bundle_id", doc="who draws it: link previews, apps")
    associated_message: str | None = col("associated_message_guid", doc="the message this reacts to")
    extra: str | None = rest(doc="other stored columns, as JSON")


@record(surface="mention")
class Handle(Record):
    """An address that messages came from or went to."""

    handle_id: int = col("ROWID", doc="what Message.handle_id names")
    id: Account | None = col("id", doc="phone number or e-mail address")
    service: str | None = col("service", doc="iMessage, SMS or RCS")
    country: str | None = col("country", doc="country code of the number")
    extra: str | None = rest(doc="other stored columns, as JSON")


@record(surface="mention")
class Chat(Record):
    """A thread."""

    chat_id: int = col("ROWID", doc="what ChatMessage.chat_id names")
    guid: str | None = col("guid", doc="identifier")
    identifier: Account | None = col("chat_identifier", doc="the other side, or a group's identifier")
    name: Text | None = col("display_name", doc="name a group was given")
    extra: str | None = rest(doc="other stored columns, as JSON")


@record
class ChatMessage(Record):
    """A message's place in a thread."""

    chat_id: int | None = col("chat_id", doc="Chat.chat_id")
    message_id: int | None = col("message_id", doc="Message.message_id")
    time: Utc | None = col("message_date", _instant, doc="the message's time, as the thread keeps it")


@record(surface="message")
class Attachment(Record):
    """A file that came or went with a message."""

    attachment_id: int = col("ROWID", doc="what MessageAttachment.attachment_id names")
    guid: str | None = col("guid", doc="identifier")
    filename: FilePath | None = col("filename", doc="where it was put; ~ is /private/var/mobile")
    transfer_name: FileName | None = col("transfer_name", doc="name the sender gave it")
    uti: str | None = col("uti", doc="uniform type identifier")
    mime_type: str | None = col("mime_type", doc="type the sender gave it")
    size: int | None = col("total_bytes", doc="bytes")
    is_outgoing: bool | None = col("is_outgoing", doc="sent by this device's user")
    time: Utc | None = col("created_date", _instant, doc="when the row was made")
    hidden: bool | None = col("hide_attachment", doc="not shown in the thread")
    extra: str | None = rest(doc="other stored columns, as JSON")


@record
class MessageAttachment(Record):
    """An attachment's message."""

    message_id: int | None = col("message_id", doc="Message.message_id")
    attachment_id: int | None = col("attachment_id", doc="Attachment.attachment_id")


@record
class DeletedMessage(Record):
    """A message that was deleted, by its identifier."""

    guid: str | None = col("guid", doc="Message.guid of the message that was")
    extra: str | None = rest(doc="other stored columns, as JSON")


Rows = (
    Block[Message] | Block[Handle] | Block[Chat] | Block[ChatMessage] | Block[Attachment]
    | Block[MessageAttachment] | Block[DeletedMessage] | Gap
)  # fmt: skip


@artifact("/private/var/mobile/Library/SMS/sms.db")
def sms(file: SourceFile) -> Iterator[Rows]:
    with sqlite.connect(file) as db:
        yield from db.table("message", Message)
        yield from db.table("handle", Handle)
        yield from db.table("chat", Chat, optional=True)
        yield from db.table("chat_message_join", ChatMessage, optional=True)
        yield from db.table("attachment", Attachment, optional=True)
        yield from db.table("message_attachment_join", MessageAttachment, optional=True)
        yield from db.table("deleted_messages", DeletedMessage, optional=True)
