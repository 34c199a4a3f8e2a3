"""sms.db: messages and SMS, the accounts and chats they belong to, their attachments, and what was deleted.

A message's text may be in `text`, in `attributedBody` (an archived attributed string) or in both; the links of its
previews are in `payload_data`, its earlier versions and unsent parts in `message_summary_info`. Messages without a
handle (sent ones, those of groups) are rows like any other. Times are nanoseconds since 2001, before iOS 11 seconds.
Deleted messages stand in `chat_recoverable_message_join` for up to 30 days, their identifiers in `deleted_messages` and
in the lists for iCloud; numbers missing below `sqlite_sequence` are rows that are gone. The text of an unsent part is
removed: what is left is its number and its length. Deleted and replaced rows are read from unused space of the file.

Known limits: newest columns are as published, not seen. Of archives (`attributedBody`, `payload_data`, `user_info`)
only texts and addresses are kept. Tables of the search index and of tasks of iCloud besides those here are not read.

Sources: tables of iOS 14, macOS 10.12, and as described for macOS 14 and 15; https://github.com/mvt-project/mvt (sms);
https://github.com/ReagentX/imessage-exporter (edits, previews).
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import (
    Account,
    Block,
    FileName,
    FilePath,
    Gap,
    PhoneNumber,
    Record,
    SourceFile,
    Text,
    Url,
    Utc,
    artifact,
    record,
)
from bridle.formats import message_summary, sqlite
from bridle.formats.message_values import attributed_links, attributed_text, preview_links, transfer_links
from bridle.formats.sqlite_properties import Property
from bridle.formats.sqlite_recovery import recovered
from bridle.formats.sqlite_sequence import Sequence
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa_or_nanoseconds, text, zero_is_none

_when = zero_is_none(cocoa_or_nanoseconds)


def _device_path(value: object) -> str:
    """A path with `~` and `/var` as iOS resolves them. Raises ValueError."""
    path = text(value)
    if path == "~" or path.startswith("~/"):
        return "/private/var/mobile" + path[1:]
    return "/private" + path if path.startswith("/var/") else path


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
    destination_caller_id: Account | None = col("destination_caller_id", doc="own number or address written to")
    subject: Text | None = col("subject", doc="subject line")
    text: Text | None = col("text", doc="text; on recent systems often none where there is an attributed one")
    attributed_text: Text | None = col("attributedBody", attributed_text, doc="text of the attributed string")
    attributed_links: tuple[Url, ...] | None = col(
        "attributedBody", attributed_links, doc="addresses that attributes of the attributed string lead to"
    )
    preview_links: tuple[Url, ...] | None = col(
        "payload_data", preview_links, doc="addresses in the preview or the app's content: page, icon, image"
    )
    versions: tuple[Text, ...] | None = col(
        "message_summary_info", message_summary.versions, doc="versions of an edited text, oldest first; from iOS 16"
    )
    version_times: tuple[Utc, ...] | None = col(
        "message_summary_info", message_summary.version_times, doc="when each of them was written, in their order"
    )
    edited_parts: tuple[int, ...] | None = col(
        "message_summary_info", message_summary.edited_parts, doc="numbers of the parts that were edited"
    )
    retracted_parts: tuple[int, ...] | None = col(
        "message_summary_info", message_summary.retracted_parts, doc="numbers of unsent parts; their text is gone"
    )
    original_ranges: tuple[str, ...] | None = col(
        "message_summary_info",
        message_summary.original_ranges,
        doc="where each part stood before: `part:begin+length` in UTF-16 units; tells how long an unsent text was",
    )
    edit_handles: tuple[Account, ...] | None = col(
        "message_summary_info",
        message_summary.edit_handles,
        doc="accounts listed with the edits; why they are there is not published",
    )
    group_title: Text | None = col("group_title", doc="name a group was given by this row")
    balloon_bundle_id: str | None = col(
        "balloon_bundle_id", doc="what draws the message, such as the provider of link previews"
    )
    associated_message: str | None = col("associated_message_guid", doc="guid of the message this one reacts to")
    associated_type: int | None = col(
        "associated_message_type",
        doc="kind of reaction; 0 none, 2000 to 2007 set (2006 an emoji), 3000 to 3007 taken back, 1000 a sticker",
    )
    associated_emoji: str | None = col("associated_message_emoji", doc="emoji of a reaction of type 2006; from iOS 18")
    associated_range_location: int | None = col(
        "associated_message_range_location", doc="begin of what is reacted to, in UTF-16 units of its text"
    )
    associated_range_length: int | None = col("associated_message_range_length", doc="its length")
    reply_to: str | None = col("reply_to_guid", doc="guid of the message before it; set without the person's doing")
    thread_originator: str | None = col("thread_originator_guid", doc="guid of the message it is a reply to")
    thread_originator_part: str | None = col(
        "thread_originator_part", doc="what it is a reply to: `part:begin:length` in UTF-16 units"
    )
    send_style: str | None = col("expressive_send_style_id", doc="effect it was sent with")
    effect_played: Utc | None = col("time_expressive_send_played", _when, doc="when the effect was shown")
    played: Utc | None = col("date_played", _when, doc="when its sound was played")
    recovered: Utc | None = col("date_recovered", _when, doc="when it was restored after deletion; from iOS 18")
    schedule_type: int | None = col("schedule_type", doc="kind of sending at a later time; 0 for none; from iOS 18")
    schedule_state: int | None = col("schedule_state", doc="how far it has come; its meaning is not published")
    other_handle_id: int | None = col("other_handle", doc="Handle.handle_id of the member a note of the chat is about")
    room: str | None = col("cache_roomnames", doc="name of the group's room, as in Chat.room")
    service_center: PhoneNumber | None = col("service_center", doc="number of the centre an SMS came through")
    error: int | None = col("error", doc="0 for none; else why it failed")
    is_delivered: bool | None = col("is_delivered", doc="whether it was delivered")
    is_sent: bool | None = col("is_sent", doc="whether it left this device")
    is_empty: bool | None = col("is_empty", doc="whether it is marked as without content")
    is_system_message: bool | None = col("is_system_message", doc="whether the system wrote it")
    is_audio_message: bool | None = col("is_audio_message", doc="whether it is a recorded message")
    is_corrupt: bool | None = col("is_corrupt", doc="whether its content could not be read by the device")
    was_detonated: bool | None = col(
        "was_detonated", doc="flag of the system for content that was opened in a sandbox; not published further"
    )
    part_count: int | None = col("part_count", doc="number of parts of the content; 0 where all were unsent")
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
    style: int | None = col("style", doc="43 group, 45 one other side")
    room: str | None = col("room_name", doc="name of the group's room")
    group_id: str | None = col("group_id", doc="identifier of the group")
    original_group_id: str | None = col("original_group_id", doc="the identifier it had first")
    account_login: str | None = col("account_login", doc="own account, `P:` and a number or `E:` and an address")
    last_addressed_handle: Account | None = col(
        "last_addressed_handle", doc="own number or address last written from", surface="mention"
    )
    is_archived: bool | None = col("is_archived", doc="whether it was put away")
    is_blackholed: bool | None = col("is_blackholed", doc="whether its messages are thrown away")
    is_recovered: bool | None = col("is_recovered", doc="whether it was restored after deletion")
    last_read: Utc | None = col("last_read_message_timestamp", _when, doc="time of the last message that was read")
    is_filtered: int | None = col("is_filtered", doc="0 known sender, 1 unknown; higher numbers are other filters")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ChatHandle(Record):
    """A member of a chat."""

    chat_id: int | None = col("chat_id", doc="Chat.chat_id")
    handle_id: int | None = col("handle_id", doc="Handle.handle_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ChatMessage(Record):
    """A message of a chat."""

    chat_id: int | None = col("chat_id", doc="Chat.chat_id")
    message_id: int | None = col("message_id", doc="Message.message_id")
    time: Utc | None = col("message_date", _when, doc="Message.time, kept twice")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Attachment(Record):
    """A file that was sent or received."""

    attachment_id: int | None = col("ROWID", doc="number of the attachment")
    guid: str | None = col("guid", doc="identifier")
    time: Utc | None = col("created_date", _when, doc="when the row was made")
    original_guid: str | None = col("original_guid", doc="the identifier it had first")
    started: Utc | None = col("start_date", _when, doc="when the transfer began")
    filename: str | None = col("filename", doc="where it is stored, as it stands there")
    device_path: FilePath | None = col(
        "filename", _device_path, doc="the same with `~` as /private/var/mobile and `/var` as /private/var"
    )
    transfer_name: FileName | None = col("transfer_name", doc="name it was sent under")
    mime_type: str | None = col("mime_type", doc="kind of content, as the sender says")
    uti: str | None = col("uti", doc="kind of content, as this device says")
    size: int | None = col("total_bytes", doc="bytes of the file")
    is_outgoing: bool | None = col("is_outgoing", doc="whether it was sent from this account")
    hidden: bool | None = col("hide_attachment", doc="whether it is part of a preview and not shown by itself")
    is_sticker: bool | None = col("is_sticker", doc="whether it is a sticker")
    is_sensitive: bool | None = col("is_commsafety_sensitive", doc="whether it was found to show nudity")
    transfer_state: int | None = col("transfer_state", doc="5 complete; others are on the way or failed")
    transfer_links: tuple[Url, ...] | None = col(
        "user_info", transfer_links, doc="addresses in the facts of the transfer, such as where it was loaded from"
    )
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class MessageAttachment(Record):
    """An attachment of a message."""

    message_id: int | None = col("message_id", doc="Message.message_id")
    attachment_id: int | None = col("attachment_id", doc="Attachment.attachment_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class DeletedMessage(Record):
    """The identifier of a message that was deleted, kept to tell the other devices of the account."""

    guid: str | None = col("guid", doc="Message.guid of the deleted message")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class RecoverableMessage(Record):
    """A message that was deleted and is kept for up to 30 days; from iOS 16."""

    chat_id: int | None = col("chat_id", doc="Chat.chat_id it was deleted from")
    message_id: int | None = col("message_id", doc="Message.message_id")
    time: Utc | None = col("delete_date", _when, doc="when it was deleted")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class RecoverablePart(Record):
    """A part of a message that was deleted by itself and is kept for up to 30 days; from iOS 16."""

    chat_id: int | None = col("chat_id", doc="Chat.chat_id it was deleted from")
    message_id: int | None = col("message_id", doc="Message.message_id")
    part: int | None = col("part_index", doc="number of the part")
    time: Utc | None = col("delete_date", _when, doc="when it was deleted")
    attributed_text: Text | None = col("part_text", attributed_text, doc="text of the part")
    attributed_links: tuple[Url, ...] | None = col(
        "part_text", attributed_links, doc="addresses that attributes of the part lead to"
    )
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class RemovedRecoverable(Record):
    """A recently deleted message that was removed for good, to be told to iCloud; from iOS 16."""

    chat_guid: str | None = col("chat_guid", doc="Chat.guid")
    message_guid: str | None = col("message_guid", doc="Message.guid of what was removed")
    part: int | None = col("part_index", doc="number of the part; none for the whole message")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class SyncDeletedMessage(Record):
    """The identifier of a deleted message, until iCloud has been told."""

    guid: str | None = col("guid", doc="Message.guid of the deleted message")
    cloud_record: str | None = col("recordID", doc="its name in iCloud")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class SyncDeletedAttachment(Record):
    """The identifier of a deleted attachment, until iCloud has been told."""

    guid: str | None = col("guid", doc="Attachment.guid of the deleted attachment")
    cloud_record: str | None = col("recordID", doc="its name in iCloud")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class SyncDeletedChat(Record):
    """The identifier of a deleted chat, until iCloud has been told."""

    guid: str | None = col("guid", doc="Chat.guid or group of the deleted chat")
    cloud_record: str | None = col("recordID", doc="its name in iCloud")
    time: Utc | None = col("timestamp", _when, doc="when it was deleted")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ScheduledDeleted(Record):
    """The identifier of a message to be sent later that was deleted, until iCloud has been told; from iOS 18."""

    guid: str | None = col("guid", doc="Message.guid of the deleted message")
    cloud_record: str | None = col("recordID", doc="its name in iCloud")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ProcessingTask(Record):
    """Work on a message that is still to be done. It may outlive the message."""

    guid: str | None = col("guid", doc="Message.guid")
    flags: int | None = col("task_flags", doc="kinds of work; their meaning is not published")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@recovered(surface="message")
class RecoveredMessage(Message):
    """A message whose row was deleted or replaced."""


@recovered(surface="message")
class RecoveredHandle(Handle):
    """A number or address whose row was deleted or replaced."""


@recovered(surface="message")
class RecoveredChat(Chat):
    """A conversation whose row was deleted or replaced."""


@recovered(surface="message")
class RecoveredAttachment(Attachment):
    """An attachment whose row was deleted or replaced."""


@artifact("/private/var/mobile/Library/SMS/sms.db")
def sms(
    file: SourceFile,
) -> Iterator[
    Block[Message] | Block[Handle] | Block[Chat] | Block[ChatHandle] | Block[ChatMessage] | Block[Attachment]
    | Block[MessageAttachment] | Block[DeletedMessage] | Block[RecoverableMessage] | Block[RecoverablePart]
    | Block[RemovedRecoverable] | Block[SyncDeletedMessage] | Block[SyncDeletedAttachment] | Block[SyncDeletedChat]
    | Block[ScheduledDeleted] | Block[ProcessingTask] | Block[Sequence] | Block[Property]
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
        yield from db.table("recoverable_message_part", RecoverablePart, optional=True)
        yield from db.table("unsynced_removed_recoverable_messages", RemovedRecoverable, optional=True)
        yield from db.table("sync_deleted_messages", SyncDeletedMessage, optional=True)
        yield from db.table("sync_deleted_attachments", SyncDeletedAttachment, optional=True)
        yield from db.table("sync_deleted_chats", SyncDeletedChat, optional=True)
        yield from db.table("scheduled_messages_pending_cloudkit_delete", ScheduledDeleted, optional=True)
        yield from db.table("message_processing_task", ProcessingTask, optional=True)
        yield from db.table("sqlite_sequence", Sequence, optional=True)
        yield from db.table("_SqliteDatabaseProperties", Property, optional=True)
        yield from db.recovered("message", RecoveredMessage)
        yield from db.recovered("handle", RecoveredHandle)
        yield from db.recovered("chat", RecoveredChat)
        yield from db.recovered("attachment", RecoveredAttachment)
