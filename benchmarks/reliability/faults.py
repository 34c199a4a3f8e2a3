"""Commands killed, disks full, evidence that cannot be read or changes meanwhile, wrong clocks."""

from __future__ import annotations

import os
from collections.abc import Iterator

from reliability import fault_disks, fault_rooms, fault_states, kill_records, kill_subjects
from reliability.killing import Subject, killed
from reliability.line import Line

COUNT = int(os.environ.get("COUNT", "60"))
"""Kills at random moments, of all commands together; 200 take a quarter of an hour on two idle cores."""
SEED = int(os.environ.get("SEED", "1"))
SUBJECTS = (*kill_subjects.SUBJECTS, *kill_records.SUBJECTS)
NAMES = 12
"""Of each command, so many kills at its first changes of names and files besides."""
_KILLED = "killed with all that they started; nothing half, nothing lost, the same command then ends as it would have"


def lines() -> Iterator[Line]:
    """One line for each fault and command."""
    for subject in SUBJECTS:
        yield _killed(subject)
    yield from fault_disks.lines()
    yield from fault_rooms.lines(SUBJECTS)
    yield from fault_states.lines(SEED)


def _killed(subject: Subject) -> Line:
    told = killed(subject, -(-COUNT // len(SUBJECTS)), SEED, NAMES)
    return Line(
        what=f"`{subject.name}`: kill -9", tried=told.tried, survived=told.survived,
        command=f"COUNT={COUNT} SEED={SEED} ONLY=faults make bench-reliability",
        note="; ".join([_KILLED, *told.faults[:3]]),
    )  # fmt: skip
