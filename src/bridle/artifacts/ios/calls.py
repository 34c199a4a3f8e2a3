"""CallHistory.storedata: telephone and FaceTime calls, and those of apps that use the system's call screen.

`ZADDRESS` is bytes in old stores and text in new ones. Calls of several people have their accounts in ZHANDLE, by a
join table whose numbers differ; on new systems calls of one do too. `CallHistoryTemp.storedata` takes calls that came
before the phone was first unlocked. The system keeps a limited number of calls: numbers missing below the highest one
are normal.

Known limits: no recent store was at hand. Calls of apps that do not use the system's call screen are not here. How many
calls are kept is not published.

Sources: https://github.com/abrignoni/iLEAPP (callHistory); https://github.com/mvt-project/mvt (calls); the tables of a
recent store as other readers publish them in their tests; https://developer.apple.com/documentation/callkit
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from bridle.core import Account, Block, BundleId, Gap, Record, SourceFile, Text, Utc, artifact, record
from bridle.formats import core_data, sqlite
from bridle.formats.core_data import PrimaryKey
from bridle.formats.table import col, rest
from bridle.formats.values import blob, cocoa, text


def _address(value: object) -> str | None:
    """An account that is stored as text, or as the bytes of one. Raises ValueError."""
    if not isinstance(value, bytes):
        return text(value)
    try:
        return value.decode("utf-8") or None
    except UnicodeDecodeError:
        raise ValueError(f"expected an account, got {value!r:.60}") from None


def _uuid(value: object) -> str:
    """An identifier of 16 bytes as it is written. Raises ValueError."""
    if isinstance(value, str):
        return value
    if len(stored := blob(value)) != 16:
        raise ValueError(f"expected 16 bytes, got {stored!r:.60}")
    return str(uuid.UUID(bytes=stored)).upper()


@record(surface="message")
class Call(Record):
    """One call, received, missed or made."""

    call_id: int | None = col("Z_PK", doc="number of the row")
    unique_id: str | None = col("ZUNIQUE_ID", doc="identifier of the call")
    time: Utc | None = col("ZDATE", cocoa, doc="when the call began")
    duration: float | None = col("ZDURATION", doc="seconds that it lasted")
    address: Account | None = col("ZADDRESS", _address, doc="number or address of the other side; none if withheld")
    name: Text | None = col("ZNAME", doc="name of the other side, as the network or an app gave it")
    is_outgoing: bool | None = col("ZORIGINATED", doc="whether it was made on this account")
    is_answered: bool | None = col("ZANSWERED", doc="whether it was answered")
    is_read: bool | None = col("ZREAD", doc="whether a missed call was seen in the list")
    has_message: bool | None = col("ZHASMESSAGE", doc="whether a message was left; from iOS 17")
    call_type: int | None = col("ZCALLTYPE", doc="0 of an app, 1 telephone, 8 FaceTime video, 16 FaceTime audio")
    category: int | None = col("ZCALL_CATEGORY", doc="1 audio, 2 video")
    service_provider: BundleId | None = col(
        "ZSERVICE_PROVIDER", doc="what carried it, `com.apple.Telephony` or an app", surface="installed-app"
    )
    disconnected_cause: int | None = col("ZDISCONNECTED_CAUSE", doc="why it ended; its meaning is not published")
    location: str | None = col("ZLOCATION", doc="region that the number is assigned to")
    country: str | None = col("ZISO_COUNTRY_CODE", doc="country that the number is assigned to")
    handle_type: int | None = col("ZHANDLE_TYPE", doc="1 generic, 2 number, 3 e-mail address")
    number_availability: int | None = col("ZNUMBER_AVAILABILITY", doc="why there is no number; not published further")
    data_used: int | None = col("ZFACE_TIME_DATA", doc="bytes that a FaceTime call used")
    initiator_id: int | None = col("ZINITIATOR", doc="Handle.handle_id of who began it; from iOS 16")
    blocked_by: BundleId | None = col(
        "ZBLOCKEDBYEXTENSION", doc="app extension that blocked it", surface="installed-app"
    )
    identified_by: BundleId | None = col(
        "ZIDENTITYEXTENSION", doc="app extension that gave the name", surface="installed-app"
    )
    junk_confidence: int | None = col("ZJUNKCONFIDENCE", doc="how sure the system is that it is unwanted")
    junk_category: str | None = col("ZJUNKIDENTIFICATIONCATEGORY", doc="kind of unwanted call")
    verification: int | None = col("ZVERIFICATIONSTATUS", doc="what the network said of the number's origin")
    filtered_reason: int | None = col("ZFILTERED_OUT_REASON", doc="why it is not listed; 0 for listed ones")
    auto_answered_reason: int | None = col("ZAUTOANSWEREDREASON", doc="why it was answered without the person")
    was_emergency: bool | None = col("ZWASEMERGENCYCALL", doc="whether it was an emergency call")
    conversation: str | None = col("ZCONVERSATIONID", _uuid, doc="identifier of a FaceTime conversation")
    participant_group: str | None = col("ZPARTICIPANTGROUPUUID", _uuid, doc="identifier of the group that was called")
    device_name: str | None = col("ZORIGINATINGDEVICENAME", doc="device of the account that made it")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Handle(Record):
    """A number or address on the other side; one row for each call, and more for calls of several."""

    handle_id: int | None = col("Z_PK", doc="number of the row")
    type: int | None = col("ZTYPE", doc="1 generic, 2 number, 3 e-mail address")
    value: Account | None = col("ZVALUE", doc="number or address as it came")
    normalized_value: Account | None = col("ZNORMALIZEDVALUE", doc="number with its country, or address")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Participant(Record):
    """A handle of a call."""

    call_id: int | None = col("Z_REMOTEPARTICIPANTCALLS", doc="Call.call_id")
    handle_id: int | None = col("Z_REMOTEPARTICIPANTHANDLES", doc="Handle.handle_id")
    extra: str | None = rest(doc="columns that no field maps, without their numbers, as JSON")


@record
class EmergencyMedia(Record):
    """A picture or film that was sent with an emergency call."""

    media_id: int | None = col("Z_PK", doc="number of the row")
    call_id: int | None = col("ZUPLOADEDFORCALL", doc="Call.call_id")
    type: int | None = col("ZEMERGENCYMEDIATYPE", doc="kind as a number; its meaning is not published")
    asset: str | None = col("ZASSETID", doc="identifier in the photo library")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Timers(Record):
    """How long calls have lasted in all."""

    row: int | None = col("Z_PK", doc="number of the row")
    all: float | None = col("ZTIMER_ALL", doc="seconds of all calls since the timers were reset")
    incoming: float | None = col("ZTIMER_INCOMING", doc="seconds of calls received")
    outgoing: float | None = col("ZTIMER_OUTGOING", doc="seconds of calls made")
    last: float | None = col("ZTIMER_LAST", doc="seconds of the last call")
    lifetime: float | None = col("ZTIMER_LIFETIME", doc="seconds of all calls since the phone was new")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@artifact(
    "/private/var/mobile/Library/CallHistoryDB/CallHistory.storedata",
    "/private/var/mobile/Library/CallHistoryDB/CallHistoryTemp.storedata",
)
def calls(
    file: SourceFile,
) -> Iterator[
    Block[Call] | Block[Handle] | Block[Participant] | Block[EmergencyMedia] | Block[Timers] | Block[PrimaryKey] | Gap
]:
    with sqlite.connect(file) as db:
        yield from db.table("ZCALLRECORD", Call)
        yield from db.table("ZHANDLE", Handle, optional=True)
        yield from core_data.joins(db, "REMOTEPARTICIPANTHANDLES", Participant)
        yield from db.table("ZEMERGENCYMEDIAITEM", EmergencyMedia, optional=True)
        yield from db.table("ZCALLDBPROPERTIES", Timers, optional=True)
        yield from db.table("Z_PRIMARYKEY", PrimaryKey, optional=True)
