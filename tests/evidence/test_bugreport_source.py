"""Bugreports in the containers vendors choose."""

import gzip
import hashlib
import os
import zipfile
from collections import Counter
from datetime import datetime

import pytest
from containers import folder_of, listed, no_password, read, zip_of

from bridle.evidence.archive import Shelf
from bridle.evidence.bugreport import Bugreport
from bridle.evidence.probe import Probe
from bridle.evidence.source import SourceError, State
from corpus import CORPUS, needs_corpus

TEXT = (
    b"========================================================\n== dumpstate: 2026-03-29 23:14:20\n"
    b"========================================================\n\nBuild: UQ1A.240105.004\n"
    b"Build fingerprint: 'google/oriole/oriole:14/UQ1A.240105.004/11206848:user/release-keys'\n"
)
NAME = "bugreport-oriole-UQ1A.240105.004-2026-03-29-23-14-20.txt"
FILES = {
    "main_entry.txt": NAME.encode(),
    "version.txt": b"2.0",
    NAME: TEXT,
    "dumpstate_log.txt": b"log",
    "FS/data/tombstones/tombstone_00": b"*** ***",
    "FS/proc/1/mountinfo": b"mounts",
    "proto/activity.proto": b"\x0a",
}
PLACED = {
    "/bugreport/main_entry.txt": b"2",
    "/bugreport/version.txt": b"2.0",
    "/bugreport/dumpstate.txt": TEXT,
    "/bugreport/sections/HEADER/1.txt": TEXT,
    "/bugreport/dumpstate_log.txt": b"log",
    "/data/tombstones/tombstone_00": b"*** ***",
    "/proc/1/mountinfo": b"mounts",
    "/bugreport/proto/activity.proto": b"\x0a",
}


def opened(path):
    return Bugreport.open(path, password=no_password, label=None)


def given(tmp_path, data):
    path = tmp_path / "given"
    path.write_bytes(data)
    return path


def files_of(source):
    return {str(m.path) for m in source.members(lambda p: True) if m.type == "file"}


def recognised(path):
    probe = Probe(path)
    try:
        return Bugreport.recognise(probe)
    finally:
        probe.close()


def test_a_zip(tmp_path):
    data = zip_of(FILES)
    path = given(tmp_path, data)
    assert recognised(path)
    source = opened(path)
    found = listed(source)
    assert set(found) == set(PLACED)
    assert read(found["/bugreport/dumpstate.txt"]) == TEXT
    assert found["/bugreport/dumpstate.txt"].member == NAME
    assert source.facts == {"build": "UQ1A.240105.004", "product_type": "oriole", "os_version": "14"}
    assert source.digest == hashlib.sha256(data).hexdigest()
    assert source.problems() == ()
    source.close()


@pytest.mark.parametrize("top", ["", "any/"])
def test_a_folder_with_or_without_a_top_folder(tmp_path, top):
    path = folder_of(tmp_path / "given", {top + n: c for n, c in FILES.items()})
    assert recognised(path)
    source = opened(path)
    assert files_of(source) == set(PLACED)
    source.close()


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_bare_text(tmp_path, pack):
    path = given(tmp_path, pack(TEXT))
    assert recognised(path)
    source = opened(path)
    found = listed(source)
    assert list(found) == ["/bugreport/dumpstate.txt", "/bugreport/sections/HEADER/1.txt"]
    assert read(found["/bugreport/dumpstate.txt"]) == TEXT
    assert source.facts["os_version"] == "14"
    source.close()


@pytest.mark.parametrize(("serial", "told"), [(b"SYNTHETIC000003", {"marker": "BRIDLE-SYNTHETIC"}), (b"0A1B2C3D", {})])
def test_the_command_line_tells_the_serial_number_and_that_marks_synthetic_ones(tmp_path, serial, told):
    line = b"Command line: console=null androidboot.serialno=%s androidboot.mode=normal quiet\n" % serial
    source = opened(given(tmp_path, zip_of({**FILES, NAME: TEXT + line})))
    listed(source)
    assert source.facts == {
        "build": "UQ1A.240105.004", "product_type": "oriole", "os_version": "14", "serial_number": serial.decode(),
    } | told  # fmt: skip
    source.close()


def test_without_main_entry_the_largest_dumpstate_is_the_main_text(tmp_path):
    source = opened(given(tmp_path, zip_of({"small.txt": TEXT, "dumpState_X.log": TEXT * 9, "big.txt": b"x" * 99999})))
    found = listed(source)
    assert found["/bugreport/dumpstate.txt"].member == "dumpState_X.log"
    texts = {"/bugreport/dumpstate.txt", "/bugreport/small.txt", "/bugreport/big.txt"}
    assert set(found) == texts | {"/bugreport/sections/HEADER/1.txt"}
    source.close()


def test_main_entry_decides_between_two(tmp_path):
    source = opened(given(tmp_path, zip_of({"main_entry.txt": b"a.txt\n", "a.txt": TEXT, "b.txt": TEXT * 9})))
    assert listed(source)["/bugreport/dumpstate.txt"].member == "a.txt"
    source.close()


@pytest.mark.parametrize("target", [b"../../etc/passwd", b"/etc/passwd", b"\xff\xfe", b""])
def test_a_main_entry_that_points_elsewhere_is_not_followed(tmp_path, target):
    for path in (given(tmp_path, zip_of(FILES | {"main_entry.txt": target})), folder_of(tmp_path / "f", FILES)):
        source = opened(path)
        found = listed(source)
        assert found["/bugreport/dumpstate.txt"].member == NAME
        source.close()


def test_a_vendor_zip_around_the_zip(tmp_path):
    inner = zip_of(FILES)
    outer = zip_of({"MIUI/debug_log/bugreport-x.zip": inner, "MIUI/debug_log/other.zip": b"PK\x03\x04no"})
    path = given(tmp_path, outer)
    assert recognised(path)
    source = opened(path)
    found = listed(source)
    assert set(found) == set(PLACED) | {
        "/bugreport/MIUI/debug_log/bugreport-x.zip",
        "/bugreport/MIUI/debug_log/other.zip",
    }
    assert read(found["/bugreport/dumpstate.txt"]) == TEXT
    assert (
        found["/data/tombstones/tombstone_00"].member
        == "MIUI/debug_log/bugreport-x.zip!/FS/data/tombstones/tombstone_00"
    )
    assert source.facts["build"] == "UQ1A.240105.004"
    source.close()


def test_a_damaged_zip_in_a_vendor_zip_is_read_as_far_as_it_goes(tmp_path):
    data = bytearray(zip_of({"bugreport-x.zip": zip_of(FILES)}, zipfile.ZIP_STORED))
    data[data.index(b"PK\x01\x02")] ^= 1
    path = given(tmp_path, bytes(data))
    assert recognised(path)
    source = opened(path)
    found = listed(source)
    assert read(found["/bugreport/dumpstate.txt"]) == TEXT
    assert any("bugreport-x.zip was read only in part: expected CRC-32" in p.reason for p in source.problems())
    source.close()


def test_without_a_dumpstate_the_files_are_read_and_it_is_a_problem(tmp_path):
    files = {n: c for n, c in FILES.items() if n != NAME}
    path = given(tmp_path, zip_of(files))
    assert recognised(path)
    source = opened(path)
    assert read(listed(source)["/data/tombstones/tombstone_00"]) == b"*** ***"
    assert [p.reason for p in source.problems()] == [
        "The bugreport was read only in part: there is no dumpstate text in it."
    ]
    source.close()


def test_files_alone_are_found_without_folder_entries(tmp_path):
    path = given(tmp_path, zip_of({"FS/data/anr/anr_1": b"x"}))
    assert recognised(path)
    source = opened(path)
    assert set(listed(source)) == {"/data/anr/anr_1"}
    source.close()


def test_something_else_is_not_recognised(tmp_path):
    path = given(tmp_path, zip_of({"readme.txt": b"hello", "x.zip": zip_of({"y": b""})}))
    assert not recognised(path)
    with pytest.raises(SourceError, match="no text that dumpstate wrote"):
        opened(path)


def test_names_that_lead_out_are_refused(tmp_path):
    source = opened(given(tmp_path, zip_of(FILES | {"FS/../../../etc/x": b"evil", "/abs": b"evil"})))
    found = listed(source)
    refused = {p for p, m in found.items() if m.state is State.REFUSED}
    assert len(refused) == 2
    assert set(found) - refused == set(PLACED)
    source.close()


def test_a_cut_zip_is_read_as_far_as_it_goes(tmp_path):
    data = zip_of(FILES | {"late.bin": os.urandom(50_000)})
    source = opened(given(tmp_path, data[:-20_000]))
    found = listed(source)
    assert read(found["/bugreport/dumpstate.txt"]) == TEXT
    assert found["/bugreport/late.bin"].state is State.DAMAGED
    assert "ends without a directory" in source.problems()[0].reason
    source.close()


def test_a_bomb_is_refused_and_costs_nothing(tmp_path):
    path = tmp_path / "given"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(NAME, TEXT)
        with z.open("proto/bomb.txt", "w") as f:
            for _ in range(600):
                f.write(bytes(1 << 20))
    source = opened(path)
    found = listed(source)
    assert found["/bugreport/proto/bomb.txt"].state is State.REFUSED
    assert read(found["/bugreport/dumpstate.txt"]) == TEXT
    source.close()


@needs_corpus
def test_real_reports():
    at = CORPUS / "android"
    source = opened(at / "sonyxperiadev+ChkBugReport" / "bugreport-sailfish-A10.zip")
    members = list(source.members(lambda p: True))
    folders = Counter(m.path.parts[2] for m in members)
    assert folders == {"dumpstate.txt": 1, "sections": 681, "dumpsys": 175}
    assert source.facts["os_version"] == "10"
    source.close()
    source = opened(at / "mvt-project+mvt" / "android_data" / "bugreport")
    assert files_of(source) == {
        "/bugreport/main_entry.txt", "/bugreport/dumpstate.txt", "/data/tombstones/tombstone_00",
        "/data/tombstones/tombstone_01", "/bugreport/sections/HEADER/1.txt", "/bugreport/dumpsys/AAS/1.txt",
        "/bugreport/dumpsys/appops/1.txt", "/bugreport/dumpsys/appwidget/1.txt", "/bugreport/dumpsys/package/1.txt",
        "/bugreport/dumpsys/platform_compat/1.txt",
    }  # fmt: skip
    source.close()


def test_the_time_of_a_member_is_what_the_phone_showed(tmp_path):
    path = tmp_path / "given"
    with zipfile.ZipFile(path, "w") as z:
        z.writestr(NAME, TEXT)
        z.writestr(zipfile.ZipInfo("FS/data/anr/anr_1", (2026, 3, 29, 12, 10, 58)), b"x")
        z.writestr(zipfile.ZipInfo("FS/data/anr/anr_2", (1980, 1, 1, 0, 0, 0)), b"x")
        z.writestr(zipfile.ZipInfo("FS/data/anr/anr_3", (2026, 0, 29, 12, 10, 58)), b"x")
    source = opened(path)
    found = listed(source)
    assert [found[f"/data/anr/anr_{n}"].shown for n in (1, 2, 3)] == [datetime(2026, 3, 29, 12, 10, 58), None, None]
    assert found["/data/anr/anr_1"].modified is None
    source.close()


def test_a_main_text_of_a_wrong_checksum_is_still_known_by_its_first_lines(tmp_path):
    data = bytearray(zip_of({"b.txt": TEXT + b"------ UPTIME (uptime) ------\nup\n", "FS/data/anr/a": b"x"}))
    data[data.index(b"PK\x01\x02") + 16] ^= 1
    source = opened(given(tmp_path, bytes(data)))
    found = listed(source)
    assert found["/bugreport/sections/UPTIME/1.txt"].state is State.DAMAGED
    assert read(found["/bugreport/sections/UPTIME/1.txt"]) == b"up\n"
    assert source.facts["product_type"] == "oriole"
    source.close()


def test_only_the_first_bytes_of_what_may_be_a_report_are_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(Shelf, "keep", lambda *_: pytest.fail("unpacked"))
    assert recognised(given(tmp_path, zip_of(FILES | {"other.txt": bytes(1 << 24)})))
