"""ChatStorage.sqlite of WhatsApp and WhatsApp Business: messages, their media and links, chats and groups.

A Core Data store. A message's text is in ZWAMESSAGE; the links found in it and their previews are in
ZWAMESSAGEDATAITEM; a quoted message, the address a file was fetched from and the like are in ZMETADATA of
ZWAMEDIAITEM, a Protocol Buffers message without a published schema, of which the texts are kept. Accounts are Jabber
identifiers: `15550100@s.whatsapp.net` is a phone number, `…@lid` hides one (LID.sqlite has the pairs), `…@g.us` is a
group. ZPUSHNAME is a name before 2023 and encoded bytes since; it is kept as stored. Times are seconds since 2001. The
meaning of most numbers is not published; names given here are those that several tools agree on.

Known limits: of ZMETADATA only texts of two bytes and more are kept, down to six messages inside each other. Receipts,
members that left and payments (tables of their own) are not read. Stores after 2023 are unconfirmed. Removed messages
leave a number missing below PrimaryKey.last.

Sources: stores of WhatsApp 23 on iOS 15.3 (test data of iLEAPP, https://github.com/abrignoni/iLEAPP);
https://github.com/mvt-project/mvt (whatsapp).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bridle.core import (
    Block,
    FilePath,
    FormatError,
    Gap,
    PhoneNumber,
    Record,
    SourceFile,
    Text,
    Url,
    Utc,
    artifact,
    record,
)  # fmt: skip
from bridle.formats import protobuf, sqlite, urls
from bridle.formats.core_data import PrimaryKey
from bridle.formats.jid import lid, phone_number
from bridle.formats.table import col, rest
from bridle.formats.values import NoneWhere, blob, cocoa, text_or_utf8

_EXTRA = "columns that no field maps, as JSON"
_LONGEST, _DEEPEST = 1 << 16, 6
_DISTANT_PAST = -63_114_076_800
"""Seconds from 2001 back to the year 1, which Cocoa writes for no date."""
_when = NoneWhere(cocoa, (0, _DISTANT_PAST))
_ADDRESS = re.compile(r"(?:https?|ftp|wss?)://\S+\Z", re.IGNORECASE)


def _texts(value: object) -> tuple[str, ...] | None:
    """The texts in a Protocol Buffers message, in their order. Raises ValueError."""
    data = blob(value)
    if len(data) > _LONGEST:
        raise FormatError(f"expected at most {_LONGEST} bytes, got {len(data)}")
    return tuple(_strings(data, 0)) or None


def _strings(data: bytes, depth: int) -> Iterator[str]:
    """Fields that read as text are taken for text, others for messages inside. Raises FormatError."""
    for _, wire, value in protobuf.fields(data):
        if wire != protobuf.BYTES or not isinstance(value, bytes) or len(value) < 2:
            continue
        inside = _inside(value, depth + 1) if value[0] < 0x20 or not _reads(value) else []
        if inside:
            yield from inside
        elif _reads(value):
            yield value.decode("utf-8")


def _inside(data: bytes, depth: int) -> list[str]:
    """The texts of what may be a message; none where it is not."""
    try:
        return list(_strings(data, depth)) if depth <= _DEEPEST else []
    except FormatError:
        return []


def _reads(data: bytes) -> bool:
    """Whether it reads as text."""
    try:
        return data.decode("utf-8").replace("\n", " ").isprintable()
    except UnicodeDecodeError:
        return False


def _links(value: object) -> tuple[str, ...] | None:
    """The addresses in the texts of a Protocol Buffers message. Raises ValueError."""
    found = (u for t in _texts(value) or () for u in urls.urls_in(t))
    return tuple(dict.fromkeys(found)) or None


def _address(value: object) -> str | None:
    """The text, if it is an address with a scheme. Raises ValueError."""
    return text if _ADDRESS.match(text := text_or_utf8(value)) else None


@record(surface="message")
class Message(Record):
    """One message, received or sent, or a note of the chat such as a new member."""

    message_id: int | None = col("Z_PK", doc="number of the message")
    stanza_id: str | None = col("ZSTANZAID", text_or_utf8, doc="identifier, the same on both sides")
    time: Utc | None = col("ZMESSAGEDATE", _when, doc="when it was sent or received")
    sent: Utc | None = col("ZSENTDATE", _when, doc="when the sent message left the phone")
    chat_id: int | None = col("ZCHATSESSION", doc="Chat.chat_id")
    member_id: int | None = col("ZGROUPMEMBER", doc="Member.member_id of who wrote it into a group")
    media_id: int | None = col("ZMEDIAITEM", doc="Media.media_id")
    parent_id: int | None = col("ZPARENTMESSAGE", doc="Message.message_id it belongs to")
    is_from_me: bool | None = col("ZISFROMME", doc="whether it was sent from this account")
    sender: str | None = col("ZFROMJID", text_or_utf8, doc="who sent it, as stored; for a group the group")
    sender_number: PhoneNumber | None = col("ZFROMJID", phone_number, doc="phone number in it, with `+`")
    sender_lid: str | None = col("ZFROMJID", lid, doc="digits of it, where it hides the number")
    recipient: str | None = col("ZTOJID", text_or_utf8, doc="who it was sent to, as stored")
    recipient_number: PhoneNumber | None = col("ZTOJID", phone_number, doc="phone number in it, with `+`")
    recipient_lid: str | None = col("ZTOJID", lid, doc="digits of it, where it hides the number")
    text: Text | None = col("ZTEXT", text_or_utf8, doc="text; for a note of the chat often the account it is about")
    push_name: str | None = col(
        "ZPUSHNAME", text_or_utf8, doc="name the sender had chosen, or encoded bytes, as stored"
    )
    type: int | None = col(
        "ZMESSAGETYPE", doc="0 text, 1 image, 2 video, 3 voice, 4 contact, 5 place, 6 note of a group, 7 link, 8 file …"
    )
    group_event: int | None = col("ZGROUPEVENTTYPE", doc="what a note says, such as 2 joined, 7 left; not published")
    status: int | None = col("ZMESSAGESTATUS", doc="how far it was delivered; its meaning is not published")
    error: int | None = col("ZMESSAGEERRORSTATUS", doc="error of sending; 0 for none")
    starred: bool | None = col("ZSTARRED", doc="whether the person marked it")
    flags: int | None = col("ZFLAGS", doc="bits whose meaning is not published")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Media(Record):
    """What a message carries beside its text: a file, a place, a contact, a preview or a quotation."""

    media_id: int | None = col("Z_PK", doc="number of the item")
    message_id: int | None = col("ZMESSAGE", doc="Message.message_id")
    url_time: Utc | None = col("ZMEDIAURLDATE", _when, doc="when the address of the file was given out")
    local_path: FilePath | None = col(
        "ZMEDIALOCALPATH", text_or_utf8, doc="where the file is stored, below `Message` of the group's folder"
    )
    thumbnail_path: FilePath | None = col("ZXMPPTHUMBPATH", text_or_utf8, doc="where its small picture is stored")
    url: Url | None = col("ZMEDIAURL", text_or_utf8, doc="where the file is fetched from, encrypted")
    title: Text | None = col("ZTITLE", text_or_utf8, doc="title of a link, name of a file, or text with a picture")
    author: Text | None = col("ZAUTHORNAME", text_or_utf8, doc="address of a link that is previewed, or other text")
    collection: Text | None = col("ZCOLLECTIONNAME", text_or_utf8, doc="text whose use is not published")
    vcard_name: Text | None = col("ZVCARDNAME", text_or_utf8, doc="name of a contact, or hash of the file in Base64")
    vcard: Text | None = col("ZVCARDSTRING", text_or_utf8, doc="contact as vCard, or kind of content of the file")
    metadata_texts: tuple[Text, ...] | None = col(
        "ZMETADATA", _texts, doc="texts in the encoded properties, in their order: quoted text and account, addresses …"
    )
    metadata_links: tuple[Url, ...] | None = col("ZMETADATA", _links, doc="addresses in those texts")
    size: int | None = col("ZFILESIZE", doc="bytes of the file")
    duration: int | None = col("ZMOVIEDURATION", doc="seconds of sound or video")
    latitude: float | None = col("ZLATITUDE", doc="degrees for a place; for a picture its width in pixels")
    longitude: float | None = col("ZLONGITUDE", doc="degrees for a place; for a picture its height in pixels")
    origin: int | None = col("ZMEDIAORIGIN", doc="where it came from; its meaning is not published")
    cloud_status: int | None = col("ZCLOUDSTATUS", doc="how far it was fetched; its meaning is not published")
    has_key: bool | None = col("ZMEDIAKEY", lambda value: bool(blob(value)), doc="whether the key of the file is kept")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class DataItem(Record):
    """Something WhatsApp found in a message, such as a link, with its preview."""

    item_id: int | None = col("Z_PK", doc="number of the item")
    message_id: int | None = col("ZMESSAGE", doc="Message.message_id")
    time: Utc | None = col("ZDATE", _when, doc="when the message was sent or received")
    type: int | None = col("ZTYPE", doc="kind of item; its meaning is not published")
    content1: Text | None = col("ZCONTENT1", text_or_utf8, doc="address a link leads to, or other content")
    content2: Text | None = col("ZCONTENT2", text_or_utf8, doc="second content; for a link its address after redirects")
    url1: Url | None = col("ZCONTENT1", _address, doc="first content, where it is an address")
    url2: Url | None = col("ZCONTENT2", _address, doc="second content, where it is an address")
    matched_text: Text | None = col("ZMATCHEDTEXT", text_or_utf8, doc="what stands in the message")
    title: Text | None = col("ZTITLE", text_or_utf8, doc="title of the page")
    summary: Text | None = col("ZSUMMARY", text_or_utf8, doc="summary of the page")
    thumbnail_path: FilePath | None = col("ZTHUMBNAILPATH", text_or_utf8, doc="where its picture is stored")
    sender: str | None = col("ZSENDERJID", text_or_utf8, doc="who sent it, as stored")
    sender_number: PhoneNumber | None = col("ZSENDERJID", phone_number, doc="phone number in it, with `+`")
    chat: str | None = col("ZCHATJID", text_or_utf8, doc="chat, as stored")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Chat(Record):
    """A conversation with an account, a group or a list."""

    chat_id: int | None = col("Z_PK", doc="number of the chat")
    contact: str | None = col("ZCONTACTJID", text_or_utf8, doc="the other side, as stored")
    contact_number: PhoneNumber | None = col("ZCONTACTJID", phone_number, doc="phone number in it, with `+`")
    contact_lid: str | None = col("ZCONTACTJID", lid, doc="digits of it, where it hides the number")
    name: Text | None = col("ZPARTNERNAME", text_or_utf8, doc="name of the other side or of the group")
    type: int | None = col("ZSESSIONTYPE", doc="0 one account, 1 group, 2 list, 3 status, 4 community …")
    group_id: int | None = col("ZGROUPINFO", doc="Group.group_id")
    last_time: Utc | None = col("ZLASTMESSAGEDATE", _when, doc="when the last message was sent or received")
    last_message_id: int | None = col("ZLASTMESSAGE", doc="Message.message_id of the last message")
    last_text: str | None = col("ZLASTMESSAGETEXT", text_or_utf8, doc="last text, or encoded bytes, as stored")
    draft: Text | None = col("ZSAVEDINPUT", text_or_utf8, doc="text that was typed and not sent", surface="mention")
    messages: int | None = col("ZMESSAGECOUNTER", doc="number of messages it counted")
    unread: int | None = col("ZUNREADCOUNT", doc="number of unread messages")
    archived: bool | None = col("ZARCHIVED", doc="whether it was put away")
    hidden: bool | None = col("ZHIDDEN", doc="whether it is not shown")
    removed: bool | None = col("ZREMOVED", doc="whether it was removed from the list")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Member(Record):
    """An account in a group."""

    member_id: int | None = col("Z_PK", doc="number of the member")
    chat_id: int | None = col("ZCHATSESSION", doc="Chat.chat_id")
    account: str | None = col("ZMEMBERJID", text_or_utf8, doc="the account, as stored")
    number: PhoneNumber | None = col("ZMEMBERJID", phone_number, doc="phone number in it, with `+`")
    lid: str | None = col("ZMEMBERJID", lid, doc="digits of it, where it hides the number")
    name: str | None = col("ZCONTACTNAME", text_or_utf8, doc="name in the contacts")
    first_name: str | None = col("ZFIRSTNAME", text_or_utf8, doc="first name in the contacts")
    is_active: bool | None = col("ZISACTIVE", doc="whether it still is a member")
    is_admin: bool | None = col("ZISADMIN", doc="whether it administers the group")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Group(Record):
    """A group."""

    group_id: int | None = col("Z_PK", doc="number of the group")
    chat_id: int | None = col("ZCHATSESSION", doc="Chat.chat_id")
    time: Utc | None = col("ZCREATIONDATE", _when, doc="when the group was made")
    creator: str | None = col("ZCREATORJID", text_or_utf8, doc="who made it, as stored")
    creator_number: PhoneNumber | None = col("ZCREATORJID", phone_number, doc="phone number in it, with `+`")
    owner: str | None = col("ZOWNERJID", text_or_utf8, doc="who owns it, as stored")
    owner_number: PhoneNumber | None = col("ZOWNERJID", phone_number, doc="phone number in it, with `+`")
    subject_owner: str | None = col("ZSUBJECTOWNERJID", text_or_utf8, doc="who last named it, as stored")
    subject_time: Utc | None = col("ZSUBJECTTIMESTAMP", _when, doc="when it was last named")
    picture_path: FilePath | None = col("ZPICTUREPATH", text_or_utf8, doc="where its picture is stored")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class PushName(Record):
    """The name an account has chosen for itself."""

    account: str | None = col("ZJID", text_or_utf8, doc="the account, as stored")
    number: PhoneNumber | None = col("ZJID", phone_number, doc="phone number in it, with `+`")
    lid: str | None = col("ZJID", lid, doc="digits of it, where it hides the number")
    name: Text | None = col("ZPUSHNAME", text_or_utf8, doc="name the account has chosen")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class CardMention(Record):
    """An account that a contact sent in a message names."""

    media_id: int | None = col("ZMEDIAITEM", doc="Media.media_id")
    time: Utc | None = col("ZDATE", _when, doc="when the contact was sent or received")
    account: str | None = col("ZWHATSAPPID", text_or_utf8, doc="the account it names, as stored")
    number: PhoneNumber | None = col("ZWHATSAPPID", phone_number, doc="phone number in it, with `+`")
    sender: str | None = col("ZSENDERJID", text_or_utf8, doc="who sent it, as stored")
    sender_number: PhoneNumber | None = col("ZSENDERJID", phone_number, doc="phone number in it, with `+`")
    is_from_me: bool | None = col("ZISFROMME", doc="whether it was sent from this account")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Blocked(Record):
    """An account the person blocked."""

    account: str | None = col("ZJID", text_or_utf8, doc="the account, as stored")
    number: PhoneNumber | None = col("ZJID", phone_number, doc="phone number in it, with `+`")
    lid: str | None = col("ZJID", lid, doc="digits of it, where it hides the number")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Picture(Record):
    """A profile picture that was asked for."""

    account: str | None = col("ZJID", text_or_utf8, doc="whose picture it is, as stored")
    number: PhoneNumber | None = col("ZJID", phone_number, doc="phone number in it, with `+`")
    time: Utc | None = col("ZREQUESTDATE", _when, doc="when it was last asked for")
    path: str | None = col("ZPATH", text_or_utf8, doc="where it is stored, without suffix")
    extra: str | None = rest(doc=_EXTRA)


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/ChatStorage.sqlite")
def whatsapp(
    file: SourceFile,
) -> Iterator[
    Block[Message] | Block[Media] | Block[DataItem] | Block[Chat] | Block[Member] | Block[Group] | Block[PushName]
    | Block[CardMention] | Block[Blocked] | Block[Picture] | Block[PrimaryKey] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ZWAMESSAGE", Message)
        yield from db.table("ZWAMEDIAITEM", Media, optional=True)
        yield from db.table("ZWAMESSAGEDATAITEM", DataItem, optional=True)
        yield from db.table("ZWACHATSESSION", Chat, optional=True)
        yield from db.table("ZWAGROUPMEMBER", Member, optional=True)
        yield from db.table("ZWAGROUPINFO", Group, optional=True)
        yield from db.table("ZWAPROFILEPUSHNAME", PushName, optional=True)
        yield from db.table("ZWAVCARDMENTION", CardMention, optional=True)
        yield from db.table("ZWABLACKLISTITEM", Blocked, optional=True)
        yield from db.table("ZWAPROFILEPICTUREITEM", Picture, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)
