"""What a log may and may not: chunks that are none, bombs, records out of line, messages without end."""

from __future__ import annotations

import json
import random
import struct
import time
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import lz4.block
import pytest

from artifact_files import FIXTURES, Stored, gaps, rows, stored
from bridle import artifacts
from bridle.core import FormatError, Gap
from bridle.phantom.unified_log import timesync, tracev3, uuidtext
from real import counts, of

LOG = artifacts.load("ios.unified_log")
BOOT = "11111111-2222-4333-8444-555555555555"
MAIN = "0A0B0C0D-0000-4000-8000-000000000001"
HEADER = {"header": {"boot": BOOT, "time": "2026-03-01T08:00:00+00:00", "timebase": [1, 1], "start": 0}}
CATALOG = {"catalog": {"processes": [{"uuid": MAIN, "first": 1, "second": 2, "pid": 3}]}}
RECORD = {"kind": "log", "format": 16}


def firehose(*records: dict, **more) -> dict:
    return {"firehose": {"first": 1, "second": 2, "records": records or [RECORD], **more}}


def chunkset(*chunks: dict, packed: bool = False) -> dict:
    return {"chunkset": {"packed": packed, "chunks": chunks or [firehose()]}}


def plain_of(*chunks: dict) -> bytes:
    """What a chunkset of these holds."""
    made = tracev3([chunkset(*chunks)])
    return made[24 : 24 + int.from_bytes(made[20:24], "little")]


def read(*chunks: dict, **more) -> list:
    return rows(LOG, Stored(tracev3([HEADER, CATALOG, *chunks]), **more))


def test_bytes_that_are_no_log_are_told_at_once() -> None:
    start = time.perf_counter()
    with pytest.raises(FormatError, match="expected a header, got"):
        rows(LOG, Stored(random.Random(1).randbytes(10 << 20)))
    assert time.perf_counter() - start < 1


def test_a_log_whose_rest_is_no_log_is_a_gap_with_the_bytes_that_were_not_read() -> None:
    rest = random.Random(2).randbytes(10 << 20)
    start = time.perf_counter()
    found = rows(LOG, Stored(tracev3([HEADER]) + rest))
    assert time.perf_counter() - start < 2
    assert counts(found) == {"Log": 1, "Gap": 1}
    assert found[1].locator == "offset 224"
    assert found[1].reason.endswith(f"; {len(rest)} bytes are not read")


def test_the_next_chunk_after_damage_is_found_again() -> None:
    found = read({"raw": "ff" * 4096}, chunkset())
    (gap,) = gaps(found)
    assert gap.reason == (
        "expected a header, catalog or chunkset, got tag 0xffffffff with 18446744073709551615 bytes; "
        "4096 bytes are not read"
    )
    assert len(of(found, "Event")) == 1


def test_after_64_chunks_that_cannot_be_read_the_rest_is_not() -> None:
    unknown = {"raw": struct.pack("<IIQ", 0x2000, 0, 8).hex() + "00" * 8}
    assert len(of(read(*[unknown] * 63, chunkset()), "Event")) == 1
    found = read(*[unknown] * 70, chunkset())
    assert counts(found) == {"Log": 1, "Process": 1, "Gap": 64}
    size = len(tracev3([unknown] * 7 + [chunkset()]))
    assert found[-1].reason.endswith(f"; {size} bytes are not read")


def test_processes_are_read_where_chunksets_cannot_be() -> None:
    """Another compression: each chunkset is a gap, and after 256 of them they are one."""
    other = {"raw": (struct.pack("<IIQ", 0x600D, 0x11, 8) + b"ZBM\x09more").hex()}
    found = read(*[other] * 300, CATALOG)
    assert counts(found) == {"Log": 1, "Process": 2, "Gap": 257}
    assert gaps(found)[0].reason == (
        "chunkset: expected an LZ4 block or the end of them, got 5a424d09; 8 bytes are not read"
    )
    assert gaps(found)[-1].reason.startswith("44 more places could not be read; of the last: chunkset: expected")


@pytest.mark.parametrize(("size", "events"), [((4 << 20) - 8, 1), (4 << 20, 1), ((4 << 20) + 8, 0)])
def test_a_chunkset_is_unpacked_to_four_mebibytes(size: int, events: int) -> None:
    plain = plain_of()
    packed = lz4.block.compress(plain + bytes(size - len(plain)), store_size=False)
    content = b"bv41" + struct.pack("<II", size, len(packed)) + packed + b"bv4$"
    found = read({"raw": (struct.pack("<IIQ", 0x600D, 0x11, len(content)) + content).hex()})
    assert (len(of(found, "Event")), len(gaps(found))) == (events, 1 - events)


def test_blocks_one_after_the_other_are_one_chunkset() -> None:
    plain = plain_of(firehose(RECORD, RECORD))
    first = lz4.block.compress(plain[:30], store_size=False)
    content = b"bv41" + struct.pack("<II", 30, len(first)) + first
    content += b"bv4-" + struct.pack("<I", len(plain) - 30) + plain[30:] + b"bv4$"
    raw = struct.pack("<IIQ", 0x600D, 0x11, len(content)) + content
    found = read({"raw": (raw + bytes(-len(raw) % 8)).hex()})
    assert (len(of(found, "Event")), gaps(found)) == (2, [])


def test_chunks_and_records_that_are_not_aligned() -> None:
    """As some systems write them: the next one follows at once."""
    plain = plain_of(firehose({**RECORD, "items": [{"raw": "0001050000"}]}))
    (size,) = struct.unpack_from("<H", plain, 48 + 22)
    record = plain[48 : 48 + 24 + size]
    assert len(record) % 8
    records = record + record
    chunk = plain[16:32] + struct.pack("<HH", 16 + len(records), 4096) + plain[36:48] + records
    chunk = struct.pack("<IIQ", 0x6001, 0, len(chunk)) + chunk
    found = read(chunkset({"raw": (chunk + chunk).hex()}))
    assert (len(of(found, "Event")), gaps(found)) == (4, [])


def test_events_of_many_blocks_stay_in_order_and_none_is_lost() -> None:
    one = chunkset(firehose(*[{**RECORD, "thread": n, "level": n % 3, "delta": n} for n in range(700)]), packed=True)
    found = of(read(*[one] * 60), "Event")
    assert [e.thread_id for e in found] == [*range(700)] * 60
    assert len({e.locator for e in found}) == 42_000


def test_a_time_that_is_none_is_a_gap() -> None:
    slow = {"header": {**HEADER["header"], "timebase": [1000, 1]}}
    found = read(slow, CATALOG, chunkset(firehose(RECORD, base=2**61), firehose(RECORD, base=10**6)))
    assert [e.time for e in of(found, "Event")] == [None, datetime(2026, 3, 1, 8, 0, 1, tzinfo=UTC)]
    assert gaps(found)[0].reason == (
        "expected a time, got continuous time 2305843009213693952; so in 1 records of this kind"
    )


def test_a_text_in_the_rest_of_a_chunk_is_a_gap() -> None:
    """After the last record stands what was there before: it is no record, and not to be lost."""
    plain = plain_of(firehose(RECORD))
    rest = bytes(16) + b"[CHAIN] was here"
    chunk = struct.pack("<IIQ", 0x6001, 0, len(plain) - 16 + len(rest)) + plain[16:] + rest
    (gap,) = gaps(read(chunkset({"raw": chunk.hex()})))
    assert gap.reason == "has a text that is looked for, but in no record that could be read"


def test_arguments_kept_by_themselves_are_found_in_a_later_chunkset() -> None:
    big = "x" * 20_000 + " DarkSword-"
    near = {"oversize": {"first": 1, "second": 2, "reference": 7, "items": [{"text": "[MAIN] " + big}]}}
    dynamic = {"kind": "log", "dynamic": True, "reference": 7}
    (message,) = of(read(chunkset(near), chunkset(firehose(dynamic))), "Message")
    assert (len(message.text), message.text[:8], message.why) == (16384, "[MAIN] x", ("[MAIN]",))
    (gap,) = gaps(read(chunkset(near), chunkset(firehose(RECORD))))
    assert gap.reason == "has a text that is looked for, but in no record that could be read"
    assert len(gaps(read(chunkset(near, near), chunkset(firehose(RECORD))))) == 2
    assert gaps(read(chunkset(near, firehose(dynamic)), chunkset(near, firehose(dynamic)))) == []


def test_strings_that_are_damaged_cost_the_texts_and_are_told() -> None:
    beside = {
        PurePosixPath("/private/var/db/uuidtext/0A/0B0C0D000040008000000000000001"): b"no strings at all",
        PurePosixPath("/private/var/db/diagnostics/timesync/1.timesync"): b"no times",
    }
    found = read(chunkset(), beside=beside)
    assert counts(found) == {"Log": 1, "Process": 1, "Event": 1, "Gap": 2}
    assert [g.locator for g in gaps(found)] == [f"beside {p}" for p in reversed(beside)]
    assert [e.time_from for e in of(found, "Event")] == ["header"]


def test_a_text_in_the_format_alone_is_found_and_costs_no_other_record() -> None:
    strings = uuidtext("/usr/libexec/exampled", [(16, "says\0Saved crash report for %d\0")])
    beside = {PurePosixPath("/private/var/db/uuidtext/0A/0B0C0D000040008000000000000001"): strings}
    saved = {"kind": "log", "format": 21, "items": [{"number": 412}]}
    (message,) = of(read(chunkset(firehose(RECORD, saved, RECORD)), beside=beside), "Message")
    assert (message.text, message.why) == ("Saved crash report for 412", ("Saved crash report for",))
    assert of(read(chunkset(firehose(RECORD, saved, RECORD))), "Message") == []


def test_where_an_executable_is_decides_whether_all_it_says_is_kept() -> None:
    staging = "/private/var/db/com.apple.xpc.roleaccountd.staging"
    for path, kept in (
        ("/usr/libexec/exampled", 0),
        ("/kernel", 0),
        ("/private/var/containers/Bundle/Application/0A/Example.app/Example", 0),
        (f"{staging}/exec/16777220.1.xpc/com.apple.NRD.UpdateBrainService", 0),
        (f"{staging}/exampled", 1),
        (f"{staging}/exec/16777220.1.xpc/exampled", 1),
        ("/private/var/tmp/exampled", 1),
        ("/private/var/root/usr/exampled", 1),
    ):
        strings = uuidtext(path, [(16, "says\0")])
        beside = {PurePosixPath("/private/var/db/uuidtext/0A/0B0C0D000040008000000000000001"): strings}
        messages = of(read(chunkset(), beside=beside), "Message")
        assert [m.text for m in messages] == ["says"] * kept, path


def test_times_are_those_of_the_boot_of_the_header_before() -> None:
    second = {"header": {**HEADER["header"], "boot": "99999999-2222-4333-8444-555555555555"}}
    syncs = timesync([{"boot": {"uuid": BOOT}}, {"sync": {"kernel": 0, "time": "2020-01-01T00:00:00+00:00"}}])
    beside = {PurePosixPath("/private/var/db/diagnostics/timesync/1.timesync"): syncs}
    events = of(read(chunkset(), second, chunkset(), beside=beside), "Event")
    assert [(e.time_from, e.time.year) for e in events] == [("timesync", 2020), ("header", 2026)]


def test_rows_of_a_long_log_come_before_its_end_is_read() -> None:
    file = Stored(tracev3([HEADER, CATALOG, *[chunkset()] * 5000]))
    first = next(iter(LOG.parse(file)))
    assert first.locator == "offset 0"
    assert file.opened[0].furthest < 1000


def test_a_fixture_without_its_strings_has_the_same_events() -> None:
    """What lies beside the log changes texts, paths and times, and never which records there are."""
    fixture = FIXTURES / "ios" / "unified_log" / "boot.tracev3"
    alone = Stored(stored(fixture).content)
    places = [json.loads(line) for line in Path(fixture.with_suffix(".jsonl")).read_text("utf-8").splitlines()]
    wanted = [line["Event"]["locator"] for line in places if "Event" in line]
    assert [e.locator for e in of(rows(LOG, alone), "Event")] == wanted
    assert not [g for g in rows(LOG, alone) if isinstance(g, Gap)]
