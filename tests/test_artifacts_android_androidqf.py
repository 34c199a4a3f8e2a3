"""What AndroidQF and Bugbane write, beside the fixtures: nothing to tell, bounds, and other dialects."""

from __future__ import annotations

import json
import time
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import FormatError, Gap, fields_of
from bridle.indicators import Indicator, IndicatorSet, Matcher
from bridle.indicators.normalise import NORMALISE


def read(name: str, data: bytes, path: str = "/androidqf/x.json"):
    return rows(artifacts.load(f"android.androidqf_{name}"), Stored(data, PurePosixPath(path)))


@pytest.mark.parametrize(
    ("name", "data", "path"),
    [
        ("package", b"[]", "/androidqf/packages.json"),
        ("package", b"null", "/androidqf/packages.json"),
        ("file", b"[\n]\n", "/androidqf/files.json"),
        ("process", b"USER PID PPID\nroot 1 0\n", "/androidqf/processes.txt"),
        ("process", b"  \n", "/androidqf/processes.txt"),
        ("services", b"Found 0 services:\n", "/androidqf/services.txt"),
        ("services", b"No services found.\n", "/androidqf/services.txt"),
        ("root_binaries", b"[]", "/androidqf/root_binaries.json"),
        ("root_binaries", b'["", "\\n"]', "/androidqf/root_binaries.json"),
        ("mounts", b"[]", "/androidqf/mounts.json"),
        ("environment", b"\n", "/androidqf/env.txt"),
        ("acquisition", b" \n", "/androidqf/acquisition.json"),
    ],
)
def test_nothing_to_tell(name: str, data: bytes, path: str) -> None:
    found = read(name, data, path)
    assert [r for r in found if not isinstance(r, Gap)] == []
    assert len(gaps(found)) == (data == b"null")


@pytest.mark.parametrize("data", [b"{", b"[]", b"7", b"\x00", b'{"a": ' + b"[" * 100_000])
def test_an_acquisition_that_is_none_is_a_format_error(data: bytes) -> None:
    with pytest.raises(FormatError, match="expected a JSON object"):
        read("acquisition", data)


def test_text_of_ps_in_a_file_called_json_is_not_lost_in_silence() -> None:
    assert gaps(read("process", b"USER PID\nroot 1\n", "/androidqf/processes.json"))


def test_files_of_an_app_beyond_the_bound_are_a_gap() -> None:
    files = [{"path": f"/data/app/{i}.apk"} for i in range(2_001)]
    found = read("package", json.dumps([{"name": "com.example", "files": files}]).encode(), "/androidqf/packages.json")
    assert len(found) == 1 + 2_000 + 1
    assert [g.locator for g in gaps(found)] == ["item 1.files"]


def test_lines_that_are_too_long_are_gaps_and_the_next_are_read() -> None:
    found = read("settings", b"a=" + b"x" * (1 << 18) + b"\nb=2\n", "/androidqf/settings_system.txt")
    assert [g.locator for g in gaps(found)] == ["line 1"]
    assert [(s.name, s.value) for s in found[1:]] == [("b", "2")]


def test_a_setting_without_end_is_bounded() -> None:
    found = read("settings", b"a=1\n" + b"more\n" * 5_000 + b"b=2\n", "/androidqf/settings_system.txt")
    settings = [s for s in found if not isinstance(s, Gap)]
    assert [s.name for s in settings] == ["a", "b"]
    assert settings[0].value.count("\n") == 1_000
    assert len(gaps(found)) == 4_000


@pytest.mark.parametrize(
    ("mode", "bits"),
    [
        ("-rwsr-xr-x", 0o4755),
        ("-rwSr-sr-T", 0o7654 & ~0o010 | 0o010),
        ("ugrwxr-xr-x", 0o6755),
        ("drwxrwx--x", 0o771),
        ("dtrwxrwxrwx", 0o1777),
        ("Lrwxrwxrwx", 0o777),
        ("1777", 0o1777),
        ("100644", 0o644),
        ("0", 0),
        ("rw", None),
        ("-rwxrwxrwz", None),
    ],
)
def test_permissions(mode: str, bits: int | None) -> None:
    (found,) = read("file", json.dumps([{"path": "/x", "mode": mode}]).encode(), "/androidqf/files.json")
    assert found.permissions == bits


def test_a_large_list_of_files_is_read_in_blocks_and_in_time() -> None:
    one = {"path": "/data/data/com.example/files/f", "size": 1, "mode": "-rw-rw----", "user_id": 10000, "sha256": ""}
    data = ("[" + ",".join([json.dumps(one)] * 50_000) + "]").encode()
    begun = time.process_time()
    blocks = list(artifacts.load("android.androidqf_file").parse(Stored(data, PurePosixPath("/androidqf/files.json"))))
    assert sum(len(b) for b in blocks) == 50_000
    assert len(blocks) < 20
    assert time.process_time() - begun < 10


def test_damage_in_a_large_list_costs_its_item() -> None:
    items = [json.dumps({"path": f"/f/{i}"}) for i in range(10_000)]
    items[5_000] = '{"path": "/f/5000" "size": 1}'
    found = read("file", ("[" + ",\n".join(items) + "]").encode(), "/androidqf/files.json")
    assert len(found) == 10_000
    assert [g.locator for g in gaps(found)] == ["item 5001"]
    assert {r.path for r in found if not isinstance(r, Gap)} == {f"/f/{i}" for i in range(10_000)} - {"/f/5000"}


@pytest.mark.parametrize(
    ("path", "strengths"),
    [
        ("/tmp/logcat.txt", []),
        ("/data/local/tmp/wdt", []),
        ("/data/local/tmp/dropbox_sync.sh", []),
        ("/tmp/l/payload", ["folder"]),
        ("/data/local/tmp/wd/pred.so", ["folder"]),
        ("/data/local/tmp/wd", ["exact"]),
        ("/data/local/tmp/dropbox", ["exact"]),
    ],
)
def test_a_listed_file_meets_only_the_folder_that_an_indicator_names(path: str, strengths: list[str]) -> None:
    sought = ("/tmp/l/", "/data/local/tmp/wd/", "/data/local/tmp/dropbox")
    made = (Indicator(kind="file-path", value=NORMALISE["file-path"](v), shown=v, feeds=("f",)) for v in sought)
    matcher = Matcher(IndicatorSet(indicators=tuple(made), feeds=()))
    (found,) = read("file", json.dumps([{"path": path, "mode": "-rw-------"}]).encode(), "/androidqf/files.json")
    (field,) = (f for f in fields_of(type(found)) if f.name == "path")
    assert (field.kind, field.surface) == ("file-path", "file-present")
    assert [m.strength for m in matcher.matches("file-path", found.path, "file-present")] == strengths
