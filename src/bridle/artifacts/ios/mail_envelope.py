"""Envelope Index and Protected Index of Mail: the messages of all accounts, without their bodies.

From iOS 13 on the rows of messages are in the Envelope Index and refer by number to the addresses, subjects and first
lines in the Protected Index (or, in the store of a computer, in the same file). Before, the Protected Index had a row
for each message with these as text. Addresses of pictures that messages would load, and of link previews, have tables
of their own on newer systems. Bodies are not in these files. Times are seconds since 1970; 0 stands for none.

Known limits: no store was at hand: tables and columns are as published. Which account a mailbox belongs to stands in
its address only. Other tables, such as labels and actions to be sent to the server, are not read.

Sources: the tables of a recent Envelope Index and the queries of readers as published;
https://github.com/abrignoni/iLEAPP (mailprotect)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Account, Block, FileName, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.sqlite_sequence import Sequence
from bridle.formats.table import col, rest
from bridle.formats.values import integer, text, unix, zero_is_none

_when = zero_is_none(unix)


def _number(value: object) -> int | None:
    """The number of a row elsewhere, where the value itself does not stand in its place. Raises ValueError."""
    return None if isinstance(value, str) else integer(value)


def _words(value: object) -> str | None:
    """The value itself, where no number of a row stands in its place. Raises ValueError."""
    return None if isinstance(value, int) else text(value)


@record(surface="message")
class Message(Record):
    """A message, received, sent or drafted."""

    row: int | None = col("ROWID", doc="number of the row")
    message_id: int | None = col("message_id", doc="number of the message, made from its Message-ID")
    global_id: int | None = col("global_message_id", doc="GlobalData.row")
    remote_id: int | None = col("remote_id", doc="number at the server", surface="mention")
    sent: Utc | None = col("date_sent", _when, doc="when it was sent, as it says")
    received: Utc | None = col("date_received", _when, doc="when it was received")
    viewed: Utc | None = col("date_last_viewed", _when, doc="when it was last looked at")
    sender_id: int | None = col("sender", _number, doc="Address.row of the sender")
    sender: Text | None = col("sender", _words, doc="sender, before iOS 13")
    subject_id: int | None = col("subject", _number, doc="Subject.row")
    subject: Text | None = col("subject", _words, doc="subject, before iOS 13")
    subject_prefix: str | None = col("subject_prefix", doc="what stands before the subject, such as `Re: `")
    summary_id: int | None = col("summary", _number, doc="Summary.row")
    summary: Text | None = col("summary", _words, doc="first lines, before iOS 13")
    to: Text | None = col("_to", doc="recipients, before iOS 13")
    cc: Text | None = col("cc", doc="recipients of copies, before iOS 13")
    bcc: Text | None = col("bcc", doc="recipients of hidden copies, before iOS 13")
    mailbox_id: int | None = col("mailbox", doc="Mailbox.row it is shown in")
    remote_mailbox_id: int | None = col("remote_mailbox", doc="Mailbox.row it lies in at the server")
    is_read: bool | None = col("read", doc="whether it was read")
    is_flagged: bool | None = col("flagged", doc="whether it was flagged")
    is_deleted: bool | None = col("deleted", doc="whether it was deleted and is still to be removed")
    flags: int | None = col("flags", doc="states as bits; their meaning is not published")
    size: int | None = col("size", doc="bytes of the message")
    conversation_id: int | None = col("conversation_id", doc="number that messages of one conversation share")
    document_id: str | None = col("document_id", doc="identifier of the file its body is in")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Address(Record):
    """An address that messages came from or went to; own ones are among them."""

    row: int | None = col("ROWID", doc="number of the row")
    address: Account | None = col("address", doc="mail address")
    name: Text | None = col("comment", doc="name that stood with it")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Subject(Record):
    """A subject of messages."""

    row: int | None = col("ROWID", doc="number of the row")
    subject: Text | None = col("subject", doc="subject, without `Re:` and the like")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Summary(Record):
    """The first lines of a message."""

    row: int | None = col("ROWID", doc="number of the row")
    summary: Text | None = col("summary", doc="first lines, as the list of messages shows them")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Mailbox(Record):
    """A mailbox of an account."""

    row: int | None = col("ROWID", doc="number of the row")
    url: str | None = col("url", doc="kind of account, its identifier and the name of the mailbox")
    total: int | None = col("total_count", doc="messages in it")
    unread: int | None = col("unread_count", doc="messages not read")
    deleted: int | None = col("deleted_count", doc="messages deleted and still to be removed")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Recipient(Record):
    """A recipient of a message."""

    message_row: int | None = col("message", doc="Message.row")
    address_id: int | None = col("address", doc="Address.row")
    type: int | None = col("type", doc="0 to, 1 copy, 2 hidden copy")
    position: int | None = col("position", doc="place in the list")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Attachment(Record):
    """A file in a message."""

    row: int | None = col("ROWID", doc="number of the row")
    message_row: int | None = col("message", doc="Message.row")
    part: str | None = col("attachment_id", doc="which part of the message it is")
    name: FileName | None = col("name", doc="name it was sent under")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class GlobalData(Record):
    """What is kept of a message once for all mailboxes that show it."""

    row: int | None = col("ROWID", doc="number of the row")
    message_id: int | None = col("message_id", doc="Message.message_id")
    message_id_header: Text | None = col(
        "message_id_header", doc="Message-ID of the message; names the sender's server"
    )
    send_later: Utc | None = col("send_later_date", _when, doc="when it is to be sent")
    read_later: Utc | None = col("read_later_date", _when, doc="when the person wants to be reminded of it")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class RichLink(Record):
    """A link of messages that is shown with a preview."""

    row: int | None = col("ROWID", doc="number of the row")
    title: Text | None = col("title", doc="title of the page")
    url: Url | None = col("url", doc="address")
    hash: str | None = col("hash", doc="digest that tells links apart")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class MessageLink(Record):
    """A link with a preview in a message."""

    global_id: int | None = col("global_message_id", doc="GlobalData.row")
    link_id: int | None = col("rich_link", doc="RichLink.row")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class RemoteContent(Record):
    """Content outside of messages, such as pictures, that they name to be loaded when they are shown."""

    row: int | None = col("ROWID", doc="number of the row")
    url: Url | None = col("url", doc="address")
    requests: int | None = col("requests", doc="how often it was loaded ahead")
    seen: Utc | None = col("last_seen_date", _when, doc="when a message last named it")
    requested: Utc | None = col("last_request_date", _when, doc="when it was last loaded ahead")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Tombstone(Record):
    """The identifier of what was deleted, until the search index has been told."""

    type: int | None = col("type", doc="kind of what was deleted; its meaning is not published")
    identifier: str | None = col("identifier", doc="its identifier in the search index")
    transaction: int | None = col("transaction_id", doc="number of the change of the search index")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Library/Mail/Envelope Index", "/private/var/mobile/Library/Mail/Protected Index")
def mail_envelope(
    file: SourceFile,
) -> Iterator[
    Block[Message] | Block[Address] | Block[Subject] | Block[Summary] | Block[Mailbox] | Block[Recipient]
    | Block[Attachment] | Block[GlobalData] | Block[RichLink] | Block[MessageLink] | Block[RemoteContent]
    | Block[Tombstone] | Block[Sequence] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        if not {"messages", "addresses"} & db.tables():
            yield Gap(locator="tables", reason="expected a table `messages` or `addresses`, got neither")
        yield from db.table("messages", Message, optional=True)
        yield from db.table("addresses", Address, optional=True)
        yield from db.table("subjects", Subject, optional=True)
        yield from db.table("summaries", Summary, optional=True)
        yield from db.table("mailboxes", Mailbox, optional=True)
        yield from db.table("recipients", Recipient, optional=True)
        yield from db.table("attachments", Attachment, optional=True)
        yield from db.table("message_global_data", GlobalData, optional=True)
        yield from db.table("rich_links", RichLink, optional=True)
        yield from db.table("message_rich_links", MessageLink, optional=True)
        yield from db.table("remote_content_links", RemoteContent, optional=True)
        yield from db.table("searchable_message_tombstones", Tombstone, optional=True)
        yield from db.table("sqlite_sequence", Sequence, optional=True)
