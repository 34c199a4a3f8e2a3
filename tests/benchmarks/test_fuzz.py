"""The fuzzer finds what is wrong, whatever form it takes; and what it finds in the product is mended."""

import faulthandler
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bridle import artifacts
from bridle.core import FormatError
from reliability.fuzz import child, line, mutate
from reliability.fuzz.target import Target

ROOT = Path(__file__).parents[2]
SEEDS = (b"length 12, name x", b"\x04\0\0\0abcd")


@pytest.fixture(autouse=True)
def keep(tmp_path, monkeypatch):
    monkeypatch.setenv("KEEP", str(tmp_path))
    return tmp_path / "fuzz"


def outcome_of(read, count=3, **more):
    return child.attempt(Target(name="made.up", seeds=SEEDS, read=read, **more), 0, count)


def test_equal_seeds_give_equal_inputs_and_others_give_others():
    def made(seed):
        chance = random.Random(seed)
        return [mutate.made(chance, SEEDS) for _ in range(50)]

    assert made(1) == made(1)
    assert made(1) != made(2)
    assert len(set(made(1))) > 45


def test_seeds_come_first_as_they_are():
    seen = []

    def read(data):
        seen.append(data)
        raise AssertionError(repr(seen))

    outcome = outcome_of(read, count=2)
    assert outcome.failed == 2
    assert repr(list(SEEDS)) not in outcome.failures[0]["what"]
    assert repr([SEEDS[0]]) in outcome.failures[0]["what"]


@pytest.mark.parametrize("error", [FormatError("said"), None])
def test_an_answer_and_the_documented_error_are_survived(error):
    def read(_):
        if error:
            raise error

    assert outcome_of(read) == child.Outcome("made.up", tried=3)


def test_any_other_error_is_a_failure_told_once_for_each_place(keep):
    outcome = outcome_of(lambda data: {}[data[:0]])
    assert (outcome.tried, outcome.failed, len(outcome.failures)) == (3, 3, 1)
    assert outcome.failures[0]["what"] == "KeyError: b''"
    assert (keep / outcome.failures[0]["input"]).read_bytes() == SEEDS[0]


def test_a_documented_error_of_one_reader_is_a_failure_of_another():
    def read(_):
        raise ValueError("no")

    assert outcome_of(read, documented=(ValueError,)).failed == 0
    assert outcome_of(read).failed == 3


def test_the_end_of_the_process_is_a_failure_of_the_input_that_did_it(keep):
    def read(data):
        if data == SEEDS[1]:
            faulthandler.disable()
            os.abort()

    outcome = outcome_of(read)
    assert (outcome.tried, outcome.failed, outcome.failures[0]["what"]) == (2, 1, "SIGABRT")
    assert (keep / outcome.failures[0]["input"]).read_bytes() == SEEDS[1]


def test_too_much_memory_is_a_failure():
    assert outcome_of(lambda data: bytearray(2 * child.MEMORY), count=1).failures[0]["what"] == "MemoryError: "


def test_too_much_time_is_a_failure_even_where_every_exception_is_caught(monkeypatch):
    monkeypatch.setattr(child, "SECONDS", 0.05)

    def read(_):
        while True:
            try:
                sum(range(10_000))
            except Exception:  # noqa: BLE001
                continue

    outcome = outcome_of(read, count=1)
    assert outcome.failures[0]["what"] == "SlowError: more than 0.05 s of CPU time"


def test_a_line_adds_up_its_readers():
    outcomes = [child.Outcome("a", tried=10, failed=1), child.Outcome("b", tried=5)]
    found = line("readers", "made up", outcomes)
    assert (found.what, found.tried, found.survived) == ("2 readers: inputs made up", 15, 14)


def test_a_reader_without_seeds_is_refused():
    with pytest.raises(ValueError, match=r"made\.up: expected seeds, got none"):
        Target(name="made.up", seeds=(), read=print)


LEAST = {"artifacts": len(artifacts.paths()), "formats": 150, "containers": 23, "others": 87}


@pytest.mark.parametrize("group", LEAST)
def test_every_reader_survives_some_damage(group, tmp_path):
    """A short run of what `make fuzz` does; what failed is said."""
    paths = os.pathsep.join(str(ROOT / p) for p in ("src", "benchmarks"))
    environment = {**os.environ, "PYTHONPATH": paths, "COUNT": "20", "KEEP": str(tmp_path)}
    command = [sys.executable, "-m", "reliability.fuzz", group]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr[-8000:]
    readers, tried, survived = map(int, re.fullmatch(r"(\d+) .*: (\d+) inputs, (\d+) survived\n", done.stdout).groups())
    assert readers >= LEAST[group]
    assert tried == survived == readers * 20
