"""Every chain file is tried, without being registered anywhere."""

import re

import pytest

from bridle.core import SURFACES
from bridle.detect.chain import CHAINS, SHARED, Chain, dollars, load_chains, shared_steps
from bridle.detect.examples import catalogue, chain_failures, followed
from bridle.detect.rule import LEVELS, load_rules

RULES = {r.id: r for r in load_rules()}
ALL = load_chains()
FILES = sorted(f for f in CHAINS.glob("*.toml") if f.name != SHARED)
every = pytest.mark.parametrize("chain", ALL, ids=[c.id for c in ALL])


def test_there_are_chains_and_each_file_is_one() -> None:
    assert len(FILES) >= 19
    assert sorted(c.file for c in ALL) == FILES


@every
def test_its_examples_match_what_they_must_and_nothing_else(chain: Chain) -> None:
    assert chain_failures([chain], list(RULES.values())) == []


@every
def test_rules_and_tables_it_names_exist(chain: Chain) -> None:
    assert set(chain.rules) <= set(RULES)
    for step in chain.step:
        assert set(step.needs) | set(step.tables) <= set(catalogue())
        assert set(step.surfaces) <= SURFACES
        for query in step.query:
            assert set(re.findall(r'"([a-z]+\.[a-z_]+\.[a-z_]+)"', query.sql)) <= set(query.needs)


@every
def test_it_bears_its_name_and_platform(chain: Chain) -> None:
    assert chain.file.stem == chain.id.removeprefix("chain-").replace("-", "_")
    assert chain.file.stem.startswith(f"{chain.platform}_")


@every
def test_execution_is_told_only_with_a_step_of_execution(chain: Chain) -> None:
    for example in chain.example:
        for found in followed(chain, example, list(RULES.values())):
            assert found.stage != "execution" or any(leg.stage == "execution" for leg in found.legs)
            assert LEVELS.index(found.level) <= LEVELS.index("high") or chain.published


@every
def test_its_words_say_what_the_record_shows_and_never_judge(chain: Chain) -> None:
    words = " ".join([chain.title, chain.explanation, *chain.false_positives, *(s.name for s in chain.step)]).lower()
    assert not re.search(r"\b(clean phone|definitely|proves)\b", words)
    for n, step in enumerate(chain.step):
        assert step.name == step.name.strip(".") and not re.search(r"[{}]", step.name)
        assert n == 0 or step.untimed or step.why, f"{step.name}: why is the window this long?"


@every
def test_its_title_names_the_steps_after_a_colon(chain: Chain) -> None:
    course, colon, steps = chain.title.partition(": ")
    assert course.startswith("The course of ") and colon and steps


@every
def test_the_course_of_the_published_case_is_not_told_as_what_stands_here(chain: Chain) -> None:
    """The explanation is one for all cases, and a chain may lack steps or have them in another order."""
    for said in re.findall(r"[^.]*\bhere\b[^.]*\.", " ".join(chain.explanation.split()), re.IGNORECASE):
        assert said.strip().endswith("the message says."), said


@every
def test_what_is_written_or_installed_is_not_told_as_execution(chain: Chain) -> None:
    for step in chain.step:
        tables = {q.needs[0] for q in step.query} | {RULES[r].evidence for r in step.rules}
        if tables & {"android.androidqf_file.file", "android.package.package", "ios.manifest.file"}:
            assert step.shows != "execution", step.name


@every
def test_a_name_does_not_say_that_something_ran_or_was_removed(chain: Chain) -> None:
    """Records keep that a program is named and when it was last used, not that it ran or when it was removed."""
    assert not [s.name for s in chain.step if re.search(r"\b(ran|was executed|were removed|unseen)\b", s.name)]


def test_every_shared_step_is_used() -> None:
    used = re.findall(r'^use = "([^"]+)"', "\n".join(f.read_text("utf-8") for f in FILES), re.MULTILINE)
    assert set(shared_steps()) == set(used)


def test_names_in_quotes_are_no_parameters() -> None:
    assert dollars("SELECT '$a', \"$b\", $c -- $d") == {"c"}
