"""What is wrong with a file, a table or a value is told, whatever a parser does with what is left of it."""

from __future__ import annotations

from artifact_files import Stored, bplist, database, gaps, rows
from bridle import artifacts
from bridle.core import Gap

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
