"""An Android phone step by step, with programs that are not the real ones."""

import json
import zipfile

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from fake_phones import SERIAL


def run(*arguments):
    return CliRunner().invoke(bridle, ["acquire", "android", "--yes", "--consent", "none", *arguments])


def stored(folder):
    return json.loads((folder / "acquisition.json").read_text())


@pytest.fixture
def android(phones):
    with zipfile.ZipFile(phones.folder / "bugreport.zip", "w") as archive:
        archive.writestr("version.txt", "2.0")
    made = phones.folder / "androidqf"
    made.mkdir()
    (made / "acquisition.json").write_text('{"uuid": "1", "androidqf_version": "1.8.4"}')
    phones.save(bugreport=str(phones.folder / "bugreport.zip"), androidqf=str(made), ahead=-40)
    return phones


def test_bugreport_first_then_androidqf(android, tmp_path):
    folder = tmp_path / "phone"
    done = run("-o", str(folder), "--no-check")
    assert done.exit_code == 0, done.stderr
    assert android.ran() == [
        ("adb", "-s", SERIAL, "bugreport", f"{folder}/evidence/bugreport/bugreport.zip"),
        ("androidqf", "-s", SERIAL, "-o", f"{folder}/evidence/androidqf", "-non-interactive", "-backup", "none",
         "-download", "all"),
    ]  # fmt: skip
    told = stored(folder)
    assert told["device"] == {"id": SERIAL, "model": "SM-A525F", "os_version": "14"}
    assert -42 <= told["clocks"][0]["device_ahead_seconds"] <= -39
    assert [c["what"] for c in told["state_changes"]] == [
        "a bugreport was made: the phone keeps a copy in its folder of bugreports",
        "androidqf put a program of its own on the phone to collect files",
    ]
    assert told["steps"][0]["hashes"]["files"] == 1


def test_androidqf_that_asks_is_left_to_a_terminal(android, tmp_path):
    android.save(androidqf_help="Usage of androidqf:\n  -fast\n")
    done = run("-o", str(tmp_path / "p"), "--no-check")
    assert done.exit_code == 0
    assert [(s["name"], s["status"]) for s in stored(tmp_path / "p")["steps"]] == [
        ("bugreport", "done"), ("androidqf", "skipped")
    ]  # fmt: skip
    assert "run the same command on a terminal, without --yes" in done.stderr


def test_without_androidqf_it_says_where_to_get_it_and_is_done_later(android, tmp_path):
    (android.bin / "androidqf").unlink()
    done = run("-o", str(tmp_path / "p"), "--no-check")
    assert done.exit_code == 0
    assert "androidqf is not here; download it from https://github.com/mvt-project/androidqf/releases" in done.stderr
    android.install("androidqf")
    done = run("-o", str(tmp_path / "p"), "--no-check")
    assert stored(tmp_path / "p")["steps"][-1]["status"] == "done"
    assert [p[0] for p in android.ran()] == ["adb", "androidqf"]


@pytest.mark.parametrize(
    ("state", "told"),
    [("unauthorized usb:1-1", "the phone does not trust this computer yet"),
     ("no permissions (user in plugdev group)", "this computer may not use the phone's USB port"),
     ("offline", "the phone is offline: unplug it")],
)  # fmt: skip
def test_a_phone_that_cannot_be_used(android, tmp_path, state, told):
    android.save(serials=[[SERIAL, state]])
    done = run("-o", str(tmp_path / "p"))
    assert (done.exit_code, told in done.stderr) == (3, True)


def test_phones_over_the_air_are_none(android, tmp_path):
    android.save(serials=[["192.0.2.7:5555", "device"], ["adb-R58M-x._adb-tls-connect._tcp", "device"]])
    done = run("-o", str(tmp_path / "p"))
    assert (done.exit_code, "no Android phone is on a cable" in done.stderr) == (3, True)


def test_two_phones(android, tmp_path):
    android.save(serials=[[SERIAL, "device"], ["R58M1111111", "unauthorized"]])
    done = run("-o", str(tmp_path / "p"))
    assert (done.exit_code, "choose with --serial" in done.stderr) == (2, True)
    assert run("-o", str(tmp_path / "p"), "--serial", SERIAL, "--no-check").exit_code == 0


def test_a_pulled_cable(android, tmp_path):
    android.save(bad={"adb": {"code": 1, "err": f"adb: error: device '{SERIAL}' not found\n", "times": 9}})
    done = run("-o", str(tmp_path / "p"), "--no-check")
    assert done.exit_code == 3
    assert "bugreport failed: adb: error: device 'PHONE' not found; see that the cable sits" in done.stderr
    told = stored(tmp_path / "p")
    assert told["clocks"] == [{k: v for k, v in c.items() if k.startswith("host_")} for c in told["clocks"]]
    assert told["steps"][-1]["status"] == "done"


def test_half_a_bugreport_is_not_done(android, tmp_path):
    (android.folder / "bugreport.zip").write_bytes(b"PK\x03\x04half")
    done = run("-o", str(tmp_path / "p"), "--no-check")
    assert (done.exit_code, "the bugreport is not whole" in done.stderr) == (3, True)
