"""Indicators and rules together over the tables of a small case."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from bridle.detect.examples import GAPS, catalogue
from bridle.detect.memory import Memory
from bridle.detect.rule import load_rules
from bridle.detect.run import detect
from bridle.indicators import Indicator, IndicatorSet

LURE = datetime(2021, 7, 18, 12, 0, tzinfo=UTC)
RUN = datetime(2021, 7, 18, 12, 10, tzinfo=UTC)


def table(name: str, path: str, *rows: dict[str, Any]) -> pa.Table:
    stamps = {"_source": "S1", "_path": path, "_sha256": "ab"}
    columns = catalogue()[name]
    return pa.table([pa.array([{**stamps, **r}.get(f.name) for r in rows], f.type) for f in columns], schema=columns)


CASE = Memory(
    {
        "ios.sms.message": table(
            "ios.sms.message", "/private/var/mobile/Library/SMS/sms.db",
            {"locator": "message:7", "time": LURE, "text": "read: https://a.attack.test/x1y2", "is_from_me": False},
            {"locator": "message:8", "time": LURE, "text": "lunch?"},
        ),
        "ios.data_usage.process": table(
            "ios.data_usage.process", "/private/var/wireless/Library/Databases/DataUsage.sqlite",
            {"locator": "ZPROCESS:1", "process_id": 1, "name": "apsd", "first_used": LURE},
            {"locator": "ZPROCESS:2", "process_id": 2, "name": "exampled", "first_used": RUN},
        ),
        "ios.data_usage.usage": table("ios.data_usage.usage", "/private/var/wireless"),
        "gaps": GAPS.empty_table(),
    }
)  # fmt: skip


def known(tlp: str | None = None) -> IndicatorSet:
    more: dict[str, Any] = {"feeds": ("one.stix2",), "campaigns": ("Chimera",), "tlp": tlp}
    return IndicatorSet(
        indicators=(
            Indicator(kind="domain", value="attack.test", shown="attack.test", **more),
            Indicator(kind="process-name", value="exampled", shown="exampled", **more),
        ),
        feeds=(),
    )


def test_lure_and_process_are_findings_that_stand_near_each_other() -> None:
    made = detect(CASE, known(), load_rules())
    run, lure, unknown = made.findings
    assert (unknown.rule, unknown.level) == ("ios-unknown-network-user", "informational")
    assert (run.rule, run.level, run.stage, run.first_seen) == (
        "indicator-process-name", "critical", "execution", RUN,
    )  # fmt: skip
    assert (lure.rule, lure.level, lure.stage, lure.first_seen) == ("indicator-domain", "high", "targeting", LURE)
    assert lure.message.startswith(
        "A record of messages, calls, contacts or appointments names attack.test, published for Chimera; it stands in "
        "ios.sms.message.text."
    )
    assert (run.corroborated_by, unknown.corroborated_by) == ((lure.id,), (lure.id,))
    assert lure.corroborated_by == (run.id, unknown.id)
    assert [e.locator for e in lure.evidence] == ["message:7"]
    assert "ios-process-name-resembles-system" not in {n.rule for n in made.not_examined}
    assert "ios-look-up-contains-nul" in {n.rule for n in made.not_examined}


def test_the_same_case_gives_the_same_bytes() -> None:
    once, again = (json.dumps([f.as_dict() for f in detect(CASE, known(), load_rules()).findings]) for _ in range(2))
    assert once == again


def test_an_uncited_message_is_in_no_finding() -> None:
    assert "lunch" not in json.dumps([f.as_dict() for f in detect(CASE, known(), ()).findings])


def test_restricted_indicators_are_masked_unless_the_audience_may_see_them() -> None:
    hidden = json.dumps([f.as_dict() for f in detect(CASE, known("TLP:RED"), ()).findings])
    shown = json.dumps([f.as_dict() for f in detect(CASE, known("TLP:RED"), (), audience="TLP:RED").findings])
    for secret in ("attack.test", "exampled", "Chimera", "x1y2"):
        assert secret not in hidden
        assert secret in shown
    assert "restricted indicator 1" in hidden
    assert "restricted indicator 2" in hidden
