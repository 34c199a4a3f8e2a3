"""`make bench`: the same backup for bridle and, where it is installed, for its peer; prints ratios, memory and bytes.

Without the peer (`MVT=…/bin` names its folder) bridle's own figures are printed. The evidence is synthetic, of the
size given by `SCALE` (1 is an ordinary small phone).
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SCALE = os.environ.get("SCALE", "50")
BRIDLE = Path(sys.executable).with_name("bridle")


@dataclass(frozen=True)
class Figures:
    """One run of one command: CPU and wall seconds, peak MiB of the largest process, MiB written."""

    cpu: float
    wall: float
    memory: float
    written: float


def measure(command: list[str], out: Path, environment: dict[str, str]) -> Figures:
    """Run a command whose output goes to `out`."""
    started = time.perf_counter()
    child = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, _, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    written = sum(f.stat().st_size for f in out.rglob("*") if f.is_file()) / 2**20
    return Figures(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024, written)


def main() -> None:
    """Measure in turns, and print medians."""
    mvt = os.environ.get("MVT")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        phone = folder / "phone"
        make = [str(BRIDLE), "phantom", "device", "--state", "infected", "--seed", "7", "--scale", SCALE, str(phone)]
        subprocess.run(make, check=True, stderr=subprocess.DEVNULL)
        subprocess.run([str(BRIDLE), "phantom", "feed", "--seed", "7", str(folder / "feed.stix2")], check=True)
        rows: dict[str, list[Figures]] = {"bridle": []} | ({"mvt": []} if mvt else {})
        for n in range(ROUNDS):
            for name in rows:
                out = folder / f"{name}-{n}"
                rows[name].append(
                    measure(
                        _command(name, phone, folder / "feed.stix2", out, mvt),
                        out,
                        {
                            "BRIDLE_CONFIG": str(folder / "config"),
                            "MVT_NETWORK_ACCESS_ALLOWED": "False",
                        },
                    )
                )
                shutil.rmtree(out, ignore_errors=True)
    _print(rows)


def _command(name: str, phone: Path, feed: Path, out: Path, mvt: str | None) -> list[str]:
    if name == "bridle":
        return [str(BRIDLE), "check", str(phone), "-o", str(out), "-i", str(feed)]
    quiet = ["--disable-update-check", "--disable-indicator-update-check"]
    return [f"{mvt}/mvt-ios", *quiet, "check-backup", "-i", str(feed), "-o", str(out), str(phone)]


def _print(rows: dict[str, list[Figures]]) -> None:
    median = {
        name: Figures(*(statistics.median(getattr(f, k) for f in found) for k in ("cpu", "wall", "memory", "written")))
        for name, found in rows.items()
    }
    print(f"iOS backup, phantom scale {SCALE}, medians of {ROUNDS} rounds in turns")
    for label, key in (("CPU s", "cpu"), ("wall s", "wall"), ("peak MiB", "memory"), ("written MiB", "written")):
        own = getattr(median["bridle"], key)
        line = f"{label:12} bridle {own:9.1f}"
        if "mvt" in median:
            line += f"   mvt {getattr(median['mvt'], key):9.1f}   mvt/bridle {getattr(median['mvt'], key) / own:6.1f}"
        print(line)


if __name__ == "__main__":
    main()
