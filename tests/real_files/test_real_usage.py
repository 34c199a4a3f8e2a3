"""Knowledge and Screen Time on real files, against counts taken with the sqlite3 module."""

from __future__ import annotations

from datetime import UTC, datetime

from corpus import needs_corpus
from real import PLASO, counts, of, read

pytestmark = needs_corpus


def test_knowledge_of_a_computer() -> None:
    found = read("ios.knowledge_c", PLASO / "macos" / "knowledgec-10.14.db")
    assert counts(found) == {"Object": 92, "StructuredMetadata": 13, "Source": 14, "PrimaryKey": 17}
    objects = of(found, "Object")
    assert sum(o.url is not None for o in objects) == 7
    assert sum(o.stream == "/app/inFocus" for o in objects) == 52
    assert objects[0].bundle_id == "com.apple.loginwindow"
    assert objects[0].start == datetime(2018, 12, 1, 14, 22, 57, tzinfo=UTC)
    assert sum(m.page_title is not None for m in of(found, "StructuredMetadata")) == 6


def test_screen_time_of_a_phone() -> None:
    found = read("ios.screen_time", PLASO / "ios" / "RMAdminStore-Local.sqlite")
    assert counts(found) == {
        "TimedItem": 777, "CountedItem": 719, "Category": 497, "UsageBlock": 744, "Usage": 3, "InstalledApp": 156,
        "DeviceState": 3, "Person": 1, "Device": 3, "Change": 19_929, "Transaction": 939, "Name": 10, "PrimaryKey": 34,
    }  # fmt: skip
    removed = [c for c in of(found, "Change") if c.kind == 2 and c.entity == 19]
    assert len(removed) == 74
    assert "com.apple.mobilemail" in {c.bundle_id for c in removed}
    assert of(found, "TimedItem")[0].seconds == 1006
