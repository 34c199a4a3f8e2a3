"""CallHistory.sqlite of WhatsApp: calls, who took part, and how they are shown together.

ZWACDCALLEVENT is a call, ZWACDCALLEVENTPARTICIPANT the accounts in it, ZWAAGGREGATECALLEVENT the line of the list
that shows one or several calls; Z1CALLEVENTS and Z1PARTICIPANTS point from the part to the whole. Newer stores have
more tables of calls to join and of planned ones. In 2019 an incoming call that nobody took was enough for an attack.

Known limits: tables of joinable and planned calls are known by their columns only. How many calls are kept is not
published. Calls to a number may stand in the phone's own call list as well.

Sources: store on iOS 15.3 (test data of iLEAPP, https://github.com/abrignoni/iLEAPP), its column names.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Block, Gap, PhoneNumber, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import sqlite
from bridle.formats.jid import lid, phone_number
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, text_or_utf8, unix_milliseconds

_EXTRA = "columns that no field maps, as JSON"


@record(surface="message")
class Call(Record):
    """One call."""

    call_id: int | None = col("Z_PK", doc="number of the call")
    shown_id: int | None = col("Z1CALLEVENTS", doc="Shown.shown_id")
    time: Utc | None = col("ZDATE", cocoa, doc="when the call began")
    duration: float | None = col("ZDURATION", doc="seconds; 0 where nobody took it")
    outcome: int | None = col("ZOUTCOME", doc="how it ended; 0 talked, other numbers are not published")
    bytes_received: int | None = col("ZBYTESRECEIVED", doc="bytes received")
    bytes_sent: int | None = col("ZBYTESSENT", doc="bytes sent")
    creator: str | None = col("ZGROUPCALLCREATORUSERJIDSTRING", text_or_utf8, doc="who called, as stored")
    creator_number: PhoneNumber | None = col(
        "ZGROUPCALLCREATORUSERJIDSTRING", phone_number, doc="phone number in it, with `+`"
    )
    creator_lid: str | None = col("ZGROUPCALLCREATORUSERJIDSTRING", lid, doc="digits of it, where it hides the number")
    group: str | None = col("ZGROUPJIDSTRING", text_or_utf8, doc="group that was called, as stored")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class Participant(Record):
    """An account in a call."""

    call_id: int | None = col("Z1PARTICIPANTS", doc="Call.call_id")
    account: str | None = col("ZJIDSTRING", text_or_utf8, doc="the account, as stored")
    number: PhoneNumber | None = col("ZJIDSTRING", phone_number, doc="phone number in it, with `+`")
    lid: str | None = col("ZJIDSTRING", lid, doc="digits of it, where it hides the number")
    outcome: int | None = col("ZOUTCOME", doc="how it ended for it; not published")
    extra: str | None = rest(doc=_EXTRA)


@record
class Shown(Record):
    """A line of the list of calls."""

    shown_id: int | None = col("Z_PK", doc="number of the line")
    time: Utc | None = col("ZFIRSTDATE", cocoa, doc="when its first call began")
    incoming: bool | None = col("ZINCOMING", doc="whether it came in")
    missed: bool | None = col("ZMISSED", doc="whether it was missed")
    missed_reason: int | None = col("ZMISSEDREASON", doc="why; its meaning is not published")
    video: bool | None = col("ZVIDEO", doc="whether it was with pictures")
    link_token: str | None = col("ZLINKTOKEN", text_or_utf8, doc="token of the link it was joined by")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class JoinableCall(Record):
    """A call of a group that could be joined while it went on."""

    call_id: int | None = col("Z_PK", doc="number of the call")
    time: Utc | None = col("ZDATE", cocoa, doc="when the call began")
    duration: float | None = col("ZDURATION", doc="seconds the call lasted")
    outcome: int | None = col("ZCURRENTOUTCOME", doc="how it ended; its meaning is not published")
    creator: str | None = col("ZCALLCREATORJIDSTRING", text_or_utf8, doc="who called, as stored")
    creator_number: PhoneNumber | None = col("ZCALLCREATORJIDSTRING", phone_number, doc="phone number in it, with `+`")
    sender: str | None = col("ZFROMJIDSTRING", text_or_utf8, doc="who told of it, as stored")
    sender_number: PhoneNumber | None = col("ZFROMJIDSTRING", phone_number, doc="phone number in it, with `+`")
    group: str | None = col("ZGROUPJIDSTRING", text_or_utf8, doc="group that was called, as stored")
    link_token: str | None = col("ZLINKTOKEN", text_or_utf8, doc="token of the link it could be joined by")
    video: bool | None = col("ZVIDEO", doc="whether it was with pictures")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class JoinableParticipant(Record):
    """An account in a call that could be joined."""

    account: str | None = col("ZJIDSTRING", text_or_utf8, doc="the account, as stored")
    number: PhoneNumber | None = col("ZJIDSTRING", phone_number, doc="phone number in it, with `+`")
    call_id: int | None = col("Z4PARTICIPANTS", doc="JoinableCall.call_id")
    joined: bool | None = col("ZJOINED", doc="whether it joined")
    extra: str | None = rest(doc=_EXTRA)


@record(surface="message")
class UpcomingCall(Record):
    """A planned call."""

    time: Utc | None = col("ZUNIXTIMEMS", unix_milliseconds, doc="when it is to begin")
    title: Text | None = col("ZTITLE", text_or_utf8, doc="title of the planned call")
    creator: str | None = col("ZCREATORJIDSTRING", text_or_utf8, doc="who planned it, as stored")
    creator_number: PhoneNumber | None = col("ZCREATORJIDSTRING", phone_number, doc="phone number in it, with `+`")
    chat: str | None = col("ZCHATJIDSTRING", text_or_utf8, doc="chat it was planned in, as stored")
    extra: str | None = rest(doc=_EXTRA)


@artifact("/private/var/mobile/Containers/Shared/AppGroup/*/CallHistory.sqlite")
def whatsapp_calls(
    file: SourceFile,
) -> Iterator[
    Block[Call] | Block[Participant] | Block[Shown] | Block[JoinableCall] | Block[JoinableParticipant]
    | Block[UpcomingCall] | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("ZWACDCALLEVENT", Call)
        yield from db.table("ZWACDCALLEVENTPARTICIPANT", Participant, optional=True)
        yield from db.table("ZWAAGGREGATECALLEVENT", Shown, optional=True)
        yield from db.table("ZWAJOINABLECALLEVENT", JoinableCall, optional=True)
        yield from db.table("ZWAJOINABLECALLEVENTPARTICIPANT", JoinableParticipant, optional=True)
        yield from db.table("ZWAUPCOMINGCALLEVENT", UpcomingCall, optional=True)
