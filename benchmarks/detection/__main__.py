"""`python -m detection`: measure, and write the page. Exits with 1 where something is not as it must be."""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib
import json
import multiprocessing
import platform
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bridle import __version__
from bridle.detect.rule import load_rules, rules_digest
from bridle.indicators import load
from bridle.phantom import feed
from detection import devices, page, real
from detection.keep import end_with_parent, kept_or
from detection.results import Results

ROOT = Path(__file__).resolve().parents[2]


def measured(folder: Path, each: int, jobs: int, kept: Path, *, new: bool = True) -> Results:
    """All five parts, in new folders below `folder`. What `kept` has of an earlier run is not measured again.

    Unless `new`, nothing else is measured but the replay.
    """
    names = list(real.inputs(real.CORPUS)) if real.CORPUS.is_dir() else []
    tasks = [*devices.clean(each), *devices.forged(), *devices.attacked()]
    work: list[tuple[Path, tuple[Any, ...]]] = [
        (kept / f"real {n}", (real.examined, name, real.CORPUS, folder / f"real{n}")) for n, name in enumerate(names)
    ]
    work += [
        (kept / f"{t.part} {t.name} {t.kind} {t.seed}", (devices.run, t, folder / f"task{n}"))
        for n, t in enumerate(tasks)
    ]
    todo = _mixed([w for w in work if new or w[0].exists()])
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=end_with_parent) as pool:
        made = dict(zip((file for file, _ in todo), _told([pool.submit(kept_or, f, *w) for f, w in todo]), strict=True))
    inputs = {name: made[file] for name, (file, _) in zip(names, work, strict=False) if file in made}
    done = [made[file] for file, _ in work[len(names) :] if file in made]
    report, lacks = _replayed(folder)
    return Results(
        environment=_environment(), real=inputs, replayed=report, replay_lacks=lacks, explained=_explained(),
        clean=[d for d in done if d.task.part == "clean"], forged=[d for d in done if d.task.part == "forgery"],
        attacked=[d for d in done if d.task.part == "campaign"], unmeasured=len(work) - len(todo),
    )  # fmt: skip


def _mixed(work: list[tuple[Path, tuple[Any, ...]]]) -> list[tuple[Path, tuple[Any, ...]]]:
    """The parts side by side, so that a run that is stopped has some of each."""
    parts: dict[str, list[tuple[Path, tuple[Any, ...]]]] = {}
    for one in work:
        parts.setdefault(one[0].name.split(" ", 1)[0], []).append(one)
    shares = [(n / len(part), one) for part in parts.values() for n, one in enumerate(part)]
    return [one for _, one in sorted(shares, key=lambda s: s[0])]


def _told(made: Iterable[Any]) -> Iterator[Any]:
    for n, one in enumerate(made, 1):
        yield one.result()
        if n % 20 == 0:
            print(f"{n} acquisitions", file=sys.stderr, flush=True)


def _replayed(folder: Path) -> tuple[Any, str]:
    """The report of the known-answer replay over the published feeds and a synthetic one; or why there is none."""
    try:
        replay = importlib.import_module("replay").replay
    except ImportError as e:
        return None, f"{e}"
    synthetic = folder / "feed.stix2"
    feed.write(synthetic, devices.SEED)
    return replay(load([*real.feeds(), synthetic])), ""


def _explained() -> dict[tuple[str, str], str]:
    with (real.HERE / "explained.tsv").open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {(row["input"], row["rule"]): row["why"] for row in rows}


def _environment() -> dict[str, str]:
    rules = load_rules()
    told = {
        "bridle": __version__, "Python": ".".join(platform.python_version_tuple()[:2]),
        "rules": f"{len(rules)}, digest `{rules_digest(rules)[:16]}`",
        "list of real inputs": f"digest `{_digest(real.HERE / 'presumed_clean.tsv')}`",
    }  # fmt: skip
    told |= {name: version(name.lower()) for name in ("DuckDB", "PyArrow", "APSW")}
    for name in ("campaign", "forgery", "noise"):
        told[f"{name}.toml"] = f"digest `{_digest(ROOT / 'src/bridle/phantom' / f'{name}.toml')}`"
    if real.feeds():
        found = load(real.feeds())
        every = hashlib.sha256("".join(sorted(f.digest for f in found.feeds if f.loaded)).encode()).hexdigest()[:16]
        loaded = [f for f in found.feeds if f.loaded]
        told["published feeds"] = f"{len(loaded)}, {sum(f.indicators for f in loaded):,} indicators, digest `{every}`"
    else:
        told["published feeds"] = "none beside the checkout"
    return told


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def main() -> None:
    """Measure, write the page, and say what is not as it must be."""
    asked = argparse.ArgumentParser(prog="detection", description=__doc__)
    asked.add_argument("-o", "--out", type=Path, default=ROOT / "docs" / "detection-quality.md")
    asked.add_argument("--each", type=int, default=devices.EACH, help="clean phones of each platform")
    asked.add_argument("--jobs", type=int, default=2)
    asked.add_argument("--keep", type=Path, help="folder for results, so that a run that was stopped goes on; empty it "
                       "when code has changed: rules, feeds and data are told apart, code is not")  # fmt: skip
    asked.add_argument("--kept-only", action="store_true", help="write the page of what --keep has, and of the replay")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="bridle-detection-") as scratch:
        told = json.dumps(_environment(), sort_keys=True).encode()
        kept = (given.keep or Path(scratch) / "kept") / hashlib.sha256(told).hexdigest()[:16]
        kept.mkdir(parents=True, exist_ok=True)
        results = measured(Path(scratch), given.each, given.jobs, kept, new=not given.kept_only)
    given.out.write_text(page.written(results), "utf-8")
    for line in page.lines(results):
        print(line)
    sys.exit(bool(results.failures()))


if __name__ == "__main__":
    main()
