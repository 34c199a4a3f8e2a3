"""sms.db and its attachments: an ordinary correspondence, and the lures in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from bridle.phantom.archives import attributed_body, link_preview
from bridle.phantom.attachments import content, media_type
from bridle.phantom.attack import LURES, Attack
from bridle.phantom.entry import Entry, database, insert, plist
from bridle.phantom.events import Attachment, Text
from bridle.phantom.life import Contact, Life, cocoa_nanoseconds, guid
from bridle.phantom.messages_schema import SCHEMA
from bridle.phantom.web import PAGES, address

MESSAGES = 600
_BALLOON = "com.apple.messages.URLBalloonProvider"
_WORDS = """Are you coming tonight?|On my way|Can you call me when you have a minute|Thanks, that helps|See you at 7
Did you read the draft?|I will send it tomorrow|The meeting moved to Thursday|Running ten minutes late|Ok|Haha|Yes
How is your mother?|Train is delayed again|Let us talk in person|Lunch on Friday?|I left the keys with the neighbour
That was a long day|Great news about the grant|Could you bring the charger|Happy birthday|No worries|Sounds good
The interview went well|Who is writing the summary?|Please do not forward this yet|Back home now|Sleep well 🌙|Merci 🙏
Tickets are booked|What time does it start?|I am in the second row|Photo from the march|The editor likes it"""
_TEXTS = tuple(t for line in _WORDS.splitlines() for t in line.split("|"))
_GROUPS = (("Sunday football", 6), ("Newsroom", 5))


@dataclass(frozen=True, kw_only=True)
class _Message:
    """A message before it has a number."""

    time: datetime
    handle: tuple[str, str] | None
    """Account and service of the other side; none where the row has no handle."""
    chat: str
    service: str
    from_me: bool
    text: str | None
    url: str | None = None
    page: str = ""
    """Title of the page a preview shows."""
    only_attributed: bool = False
    group_title: str | None = None
    photo: int | None = None
    """Number of the attached picture."""
    read: bool = True
    file: Attachment | None = None
    """Another file that came with it."""


@dataclass
class _Numbers:
    """Handles, chats and their members, numbered as they first occur."""

    handles: dict[tuple[str, str], int] = field(default_factory=dict)
    chats: dict[str, int] = field(default_factory=dict)
    members: dict[tuple[int, int], None] = field(default_factory=dict)

    def handle(self, key: tuple[str, str] | None) -> int:
        return 0 if key is None else self.handles.setdefault(key, len(self.handles) + 1)

    def chat(self, chat: str, handle: int) -> int:
        number = self.chats.setdefault(chat, len(self.chats) + 1)
        if handle:
            self.members[number, handle] = None
        return number


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    """sms.db, and each attachment as a file of its own."""
    random = life.random("messages")
    written = list(_ordinary(life, random))
    if attack is not None:
        written += _lures(attack)
    written += _told(life)
    written.sort(key=lambda m: m.time)
    files = [_photo(random, m) for m in written if m.photo is not None]
    received = [_received(life, n, m) for n, m in enumerate(written) if m.file is not None]
    yield Entry(
        domain="HomeDomain",
        path="Library/SMS/sms.db",
        content=_database(life, written, files, received),
        born=life.start,
        modified=written[-1].time,
    )
    yield from files
    yield from (e for e, m in zip(received, (m for m in written if m.file is not None), strict=True)
                if m.file is not None and m.file.kept)  # fmt: skip


def _lures(attack: Attack) -> Iterator[_Message]:
    for i, (time, sender, url) in enumerate(
        (
            (attack.lure_time, attack.lure_sender, attack.lure_url),
            (attack.hidden_lure_time, attack.hidden_lure_sender, attack.hidden_lure_url),
        )
    ):
        yield _Message(
            time=time,
            handle=(sender, "SMS"),
            chat=f"SMS;-;{sender}",
            service="SMS",
            from_me=False,
            text=LURES[i].format(url),
            url=url if i else None,
            only_attributed=bool(i),
            read=not i,
        )


def _told(life: Life) -> Iterator[_Message]:
    """Messages that are told of, and files: each in a message of its own."""
    for t in life.of(Text):
        yield _Message(
            time=t.time, handle=(t.sender, t.service), chat=f"{t.service};-;{t.sender}", service=t.service,
            from_me=False, text=t.text,
        )  # fmt: skip
    for a in life.of(Attachment):
        for n in range(a.times):
            yield _Message(
                time=a.time + timedelta(seconds=4 * n), handle=(a.sender, "iMessage"), chat=f"iMessage;-;{a.sender}",
                service="iMessage", from_me=False, text="\ufffc", file=a,
            )  # fmt: skip


def _received(life: Life, number: int, message: _Message) -> Entry:
    """The file of a message; files of one event have the same content."""
    assert message.file is not None
    random = life.random(f"attachment/{number}")
    folder, name = random.randrange(256), guid(random)
    return Entry(
        domain="MediaDomain", path=f"Library/SMS/Attachments/{folder:02x}/{folder % 16:02}/{name}/{message.file.name}",
        content=content(message.file.content, life.seed), born=message.time, modified=message.time,
    )  # fmt: skip


_Group = tuple[str, str, list[Contact]]
"""Chat, title and members."""


def _ordinary(life: Life, random: Random) -> Iterator[_Message]:
    groups: list[_Group] = [
        (f"iMessage;+;chat{random.randrange(10**11, 10**12)}", title, random.sample(life.contacts, size))
        for title, size in _GROUPS
    ]
    for i, (chat, title, _) in enumerate(groups):
        yield _Message(
            time=life.start + timedelta(hours=9, minutes=i), handle=None, chat=chat, service="iMessage", from_me=True,
            text=None, group_title=title,
        )  # fmt: skip
    photos = 0
    for time in life.moments(random, MESSAGES * life.scale - len(groups)):
        from_me = random.random() < 0.45
        chat, service, handle = _thread(life, random, groups, from_me)
        text, url, page = said(random)
        photos += (photo := random.random() < 0.04)
        yield _Message(
            time=time, handle=handle, chat=chat, service=service, from_me=from_me, text="\ufffc" if photo else text,
            url=None if photo else url, page=page, only_attributed=random.random() < 0.25,
            photo=photos if photo else None, read=random.random() < 0.97,
        )  # fmt: skip


def _thread(life: Life, random: Random, groups: list[_Group], from_me: bool) -> tuple[str, str, tuple[str, str] | None]:
    """Chat, service, and the handle of a message: none for what the person sends to a group."""
    if random.random() < 0.25:
        chat, _, members = random.choice(groups)
        who = random.choice(members)
        return chat, "iMessage", None if from_me else (who.email if who.imessage else who.number, "iMessage")
    who = random.choice(life.contacts)
    service = "iMessage" if who.imessage else "SMS"
    return f"{service};-;{who.number}", service, (who.number, service)


def said(random: Random) -> tuple[str, str | None, str]:
    """Text, the address in it, and the page that is there."""
    text, chance = random.choice(_TEXTS), random.random()
    if chance > 0.08:
        return text, None, ""
    page = random.choice(PAGES)
    url = address(random, page)
    return (url if chance > 0.04 else f"{text} {url}"), url, page


def _photo(random: Random, message: _Message) -> Entry:
    name, folder = guid(random), random.randrange(256)
    content = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + random.randbytes(random.randrange(300, 900)) + b"\xff\xd9"
    return Entry(
        domain="MediaDomain",
        path=f"Library/SMS/Attachments/{folder:02x}/{folder % 16:02}/{name}/IMG_{message.photo:04}.jpeg",
        content=content,
        born=message.time,
        modified=message.time,
    )


def _database(life: Life, messages: list[_Message], files: list[Entry], received: list[Entry]) -> bytes:
    random, numbers = life.random("messages/identifiers"), _Numbers()
    rows, joins, attached, shown, others = [], [], [], iter(files), iter(received)
    for number, m in enumerate(messages, 1):
        handle = numbers.handle(m.handle)
        chat, time = numbers.chat(m.chat, handle), cocoa_nanoseconds(m.time)
        rows.append(_row(life, m, handle, guid(random), time, time + random.randrange(2, 7200) * 10**9))
        joins.append((chat, number, time))
        if m.photo is not None:
            attached.append((number, _attachment(m, next(shown), guid(random))))
        elif m.file is not None:
            attached.append((number, _attachment(m, next(others), guid(random))))
    properties = [("_ClientVersion", "14005"), ("counter_in_all", "0")]
    return database(
        SCHEMA,
        ("INSERT INTO _SqliteDatabaseProperties VALUES (?, ?)", properties),
        (insert("handle", "id country service"), [_handle(account, service) for account, service in numbers.handles]),
        (insert("chat", _CHAT), _chats(life, messages, numbers, random)),
        ("INSERT INTO chat_handle_join VALUES (?, ?)", list(numbers.members)),
        (insert("message", _MESSAGE), rows),
        ("INSERT INTO chat_message_join VALUES (?, ?, ?)", joins),
        (insert("attachment", _ATTACHMENT), [row for _, row in attached]),
        ("INSERT INTO message_attachment_join VALUES (?, ?)", [(n, i) for i, (n, _) in enumerate(attached, 1)]),
        ("INSERT INTO deleted_messages (guid) VALUES (?)", [(guid(random),) for _ in range(3)]),
    )


def _handle(account: str, service: str) -> tuple[str, str, str]:
    return account, "us" if account.startswith("+1") else "gb", service


_CHAT = """guid style state chat_identifier service_name account_login last_addressed_handle display_name group_id
is_filtered"""
_MESSAGE = """guid text handle_id attributedBody version service account date date_read date_delivered is_delivered
is_finished is_from_me is_read is_sent has_dd_results cache_has_attachments item_type group_title balloon_bundle_id
payload_data message_summary_info destination_caller_id"""
_ATTACHMENT = """guid created_date start_date filename uti mime_type transfer_state is_outgoing transfer_name
total_bytes original_guid"""


def _row(life: Life, m: _Message, handle: int, identifier: str, time: int, read: int) -> tuple[object, ...]:
    preview = link_preview(m.url, m.page) if m.url and m.page and m.service == "iMessage" else None
    return (
        identifier,
        None if m.only_attributed else m.text,
        handle,
        attributed_body(m.text, m.url) if m.text is not None else None,
        10,
        m.service,
        f"P:{life.owner.number}",
        time,
        read if m.read and not m.from_me else 0,
        time + 10**9 if m.from_me and m.service == "iMessage" else 0,
        int(m.from_me and m.service == "iMessage"),
        1,
        int(m.from_me),
        int(m.read and not m.from_me),
        int(m.from_me),
        int(m.url is not None),
        int(m.photo is not None or m.file is not None),
        2 if m.group_title else 0,
        m.group_title,
        _BALLOON if preview else None,
        preview,
        plist({"ust": True, "amc": 1}) if m.service == "iMessage" else None,
        life.owner.number,
    )


def _attachment(m: _Message, file: Entry, identifier: str) -> tuple[object, ...]:
    uti, mime = media_type(m.file.name if m.file is not None else "photo.jpeg")
    return (
        identifier,
        int(cocoa_nanoseconds(m.time) // 10**9),
        0,
        f"~/{file.path}",
        uti,
        mime,
        5,
        int(m.from_me),
        file.path.rpartition("/")[2],
        len(file.content),
        identifier,
    )


def _chats(life: Life, messages: list[_Message], numbers: _Numbers, random: Random) -> list[tuple[object, ...]]:
    titles = {m.chat: m.group_title for m in messages if m.group_title}
    known = {a for c in life.contacts for a in (c.number, c.email)}
    return [
        (
            chat,
            43 if chat in titles else 45,
            3,
            (identifier := chat.split(";")[2]),
            chat.split(";")[0],
            f"P:{life.owner.number}",
            life.owner.number,
            titles.get(chat),
            guid(random),
            int(chat not in titles and identifier not in known),
        )
        for chat in numbers.chats
    ]
