"""What a process of a hunt runs. It imports no more than cases without hits need."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bridle import private
from bridle.case.keys import Identity
from bridle.fleet.hunt_case import Outcome, hunt_case
from bridle.fleet.hunt_question import Lookup, Question

Task = tuple[Path, bool]
"""A case, and whether it is asked everything."""
_LOOKUPS: list[Lookup] = []
_WITH: list[tuple[Identity | None, date]] = []


def begin_process(questions: tuple[Question, Question], own: Identity | None, today: date) -> None:
    """As `begin`, in a process of its own."""
    private.begin()
    begin(questions, own, today)


def begin(questions: tuple[Question, Question], own: Identity | None, today: date) -> None:
    """What a process keeps: the questions, and the identity, which was opened once."""
    part, whole = questions
    first = Lookup(part)
    _LOOKUPS[:] = [first, first if whole is part else Lookup(whole)]
    _WITH[:] = [(own, today)]


def chunk(tasks: Sequence[Task]) -> list[Outcome]:
    """The outcomes of some cases."""
    own, today = _WITH[0]
    return [hunt_case(path, _LOOKUPS[is_whole], own, today) for path, is_whole in tasks]
