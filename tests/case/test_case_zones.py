"""The zone of a wall clock."""

from datetime import UTC, datetime

import pytest
from building import KEY, SMS, Message, rows, written

from bridle.case.ledger import device_table
from bridle.case.observables import observables
from bridle.case.timeline import timeline
from bridle.case.zones import in_utc, zones_of
from bridle.detect.device import DeviceFact

KNOWN = frozenset({"Europe/Belgrade", "Asia/Amman", "UTC"})


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], {}),
        ([("S1", "time_zone", "Europe/Belgrade")], {"S1": "Europe/Belgrade", "": "Europe/Belgrade"}),
        ([("S1", "model", "Europe/Belgrade")], {}),
        ([("S1", "time_zone", "Mars/Olympus'; DROP")], {}),
        ([("S1", "time_zone", "Asia/Amman"), ("S1", "time_zone", "UTC")], {}),
        (
            [("S1", "time_zone", "Asia/Amman"), ("S2", "time_zone", "UTC")],
            {"S1": "Asia/Amman", "S2": "UTC"},
        ),
        (
            [("S1", "time_zone", "Asia/Amman"), ("S1", "time_zone", "Asia/Amman"), ("S2", "time_zone", "nowhere")],
            {"S1": "Asia/Amman", "": "Asia/Amman"},
        ),
    ],
)
def test_a_source_has_a_zone_where_its_facts_agree(facts, expected):
    assert zones_of(facts, KNOWN) == expected


def case_in(tmp_path, *zones):
    facts = [DeviceFact(source=s, key="time_zone", value=z, identifying=False) for s, z in zones]
    table = rows(Message, SMS, [
        {"locator": "winter", "shown": datetime(2021, 1, 18, 9, 0)},
        {"locator": "summer", "shown": datetime(2021, 7, 18, 9, 0)},
    ])  # fmt: skip
    case = written(tmp_path / "case", KEY, {"ios.sms.message": table})
    made = device_table(facts)
    return _With(case, made)


class _With:
    """A case with a table of facts."""

    def __init__(self, case, device):
        self._case, self._device, self.path = case, device, case.path

    def tables(self):
        return self._case.tables() | {"device": self._device.schema}

    def batches(self, table, columns=None):
        if table != "device":
            return self._case.batches(table, columns)
        return iter(self._device.select(list(columns)).to_batches())

    def connect(self):
        return self._case.connect()


def told(case):
    return [(r["locator"], r["time"], r["zone_note"]) for r in timeline(case, tables=["ios.*"])]


def test_what_the_clock_showed_is_told_in_utc_with_the_zone_it_was_set_to(tmp_path):
    note = "wall clock, zone Europe/Belgrade as the phone was set"
    assert told(case_in(tmp_path, ("S1", "Europe/Belgrade"))) == [
        ("winter", "2021-01-18T08:00:00Z", note),
        ("summer", "2021-07-18T07:00:00Z", note),
    ]


def test_a_zone_of_another_source_of_the_device_holds_too(tmp_path):
    assert told(case_in(tmp_path, ("S2", "Asia/Amman")))[0][:2] == ("winter", "2021-01-18T07:00:00Z")


def test_without_a_zone_or_with_two_it_is_assumed_and_said(tmp_path):
    assert told(case_in(tmp_path, ("S1", "Asia/Amman"), ("S1", "UTC"))) == [
        ("winter", "2021-01-18T09:00:00Z", "wall clock, zone assumed UTC"),
        ("summer", "2021-07-18T09:00:00Z", "wall clock, zone assumed UTC"),
    ]


@pytest.mark.parametrize(
    ("source", "at", "expected"),
    [
        ("S1", {"S1": "Europe/Belgrade"}, datetime(2021, 7, 18, 7, 0, tzinfo=UTC)),
        ("S2", {"S1": "Europe/Belgrade"}, datetime(2021, 7, 18, 9, 0, tzinfo=UTC)),
        ("S2", {"": "Asia/Amman"}, datetime(2021, 7, 18, 6, 0, tzinfo=UTC)),
        ("S1", {"S1": "../etc/passwd"}, datetime(2021, 7, 18, 9, 0, tzinfo=UTC)),
    ],
)
def test_one_time_in_utc(source, at, expected):
    assert in_utc(datetime(2021, 7, 18, 9, 0), source, at) == expected
    assert in_utc(expected, source, at) is expected


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ([("S1", "Europe/Belgrade")], datetime(2021, 1, 18, 8, 0, tzinfo=UTC)),
        ([], None),
    ],
)
def test_what_was_seen_when_is_an_instant_or_not_known(tmp_path, zones, expected):
    table = rows(
        Message, SMS, [{"locator": "m:1", "link": "https://x.example.org/", "shown": datetime(2021, 1, 18, 9)}]
    )
    table = table.drop_columns(["written"])
    case = _With(
        written(tmp_path / "case", KEY, {"ios.sms.message": table}),
        device_table([DeviceFact(source=s, key="time_zone", value=z, identifying=False) for s, z in zones]),
    )
    found = {r["value"]: r["first_seen"] for r in observables(case).read_all().to_pylist() if r["table"] != "device"}
    assert found["https://x.example.org/"] == expected
    assert found["x.example.org"] == expected
