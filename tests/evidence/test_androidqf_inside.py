"""What lies inside an acquisition by AndroidQF: backups, bugreports, and files pulled from the phone."""

import gzip
import json
import zlib

import pyrage
import pytest
from containers import folder_of, listed, no_password, read, tar_of, zip_of
from test_adb_backup import PASSWORD, backup
from test_bugreport_source import FILES as REPORT
from test_bugreport_source import TEXT, Bugreport

from bridle.evidence import further_reports
from bridle.evidence.androidqf import AndroidQF
from bridle.evidence.source import State
from corpus import CORPUS, needs_corpus

GETPROP = b"[ro.build.id]: [UQ1A]\n[ro.boot.serialno]: [SYNTHETIC0001]\n"
SMS = "/androidqf/backup/apps/com.android.providers.telephony/d_f/000000_sms_backup"
PARTS = b"------ UPTIME (uptime) ------\n up 1 day\n------ 0.009s was the duration of 'UPTIME' ------\n"
IDENTITY = pyrage.x25519.Identity.generate()


def opened(tmp_path, files, password=no_password):
    return AndroidQF.open(
        folder_of(tmp_path / "given", {"getprop.txt": GETPROP} | files), password=password, label=None
    )


def reasons(source):
    return [p.reason for p in source.problems()]


# --- backups ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["backup.ab", "sms_backup.ab"])
@pytest.mark.parametrize("sealed", [False, True])
def test_a_backup_is_opened_below_its_own_root(tmp_path, name, sealed):
    source = opened(tmp_path, {name: backup(sealed=sealed)}, lambda: PASSWORD)
    found = listed(source)
    assert read(found[SMS]) == b"messages"
    assert found[SMS].member == f"{name}!/{SMS.removeprefix('/androidqf/backup/')}"
    assert found[f"/androidqf/{name}"].state is State.PRESENT
    assert reasons(source) == []
    source.close()


@pytest.mark.parametrize("given", [None, "wrong"])
def test_a_backup_that_does_not_open_is_encrypted_and_a_problem(tmp_path, given):
    source = opened(tmp_path, {"backup.ab": backup(sealed=True)}, lambda: given)
    found = listed(source)
    assert SMS not in found
    assert found["/androidqf/backup.ab"].state is State.ENCRYPTED
    assert len(reasons(source)) == 1
    assert reasons(source)[0].startswith("backup.ab was not examined: The ")
    source.close()


def test_an_identity_and_the_password_of_the_backup_in_one_file(tmp_path):
    data = pyrage.encrypt(zip_of({"getprop.txt": GETPROP, "backup.ab": backup(sealed=True)}), [IDENTITY.to_public()])
    path = tmp_path / "given.zip.age"
    path.write_bytes(data)
    source = AndroidQF.open(path, password=lambda: f"# made today\n{IDENTITY}\n{PASSWORD}", label=None)
    assert read(listed(source)[SMS]) == b"messages"
    source.close()


def test_a_cut_backup_is_read_as_far_as_it_goes(tmp_path):
    whole = backup(tar_of({"apps/a/_manifest": b"1", "apps/a/f/x": bytes(range(256)) * 400}), compressed=False)
    source = opened(tmp_path, {"backup.ab": whole[:60_000]})
    assert "/androidqf/backup/apps/a/_manifest" in listed(source)
    assert reasons(source)
    assert all(r.startswith("backup.ab: ") for r in reasons(source))
    source.close()


def test_a_backup_nobody_confirmed_is_empty_and_no_problem(tmp_path):
    source = opened(tmp_path, {"backup.ab": b""})
    assert listed(source)["/androidqf/backup.ab"].size == 0
    assert reasons(source) == []
    source.close()


def test_what_is_no_backup_is_damaged(tmp_path):
    source = opened(tmp_path, {"backup.ab": b"adb: device offline"})
    assert listed(source)["/androidqf/backup.ab"].state is State.DAMAGED
    assert len(reasons(source)) == 1
    source.close()


def test_only_wanted_content_of_a_backup_is_kept(tmp_path):
    source = opened(tmp_path, {"backup.ab": backup()})
    found = listed(source, lambda p: str(p) == SMS)
    assert found[SMS].content is not None
    assert found["/androidqf/backup/apps/org.example/_manifest"].content is None
    source.close()


@needs_corpus
@pytest.mark.parametrize(
    ("folder", "password", "count"), [("androidqf", None, 5), ("androidqf_encrypted", "123456", 2)]
)
def test_published_acquisitions(folder, password, count):
    at = CORPUS / "android" / "mvt-project+mvt" / folder
    source = AndroidQF.open(at, password=lambda: password, label=None)
    inside = [m for m in source.members(lambda p: True) if str(m.path).startswith("/androidqf/backup/")]
    assert len(inside) == count
    assert reasons(source) == []
    source.close()


# --- bugreports ---------------------------------------------------------------------------------------------------


def text_of(day):
    return TEXT.replace(b"2026-03-29", day) + PARTS


def test_every_bugreport_is_examined(tmp_path):
    older = zip_of(REPORT | {"FS/data/tombstones/tombstone_00": b"old"})
    vendor = zip_of({"dumpState_X.log": text_of(b"2026-02-01"), "lastkmsg": b"k"})
    source = opened(
        tmp_path,
        {
            "bugreport.zip": zip_of(REPORT),
            "old_bugreports/bugreport-2025.zip": older,
            "bugreports/bugreport-2024.txt": text_of(b"2024-01-01"),
            "logs/data/log/dumpState_X.zip": vendor,
            "logs/data/log/dumpstate_lastkmsg.log": text_of(b"2023-01-01"),
            "logs/sdcard/log/notes.txt": b"no report",
            "logs/data/log/pictures.zip": zip_of({"a.png": b"x"}),
        },
    )
    found = listed(source)
    assert read(found["/bugreport/dumpstate.txt"]) == TEXT
    assert read(found["/data/tombstones/tombstone_00"]) == b"*** ***"
    assert read(found["/bugreports/bugreport-2025/dumpstate.txt"]) == TEXT
    assert read(found["/bugreports/bugreport-2025/FS/data/tombstones/tombstone_00"]) == b"old"
    assert b"dumpstate: 2024-01-01" in read(found["/bugreports/bugreport-2024/sections/HEADER/1.txt"])
    assert read(found["/bugreports/dumpState_X/sections/UPTIME/1.txt"]) == b" up 1 day\n"
    assert read(found["/bugreports/dumpState_X/lastkmsg"]) == b"k"
    assert "/bugreports/dumpstate_lastkmsg/sections/UPTIME/1.txt" in found
    assert {str(p).split("/")[2] for p in found if p.startswith("/bugreports/")} == {
        "bugreport-2025",
        "bugreport-2024",
        "dumpState_X",
        "dumpstate_lastkmsg",
    }
    assert reasons(source) == []
    source.close()


def test_a_report_that_the_phone_compressed(tmp_path):
    packed = gzip.compress(text_of(b"2026-02-02"))
    source = opened(
        tmp_path,
        {
            "logs/data/log/dumpstate_app_native.txt.gz": packed,
            "logs/data/log/dumpstate_cut.txt.gz": packed[:-20],
            "logs/data/log/dumpstate_none.txt.gz": b"no gzip",
        },
    )
    found = listed(source)
    assert read(found["/bugreports/dumpstate_app_native/sections/UPTIME/1.txt"]) == b" up 1 day\n"
    assert "/bugreports/dumpstate_cut/sections/HEADER/1.txt" in found
    assert not any(p.startswith("/bugreports/dumpstate_none") for p in found)
    assert [r.partition(" was read")[0] for r in reasons(source)] == [
        "logs/data/log/dumpstate_cut.txt.gz",
        "logs/data/log/dumpstate_none.txt.gz",
    ]
    source.close()


def test_an_old_bugreport_that_cannot_be_read_is_a_problem(tmp_path):
    source = opened(tmp_path, {"old_bugreports/a.zip": b"PK", "bugreports/b.zip": zip_of({"x.png": b"x"})})
    listed(source)
    assert reasons(source) == [
        "bugreports/b.zip was not examined: no bugreport was found in it.",
        "old_bugreports/a.zip was not examined: no bugreport was found in it.",
    ]
    source.close()


def test_reports_that_the_vendor_keeps_are_found_inside_the_bugreport(tmp_path):
    kept = zip_of({"bugreport-old.txt": text_of(b"2025-05-05")})
    report = zip_of(REPORT | {"FS/data/log/dumpState_1.zip": kept})
    source = opened(tmp_path, {"bugreport.zip": report})
    member = listed(source)["/bugreports/dumpState_1/dumpstate.txt"]
    assert read(member) == text_of(b"2025-05-05")
    assert member.member == "bugreport.zip!/FS/data/log/dumpState_1.zip!/bugreport-old.txt"
    source.close()
    path = tmp_path / "report.zip"
    path.write_bytes(report)
    alone = Bugreport.open(path, password=no_password, label=None)
    assert listed(alone)["/bugreports/dumpState_1/dumpstate.txt"].member == member.member.removeprefix(
        "bugreport.zip!/"
    )
    alone.close()


def test_two_reports_of_one_name_keep_apart(tmp_path):
    files = {
        f"old_bugreports/{d}/report.zip": zip_of({"b.txt": text_of(d.encode())}) for d in ("2024-01-01", "2025-01-01")
    }
    source = opened(tmp_path, files)
    found = listed(source)
    assert b"2024-01-01" in read(found["/bugreports/report/dumpstate.txt"])
    assert b"2025-01-01" in read(found["/bugreports/report~2/dumpstate.txt"])
    source.close()


def test_reports_beyond_the_bound_are_named(tmp_path, monkeypatch):
    monkeypatch.setattr(further_reports, "MOST", 2)
    files = {f"old_bugreports/{n}.txt": text_of(b"2024-01-01") for n in range(4)}
    source = opened(tmp_path, files)
    found = listed(source)
    assert {p.split("/")[2] for p in found if p.startswith("/bugreports/")} == {"0", "1"}
    assert reasons(source) == [
        (
            "2 files that may be further bugreports were not examined, beyond the bound of 2: old_bugreports/2.txt,"
            " old_bugreports/3.txt. Give them one by one."
        )
    ]
    source.close()


def test_dumpsys_without_a_bugreport_is_examined(tmp_path):
    dumpsys = b"Currently running services:\n  usb\n" + b"-" * 79 + b"\nDUMP OF SERVICE usb:\nUSB MANAGER STATE\n"
    source = opened(tmp_path, {"dumpsys.txt": dumpsys})
    assert read(listed(source)["/androidqf/dumpsys/usb/1.txt"]) == b"USB MANAGER STATE\n"
    source.close()


# --- files of the device and facts --------------------------------------------------------------------------------


def test_what_was_pulled_goes_where_it_lay_on_the_phone(tmp_path):
    files = {
        "logs/data/anr/anr_1": b"a",
        "logs/proc/last_kmsg": b"b",
        "logs/uiderrors.txt": b"c",
        "tmp/wd/pred.so": b"d",
        "init_scripts/99x": b"e",
        "browser_history/com.android.chrome/Default/History": b"g",
        "apex/files/data/apex/active/x.apex": b"f",
    }
    source = opened(tmp_path, files)
    assert {str(m.path) for m in source.members(lambda p: True) if m.type == "file"} == {
        "/androidqf/getprop.txt",
        "/data/anr/anr_1",
        "/proc/last_kmsg",
        "/androidqf/logs/uiderrors.txt",
        "/data/local/tmp/wd/pred.so",
        "/system/etc/init.d/99x",
        "/data/data/com.android.chrome/app_chrome/Default/History",
        "/data/apex/active/x.apex",
    }
    source.close()


@pytest.mark.parametrize(
    ("folder", "placed"), [("/data/tmp/", "/data/tmp/x"), ("/a/../../b", "/data/local/tmp/x"), (7, "/data/local/tmp/x")]
)
def test_the_folder_of_temporary_files_is_that_of_the_acquisition(tmp_path, folder, placed):
    source = opened(tmp_path, {"acquisition.json": json.dumps({"tmp_dir": folder}).encode(), "tmp/x": b"x"})
    assert placed in listed(source)
    source.close()


def test_facts_of_androidqf(tmp_path):
    about = {
        "uuid": "0d3f1f6e-0000-4000-8000-000000000000",
        "androidqf_version": "v1.8.3",
        "started": "2026-01-02T03:04:05.678901234Z",
        "completed": "0001-01-01T00:00:00Z",
        "collector": {"ExePath": "/data/local/tmp/collector", "Adb": {"Serial": "SYNTHETIC0001"}},
    }
    source = opened(tmp_path, {"acquisition.json": json.dumps(about).encode()})
    listed(source)
    assert source.facts == {
        "acquired": "2026-01-02T03:04:05Z",
        "acquisition_tool": "AndroidQF v1.8.3",
        "acquisition_uuid": "0d3f1f6e-0000-4000-8000-000000000000",
        "serial_number": "SYNTHETIC0001",
        "build": "UQ1A",
        "hashes": "not compared: there is no hashes.csv",
        "marker": "BRIDLE-SYNTHETIC",
    }
    source.close()


def test_facts_of_bugbane(tmp_path):
    about = {
        "format_version": 1,
        "status": "cancelled",
        "created": "2026-01-02T05:04:05+02:00",
        "completed": "2026-01-02T03:10:00Z",
        "androidqf_version": "Bugbane-2.0",
    }
    source = opened(tmp_path, {"acquisition.json": json.dumps(about).encode()})
    assert {k: v for k, v in source.facts.items() if k.startswith("acq")} == {
        "acquired": "2026-01-02T03:04:05Z",
        "acquisition_completed": "2026-01-02T03:10:00Z",
        "acquisition_tool": "Bugbane-2.0",
        "acquisition_status": "cancelled",
    }
    source.close()


@pytest.mark.parametrize("about", [b"", b"{", b"[]", b"[" * 5000, b'{"collector": [], "started": 7, "uuid": {}}'])
def test_an_odd_description_costs_only_its_facts(tmp_path, about):
    source = opened(
        tmp_path, {"acquisition.json": about, "backup.ab": b"ANDROID BACKUP\n5\n1\nnone\n" + zlib.compress(b"")}
    )
    found = listed(source)
    assert "/androidqf/acquisition.json" in found
    assert source.facts["build"] == "UQ1A"
    source.close()


def test_zips_among_the_intrusion_logs_are_opened(tmp_path):
    inner = zip_of({"1.txt": b'{"dns_event": {}}\n'})
    files = {"intrusion_logs/a.zip": inner, "intrusion-logs/b.txt": b"x", "other/c.zip": inner}
    source = opened(tmp_path, files)
    found = listed(source)
    assert {p for p in found if p.startswith("/intrusion_logs")} == {
        "/intrusion_logs/a.zip", "/intrusion_logs/a.zip/1.txt", "/intrusion_logs/b.txt",
    }  # fmt: skip
    assert read(found["/intrusion_logs/a.zip/1.txt"]) == b'{"dns_event": {}}\n'
    source.close()


@pytest.mark.parametrize(("bound", "left_out"), [(4, 0), (3, 0), (2, 1)])
def test_files_that_are_looked_into_at_below_and_above_the_bound(tmp_path, monkeypatch, bound, left_out):
    monkeypatch.setattr(further_reports, "_MOST_LOOKED_INTO", bound)
    source = opened(tmp_path, {f"old_bugreports/{n}.txt": text_of(b"2024-01-01") for n in range(3)})
    found = {p.split("/")[2] for p in listed(source) if p.startswith("/bugreports/")}
    assert found == {"0", "1", "2"} - ({"2"} if left_out else set())
    said = (
        "1 files that may be further bugreports were not examined, beyond the bound of 2: old_bugreports/2.txt. Give"
        " them one by one."
    )
    assert reasons(source) == [said] * left_out
    source.close()


def test_so_many_further_bugreports_are_examined():
    assert (further_reports.MOST, further_reports._MOST_LOOKED_INTO) == (32, 256)
