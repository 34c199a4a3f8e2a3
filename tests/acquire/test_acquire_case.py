"""From phones on cables to cases: what is examined, under which names, and what the chain of custody says."""

import json
import tomllib

import pytest
from click.testing import CliRunner

from bridle.case.manifest import verify_manifest
from bridle.cli import bridle
from fake_phones import SERIAL, UDID, plist


def run(*arguments):
    return CliRunner().invoke(bridle, list(arguments))


def made(out, kind, *more):
    done = run("phantom", "device", str(out), "--kind", kind, *more)
    assert done.exit_code == 0, done.output
    return out


def custody(case):
    return [json.loads(line) for line in (case / "custody.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def bugreport(tmp_path_factory):
    return made(tmp_path_factory.mktemp("made") / "bugreport.zip", "bugreport")


@pytest.fixture(scope="module")
def backup(tmp_path_factory):
    return made(tmp_path_factory.mktemp("made") / "backup", "ios-backup", "--encrypted")


def test_android_becomes_a_case_with_its_history(phones, bugreport, tmp_path):
    (phones.bin / "androidqf").unlink()
    phones.save(bugreport=str(bugreport))
    folder = tmp_path / "phone"
    done = run("acquire", "android", "--yes", "--consent", "none", "-o", str(folder), "--json")
    told = json.loads(done.stdout)
    assert (told["exit"], done.exit_code) == (1, 1)
    assert told["summary"] == json.loads((folder / "case" / "summary.json").read_text())
    assert verify_manifest(folder / "case") == []
    events = custody(folder / "case")
    assert [e["event"] for e in events] == [
        "check", "acquisition", "acquisition: phone changed", "acquisition: step", "acquisition: step"
    ]  # fmt: skip
    whole = events[1]
    assert whole["tools"] == {"adb": "Android Debug Bridge version 1.0.41"}
    assert whole["consent"] == "none recorded"
    assert events[3]["commands"] == ["adb -s PHONE bugreport FOLDER/evidence/bugreport/bugreport.zip"]
    assert events[3]["hashes"]["files"] == 1
    text = (folder / "case" / "custody.jsonl").read_text()
    assert SERIAL not in text
    assert str(tmp_path) not in text


def test_bounds_that_are_moved(phones, bugreport, tmp_path):
    (phones.bin / "androidqf").unlink()
    phones.save(bugreport=str(bugreport))
    asked = ("acquire", "android", "--yes", "--consent", "none", "-o", str(tmp_path / "phone"))
    wrong = run(*asked, "--limit", "members")
    assert (wrong.exit_code, (tmp_path / "phone").exists()) == (2, False)
    done = run(*asked, "--limit", "members=1", "--json")
    assert done.exit_code == 3, done.output
    examination = tomllib.loads((tmp_path / "phone" / "case" / "case.toml").read_text())["examination"]
    assert examination["limits"] == ["members=1"]


def test_check_of_the_folder_examines_what_is_in_it(phones, bugreport, tmp_path):
    (phones.bin / "androidqf").unlink()
    phones.save(bugreport=str(bugreport))
    folder = tmp_path / "phone"
    assert run("acquire", "android", "--yes", "--consent", "none", "-o", str(folder), "--no-check").exit_code == 0
    done = run("check", str(folder), "-o", str(tmp_path / "case"))
    assert done.exit_code == 1, done.output
    assert 'label = "bugreport"' in (tmp_path / "case" / "case.toml").read_text()
    assert "acquisition" in [e["event"] for e in custody(tmp_path / "case")]
    assert custody(tmp_path / "case")[-1]["differing"] == 0
    received = folder / "evidence" / "bugreport" / "bugreport.zip"
    received.write_bytes(received.read_bytes() + b" ")
    done = run("check", str(folder), "-o", str(tmp_path / "case1"), "--only", "android.getprop")
    assert "evidence/bugreport/bugreport.zip: not as it was received" in done.stderr
    assert custody(tmp_path / "case1")[-1]["differing"] == 1
    received.unlink()
    done = run("check", str(folder), "-o", str(tmp_path / "case2"))
    assert done.exit_code == 3
    assert "holds no evidence that could be examined" in done.stderr


def test_an_encrypted_backup_without_its_password_is_left_out(phones, backup, tmp_path):
    phones.state["answers"]["com.apple.mobile.backup"] = plist(WillEncrypt=True)
    phones.save(backup=str(backup))
    folder = tmp_path / "phone"
    done = run("acquire", "ios", "--yes", "--consent", "none", "-o", str(folder))
    assert "It is left out" in done.stderr
    assert done.exit_code == 3
    labels = [line for line in (folder / "case" / "case.toml").read_text().splitlines() if line.startswith("label")]
    assert labels == ['label = "crash logs"']
    (tmp_path / "password").write_text("synthetic")
    done = run(
        "acquire", "ios", "--yes", "--consent", "none", "-o", str(folder), "--password-file", str(tmp_path / "password")
    )
    assert done.exit_code == 1, done.stderr
    labels = [line for line in (folder / "case-2" / "case.toml").read_text().splitlines() if line.startswith("label")]
    assert labels == ['label = "crash logs"', 'label = "backup"']
    assert UDID not in (folder / "case-2" / "custody.jsonl").read_text()


def test_a_failed_step_shows_in_the_exit_code(phones, bugreport, tmp_path):
    phones.save(bugreport=str(bugreport), androidqf=str(tmp_path / "nothing"))
    (tmp_path / "nothing").mkdir()
    done = run("acquire", "android", "--yes", "--consent", "none", "-o", str(tmp_path / "phone"))
    assert done.exit_code == 4
    assert "androidqf failed: androidqf left no acquisition" in done.stderr


def test_an_archive_without_its_identity_is_left_out(phones, bugreport, tmp_path):
    left = tmp_path / "left"
    left.mkdir()
    made(left / "acquisition.zip.age", "androidqf", "--encrypted")
    phones.save(bugreport=str(bugreport), androidqf=str(left))
    folder = tmp_path / "phone"
    done = run("acquire", "android", "--yes", "--consent", "none", "-o", str(folder))
    assert done.exit_code == 4, done.stderr
    assert "It is left out; `bridle check" in done.stderr
    labels = [line for line in (folder / "case" / "case.toml").read_text().splitlines() if line.startswith("label")]
    assert labels == ['label = "bugreport"']
