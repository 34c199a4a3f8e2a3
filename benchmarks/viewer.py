"""`make bench-viewer`: how soon `bridle view` shows a case of five million events, and how fast it scrolls.

The case is made once, encrypted as by default: two logs and a table of traffic in the order of time, give or take some
seconds, and a table of files in the order of their paths, whose times are in no order. The viewer is the command
itself, asked over HTTP as its pages ask. `opened` is from the start of the command until the first window and the
overview came; a window is of 100 rows. `EVENTS` sets the size; the folder may be given, and is kept then.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import bridle  # noqa: F401 - before Arrow, whose memory it chooses

# isort: split
import pyarrow as pa

from bridle.case.keys import new_case_key, wrap
from bridle.case.ledger import DEVICE, LEDGER
from bridle.case.writer import CaseWriter
from bridle.core import FilePath, IpAddress, ProcessName, Record, Text, Utc, WallClock, record
from bridle.formats.arrow import schema

EVENTS = int(os.environ.get("EVENTS", "5000000"))
WINDOWS = int(os.environ.get("WINDOWS", "300"))
"""Of each sort."""
SLICE = 100_000
START = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp()) * 10**6
SPAN = 90 * 86_400 * 10**6
WORDS = (
    "connection opened by the service after a request of the daemon was answered in time with state and size".split()
)
_STAMPS = [pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256")]


@record
class Line(Record):
    """A line of a log, by the phone's clock."""

    process: ProcessName | None
    text: Text | None
    time: WallClock | None


@record
class Event(Record):
    """An event of the system."""

    process: ProcessName | None
    text: Text | None
    time: Utc | None


@record
class Flow(Record):
    """Traffic."""

    process: ProcessName | None
    address: IpAddress | None
    begun: Utc | None
    size: int | None


@record
class File(Record):
    """A file, which changed at some time."""

    path: FilePath | None
    modified: Utc | None


TABLES: tuple[tuple[str, type[Record], str, float], ...] = (
    ("android.logcat.line", Line, "time", 0.6), ("ios.unified_log.event", Event, "time", 0.2),
    ("ios.netusage.flow", Flow, "begun", 0.14), ("ios.manifest.entry", File, "modified", 0.06),
)  # fmt: skip
"""Name, record, its time, and its share of the events."""


def make(folder: Path) -> None:
    """The case."""
    key = new_case_key()
    writer = CaseWriter(folder, key)
    made = random.Random(7)
    texts = [" ".join(made.choices(WORDS, k=9)) for _ in range(4000)]
    for name, cls, time_of, share in TABLES:
        rows = int(EVENTS * share)
        for begin in range(0, rows, SLICE):
            count = min(SLICE, rows - begin)
            writer.add(name, ("S1", f"/log/{begin:09d}"), _rows(cls, time_of, begin, count, rows, texts, made))
    writer.finish_tables()
    zone = dict.fromkeys(DEVICE.names, "") | {"source": "S1", "key": "time_zone", "value": "Europe/Belgrade"}
    writer.write_table("device", pa.Table.from_pylist([zone | {"identifying": False}], schema=DEVICE))
    writer.write_table("ledger", LEDGER.empty_table())
    writer.write_file("case.key.age", wrap(key))
    for file, content in _texts().items():
        writer.write_file(file, content.encode())
    writer.commit()


def _rows(
    cls: type[Record], time_of: str, begin: int, count: int, of: int, texts: list[str], made: random.Random
) -> pa.Table:
    """Rows of one file, of which there are others before."""
    step = SPAN / of
    numbers = range(begin, begin + count)
    if cls is File:
        times = [START + made.randrange(SPAN) for _ in numbers]
    else:
        times = [START + int(n * step) + made.randrange(2_000_000) for n in numbers]
    given: dict[str, list[Any]] = {
        "_source": ["S1"] * count, "_path": [f"/log/{begin:09d}"] * count, "_sha256": ["ab" * 32] * count,
        "locator": [f"line {n}" for n in numbers], "process": [f"process{made.randrange(300)}" for _ in numbers],
        "text": [f"{made.choice(texts)} {n}" for n in numbers], time_of: times,
        "address": [f"198.51.100.{made.randrange(256)}" for _ in numbers],
        "size": [made.randrange(90_000) for _ in numbers],
        "path": [f"/private/var/mobile/Library/{n:08d}/{made.randrange(10**9)}" for n in numbers],
    }  # fmt: skip
    whole = pa.schema([*_STAMPS, *schema(cls)])
    return pa.table([pa.array(given[f.name], f.type) for f in whole], schema=whole)


def _texts() -> dict[str, str]:
    artifacts = {"examined": 4, "partly": 0, "not examined": 0}
    summary = {
        "schema": 1, "verdict": {"text": "nothing matched", "from": None, "to": None, "why": "Nothing."},
        "findings": {}, "coverage": {"artifacts": artifacts, "rules": {}, "files": {}},
        "log_horizon": {"first": None, "last": None}, "rows": EVENTS, "gaps": 0, "problems": [], "synthetic": True,
        "consent": "none", "exit": 0,
    }  # fmt: skip
    meta = '[case]\nschema = 1\nbridle = "0.1.0"\nencrypted = true\n[device]\n[[sources]]\nid = "S1"\n'
    coverage = {"schema": 1, "artifacts": {}, "rules": {}, "horizon": {}, "notes": []}
    return {
        "case.toml": meta, "summary.json": json.dumps(summary), "coverage.json": json.dumps(coverage),
        "findings.jsonl": "",
    }  # fmt: skip


class Asked:
    """The command, and a connection to it."""

    def __init__(self, case: Path) -> None:
        self._begun = time.monotonic()
        command = [sys.executable, "-m", "bridle", "view", str(case), "--no-browser", "--json"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        said = ""
        assert self._process.stdout is not None
        while not said.endswith("}\n"):
            said += self._process.stdout.readline()
        told = json.loads(said)
        self._to = http.client.HTTPConnection("127.0.0.1", told["port"], timeout=120)
        self._headers = {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{told['port']}"}
        self.address = self.since()
        self._to.request("POST", "/session", json.dumps({"token": told["address"].partition("#")[2]}), self._headers)
        answer = self._to.getresponse()
        self._headers |= {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
        self._headers |= {"X-Bridle-Key": json.loads(answer.read())["key"]}

    def since(self) -> float:
        return time.monotonic() - self._begun

    def get(self, path: str) -> Any:
        self._to.request("GET", f"/api/cases/0/{path}", headers=self._headers)
        answer = self._to.getresponse()
        found = json.loads(answer.read())
        assert answer.status == 200, found
        return found

    def search(self, text: str) -> dict[str, Any]:
        """The last line of what a search tells."""
        self._to.request("POST", "/api/cases/0/search", json.dumps({"text": text}), self._headers)
        return dict(json.loads(self._to.getresponse().read().splitlines()[-1])["end"])

    def used(self) -> tuple[float, float, float]:
        """CPU seconds, MiB now and MiB at most."""
        pid = self._process.pid
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return cpu, *(int(status[n].split()[0]) / 1024 for n in ("VmRSS", "VmHWM"))

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)


def windows(asked: Asked, places: Iterator[int]) -> tuple[list[float], float]:
    """Seconds of each window, and CPU seconds of the viewer for one."""
    seconds, before = [], asked.used()[0]
    for place in places:
        begin = time.monotonic()
        found = asked.get(f"window?first={place}&count=100")
        seconds.append(time.monotonic() - begin)
        assert len(found["rows"]) == 100
    return seconds, (asked.used()[0] - before) / len(seconds)


def run(case: Path) -> None:
    asked = Asked(case)
    try:
        first = asked.get("timeline")
        asked.get("window?first=0&count=100")
        asked.get("overview?buckets=400")
        opened, (cpu, now, most) = asked.since(), asked.used()
        total = first["total"]
        print(f"{total:,} events of {len(first['tables'])} tables, {_size(case) / 2**20:,.0f} MiB encrypted\n")
        print("| what | seconds | CPU s | goal |\n| --- | --- | --- | --- |")
        print(f"| the address is printed | {asked.address:.2f} | | |")
        print(f"| opened: first window and overview | {opened:.2f} | {cpu:.2f} | 2 |")
        made = random.Random(3)
        jumps = (made.randrange(total - 100) for _ in range(WINDOWS))
        scrolls = (total // 3 + 100 * n for n in range(WINDOWS))
        for name, places in (("jumps anywhere", jumps), ("scrolling on", scrolls)):
            seconds, each = windows(asked, places)
            print(f"| window, {name}: median | {median(seconds):.3f} | {each:.3f} | |")
            print(f"| window, {name}: 95th percentile | {quantiles(seconds, n=20)[-1]:.3f} | | 0.15 |")
        for text in ("no such text anywhere", "line 123456"):
            before, begin = asked.used()[0], time.monotonic()
            end = asked.search(text)
            spent = time.monotonic() - begin
            print(f"| search over all texts: {end['hits']} rows | {spent:.2f} | {asked.used()[0] - before:.2f} | |")
        _, after, highest = asked.used()
        print(f"\nMemory: {now:.0f} MiB when opened ({most:.0f} at most), {after:.0f} after all of it ({highest:.0f}).")
    finally:
        asked.close()


def _size(case: Path) -> int:
    return sum(f.stat().st_size for f in case.rglob("*.parquet"))


def main() -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        os.environ.setdefault("BRIDLE_CONFIG", str(folder / "config"))
        case = folder / f"case-{EVENTS}"
        if not case.exists():
            begin = time.monotonic()
            make(case)
            print(f"made in {time.monotonic() - begin:.0f} s", file=sys.stderr)
        run(case)


if __name__ == "__main__":
    main()
