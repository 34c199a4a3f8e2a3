"""What is wrong with a file, a table or a value is told, whatever a parser does with what is left of it."""

from __future__ import annotations

from artifact_files import Stored, database, gaps, rows
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
