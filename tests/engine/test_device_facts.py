"""What a case says of the device: with its source, and without saying whose it is."""

import json
import plistlib
import tomllib

import pytest
from click.testing import CliRunner

from bridle.case.ledger import device_table
from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.detect.device import DeviceFact, device_facts, public, questions
from bridle.detect.memory import Memory
from bridle.phantom import device
from bridle.report.masking import masked, masks

HIDDEN = ("Device Name", "Serial Number", "Unique Identifier", "Phone Number", "IMEI")


def run(*arguments):
    return CliRunner().invoke(bridle, list(map(str, arguments)))


@pytest.fixture
def examined(tmp_path):
    """A case of a plain synthetic backup, and the backup's own description."""
    device.write("ios-backup", "infected", False, None, 1, tmp_path / "phone")
    done = run("check", tmp_path / "phone", "-o", tmp_path / "case")
    assert done.exit_code in (0, 1), done.output
    return tmp_path / "case", plistlib.loads((tmp_path / "phone" / "Info.plist").read_bytes())


def test_facts_stand_in_case_toml_with_their_record(examined):
    case, info = examined
    about = tomllib.loads((case / "case.toml").read_text())
    assert about["device"]["model"] == info["Product Type"]
    assert {"key": "model", "value": info["Product Type"], "source": "S1",
            "from": "ios.backup_info.fact /backup/Info.plist Product Type"} in about["device_facts"]  # fmt: skip
    serial = next(f for f in about["device_facts"] if f["key"] == "serial_number")
    assert serial["value"] == "recorded, not shown"
    assert about["acquisition"]["last_backup"].startswith(f"{info['Last Backup Date']:%Y-%m-%d}")


def test_nothing_readable_says_whose_device_it_is_unless_asked(examined):
    case, info = examined
    own = [str(info[k]) for k in HIDDEN if k in info]
    assert len(own) >= 4
    for file in ("case.toml", "report.html", "summary.json", "coverage.json"):
        text = (case / file).read_text("utf-8").lower()
        assert [v for v in own if v.lower() in text] == [], file
    asked = run("report", case, "--identify").output
    assert [v for v in own if v not in asked] == []
    assert "device name" in asked
    for form in ("csv", "jsonl", "html"):
        plain = run("report", case, "--format", form).output.lower()
        assert [v for v in own if v.lower() in plain] == [], form
    stored = open_case(case).sql("SELECT value FROM device WHERE identifying")[1]
    assert {v for (v,) in stored} >= set(own)


def test_an_unencrypted_backup_is_told_what_it_lacks(examined):
    case, _ = examined
    (note,) = json.loads((case / "coverage.json").read_text())["notes"]
    assert note.startswith("S1 (phone) is a backup that was made without encryption. Only an encrypted one holds")
    assert "the history of calls" in note
    assert "was made without encryption" in (case / "report.html").read_text("utf-8")


def test_an_encrypted_backup_is_told_nothing_of_the_kind(tmp_path):
    device.write("ios-backup", "clean", True, "synthetic", 1, tmp_path / "phone")
    (tmp_path / "word").write_text("synthetic")
    run("check", tmp_path / "phone", "-o", tmp_path / "case", "--password-file", tmp_path / "word")
    assert json.loads((tmp_path / "case" / "coverage.json").read_text())["notes"] == []


def test_a_fact_of_a_record_is_preferred_to_the_same_of_the_acquisition():
    told = [("S1", "model", "iPhone9,3"), ("S1", "os_version", "14.3"), ("S2", "imei", "350000000000006")]
    found = device_facts(Memory({}), told)
    assert [(f.source, f.key, f.value, f.identifying, f.table) for f in found] == [
        ("S1", "model", "iPhone9,3", False, None),
        ("S1", "os_version", "14.3", False, None),
        ("S2", "imei", "350000000000006", True, None),
    ]
    assert public(found)[-1] == {
        "key": "imei", "value": "recorded, not shown", "source": "S2", "from": "the acquisition's own description",
    }  # fmt: skip
    assert device_table(found)["identifying"].to_pylist() == [False, False, True]


def test_every_question_is_of_a_table_and_says_what_it_asks():
    from bridle import artifacts

    tables = {a.table(r) for name in artifacts.paths() for a in [artifacts.load(name)] for r in a.records}
    assert questions()
    assert [q.table for q in questions() if q.table not in tables] == []
    assert [q.key for q in questions() if not q.doc] == []


def test_hidden_values_are_replaced_wherever_they_stand():
    hidden = masks([("serial_number", "F4KQ1"), ("device_name", "F4KQ1 of Ada"), ("imei", "1234")])
    assert masked({"a": ["f4kq1 OF ada!", 3, None], "b": ("xF4KQ1x",)}, hidden) == {
        "a": ["[device_name]!", 3, None],
        "b": ["x[serial_number]x"],
    }
    assert masked("1234", hidden) == "1234"
    assert masks([]) == {}


def test_a_fact_is_cut_and_a_flood_of_values_is_bounded():
    import pyarrow as pa

    rows = [{"key": "Product Type", "value": f"  {'m' * 300}{n}", "_source": "S1", "_path": "/p", "_sha256": "0",
             "locator": f"{n:03}"} for n in range(40)]  # fmt: skip
    found = device_facts(Memory({"ios.backup_info.fact": pa.Table.from_pylist(rows)}), [])
    assert [f.value for f in found] == ["m" * 200]
    assert isinstance(found[0], DeviceFact)
