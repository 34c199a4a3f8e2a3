"""The parts of the reliability report about parsers that die, each for a few cases."""

import pytest

from reliability import sandbox

QUICK = ("a null pointer is read", "a library leaves", "an answer that is no answer")


def test_a_library_that_dies_costs_one_file(tmp_path):
    line = sandbox.deaths(tmp_path, {name: sandbox.WAYS[name] for name in QUICK})
    assert (line.tried, line.survived) == (3, 3), line.note


def test_a_reader_that_does_not_die_is_told_from_one_that_does(tmp_path):
    line = sandbox.deaths(tmp_path, {"nothing happens": ("pass", "the parser process ended (3)")})
    assert (line.tried, line.survived) == (1, 0)
    assert "nothing happens: exit" in line.note


@pytest.mark.parametrize("place", [0, 1])
def test_calls_refused_and_allowed(tmp_path, place):
    line = list(sandbox.refusals(tmp_path))[place]
    assert line.survived == line.tried
