"""What a case says of the device: with its source, and without saying whose it is."""

import json
import plistlib
import tomllib
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from click.testing import CliRunner

from bridle.case.ledger import device_table
from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.detect.device import DeviceFact, device_facts, public, questions
from bridle.detect.examples import catalogue
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
    assert [t for q in questions() for t in (q.table, *q.needs) if t not in tables] == []
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
    rows = [{"key": "Product Type", "value": f"  {'m' * 300}{n}", "_source": "S1", "_path": "/p", "_sha256": "0",
             "locator": f"{n:03}"} for n in range(40)]  # fmt: skip
    table = "ios.backup_info.fact"
    found = device_facts(Memory({table: pa.Table.from_pylist(rows, catalogue()[table])}), [])
    assert [f.value for f in found] == ["m" * 200]
    assert isinstance(found[0], DeviceFact)


def test_every_question_can_be_asked_of_its_table():
    """Over empty tables with the columns that the artifacts give."""
    asked = {t for q in questions() for t in (q.table, *q.needs)}
    empty = {t: pa.table([pa.array([], f.type) for f in s], schema=s) for t, s in catalogue().items() if t in asked}
    assert set(empty) == asked
    assert device_facts(Memory(empty), []) == ()


def test_what_the_records_of_a_sysdiagnose_and_a_file_system_say():
    def rows(table, *found):
        schema = catalogue()[table]
        stamps = {"_source": "S1", "_path": "/p", "_sha256": "0"}
        return {table: pa.Table.from_pylist([stamps | {"locator": str(n)} | r for n, r in enumerate(found)], schema)}

    at = datetime(2026, 1, 2, 8, 4, 5, tzinfo=UTC)
    case = Memory(
        rows("ios.remotectl.fact", {"device": 1, "key": "Properties/OSVersion", "value": "18.5"},
             {"device": 2, "key": "Properties/OSVersion", "value": "15.1"},
             {"device": 1, "key": "Properties/SerialNumber", "value": "F4KQ1XYZ"})
        | rows("ios.sysdiagnose_log.archive", {"time": at, "utc_offset": "-0500"})
        | rows("ios.global_preferences.phone", {"lockdown_mode": False})
        | rows("ios.cellular_usage.subscriber", {"iccid": "8900000000000000001", "number": "+15550100"},
               {"iccid": "8900000000000000002"})
        | rows("ios.lockdown_facts.fact", {"name": "TimeZone", "value": "Europe/Paris"})
        | rows("ios.unified_log.log", {"zone": "/var/db/timezone/zoneinfo/Europe/Zurich", "model": "iPhone14,2"})
        | rows("ios.backup_info.fact", {"_path": "/backup/Status.plist", "key": "Date", "time": at},
               {"_path": "/backup/Info.plist", "key": "Last Backup Date", "time": at - timedelta(seconds=90)})
    )  # fmt: skip
    assert [(f.key, f.value, f.identifying) for f in device_facts(case, [])] == [
        ("acquired", "2026-01-02T08:04:05Z", False),
        ("clock_difference", "90", False),
        ("iccid", "8900000000000000001", True),
        ("iccid", "8900000000000000002", True),
        ("lockdown_mode", "off", False),
        ("model", "iPhone14,2", False),
        ("os_version", "18.5", False),
        ("phone_number", "+15550100", True),
        ("serial_number", "F4KQ1XYZ", True),
        ("time_zone", "Europe/Paris", False),
        ("time_zone", "Europe/Zurich", False),
        ("utc_offset", "-0500", False),
    ]


@pytest.mark.parametrize(
    ("shown", "difference"),
    [("12:00:00", None), ("14:00:00", "0"), ("14:00:07", "0"), ("13:59:55", "-5"), ("14:10:03", "3")],
)
def test_an_android_phones_clock_is_compared_with_the_computers(shown, difference):
    """Belgrade is two hours ahead in summer: the acquisition lasted from 14:00:00 to 14:10:00 there."""
    stamps = {"_source": "S1", "_path": "/bugreport/dumpstate.txt", "_sha256": "0"}

    def table(of, **row):
        return {of: pa.Table.from_pylist([stamps | {"locator": of} | row], catalogue()[of])}

    zone = "Europe/Belgrade" if difference else "Mars/Olympus"
    case = Memory(
        table("android.androidqf_acquisition.acquisition", started=datetime(2026, 7, 1, 12, 0, tzinfo=UTC),
              completed=datetime(2026, 7, 1, 12, 10, tzinfo=UTC))
        | table("android.dumpstate.report", time=datetime.fromisoformat(f"2026-07-01T{shown}"))
        | table("android.getprop.property", name="persist.sys.timezone", value=zone)
    )  # fmt: skip
    found = [f.value for f in device_facts(case, []) if f.key == "clock_difference"]
    assert found == ([difference] if difference else [])
    acquired = {f.value for f in device_facts(case, []) if f.key == "acquired"}
    assert acquired == {"2026-07-01T12:00:00Z", f"2026-07-01T{shown}"}
