"""voicemail.db: messages that callers left with the network's visual voicemail.

The sound lies beside it as `<number>.amr`. A deleted message stays in the table with the time it was deleted, until the
network removes it. `date` and `expiration` are seconds since 1970, `trashed_date` is seconds since 2001; 0 stands for
none.

Known limits: no store was at hand. The sound, and what was transcribed of it, are not read. What is on the network only
is not here.

Sources: tables as other readers publish them (iOS 4 to 17); https://github.com/abrignoni/iLEAPP (voicemail)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Account, Block, Gap, PhoneNumber, Record, SourceFile, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.sqlite_sequence import Sequence
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, unix, zero_is_none

_unix = zero_is_none(unix)


_cocoa = zero_is_none(cocoa)


@record(surface="message")
class Voicemail(Record):
    """A message that a caller left."""

    voicemail_id: int | None = col("ROWID", doc="number of the message; its sound is `<number>.amr`")
    time: Utc | None = col("date", _unix, doc="when it was left")
    sender: Account | None = col("sender", doc="number of the caller")
    callback: Account | None = col("callback_num", doc="number to call back")
    receiver: PhoneNumber | None = col("receiver", doc="own number that was called", surface="mention")
    duration: int | None = col("duration", doc="seconds the message lasts")
    expires: Utc | None = col("expiration", _unix, doc="when the network removes it")
    trashed: Utc | None = col("trashed_date", _cocoa, doc="when it was deleted; none where it was not")
    flags: int | None = col("flags", doc="states as bits; 75 is seen with deleted ones, the rest is not published")
    remote_uid: int | None = col("remote_uid", doc="number at the network")
    token: str | None = col("token", doc="state of the message at the network")
    label: str | None = col("label", doc="Line.label of the line it came in on")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Deleted(Record):
    """A message that was removed. Which columns the table has is not known; they are in `extra`."""

    time: Utc | None = col("date", _unix, doc="when it was left")
    sender: Account | None = col("sender", doc="number of the caller")
    remote_uid: int | None = col("remote_uid", doc="number at the network")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Line(Record):
    """A line of the phone that messages come in on."""

    account: str | None = col("account", doc="number of its SIM card")
    label: str | None = col("label", doc="name of the line")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact("/private/var/mobile/Library/Voicemail/voicemail.db")
def voicemail(
    file: SourceFile,
) -> Iterator[Block[Voicemail] | Block[Deleted] | Block[Line] | Block[Sequence] | Gap]:
    with sqlite.connect(file) as db:
        yield from db.table("voicemail", Voicemail)
        yield from db.table("deleted", Deleted, optional=True)
        yield from db.table("map", Line, optional=True)
        yield from db.table("sqlite_sequence", Sequence, optional=True)
