"""The audit of what is known of spyware on iPhones: each fact has rules that look for it, or a reason why none does."""

import re
import tomllib
from pathlib import Path

import pytest

from bridle.detect.rule import LEVELS, load_rules
from corpus import SHARED

FACTS = tomllib.loads((Path(__file__).parent / "knowledge_ios.toml").read_text("utf-8"))["fact"]
RULES = {r.id.removeprefix("ios-"): r for r in load_rules() if r.platform == "ios"}
KNOWLEDGE = SHARED / "knowledge" / "ios.md"
needs_knowledge = pytest.mark.skipif(
    not KNOWLEDGE.is_file(), reason="the collected knowledge is not beside this checkout"
)


def test_each_fact_is_told_once_and_has_rules_or_a_reason() -> None:
    assert len(FACTS) >= 160
    assert len({f["id"] for f in FACTS}) == len(FACTS)
    for fact in FACTS:
        assert fact.keys() <= {"id", "basis", "what", "rules", "why"}
        assert fact["basis"] in ("V", "V2", "M", "P")
        assert fact.get("rules") or fact.get("why"), fact["id"]


def test_each_named_rule_exists_and_each_rule_is_named() -> None:
    named = {name for fact in FACTS for name in fact.get("rules", ())}
    assert named == RULES.keys()


def test_what_was_not_seen_in_a_source_is_at_most_medium_and_experimental() -> None:
    seen = {name for f in FACTS if f["basis"] in ("V", "V2") for name in f.get("rules", ())}
    others = [r for name, r in RULES.items() if name not in seen]
    assert others
    for rule in others:
        assert LEVELS.index(rule.level) <= LEVELS.index("medium"), rule.id
        assert rule.status == "experimental", rule.id


def test_risky_states_are_at_most_low() -> None:
    told = {name: r.level for name, r in RULES.items() if r.stage == "exposure"}
    assert told
    assert {n: level for n, level in told.items() if LEVELS.index(level) > LEVELS.index("low")} == {}


@needs_knowledge
def test_no_row_of_the_knowledge_is_left_out() -> None:
    rows = re.findall(r"^\| ((?:[A-Z][A-Z0-9]*)(?:-[A-Z0-9]+)*-[0-9]+)\b", KNOWLEDGE.read_text("utf-8"), re.MULTILINE)
    assert len(rows) > 80
    assert sorted(set(rows) - {f["id"] for f in FACTS}) == []
