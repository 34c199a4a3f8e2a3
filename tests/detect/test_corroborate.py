"""Which findings stand near which."""

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from finding_samples import evidence, finding

from bridle.detect.corroborate import corroborated

NOON = datetime(2021, 7, 18, 12, 0, tzinfo=UTC)
LURE = finding(id="lure", stage="targeting", evidence=(evidence("/sms.db", time=NOON, table="sms"),))


def near(**other: object) -> tuple[str, ...]:
    more = {"path": "/DataUsage.sqlite", "table": "usage", "time": NOON + timedelta(minutes=30), **other}
    stage = more.pop("stage", "execution")
    second = finding(id="run", stage=stage, evidence=(evidence(**more),))
    return corroborated([LURE, second])[0].corroborated_by


def test_two_stages_in_two_files_within_half_an_hour() -> None:
    assert near() == ("run",)
    assert near(time=NOON - timedelta(minutes=30)) == ("run",)


@pytest.mark.parametrize(
    "other",
    [
        {"time": NOON + timedelta(minutes=30, microseconds=1)}, {"time": NOON - timedelta(minutes=31)},
        {"path": "/sms.db"}, {"table": "sms"}, {"stage": "targeting"}, {"time": None},
        {"time": datetime(2021, 7, 18, 12)},
    ],
)  # fmt: skip
def test_otherwise_they_stand_alone(other: dict[str, object]) -> None:
    assert near(**other) == ()


def test_it_is_mutual_and_any_pair_of_rows_will_do() -> None:
    rows = (evidence("/u", time=NOON - timedelta(days=9), table="u"), evidence("/u", time=NOON, table="u"))
    second = finding(id="run", stage="execution", evidence=rows)
    third = finding(id="gone", stage="tampering", evidence=(evidence("/v", time=NOON - timedelta(days=9), table="v"),))
    found = corroborated([LURE, second, third])
    assert [(f.id, f.corroborated_by) for f in found] == [
        ("lure", ("run",)), ("run", ("lure", "gone")), ("gone", ("run",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ios.data_usage.process", "ios.net_usage.usage"),  # one daemon counts for both
        ("ios.net_usage.usage", "ios.osanalytics_addaily.network_use"),  # the second is taken from the first
    ],
)
def test_a_second_print_of_the_same_is_no_second_witness(one: str, other: str) -> None:
    first = finding(id="a", stage="execution", evidence=(evidence("/a", time=NOON, table=one),))
    second = finding(id="b", stage="exfiltration", evidence=(evidence("/b", time=NOON, table=other),))
    assert [f.corroborated_by for f in corroborated([first, second])] == [(), ()]


def test_many_files_and_rows_take_no_time() -> None:
    rows = [evidence(f"/{n}", time=NOON + timedelta(days=n), table="ios.crash_report.crash") for n in range(1000)]
    others = [evidence(f"/{n}", time=NOON + timedelta(days=n, hours=9), table="ios.sms.message") for n in range(1000)]
    found = [finding(id=f"c{n}", stage="execution", evidence=tuple(rows)) for n in range(40)]
    found += [finding(id=f"m{n}", stage="targeting", evidence=tuple(others)) for n in range(40)]
    begun = process_time()
    assert {f.corroborated_by for f in corroborated(found)} == {()}
    assert process_time() - begun < 5
