"""What keeps an iPhone from being acquired, and how a run that was cut off is continued."""

import fcntl
import hashlib
import json
from collections import namedtuple

import pytest
from click.testing import CliRunner

from bridle.acquire import ios, record
from bridle.acquire.acquiring import Asked, acquire
from bridle.cli import bridle
from consent_record import CONSENT
from fake_phones import SYSDIAGNOSE, UDID, Answers, plist, run_ios, statuses, stored

OTHER = "00008110-00AAAABBBBCCCC02"


@pytest.mark.parametrize(
    ("said", "told"),
    [("ERROR: Could not connect to lockdownd: Password protected (-17)\n", "the iPhone is locked: unlock it"),
     ("ERROR: Could not connect to lockdownd, error code -19\n", "waits for an answer on its screen"),
     ("ERROR: Could not connect to lockdownd: User denied pairing (-18)\n", "did not trust this computer"),
     ("ERROR: Could not connect to lockdownd: Mux error (-8)\n", "the iPhone does not answer (ERROR: Could not")],
)  # fmt: skip
def test_a_phone_that_refuses(phones, tmp_path, said, told):
    phones.save(lockdown=said)
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none")
    assert done.exit_code == 3
    assert told in done.stderr


def test_no_phone_and_two_phones(phones, tmp_path):
    phones.save(udids=[])
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none")
    assert (done.exit_code, "no iPhone is on a cable" in done.stderr) == (3, True)
    phones.save(udids=[UDID, OTHER])
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none")
    assert done.exit_code == 2
    assert f"2 phones are on cables: {UDID}, {OTHER}. Unplug all but one, or choose with --udid" in done.stderr
    assert run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--udid", "0" * 40).exit_code == 3
    done = run_ios("-o", str(tmp_path / "q"), "--consent", "none", "--udid", UDID, "--no-check")
    assert done.exit_code == 0, done.stderr


def test_what_is_no_udid_is_no_phone(phones, tmp_path):
    phones.save(udids=["../../etc", "-rf", UDID])
    assert run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check").exit_code == 0


def test_without_programs_it_says_how_to_get_them(phones, tmp_path, monkeypatch):
    (phones.bin / "ideviceinfo").unlink()
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none")
    assert done.exit_code == 3
    assert "ideviceinfo is not here: it asks an iPhone for model, version and clock. Install it: " in done.stderr
    assert not (tmp_path / "p").exists()


def test_pymobiledevice3_stands_in(phones, tmp_path):
    for name in ("idevicecrashreport", "idevicebackup2"):
        (phones.bin / name).unlink()
    program = phones.bin / "pymobiledevice3"
    program.write_text(
        f'#!/bin/sh\nprintf "%s " "$@" >> {phones.folder}/other\n'
        f'[ "$1" = crash ] && /bin/cp {phones.folder}/phone/crash/*.ips "$3"\n'
        f'[ "$1" = backup2 ] && /bin/cp -r {phones.folder}/phone/backup "$4/{UDID}"\nexit 0\n'
    )
    program.chmod(0o755)
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 0, done.stderr
    said = (phones.folder / "other").read_text()
    evidence = tmp_path / "p" / "evidence"
    assert said.removeprefix("version ") == (
        f"crash pull {evidence}/crash-logs --udid {UDID} backup2 backup --full {evidence}/backup --udid {UDID} "
    )


def test_consent_comes_first(phones, tmp_path):
    done = run_ios("-o", str(tmp_path / "p"))
    assert (done.exit_code, "consent comes first" in done.stderr) == (2, True)
    file = tmp_path / "consent.toml"
    file.write_text(CONSENT.format(until="2999-12-31").replace("acquire = true", "acquire = false"))
    done = run_ios("-o", str(tmp_path / "p"), "--consent", str(file))
    assert (done.exit_code, "without the scopes acquire and analyse" in done.stderr) == (2, True)
    file.write_text(CONSENT.format(until="2020-01-01").replace("2999-12-31", "2020-01-01"))
    done = run_ios("-o", str(tmp_path / "p"), "--consent", str(file))
    assert (done.exit_code, "retention_until 2020-01-01 has passed" in done.stderr) == (2, True)
    assert phones.log() == []
    file.write_text(CONSENT.format(until="2999-12-31"))
    assert run_ios("-o", str(tmp_path / "p"), "--consent", str(file), "--no-check").exit_code == 0
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
    done = run_ios("-o", str(folder), "--consent", "none")
    assert (done.exit_code, "holds something else" in done.stderr) == (2, True)
    assert run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check").exit_code == 0
    phones.save(udids=[OTHER])
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none")
    assert (done.exit_code, "holds the acquisition of another phone" in done.stderr) == (2, True)
    (tmp_path / "p" / "acquisition.json").write_text('{"format": "bridle-acquisition", "schema": 1}')
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none")
    assert (done.exit_code, "is damaged; acquire into a new folder" in done.stderr) == (3, True)


def test_one_run_at_a_time(phones, tmp_path):
    folder = tmp_path / "p"
    assert run_ios("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run_ios("-o", str(folder), "--consent", "none", "--no-check")
    assert (done.exit_code, "another run acquires into" in done.stderr) == (2, True)


def test_a_run_that_was_cut_off_is_continued(phones, tmp_path):
    """The record of a run that died in a step says `running`."""
    folder = tmp_path / "p"
    assert run_ios("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
    told = stored(folder)
    told["steps"][-1] |= {"status": "running", "ended": "", "hashes": None}
    (folder / "acquisition.json").write_text(json.dumps(told))
    before = len(phones.ran())
    assert run_ios("-o", str(folder), "--consent", "none", "--no-check").exit_code == 0
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
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("bridle.acquire.work.shutil.disk_usage", lambda _: usage(100 << 20))
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 3
    assert "only 100 MiB are free on this disk" in done.stderr
    assert [p[0] for p in phones.ran()] == []


def test_less_room_than_the_phone_holds_is_asked_about(phones, tmp_path, monkeypatch):
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
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert done.exit_code == 0
    assert "the phone does not say whether it has a backup password; none was set" in done.stderr


def test_record_is_none_of_other_tools(tmp_path):
    (tmp_path / "acquisition.json").write_text('{"uuid": "1", "androidqf_version": "1.8"}')
    assert record.load(tmp_path) is None


def test_the_model_of_a_phone_forges_no_line(phones, tmp_path):
    about = plist(DeviceName="x", ProductType="iPhone\nVerdict    none", ProductVersion="17\nFAILED: all")
    phones.save(answers=phones.state["answers"] | {"": about})
    done = run_ios("-o", str(tmp_path / "p"), "--consent", "none", "--no-check")
    assert "Found iPhone Verdict    none, iOS 17 FAILED: all. It trusts this computer" in done.stderr
