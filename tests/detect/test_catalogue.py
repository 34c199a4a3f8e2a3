"""docs/rules.md is what the rules would write now."""

from pathlib import Path

from bridle.detect.catalogue import markdown
from bridle.detect.rule import load_rules

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_the_page_is_not_stale() -> None:
    assert PAGE.read_text("utf-8") == markdown(), "docs/rules.md is stale: run `make docs`"


def test_every_rule_is_on_it_with_what_else_explains_it() -> None:
    text = markdown()
    for rule in load_rules():
        assert f"\n## {rule.id}\n" in text
        assert all(f"- {p}" in text for p in rule.false_positives)
    assert "| process-name | network-user | critical | execution |" in text
