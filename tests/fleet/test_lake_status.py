"""`fleet status` from the lake alone: what is running, what was interrupted, what is damaged."""

import fcntl
from datetime import UTC, datetime, timedelta

import pytest

from bridle.fleet import plan
from bridle.fleet.lake import Lake
from bridle.fleet.outcome import Outcome
from bridle.fleet.plan import Plan, Planned
from bridle.fleet.status import listed, status
from bridle.fleet.storage import LakeError


def lake_of(tmp_path, *names):
    lake = Lake(str(tmp_path / "lake"))
    lake.begin()
    tasks = [Planned(task=n * 8, source=f"/{n}", name=n, identity=n, settings="s") for n in names]
    plan.write(lake, Plan({p.task: p for p in tasks}, {"s": {"recipient": "r"}}))
    return lake


def at(ago):
    return (datetime.now(UTC) - ago).isoformat(timespec="seconds")


def test_what_runs_is_told_from_what_was_interrupted(tmp_path):
    lake = lake_of(tmp_path, "a", "b", "c", "d")
    hour, now = timedelta(hours=1), timedelta()
    lake.write_json(f"running/{'a' * 8}.json", {"since": at(hour), "heard": at(now)})
    lake.write_json(f"running/{'b' * 8}.json", {"since": at(now), "heard": at(now)})
    lake.write_json(f"running/{'c' * 8}.json", {"since": at(2 * hour), "heard": at(hour)})
    lake.keep(Outcome(task="d" * 8, status="failed", exit=3, reason="r", time="2026-03-01T10:00:00Z"))
    told = status(lake)
    counts = {k: told[k] for k in ("planned", "done", "running", "waiting", "interrupted", "failed", "poison")}
    assert counts == {
        "planned": 4, "done": 0, "running": 2, "waiting": 1, "interrupted": 1, "failed": 1, "poison": 0
    }  # fmt: skip
    assert told["oldest_running"]["name"] == "a"
    assert told["last"] == {"task": "d" * 8, "name": "d", "status": "failed", "time": "2026-03-01T10:00:00Z"}
    assert [(r["name"], r["status"]) for r in listed(lake)] == [
        ("a", "running"), ("b", "running"), ("c", "waiting"), ("d", "failed")
    ]  # fmt: skip


def test_a_task_is_heard_of_while_it_runs(tmp_path):
    lake = lake_of(tmp_path, "a")
    with lake.beating("a" * 8):
        assert [(r.task, r.alive) for r in lake.running()] == [("a" * 8, True)]
    assert lake.running() == []


def test_a_sign_of_life_by_a_clock_that_was_wrong_is_none(tmp_path):
    lake = lake_of(tmp_path, "a", "b")
    ahead, now = timedelta(days=-400), timedelta()
    lake.write_json(f"running/{'a' * 8}.json", {"since": at(ahead), "heard": at(ahead)})
    lake.write_json(f"running/{'b' * 8}.json", {"since": at(now), "heard": at(timedelta(seconds=-30))})
    assert sorted((r.task, r.alive) for r in lake.running()) == [("a" * 8, False), ("b" * 8, True)]


def test_files_that_a_dead_run_had_begun_are_removed_and_those_of_a_living_one_stay(tmp_path):
    lake = lake_of(tmp_path, "a")
    folder = tmp_path / "lake"
    (folder / "outcomes").mkdir()
    for name in (".new-dead", "outcomes/.new-dead", "outcomes/.new-alive"):
        (folder / name).write_bytes(b"x")
    with (folder / "outcomes/.new-alive").open("rb") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        lake.storage.sweep_files()
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob(".*")) == ["outcomes/.new-alive"]


def test_a_damaged_plan_is_said_and_not_written_over(tmp_path):
    lake = lake_of(tmp_path, "a")
    lake.storage.write("plan.json", b'{"schema":1,"tasks":[{"task":1}]}')
    with pytest.raises(LakeError, match=r"plan\.json is damaged"):
        status(lake)
    lake.storage.write("plan.json", b'{"schema":99}')
    with pytest.raises(LakeError, match="use a newer bridle"):
        status(lake)


def test_a_damaged_sign_of_life_is_no_sign(tmp_path):
    lake = lake_of(tmp_path, "a")
    lake.storage.write(f"running/{'a' * 8}.json", b"[")
    told = status(lake)
    assert (told["running"], told["waiting"], told["interrupted"]) == (0, 1, 1)
