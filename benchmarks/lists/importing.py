"""What it takes to import and summarise a list: 50,000 rows, and long lists by the column.

    PYTHONPATH=src:benchmarks python -m lists.importing [ROWS …]     (by default 50000 and 5000000)

makes a table of each size in a temporary folder, with numbers of ranges that no person has, imports it into a new
project and summarises it, each in a process of its own. Prints a table: seconds of the clock, seconds of the processor
(both cores together), and the most memory held. The last line has the figures as JSON, with what 50 million rows would
take by the longest table; that is an extrapolation, as work per row does not grow with rows.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bridle.phantom.list_numbers import ranges

ROWS = (50_000, 5_000_000)
LONGEST = 50_000_000
WEIGHTS = {
    "MX": 30,
    "MA": 20,
    "AE": 15,
    "IN": 8,
    "FR": 5,
    "AZ": 4,
    "HU": 3,
    "KZ": 4,
    "SA": 4,
    "RW": 4,
    "GB": 2,
    "US": 1,
}
"""Of a hundred numbers, so many are of a country's range."""


def make(path: Path, rows: int) -> None:
    """A table of selections: a quarter repeat one of the last thousand; Mexico is written as it was until 2019."""
    chance = random.Random(rows)
    known = ranges()
    countries = [c for c in WEIGHTS if c in known]
    drawn = chance.choices(countries, [WEIGHTS[c] for c in countries], k=min(rows, 100_000))
    start, step = datetime(2016, 6, 20, tzinfo=UTC), timedelta(days=1825) / rows
    last = ["+525500000000"] * 1000
    with path.open("w", encoding="utf-8") as file:
        file.write("client,number,time,notes\n")
        for n in range(rows):
            of = known[drawn[n % len(drawn)]]
            number = last[chance.randrange(1000)] if n % 4 == 0 else of.number(chance.randrange(of.size))
            last[n % 1000] = number
            number = f"+521{number[3:]}" if number.startswith("+52") and n < rows // 2 else number
            file.write(f"client-{n % 11:02},{number},{start + n * step:%Y-%m-%d %H:%M:%S},\n")


def one(table: Path) -> None:
    """Import and summarise one table, in this process; figures as JSON."""
    import pyrage

    from bridle.targets.importing import import_file
    from bridle.targets.project import Project

    figures: dict[str, float] = {}
    folder = table.parent / "project"
    project = Project.create(folder, "Benchmark", "timing", [str(pyrage.x25519.Identity.generate().to_public())])
    for name, work in (("import", lambda: import_file(table, project)), ("summary", lambda: _summary(folder))):
        wall, cpu = time.perf_counter(), time.process_time()
        done = work()
        figures[f"{name}_seconds"] = round(time.perf_counter() - wall, 2)
        figures[f"{name}_cpu"] = round(time.process_time() - cpu, 2)
        figures["rows"] = done.rows
    figures["memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(figures))


def _summary(folder: Path):
    from bridle.targets.project import Project
    from bridle.targets.summary import summarised

    return summarised(Project.open(folder).batches)


def main(sizes: list[int]) -> None:
    """Each size in a new folder and process."""
    found = []
    print(f"{'rows':>12} {'import s':>9} {'cpu s':>8} {'summary s':>10} {'cpu s':>8} {'memory MB':>10}")
    for rows in sizes:
        with tempfile.TemporaryDirectory(prefix="list-benchmark-") as folder:
            table = Path(folder) / "list.csv"
            make(table, rows)
            own = os.environ | {"BRIDLE_CONFIG": folder}
            told = subprocess.run([sys.executable, "-m", __spec__.name, str(table)], env=own, check=True, stdout=-1)
            f = json.loads(told.stdout)
        found.append(f)
        print(f"{rows:>12,} {f['import_seconds']:>9} {f['import_cpu']:>8} {f['summary_seconds']:>10} "
              f"{f['summary_cpu']:>8} {f['memory_mb']:>10}", flush=True)  # fmt: skip
    f = found[-1]
    scale = LONGEST / f["rows"]
    cpu, wall = (scale * (f[f"import_{k}"] + f[f"summary_{k}"]) for k in ("cpu", "seconds"))
    print(f"{LONGEST:,} rows by extrapolation: {cpu:.0f} s of the processor, {wall:.0f} s of the clock as measured")
    print(json.dumps({"measured": found, "extrapolated": {"rows": LONGEST, "cpu": round(cpu), "seconds": round(wall)}}))


if __name__ == "__main__":
    given = sys.argv[1:]
    if given and given[0].endswith(".csv"):
        one(Path(given[0]))
    else:
        main([int(n) for n in given] or list(ROWS))
