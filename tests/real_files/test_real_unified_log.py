"""Real logs, timesync files and strings of macOS; counts were taken from their bytes with `struct` alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, rows
from bridle import artifacts
from corpus import CORPUS
from real import counts, of, read

LOGS = CORPUS / "ios" / "dtformats" / "test_data" / "unified_logging"
EXECUTABLE = "10167444-3A9A-33FC-AF11-D0ADEBBF5B95"
BOOT = "E955FE07-AB9D-48EC-A851-97AC5C611182"


def test_records_and_processes_of_a_log() -> None:
    """Five records; the catalog says when the first and the last were, and so do they."""
    found = read("ios.unified_log", LOGS / "0000000000000030.tracev3")
    assert counts(found) == {"Log": 1, "Process": 1, "Event": 5}
    (log,), (process,), events = of(found, "Log"), of(found, "Process"), of(found, "Event")
    assert (log.boot_uuid, log.build, log.model, log.minutes_west) == (BOOT, "18D42", "Macmini7,1", -60)
    assert log.time == datetime(2019, 1, 27, 9, 10, 53, 879347, tzinfo=UTC)
    assert (process.pid, process.euid, process.uuid, process.path) == (14225, 0, EXECUTABLE, None)
    assert [e.continuous_time for e in events] == [
        435663966275, 435685614032, 435709527991, 435709585091, 435760861359,
    ]  # fmt: skip
    assert (process.first, process.last) == (events[0].time, events[-1].time)
    assert [e.level for e in events] == ["error", "default", "default", "error", "default"]
    assert {(e.subsystem, e.category, e.process_uuid) for e in events} == {
        ("com.apple.AssetCache", "builtin", EXECUTABLE)
    }
    assert [e.activity_id for e in events] == [None, None, None, None, 7027]


def test_times_of_a_log_by_its_header_alone() -> None:
    """Nanoseconds since the header's: 435663966275 - 3207632681 = 432.456333594 s after 09:10:53.879347."""
    found = read("ios.unified_log", LOGS / "0000000000000030.tracev3")
    first = of(found, "Event")[0]
    assert (first.time, first.time_from) == (datetime(2019, 1, 27, 9, 18, 6, 335680, tzinfo=UTC), "header")


def test_boots_and_comparisons_of_a_timesync_file() -> None:
    found = read("ios.timesync", LOGS / "timesync" / "0000000000000002.timesync")
    assert counts(found) == {"Boot": 5, "Sync": 4089}
    assert [(b.locator, b.uuid[:8], b.numerator, b.denominator) for b in of(found, "Boot")] == [
        ("offset 0", "FE7DA8C6", 125, 3),
        ("offset 32624", "3A291558", 125, 3),
        ("offset 47264", "9EE6D5A3", 125, 3),
        ("offset 77776", "747C512E", 125, 3),
        ("offset 124672", "8A619A73", 125, 3),
    ]
    first = of(found, "Sync")[0]
    assert first.time == datetime(2018, 11, 9, 2, 25, 37, 313716, tzinfo=UTC)
    assert (first.continuous_time, first.minutes_west) == (494027973, 480)


@pytest.mark.parametrize(
    ("name", "version", "images", "ranges"), [("dsc-version1", "1.0", 196, 252), ("dsc-version2", "2.0", 200, 263)]
)
def test_images_of_both_versions_of_a_shared_cache(name: str, version: str, images: int, ranges: int) -> None:
    found = read("ios.uuidtext", LOGS / "uuidtext" / "dsc" / name)
    assert counts(found) == {"Cache": 1, "CacheImage": images}
    (cache,) = of(found, "Cache")
    assert (cache.version, cache.images, cache.ranges) == (version, images, ranges)
    assert of(found, "CacheImage")[0].path == "/System/Library/Extensions/corecapture.kext/corecapture"


def test_executables_by_their_uuid() -> None:
    path = LOGS / "uuidtext" / "22" / "0D3C2953A33917B333DD8366AC25F2"
    if not path.is_file():
        pytest.skip("the file is not in the corpus")
    device = PurePosixPath("/private/var/db/uuidtext/22/0D3C2953A33917B333DD8366AC25F2")
    (image,) = rows(artifacts.load("ios.uuidtext"), Stored(path.read_bytes(), device))
    assert (image.uuid, image.path, image.process_name) == (
        "220D3C29-53A3-3917-B333-DD8366AC25F2", "/usr/libexec/lsd", "lsd",
    )  # fmt: skip
