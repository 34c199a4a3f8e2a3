"""The audit of what is known of spyware on phones: each fact has rules that look for it, or a reason for none."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from bridle.detect.rule import LEVELS, Rule, load_rules
from corpus import SHARED

LEAST = {"ios": 160, "android": 150}
"""How many facts each platform has at least."""
KNOWLEDGE = SHARED / "knowledge"
DESCRIBES_DATA = ("android 2.", "android 3", "android 4.", "mvt ", "investigation ")
"""Facts about where something is stored, or what other tools alert on: they do not say how much a detection tells."""
COUNTED = {"1.2": 34, "2.3": 13, "2.4": 20, "2.5": 5}
"""Tables of the knowledge on Android whose rows bear no number, and how many rows each has."""

platforms = pytest.mark.parametrize("platform", LEAST)


def needs_knowledge(name: str) -> pytest.MarkDecorator:
    """Skips where the collected knowledge is not there."""
    reason = "the collected knowledge is not beside this checkout"
    return pytest.mark.skipif(not (KNOWLEDGE / name).is_file(), reason=reason)


def facts_of(platform: str) -> list[dict[str, Any]]:
    """The facts of a platform, as the audit tells them."""
    facts: list[dict[str, Any]] = tomllib.loads(
        (Path(__file__).parent / f"knowledge_{platform}.toml").read_text("utf-8")
    )["fact"]
    return facts


def rules_of(platform: str) -> dict[str, Rule]:
    """The rules of a platform, by their names without the platform."""
    return {r.id.removeprefix(f"{platform}-"): r for r in load_rules() if r.platform == platform}


@platforms
def test_each_fact_is_told_once_and_has_rules_or_a_reason(platform: str) -> None:
    facts = facts_of(platform)
    assert len(facts) >= LEAST[platform]
    assert len({f["id"] for f in facts}) == len(facts)
    for fact in facts:
        assert fact.keys() <= {"id", "basis", "what", "rules", "why"}
        assert fact["basis"] in ("V", "V2", "M", "P")
        assert fact.get("rules") or fact.get("why"), fact["id"]


@platforms
def test_each_named_rule_exists_and_each_rule_is_named(platform: str) -> None:
    named = {name for fact in facts_of(platform) for name in fact.get("rules", ())}
    assert named == rules_of(platform).keys()


@platforms
def test_what_was_not_seen_in_a_source_is_at_most_medium_and_experimental(platform: str) -> None:
    facts = [f for f in facts_of(platform) if f["basis"] in ("V", "V2") and not f["id"].startswith(DESCRIBES_DATA)]
    seen = {name for f in facts for name in f.get("rules", ())}
    others = [r for name, r in rules_of(platform).items() if name not in seen]
    assert others
    for rule in others:
        assert LEVELS.index(rule.level) <= LEVELS.index("medium"), rule.id
        assert rule.status == "experimental", rule.id


def test_risky_states_are_at_most_low() -> None:
    told = {r.id: r.level for r in load_rules() if r.stage == "exposure"}
    assert told
    assert {n: level for n, level in told.items() if LEVELS.index(level) > LEVELS.index("low")} == {}


@needs_knowledge("ios.md")
def test_no_row_of_the_knowledge_on_iphones_is_left_out() -> None:
    text = (KNOWLEDGE / "ios.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:[A-Z][A-Z0-9]*)(?:-[A-Z0-9]+)*-[0-9]+)\b", text, re.MULTILINE)
    assert len(rows) > 80
    assert sorted(set(rows) - {f["id"] for f in facts_of("ios")}) == []


@needs_knowledge("android.md")
def test_no_row_of_the_knowledge_on_android_is_left_out() -> None:
    text = (KNOWLEDGE / "android.md").read_text("utf-8")
    techniques = re.findall(r"^\| (T[0-9]{2}) ", text, re.MULTILINE)
    assert len(techniques) == 22
    expected = {f"android {t}" for t in techniques}
    for section, count in COUNTED.items():
        table = re.split(r"^#{2,3} |^---$", text.split(f"### {section} ")[1], flags=re.MULTILINE)[0]
        rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
        assert len(rows) == count, section
        expected |= {f"android {section}-{number:02}" for number in range(1, count + 1)}
    assert sorted(expected - {f["id"] for f in facts_of("android")}) == []


@needs_knowledge("mvt.md")
def test_no_android_module_of_the_older_tool_is_left_out() -> None:
    rows = re.findall(r"^\| ([0-9]+) \| android \|", (KNOWLEDGE / "mvt.md").read_text("utf-8"), re.MULTILINE)
    assert len(rows) == 28
    assert sorted({f"mvt 1.2-{row}" for row in rows} - {f["id"] for f in facts_of("android")}) == []
