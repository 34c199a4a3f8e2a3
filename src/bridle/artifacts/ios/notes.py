"""NoteStore.sqlite: notes, their folders, attachments and links, and the processes that changed them.

ZICCLOUDSYNCINGOBJECT holds objects of every kind (Z_ENT, named in Z_PRIMARYKEY); which of its numbered columns belongs
to which kind differs between generations, so all are given. The text of a note is in ZICNOTEDATA: a compressed message
(Protocol Buffers) with the text, and runs of it with the links and attachments. The text of a locked note is encrypted,
its title is not. Deleted notes stay for 30 days in the folder `TrashFolder…`, and longer with `is_marked_deleted`.

Known limits: pictures of tables and drawings, and what is stored in the runs besides, are not read. A locked note stays
locked. Stores after iOS 15 are unconfirmed. Of a note that was removed for good nothing is left but a missing
number and, while the history lasts, the Change that removed it.

Sources: the store of an iOS 15 phone; https://github.com/threeplanetssoftware/apple_cloud_notes_parser (the numbers of
the fields); https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import Account, Block, FileName, FormatError, Gap, Record, SourceFile, Text, Url, Utc, artifact, record
from bridle.formats import core_data, protobuf, sqlite
from bridle.formats.core_data import Change, HistoryName, PrimaryKey, Transaction
from bridle.formats.sqlite import Database
from bridle.formats.table import Lost, Undecodable, col, records, rest
from bridle.formats.values import blob, cocoa

LARGEST = 16 << 20
"""Bytes of the text of one note, once unpacked, that are read."""
_MOST = 10_000
"""Links or attachments of one note that are read."""
_TEXT, _LINK, _ATTACHMENT = (2, 3, 2), (2, 3, 5, 9), (2, 3, 5, 12, 1)
_GZIP = b"\x1f\x8b"


def _as_it_is(value: object) -> Any:
    return value


@record
class Body(Record):
    """The text of a note."""

    body_id: int | None = col("Z_PK", doc="number of the row")
    note_id: int | None = col("ZNOTE", doc="Object.object_id of the note; no such Object: it was deleted")
    size: int | None = col("(size)", doc="bytes as they are stored")
    is_encrypted: bool | None = col("(encrypted)", doc="whether it is locked with a password and cannot be read")
    text: Text | None = col("(text)", doc="text, with a sign for each attachment")
    links: tuple[Url, ...] | None = col("(links)", _as_it_is, doc="addresses that words of the text lead to")
    attachments: tuple[str, ...] | None = col(
        "(attachments)", _as_it_is, doc="Object.identifier of the attachments in the text"
    )
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Object(Record):
    """A note, folder, attachment, file, account or other object."""

    object_id: int | None = col("Z_PK", doc="number of the object")
    entity: int | None = col("Z_ENT", doc="kind of the object: PrimaryKey with this number in its locator")
    identifier: str | None = col("ZIDENTIFIER", doc="identifier, the same on all devices of the account")
    note_title: Text | None = col("ZTITLE1", doc="title of a note")
    snippet: Text | None = col("ZSNIPPET", doc="first words of a note after its title")
    title: Text | None = col("ZTITLE", doc="title of an attachment")
    folder_title: Text | None = col("ZTITLE2", doc="name of a folder")
    summary: Text | None = col("ZSUMMARY", doc="summary of an attachment, such as what a linked page says of itself")
    url: Url | None = col("ZURLSTRING", doc="address of an attachment that is a link")
    remote_file_url: Url | None = col("ZREMOTEFILEURLSTRING", doc="address of a file of an attachment")
    filename: FileName | None = col("ZFILENAME", doc="name of a file")
    type_uti: str | None = col("ZTYPEUTI", doc="kind of an attachment")
    type_uti_1: str | None = col("ZTYPEUTI1", doc="kind of an attachment in the text")
    alternative_text: Text | None = col("ZALTTEXT", doc="text of an attachment in the text, such as a tag or a mention")
    name: Text | None = col("ZNAME", doc="name of an account")
    user_record_name: Account | None = col("ZUSERRECORDNAME", doc="identifier of the account's owner in iCloud")
    file_size: int | None = col("ZFILESIZE", doc="bytes of an attachment")
    created: Utc | None = col("ZCREATIONDATE", cocoa, doc="when it was made; of which kind differs between generations")
    created_1: Utc | None = col("ZCREATIONDATE1", cocoa, doc="the same for another kind")
    created_2: Utc | None = col("ZCREATIONDATE2", cocoa, doc="the same for another kind")
    created_3: Utc | None = col("ZCREATIONDATE3", cocoa, doc="the same for another kind; notes in iOS 15")
    modified: Utc | None = col("ZMODIFICATIONDATE", cocoa, doc="when an attachment last changed")
    modified_1: Utc | None = col("ZMODIFICATIONDATE1", cocoa, doc="when a note last changed")
    opened: Utc | None = col("ZLASTOPENEDDATE", cocoa, doc="when a note was last opened")
    state_modified: Utc | None = col(
        "ZSTATEMODIFICATIONDATE", cocoa, doc="when another device of the account was moved"
    )
    is_encrypted: bool | None = col("ZISPASSWORDPROTECTED", doc="whether it is locked with a password")
    is_marked_deleted: bool | None = col("ZMARKEDFORDELETION", doc="whether it was deleted and is still to be removed")
    body_id: int | None = col("ZNOTEDATA", doc="Body.body_id of a note")
    folder_id: int | None = col("ZFOLDER", doc="Object.object_id of the folder of a note")
    note_id: int | None = col("ZNOTE", doc="Object.object_id of the note of an attachment")
    note_id_1: int | None = col("ZNOTE1", doc="Object.object_id of the note of an attachment in the text")
    media_id: int | None = col("ZMEDIA", doc="Object.object_id of the file of an attachment")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/NoteStore.sqlite")
def notes(
    file: SourceFile,
) -> Iterator[
    Block[Object] | Body | Block[Change] | Block[Transaction] | Block[HistoryName] | Block[PrimaryKey] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ZICCLOUDSYNCINGOBJECT", Object)
        yield from records(_bodies(db), Body)
        yield from core_data.changes(db)
        yield from core_data.history(db)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)


def _bodies(db: Database) -> Iterator[tuple[str, Mapping[str, Any]] | Gap]:
    for row in db.rows("ZICNOTEDATA"):
        if isinstance(row, Gap):
            yield row
            continue
        stored = dict(row.items())
        content = stored.pop("ZDATA", None)
        stored["(encrypted)"] = row["ZCRYPTOTAG"] is not None
        stored["(size)"] = len(content) if isinstance(content, bytes) else None
        if content is None or isinstance(content, Lost | Undecodable):
            yield row.locator, stored
            continue
        try:
            found = _body(content, encrypted=stored["(encrypted)"])
        except ValueError as e:
            yield row.locator, stored
            yield Gap(locator=f"{row.locator}.ZDATA", reason=f"Body: ZDATA: {e!s:.200}")
        else:
            yield row.locator, stored | found


def _body(content: object, *, encrypted: bool) -> dict[str, Any]:
    """What is read of the content of a note. Raises ValueError."""
    stored = blob(content)
    return {} if encrypted and not stored.startswith(_GZIP) else _document(stored)


def _document(content: bytes) -> dict[str, Any]:
    """The text of a note, its links and attachments. Raises FormatError."""
    document = _unpacked(content)
    text = "".join(_utf8(v) for v in protobuf.at(document, *_TEXT))
    return {"(text)": text or None, "(links)": _each(document, _LINK), "(attachments)": _each(document, _ATTACHMENT)}


def _each(document: bytes, path: tuple[int, ...]) -> tuple[str, ...] | None:
    """The texts at a path, in their order, each once. Raises FormatError."""
    found: dict[str, None] = {}
    for value in protobuf.at(document, *path):
        found[_utf8(value)] = None
        if len(found) > _MOST:
            raise FormatError(f"expected at most {_MOST} links or attachments, got more")
    return tuple(found) or None


def _utf8(value: object) -> str:
    try:
        return value.decode("utf-8") if isinstance(value, bytes) else str(value)
    except UnicodeDecodeError:
        raise FormatError(f"expected UTF-8 text, got {value!r:.60}") from None


def _unpacked(content: bytes) -> bytes:
    """The content of a gzip stream of at most `LARGEST` bytes. Raises FormatError."""
    if not content.startswith(_GZIP):
        raise FormatError(f"expected compressed text, got {content[:8]!r}")
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        found = unpacker.decompress(content, LARGEST + 1)
    except zlib.error as e:
        raise FormatError(f"expected compressed text: {e!s:.60}") from None
    if len(found) > LARGEST:
        raise FormatError(f"expected at most {LARGEST} bytes of text, got more")
    if not unpacker.eof:
        raise FormatError("expected compressed text, got a part of it")
    return found
