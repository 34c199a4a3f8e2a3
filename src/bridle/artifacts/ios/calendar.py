"""Calendar.sqlitedb: events and reminders, who organised and attends them, and what was deleted.

An invitation reaches the device without the person's doing; one dated in the past is not shown. That is how events
carried an exploit. The organiser is a Participant (`CalendarItem.organizer_id`) whose name and address stand in
Identity, by its row number. Deleted events leave a row in CalendarItemChanges until the server was told, and a missing
number below `sqlite_sequence`. Times are seconds since 2001, those of events in UTC with the zone beside them; for
`floating` and for whole days the time is that of any zone, written as if it were UTC.

Deleted and replaced rows are read from unused space of the file.

Known limits: tables of iOS 15 and later are known as published only, and what many numbers mean is not. Occurrences
that the system computes, categories and errors are not read. A deleted event is found again only as far as its space
was not used anew.

Sources: tables of an iOS 14 backup and of a recent macOS as published;
https://citizenlab.ca/2023/04/spyware-vendor-quadream-exploits-victims-customers/ ;
https://github.com/mvt-project/mvt (calendar)
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import (
    Account,
    Block,
    BundleId,
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
from bridle.formats import sqlite
from bridle.formats.sqlite_recovery import recovered
from bridle.formats.sqlite_sequence import Sequence
from bridle.formats.table import col, rest
from bridle.formats.values import cocoa, text


def _url(value: object) -> str | None:
    """An address; an empty one is none. Raises ValueError."""
    return text(value) or None


@record(surface="message")
class Item(Record):
    """An event, or in old stores a reminder."""

    item_id: int | None = col("ROWID", doc="number of the event")
    uuid: str | None = col("UUID", doc="identifier on this device")
    unique_identifier: str | None = col("unique_identifier", doc="identifier, the same for all who were invited")
    summary: Text | None = col("summary", doc="title of the event")
    description: Text | None = col("description", doc="notes with the event")
    start: Utc | None = col("start_date", cocoa, doc="when the event begins")
    start_zone: str | None = col("start_tz", doc="zone of the begin; `_float` for any")
    end: Utc | None = col("end_date", cocoa, doc="when the event ends")
    end_zone: str | None = col("end_tz", doc="zone of the end")
    created: Utc | None = col("creation_date", cocoa, doc="when it was made")
    modified: Utc | None = col("last_modified", cocoa, doc="when it last changed")
    all_day: bool | None = col("all_day", doc="whether it lasts whole days")
    calendar_id: int | None = col("calendar_id", doc="Calendar.calendar_id")
    organizer_id: int | None = col("organizer_id", doc="Participant.participant_id of who invited; 0 for none")
    self_attendee_id: int | None = col("self_attendee_id", doc="Participant.participant_id of the person")
    original_id: int | None = col("orig_item_id", doc="Item.item_id of the series it belongs to; 0 for none")
    original_date: Utc | None = col("orig_date", cocoa, doc="when it was to begin in its series")
    location_id: int | None = col("location_id", doc="Location.location_id; 0 for none")
    url: Url | None = col("url", _url, doc="address that was given with it")
    conference_url: Url | None = col("conference_url", _url, doc="address to join it")
    detected_url: Url | None = col("conference_url_detected", _url, doc="address to join it that the system found")
    status: int | None = col("status", doc="0 none, 1 confirmed, 2 tentative, 3 cancelled")
    invitation_status: int | None = col(
        "invitation_status", doc="state of the invitation; its meaning is not published"
    )
    availability: int | None = col("availability", doc="0 busy, 1 free, 2 tentative, 3 unavailable")
    hidden: bool | None = col("hidden", doc="whether it is not shown")
    has_recurrences: bool | None = col("has_recurrences", doc="whether it repeats")
    has_attendees: bool | None = col("has_attendees", doc="whether others are invited")
    has_attachment: bool | None = col("has_attachment", doc="whether it has attachments")
    entity_type: int | None = col("entity_type", doc="2 event, 3 reminder, as far as is known")
    junk_status: int | None = col("junk_status", doc="whether it was found to be unwanted; not published further")
    sequence_number: int | None = col("sequence_num", doc="how often the organiser changed it")
    external_id: str | None = col("external_id", doc="name at the server")
    external_schedule_id: str | None = col("external_schedule_id", doc="name of the invitation at the server")
    response_comment: Text | None = col("response_comment", doc="comment with the answer", surface="mention")
    contact_name: Text | None = col("contact_name", doc="name of the contact of a birthday", surface="mention")
    created_by_id: int | None = col("created_by_id", doc="row number in Identity of who made it; 0 for none")
    modified_by_id: int | None = col("modified_by_id", doc="row number in Identity of who changed it; 0 for none")
    action: str | None = col("action", doc="what opens it")
    creator: BundleId | None = col("creator_identity", doc="app that made it", surface="installed-app")
    creator_team: str | None = col("creator_team_identity", doc="team that signed the app")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Participant(Record):
    """An organiser or attendee of an event; the person is one of them."""

    participant_id: int | None = col("ROWID", doc="number of the participant")
    item_id: int | None = col("owner_id", doc="Item.item_id")
    identity_id: int | None = col("identity_id", doc="row number in Identity")
    email: Account | None = col("email", doc="mail address")
    phone_number: PhoneNumber | None = col("phone_number", doc="telephone number")
    is_self: bool | None = col("is_self", doc="whether it is the person")
    entity_type: int | None = col("entity_type", doc="kind of the row as a number; its meaning is not published")
    type: int | None = col("type", doc="kind of participant as a number; its meaning is not published")
    status: int | None = col("status", doc="the answer as a number; its meaning is not published")
    role: int | None = col("role", doc="part in the event as a number; its meaning is not published")
    comment: Text | None = col("comment", doc="comment with the answer")
    invited_by: Account | None = col("invited_by", doc="who invited the participant")
    modified: Utc | None = col("last_modified", cocoa, doc="when it last changed")
    uuid: str | None = col("UUID", doc="identifier")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Identity(Record):
    """A name and address of a participant, by its row number."""

    display_name: Text | None = col("display_name", doc="name of the participant, as shown")
    address: Account | None = col("address", doc="address as `mailto:…` or `tel:…`, or one of the server")
    first_name: Text | None = col("first_name", doc="first name")
    last_name: Text | None = col("last_name", doc="last name")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Attachment(Record):
    """An attachment of an event. In old stores the file stands here too."""

    attachment_id: int | None = col("ROWID", doc="number of the attachment")
    item_id: int | None = col("owner_id", doc="Item.item_id")
    file_id: int | None = col("file_id", doc="AttachmentFile.file_id")
    url: Url | None = col("url", _url, doc="where it is loaded from", surface="message")
    filename: FileName | None = col("filename", doc="name of the file", surface="message")
    local_path: FilePath | None = col("local_path", doc="where it was put on the device", surface="file-present")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class AttachmentFile(Record):
    """A file that is attached to events."""

    file_id: int | None = col("ROWID", doc="number of the file")
    url: Url | None = col("url", _url, doc="where it is loaded from")
    filename: FileName | None = col("filename", doc="name of the file")
    format: str | None = col("format", doc="kind of content")
    local_path: FilePath | None = col("local_path", doc="where it was put on the device", surface="file-present")
    size: int | None = col("file_size", doc="bytes of the file")
    download_started: Utc | None = col("download_start", cocoa, doc="when it was begun to be loaded")
    uuid: str | None = col("UUID", doc="identifier")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Alarm(Record):
    """An alarm of an event or of a calendar."""

    alarm_id: int | None = col("ROWID", doc="number of the alarm")
    item_id: int | None = col("calendaritem_owner_id", doc="Item.item_id; 0 or -1 for none")
    calendar_id: int | None = col("calendar_owner_id", doc="Calendar.calendar_id; 0 or -1 for none")
    trigger_date: Utc | None = col("trigger_date", cocoa, doc="when it goes off")
    trigger_interval: int | None = col("trigger_interval", doc="seconds to the begin of the event; negative before it")
    acknowledged: Utc | None = col("acknowledgedDate", cocoa, doc="when it was put away")
    disabled: bool | None = col("disabled", doc="whether it is off")
    email: Account | None = col("email_address", doc="address it writes to")
    uuid: str | None = col("UUID", doc="identifier")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Calendar(Record):
    """A calendar; the person may own it, share it or have subscribed to it."""

    calendar_id: int | None = col("ROWID", doc="number of the calendar")
    store_id: int | None = col("store_id", doc="Store.store_id")
    title: Text | None = col("title", doc="name of the calendar")
    type: str | None = col("type", doc="kind of calendar")
    uuid: str | None = col("UUID", doc="identifier")
    external_id: str | None = col("external_id", doc="name at the server")
    subscribed_url: Url | None = col("subcal_url", _url, doc="address it is subscribed from")
    published_url: Url | None = col("published_URL", _url, doc="address it is published at", surface="mention")
    owner_name: Text | None = col("shared_owner_name", doc="who shares it")
    owner_address: Account | None = col("shared_owner_address", doc="address of who shares it")
    owner_email: Account | None = col("owner_identity_email", doc="mail address of the owner")
    owner_phone: PhoneNumber | None = col("owner_identity_phone_number", doc="number of the owner")
    self_email: Account | None = col("self_identity_email", doc="own mail address", surface="mention")
    self_phone: PhoneNumber | None = col("self_identity_phone_number", doc="own number", surface="mention")
    sharing_status: int | None = col(
        "sharing_status", doc="whether and by whom it is shared; its meaning is not published"
    )
    invitation_status: int | None = col(
        "invitation_status", doc="state of the invitation; its meaning is not published"
    )
    refreshed: Utc | None = col("refresh_date", cocoa, doc="when a subscribed one was last loaded")
    notes: Text | None = col("notes", doc="notes with the calendar")
    flags: int | None = col("flags", doc="states as bits; their meaning is not published")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Store(Record):
    """A place calendars are kept: this device, or an account."""

    store_id: int | None = col("ROWID", doc="number of the store")
    name: Text | None = col("name", doc="name of the account")
    type: int | None = col("type", doc="0 local, 1 Exchange, 2 CalDAV, 4 subscribed, 5 birthdays …")
    external_id: str | None = col("external_id", doc="name at the server")
    persistent_id: str | None = col("persistent_id", doc="identifier of the account")
    owner_name: Text | None = col("owner_name", doc="name of the owner")
    creator: BundleId | None = col("creator_bundle_id", doc="app that made it", surface="installed-app")
    disabled: bool | None = col("disabled", doc="whether it is off")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class Recurrence(Record):
    """A rule that an event repeats by."""

    recurrence_id: int | None = col("ROWID", doc="number of the rule")
    item_id: int | None = col("owner_id", doc="Item.item_id")
    frequency: int | None = col("frequency", doc="1 daily, 2 weekly, 3 monthly, 4 yearly, as far as is known")
    interval: int | None = col("interval", doc="every so many days, weeks …")
    count: int | None = col("count", doc="how often; 0 without end")
    end: Utc | None = col("end_date", cocoa, doc="when the event repeats for the last time")
    specifier: str | None = col("specifier", doc="days it falls on")
    uuid: str | None = col("UUID", doc="identifier")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Location(Record):
    """A place of an event. Its coordinates are left to `extra`."""

    location_id: int | None = col("ROWID", doc="number of the place")
    title: Text | None = col("title", doc="what is written as the place; often an address to join by")
    address: Text | None = col("address", doc="postal address")
    item_id: int | None = col("item_owner_id", doc="Item.item_id")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class Notification(Record):
    """What the server tells of: an invitation to a calendar, or a change of an event."""

    notification_id: int | None = col("ROWID", doc="number of the notification")
    calendar_id: int | None = col("calendar_id", doc="Calendar.calendar_id")
    summary: Text | None = col("summary", doc="title of what is told of")
    created: Utc | None = col("creation_date", cocoa, doc="when it was made")
    modified: Utc | None = col("last_modified", cocoa, doc="when it last changed")
    status: int | None = col("status", doc="state; its meaning is not published")
    host_url: Url | None = col("host_url", _url, doc="address of the calendar that is offered")
    in_reply_to: str | None = col("in_reply_to", doc="what it answers")
    identity_id: int | None = col("identity_id", doc="row number in Identity")
    external_id: str | None = col("external_id", doc="name at the server")
    uuid: str | None = col("UUID", doc="identifier")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record(surface="message")
class ResourceChange(Record):
    """A change that another person made in a shared calendar, with the title and begin of what was deleted."""

    change_id: int | None = col("ROWID", doc="number of the change")
    notification_id: int | None = col("notification_id", doc="Notification.notification_id")
    calendar_id: int | None = col("calendar_id", doc="Calendar.calendar_id")
    item_id: int | None = col("calendar_item_id", doc="Item.item_id")
    identity_id: int | None = col("identity_id", doc="row number in Identity of who made it")
    change_type: int | None = col("change_type", doc="kind of change; its meaning is not published")
    time: Utc | None = col("timestamp", cocoa, doc="when it was made")
    deleted_summary: Text | None = col("deleted_summary", doc="title of what was deleted")
    deleted_start: Utc | None = col("deleted_start_date", cocoa, doc="when what was deleted begins")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class ItemChange(Record):
    """A change of an event that programs or the server are still to be told of."""

    item_id: int | None = col("record", doc="Item.item_id; no such Item: it was deleted")
    type: int | None = col("type", doc="kind of change: 0 added, 1 changed, 2 deleted, as far as is known")
    sequence: int | None = col("sequence_number", doc="number of the change")
    calendar_id: int | None = col("calendar_id", doc="Calendar.calendar_id")
    old_calendar_id: int | None = col("old_calendar_id", doc="Calendar.calendar_id before; -1 or 0 for none")
    unique_identifier: str | None = col("unique_identifier", doc="Item.unique_identifier")
    external_id: str | None = col("external_id", doc="name at the server")
    uuid: str | None = col("UUID", doc="Item.uuid")
    extra: str | None = rest(doc="columns that no field maps, as JSON; those that changed are 1")


@record(surface="message")
class ParticipantChange(Record):
    """A change of a participant that programs or the server are still to be told of."""

    participant_id: int | None = col("record", doc="Participant.participant_id; no such one: it was deleted")
    type: int | None = col("type", doc="as ItemChange.type")
    sequence: int | None = col("sequence_number", doc="number of the change")
    item_id: int | None = col("owner_id", doc="Item.item_id")
    email: Account | None = col("email", doc="mail address")
    phone_number: PhoneNumber | None = col("phone_number", doc="telephone number")
    uuid: str | None = col("UUID", doc="Participant.uuid")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@record
class EventAction(Record):
    """An answer or other action on an event that the server is still to be told of."""

    action_id: int | None = col("ROWID", doc="number of the action")
    item_id: int | None = col("event_id", doc="Item.item_id")
    external_id: str | None = col("external_id", doc="name at the server")
    external_schedule_id: str | None = col("external_schedule_id", doc="name of the invitation at the server")
    extra: str | None = rest(doc="columns that no field maps, as JSON")


@recovered(surface="message")
class RecoveredItem(Item):
    """An event whose row was deleted or replaced."""


@recovered(surface="message")
class RecoveredParticipant(Participant):
    """An organiser or attendee whose row was deleted or replaced."""


@recovered(surface="message")
class RecoveredIdentity(Identity):
    """A name and address whose row was deleted or replaced."""


@recovered(surface="message")
class RecoveredAttachmentFile(AttachmentFile):
    """An attached file whose row was deleted or replaced."""


@artifact("/private/var/mobile/Library/Calendar/Calendar.sqlitedb")
def calendar(
    file: SourceFile,
) -> Iterator[
    Block[Item] | Block[Participant] | Block[Identity] | Block[Attachment] | Block[AttachmentFile] | Block[Alarm]
    | Block[Calendar] | Block[Store] | Block[Recurrence] | Block[Location] | Block[Notification]
    | Block[ResourceChange] | Block[ItemChange] | Block[ParticipantChange] | Block[EventAction] | Block[Sequence]
    | Block[RecoveredItem] | Block[RecoveredParticipant] | Block[RecoveredIdentity] | Block[RecoveredAttachmentFile]
    | Gap
]:  # fmt: skip
    with sqlite.connect(file) as db:
        yield from db.table("CalendarItem", Item)
        yield from db.table("Participant", Participant, optional=True)
        yield from db.table("Identity", Identity, optional=True)
        yield from db.table("Attachment", Attachment, optional=True)
        yield from db.table("AttachmentFile", AttachmentFile, optional=True)
        yield from db.table("Alarm", Alarm, optional=True)
        yield from db.table("Calendar", Calendar, optional=True)
        yield from db.table("Store", Store, optional=True)
        yield from db.table("Recurrence", Recurrence, optional=True)
        yield from db.table("Location", Location, optional=True)
        yield from db.table("Notification", Notification, optional=True)
        yield from db.table("ResourceChange", ResourceChange, optional=True)
        yield from db.table("CalendarItemChanges", ItemChange, optional=True)
        yield from db.table("ParticipantChanges", ParticipantChange, optional=True)
        yield from db.table("EventAction", EventAction, optional=True)
        yield from db.table("sqlite_sequence", Sequence, optional=True)
        yield from db.recovered("CalendarItem", RecoveredItem)
        yield from db.recovered("Participant", RecoveredParticipant)
        yield from db.recovered("Identity", RecoveredIdentity)
        yield from db.recovered("AttachmentFile", RecoveredAttachmentFile)
