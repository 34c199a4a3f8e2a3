"""Bounds are found wherever they are named, and moving one is noticed."""

import ast

import pytest

from reliability import bounds, moved
from reliability.inventory import inventory

FOUND = {b.key: b.value for b in inventory(*bounds.READ)}
CODE = """
MOST = 5
def read(rows, most=MOST):
    if len(rows) > MOST:
        raise ValueError(f"expected at most {MOST}")
    return other.MOST, Row.MOST, rows[:MOST]
"""
MOVED = """
MOST = 5

def read(rows, most=MOST + 1):
    if len(rows) > MOST + 1:
        raise ValueError(f'expected at most {MOST}')
    return (other.MOST + 1, Row.MOST, rows[:MOST + 1])
"""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("formats.plist:LIMIT", 67_108_864),
        ("formats.dns_message:_MOST_POINTERS", 64),
        ("evidence.archive:Bounds.members", 5_000_000),
        ("sandbox.tasks:Limits.memory", 3_221_225_472),
    ],
)
def test_what_is_found(key, value):
    assert FOUND[key] == value


def test_every_bound_that_is_moved_is_there_once_and_has_tests():
    watched = [key for keys in bounds.WATCHED.values() for key in keys]
    assert len(watched) == len(set(watched))
    assert [key for key in watched if key not in FOUND] == []
    assert [b.key for b in inventory(*bounds.READ) if b.key in watched[::9] and not moved.tests_of(b)] == []


def test_every_reading_is_moved_and_no_message():
    moving = moved._Moving("MOST", 1)
    assert ast.unparse(moving.visit(ast.parse(CODE))) == MOVED.strip()
    assert moving.count == 4


def test_a_field_is_moved_where_its_own_class_holds_it():
    moving = moved._Moving("Bounds.ratio", -1)
    code = "given > self._bounds.ratio * 2 and row.ratio and bounds.ratio"
    wanted = "given > (self._bounds.ratio - 1) * 2 and row.ratio and bounds.ratio - 1"
    assert ast.unparse(moving.visit(ast.parse(code))) == wanted


@pytest.mark.parametrize(("count", "chosen"), [(0, None), (5, 5), (1, 1)])
def test_so_many_are_chosen(count, chosen):
    every = sum(map(len, bounds.WATCHED.values()))
    assert sum(map(len, bounds.choose(count).values())) == (chosen or every)


def test_what_is_told():
    line = bounds.told("Depth", {"a:X": (True, True), "b:Y": (False, True), "c:Z": (None, None)})
    assert (line.tried, line.survived, line.note) == (3, 1, "moved by one unnoticed: b:Y (lower), c:Z (either way)")
