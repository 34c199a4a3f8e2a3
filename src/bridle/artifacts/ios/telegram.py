"""db_sqlite, the postbox of Telegram: messages, and the texts of the people and groups they are with.

A store of tables of keys and values. In `t7` a key is 20 bytes, big-endian: the number of the other side, a namespace,
the time in seconds since 1970, and the number of the message; a value is little-endian: flags and what they announce,
where it was forwarded from, the author, and the text with its length before it. What follows the text (attributes with
the addresses of links, media, previews) has a format of its own, of which the readable texts are kept; an address among
them may end with a character of what follows. In `t2` a key is the number of a person, a group or a channel; of the
value names and numbers are read, and all readable texts are kept. The three bits above the lowest 32 of such a number
are its kind: 0 person, 1 group, 2 channel, 3 secret chat.

A store that is encrypted with SQLCipher, as the one on computers is, cannot be read without its key. Of a value of
another layout than this the key and the readable texts are kept.

Known limits: no store was at hand. Of both tables the values follow the published source; attributes, media and calls
are not taken apart. Readable texts are runs of at least four bytes, at most 200 in the first MiB of a value; more are a
Gap. Other tables are not read, and removed messages are not looked for in free pages.

Sources: https://github.com/TelegramMessenger/Telegram-iOS (Postbox: MessageHistoryTable, PeerTable).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

from bridle.classes import dataclass
from bridle.core import FormatError, Gap, PhoneNumber, Record, SourceFile, Text, Url, Utc, artifact, note, record
from bridle.formats import sqlcipher, sqlite, urls
from bridle.formats.table import Row
from bridle.formats.values import unix

_KEY = struct.Struct(">qiii")
_DIGITS = re.compile(r"\d{5,15}\Z")
_FLAGS = ((1, 8), (2, 4), (4, 8), (8, 4), (16, 4), (32, 8))
"""Bits of the data flags of a message, and the bytes of what each announces."""
_LONGEST = 1 << 20
_MOST = 200
_TOO_MANY = f"expected at most {_MOST} texts in {_LONGEST} bytes, got more"
_READABLE = re.compile(
    rb"(?:[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}){4,65535}"
)


@record(surface="message")
class Message(Record):
    """One message, received or sent."""

    peer_id: int = note(doc="Peer.peer_id of the other side")
    namespace: int = note(doc="0 of the server, 1 only here, 2 secret; others are not published")
    message_id: int = note(doc="number of the message with that side")
    time: Utc | None = note(doc="when it was sent")
    layout_read: bool = note(doc="whether the value fits the published layout; if not, all texts are in `texts`")
    author_id: int | None = note(doc="Peer.peer_id of who wrote it; none where that is not told")
    incoming: bool | None = note(doc="whether it came in")
    flags: int | None = note(doc="bits of the message; 4 is incoming, others are not published")
    tags: int | None = note(doc="bits of what it holds, such as links; not published")
    forwarded_author_id: int | None = note(doc="Peer.peer_id of who first wrote a forwarded message")
    forwarded_time: Utc | None = note(doc="when a forwarded message was first sent")
    text: Text | None = note(doc="text; empty where it has only media")
    texts: tuple[Text, ...] | None = note(doc="readable texts after it: previews, names of files, addresses")
    links: tuple[Url, ...] | None = note(doc="addresses in those texts")


@record(surface="message")
class Peer(Record):
    """A person, a group or a channel."""

    peer_id: int | None = note(doc="number of the side, with its kind")
    phone_number: PhoneNumber | None = note(doc="phone number of a person, with `+`")
    user_name: str | None = note(doc="name a person or a channel can be found by")
    first_name: str | None = note(doc="first name of a person")
    last_name: str | None = note(doc="last name of a person")
    title: Text | None = note(doc="name of a group or a channel")
    texts: tuple[Text, ...] | None = note(doc="readable texts of the value, those above among them")


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/telegram-data/account-*/postbox/db/db_sqlite")
def telegram(file: SourceFile) -> Iterator[Message | Peer | Gap]:
    with file.open() as stored:
        begin = stored.read(sqlcipher.HEADER)
    if sqlcipher.is_encrypted(begin):
        raise FormatError("expected a plain database, got one that is encrypted: its key is not in it")
    with sqlite.connect(file) as db:
        yield from db.problems()
        for name, read in (("t7", _message), ("t2", _peer)):
            for row in db.rows(name):
                yield from [row] if isinstance(row, Gap) else read(row)


def _peer(row: Row) -> Iterator[Peer | Gap]:
    key, value = row["key"], row["value"]
    if isinstance(key, bytes) and len(key) == 8:
        (key,) = struct.unpack(">q", key)
    if not isinstance(value, bytes):
        yield Gap(locator=row.locator, reason=f"Peer: value: expected bytes, got {type(value).__name__}")
        return
    wrong: list[Gap] = []
    number, user_name, first_name, last_name, title = (
        _field(value, name, row.locator, wrong) for name in (b"p", b"un", b"fn", b"ln", b"t")
    )
    texts, more = _texts(value)
    yield Peer(
        locator=row.locator,
        peer_id=key if isinstance(key, int) else None,
        phone_number=f"+{number}" if number is not None and _DIGITS.match(number) else number,
        user_name=user_name,
        first_name=first_name,
        last_name=last_name,
        title=title,
        texts=texts,
    )
    yield from wrong
    if not isinstance(key, int):
        yield Gap(locator=f"{row.locator}.key", reason=f"Peer: key: expected a number or 8 bytes, got {_kind(key)}")
    if more:
        yield Gap(locator=f"{row.locator}.value", reason=f"Peer: value: {_TOO_MANY}")


def _field(value: bytes, name: bytes, at: str, wrong: list[Gap]) -> str | None:
    """The first text that is stored under a name: its length, itself, a 4 for text, and the text with its length.

    One that does not decode is a Gap in `wrong`.
    """
    mark = bytes([len(name)]) + name + b"\x04"
    start = value[:_LONGEST].find(mark)
    if start < 0:
        return None
    reader = _Reader(value)
    try:
        reader.skip(start + len(mark))
        return reader.text() or None
    except UnicodeDecodeError as e:
        reason = f"Peer: value: expected UTF-8 text at `{name.decode()}`, got bytes {e.object[:16].hex()}"
        wrong.append(Gap(locator=f"{at}.value.{name.decode()}", reason=reason))
        return None
    except (struct.error, ValueError):
        return None


def _message(row: Row) -> Iterator[Message | Gap]:
    key, value = row["key"], row["value"]
    if not isinstance(key, bytes) or len(key) != _KEY.size:
        yield Gap(locator=row.locator, reason=f"Message: key: expected {_KEY.size} bytes, got {_kind(key)}")
        return
    if not isinstance(value, bytes):
        yield Gap(locator=row.locator, reason=f"Message: value: expected bytes, got {_kind(value)}")
        return
    peer, namespace, time, number = _KEY.unpack(key)
    found = _Content.read(value)
    after, more = _texts(value[found.end :])
    links = tuple(dict.fromkeys(u for t in after or () for u in urls.urls_in(t))) or None
    yield Message(
        locator=row.locator, peer_id=peer, namespace=namespace, message_id=number, time=unix(time) if time else None,
        layout_read=found.flags is not None, author_id=found.author, flags=found.flags, tags=found.tags,
        incoming=None if found.flags is None else bool(found.flags & 4), forwarded_author_id=found.forwarded_author,
        forwarded_time=unix(found.forwarded) if found.forwarded else None, text=found.text, texts=after, links=links,
    )  # fmt: skip
    if more:
        yield Gap(locator=f"{row.locator}.value", reason=f"Message: value: {_TOO_MANY}")


@dataclass
class _Content:
    """What the value of a message holds before its attributes; nothing where it does not fit the layout."""

    flags: int | None = None
    tags: int | None = None
    forwarded_author: int | None = None
    forwarded: int | None = None
    author: int | None = None
    text: str | None = None
    end: int = 0

    @classmethod
    def read(cls, value: bytes) -> _Content:
        try:
            return _content(_Reader(value))
        except (struct.error, UnicodeDecodeError, ValueError):
            return cls()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self.at = data, 0

    def number(self, layout: str) -> int:
        found: tuple[Any, ...] = struct.unpack_from(f"<{layout}", self._data, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return int(found[0])

    def skip(self, count: int) -> None:
        if count < 0 or self.at + count > len(self._data):
            raise ValueError(f"{count} bytes at byte {self.at} of {len(self._data)}")
        self.at += count

    def text(self) -> str:
        length = self.number("i")
        start = self.at
        self.skip(length)
        return self._data[start : self.at].decode("utf-8")


def _content(reader: _Reader) -> _Content:
    """Raises ValueError and struct.error for a value that does not fit."""
    found = _Content()
    if reader.number("b") != 0:
        raise ValueError("expected a message of type 0")
    reader.skip(8)
    announced = reader.number("B")
    if announced > 63:
        raise ValueError(f"expected six data flags, got {announced}")
    reader.skip(sum(size for bit, size in _FLAGS if announced & bit))
    flags, found.tags = reader.number("I"), reader.number("I")
    _forwarding(reader, found)
    has_author = reader.number("b")
    if has_author not in (0, 1):
        raise ValueError(f"expected 0 or 1 for an author, got {has_author}")
    found.author = reader.number("q") if has_author else None
    found.text = reader.text()
    found.flags, found.end = flags, reader.at
    return found


def _forwarding(reader: _Reader, found: _Content) -> None:
    info = reader.number("b")
    if not info:
        return
    author, found.forwarded = reader.number("q"), reader.number("i")
    found.forwarded_author = author or None
    reader.skip((8 if info & 2 else 0) + (16 if info & 4 else 0))
    for bit in (8, 16):
        if info & bit:
            reader.text()
    reader.skip(4 if info & 32 else 0)


def _texts(data: bytes) -> tuple[tuple[str, ...] | None, bool]:
    """Readable runs of at least four bytes, in their order, each once; and whether there may be more."""
    found: dict[str, None] = {}
    for m in _READABLE.finditer(data[:_LONGEST]):
        if len(found) == _MOST:
            return tuple(found), True
        found.setdefault(m.group().decode("utf-8", "backslashreplace"))
    return tuple(found) or None, len(data) > _LONGEST


def _kind(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else type(value).__name__
