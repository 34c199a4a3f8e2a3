"""An iPhone step by step, with programs that are not the real ones."""

import hashlib
import json
import shutil
import stat
import subprocess

import pytest
from click.testing import CliRunner

from bridle.acquire import ios, record
from bridle.acquire.acquiring import Asked, acquire
from bridle.cli import bridle
from fake_phones import UDID, plist

OTHER = "00008110-00AAAABBBBCCCC02"


def run(*arguments):
    return CliRunner().invoke(bridle, ["acquire", "ios", "--yes", *arguments])


def stored(folder):
    return json.loads((folder / "acquisition.json").read_text())


def statuses(folder):
    return [(s["name"], s["status"]) for s in stored(folder)["steps"]]


class Answers:
    """Somebody at the computer who answers everything alike."""

    def __init__(self, yes=True, password="a new password"):
        self.interactive, self.yes, self.password, self.said = True, yes, password, []

    def say(self, text):
        self.said.append(text)

    wait = say

    def agree(self, question):
        self.said.append(question)
        return self.yes

    def new_password(self):
        return self.password

    def working(self, title):
        from contextlib import nullcontext

        self.said.append(title)
        return nullcontext(lambda *_: None)


SYSDIAGNOSE = "sysdiagnose_2026.03.01_10-11-12+0100_iPhone-OS_iPhone_21F90.tar.gz"


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
    assert run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check", "--set-backup-password").exit_code == 0
    told = stored(tmp_path / "p")
    assert told["backup_encryption"] == {"before": True, "set_here": False}
    assert told["state_changes"] == []
    assert [p for p in phones.ran() if "encryption" in p] == []


def test_without_agreement_no_password_is_set(phones, tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_BACKUP_PASSWORD", "given for something else")
    done = run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 0
    assert ("backup-password", "skipped") in statuses(tmp_path / "p")
    assert "the backup is not encrypted and holds less" in done.stderr
    assert [p for p in phones.ran() if "encryption" in p] == []
    assert [x["secrets"] for x in phones.log()] == [[]] * len(phones.log())


def test_agreed_beforehand_for_scripts(phones, tmp_path):
    (tmp_path / "password").write_text("from a file\n")
    done = run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check", "--set-backup-password",
               "--password-file", str(tmp_path / "password"))  # fmt: skip
    assert done.exit_code == 0, done.stderr
    assert json.loads((phones.folder / "phone.json").read_text())["password"] == "from a file"
    assert "the backup password stays on the phone" in done.stderr


def test_record_has_tools_clock_commands_and_hashes(phones, tmp_path):
    folder = tmp_path / "phone1"
    assert run("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
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
    if shutil.which("sha256sum") is None:
        pytest.skip("sha256sum is not here")
    odd = phones.folder / "phone" / "crash" / "back\\slash\nand line.ips"
    odd.write_text("{}")
    folder = tmp_path / "phone1"
    assert run("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    check = ["sha256sum", "--strict", "-c", "hashes/crash-logs-1.sha256"]
    assert subprocess.run(check, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "evidence" / "crash-logs" / odd.name).write_text("{ }")
    assert subprocess.run(check, cwd=folder, capture_output=True, check=False).returncode == 1


def test_folders_are_for_us_alone(phones, tmp_path):
    folder = tmp_path / "phone1"
    assert run("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    for path in (folder, folder / "evidence", folder / "evidence" / "backup", folder / "hashes"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700, path
    assert stat.S_IMODE((folder / "acquisition.json").stat().st_mode) == 0o600


def test_hostile_name_reaches_no_terminal(phones, tmp_path):
    guide = Answers()
    acquire(Asked(platform="ios", folder=tmp_path / "p"), guide)
    done = run("-o", str(tmp_path / "q"), "--consent", "none", "--no-check")
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr + done.stdout


def test_a_failed_step_costs_itself_and_is_done_again(phones, tmp_path):
    folder = tmp_path / "phone1"
    left = f"{folder}/evidence/backup/{UDID}/half"
    phones.save(bad={"idevicebackup2": {"code": 255, "out": "ERROR: Receive timed out\n", "writes": [left, "half"]}})
    done = run("-o", str(folder), "--consent", "none", "--no-check")
    assert done.exit_code == 3
    assert "backup failed: ERROR: Receive timed out; see that the cable sits" in done.stderr
    assert statuses(folder)[-1] == ("backup", "failed")
    before = len(phones.ran())
    done = run("-o", str(folder), "--consent", "none", "--no-check")
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
    assert told in run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check").stderr


def test_a_backup_that_is_not_whole_is_not_done(phones, tmp_path):
    (phones.folder / "phone" / "backup" / "Status.plist").write_text(plist(SnapshotState="moving"))
    done = run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 3
    assert "the backup is not whole" in done.stderr


def test_a_program_that_prints_its_usage_and_ends_with_0_gave_nothing(phones, tmp_path):
    phones.save(bad={"idevicecrashreport": {"code": 0, "out": "Usage: idevicecrashreport\n"}})
    done = run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert "crash-logs failed: no file came of it" in done.stderr
    assert done.exit_code == 3


def test_a_hanging_program_is_ended_and_the_rest_goes_on(phones, tmp_path, monkeypatch):
    monkeypatch.setitem(ios.SILENCE, "crash-logs", 1.0)
    phones.save(bad={"idevicecrashreport": {"hang": "Copy: one"}})
    done = run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 3
    assert "crash-logs failed: said nothing for 1 seconds and was ended" in done.stderr
    assert statuses(tmp_path / "p")[-1] == ("backup", "done")


@pytest.mark.parametrize(
    ("said", "told"),
    [("ERROR: Could not connect to lockdownd: Password protected (-17)\n", "the iPhone is locked: unlock it"),
     ("ERROR: Could not connect to lockdownd, error code -19\n", "waits for an answer on its screen"),
     ("ERROR: Could not connect to lockdownd: User denied pairing (-18)\n", "did not trust this computer"),
     ("ERROR: Could not connect to lockdownd: Mux error (-8)\n", "the iPhone does not answer (ERROR: Could not")],
)  # fmt: skip
def test_a_phone_that_refuses(phones, tmp_path, said, told):
    phones.save(lockdown=said)
    done = run("-o", str(tmp_path / "p"), "--consent", "none")
    assert done.exit_code == 3
    assert told in done.stderr


def test_no_phone_and_two_phones(phones, tmp_path):
    phones.save(udids=[])
    done = run("-o", str(tmp_path / "p"), "--consent", "none")
    assert (done.exit_code, "no iPhone is on a cable" in done.stderr) == (3, True)
    phones.save(udids=[UDID, OTHER])
    done = run("-o", str(tmp_path / "p"), "--consent", "none")
    assert done.exit_code == 2
    assert f"2 phones are on cables: {UDID}, {OTHER}. Unplug all but one, or choose with --udid" in done.stderr
    assert run("-o", str(tmp_path / "p"), "--consent", "none", "--udid", "0" * 40).exit_code == 3
    done = run("-o", str(tmp_path / "q"), "--consent", "none", "--udid", UDID, "--no-check")
    assert done.exit_code == 0, done.stderr


def test_what_is_no_udid_is_no_phone(phones, tmp_path):
    phones.save(udids=["../../etc", "-rf", UDID])
    assert run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check").exit_code == 0


def test_without_programs_it_says_how_to_get_them(phones, tmp_path, monkeypatch):
    (phones.bin / "ideviceinfo").unlink()
    done = run("-o", str(tmp_path / "p"), "--consent", "none")
    assert done.exit_code == 3
    assert "ideviceinfo is not here: it asks an iPhone for model, version and clock. Install it: " in done.stderr
    assert not (tmp_path / "p").exists()


def test_pymobiledevice3_stands_in(phones, tmp_path):
    for name in ("idevicecrashreport", "idevicebackup2"):
        (phones.bin / name).unlink()
    program = phones.bin / "pymobiledevice3"
    program.write_text(
        f'#!/bin/sh\nprintf "%s " "$@" >> {phones.folder}/other\n'
        f'[ "$1" = crash ] && cp {phones.folder}/phone/crash/*.ips "$3"\n'
        f'[ "$1" = backup2 ] && cp -r {phones.folder}/phone/backup "$4/{UDID}"\nexit 0\n'
    )
    program.chmod(0o755)
    done = run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 0, done.stderr
    said = (phones.folder / "other").read_text()
    evidence = tmp_path / "p" / "evidence"
    assert said.removeprefix("version ") == (
        f"crash pull {evidence}/crash-logs --udid {UDID} backup2 backup --full {evidence}/backup --udid {UDID} "
    )


def test_consent_comes_first(phones, tmp_path):
    from consent_record import CONSENT

    done = run("-o", str(tmp_path / "p"))
    assert (done.exit_code, "consent comes first" in done.stderr) == (2, True)
    file = tmp_path / "consent.toml"
    file.write_text(CONSENT.format(until="2999-12-31").replace("acquire = true", "acquire = false"))
    done = run("-o", str(tmp_path / "p"), "--consent", str(file))
    assert (done.exit_code, "without the scopes acquire and analyse" in done.stderr) == (2, True)
    file.write_text(CONSENT.format(until="2020-01-01").replace("2999-12-31", "2020-01-01"))
    done = run("-o", str(tmp_path / "p"), "--consent", str(file))
    assert (done.exit_code, "retention_until 2020-01-01 has passed" in done.stderr) == (2, True)
    assert phones.log() == []
    file.write_text(CONSENT.format(until="2999-12-31"))
    assert run("-o", str(tmp_path / "p"), "--consent", str(file), "--no-check").exit_code == 0
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert stored(tmp_path / "p")["consent"] == {"sha256": digest, "date": "2026-01-05"}


def test_a_pipe_is_asked_nothing(phones, tmp_path):
    done = CliRunner().invoke(bridle, ["acquire", "ios", "-o", str(tmp_path / "p"), "--consent", "none"])
    assert done.exit_code == 2
    assert "use --yes" in done.stderr
    assert phones.log() == []


def test_folders_of_others_are_left_alone(phones, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    done = run("-o", str(folder), "--consent", "none")
    assert (done.exit_code, "holds something else" in done.stderr) == (2, True)
    assert run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check").exit_code == 0
    phones.save(udids=[OTHER])
    done = run("-o", str(tmp_path / "p"), "--consent", "none")
    assert (done.exit_code, "holds the acquisition of another phone" in done.stderr) == (2, True)
    (tmp_path / "p" / "acquisition.json").write_text('{"format": "bridle-acquisition", "schema": 1}')
    done = run("-o", str(tmp_path / "p"), "--consent", "none")
    assert (done.exit_code, "is damaged; acquire into a new folder" in done.stderr) == (3, True)


def test_one_run_at_a_time(phones, tmp_path):
    import fcntl

    folder = tmp_path / "p"
    assert run("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run("-o", str(folder), "--consent", "none", "--no-check")
    assert (done.exit_code, "another run acquires into" in done.stderr) == (2, True)


def test_a_run_that_was_cut_off_is_continued(phones, tmp_path):
    """The record of a run that died in a step says `running`."""
    folder = tmp_path / "p"
    assert run("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    told = stored(folder)
    told["steps"][-1] |= {"status": "running", "ended": "", "hashes": None}
    (folder / "acquisition.json").write_text(json.dumps(told))
    before = len(phones.ran())
    assert run("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    assert [p[0] for p in phones.ran()[before:]] == ["idevicebackup2"]
    assert [s for n, s in statuses(folder) if n == "backup"] == ["interrupted", "done"]


def test_interrupting_takes_the_step_down(phones, tmp_path):
    class Interrupts(Answers):
        def working(self, title):
            if title == "Making the backup":
                raise KeyboardInterrupt
            return super().working(title)

    with pytest.raises(KeyboardInterrupt):
        acquire(Asked(platform="ios", folder=tmp_path / "p"), Interrupts(yes=False))
    assert statuses(tmp_path / "p")[-1] == ("backup", "interrupted")
    acquire(Asked(platform="ios", folder=tmp_path / "p"), Answers(yes=False))
    assert statuses(tmp_path / "p")[-1] == ("backup", "done")


def test_too_little_room(phones, tmp_path, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "free")
    monkeypatch.setattr("bridle.acquire.work.shutil.disk_usage", lambda _: usage(100 << 20))
    done = run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 3
    assert "only 100 MiB are free on this disk" in done.stderr
    assert [p[0] for p in phones.ran()] == []


def test_less_room_than_the_phone_holds_is_asked_about(phones, tmp_path, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "free")
    monkeypatch.setattr("bridle.acquire.work.shutil.disk_usage", lambda _: usage(8 << 30))
    phones.state["answers"]["com.apple.disk_usage"] = plist(TotalDataCapacity=64 << 30, TotalDataAvailable=24 << 30)
    phones.save()
    guide = Answers(yes=False)
    acquire(Asked(platform="ios", folder=tmp_path / "p"), guide)
    assert "The phone holds 40 GiB, and 8 GiB are free. Try all the same?" in guide.said
    assert statuses(tmp_path / "p")[-1] == ("backup", "failed")


def test_sysdiagnoses_among_crash_logs(tmp_path):
    folder = tmp_path / "DiagnosticLogs" / "sysdiagnose"
    folder.mkdir(parents=True)
    name = SYSDIAGNOSE
    (folder / f"IN_PROGRESS_{name}").write_bytes(b"")
    assert ios.sysdiagnoses(tmp_path) == []
    (folder / name).write_bytes(b"")
    (folder / "sysdiagnose_link.tar.gz").symlink_to(name)
    assert ios.sysdiagnoses(tmp_path) == [folder / name]


def test_a_sysdiagnose_that_is_not_there_yet_is_waited_for(phones, tmp_path):
    guide = Answers()
    acquire(Asked(platform="ios", folder=tmp_path / "p"), guide)
    assert [p[0] for p in phones.ran()].count("idevicecrashreport") == 3
    assert "No finished sysdiagnose was among the crash logs. Make one, and acquire into a new folder." in guide.said


def test_dry_run_asks_no_phone(phones, tmp_path):
    done = CliRunner().invoke(bridle, ["acquire", "ios", "-o", str(tmp_path / "p"), "--dry-run", "--json"])
    told = json.loads(done.output)
    assert [s["name"] for s in told["steps"]] == ["sysdiagnose", "crash-logs", "backup-password", "backup"]
    assert {p["name"]: p["here"] for p in told["programs"]} == {
        "idevice_id": True, "ideviceinfo": True, "idevicecrashreport": True, "idevicebackup2": True,
        "pymobiledevice3": False,
    }  # fmt: skip
    assert phones.log() == []
    assert not (tmp_path / "p").exists()


def test_answers_of_the_phone_that_are_no_property_list(phones, tmp_path):
    phones.state["answers"]["com.apple.mobile.backup"] = "<plist><dict><key>WillEncrypt"
    phones.save()
    done = run("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 0
    assert "the phone does not say whether it has a backup password; none was set" in done.stderr


def test_record_is_none_of_other_tools(tmp_path):
    (tmp_path / "acquisition.json").write_text('{"uuid": "1", "androidqf_version": "1.8"}')
    assert record.load(tmp_path) is None
