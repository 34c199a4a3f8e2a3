"""Every rule file is tried, without being registered anywhere."""

import re

import duckdb
import pytest

from bridle.artifacts import paths
from bridle.core import SURFACES
from bridle.detect.examples import catalogue, example_tables, failures
from bridle.detect.query import run_rule
from bridle.detect.rule import LEVELS, NOT_RULES, RULES, Rule, load_rules
from bridle.detect.surfaces import meanings

ALL = load_rules()
FILES = sorted(f for f in RULES.rglob("*.toml") if f.name not in NOT_RULES and f.parent.name != "chains")
every = pytest.mark.parametrize("rule", ALL, ids=[r.id for r in ALL])


def test_there_are_rules_and_each_file_is_one() -> None:
    assert len(FILES) >= 15
    assert sorted(r.file for r in ALL) == FILES


@every
def test_its_examples_match_what_they_must_and_nothing_else(rule: Rule) -> None:
    assert failures([rule]) == []


@every
def test_every_table_it_needs_is_in_the_catalogue(rule: Rule) -> None:
    assert set(rule.needs) <= set(catalogue())


@every
def test_it_bears_its_platform_in_its_id_and_folder(rule: Rule) -> None:
    assert rule.file.parent.name == rule.platform
    assert rule.id == f"{rule.platform}-{rule.file.stem.replace('_', '-')}"


@every
def test_over_empty_tables_it_runs_and_finds_nothing(rule: Rule) -> None:
    empty = example_tables(rule, type(rule.example[0])(name="empty", match=(), tables={}))
    assert run_rule(empty.connect(), rule) == []


@every
def test_it_reads_no_table_that_it_does_not_need(rule: Rule) -> None:
    tables = set(re.findall(r'"([a-z]+\.[a-z_]+\.[a-z_]+)"', rule.query))
    assert tables <= set(rule.needs)
    db = example_tables(rule, rule.example[0]).connect()
    for table in rule.needs:
        assert re.search(rf'"?{re.escape(table)}"?\b', rule.query), f"{table} is needed and never read"
    assert isinstance(db, duckdb.DuckDBPyConnection)


@every
def test_its_messages_say_what_the_record_shows_and_never_judge(rule: Rule) -> None:
    words = " ".join([rule.title, rule.message, rule.explanation, *rule.false_positives]).lower()
    assert not re.search(r"\b(clean phone|infected|infection|definitely|proves)\b", words)
    for example in rule.example:
        for finding in run_rule(example_tables(rule, example).connect(), rule):
            assert "{" not in finding.message
            assert finding.message.strip().endswith((".", "iPhone", "…", "characters)")), finding.message


@every
def test_levels_from_high_on_are_for_published_observations(rule: Rule) -> None:
    if LEVELS.index(rule.level) >= LEVELS.index("high"):
        assert any(r.startswith("https://") for r in rule.references)


def test_every_surface_an_artifact_uses_has_a_meaning_for_every_kind() -> None:
    used = {(f.metadata or {}).get(b"surface", b"").decode() for t in catalogue().values() for f in t} - {""}
    assert paths(), "no artifact was found"
    assert used <= SURFACES == {s for _, s in meanings()}
