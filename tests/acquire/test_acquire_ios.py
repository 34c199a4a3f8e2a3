"""An iPhone step by step, with programs that are not the real ones."""

import hashlib
import json
import os
import shutil
import stat
import subprocess

import pytest

from bridle.acquire import ios
from bridle.acquire.acquiring import Asked, acquire
from fake_phones import SYSDIAGNOSE, UDID, Answers, plist, run_ios, statuses, stored


def test_order_keeps_evidence_and_nothing_restarts_the_phone(phones, tmp_path):
    (phones.folder / "phone" / "crash" / SYSDIAGNOSE).write_bytes(b"")
    folder, guide = tmp_path / "phone1", Answers()
    acquire(Asked(platform="ios", folder=folder), guide)
    empty = phones.ran()[1][-1]
    assert phones.ran() == [
        ("idevicecrashreport", "-u", UDID, "-k", f"{folder}/evidence/crash-logs"),
        ("idevicebackup2", "-u", UDID, "-i", "encryption", "on", empty),
        ("idevicebackup2", "-u", UDID, "backup", "--full", f"{folder}/evidence/backup"),
    ]
    done = [("sysdiagnose", "done"), ("crash-logs", "done"), ("backup-password", "done"), ("backup", "done")]
    assert statuses(folder) == done


def test_password_goes_by_the_environment_and_is_kept_nowhere(phones, tmp_path):
    folder, guide = tmp_path / "phone1", Answers(password="correct horse")
    acquire(Asked(platform="ios", folder=folder), guide)
    assert json.loads((phones.folder / "phone.json").read_text())["password"] == "correct horse"
    set_here = [x for x in phones.log() if "encryption" in x["arguments"]]
    assert [x["secrets"] for x in set_here] == [["BACKUP_PASSWORD"]]
    assert all("correct horse" not in argument for x in phones.log() for argument in x["arguments"])
    for file in folder.rglob("*"):
        if file.is_file():
            assert b"correct horse" not in file.read_bytes(), file
    told = stored(folder)
    assert told["backup_encryption"] == {"before": False, "set_here": True}
    assert [c["what"] for c in told["state_changes"]] == [
        "a sysdiagnose was made by hand: the phone wrote its logs into a file of its own",
        "a backup password was set, with the person's agreement",
    ]
    assert any("the password stays\non it until somebody removes it" in said for said in guide.said)


def test_a_password_that_is_there_is_not_touched(phones, tmp_path):
    phones.state["answers"]["com.apple.mobile.backup"] = plist(WillEncrypt=True)
    phones.save()
    assert run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check", "--set-backup-password").exit_code == 0
    told = stored(tmp_path / "p")
    assert told["backup_encryption"] == {"before": True, "set_here": False}
    assert told["state_changes"] == []
    assert [p for p in phones.ran() if "encryption" in p] == []


def test_without_agreement_no_password_is_set(phones, tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_BACKUP_PASSWORD", "given for something else")
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 0
    assert ("backup-password", "skipped") in statuses(tmp_path / "p")
    assert "the backup is not encrypted and holds less" in done.stderr
    assert [p for p in phones.ran() if "encryption" in p] == []
    assert [x["secrets"] for x in phones.log()] == [[]] * len(phones.log())


def test_agreed_beforehand_for_scripts(phones, tmp_path):
    (tmp_path / "password").write_text("from a file\n")
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check", "--set-backup-password",
               "--password-file", str(tmp_path / "password"))  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert json.loads((phones.folder / "phone.json").read_text())["password"] == "from a file"
    assert "the backup password stays on the phone" in done.stderr


def test_record_has_tools_clock_commands_and_hashes(phones, tmp_path):
    folder = tmp_path / "phone1"
    assert run_ios("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    told = stored(folder)
    assert told["device"] == {
        "id": UDID, "name": "Phone of\u202e[bold] nobody", "model": "iPhone14,5", "os_version": "17.5.1",
        "build": "21F90", "zone": "Europe/Belgrade",
    }  # fmt: skip
    assert told["tools"]["idevicebackup2"] == "idevicebackup2 1.4.0"
    assert len(told["clocks"]) == 2
    assert 80 < told["clocks"][0]["device_ahead_seconds"] <= 90
    steps = {s["name"]: s for s in told["steps"]}
    assert steps["crash-logs"]["commands"] == ["idevicecrashreport -u PHONE -k FOLDER/evidence/crash-logs"]
    assert steps["crash-logs"]["exit_codes"] == [0]
    assert steps["sysdiagnose"]["status"] == "skipped"
    listed = (folder / "hashes" / "crash-logs-1.sha256").read_bytes()
    digest = hashlib.sha256(b'{"bug_type":"309","name":"Example"}\n{}\n').hexdigest()
    assert listed.decode() == f"{digest}  evidence/crash-logs/Example-2026-03-01-101112.ips\n"
    assert steps["crash-logs"]["hashes"] == {
        "list": "hashes/crash-logs-1.sha256", "sha256": hashlib.sha256(listed).hexdigest(), "files": 1, "bytes": 39,
        "not_hashed": 1, "not_hashed_files": [{"path": "evidence/crash-logs/latest", "reason": "a link"}],
    }  # fmt: skip
    assert steps["backup"]["hashes"]["files"] == 3
    assert UDID not in json.dumps(told["steps"])


def test_hashes_are_checked_by_a_public_tool(phones, tmp_path):
    program = shutil.which("sha256sum", path=os.defpath)
    if program is None:
        pytest.skip("sha256sum is not here")
    odd = phones.folder / "phone" / "crash" / "back\\slash\nand line.ips"
    odd.write_text("{}")
    folder = tmp_path / "phone1"
    assert run_ios("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    check = [program, "--strict", "-c", "hashes/crash-logs-1.sha256"]
    assert subprocess.run(check, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "evidence" / "crash-logs" / odd.name).write_text("{ }")
    assert subprocess.run(check, cwd=folder, capture_output=True, check=False).returncode == 1


def test_folders_are_for_us_alone(phones, tmp_path):
    folder = tmp_path / "phone1"
    assert run_ios("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    for path in (folder, folder / "evidence", folder / "evidence" / "backup", folder / "hashes"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    assert stat.S_IMODE((folder / "acquisition.json").stat().st_mode) == 0o600


def test_hostile_name_reaches_no_terminal(phones, tmp_path):
    guide = Answers()
    acquire(Asked(platform="ios", folder=tmp_path / "p"), guide)
    done = run_ios("-o", str(tmp_path / "q"), "--consent", "none", "--no-check")
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr + done.stdout


def test_a_failed_step_costs_itself_and_is_done_again(phones, tmp_path):
    folder = tmp_path / "phone1"
    left = f"{folder}/evidence/backup/{UDID}/half"
    phones.save(bad={"idevicebackup2": {"code": 255, "out": "ERROR: Receive timed out\n", "writes": [left, "half"]}})
    done = run_ios("-o", str(folder), "--consent", "none", "--no-check")
    assert done.exit_code == 3
    assert "backup failed: ERROR: Receive timed out; see that the cable sits" in done.stderr
    assert statuses(folder)[-1] == ("backup", "failed")
    before = len(phones.ran())
    done = run_ios("-o", str(folder), "--consent", "none", "--no-check")
    assert done.exit_code == 0, done.stderr
    assert [p[0] for p in phones.ran()[before:]] == ["idevicebackup2"]
    assert "Copy crash logs and sysdiagnoses: done before." in done.stderr
    attempts = [s for s in stored(folder)["steps"] if s["name"] == "backup"]
    assert [(s["status"], s["exit_codes"], s["kept"]) for s in attempts] == [
        ("failed", [255], "incomplete/backup-1"), ("done", [0], "")
    ]  # fmt: skip
    assert (folder / "incomplete" / "backup-1" / UDID / "half").read_text() == "half"
    assert (folder / "hashes" / "backup-1.sha256").exists()
    assert (folder / "hashes" / "backup-2.sha256").exists()


@pytest.mark.parametrize(
    ("said", "told"),
    [("ErrorCode 105: Insufficient free disk space on computer\n", "this computer has too little room"),
     ("ErrorCode 208: Device locked (MBErrorDomain/208)\n", "the iPhone is locked")],
)  # fmt: skip
def test_reasons_of_backups_are_told_with_what_to_do(phones, tmp_path, said, told):
    phones.save(bad={"idevicebackup2": {"code": 151, "out": said}})
    assert told in run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check").stderr


def test_a_backup_that_is_not_whole_is_not_done(phones, tmp_path):
    (phones.folder / "phone" / "backup" / "Status.plist").write_text(plist(SnapshotState="moving"))
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 3
    assert "the backup is not whole" in done.stderr


def test_a_program_that_prints_its_usage_and_ends_with_0_gave_nothing(phones, tmp_path):
    phones.save(bad={"idevicecrashreport": {"code": 0, "out": "Usage: idevicecrashreport\n"}})
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert "crash-logs failed: no file came of it" in done.stderr
    assert done.exit_code == 3


def test_a_hanging_program_is_ended_and_the_rest_goes_on(phones, tmp_path, monkeypatch):
    monkeypatch.setitem(ios.SILENCE, "crash-logs", 1.0)
    phones.save(bad={"idevicecrashreport": {"hang": "Copy: one"}})
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 3
    assert "crash-logs failed: said nothing for 1 seconds and was ended" in done.stderr
    assert statuses(tmp_path / "p")[-1] == ("backup", "done")
