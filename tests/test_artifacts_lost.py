"""What is wrong with a file, a table or a value is told, whatever a parser does with what is left of it."""

from __future__ import annotations

import plistlib
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, bplist, database, gaps, rows
from bridle import artifacts
from bridle.core import Gap
from made_segb import make

PATH = PurePosixPath("/private/var/mobile/Library/Logs/CrashReporter/a.ips")
LARGEST = 64 << 20
"""Bytes of a value that is read."""
TOO_LARGE = f"expected at most {LARGEST} bytes, got more"


def test_a_value_that_was_lost_is_no_value_of_an_account() -> None:
    script = "CREATE TABLE ZACCOUNT (Z_PK); CREATE TABLE ZACCOUNTPROPERTY (Z_PK INTEGER PRIMARY KEY, ZKEY, ZVALUE);"
    script += f"INSERT INTO ZACCOUNTPROPERTY VALUES (1, 'a', zeroblob({LARGEST + 1}));"
    (kept, gap) = rows(artifacts.load("ios.accounts"), Stored(database(script)))
    assert (kept.key, kept.value, kept.length) == ("a", None, None)
    assert gap == Gap(locator="ZACCOUNTPROPERTY:1.ZVALUE", reason=f"ZVALUE: {TOO_LARGE}")


def test_a_value_that_was_lost_is_no_value_of_a_nickname() -> None:
    script = "CREATE TABLE kvtable (ROWID INTEGER PRIMARY KEY, key, value);"
    script += f"INSERT INTO kvtable VALUES (1, 'a', zeroblob({LARGEST + 1}));"
    (kept, gap) = rows(artifacts.load("ios.nickname_cache"), Stored(database(script)))
    assert (kept.key, kept.value, kept.length) == ("a", None, None)
    assert gap == Gap(locator="kvtable:1.value", reason=f"value: {TOO_LARGE}")


def test_what_is_wrong_with_a_power_log_is_told_although_its_offsets_are_read_first() -> None:
    script = "CREATE TABLE PLStorageOperator_EventForward_TimeOffset (ID INTEGER PRIMARY KEY, timestamp, system);"
    script += "INSERT INTO PLStorageOperator_EventForward_TimeOffset VALUES (1, 100.0, 5.0);"
    file = Stored(database(script), siblings={"-wal": b"not a log" * 9})
    found = rows(artifacts.load("ios.power_log"), file)
    assert [gap.locator for gap in gaps(found)] == ["-wal"]
    assert len(found) == 2


def test_all_texts_of_a_message_that_carries_many_are_kept() -> None:
    inside = b"".join(b"\x0a\x04" + f"{number:04}".encode() for number in range(3_000))
    script = "CREATE TABLE ZWAMESSAGE (Z_PK); CREATE TABLE ZWAMEDIAITEM (ZMETADATA);"
    script += f"INSERT INTO ZWAMEDIAITEM VALUES (X'{inside.hex()}');"
    (media,) = rows(artifacts.load("ios.whatsapp"), Stored(database(script)))
    assert media.metadata_texts == tuple(f"{number:04}" for number in range(3_000))


def test_more_computers_than_are_read_are_a_gap() -> None:
    entry = b"user".ljust(64, b"\0") + b"computer".ljust(128, b"\0")
    read = artifacts.load("ios.itunes_prefs")
    assert gaps(rows(read, Stored(b"frpd".ljust(384, b"\0") + entry * 64))) == []
    found = rows(read, Stored(b"frpd".ljust(384, b"\0") + entry * 65))
    assert len(found) == 65
    assert found[-1] == Gap(locator="offset 0x3180", reason="Computer: expected at most 64 entries, got more")


def test_a_type_of_urls_that_is_none_is_a_gap() -> None:
    bundle = (
        '{"CFBundleURLTypes": [{"CFBundleURLSchemes": ["example"]}, "odd"], "CFBundleIdentifier": "org.example.app"}'
    )
    (kept, gap) = rows(artifacts.load("ios.app_bundle"), Stored(bplist(bundle)))
    assert (kept.bundle_id, kept.url_schemes) == ("org.example.app", None)
    reason = "Bundle: CFBundleURLTypes: expected a dictionary, got 'odd'"
    assert gap == Gap(locator="(bundle).CFBundleURLTypes", reason=reason)


def test_a_text_behind_more_values_than_are_looked_at_is_a_gap() -> None:
    numbers = ", ".join(str(number) for number in range(10_000))
    action = f'[{{"WFWorkflowActionParameters": {{"a": [{numbers}], "b": "https://example.org/"}}}}]'
    script = "CREATE TABLE ZSHORTCUT (Z_PK); CREATE TABLE ZSHORTCUTACTIONS (Z_PK INTEGER PRIMARY KEY, ZDATA);"
    script += f"INSERT INTO ZSHORTCUTACTIONS VALUES (1, X'{bplist(action).hex()}');"
    found = gaps(rows(artifacts.load("ios.shortcuts"), Stored(database(script))))
    assert [gap.reason for gap in found] == ["Action: expected at most 10000 values, got more"]


def test_more_texts_of_a_telegram_value_than_are_kept_and_an_odd_key_are_gaps() -> None:
    value = b"\0".join(f"text {number:03}".encode() for number in range(201))
    script = "CREATE TABLE t7 (key, value); CREATE TABLE t2 (key, value);"
    script += f"INSERT INTO t2 VALUES (X'00', X'{value.hex()}');"
    (peer, key, texts) = rows(artifacts.load("ios.telegram"), Stored(database(script)))
    assert (peer.peer_id, len(peer.texts), peer.texts[-1]) == (None, 200, "text 199")
    assert key == Gap(locator="t2:1.key", reason="Peer: key: expected a number or 8 bytes, got 1 bytes")
    reason = "Peer: value: expected at most 200 texts in 1048576 bytes, got more"
    assert texts == Gap(locator="t2:1.value", reason=reason)


TABLES = {
    "ios.sms": (
        "chat_handle_join", "chat_message_join", "message_attachment_join", "deleted_messages",
        "chat_recoverable_message_join", "unsynced_removed_recoverable_messages", "sync_deleted_messages",
        "sync_deleted_attachments", "sync_deleted_chats", "scheduled_messages_pending_cloudkit_delete",
        "message_processing_task",
    ),
    "ios.mail_envelope": ("message_rich_links", "searchable_message_tombstones"),
    "ios.accounts": ("ZDATACLASS",),
    "ios.safari_tabs": ("session_state",),
}  # fmt: skip


@pytest.mark.parametrize(("name", "table"), [(name, table) for name, tables in TABLES.items() for table in tables])
def test_a_column_that_no_field_maps_is_kept(name: str, table: str) -> None:
    script = f"CREATE TABLE {table} (new_column); INSERT INTO {table} VALUES ('seen');"
    found = [row for row in rows(artifacts.load(name), Stored(database(script))) if not isinstance(row, Gap)]
    assert [(row.locator, row.extra) for row in found] == [(f"{table}:1", '{"new_column": "seen"}')]


VALUES = 10_000
"""Values of one tree that are looked at for texts."""


def _numbers(count: int) -> str:
    return "[" + ", ".join("1" for _ in range(count)) + "]"


@pytest.mark.parametrize(("count", "is_whole"), [(VALUES - 1, True), (VALUES, False)])
def test_texts_behind_more_values_than_are_looked_at_are_a_gap(count: int, is_whole: bool) -> None:
    event = bplist(f'{{"a": {_numbers(count)}, "b": "last"}}').hex()
    script = "CREATE TABLE notes (id INTEGER PRIMARY KEY, timestamp, data);"
    script += f"INSERT INTO notes VALUES (1, NULL, X'{event}');"
    (kept, *told) = rows(artifacts.load("ios.keychain_analytics"), Stored(database(script)))
    reason = f"expected at most {VALUES} values, got more"
    assert kept.texts == (("last",) if is_whole else None)
    assert told == ([] if is_whole else [Gap(locator="notes:1.data", reason=f"Event: data: {reason}")])

    line = f'{{"name": "n", "message": {{"a": {_numbers(count)}, "b": "last"}}}}\n'
    (kept, *told) = rows(artifacts.load("ios.analytics_journal"), Stored(line.encode()))
    assert kept.texts == (("last",) if is_whole else None)
    assert told == ([] if is_whole else [Gap(locator="line 1.message", reason=f"Count: message: {reason}")])

    profile = f'{{"PayloadContent": [{{"a": {_numbers(count)}, "URL": "https://example.org/"}}]}}'
    found = rows(artifacts.load("ios.configuration_profile"), Stored(bplist(profile)))
    (payload,) = (row for row in found if type(row).__name__ == "Payload")
    assert payload.urls == (("https://example.org/",) if is_whole else ())
    said = Gap(locator="PayloadContent/1~5.texts", reason=f"Payload: {reason}")
    assert gaps(found) == ([] if is_whole else [said])


def test_values_of_a_network_configuration_that_are_not_searched_are_a_gap() -> None:
    stored = f'{{"A": {{"$class": "NEConfiguration", "a": {_numbers(20_000)}, "URL": "https://example.org/"}}}}'
    (kept, gap, *_) = rows(artifacts.load("ios.network_extension"), Stored(bplist(stored)))
    assert kept.urls == ()
    reason = "Configuration: expected at most 20000 values, got more"
    assert gap == Gap(locator="(configuration)/1.values", reason=reason)


@pytest.mark.parametrize(("fields", "is_whole"), [(399, True), (400, False), (401, False)])
def test_fields_of_a_report_behind_more_lines_than_are_read_are_a_gap(fields: int, is_whole: bool) -> None:
    lines = ["Process: a [1]", *("X: y" for _ in range(fields - 1)), "Path: /b", "", "Thread 0 Crashed:"]
    found = rows(artifacts.load("ios.crash_report"), Stored("\n".join(lines).encode(), PATH))
    told = [gap for gap in gaps(found) if "before the first thread" in gap.reason]
    (crash,) = (row for row in found if type(row).__name__ == "Crash")
    assert crash.path == ("/b" if is_whole else None)
    reason = "expected at most 400 lines before the first thread, got more"
    assert told == ([] if is_whole else [Gap(locator="line 401", reason=reason)])


def _exchange(count: int, length: int) -> list[Gap]:
    headers = {f"H{number:04}": "v" * length for number in range(count)}
    answer = plistlib.dumps({"Array": [{}, 0, 0, 200, headers]}).hex()
    script = "CREATE TABLE cfurl_cache_response (entry_ID); CREATE TABLE cfurl_cache_blob_data (response_object);"
    script += f"INSERT INTO cfurl_cache_blob_data VALUES (X'{answer}');"
    return gaps(rows(artifacts.load("ios.url_cache"), Stored(database(script))))


def test_header_fields_that_are_cut_or_left_out_are_a_gap() -> None:
    assert _exchange(1000, 1) == _exchange(1, 8192) == []
    place = "cfurl_cache_blob_data:1.response_object/headers"
    reason = "Exchange: expected at most 1000 header fields of 8192 characters, got more"
    assert _exchange(1001, 1) == _exchange(1, 8193) == [Gap(locator=place, reason=reason)]


def test_the_length_of_a_payload_is_told_where_it_is_cut() -> None:
    entries = ", ".join(f'{{"time": 1, "payload": "{"ff" * length}"}}' for length in (4_096, 4_097))
    found = rows(artifacts.load("ios.biome"), Stored(make(f'{{"version": 2, "entries": [{entries}]}}')))
    assert [(len(event.payload) // 2, event.length) for event in found] == [(4_096, 4_096), (4_096, 4_097)]
