"""Who used the network and when, on real files, against counts taken with the sqlite3 module, plistlib and grep."""

from __future__ import annotations

from datetime import UTC, datetime

from artifact_files import gaps
from corpus import needs_corpus
from real import PLASO, counts, of, read

pytestmark = needs_corpus


def test_net_usage_of_a_file_system() -> None:
    found = read("ios.net_usage", PLASO / "ios" / "netusage.sqlite")
    assert counts(found) == {
        "Process": 260, "Usage": 335, "NetworkAttachment": 49, "RoutePerformance": 49, "PrimaryKey": 18,
    }  # fmt: skip
    assert {k.entity: k.last for k in of(found, "PrimaryKey")}["Process"] == 282
    assert {p.process_id for p in of(found, "Process")} == {u.process_id for u in of(found, "Usage")}
    assert sum("/" in (p.name or "") for p in of(found, "Process")) == 68
    first, usage = of(found, "Process")[0], of(found, "Usage")[0]
    assert (first.name, first.first_used) == ("configd", datetime(2021, 1, 17, 19, 23, 37, 411826, tzinfo=UTC))
    assert (usage.wifi_in, usage.wifi_out, usage.wwan_in, usage.flows) == (2246216, 34112, 111942, 4521)
    assert "locationd" in {p.delegate for p in of(found, "Process")}
    assert gaps(found) == []
