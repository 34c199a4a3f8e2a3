"""Patterns that take more than time in line with the length of a text are found, others are not."""

import re

import pytest

from reliability import patterns


def slow(pattern, *methods, flags=0):
    found = patterns.slow_with(patterns.Pattern("made.up", re.compile(pattern, flags), methods or ("match",)))
    return None if found is None else found.method


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"(?:\d{1,20} *){16}x", "fullmatch"),
        (r"(a+)+b", "match"),
        (r"(.*) \((.*) \((.*)\)", "fullmatch"),
        (r"\s+#", "split"),
        (r"flags=\[([^\]]*)\]", "search"),
        (rb"-{79,}\r?\n\Z", "search"),
        (r"(\S+)=(\S+);", "finditer"),
    ],
)
def test_a_pattern_that_is_slow_is_found(pattern, method, monkeypatch):
    monkeypatch.setattr(patterns, "_LONGEST", 0.2)
    assert slow(pattern, method) == method


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\d{1,20}(?: +\d{1,20}){15}", "fullmatch"),
        (r"(?<!\s)\s+#", "split"),
        (r"\s+#", "match"),
        (r"flags=\[([^\[\]]*)\]", "search"),
        (r"(.*)", "fullmatch"),
        (rb"[a-z]{4,}", "findall"),
    ],
)
def test_a_pattern_that_is_not_is_not(pattern, method):
    assert slow(pattern, method) is None


def test_texts_are_made_of_what_a_pattern_says():
    found = set(patterns.texts(re.compile("id=[0-9]+;")))
    assert ("id=", "0", "\0") in found
    assert ("", "id=0", "\0") in found
    assert not any(end == "\n" for _, _, end in found)
    assert any(end == "\n" for _, _, end in patterns.texts(re.compile("a+\\n")))


def test_the_patterns_of_feeds_and_containers_take_time_in_line_with_the_text():
    found = list(patterns.patterns(("evidence", "indicators.lists", "indicators.maltrail")))
    assert len(found) >= 30
    assert [str(s) for one in found if (s := patterns.slow_with(one)) is not None] == []
