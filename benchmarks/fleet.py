"""A fleet at work: the same acquisitions on one worker, on two, and on two that are killed at random.

`make bench-fleet`; `ACQUISITIONS=50` shortens it, `KINDS=ios-backup` asks for one kind, `FOLDER=…` keeps lakes. Each
run must give the same cases, each once: the content digests are compared. Efficiency is T1 / (2 · T2): 1 means that a
second worker halves the time. On a busy machine the CPU column tells more.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bridle.fleet.summary import content
from bridle.phantom import device, feed
from measure import measure

COUNT = int(os.environ.get("ACQUISITIONS", "500"))
KINDS = os.environ.get("KINDS", "apk,apk,apk,apk,ios-sysdiagnose").split(",")
SUFFIXES = {"apk": ".apk", "ios-sysdiagnose": ".tar.gz", "bugreport": ".zip", "adb-backup": ".ab"}
SEEDS = 10
"""Different phones of each kind; the others are copies under another name, which are acquisitions of their own."""
EVERY = float(os.environ.get("KILL_EVERY", "8"))
"""Seconds between two kills, on average."""
BRIDLE = (sys.executable, "-m", "bridle")


@dataclass(frozen=True)
class Run:
    """One run over all acquisitions."""

    name: str
    wall: float
    cpu: float | None
    killed: int
    cases: Counter[str]
    """Content digests."""
    names: Counter[str]
    """Acquisitions that have a case."""


def main() -> None:
    """Make the acquisitions, run them in every way, print the table. Ends with 1 if any run lost or doubled a case."""
    with tempfile.TemporaryDirectory(prefix="bridle-bench-fleet-") as made:
        folder = Path(os.environ.get("FOLDER", made))
        os.environ.update(BRIDLE_CONFIG=str(folder / "config"), BRIDLE_DATA=str(folder / "data"))
        print(f"making {COUNT} acquisitions", file=sys.stderr)
        acquire(folder)
        runs = [
            on_processes(folder, "1 process", 1),
            on_processes(folder, "2 processes", 2),
            on_processes(folder, "2 processes, killed", 2, killing=True),
            on_dask(folder, "Dask, 2 workers"),
            on_dask(folder, "Dask, 2 workers, killed", killing=True),
        ]
        nothing = measure(command(folder, "1 process", "--jobs", "2"))
        empty = measure([*BRIDLE, "fleet", "status", "--lake", str(lake(folder, "1 process"))])
    raise SystemExit(tell(runs, nothing.wall, nothing.cpu, empty.cpu))


def acquire(folder: Path) -> None:
    """The sources: ten seeds of each kind, and copies of them."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    feed.write(folder / "feed.stix2", 1)
    first: dict[tuple[str, int], Path] = {}
    for n in range(COUNT):
        kind, seed = KINDS[n % len(KINDS)], n // len(KINDS) % SEEDS + 1
        place = folder / "in" / f"phone{n:04}{SUFFIXES.get(kind, '')}"
        if (known := first.get((kind, seed))) is None:
            device.write(kind, "infected", False, None, seed, place)
            Path(f"{place}.truth.json").unlink()
            first[kind, seed] = place
        elif known.is_dir():
            shutil.copytree(known, place)
        else:
            shutil.copy2(known, place)


def lake(folder: Path, name: str) -> Path:
    """The lake of a run."""
    return folder / name.replace(" ", "-").replace(",", "")


def command(folder: Path, name: str, *more: str) -> list[str]:
    """`fleet check` over all acquisitions."""
    sources, given = str(folder / "in" / "*"), str(folder / "feed.stix2")
    return [*BRIDLE, "fleet", "check", sources, "--lake", str(lake(folder, name)), "-i", given, "--tries", "10", *more]


def on_processes(folder: Path, name: str, jobs: int, *, killing: bool = False) -> Run:
    """A run on worker processes of this machine."""
    print(name, file=sys.stderr)
    stop = threading.Event()
    victims = Killer(stop, lambda: workers_of(lake(folder, name)))
    if killing:
        victims.start()
    cost = measure(command(folder, name, "--jobs", str(jobs)))
    stop.set()
    if cost.code not in (0, 1):
        print(f"{name}: ended with {cost.code}", file=sys.stderr)
    return run_of(folder, name, cost.wall, cost.cpu, victims.killed)


class Killer(threading.Thread):
    """Ends one of some processes now and then."""

    def __init__(self, stop: threading.Event, victims) -> None:
        super().__init__(daemon=True)
        self._stop_asked, self._victims, self.killed = stop, victims, 0
        self._random = random.Random(7)

    def run(self) -> None:
        while not self._stop_asked.wait(self._random.uniform(0.5, 1.5) * EVERY):
            if victims := self._victims():
                with suppress(ProcessLookupError):
                    os.kill(self._random.choice(victims), 9)
                    self.killed += 1


def workers_of(place: Path) -> list[int]:
    """Worker processes of the coordinator that fills a lake."""
    words = {p: _words(p) for p in map(int, filter(str.isdigit, os.listdir("/proc")))}
    coordinators = {p for p, w in words.items() if "fleet" in w and str(place) in w}
    return [p for p, w in words.items() if "bridle.fleet.worker" in w and _parent(p) in coordinators]


def _words(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace").split("\0")
    return []


def _parent(pid: int) -> int:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    return 0


class Cluster:
    """A Dask scheduler with two workers on loopback; a worker that dies is started again."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address, self._folder, self._over = f"tcp://127.0.0.1:{port}", folder, False
        self._scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        self._workers = [self._worker() for _ in range(2)]
        self._watch = threading.Thread(target=self._again, daemon=True)
        self._watch.start()

    def pids(self) -> list[int]:
        return [w.pid for w in self._workers if w.poll() is None]

    def _worker(self) -> subprocess.Popen[bytes]:
        more = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(self._folder / "dask"))
        return self._start("worker", self.address, *more)

    def _start(self, what: str, *more: str) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", f"distributed.cli.dask_{what}", *more]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _again(self) -> None:
        while not self._over:
            self._workers = [w if w.poll() is None else self._worker() for w in self._workers]
            time.sleep(0.2)

    def close(self) -> None:
        self._over = True
        self._watch.join()
        for process in (*self._workers, self._scheduler):
            process.kill()
            process.wait()


def on_dask(folder: Path, name: str, *, killing: bool = False) -> Run:
    """A run on a cluster of two workers on this machine."""
    print(name, file=sys.stderr)
    cluster, stop = Cluster(folder), threading.Event()
    victims = Killer(stop, cluster.pids)
    try:
        time.sleep(3)
        if killing:
            victims.start()
        cost = measure(command(folder, name, "--scheduler", cluster.address))
    finally:
        stop.set()
        cluster.close()
    if cost.code not in (0, 1):
        print(f"{name}: ended with {cost.code}", file=sys.stderr)
    return run_of(folder, name, cost.wall, None, victims.killed)


def run_of(folder: Path, name: str, wall: float, cpu: float | None, killed: int) -> Run:
    """What a run left in its lake."""
    stored = json.loads((lake(folder, name) / "plan.json").read_bytes())["tasks"]
    names = {t["task"]: t["name"] for t in stored}
    cases = [p.parent for p in lake(folder, name).glob("cases/*/manifest.json")]
    digests = Counter(content(json.loads((c / "manifest.json").read_bytes())) for c in cases)
    return Run(name, wall, cpu, killed, digests, Counter(names[c.name] for c in cases))


def tell(runs: list[Run], wall: float, cpu: float, status: float) -> int:
    """Print the table; 1 if a run differs from the first or lacks a case."""
    kinds = ", ".join(sorted(set(KINDS)))
    print(f"\n{COUNT} acquisitions ({kinds}), {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    print(f"{'':26}{'wall s':>9}{'CPU s':>9}{'s/case':>8}{'killed':>8}{'cases':>7}{'lost':>6}{'doubled':>9}  equal")
    bad = 0
    for r in runs:
        lost, doubled = COUNT - len(r.names), sum(n - 1 for n in r.names.values())
        equal = r.cases == runs[0].cases
        bad |= bool(lost or doubled or not equal)
        used = f"{r.cpu:9.1f}" if r.cpu is not None else f"{'':9}"
        print(
            f"{r.name:26}{r.wall:9.1f}{used}{r.wall / COUNT:8.2f}{r.killed:8}{sum(r.cases.values()):7}{lost:6}"
            f"{doubled:9}  {'yes' if equal else 'NO'}"
        )
    one, two = runs[0], runs[1]
    print(f"\nefficiency of 2 processes, T1 / (2 · T2): {one.wall / (2 * two.wall):.2f}")
    if one.cpu and two.cpu:
        print(f"CPU of 1 process / CPU of 2: {one.cpu / two.cpu:.2f}")
    print(f"efficiency of Dask against 1 process:     {one.wall / (2 * runs[3].wall):.2f}")
    print(f"a run with nothing to do: {wall:.2f} s wall, {cpu:.2f} CPU s; `fleet status`: {status:.2f} CPU s")
    return bad


if __name__ == "__main__":
    main()
