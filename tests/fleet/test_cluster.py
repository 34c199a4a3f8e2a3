"""The same tasks on a real Dask scheduler with worker processes on loopback, some of which are killed meanwhile."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

import pytest

from bridle.fleet.executor import ExecutorError
from bridle.fleet.prepare import Request, prepare
from bridle.fleet.run import begun, run
from fleet_tools import acquisitions, contents, outcomes, until

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'bridle[fleet]'")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Scheduler:
    """A scheduler and its workers, each a process."""

    def __init__(self, folder, workers):
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self._folder = folder
        port = self.address.rpartition(":")[2]
        self.process = self._start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        self.workers = [self.worker() for _ in range(workers)]

    def worker(self):
        return self._start(
            "worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60",
            "--local-directory", str(self._folder),
        )  # fmt: skip

    def _start(self, *arguments):
        command = [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self):
        for process in (*self.workers, self.process):
            process.kill()
            process.wait()


@pytest.fixture
def scheduler(tmp_path):
    made = Scheduler(tmp_path / "dask", 2)
    yield made
    made.close()


class Watch:
    def __init__(self):
        self.names = []

    def begin(self, waiting, kept): ...

    def ended(self, entry, outcome):
        self.names.append(entry.planned.name)


def run_on(address, sources, lake, feed):
    from bridle.fleet.cluster import Cluster

    prepared = prepare(Request(sources=(f"{sources}/*",), lake=str(lake), indicators=(str(feed),)))
    with begun(prepared):
        executor = Cluster(address)
        try:
            return run(prepared, executor, Watch())
        finally:
            executor.close()


def children_of(pid):
    """Processes that a process started, by its threads."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as file:
            found += map(int, file.read().split())
    return found


def test_machines_and_workers_are_killed_and_every_case_is_there_once(tmp_path, feed, scheduler):
    acquisitions(tmp_path / "in", 5)
    lake = tmp_path / "lake"
    killed = []

    def kill():
        until(lambda: list((lake / "running").glob("*.json")))
        inner = until(lambda: children_of(scheduler.workers[1].pid))
        os.kill(inner[0], signal.SIGKILL)  # the process that does the task
        killed.append("inner")
        until(lambda: len(list((lake / "outcomes").glob("*.jsonl"))) >= 1)
        scheduler.workers[0].kill()  # a machine is lost
        killed.append("worker")
        scheduler.workers.append(scheduler.worker())

    killer = threading.Thread(target=kill)
    killer.start()
    report = run_on(scheduler.address, tmp_path / "in", lake, feed)
    killer.join()
    assert killed == ["inner", "worker"]
    assert sorted((e.planned.name, o.status) for e, o in report.outcomes) == [
        (f"phone00{n}", "done") for n in range(5)
    ]  # fmt: skip
    assert {t: [o["status"] for o in told] for t, told in outcomes(lake).items()} == {
        e.planned.task: ["done"] for e, _ in report.outcomes
    }
    command = [sys.executable, "-m", "bridle", "fleet", "check", f"{tmp_path}/in/*", "--lake", f"{tmp_path}/other"]
    subprocess.run([*command, "-i", str(feed), "--jobs", "2", "--json"], check=True, capture_output=True)
    assert len(contents(lake)) == 5
    assert contents(lake) == contents(tmp_path / "other")


def test_a_scheduler_is_taken_from_the_command_line(tmp_path, feed, scheduler):
    acquisitions(tmp_path / "in", 1)
    command = [sys.executable, "-m", "bridle", "fleet", "check", f"{tmp_path}/in/*", "--lake", f"{tmp_path}/lake"]
    said = subprocess.run(
        [*command, "-i", str(feed), "--scheduler", scheduler.address, "--json"], check=True, capture_output=True
    )
    assert f"tasks go to the scheduler at {scheduler.address}" in said.stderr.decode()
    assert json.loads(said.stdout)["counts"]["done"] == 1


def test_the_scheduler_of_dask_s_own_configuration_is_used(monkeypatch):
    import dask

    from bridle.fleet.cluster import configured

    assert configured() is None
    with dask.config.set({"scheduler-address": "tcp://127.0.0.1:1"}):
        assert configured() == "tcp://127.0.0.1:1"


def test_no_scheduler_is_one_sentence(tmp_path):
    from bridle.fleet.cluster import Cluster

    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ExecutorError, match=f"no worker can be had from {address}.*start them"):
        Cluster(address, patience=1)


def test_a_lost_scheduler_is_one_sentence_and_costs_nothing(tmp_path, feed, scheduler):
    acquisitions(tmp_path / "in", 2)
    lake = tmp_path / "lake"

    def kill():
        until(lambda: list((lake / "running").glob("*.json")))
        scheduler.process.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(ExecutorError, match=f"the scheduler at {scheduler.address} was lost; run the same command"):
        run_on(scheduler.address, tmp_path / "in", lake, feed)
    killer.join()
    command = [sys.executable, "-m", "bridle", "fleet", "check", f"{tmp_path}/in/*", "--lake", str(lake)]
    said = subprocess.run([*command, "-i", str(feed), "--jobs", "1", "--json"], check=True, capture_output=True)
    counts = json.loads(said.stdout)["counts"]
    assert counts["done"] + counts["kept"] == 2
    assert len(contents(lake)) == 2


def test_a_result_that_was_lost_with_its_worker_is_waited_for_again():
    class Lost:
        status = "pending"

        def exception(self):
            return None

    from bridle.fleet.cluster import Cluster

    cluster = Cluster.__new__(Cluster)
    cluster._flying = {}
    future, job = Lost(), object()
    assert cluster._ended(future, job) is None
    assert cluster._flying == {future: job}
