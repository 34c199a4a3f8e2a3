"""Many acquisitions on worker processes: each is one case, once, whatever dies meanwhile."""

import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle.case.manifest import verify_manifest
from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.fleet.executor import Processes
from bridle.fleet.prepare import Request, prepare
from bridle.fleet.run import begun, run
from bridle.fleet.summary import content
from fleet_tools import acquisition, acquisitions, contents, outcomes, until

DYING = (sys.executable, str(Path(__file__).with_name("dying_worker.py")))


def fleet(*arguments, code=None):
    said = CliRunner().invoke(bridle, ["fleet", *map(str, arguments)])
    if code is not None:
        assert said.exit_code == code, said.output
    return said


def check(sources, lake, feed, *more, code=0):
    arguments = (f"{sources}/*", "--lake", lake, "-i", feed, "--jobs", "2", *more)
    return json.loads(fleet("check", *arguments, "--json", code=code).stdout)


class Quiet:
    def begin(self, waiting, kept): ...
    def ended(self, entry, outcome): ...


def run_with(executor, sources, lake, feed, retry=False):
    request = Request(sources=(f"{sources}/*",), lake=str(lake), indicators=(str(feed),), retry=retry)
    prepared = prepare(request)
    with begun(prepared):
        try:
            return run(prepared, executor, Quiet())
        finally:
            executor.close()


def test_a_case_of_a_fleet_is_the_case_of_a_check(tmp_path, feed):
    acquisitions(tmp_path / "in", 2)
    told = check(tmp_path / "in", tmp_path / "lake", feed)
    assert told["counts"] == {"done": 2, "kept": 0, "failed": 0, "poison": 0, "forgotten": 0}
    alone = CliRunner().invoke(
        bridle, ["check", str(tmp_path / "in" / "phone001"), "-o", str(tmp_path / "alone"), "-i", str(feed)]
    )
    assert alone.exit_code == 0, alone.output
    one = next(t for t in told["tasks"] if t["name"] == "phone001")
    assert one["content"] == content(json.loads((tmp_path / "alone" / "manifest.json").read_bytes()))
    case = tmp_path / "lake" / "cases" / one["task"]
    assert verify_manifest(case) == []
    assert open_case(case).sql('SELECT name FROM "ios.data_usage.process"')[1] == [["process1"]]


def test_a_repeat_does_nothing_and_a_new_feed_examines_again(tmp_path, feed):
    acquisitions(tmp_path / "in", 2)
    lake = tmp_path / "lake"
    first = check(tmp_path / "in", lake, feed)
    before = {p: p.stat().st_mtime_ns for p in (lake / "cases").rglob("*")}
    again = check(tmp_path / "in", lake, feed)
    assert again["counts"] == {"done": 0, "kept": 2, "failed": 0, "poison": 0, "forgotten": 0}
    assert {p: p.stat().st_mtime_ns for p in (lake / "cases").rglob("*")} == before
    other = tmp_path / "other.txt"
    other.write_text("lure.example.org\n")
    third = check(tmp_path / "in", lake, other)
    assert third["counts"]["done"] == 2
    assert {t["task"] for t in third["tasks"]} == {p.name for p in (lake / "cases").iterdir()}
    assert {t["task"] for t in first["tasks"]} == {p.name for p in (lake / "earlier").iterdir()}
    status = json.loads(fleet("status", "--lake", lake, "--json", code=0).stdout)
    assert (status["planned"], status["done"], status["earlier"], status["waiting"]) == (2, 2, 2, 0)


def test_a_plan_writes_nothing_and_says_what_is_done(tmp_path, feed):
    acquisitions(tmp_path / "in", 2)
    lake = tmp_path / "lake"
    told = json.loads(fleet("plan", f"{tmp_path}/in/*", "--lake", lake, "-i", feed, "--json", code=0).stdout)
    assert [(t["name"], t["state"]) for t in told["tasks"]] == [("phone000", "new"), ("phone001", "new")]
    assert not lake.exists()
    check(tmp_path / "in", lake, feed)
    acquisition(tmp_path / "in", 2)
    told = json.loads(fleet("plan", f"{tmp_path}/in/*", "--lake", lake, "-i", feed, "--json", code=0).stdout)
    assert [t["state"] for t in told["tasks"]] == ["done", "done", "new"]
    assert told["to_do"] == 1


def test_what_cannot_be_opened_is_told_and_costs_nothing_else(tmp_path, feed):
    acquisitions(tmp_path / "in", 1)
    (tmp_path / "in" / "letter.doc").write_bytes(b"no acquisition")
    told = check(tmp_path / "in", tmp_path / "lake", feed, code=3)
    assert [(t["name"], t["status"], t["exit"]) for t in sorted(told["tasks"], key=lambda t: t["name"])] == [
        ("letter.doc", "failed", 3), ("phone000", "done", 0)
    ]  # fmt: skip
    status = json.loads(fleet("status", "--lake", tmp_path / "lake", "--json", code=0).stdout)
    assert (status["done"], status["failed"], status["exit"]) == (1, 1, 3)
    assert status["not_done"][0]["name"] == "letter.doc"
    assert "nothing that is understood" in status["not_done"][0]["reason"]


def test_a_killed_worker_loses_nothing(tmp_path, feed):
    acquisitions(tmp_path / "in", 4)
    lake = tmp_path / "lake"
    executor = Processes(2)
    killed = []

    def kill():
        until(lambda: list((lake / "running").glob("*.json")))
        killed.append(until(lambda: executor.children[0].pid))
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    report = run_with(executor, tmp_path / "in", lake, feed)
    killer.join()
    assert killed
    assert sorted((e.planned.name, o.status) for e, o in report.outcomes) == [
        (f"phone00{n}", "done") for n in range(4)
    ]  # fmt: skip
    assert max(o.attempts for _, o in report.outcomes) == 2
    assert len(contents(lake)) == 4
    assert list((lake / "building").iterdir()) == []
    assert list((lake / "running").iterdir()) == []
    check(tmp_path / "in", tmp_path / "undisturbed", feed)
    assert contents(lake) == contents(tmp_path / "undisturbed")


def test_a_task_that_kills_its_workers_is_set_aside(tmp_path, feed):
    acquisitions(tmp_path / "in", 4)
    lake = tmp_path / "lake"
    report = run_with(Processes(2, tries=2, command=DYING), tmp_path / "in", lake, feed)
    told = {e.planned.name: o for e, o in report.outcomes}
    assert {n: o.status for n, o in told.items()} == {
        "phone000": "done", "phone001": "poison", "phone002": "done", "phone003": "done"
    }  # fmt: skip
    assert told["phone001"].reason == "its worker was ended by SIGKILL, 2 times, the last time alone"
    assert told["phone001"].attempts == 2
    assert report.exit == 3
    assert list((lake / "building").glob("[!.]*")) == []
    again = check(tmp_path / "in", lake, feed, code=3)
    assert again["counts"] == {"done": 0, "kept": 3, "failed": 0, "poison": 1, "forgotten": 0}
    retried = check(tmp_path / "in", lake, feed, "--retry")
    assert retried["counts"] == {"done": 1, "kept": 3, "failed": 0, "poison": 0, "forgotten": 0}
    assert [o["status"] for o in outcomes(lake)[told["phone001"].task]] == ["poison", "done"]


def test_a_task_has_its_time(tmp_path, feed, monkeypatch):
    monkeypatch.setenv("SLEEPS", "yes")
    acquisition(tmp_path / "in", 2)
    acquisition(tmp_path / "in", 3)
    report = run_with(Processes(1, limit=20, command=DYING), tmp_path / "in", tmp_path / "lake", feed)
    told = {e.planned.name: (o.status, o.reason) for e, o in report.outcomes}
    assert told == {
        "phone002": ("failed", "stopped after 20 s; give it more with --task-seconds"), "phone003": ("done", "")
    }  # fmt: skip


def test_bounds_that_are_moved_reach_the_workers_and_decide_the_task(tmp_path, feed):
    phone = acquisition(tmp_path / "phone", 1)
    (phone / "private/var/a").write_bytes(b"a")
    (tmp_path / "in").mkdir()
    with tarfile.open(tmp_path / "in" / "phone.tar", "w") as tar:
        for file in sorted(p for p in phone.rglob("*") if p.is_file()):
            tar.add(file, str(file.relative_to(phone)))
    lake = tmp_path / "lake"
    (one,) = check(tmp_path / "in", lake, feed, "--limit", "members=1", "--limit", "parser-cpu=900", code=3)["tasks"]
    examination = tomllib.loads((lake / "cases" / one["task"] / "case.toml").read_text())["examination"]
    assert examination["limits"] == ["members=1", "parser-cpu=900"]
    (again,) = check(tmp_path / "in", lake, feed, "--limit", "parser-cpu=900", "--limit", "members=1", code=3)["tasks"]
    assert again["task"] == one["task"]
    assert len(outcomes(lake)[one["task"]]) == 1
    (whole,) = check(tmp_path / "in", lake, feed, "--limit", "members=2")["tasks"]
    assert whole["task"] != one["task"]
    assert [p.name for p in (lake / "cases").iterdir()] == [whole["task"]]


def test_a_plan_knows_a_bound_by_its_value(tmp_path, feed):
    acquisition(tmp_path / "in", 1)

    def planned(*more):
        asked = ("plan", f"{tmp_path}/in/*", "--lake", tmp_path / "lake", "-i", feed, "--json", *more)
        (task,) = json.loads(fleet(*asked, code=0).stdout)["tasks"]
        return task["task"]

    assert planned("--limit", "file=2GiB") == planned("--limit", "file=2097152KiB") != planned()
    assert planned("--limit", "members=5000000") == planned()
    assert "no limit is called 'depth'" in fleet(
        "plan", tmp_path / "in", "--lake", tmp_path / "lake", "--limit", "depth=5", code=2).output  # fmt: skip


def test_no_more_is_in_flight_than_can_be_used(tmp_path, feed):
    acquisitions(tmp_path / "in", 3)
    request = Request(sources=(f"{tmp_path}/in/*",), lake=str(tmp_path / "lake"), indicators=(str(feed),))
    prepared = prepare(request)
    with begun(prepared):
        executor = Processes(1)
        try:
            jobs = [prepared.job(e) for e in prepared.entries]
            assert [executor.submit(j) for j in jobs] == [True, True, False]
            assert len(executor.completed()) == 1
            assert executor.submit(jobs[2])
            assert len(executor.completed()) + len(executor.completed()) == 2
            assert executor.completed() == []
        finally:
            executor.close()


def test_a_killed_coordinator_is_resumed(tmp_path, feed):
    acquisitions(tmp_path / "in", 4)
    lake = tmp_path / "lake"
    command = [sys.executable, "-m", "bridle", "fleet", "check", f"{tmp_path}/in/*", "--lake", str(lake)]
    command += ["-i", str(feed), "--jobs", "1"]
    coordinator = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: len(list((lake / "outcomes").glob("*.jsonl"))) >= 1 and list((lake / "running").glob("*.json")))
    coordinator.kill()
    coordinator.wait()
    done = len(list((lake / "outcomes").glob("*.jsonl")))
    assert 1 <= done < 4
    told = check(tmp_path / "in", lake, feed)
    assert told["counts"]["done"] + told["counts"]["kept"] == 4
    assert told["counts"]["kept"] >= done
    assert len(contents(lake)) == 4
    assert list((lake / "building").iterdir()) == []
    status = json.loads(fleet("status", "--lake", lake, "--json", code=0).stdout)
    assert (status["done"], status["running"], status["waiting"], status["interrupted"]) == (4, 0, 0, 0)


def everything(folder):
    """The names and the bytes of all that is below a folder."""
    return b"\n".join(str(p).encode() + (p.read_bytes() if p.is_file() else b"") for p in sorted(folder.rglob("*")))


def test_forgetting_leaves_digests_and_a_time(tmp_path, feed):
    acquisitions(tmp_path / "in", 2)
    lake = tmp_path / "lake"
    check(tmp_path / "in", lake, feed)
    other = tmp_path / "other.txt"
    other.write_text("lure.example.org\n")
    told = check(tmp_path / "in", lake, other)
    one = next(t for t in told["tasks"] if t["name"] == "phone001")
    assert b"phone001" in everything(lake)
    gone = json.loads(fleet("forget", "--lake", lake, "phone001", "--yes", "--json", code=0).stdout)
    assert gone["task"] == one["task"]
    assert len(gone["others"]) == 1
    left = everything(lake)
    assert b"phone001" not in left
    assert b"process1" not in left
    stones = {p.stem: json.loads(p.read_text()) for p in (lake / "tombstones").iterdir()}
    assert set(stones) == {gone["task"], *gone["others"]}
    assert set(stones[one["task"]]) == {"schema", "task", "source", "forgotten"}
    again = check(tmp_path / "in", lake, other)
    assert again["counts"] == {"done": 0, "kept": 1, "failed": 0, "poison": 0, "forgotten": 1}
    assert b"phone001" not in everything(lake)
    assert fleet("forget", "--lake", lake, "phone001", "--yes").exit_code == 2
    assert fleet("forget", "--lake", lake, "phone000").exit_code == 2  # nobody can be asked


def test_a_case_under_a_legal_hold_is_not_forgotten(tmp_path, feed):
    acquisitions(tmp_path / "in", 1)
    lake = tmp_path / "lake"
    (one,) = check(tmp_path / "in", lake, feed)["tasks"]
    (two,) = check(tmp_path / "in", lake, feed, "--hash-all")["tasks"]
    held = lake / "earlier" / one["task"]
    run = CliRunner().invoke
    assert run(bridle, ["custody", str(held), "--hold", "order of the Example Court"]).exit_code == 0
    before = everything(lake)
    refused = fleet("forget", "--lake", lake, two["task"], "--yes")
    assert refused.exit_code == 2
    assert f"{one['task'][:12]} is under a legal hold (order of the Example Court)" in refused.stderr
    assert everything(lake) == before
    assert run(bridle, ["custody", str(held), "--release", "order of the Example Court"]).exit_code == 0
    fleet("forget", "--lake", lake, two["task"], "--yes", code=0)


def test_a_lake_of_somebody_else_takes_only_cases_whose_consent_names_them(tmp_path, feed, monkeypatch):
    acquisitions(tmp_path / "in", 3)
    lake = tmp_path / "lake"
    check(tmp_path / "in", lake, feed)
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "colleague"))
    consents = tmp_path / "consents"
    consents.mkdir()
    blank = CliRunner().invoke(bridle, ["consent"]).stdout
    agreed = blank.replace('given_by = ""', 'given_by = "P-17"').replace('method = ""', 'method = "paper"')
    agreed = agreed.replace("2000-12-31", "2999-12-31")
    owner = json.loads((lake / "lake.json").read_text())["owner"]
    (consents / "phone001.toml").write_text(agreed.replace("share_with = []", f'share_with = ["Lab <{owner}>"]'))
    (consents / "phone002.toml").write_text(agreed.replace("share_with = []", 'share_with = ["Another Lab"]'))
    told = check(tmp_path / "in", lake, feed, "--consent", consents, code=3)
    said = {t["name"]: (t["status"], t["reason"]) for t in told["tasks"]}
    assert said["phone001"] == ("done", "")
    assert said["phone000"][0] == "failed"
    assert said["phone000"][1].startswith("the lake is another person's, and this case has no consent record")
    assert said["phone002"][0] == "failed"
    assert said["phone002"][1].startswith(
        f"the lake is another person's, and its consent record does not let '{owner[:9]}"
    )
    assert len(list((lake / "cases").iterdir())) == 4
    assert b"P-17" not in (lake / "plan.json").read_bytes()


def test_the_password_of_a_source_is_in_no_file_of_the_lake(tmp_path, feed):
    from bridle.phantom import device

    device.write("ios-backup", "clean", True, "a secret word", 1, tmp_path / "in" / "phone", iterations=1)
    (tmp_path / "in" / "phone.truth.json").unlink()
    passwords = tmp_path / "passwords"
    passwords.mkdir()
    told = check(tmp_path / "in", tmp_path / "lake", feed, "--password-file", passwords, code=3)
    assert "password" in told["tasks"][0]["reason"]
    (passwords / "phone.txt").write_text("a secret word\n")
    told = check(tmp_path / "in", tmp_path / "lake", feed, "--password-file", passwords)
    assert told["counts"]["done"] == 1
    assert b"a secret word" not in everything(tmp_path / "lake")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "nowhere/*", "--lake", "lake"], "nothing fits nowhere/*"),
        (["check", "nowhere", "--lake", "lake"], "cannot be read: No such file or directory"),
        (["status", "--lake", "lake"], "is no lake"),
        (["check", "s3://a:b@example.org/x", "--lake", "lake"], "a password in a URL is seen by others"),
        (["check", "zip::s3://example/x", "--lake", "lake"], "chained URLs are not taken"),
        (["forget", "--lake", "lake", "abcdef", "--yes"], "is no lake"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    told = fleet(*arguments, code=2)
    assert said in told.stderr.splitlines()[-1]
    assert not (tmp_path / "lake").exists()


def test_the_lake_is_no_source_of_itself_and_lies_in_none(tmp_path, feed):
    acquisitions(tmp_path / "in", 1)
    check(tmp_path / "in", tmp_path / "in" / "lake", feed)
    told = check(tmp_path / "in", tmp_path / "in" / "lake", feed)
    assert [(t["name"], t["status"]) for t in told["tasks"]] == [("phone000", "done")]
    said = fleet("check", tmp_path / "in" / "phone000", "--lake", tmp_path / "in" / "phone000" / "lake", code=2)
    assert f"the lake would be written into the source {tmp_path}/in/phone000; put it elsewhere" in said.stderr
    assert not (tmp_path / "in" / "phone000" / "lake").exists()


def test_a_case_that_is_forgotten_while_a_run_begins_does_not_come_back(tmp_path, feed):
    acquisitions(tmp_path / "in", 2)
    lake = tmp_path / "lake"
    check(tmp_path / "in", lake, feed)
    prepared = prepare(Request(sources=(f"{tmp_path}/in/*",), lake=str(lake), indicators=(str(feed),)))
    fleet("forget", "--lake", lake, "phone001", "--yes", code=0)
    with begun(prepared):
        assert b"phone001" not in (lake / "plan.json").read_bytes()


def test_two_runs_do_not_fill_one_lake_at_once(tmp_path, feed):
    acquisitions(tmp_path / "in", 1)
    prepared = prepare(Request(sources=(f"{tmp_path}/in/*",), lake=str(tmp_path / "lake"), indicators=(str(feed),)))
    with begun(prepared):
        said = fleet("check", f"{tmp_path}/in/*", "--lake", tmp_path / "lake", "-i", feed, code=3)
    assert "another run is filling" in said.stderr
