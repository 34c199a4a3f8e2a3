"""`bridle hunt` over many cases: every planted indicator is found, none else, and what it costs.

    CASES=1000 OBSERVABLES=100000 python benchmarks/hunt.py [FOLDER]

makes the cases below FOLDER (by default a temporary one; those that are there are used again) and hunts in them with
feeds of 5,000 and 20,000 new indicators. The cases are encrypted case folders: the tables, findings and coverage of one
examined phantom, a table of their own with what is planted in one of fifty, and so many observables of their own with
their keys. Observables are drawn from a pool in pieces, so that cases share most of what they hold, as phones do, and
no two hold the same. Prints a table, and as its last line the figures as JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "benchmarks")]

from bridle.case import manifest, writer  # noqa: E402
from bridle.case.keys import WRAPPED, unwrap, wrap  # noqa: E402
from bridle.case.observables import OBSERVABLES, observables  # noqa: E402
from bridle.case.reader import Case  # noqa: E402
from bridle.indicators.match_keys import MATCH_KEYS, NAME, MatchKeys  # noqa: E402
from measure import measure  # noqa: E402

CASES = int(os.environ.get("CASES", "1000"))
EACH = int(os.environ.get("OBSERVABLES", "100000"))
JOBS = int(os.environ.get("JOBS", str(os.cpu_count() or 1)))
FEEDS = (5_000, 20_000)
PIECE, PIECES = 2_500, 240
EVERY = 50
"""One case in so many has something planted."""
PLANTED = "ios.planted.row"
SHARES = (("url", 0.30), ("file-path", 0.30), ("domain", 0.20), ("process-name", 0.05), ("account", 0.10),
          ("sha256", 0.05))  # fmt: skip
TABLES = {"url": "ios.safari_history.visit", "file-path": "ios.manifest.file", "domain": "ios.whatsapp.message",
          "process-name": "ios.data_usage.process", "account": "ios.sms.message", "sha256": "ledger"}  # fmt: skip
FIELDS = {"url": "visited", "ip_address": "look-up", "process_name": "running-process", "file_path": "file-present",
          "email": "message", "sha256": "file-present", "bundle_id": "installed-app"}  # fmt: skip


def ordinary(kind: str, n: int) -> str:
    """The nth value of a kind; none is an indicator."""
    return {
        "url": f"https://www.site{n % 9000}.example.org/path/{n}/page?id={n}",
        "file-path": f"/private/var/mobile/Library/SMS/Attachments/{n % 256:02x}/{n % 16:02}/{n:032x}/IMG_{n}.HEIC",
        "domain": f"h{n}.d{n % 5000}.example.org",
        "process-name": f"daemon{n}",
        "account": f"person{n}@example.com",
        "sha256": f"{n:064x}",
    }[kind]


def indicator(n: int) -> tuple[str, str]:
    """The nth of the feed: kind and value."""
    return (
        ("domain", f"bad{n}.example.net"), ("url", f"https://www.site{n % 9000}.example.org/bad/{n}"),
        ("domain", f"c2-{n}.example.net"), ("process-name", f"badd{n}"),
        ("file-path", f"/private/var/db/bad{n}/x"), ("email", f"bad{n}@example.com"),
        ("sha256", f"{n + (1 << 200):064x}"), ("app-id", f"net.example.bad{n}"),
        ("ip-address", f"198.{18 + n // 65536 % 2}.{n // 256 % 256}.{n % 256}"), ("domain", f"cdn.bad{n}.example.net"),
    )[n % 10]  # fmt: skip


def stored_as(kind: str, value: str) -> tuple[str, str]:
    """In which field of the planted table a phone would hold it, and how."""
    if kind == "domain":
        return "url", f"https://www.{value}/a"
    return {"app-id": "bundle_id"}.get(kind, kind.replace("-", "_")), value


def pieces() -> list[tuple[pa.Table, dict[str, pa.Array]]]:
    """The pool: each piece as observables, and its keys by table."""
    made = []
    for piece in range(PIECES):
        keys, parts = MatchKeys(), []
        for kind, share in sorted(SHARES):
            count = int(PIECE * share)
            values = sorted(ordinary(kind, n) for n in range(piece * count, (piece + 1) * count))
            columns = [pa.repeat(kind, count), pa.array(values), pa.repeat(TABLES[kind], count)]
            times = pa.repeat(pa.scalar(1_626_602_520_000_000, pa.int64()), count).cast(OBSERVABLES.field(3).type)
            counts = pa.repeat(pa.scalar(1, pa.int64()), count)
            parts.append(pa.record_batch([*columns, times, times, counts], schema=OBSERVABLES))
            keys.add(parts[-1])
        by_table = defaultdict(list)
        for batch in keys.reader():
            by_table[batch["table"][0].as_py()].append(batch["key"])
        made.append((pa.Table.from_batches(parts), {t: pa.concat_arrays(k) for t, k in by_table.items()}))
    return made


def template(folder: Path) -> Path:
    """A phantom, examined: what every case has of tables, findings, coverage and report."""
    case = folder / "template"
    if not case.exists():
        run = [sys.executable, "-m", "bridle"]
        subprocess.run([*run, "phantom", "device", "--kind", "apk", folder / "app.apk"], check=True, env=environment())
        (folder / "none.csv").write_text("kind,value\ndomain,nowhere.example.org\n")
        more = ["-i", folder / "none.csv", "-o", case]
        subprocess.run([*run, "check", folder / "app.apk", *more], env=environment(), stdout=-3, check=False)
    return case


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src")}


def planted_in(case: int) -> list[int]:
    """Numbers of the indicators that a case holds: three, of different kinds, in one of fifty."""
    return [case * 7 + 1, case * 7 + 3, case * 7 + 5] if case % EVERY == 0 else []


def planted_table(case: int) -> pa.Table:
    kinds = {name: name.replace("_", "-") for name in FIELDS}
    schema = pa.schema(
        [
            *(pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256", "locator")),
            *(pa.field(n, pa.string(), metadata={"kind": kinds[n], "surface": s}) for n, s in FIELDS.items()),
        ]
    )
    rows = []
    for number in planted_in(case):
        name, value = stored_as(*indicator(number))
        stamps = {"_source": "S1", "_path": "/planted", "_sha256": "ab" * 32, "locator": f"row {number}"}
        rows.append({**stamps, name: value})
    return pa.Table.from_pylist(rows, schema=schema)


_POOL: list[tuple[pa.Table, dict[str, pa.Array]]] = []


def make(job: tuple[Path, Path, int]) -> None:
    """One case."""
    like, out, number = job
    writer._sync = _unsynced
    key = unwrap(like)
    made = writer.CaseWriter(out, key)
    made.write_file(WRAPPED, wrap(key))
    for name, content in manifest.contents(like).items():
        if name.endswith(".parquet") and name not in ("observables.parquet", f"{NAME}.parquet"):
            made.adopt(name, like / name, content)
        elif not name.endswith(".parquet"):
            made.write_file(name, (like / name).read_bytes())
    made.add(PLANTED, ("S1",), planted_table(number))
    made.declare(PLANTED, planted_table(number).schema)
    made.finish_tables()
    own = MatchKeys()
    planted = observables(_Planted(made.building, key), own.add).read_all()
    drawn = random.Random(number).sample(range(PIECES), max(1, EACH // PIECE))
    whole = pa.concat_tables([planted, *(_POOL[n][0] for n in drawn)])
    made.write_table("observables", whole.sort_by([("kind", "ascending"), ("value", "ascending")]))
    made.write_table(NAME, all_keys(own, drawn))
    made.commit()


def _unsynced(_: Path) -> None:
    """A benchmark's cases need not outlive a power cut."""


class _Planted(Case):
    """The case with the planted table alone."""

    def tables(self) -> dict[str, pa.Schema]:
        return {PLANTED: super().tables()[PLANTED]}


def all_keys(own: MatchKeys, drawn: list[int]) -> pa.Table:
    by_table = defaultdict(list)
    for batch in own.reader():
        by_table[batch["table"][0].as_py()].append(batch["key"])
    for n in drawn:
        for table, some in _POOL[n][1].items():
            by_table[table].append(some)
    parts = []
    for table in sorted(by_table):
        keys = pc.unique(pa.concat_arrays(by_table[table]))
        keys = keys.take(pc.sort_indices(keys))
        parts.append(pa.record_batch([pa.repeat(table, len(keys)), keys], schema=MATCH_KEYS))
    return pa.Table.from_batches(parts, schema=MATCH_KEYS)


def generate(folder: Path) -> float:
    """The cases that are not there yet; how long that took."""
    begin = time.monotonic()
    like = template(folder)
    jobs = [(like, folder / "lake" / "cases" / f"case{n:05}", n) for n in range(CASES)]
    jobs = [j for j in jobs if not j[1].exists()]
    if jobs:
        _POOL[:] = pieces()
        pa.set_cpu_count(1)
        with multiprocessing.get_context("fork").Pool(JOBS) as pool:
            for _ in pool.imap_unordered(make, jobs, 8):
                pass
    return time.monotonic() - begin


def hunt(folder: Path, size: int, cases: int) -> dict[str, float | int]:
    """One run; fails unless exactly what is planted is found."""
    feed, out = folder / f"feed{size}.csv", folder / "found.jsonl"
    feed.write_text("kind,value\n" + "".join(f"{k},{v}\n" for k, v in map(indicator, range(size))))
    named = [str(folder / "lake" / "cases" / f"case{n:05}") for n in range(cases)]
    lake = [str(folder / "lake")] if cases == CASES else named
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bridle", "hunt", *lake, "-i", str(feed), "-o", str(out), "--jobs", str(JOBS)]
    figures = measure(command, None, environment())
    if figures.code != 1:
        raise SystemExit(f"expected exit code 1, got {figures.code} from {' '.join(command)}")
    found = {(Path(f["case"]).name, f["indicator"]["value"]) for f in map(json.loads, out.read_text().splitlines())}
    wanted = {(f"case{n:05}", indicator(i)[1]) for n in range(cases) for i in planted_in(n) if i < size}
    if found != wanted:
        raise SystemExit(f"{len(wanted - found)} planted were not found, {len(found - wanted)} others were: "
                         f"{sorted(found ^ wanted)[:3]}")  # fmt: skip
    return {
        "cases": cases, "observables": cases * EACH, "indicators": size, "found": len(found), "wall": figures.wall,
        "cpu": figures.cpu, "memory": figures.memory_sum, "cases_per_second": cases / figures.wall,
        "observables_per_second": cases * EACH / figures.wall,
    }  # fmt: skip


def main() -> None:
    given = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    folder = given or Path(tempfile.mkdtemp(prefix="bridle-hunt-"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["BRIDLE_CONFIG"] = str(folder / "config")
    try:
        took = generate(folder)
        size = sum(p.stat().st_size for p in (folder / "lake").rglob("*") if p.is_file())
        print(f"{CASES:,} cases of {EACH:,} observables, {size / 1e9:.2f} GB; made in {took:.0f} s; {JOBS} processes")
        print("  cases    feed  found  wall s   CPU s    MiB  cases/s  observables/s")
        runs = [hunt(folder, feed, cases) for cases in dict.fromkeys((max(1, CASES // 10), CASES)) for feed in FEEDS]
        for r in runs:
            rates = f"{r['cases_per_second']:8.0f} {r['observables_per_second']:14,.0f}"
            cost = f"{r['wall']:7.2f} {r['cpu']:7.2f} {r['memory'] / 2**20:6.0f}"
            print(f"{r['cases']:7,} {r['indicators']:7,} {r['found']:6,} {cost} {rates}")
        few, many = runs[1], runs[-1]
        slope = (many["wall"] - few["wall"]) / max(1, many["observables"] - few["observables"])
        begin = max(0.0, few["wall"] - slope * few["observables"])
        print(f"10^9 observables, from these: {begin + slope * 1e9:.0f} s; each 10^8: {slope * 1e8:.1f} s")
        print(json.dumps({"made": took, "bytes": size, "runs": runs, "billion": begin + slope * 1e9}))
    finally:
        if given is None:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
