"""The parts of the benchmark. Each gives plain figures, which `page` puts into words."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bridle.indicators import load
from measure import Figures, measure
from performance import floor, planted, profiles, subjects
from performance.inputs import ROOT, Input, Inputs
from performance.subjects import Subject

Part = dict[str, Any]
_BENCHMARKS = ROOT / "benchmarks"


def _check(name: str) -> Callable[[Inputs, Path], Part]:
    """A part that has everybody examine one input, in turns."""

    def part(inputs: Inputs, keep: Path) -> Part:
        given: Input = getattr(inputs, name)()
        who = _subjects(keep)
        rounds = _rounds(who)
        runs: dict[str, list[dict[str, Any]]] = {s.name: [] for s in who}
        told: Part = {"input": given.title, "size": _size(given.path), "generator": inputs.by_generators}
        out = keep / "out"
        for n in range(max(rounds.values())):
            for subject in who:
                if n < rounds[subject.name]:
                    runs[subject.name].append(asdict(_measured(subject, given, inputs.feeds(), out)))
                    if subject.name == "bridle":
                        told |= _of_case(given, out / "case", keep)
            if given.kind == "sysdiagnose":
                told.setdefault("gzip", []).append(floor.gzip_and_hash(given.path))
        shutil.rmtree(out, ignore_errors=True)
        at = floor.rates()
        told["floor"] = floor.load(given, told["read"]).seconds(at)
        _flame(who[-1], given, inputs.feeds(), out)
        return told | {"runs": runs, "versions": {s.name: s.version for s in who}, "machine": _machine()}

    return part


def _subjects(keep: Path) -> list[Subject]:
    earlier = None if os.environ.get("PREVIOUS") == "none" else subjects.previous(keep)
    peer = None if os.environ.get("MVT") == "none" else subjects.peer(keep)
    return [s for s in (peer, earlier, subjects.ours()) if s is not None]


def _rounds(who: Sequence[Subject]) -> dict[str, int]:
    ours = int(os.environ.get("ROUNDS", "3"))
    theirs = int(os.environ.get("PEER_ROUNDS", ours))
    return {s.name: ours if s.name == "bridle" else theirs for s in who}


def _measured(subject: Subject, given: Input, feeds: Sequence[Path], out: Path) -> Figures:
    """All commands of one subject in turn: sums, and peaks of the higher one."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    done = [measure(command, out, subject.environment(out.parent)) for command in subject.commands(given, feeds, out)]
    made = Figures(
        cpu=sum(f.cpu for f in done), wall=sum(f.wall for f in done),
        memory_sum=max(f.memory_sum for f in done), memory_largest=max(f.memory_largest for f in done),
        written=done[-1].written, code=done[-1].code,
    )  # fmt: skip
    print(
        f"  {subject.name}: {made.cpu:.1f} CPU s, {made.wall:.1f} s, {made.memory_sum >> 20} MiB, "
        f"{made.written >> 20} MiB written, exit {made.code}", file=sys.stderr, flush=True,
    )  # fmt: skip
    return made


def _of_case(given: Input, case: Path, keep: Path) -> Part:
    """What the case says: planted traces that were found, rows, and the bytes of the files that were read."""
    if not case.is_dir():
        sys.exit(f"bridle made no case of {given.name}")
    query = (
        "SELECT coalesce(sum(size), 0) AS read FROM (SELECT DISTINCT path, size FROM ledger WHERE sha256 IS NOT NULL)"
    )
    asked = [sys.executable, "-m", "bridle", "sql", str(case), query, "--json"]
    environment = os.environ | {"BRIDLE_CONFIG": str(keep / "config")}
    done = subprocess.run(asked, check=True, capture_output=True, env=environment)
    summary = json.loads((case / "summary.json").read_text())
    return {
        "read": int(json.loads(done.stdout)[0]["read"]), "rows": summary["rows"],
        "recalled": planted.recalled(given.name, given.truth, case), "problems": summary["problems"][:3],
    }  # fmt: skip


def _flame(subject: Subject, given: Input, feeds: Sequence[Path], out: Path) -> None:
    """A flame graph of bridle's run where one was asked for."""
    if not (folder := os.environ.get("FLAME")):
        return
    if (sampler := shutil.which("py-spy")) is None:
        print("py-spy is not on the path: no flame graph was drawn", file=sys.stderr)
        return
    Path(folder).mkdir(parents=True, exist_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    for command in subject.commands(given, feeds, out):
        drawn = [
            sampler,
            "record",
            "--subprocesses",
            "--format",
            "flamegraph",
            "-o",
            f"{folder}/{given.name}.svg",
            "--",
        ]
        environment = os.environ | subject.environment(out.parent)
        subprocess.run([*drawn, *command], env=environment, check=False, stdout=subprocess.DEVNULL)
    shutil.rmtree(out, ignore_errors=True)


def _profiled(inputs: Inputs, _: Path) -> Part:
    at = floor.rates()
    return {"profiles": profiles.profiles(inputs.plain(), at), "rates": asdict(at), "machine": _machine()}


def _help(_: Inputs, keep: Path) -> Part:
    """Wall seconds of `--help`, nine times in turns."""
    taken: dict[str, list[float]] = {}
    peer = None if os.environ.get("MVT") == "none" else subjects.peer(keep)
    commands = {"bridle": [sys.executable, "-m", "bridle", "--help"]}
    if peer is not None and peer.binaries is not None:
        commands["MVT"] = [str(peer.binaries / "mvt-ios"), "--help"]
    for _n in range(9):
        for name, command in commands.items():
            begin = time.monotonic()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            taken.setdefault(name, []).append(time.monotonic() - begin)
    return {"seconds": {name: statistics.median(found) for name, found in taken.items()}, "machine": _machine()}


def _stix(_: Inputs, keep: Path) -> Part:
    """CPU seconds of loading a bundle of 20,000 indicators and as many relationships; the median of three."""
    bundle = keep / "bundle.stix2"
    if not bundle.exists():
        bundle.write_text(
            json.dumps({"type": "bundle", "id": f"bundle--{uuid.UUID(int=0)}", "objects": _objects(20_000)})
        )
    taken = []
    for _n in range(3):
        begin = time.process_time()
        found = load([bundle])
        taken.append(time.process_time() - begin)
    return {"cpu": statistics.median(taken), "indicators": len(found.indicators), "machine": _machine()}


def _objects(count: int) -> list[dict[str, Any]]:
    made = {"created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z", "spec_version": "2.1"}
    malware = {"type": "malware", "id": f"malware--{uuid.UUID(int=1)}", "name": "Example", "is_family": True, **made}
    objects = [malware]
    for n in range(count):
        id_ = f"indicator--{uuid.UUID(int=2 * n + 2)}"
        pattern = f"[domain-name:value = 'host{n}.example.org']"
        objects.append({"type": "indicator", "id": id_, "pattern": pattern, "pattern_type": "stix",
                        "valid_from": "2026-01-01T00:00:00Z", **made})  # fmt: skip
        objects.append({"type": "relationship", "id": f"relationship--{uuid.UUID(int=2 * n + 3)}", "source_ref": id_,
                        "relationship_type": "indicates", "target_ref": malware["id"], **made})  # fmt: skip
    return objects


def _script(name: str, *arguments: str) -> Callable[[Inputs, Path], Part]:
    """A part that is a benchmark by itself: what it prints."""

    def part(_: Inputs, keep: Path) -> Part:
        environment = os.environ | {"PYTHONPATH": f"{_BENCHMARKS}{os.pathsep}{ROOT / 'src'}", "KEEP": str(keep)}
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, _BENCHMARKS / name, *(str(keep / a) for a in arguments)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        return {"printed": done.stdout, "wall": time.monotonic() - begin, "machine": _machine()}

    return part


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else sum(p.stat().st_size for p in path.rglob("*") if p.is_file())


def _machine() -> dict[str, Any]:
    model = ""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [x.partition(":")[2].strip() for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = names[0] if names else ""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return {"cores": os.cpu_count(), "model": model, "load": round(load, 1), "day": time.strftime("%Y-%m-%d")}


PARTS: dict[str, Callable[[Inputs, Path], Part]] = {
    "plain": _check("plain"),
    "encrypted": _check("encrypted"),
    "bugreport": _check("bugreport"),
    "bomb": _check("bomb"),
    "sysdiagnose": _check("sysdiagnose"),
    "profiles": _profiled,
    "help": _help,
    "matching": _script("matching.py"),
    "stix": _stix,
    "hunt": _script("hunt.py", "hunt"),
    "fleet": _script("fleet.py"),
}
