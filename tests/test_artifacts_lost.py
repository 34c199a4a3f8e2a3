"""What is wrong with a file, a table or a value is told, whatever a parser does with what is left of it.

Among them are losses that were seen in other readers of the same files:

| What they lose or stumble over                | Test                                                                |
|-----------------------------------------------|---------------------------------------------------------------------|
| process without usage                         | test_a_process_without_usage_is_a_row                               |
| usage whose process was deleted               | test_usage_whose_process_was_deleted_is_a_row                       |
| usage with NULL as process                    | test_usage_without_a_process_hides_no_other_row                     |
| NULL as byte counts                           | test_usage_without_byte_counts_is_a_row_and_ends_nothing            |
| NULL as name of a process                     | test_a_process_without_a_name_is_a_row                              |
| two identical usage rows                      | test_two_identical_usage_rows_are_two_rows                          |
| rows without their number and the file's hash | test_every_row_of_a_case_has_its_place_and_the_hash_of_its_file     |
| numbers missing above the last row            | test_numbers_missing_above_the_last_row_are_told                    |
| last block of shutdown.log without SIGTERM    | test_a_last_block_of_a_shutdown_log_without_sigterm_is_kept         |
| one pid with two paths in a block             | test_one_pid_with_two_paths_in_a_block_is_two_rows                  |
| malformed notice in shutdown.log              | test_a_malformed_notice_costs_its_line_only                         |
| second file, shutdown.1.log                   | test_a_second_shutdown_log_is_read_too                              |
| message without a handle                      | test_artifacts_sms: test_a_message_without_a_handle_is_a_row        |
| a row that is not UTF-8                       | test_artifacts_sms: test_a_message_whose_bytes_are_no_utf_8_is_a_…  |
|                                               | test_a_name_that_is_not_utf_8_costs_itself_only                     |
| text only in attributedBody                   | test_artifacts_sms: test_a_message_with_only_an_attributed_text_…   |
"""

from __future__ import annotations

import plistlib
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

import pytest
from click.testing import CliRunner

from artifact_files import Stored, bplist, database, gaps, rows
from bridle import artifacts
from bridle.artifacts.ios import application_state
from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.core import Gap
from bridle.formats.table import Lost
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
    "ios.chromium_history": ("visit_source", "downloads_url_chains"),
    "ios.contacts": ("ABMultiValueEntryKey", "ABMultiValueLabel"),
    "ios.firefox_places": ("moz_places_tombstones", "moz_historyvisit_tombstones", "moz_bookmarks_deleted"),
    "ios.safari_bookmarks": ("sync_properties",),
    "ios.resource_load_statistics": (
        "TopLevelDomains", "TopFrameUniqueRedirectsTo",
        "TopFrameUniqueRedirectsToSinceSameSiteStrictEnforcement", "TopFrameUniqueRedirectsFrom",
        "TopFrameLinkDecorationsFrom", "TopFrameLoadedThirdPartyScripts", "SubframeUnderTopFrameDomains",
        "SubresourceUnderTopFrameDomains", "SubresourceUniqueRedirectsTo", "SubresourceUniqueRedirectsFrom",
        "StorageAccessUnderTopFrameDomains",
    ),
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


NETWORK = """
CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME VARCHAR);
CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZWWANIN FLOAT, ZWWANOUT FLOAT);
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_MAX INTEGER);
"""


def _network(processes: str, usage: str = "") -> tuple[list[Any], list[Any], list[Gap]]:
    """Processes, rows of usage, and gaps."""
    script = NETWORK + f"INSERT INTO ZPROCESS VALUES {processes};"
    script += f"INSERT INTO ZLIVEUSAGE VALUES {usage};" if usage else ""
    found = rows(artifacts.load("ios.data_usage"), Stored(database(script)))
    one, other = ([row for row in found if type(row).__name__ == name] for name in ("Process", "Usage"))
    return one, other, gaps(found)


def test_a_process_without_usage_is_a_row() -> None:
    processes, usage, lost = _network("(1, 'apsd'), (2, 'bh')", "(7, 1, 5.0, 6.0)")
    assert [(p.locator, p.name) for p in processes] == [("ZPROCESS:1", "apsd"), ("ZPROCESS:2", "bh")]
    assert [(u.locator, u.process_id) for u in usage] == [("ZLIVEUSAGE:7", 1)]
    assert lost == []


def test_usage_whose_process_was_deleted_is_a_row() -> None:
    processes, usage, lost = _network("(1, 'apsd')", "(7, 2, 5.0, 6.0), (8, 1, 1.0, 2.0)")
    assert [p.process_id for p in processes] == [1]
    assert [(u.process_id, u.wwan_in, u.wwan_out) for u in usage] == [(2, 5, 6), (1, 1, 2)]
    assert lost == []


def test_usage_without_a_process_hides_no_other_row() -> None:
    processes, usage, lost = _network("(1, 'apsd'), (2, 'bh')", "(7, NULL, 5.0, 6.0), (8, 1, 1.0, 2.0)")
    assert [p.name for p in processes] == ["apsd", "bh"]
    assert [(u.usage_id, u.process_id) for u in usage] == [(7, None), (8, 1)]
    assert lost == []


def test_usage_without_byte_counts_is_a_row_and_ends_nothing() -> None:
    _, usage, lost = _network("(1, 'apsd')", "(7, 1, NULL, NULL), (8, 1, 1.0, 2.0)")
    assert [(u.wwan_in, u.wwan_out) for u in usage] == [(None, None), (1, 2)]
    assert lost == []


def test_a_process_without_a_name_is_a_row() -> None:
    processes, _, lost = _network("(1, NULL), (2, 'bh')")
    assert [(p.process_id, p.name) for p in processes] == [(1, None), (2, "bh")]
    assert lost == []


def test_a_name_that_is_not_utf_8_costs_itself_only() -> None:
    processes, _, lost = _network("(1, CAST(X'6261ff' AS TEXT)), (2, 'bh')")
    assert [(p.process_id, p.name) for p in processes] == [(1, None), (2, "bh")]
    assert [gap.locator for gap in lost] == ["ZPROCESS:1.ZPROCNAME"]


def test_two_identical_usage_rows_are_two_rows() -> None:
    _, usage, _ = _network("(1, 'apsd')", "(7, 1, 5.0, 6.0), (8, 1, 5.0, 6.0)")
    assert [(u.locator, u.wwan_in) for u in usage] == [("ZLIVEUSAGE:7", 5), ("ZLIVEUSAGE:8", 5)]


def test_numbers_missing_above_the_last_row_are_told() -> None:
    script = f"{NETWORK} INSERT INTO ZPROCESS VALUES (41, 'apsd'); INSERT INTO Z_PRIMARYKEY VALUES (7, 'Process', 45);"
    found = rows(artifacts.load("ios.data_usage"), Stored(database(script)))
    assert [row.process_id for row in found if type(row).__name__ == "Process"] == [41]
    assert [(row.entity, row.last) for row in found if type(row).__name__ == "PrimaryKey"] == [("Process", 45)]


NOTICE = "After 1.26s, these clients are still here:\n"
CLIENT = "\t\tremaining client pid: {} ({})\n"


def _shutdown(text: str) -> tuple[list[tuple[int, str, bool]], list[str]]:
    """Of each client its pid, its path and whether its shutdown has a time; and the places of gaps."""
    found = rows(artifacts.load("ios.shutdown_log"), Stored(text.encode()))
    clients = [row for row in found if type(row).__name__ == "Client"]
    return [(c.pid, c.path, c.shutdown is not None) for c in clients], [gap.locator for gap in gaps(found)]


def test_a_last_block_of_a_shutdown_log_without_sigterm_is_kept() -> None:
    whole = NOTICE + CLIENT.format(66, "/usr/libexec/locationd") + "SIGTERM: [1774602168] All buffers flushed\n"
    cut = NOTICE + CLIENT.format(79, "/private/var/tmp/bh")
    assert _shutdown(whole + cut) == ([(66, "/usr/libexec/locationd", True), (79, "/private/var/tmp/bh", False)], [])


def test_one_pid_with_two_paths_in_a_block_is_two_rows() -> None:
    block = NOTICE + CLIENT.format(79, "/usr/libexec/nfcd") + CLIENT.format(79, "/private/var/tmp/bh")
    assert _shutdown(block) == ([(79, "/usr/libexec/nfcd", False), (79, "/private/var/tmp/bh", False)], [])


def test_a_malformed_notice_costs_its_line_only() -> None:
    text = "After soon, these clients are still here:\n" + CLIENT.format(79, "/private/var/tmp/bh")
    assert _shutdown(text) == ([(79, "/private/var/tmp/bh", False)], ["line 1"])


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], Any]:
    """A phone's files by their path on it, and what `check` made of them."""
    script = f"{NETWORK} INSERT INTO ZPROCESS VALUES (1, 'apsd'); INSERT INTO ZLIVEUSAGE VALUES (7, 1, 5.0, 6.0);"
    files = {
        "/private/var/wireless/Library/Databases/DataUsage.sqlite": database(script),
        "/private/var/db/diagnostics/shutdown.0.log": (NOTICE + CLIENT.format(66, "/usr/libexec/nfcd")).encode(),
        "/private/var/db/diagnostics/shutdown.1.log": (NOTICE + CLIENT.format(79, "/private/var/tmp/bh")).encode(),
    }
    root = tmp_path_factory.mktemp("phone")
    for name, content in files.items():
        (root / name[1:]).parent.mkdir(parents=True, exist_ok=True)
        (root / name[1:]).write_bytes(content)
    case = tmp_path_factory.mktemp("checked") / "case"
    done = CliRunner().invoke(bridle, ["check", str(root), "-o", str(case), "--plaintext-case", "--jobs", "2"])
    assert done.exit_code == 1, done.output
    return files, open_case(case)


def test_every_row_of_a_case_has_its_place_and_the_hash_of_its_file(checked: tuple[dict[str, bytes], Any]) -> None:
    files, case = checked
    (path,) = (name for name in files if name.endswith(".sqlite"))
    for table, place in (("process", "ZPROCESS:1"), ("usage", "ZLIVEUSAGE:7")):
        found = case.sql(f'SELECT _path, _sha256, locator FROM "ios.data_usage.{table}"')[1]
        assert found == [[path, sha256(files[path]).hexdigest(), place]]


def test_a_second_shutdown_log_is_read_too(checked: tuple[dict[str, bytes], Any]) -> None:
    files, case = checked
    found = case.sql('SELECT _path, _sha256, pid, path FROM "ios.shutdown_log.client" ORDER BY _path')[1]
    first, second = (name for name in files if name.endswith(".log"))
    assert found == [
        [first, sha256(files[first]).hexdigest(), 66, "/usr/libexec/nfcd"],
        [second, sha256(files[second]).hexdigest(), 79, "/private/var/tmp/bh"],
    ]


def test_a_value_of_the_home_screen_that_is_lost_has_one_gap():
    class Row(dict):
        locator = "kvs:517"

    lost = Lost("damaged: the value could not be read (CorruptError)")
    given = list(application_state._value(Row(value=None, application_identifier=lost, key="seven")))
    assert [(type(g).__name__, g.locator) for g in given] == [("Value", "kvs:517"), ("Gap", "kvs:517.key")]
