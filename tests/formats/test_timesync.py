"""Wall times of a boot, one by one and as a column."""

from __future__ import annotations

import io
import random
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from bridle.core import FormatError, Gap
from bridle.formats.timesync import Clock, Sync, clock_of, records
from bridle.phantom.unified_log import timesync

BOOT = "11111111-2222-4333-8444-555555555555"
OTHER = "99999999-2222-4333-8444-555555555555"
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def found(*made) -> list:
    return list(records(io.BytesIO(timesync(made))))


def boot(uuid: str = BOOT, **more) -> dict:
    return {"boot": {"uuid": uuid, "timebase": [125, 3], **more}}


def sync(kernel: int, time: str | None) -> dict:
    return {"sync": {"kernel": kernel, "time": time}}


def test_times_count_from_the_last_comparison_of_the_boot() -> None:
    clock = clock_of(
        BOOT,
        found(
            boot(OTHER), sync(0, "2020-01-01T00:00:00+00:00"),
            boot(time="2026-03-01T08:00:00+00:00"), sync(2400000000, "2026-03-01T08:01:45+00:00"),
            sync(240000000, "2026-03-01T08:00:12+00:00"), sync(24, None),
        ),
    )  # fmt: skip
    assert clock is not None
    assert clock.utc(240000000) == START.replace(second=12)
    assert clock.utc(240000000 + 24) == START.replace(second=12, microsecond=1)
    assert clock.utc(2399999976) == START.replace(minute=1, second=41, microsecond=999999)
    assert clock.utc(2400000000) == START.replace(minute=1, second=45)
    assert clock.utc(0) == START.replace(second=2), "before the first one: counted back from it"


def test_the_boot_itself_is_enough_and_another_is_not() -> None:
    made = found(boot(time="2026-03-01T08:00:00+00:00"))
    assert clock_of(BOOT, made).utc(24000000) == START.replace(second=1)
    assert clock_of(OTHER, made) is None
    assert clock_of(BOOT, found(boot())) is None
    assert (
        clock_of(BOOT, found({"boot": {"uuid": BOOT, "timebase": [1, 0], "time": "2026-03-01T08:00:00+00:00"}})) is None
    )


def test_a_column_is_the_same_as_one_by_one() -> None:
    chance = random.Random(7)
    kernel = sorted(chance.sample(range(10**12), 50))
    clock = Clock(125, 3, kernel, [10**18 + chance.randrange(10**16) for _ in kernel], "timesync")
    for ticks in (
        [chance.randrange(10**12) for _ in range(500)],
        [chance.randrange(kernel[0], 10**12) for _ in range(500)],
        [kernel[3], kernel[3] + 1, kernel[4] - 1],
        [2**61, 0],
        [2**62 + 2**48],
    ):
        column = clock.column(pa.array(ticks, pa.int64()))
        whole = [None if t is None else int(t) for t in column.cast(pa.int64()).to_pylist()]
        assert whole == [None if (n := clock.nanoseconds(t)) is None else n // 1000 for t in ticks]


def test_a_record_that_is_none_is_a_gap_and_after_too_many_the_rest_is_not_read() -> None:
    bad = {"raw": "aaaa1000" + "00" * 12}
    assert found(boot(), bad, sync(5, None))[1:] == [
        Gap(locator="offset 48", reason="expected a boot or a sync record, got aaaa100000000000"),
        Sync(64, BOOT, 5, 0, 0, 0),
    ]
    made = found(boot(), *[bad] * 70)
    assert len(made) == 1 + 64 + 1
    assert made[-1].reason == "expected a record, got aaaa1000; the rest is not read"


def test_bytes_that_are_no_timesync_file() -> None:
    with pytest.raises(FormatError, match="expected a boot or a sync record, got 61626364"):
        list(records(io.BytesIO(b"abcdefgh")))
