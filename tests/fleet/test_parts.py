"""The parts of a fleet: exit codes, outcomes as stored, packed feeds, identities of sources."""

import os
import subprocess
import sys
import threading

import pytest

from bridle.fleet import inputs, sources
from bridle.fleet.cluster import exposed
from bridle.fleet.executor import Gate
from bridle.fleet.lake import Lake
from bridle.fleet.outcome import Outcome, from_lines, worst
from bridle.fleet.plan import Plan, Planned
from bridle.fleet.storage import LakeError, Local
from bridle.fleet.worker import THREADS
from fleet_tools import acquisition


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], 0), ([0, 0], 0), ([0, 1], 1), ([0, 3], 3), ([3, 1], 4), ([4, 0], 4), ([2, 0], 3), ([2, 1], 4)],
)
def test_the_exit_code_tells_findings_and_what_was_not_read(codes, expected):
    assert worst(Outcome(task="t", status="done", exit=c) for c in codes) == expected


def test_the_last_whole_line_of_an_outcome_counts():
    first, second = (Outcome(task="t", status=s, reason="r") for s in ("failed", "done"))
    assert from_lines(first.line() + second.line()) == second
    assert from_lines(first.line() + second.line()[:20]) == first
    with pytest.raises(ValueError, match="expected a line of JSON"):
        from_lines(b"[]\nnothing\n")


def test_equal_feeds_are_packed_to_equal_bytes_and_opened_under_their_names(tmp_path):
    for place in ("a", "b"):
        (tmp_path / place / "feeds" / "deep").mkdir(parents=True)
        (tmp_path / place / "feeds" / "deep" / "one.txt").write_text("lure.example.org\n")
    one, two = (inputs.pack([str(tmp_path / p / "feeds")]) for p in ("a", "b"))
    assert (one.digest, one.data) == (two.digest, two.data)
    storage = Local(tmp_path / "lake")
    inputs.put(storage, one)
    opened = inputs.Opened()
    found = opened.indicators(storage, one.digest, one.kinds)
    assert [(f.name, f.loaded) for f in found.feeds] == [("deep/one.txt", True)]
    assert opened.indicators(storage, one.digest, one.kinds) is found
    opened.close()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_changed_feeds_are_refused(tmp_path):
    (tmp_path / "one.txt").write_text("lure.example.org\n")
    packed = inputs.pack([str(tmp_path / "one.txt")])
    storage = Local(tmp_path / "lake")
    storage.write(f"inputs/{packed.digest}.tar", packed.data[:-1] + b"x")
    with pytest.raises(LakeError, match="missing or changed"):
        inputs.Opened().indicators(storage, packed.digest, packed.kinds)
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_source_that_grew_is_another_one(tmp_path):
    place = acquisition(tmp_path, 1)
    before = next(sources.found([str(place)]))
    assert next(sources.found([str(place)])) == before
    (place / "more").write_bytes(b"1")
    grown = next(sources.found([str(place)]))
    os.utime(place / "more", ns=(1, 1))
    touched = next(sources.found([str(place)]))
    assert len({before.identity, grown.identity, touched.identity}) == 3


def test_a_source_named_twice_is_one(tmp_path):
    acquisition(tmp_path, 1)
    acquisition(tmp_path, 2)
    found = list(sources.found([f"{tmp_path}/phone*", str(tmp_path / "phone001")]))
    assert [f.name for f in found] == ["phone001", "phone002"]


def test_a_case_without_an_outcome_still_counts_as_done(tmp_path):
    lake = Lake(str(tmp_path / "lake"))
    lake.storage.write("cases/t/summary.json", b'{"exit":1,"verdict":{"text":"v"},"findings":{"high":2},"rows":3}')
    assert lake.outcome("t") is None  # half a case is none
    lake.storage.write("cases/t/manifest.json", b'{"schema":1,"files":{"a":{"content_sha256":"x"}}}')
    found = lake.outcome("t")
    assert (found.status, found.exit, found.findings, found.rows, found.kept) == ("done", 1, {"high": 2}, 3, True)
    lake.storage.write("cases/t/summary.json", b'{"exit":1')
    assert (lake.outcome("t").status, lake.outcome("t").exit) == ("failed", 3)
    assert set(lake.outcomes()) == {"t"}
    lake.keep(Outcome(task="u", status="done"))
    assert lake.outcome("u") is None  # it was done, and its case is gone


def test_a_worker_has_one_native_thread():
    counts = "pa.cpu_count(), pa.io_thread_count(), reader.THREADS"
    code = f"import pyarrow as pa; from bridle.case import reader; print({counts})"
    made = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **THREADS}, capture_output=True, text=True, check=True
    )
    assert made.stdout == "1 1 1\n"


def test_one_passes_alone():
    gate, inside, most = Gate(), [], []

    def pass_through(alone):
        with gate.passing(alone=alone):
            inside.append(alone)
            most.append((alone, len(inside)))
            inside.pop()

    threads = [threading.Thread(target=pass_through, args=(n % 5 == 0,)) for n in range(50)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(10)
    assert len(most) == 50
    assert {n for alone, n in most if alone} == {1}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("tcp://127.0.0.1:8786", False), ("tcp://localhost:8786", False), ("tcp://[::1]:8786", False),
        ("tls://198.51.100.7:8786", False), ("tcp://198.51.100.7:8786", True), ("ws://scheduler.example.org", True),
    ],
)  # fmt: skip
def test_what_is_sent_in_clear_beyond_this_machine(address, expected):
    assert exposed(address) is expected


def test_a_plan_knows_the_tasks_of_one_acquisition():
    settings = {"s": {"recipient": "r"}, "u": {"recipient": "another"}}
    tasks = [
        Planned(task=t, source=source, name="n", identity=identity, settings=of)
        for t, source, identity, of in (
            ("a", "/x", "i", "s"), ("b", "/x", "i", "s"), ("c", "/x", "grown", "s"), ("d", "/x", "i", "u")
        )
    ]  # fmt: skip
    made = Plan({p.task: p for p in tasks}, settings)
    assert made.earlier(tasks[1]) == ["a"]
    assert made.same(tasks[1]) == ["a", "d"]
    left = made.without(["a", "d"])
    assert (left.same(tasks[1]), list(left.tasks), list(left.settings)) == ([], ["b", "c"], ["s"])
