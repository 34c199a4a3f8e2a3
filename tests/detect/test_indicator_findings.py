"""Hits become findings."""

import dataclasses
import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridle.detect.hits import findings_of

NOON = datetime(2021, 7, 18, 12, 0, tzinfo=UTC)
VALUES = {"name": "bh", "_path": "x", "locator": "y", "process_id": 2}


@dataclass(frozen=True, kw_only=True)
class Published:
    kind: str = "process-name"
    value: str = "bh"
    shown: str = "bh"
    feeds: tuple[str, ...] = ("nso.stix2",)
    campaigns: tuple[str, ...] = ("Pegasus",)
    tlp: str | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    indicator: Published = Published()
    strength: str = "exact"
    surface: str = "network-user"
    table: str = "ios.data_usage.process"
    field: str = "name"
    value: str = "bh"
    source: str = "S1"
    path: str = "/private/var/wireless/Library/Databases/DataUsage.sqlite"
    sha256: str | None = "ab"
    locator: str = "ZPROCESS:2"
    time: datetime | None = NOON
    values: dict[str, Any] = dataclasses.field(default_factory=lambda: dict(VALUES))


def test_one_hit_is_one_finding_that_says_what_the_record_shows() -> None:
    (f,) = findings_of([Seen()])
    assert (f.rule, f.level, f.stage, f.count) == ("indicator-process-name", "critical", "execution", 1)
    assert f.message == (
        "The record shows network use by a process named bh, published for Pegasus; it is named in "
        "ios.data_usage.process.name. One file alone supports this."
    )
    assert f.evidence[0].values == {"name": "bh", "process_id": 2}
    assert (f.first_seen, f.last_seen, f.surfaces) == (NOON, NOON, ("network-user",))
    place = "/private/var/wireless/Library/Databases/DataUsage.sqlite"
    whole = f"indicator-process-name\0bh\0ios.data_usage.process\0{place}\0ZPROCESS:2"
    assert f.id == hashlib.sha256(whole.encode()).hexdigest()
    assert f.indicator is not None
    assert (f.indicator.value, f.indicator.feeds, f.indicator.campaigns) == ("bh", ("nso.stix2",), ("Pegasus",))


def test_a_truncated_name_is_one_level_lower_and_says_so() -> None:
    (f,) = findings_of([Seen(strength="truncated")])
    assert f.level == "high"
    assert "only begins like it, so this is a weaker match" in f.message


def test_an_exact_hit_beside_a_truncated_one_decides() -> None:
    (f,) = findings_of([Seen(strength="truncated", locator="ZPROCESS:1"), Seen()])
    assert f.level == "critical"
    assert "weaker" not in f.message
    assert f.count == 2


def test_without_a_published_campaign_nothing_is_critical() -> None:
    (f,) = findings_of([Seen(indicator=Published(campaigns=(), feeds=("list.txt",)))])
    assert f.level == "high"
    assert "listed by list.txt" in f.message


def test_one_finding_for_each_indicator_whatever_the_source() -> None:
    other = Published(kind="domain", value="attack.test", shown="attack.test")
    same, again = Seen(source="S2"), Seen(source="S2", sha256="cd")
    found = findings_of([Seen(), same, again, Seen(indicator=other, surface="message", table="ios.sms.message")])
    assert [(f.rule, f.count) for f in found] == [("indicator-domain", 1), ("indicator-process-name", 2)]
    assert [e.sha256 for e in found[1].evidence] == sorted([Seen().sha256, "cd"])


def test_several_surfaces_are_one_finding_told_by_the_strongest() -> None:
    mention = Seen(
        surface="file-present", table="ledger", field="path", path="/private/var/x/bh", locator="1", time=None
    )
    (f,) = findings_of([mention, Seen(), Seen(locator="ZPROCESS:7")])
    assert (f.level, f.stage, f.count, f.surfaces) == ("critical", "execution", 3, ("file-present", "network-user"))
    assert f.message.endswith("3 rows in 2 files name it. Rows of other kinds: file-present (1).")
    assert "One file alone" not in f.message


def test_an_app_that_ran_is_told_as_one_that_ran() -> None:
    spy = Published(kind="app-id", value="com.example.spy", shown="com.example.spy")
    there = Seen(indicator=spy, surface="installed-app", table="android.package.package", field="package_name")
    ran = Seen(indicator=spy, surface="running-process", table="android.process_list.process", field="package_name")
    (f,) = findings_of([there, ran])
    assert (f.level, f.stage, f.title) == ("high", "execution", "A published surveillance app is recorded as active")


def test_a_connection_says_more_than_a_look_up() -> None:
    host = Published(kind="ip-address", value="192.0.2.7", shown="192.0.2.7")
    answer = Seen(indicator=host, surface="look-up", table="android.intrusion_log.dns_event", field="ip_addresses")
    used = Seen(indicator=host, table="android.intrusion_log.connect_event", field="ip_address")
    (f,) = findings_of([answer, used])
    assert f.message.startswith("The record shows traffic with 192.0.2.7")
    (f,) = findings_of([answer])
    assert f.message.startswith("The record of a look-up names 192.0.2.7, published for Pegasus; it stands in")


@pytest.mark.parametrize("surface", ["installed-app", "running-process", "network-user", "mention"])
def test_a_tool_that_takes_data_off_phones_is_no_spyware(surface: str) -> None:
    helper = Published(kind="app-id", value="com.client.appA", shown="com.client.appA", campaigns=("Cellebrite",))
    (f,) = findings_of([Seen(indicator=helper, surface=surface, table="android.package.package")])
    assert (f.stage, f.title) == ("exfiltration", "A record names a trace of a tool that takes data off phones")
    assert f.level == ("low" if surface == "mention" else "high")
    both = Published(kind="app-id", value="com.client.appA", shown="x", campaigns=("Cellebrite", "Example"))
    (f,) = findings_of([Seen(indicator=both, surface="running-process")])
    assert f.stage == "execution"


def test_a_row_that_holds_it_in_two_fields_counts_once() -> None:
    (f,) = findings_of([Seen(), Seen(field="bundle_id")])
    assert f.count == 1


def test_a_file_that_was_only_listed_says_so() -> None:
    path = Published(kind="file-path", value="/private/var/tmp/x", shown="/private/var/tmp/x")
    hit = Seen(indicator=path, surface="file-present", table="ledger", field="path", values={"status": "absent"})
    (f,) = findings_of([hit])
    assert (f.level, f.stage) == ("high", "exploitation")
    assert "The acquisition only lists the file (absent); its content was not read." in f.message


def test_beyond_a_thousand_rows_there_is_a_query_for_all() -> None:
    hits = [Seen(locator=f"ZPROCESS:{n}") for n in range(1, 1003)]
    (f,) = findings_of(reversed(hits))
    assert (f.count, len(f.evidence), f.evidence[0].locator) == (1002, 1000, "ZPROCESS:1")
    assert f.evidence_query == (
        "SELECT 'ios.data_usage.process' AS \"table\", r._path AS path, r._sha256 AS sha256, r.locator AS locator "
        'FROM "ios.data_usage.process" AS r WHERE r."name" IN (\'bh\') '
        "QUALIFY row_number() OVER (PARTITION BY r._path, r.locator, coalesce(r._sha256, r._source)) = 1 ORDER BY ALL"
    )


def test_the_order_of_hits_does_not_change_the_findings() -> None:
    hits = [Seen(), Seen(locator="ZPROCESS:1", strength="truncated"), Seen(surface="crash", path="/a", locator="0")]
    assert findings_of(hits) == findings_of(hits[::-1])


def test_many_campaigns_are_named_in_short() -> None:
    (f,) = findings_of([Seen(indicator=replace(Published(), campaigns=("A", "B", "C", "D", "E")))])
    assert "published for A, B, C and 2 more" in f.message


def test_a_deleted_row_is_told_as_one() -> None:
    (f,) = findings_of([Seen(table="ios.data_usage.recovered_process")])
    assert "The row was deleted or replaced: it was read from space that the database no longer uses." in f.message
    (f,) = findings_of([Seen()])
    assert "deleted" not in f.message


def test_first_and_last_are_instants_and_a_row_keeps_what_its_clock_showed() -> None:
    shown = datetime(2021, 7, 18, 14, 0)
    hits = [Seen(time=shown), Seen(time=shown + timedelta(hours=1), source="S2", locator="ZPROCESS:3")]
    (f,) = findings_of(hits, {"S1": "Europe/Belgrade"})
    assert (f.first_seen, f.last_seen) == (
        datetime(2021, 7, 18, 12, 0, tzinfo=UTC),
        datetime(2021, 7, 18, 15, 0, tzinfo=UTC),
    )
    assert [e.as_dict()["time"] for e in f.evidence] == ["2021-07-18T14:00:00", "2021-07-18T15:00:00"]
