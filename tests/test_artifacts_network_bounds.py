"""Logs of the network and of power: what a file controls and may not."""

from __future__ import annotations

import gzip

import pytest

from artifact_files import Stored, database, gaps, rows
from bridle import artifacts
from bridle.core import FormatError
from real import of

POWER_LOG = artifacts.load("ios.power_log")


def test_a_database_of_something_else_is_no_power_log() -> None:
    with pytest.raises(FormatError, match="expected tables of a power log"):
        rows(POWER_LOG, Stored(database("CREATE TABLE message (text)")))


def test_an_archive_that_is_cut_short_gives_what_is_there() -> None:
    script = (
        "CREATE TABLE PLProcessMonitorAgent_EventForward_ProcessID (ID INTEGER PRIMARY KEY, timestamp, ProcessName);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
        " INSERT INTO PLProcessMonitorAgent_EventForward_ProcessID SELECT i, 1600000000, hex(randomblob(8)) FROM n"
    )
    stored = gzip.compress(database(script))
    found = rows(POWER_LOG, Stored(stored[: len(stored) // 2]))
    assert gaps(found)[0].reason == "gzip: cut short; what stands before is read"
    assert 5_000 < len(of(found, "ProcessStart")) < 15_000


def test_an_archive_that_grows_too_much_is_not_read() -> None:
    with pytest.raises(FormatError, match="at most 200 bytes of content"):
        rows(POWER_LOG, Stored(gzip.compress(b"SQLite format 3\0" + bytes(8 << 20))))
