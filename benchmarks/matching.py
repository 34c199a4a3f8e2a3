"""`make bench-matching`: observables looked up in a second, with a million indicators, over columns as a case has them.

Once with 5 % of the values distinct (of URLs: of the hosts; every URL is another), as logs and histories are, and once
with all of them distinct. `naive` is one loop over all indicators for each value, as peers do it, on a small sample.
Figures are of CPU seconds of one core; `INDICATORS` and `ROWS` (a million each) set the size.
"""

from __future__ import annotations

import gc
import os
import random
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import bridle  # noqa: F401 - before Arrow, whose memory it chooses

# isort: split
import pyarrow as pa

from bridle.indicators import Indicator, Matcher, load, match_tables

INDICATORS = int(os.environ.get("INDICATORS", "1000000"))
ROWS = int(os.environ.get("ROWS", "1000000"))
PLANTED = 20
"""Rows of each column that hold an indicator; each must be found."""
BATCH = 1 << 16
SAMPLE = 20
"""Values that are looked up in the naive way."""
R = TypeVar("R")


def timed(work: Callable[[], R]) -> tuple[float, R]:
    """CPU seconds and what comes of the work."""
    gc.collect()
    begin = time.process_time()
    made = work()
    return time.process_time() - begin, made


class Column:
    """One table with one column of values, in batches as a case gives them."""

    def __init__(self, kind: str, surface: str, values: Sequence[str]) -> None:
        note = {"kind": kind, "surface": surface}
        stamps = [pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256", "locator")]
        self._schema = pa.schema([*stamps, pa.field("value", pa.string(), metadata=note)])
        array = pa.array(values, pa.string())
        self._batches = [
            pa.record_batch([*[pa.repeat("x", n)] * 4, array.slice(at, n)], schema=self._schema)
            for at in range(0, len(array), BATCH)
            if (n := min(BATCH, len(array) - at))
        ]

    def tables(self) -> dict[str, pa.Schema]:
        return {"ios.example.row": self._schema}

    def batches(self, table: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:  # noqa: ARG002
        yield from (b.select(list(columns)) if columns else b for b in self._batches)


def host(n: int) -> str:
    """Of an ordinary site."""
    return (
        f"{('www', 'm', 'api', 'cdn.static')[n % 4]}.site{n * 7919 % 9999991}.{('example', 'test', 'invalid')[n % 3]}"
    )


def url(n: int, name: str) -> str:
    """One in ten has encoded characters, one in fifty another address inside."""
    query = f"?q=a%20b%2Fc&n={n}" if n % 10 == 0 else f"?n={n}"
    if n % 50 == 7:
        query = f"?u=https%3A%2F%2F{host(n + 1)}%2F{n}"
    return f"https://{name}/articles/{n % 977}/{n}{query}"


def path(n: int) -> str:
    """In an app's container."""
    folder = f"/private/var/mobile/Containers/Data/Application/{n // 40:08X}-0000-4000-8000-000000000000"
    return f"{folder}/Library/Caches/{n}.db"


MAKE: dict[str, tuple[str, str, Callable[[int, int], str]]] = {
    "domains": ("domain", "visited", lambda _, of: host(of)),
    "urls": ("url", "visited", lambda n, of: url(n, host(of))),
    "texts": ("text", "message", lambda _, of: f"message {of}: are you at {('home', host(of))[of % 20 == 0]} today?"),
    "paths": ("file-path", "file-present", lambda _, of: path(of)),
    "processes": ("process-name", "running-process", lambda _, of: f"daemon{of}d"),
}
"""Column to its kind, surface, and the value of row n, of which the part `of` repeats."""


def planted(name: str, n: int) -> str:
    return {
        "domains": f"x.{bad(n)}", "urls": f"https://{bad(n)}/a?b", "texts": f"look at {bad(n)}/x",
        "paths": f"/private/var/tmp/bad{n}/x", "processes": f"bad{n}processd",
    }[name]  # fmt: skip


def bad(n: int) -> str:
    return f"lure{n * 104729 % 99999989}.example"


def feed(folder: Path) -> Path:
    """Lists of as many indicators: 90 % domains, the rest paths and processes."""
    many = INDICATORS // 20
    (folder / "domains.txt").write_text("\n".join(bad(n) for n in range(INDICATORS - 2 * many)) + "\n")
    (folder / "paths.txt").write_text("\n".join(f"/private/var/tmp/bad{n}" for n in range(many)) + "\n")
    (folder / "processes.txt").write_text("\n".join(f"bad{n}processd" for n in range(many)) + "\n")
    return folder


def naive(known: Sequence[Indicator], values: Sequence[str]) -> int:
    """Every indicator is compared with every value."""
    return sum(
        1
        for v in values
        for i in known
        if v == i.value or (i.kind == "domain" and v.endswith("." + i.value)) or v.startswith(i.value + "/")
    )


def run(name: str, matcher: Matcher, distinct: int) -> float:
    """Observables in a second of CPU. Raises RuntimeError where something that was planted is not found."""
    kind, surface, make = MAKE[name]
    drawn = random.Random(7)
    parts = range(ROWS) if distinct == ROWS else [drawn.randrange(distinct) for _ in range(ROWS)]
    values = [make(n, of) for n, of in enumerate(parts)]
    for n in range(PLANTED):
        values[n * (ROWS // PLANTED) + 5] = planted(name, n)
    column = Column(kind, surface, values)
    del values
    seconds, found = timed(lambda: sum(1 for _ in match_tables(column, matcher)))
    if found != PLANTED:
        raise RuntimeError(f"{name}: found {found} of {PLANTED} planted rows")
    return ROWS / seconds


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Load, build, look up, print."""
    with TemporaryDirectory() as scratch:
        loading, known = timed(lambda: load([feed(Path(scratch))]))
    print(f"{len(known.indicators):,} indicators: loaded in {loading:.1f} s of CPU, {peak():,.0f} MiB at most")
    building, matcher = timed(lambda: Matcher(known))
    print(f"index: built in {building:.1f} s of CPU, {peak():,.0f} MiB at most")
    print(f"\n{'column':12}{'5 % distinct':>16}{'all distinct':>16}")
    for name in MAKE:
        few, all_of_them = run(name, matcher, ROWS // 20), run(name, matcher, ROWS)
        print(f"{name:12}{few / 1e6:13.2f} M/s{all_of_them / 1e6:13.2f} M/s")
        if name == "domains":
            fast = all_of_them
    print(f"{peak():,.0f} MiB at most")
    seconds, _ = timed(lambda: naive(known.indicators, [host(n) for n in range(SAMPLE)]))
    print(f"\nnaive, {SAMPLE} domains: {SAMPLE / seconds:,.1f} a second; the ratio is {fast * seconds / SAMPLE:,.0f}")


if __name__ == "__main__":
    main()
