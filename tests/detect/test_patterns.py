"""Findings of published patterns: level, stage, words, evidence, and what a restricted one does not tell."""

import json
from dataclasses import replace
from typing import Any

import pytest
from test_detect_indicators import CASE, LURE, RUN, table

from bridle.case.ledger_counts import LedgerCounts
from bridle.detect.coverage import coverage
from bridle.detect.memory import Memory
from bridle.detect.patterns import match_patterns
from bridle.detect.rederive import rederived
from bridle.detect.run import detect
from bridle.indicators import CompoundIndicator, Indicator, IndicatorSet, Related
from bridle.indicators.stix import read

MESSAGE, PROCESS = "[url:value LIKE '%.attack.test/%']", "[process:name = 'exampled']"


def known(pattern: str, **more: Any) -> IndicatorSet:
    bundle = {"objects": [{"type": "indicator", "id": "indicator--1", "pattern": pattern, **more}]}
    found, warnings = read(json.dumps(bundle), "one.stix2")
    return IndicatorSet(
        indicators=tuple(i for i in found if isinstance(i, Indicator)), feeds=(), warnings=tuple(warnings),
        compounds=tuple(i for i in found if isinstance(i, CompoundIndicator)),
    )  # fmt: skip


def with_campaign(pattern: str, **more: Any) -> IndicatorSet:
    found = known(pattern, **more)
    (c,) = found.compounds
    named = CompoundIndicator(value=c.value, feeds=c.feeds, place=c.place, step=c.step, tlp=c.tlp,
                              campaigns=("Chimera",), valid_until=c.valid_until)  # fmt: skip
    return IndicatorSet(indicators=(), feeds=(), compounds=(named,))


def test_a_lure_followed_by_a_process_is_one_finding_with_both_rows() -> None:
    pattern = f"({MESSAGE} FOLLOWEDBY {PROCESS}) WITHIN 600 SECONDS"
    (f,) = detect(CASE, with_campaign(pattern), ()).findings
    assert (f.rule, f.title) == ("indicator-pattern", "Records together satisfy a published pattern")
    assert (f.level, f.stage, f.count) == ("high", "execution", 2)
    assert (f.first_seen, f.last_seen) == (LURE, RUN)
    assert f.message == (
        "2 rows together satisfy a pattern published for Chimera: "
        "exampled in ios.data_usage.process.name (network-user), "
        "read: https://a.attack.test/x1y2 in ios.sms.message.text (message)."
    )
    assert f.indicator is not None
    assert (f.indicator.kind, f.indicator.value, f.indicator.feeds) == ("pattern", pattern, ("one.stix2",))
    assert f.surfaces == ("message", "network-user")
    assert [(e.table, e.locator, e.time) for e in f.evidence] == [
        ("ios.sms.message", "message:7", LURE), ("ios.data_usage.process", "ZPROCESS:2", RUN),
    ]  # fmt: skip
    assert f.evidence[0].values["text"] == "read: https://a.attack.test/x1y2"
    assert rederived(CASE, f.as_dict(), ()) == []
    assert len(f.false_positives) == 6


def test_not_in_that_order_not_in_that_time() -> None:
    assert detect(CASE, known(f"{PROCESS} FOLLOWEDBY {MESSAGE}"), ()).findings == ()
    assert detect(CASE, known(f"({MESSAGE} FOLLOWEDBY {PROCESS}) WITHIN 599 SECONDS"), ()).findings == ()


@pytest.mark.parametrize(
    ("pattern", "campaign", "level", "stage"),
    [
        ("[process:name LIKE 'example_']", False, "high", "execution"),
        ("[process:name LIKE 'example_']", True, "critical", "execution"),
        (f"{MESSAGE} OR {PROCESS}", True, "critical", "execution"),
        (f"{MESSAGE} AND {PROCESS}", True, "high", "execution"),
        (MESSAGE, True, "high", "targeting"),
    ],
)
def test_the_weakest_leg_and_the_strongest_alternative_say_the_level(
    pattern: str, campaign: bool, level: str, stage: str
) -> None:
    indicators = (with_campaign if campaign else known)(pattern)
    (f,) = match_patterns(CASE, indicators.compounds).findings
    assert (f.level, f.stage, f.confidence) == (level, stage, "medium")


def test_a_feed_that_doubts_its_pattern_gives_little_confidence() -> None:
    (f,) = match_patterns(CASE, known(MESSAGE, confidence=49).compounds).findings
    assert f.confidence == "low"


def test_what_a_feed_relates_a_pattern_to_is_what_it_is_attributed_to() -> None:
    (c,) = known(MESSAGE).compounds
    sources = ("amnestytech/investigations/pegasus.stix2", "lookout/list.csv")
    related = tuple(Related(role="product", name="Pegasus", feed=feed) for feed in sources)
    (f,) = detect(CASE, IndicatorSet(indicators=(), feeds=(), compounds=(replace(c, related=related),)), ()).findings
    assert f.attribution is not None
    assert f.attribution.product is not None
    assert f.attribution.product.name.startswith("Pegasus")


def test_records_later_than_the_pattern_is_valid_are_told_one_level_lower() -> None:
    until = {"valid_until": "2021-07-18T12:00:00Z"}
    (f,) = detect(CASE, with_campaign(MESSAGE, **until), ()).findings
    assert f.level == "medium"
    assert "later than 2021-07-18, to which it is valid: one level lower" in f.message
    (f,) = detect(CASE, with_campaign(MESSAGE, valid_until="2021-07-18T12:00:01Z"), ()).findings
    assert f.level == "high"


def test_a_restricted_pattern_tells_neither_itself_nor_its_values() -> None:
    red = {"object_marking_refs": ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]}
    indicators = with_campaign(f"{MESSAGE} AND {PROCESS}", **red)
    hidden = json.dumps([f.as_dict() for f in detect(CASE, indicators).findings])
    shown = json.dumps([f.as_dict() for f in detect(CASE, indicators, audience="TLP:RED").findings])
    for secret in ("attack.test", "exampled", "Chimera", "x1y2", "process:name"):
        assert secret not in hidden
        assert secret in shown
    assert "restricted indicator 1" in hidden


def test_what_one_feed_keeps_to_itself_stands_in_no_output() -> None:
    both = IndicatorSet(
        indicators=(Indicator(kind="domain", value="attack.test", shown="attack.test", feeds=("own", "open"),
                              campaigns=("Hydra", "Chimera"), tlp="TLP:CLEAR", claims=_claims()),),
        feeds=(),
    )  # fmt: skip
    hidden = json.dumps([f.as_dict() for f in detect(CASE, both, ()).findings])
    assert "Chimera" in hidden
    assert "Hydra" not in hidden
    assert "own" not in json.loads(hidden)[0]["indicator"]["feeds"]
    assert "Hydra" in json.dumps([f.as_dict() for f in detect(CASE, both, (), audience="TLP:RED").findings])


def _claims() -> tuple[Any, ...]:
    from bridle.indicators.model import Claim

    return (
        Claim(feed="own", tlp="TLP:RED", campaigns=("Hydra",)),
        Claim(feed="open", tlp="TLP:CLEAR", campaigns=("Chimera",)),
    )


def test_more_rows_than_are_listed_come_from_a_query() -> None:
    many = [{"locator": f"message:{n}", "time": LURE, "text": f"https://a{n}.attack.test/"} for n in range(1, 1204)]
    case = Memory({"ios.sms.message": table("ios.sms.message", "/x/sms.db", *many)})
    (f,) = detect(case, known(MESSAGE), ()).findings
    assert (f.count, len(f.evidence)) == (1203, 1000)
    assert "https://a1.attack.test/ and 1,202 more values in ios.sms.message.text (message)." in f.message
    assert rederived(case, f.as_dict(), ()) == []


def test_what_cannot_be_answered_is_in_the_coverage() -> None:
    bad = known("[x-custom:foo = 1] AND [process:name = 'exampled']").compounds
    other = known("[file:hashes.MD5 = '" + "a" * 32 + "' AND file:size = 5]", id="indicator--2").compounds
    fine = known(MESSAGE, id="indicator--3").compounds
    indicators = IndicatorSet(indicators=(), feeds=(), compounds=(*bad, *other, *fine))
    made = detect(CASE, indicators, (), chains=())
    assert [(n.rule, n.missing) for n in made.not_examined] == [
        ("indicator-pattern", ("indicator--1",)), ("indicator-pattern", ("indicator--2",)),
    ]  # fmt: skip
    told = coverage(CASE, LedgerCounts(), made.not_examined, [], indicators, ["ios"])["indicators"]["patterns"]
    assert told == {
        "count": 3,
        "examined": True,
        "why": "2 of 3 could not be answered",
        "not_evaluable": [
            {"indicator": "indicator--1", "feeds": ["one.stix2"],
             "why": "character 2: the pattern key 'x-custom:foo' is not known"},
            {"indicator": "indicator--2", "feeds": ["one.stix2"],
             "why": "no examined record has, in one row, a field for file:hashes.MD5, file:size"},
        ],
        "not_evaluable_count": 2,
    }  # fmt: skip
    nothing = IndicatorSet(indicators=(), feeds=())
    assert "patterns" not in coverage(CASE, LedgerCounts(), [], [], nothing, ["ios"])["indicators"]
