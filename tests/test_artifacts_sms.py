"""Messages that other readers lose: without a handle, with bytes that are no text, with no text but an archived one."""

from __future__ import annotations

from artifact_files import Stored, database, gaps, rows
from bridle import artifacts
from bridle.core import Gap

SMS = artifacts.load("ios.sms")
TABLES = """
CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, attributedBody BLOB, handle_id INTEGER);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT, service TEXT);
INSERT INTO handle VALUES (1, '+15550123', 'SMS');
"""


def messages(values: str):
    found = rows(SMS, Stored(database(f"{TABLES} INSERT INTO message VALUES {values};")))
    return [m for m in found if type(m).__name__ == "Message"], gaps(found)


def test_a_message_without_a_handle_is_a_row() -> None:
    found, lost = messages("(1, 'G-1', 'none', NULL, 0), (2, 'G-2', 'null', NULL, NULL), (3, 'G-3', 'gone', NULL, 99)")
    assert [(m.locator, m.text, m.handle_id) for m in found] == [
        ("message:1", "none", 0), ("message:2", "null", None), ("message:3", "gone", 99),
    ]  # fmt: skip
    assert lost == []


def test_a_message_whose_bytes_are_no_utf_8_is_a_row_and_a_gap() -> None:
    found, lost = messages("(1, 'G-1', CAST(X'68e9' AS TEXT), NULL, 1), (2, 'G-2', 'next', NULL, 1)")
    assert [(m.guid, m.text, m.handle_id) for m in found] == [("G-1", None, 1), ("G-2", "next", 1)]
    assert lost == [
        Gap(locator="message:1.text", reason="Message: text: expected text in the file's encoding, got bytes 68e9")
    ]


def test_a_message_with_only_an_attributed_text_is_a_row_with_it() -> None:
    found, lost = messages(
        "(1, 'G-1', NULL, attributed('https://attack.test/1'), 1), (2, 'G-2', '', attributed('two'), 1)"
    )
    assert [(m.text, m.attributed_text) for m in found] == [(None, "https://attack.test/1"), ("", "two")]
    assert lost == []


def test_a_message_with_neither_text_nor_guid_nor_handle_is_a_row() -> None:
    found, lost = messages("(1, NULL, NULL, NULL, NULL)")
    assert [m.message_id for m in found] == [1]
    assert lost == []
