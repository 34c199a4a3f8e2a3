"""The calendar: appointments, and an invitation that nobody answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bridle.phantom.attack import Attack
from bridle.phantom.entry import Entry, database, insert
from bridle.phantom.events import Meeting
from bridle.phantom.life import Life, cocoa, guid

APPOINTMENTS = 40
_TITLES = (
    "Dentist",
    "Lunch",
    "Football",
    "Call the landlord",
    "Editors' meeting",
    "Train",
    "Choir",
    "Interview",
    "Gym",
)
_SCHEMA = """
CREATE TABLE CalendarItem (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, summary TEXT, location_id INTEGER, description TEXT,
  start_date REAL, start_tz TEXT, end_date REAL, end_tz TEXT, all_day INTEGER, calendar_id INTEGER,
  organizer_id INTEGER, self_attendee_id INTEGER, status INTEGER, invitation_status INTEGER, url TEXT,
  last_modified REAL, unique_identifier TEXT, has_attendees INTEGER, UUID TEXT, entity_type INTEGER,
  creation_date REAL);
CREATE TABLE Participant (ROWID INTEGER PRIMARY KEY, entity_type INTEGER, type INTEGER, status INTEGER, role INTEGER,
  identity_id INTEGER, owner_id INTEGER, UUID TEXT, email TEXT, is_self INTEGER);
CREATE TABLE Identity (display_name TEXT, address TEXT, first_name TEXT, last_name TEXT,
  UNIQUE (display_name, address, first_name, last_name));
CREATE TABLE Calendar (ROWID INTEGER PRIMARY KEY, store_id INTEGER, title TEXT, flags INTEGER, type TEXT, UUID TEXT,
  self_identity_email TEXT, color TEXT);
CREATE TABLE Store (ROWID INTEGER PRIMARY KEY, name TEXT, type INTEGER, disabled INTEGER, external_id TEXT);
"""


def entries(life: Life, attack: Attack | None) -> Iterator[Entry]:
    path = "Library/Calendar/Calendar.sqlitedb"
    yield Entry(domain="HomeDomain", path=path, content=_content(life, attack), born=life.start, modified=life.backup)


def _content(life: Life, attack: Attack | None) -> bytes:
    random = life.random("calendar")
    columns = """summary description start_date start_tz end_date end_tz all_day calendar_id organizer_id
    self_attendee_id status invitation_status last_modified unique_identifier has_attendees UUID entity_type
    creation_date"""
    items: list[tuple[Any, ...]] = []
    people: list[tuple[Any, ...]] = []
    identities: list[tuple[Any, ...]] = []
    for time in life.moments(random, APPOINTMENTS):
        begin = cocoa(time.replace(minute=0, second=0, microsecond=0))
        made = begin - random.randrange(86_400, 900_000)
        items.append((random.choice(_TITLES), None, begin, "Europe/London", begin + 3600, "Europe/London", 0, 1, 0, 0,
                      0, 0, made, guid(random), 0, guid(random), 2, made))  # fmt: skip
    if attack is not None and attack.infected:
        # As in a published case: an invitation to something past, which shows no notice.
        number, made = len(items) + 1, cocoa(attack.invited)
        begin = cocoa(attack.invited - timedelta(days=600))
        items.append(("Meeting", "Notes", begin, "UTC", begin + 3600, "UTC", 0, 1, 1, 2, 0, 3, made, guid(random), 1,
                      guid(random), 2, made))  # fmt: skip
        people = [
            (1, 8, 1, 0, 3, 1, number, guid(random), attack.by.account, 0),
            (2, 7, 1, 0, 1, 2, number, guid(random), life.owner.email, 1),
        ]
        identities = [
            (None, f"mailto:{attack.by.account}", None, None),
            (None, f"mailto:{life.owner.email}", None, None),
        ]
    for meeting in life.of(Meeting):
        number, made, who = len(items) + 1, cocoa(meeting.time), len(people) + 1
        begin = cocoa(meeting.time + timedelta(days=meeting.ahead))
        items.append((meeting.title, meeting.notes, begin, "UTC", begin + 3600, "UTC", 0, 1, who, who + 1, 0, 3, made,
                      guid(random), 1, guid(random), 2, made))  # fmt: skip
        # Identities are rows of a table without a key: their numbers are those of their order.
        people += [
            (who, 8, 1, 0, 3, who, number, guid(random), meeting.organizer, 0),
            (who + 1, 7, 1, 0, 1, who + 1, number, guid(random), life.owner.email, 1),
        ]
        identities += [
            (f"{number}", f"mailto:{meeting.organizer}", None, None),
            (f"{number}", f"mailto:{life.owner.email}", None, None),
        ]
    return database(
        _SCHEMA,
        (insert("CalendarItem", columns), items),
        ("INSERT INTO Participant VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", people),
        ("INSERT INTO Identity VALUES (?, ?, ?, ?)", identities),
        ("INSERT INTO Calendar VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
         [(1, 1, "Home", 0, "caldav", guid(random), life.owner.email, "#1BADF8")]),
        ("INSERT INTO Store VALUES (?, ?, ?, ?, ?)", [(1, "iCloud", 2, 0, guid(random))]),
    )  # fmt: skip
