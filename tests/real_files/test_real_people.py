"""Messages, contacts, calendar and notes on real files of their kinds, against counts of the sqlite3 module."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.formats import message_summary
from corpus import CORPUS, needs_corpus
from real import ILEAPP, MESSAGES, MVT, PLASO, counts, of, read, read_zipped

pytestmark = needs_corpus


def test_interactions_of_a_backup() -> None:
    found = read("ios.interaction_c", MVT / "1f" / "1f5a521220a3ad80ebfdc196978df8e7a2e49dee")
    assert counts(found) == {"Interaction": 3, "Contact": 3, "Recipient": 1}
    first, second, third = of(found, "Interaction")
    assert first.started == datetime(2025, 9, 8, 4, 53, 20, tzinfo=UTC)
    assert [i.bundle_id for i in (first, second, third)] == ["net.whatsapp.WhatsApp"] * 2 + ["com.apple.MobileSMS"]
    assert [(i.direction, i.sender_id) for i in (first, second, third)] == [(0, 1), (1, None), (0, 3)]
    assert second.domain_identifier == "100000000000001@lid"
    (recipient,) = of(found, "Recipient")
    assert (recipient.locator, recipient.contact_id, recipient.interaction_id) == ("Z_2INTERACTIONRECIPIENT:1", 2, 2)


def test_calendar_of_a_backup() -> None:
    found = read("ios.calendar", MVT / "20" / "2041457d5fe04d39d0ab481178355df6781e6858")
    assert counts(found) == {"Item": 1, "Participant": 1, "Sequence": 2}
    (item,) = of(found, "Item")
    assert (item.summary, item.description) == ("Super interesting meeting", "very very interesting things")
    assert item.start == datetime(2023, 4, 18, 9, 15, tzinfo=UTC)
    assert item.created == datetime(2023, 4, 11, 18, 30, 6, tzinfo=UTC)
    assert (item.organizer_id, item.url, item.hidden) == (1, None, False)
    assert [p.email for p in of(found, "Participant")] == ["user@example.org"]


ADDRESS_BOOK = ILEAPP / "addressBook" / "testdata.addressBook.addressBook.mvs_ios_2023.zip"


def test_contacts_are_in_the_write_ahead_log() -> None:
    found = read_zipped("ios.contacts", ADDRESS_BOOK, "AddressBook.sqlitedb")
    assert counts(found) == {
        "Store": 2, "StoreAccount": 1, "ChangeSource": 2, "ChangeReader": 2, "Property": 10, "Sequence": 3,
    }  # fmt: skip
    assert [(s.type, s.enabled, s.account_id) for s in of(found, "Store")] == [(0, False, -1), (4, True, 1)]
    first = of(found, "ChangeSource")[0]
    assert (first.sequence, first.time) == (10, datetime(2022, 11, 21, 0, 46, 43, 247453, tzinfo=UTC))
    assert first.client.startswith("com.apple.dataaccessd-")


def test_notes_of_a_file_system() -> None:
    found = read("ios.notes", PLASO / "ios" / "NoteStore.sqlite")
    assert counts(found) == {
        "Object": 28, "Body": 8, "Change": 298, "Transaction": 84, "HistoryName": 6, "PrimaryKey": 21,
    }  # fmt: skip
    bodies = of(found, "Body")
    assert [b.is_encrypted for b in bodies] == [True, True, False, False, True, False, False, True]
    assert [b.text for b in bodies if b.is_encrypted] == [None] * 4
    assert bodies[5].text == "iOS 15 Note\n\nHere is the test iOS 15 note. "
    assert bodies[6].text is None, "an empty note"
    titled = [o for o in of(found, "Object") if o.note_title is not None]
    assert len(titled) == 7
    newest = next(o for o in titled if o.note_title == "iOS 15 Note")
    assert (newest.snippet, newest.body_id) == ("Here is the test iOS 15 note.", 6)
    assert newest.modified_1 == datetime(2023, 5, 10, 0, 57, 1, 178374, tzinfo=UTC)
    assert {n.name for n in of(found, "HistoryName")} >= {"accountsd", "MobileNotes", "com.apple.mobilenotes"}


@pytest.mark.parametrize(
    ("name", "versions", "retracted", "ranges"),
    [
        ("Deleted.plist", None, (0,), ("0:0+13",)),
        ("Edited.plist", ("First message  ", "Edit 1", "Edit 2", "Edited message"), None, ("0:0+15",)),
        ("EditedToLink.plist", ("here we go!", "https://github.com/ReagentX/imessage-exporter/issues/10"), None,
         ("0:0+1", "1:1+11")),
    ],
)  # fmt: skip
def test_edits_and_unsent_parts(
    name: str, versions: tuple[str, ...] | None, retracted: tuple[int, ...] | None, ranges: tuple[str, ...]
) -> None:
    path = MESSAGES / "edited_message" / name
    if not path.is_file():
        pytest.skip("the messages are not in the corpus")
    stored = path.read_bytes()
    assert message_summary.versions(stored) == versions
    assert message_summary.retracted_parts(stored) == retracted
    assert message_summary.original_ranges(stored) == ranges
    assert len(message_summary.version_times(stored) or ()) == len(versions or ())


def test_edit_times_are_seconds_since_2001() -> None:
    path = MESSAGES / "edited_message" / "Edited.plist"
    if not path.is_file():
        pytest.skip("the messages are not in the corpus")
    times = message_summary.version_times(path.read_bytes())
    assert times is not None
    assert times[0] == datetime(2022, 11, 19, 1, 17, 54, 272551, tzinfo=UTC)


def test_the_sequence_tells_of_rows_that_are_gone() -> None:
    found = read("ios.sms", PLASO / "sqlite" / "imessage_chat.db")
    assert {s.table: s.last for s in of(found, "Sequence")} == {
        "chat": 7, "handle": 7, "message": 236, "attachment": 1, "deleted_messages": 226,
    }  # fmt: skip
    assert len(of(found, "Message")) == 10
    (attachment,) = of(found, "Attachment")
    assert attachment.device_path.startswith("/private/var/mobile/Library/Messages/Attachments/")


FILES = [
    CORPUS / "ios" / "iLEAPP" / "admin" / "data" / "filepath-lists" / "magnet-mvs-2023-ios.csv.zip",
    PLASO / "ios" / "com.apple.CarPlayApp.plist",
    PLASO / "ios" / "NoteStore.sqlite",
]


@pytest.mark.parametrize(("path", "kind"), list(zip(FILES, ("zip", "bplist", "sqlite"), strict=True)))
def test_kinds_of_real_files(path: Path, kind: str) -> None:
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the corpus")
    found = rows(artifacts.load("ios.message_attachment"), Stored(path.read_bytes()))
    assert of(found, "Attachment")[0].kind == kind
    assert gaps(found) == []
