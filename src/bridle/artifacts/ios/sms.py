"""sms.db: messages and SMS, the accounts and chats they belong to, their attachments, and what was deleted.

A message's text may be in `text`, in `attributedBody` (an archived attributed string) or in both; the links of its
previews are in `payload_data`, its earlier versions in `message_summary_info`. Messages without a handle (sent ones,
those of groups) are rows like any other. Times are nanoseconds since 2001, before iOS 11 seconds.

Rows that were deleted may still lie in space that the database does not use.

Sources: tables of iOS 14 and macOS 10.12; https://github.com/ReagentX/imessage-exporter (edits, previews);
https://github.com/mvt-project/mvt (sms, sms_attachments).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import (
    Account,
    Block,
    FileName,
    FilePath,
    FormatError,
    Gap,
    Record,
    SourceFile,
    Text,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import keyed_archive, plist, sqlite, sqlite_recovery, typedstream
from bridle.formats.table import col, rest
from bridle.formats.values import blob, cocoa_or_nanoseconds

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://\S+")


def _when(value: object) -> Utc | None:
    """A time; 0 stands for none. Raises ValueError."""
    return None if value == 0 else cocoa_or_nanoseconds(value)


def _attributed_text(value: object) -> str:
    return typedstream.text(blob(value))


def _attributed_links(value: object) -> tuple[str, ...] | None:
    return typedstream.links(blob(value)) or None


def _preview_links(value: object) -> tuple[str, ...] | None:
    """The addresses in an archive, in its order, each once. Raises FormatError."""
    found = keyed_archive.unarchive(plist.loads(blob(value)))
    return tuple(dict.fromkeys(_addresses(found))) or None


def _addresses(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if _ADDRESS.fullmatch(value):
            yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _addresses(part)


def _versions(value: object) -> tuple[str, ...] | None:
    """The texts in an edit history: `ec` holds a list for each part of the message. Raises FormatError."""
    summary = plist.loads(blob(value))
    parts = summary.get("ec") if isinstance(summary, dict) else None
    if parts is None:
        return None
    if not isinstance(parts, dict) or not all(isinstance(p, list) for p in parts.values()):
        raise FormatError(f"edit history: expected a list of versions for each part, got {parts!r:.60}")
    texts = (v.get("t") for versions in parts.values() for v in versions if isinstance(v, dict))
    return tuple(typedstream.text(blob(t)) for t in texts if t is not None) or None


@record(surface="message")
class Message(Record):
    """One message, received or sent, or a note of the chat such as a new member."""

    message_id: int | None = col("ROWID", doc="number of the message")
    guid: str | None = col("guid", doc="identifier, the same on all devices of the account")
    time: Utc | None = col("date", _when, doc="when it was sent or received")
    read: Utc | None = col("date_read", _when, doc="when it was read; none if it was not")
    delivered: Utc | None = col("date_delivered", _when, doc="when it was delivered; none if that is not known")
    edited: Utc | None = col("date_edited", _when, doc="when it was last edited; from iOS 16")
    retracted: Utc | None = col("date_retracted", _when, doc="when it was unsent; from iOS 16")
    handle_id: int | None = col("handle_id", doc="Handle.handle_id of the other side; 0 for none")
    is_from_me: bool | None = col("is_from_me", doc="whether it was sent from this account")
    service: str | None = col("service", doc="`iMessage`, `SMS` or `RCS`")
    account: str | None = col("account", doc="own account, `P:` and a number or `E:` and an address")
    destination_caller_id: Account | None = col(
        "destination_caller_id", doc="own number or address that was written to"
    )
    subject: Text | None = col("subject", doc="subject line")
    text: Text | None = col("text", doc="text; on recent systems often none where there is an attributed one")
    attributed_text: Text | None = col("attributedBody", _attributed_text, doc="text of the attributed string")
    attributed_links: tuple[Url, ...] | None = col(
        "attributedBody", _attributed_links, doc="addresses that attributes of the attributed string lead to"
    )
    preview_links: tuple[Url, ...] | None = col(
        "payload_data", _preview_links, doc="addresses in the preview or the app's content: page, icon, image"
    )
    versions: tuple[Text, ...] | None = col(
        "message_summary_info", _versions, doc="every version of an edited text, oldest first; from iOS 16"
    )
    group_title: Text | None = col("group_title", doc="name a group was given by this row")
    balloon_bundle_id: str | None = col(
        "balloon_bundle_id", doc="what draws the message, such as the provider of link previews"
    )
    associated_message: str | None = col("associated_message_guid", doc="guid of the message this one reacts to")
    associated_type: int | None = col("associated_message_type", doc="kind of reaction; 0 for none")
    has_attachments: bool | None = col("cache_has_attachments", doc="whether it has attachments")
    is_read: bool | None = col("is_read", doc="whether it was read")
    is_spam: bool | None = col("is_spam", doc="whether it was reported or filtered as unwanted")
    item_type: int | None = col("item_type", doc="0 message; else a note of the chat, such as 1 members, 2 name")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Handle(Record):
    """A number or address on the other side, once for each service."""

    handle_id: int | None = col("ROWID", doc="number of the handle")
    id: Account | None = col("id", doc="number or address")
    uncanonicalized_id: Account | None = col("uncanonicalized_id", doc="number as it was typed")
    country: str | None = col("country", doc="country the number is read in")
    service: str | None = col("service", doc="`iMessage`, `SMS` or `RCS`")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Chat(Record):
    """A conversation with one or more handles."""

    chat_id: int | None = col("ROWID", doc="number of the chat")
    guid: str | None = col("guid", doc="identifier: service, kind and account")
    identifier: Account | None = col("chat_identifier", doc="account of the other side, or `chat` and a number")
    service: str | None = col("service_name", doc="`iMessage`, `SMS` or `RCS`")
    name: Text | None = col("display_name", doc="name of the group")
    account_login: str | None = col("account_login", doc="own account, `P:` and a number or `E:` and an address")
    last_addressed_handle: Account | None = col(
        "last_addressed_handle", doc="own number or address last written from", surface="mention"
    )
    is_archived: bool | None = col("is_archived", doc="whether it was put away")
    is_filtered: int | None = col("is_filtered", doc="0 known sender, 1 unknown; higher numbers are other filters")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ChatHandle(Record):
    """A member of a chat."""

    chat_id: int | None = col("chat_id", doc="Chat.chat_id")
    handle_id: int | None = col("handle_id", doc="Handle.handle_id")


@record
class ChatMessage(Record):
    """A message of a chat."""

    chat_id: int | None = col("chat_id", doc="Chat.chat_id")
    message_id: int | None = col("message_id", doc="Message.message_id")
    time: Utc | None = col("message_date", _when, doc="Message.time, kept twice")


@record(surface="message")
class Attachment(Record):
    """A file that was sent or received."""

    attachment_id: int | None = col("ROWID", doc="number of the attachment")
    guid: str | None = col("guid", doc="identifier")
    time: Utc | None = col("created_date", _when, doc="when the row was made")
    filename: FilePath | None = col("filename", doc="where it is stored; `~` is /private/var/mobile")
    transfer_name: FileName | None = col("transfer_name", doc="name it was sent under")
    mime_type: str | None = col("mime_type", doc="kind of content, as the sender says")
    uti: str | None = col("uti", doc="kind of content, as this device says")
    size: int | None = col("total_bytes", doc="bytes of the file")
    is_outgoing: bool | None = col("is_outgoing", doc="whether it was sent from this account")
    hidden: bool | None = col("hide_attachment", doc="whether it is part of a preview and not shown by itself")
    transfer_state: int | None = col("transfer_state", doc="5 complete; others are on the way or failed")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class MessageAttachment(Record):
    """An attachment of a message."""

    message_id: int | None = col("message_id", doc="Message.message_id")
    attachment_id: int | None = col("attachment_id", doc="Attachment.attachment_id")


@record
class DeletedMessage(Record):
    """The identifier of a message that was deleted, kept to tell the other devices of the account."""

    guid: str | None = col("guid", doc="Message.guid of the deleted message")


@record
class RecoverableMessage(Record):
    """A message that was deleted and is kept for up to 30 days; from iOS 16."""

    chat_id: int | None = col("chat_id", doc="Chat.chat_id it was deleted from")
    message_id: int | None = col("message_id", doc="Message.message_id")
    time: Utc | None = col("delete_date", _when, doc="when it was deleted")


@record(surface="message")
class RecoveredMessage(Message):
    """A message whose row was deleted or replaced, read from space that the database no longer uses."""

    found_in: str | None = sqlite_recovery.found_in()
    rowid: int | None = sqlite_recovery.rowid()
    whole: bool | None = sqlite_recovery.whole()
    copies: int | None = sqlite_recovery.copies()


@record(surface="message")
class RecoveredHandle(Handle):
    """A number or address whose row was deleted or replaced."""

    found_in: str | None = sqlite_recovery.found_in()
    rowid: int | None = sqlite_recovery.rowid()
    whole: bool | None = sqlite_recovery.whole()
    copies: int | None = sqlite_recovery.copies()


@record(surface="message")
class RecoveredChat(Chat):
    """A conversation whose row was deleted or replaced."""

    found_in: str | None = sqlite_recovery.found_in()
    rowid: int | None = sqlite_recovery.rowid()
    whole: bool | None = sqlite_recovery.whole()
    copies: int | None = sqlite_recovery.copies()


@record(surface="message")
class RecoveredAttachment(Attachment):
    """An attachment whose row was deleted or replaced."""

    found_in: str | None = sqlite_recovery.found_in()
    rowid: int | None = sqlite_recovery.rowid()
    whole: bool | None = sqlite_recovery.whole()
    copies: int | None = sqlite_recovery.copies()


@artifact("/private/var/mobile/Library/SMS/sms.db")
def sms(
    file: SourceFile,
) -> Iterator[
    Block[Message] | Block[Handle] | Block[Chat] | Block[ChatHandle] | Block[ChatMessage] | Block[Attachment]
    | Block[MessageAttachment] | Block[DeletedMessage] | Block[RecoverableMessage]
    | Block[RecoveredMessage] | Block[RecoveredHandle] | Block[RecoveredChat] | Block[RecoveredAttachment] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("message", Message)
        yield from db.table("handle", Handle)
        yield from db.table("chat", Chat, optional=True)
        yield from db.table("chat_handle_join", ChatHandle, optional=True)
        yield from db.table("chat_message_join", ChatMessage, optional=True)
        yield from db.table("attachment", Attachment, optional=True)
        yield from db.table("message_attachment_join", MessageAttachment, optional=True)
        yield from db.table("deleted_messages", DeletedMessage, optional=True)
        yield from db.table("chat_recoverable_message_join", RecoverableMessage, optional=True)
        yield from db.recovered("message", RecoveredMessage)
        yield from db.recovered("handle", RecoveredHandle)
        yield from db.recovered("chat", RecoveredChat)
        yield from db.recovered("attachment", RecoveredAttachment)
