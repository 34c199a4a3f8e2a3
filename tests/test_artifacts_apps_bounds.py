"""Messengers' stores that are encrypted, and what a file controls in those that are not."""

from __future__ import annotations

import pytest

from artifact_files import FIXTURES, Stored, content, database, rows
from bridle import artifacts
from bridle.core import FormatError

TELEGRAM = artifacts.load("ios.telegram")
SIGNAL = artifacts.load("ios.signal_store")
SALTED = bytes(range(7, 255)) * 5
PLAIN_HEADER = content(FIXTURES / "ios" / "signal_store" / "plain.sql")[:32] + SALTED


@pytest.mark.parametrize("stored", [SALTED, PLAIN_HEADER])
def test_an_encrypted_postbox_says_so(stored: bytes) -> None:
    with pytest.raises(FormatError, match="encrypted"):
        rows(TELEGRAM, Stored(stored))


@pytest.mark.parametrize(("stored", "header"), [(SALTED, False), (PLAIN_HEADER, True)])
def test_an_encrypted_signal_store_is_one_record(stored: bytes, header: bool) -> None:
    (found,) = rows(SIGNAL, Stored(stored))
    assert (found.size, found.encrypted, found.plain_header) == (len(stored), True, header)


def test_a_header_that_looks_plain_but_for_its_page_is_encrypted() -> None:
    plain = bytearray(content(FIXTURES / "ios" / "signal_store" / "plain.sql"))
    plain[100] = 0x02
    assert rows(SIGNAL, Stored(bytes(plain)))[0].encrypted


@pytest.mark.parametrize(("length", "read"), [(100, False), (101, True)])
def test_a_store_must_have_a_header(length: int, read: bool) -> None:
    if read:
        assert len(rows(SIGNAL, Stored(SALTED[:length]))) == 1
        return
    with pytest.raises(FormatError, match="at least 101 bytes"):
        rows(SIGNAL, Stored(SALTED[:length]))


def test_a_text_of_telegram_that_claims_to_be_longer_than_its_value_is_none() -> None:
    head = bytes.fromhex("0001000000020000000004000000000000000000")
    for claimed, fits in ((4, True), (5, False), (-1, False), (2**31 - 1, False)):
        value = head + claimed.to_bytes(4, "little", signed=True) + b"text"
        file = database(
            "CREATE TABLE t2 (key INTEGER PRIMARY KEY, value BLOB); CREATE TABLE t7 (key BLOB PRIMARY KEY, value BLOB);"
            f"INSERT INTO t7 VALUES (X'000000000000006400000000601a20f300000008', X'{value.hex()}');"
        )
        (found,) = rows(TELEGRAM, Stored(file))
        assert (found.layout_read, found.text, found.texts) == (fits, *(("text", None) if fits else (None, ("text",))))


@pytest.mark.parametrize(("flag", "announced"), [(1, 8), (2, 4), (4, 8), (8, 4), (16, 4), (32, 8), (63, 36), (64, 0)])
def test_each_data_flag_of_a_message_announces_its_bytes(flag: int, announced: int) -> None:
    value = bytes.fromhex("000100000002000000") + bytes([flag]) + b"\x01" * announced
    value += bytes.fromhex("04000000000000000000") + (4).to_bytes(4, "little") + b"text"
    file = database(
        "CREATE TABLE t2 (key INTEGER PRIMARY KEY, value BLOB); CREATE TABLE t7 (key BLOB PRIMARY KEY, value BLOB);"
        f"INSERT INTO t7 VALUES (X'000000000000006400000000601a20f300000008', X'{value.hex()}');"
    )
    (found,) = rows(TELEGRAM, Stored(file))
    assert (found.layout_read, found.text) == ((True, "text") if flag < 64 else (False, None))


def test_a_header_that_looks_plain_but_for_what_is_always_zero_is_encrypted() -> None:
    plain = bytearray(content(FIXTURES / "ios" / "signal_store" / "plain.sql"))
    assert not rows(SIGNAL, Stored(bytes(plain)))[0].encrypted
    plain[80] = 1
    assert rows(SIGNAL, Stored(bytes(plain)))[0].encrypted
