"""What is installed, and whether it can be made again: locks, wheel, bill of materials, offline installer, systems.

`COUNT` is how many times the wheel is built (2 by default). The offline installer is made anew only with `NETWORK=1`,
for it downloads; without it `WHEELHOUSE` names one, else the line is left out. What needs `unshare` says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reliability.line import Line
from supply import audit, bill, lock, wheel, wheelhouse

ROOT = Path(__file__).resolve().parents[2]
_CUT = ("unshare", "--map-root-user", "--net")
_AGAIN = "ONLY=supply make bench-reliability"


def lines() -> Iterator[Line]:
    """The part."""
    yield _locks()
    yield _changed_locks()
    with tempfile.TemporaryDirectory(prefix="supply-") as scratch:
        folder = Path(scratch)
        yield _wheels(folder)
        yield _bills()
        yield from _offline_audit(folder)
        yield from _own_files(folder)
        yield from _wheelhouse(folder)
        yield from _systems(folder)


def _locks() -> Line:
    found = [lock.read(path.read_text("utf-8")) for path in lock.LOCKS if path.exists()]
    packages = sum(len(pinned) for pinned, _ in found)
    faults = sum(len(faults) for _, faults in found)
    return Line(what="packages pinned by SHA-256, without an address", tried=packages + faults, survived=packages,
                command="PYTHONPATH=benchmarks python -m supply.lock", note=f"{len(found)} locks")  # fmt: skip


def _changed_locks() -> Line:
    """Each package of the lock in turn without its digests, and an address before it: both have to be found."""
    pinned, _ = lock.read(lock.LOCK.read_text("utf-8"))
    found = 0
    for one in pinned:
        bare = f"{one.name}=={one.version}\n"
        addressed = f"--index-url https://index.example.org/\n{wheelhouse.locked([one])}"
        found += bool(lock.read(bare)[1]) + bool(lock.read(addressed)[1])
    return Line(what="locks without a digest or with an index are refused", tried=2 * len(pinned), survived=found,
                command=_AGAIN)  # fmt: skip


def _wheels(folder: Path) -> Line:
    """Builds in folders, at times and under umasks of their own, against the first."""
    count, epoch = int(os.environ.get("COUNT", "2")), wheel.source_time(ROOT)
    first = wheel.built(ROOT, folder / "dist", epoch).read_bytes()
    same = 0
    for n in range(1, count):
        source = folder / f"a copy {n}" / "bridle"
        shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copyfile(ROOT / name, source / name)
        before = os.umask(0o077)
        try:
            same += wheel.built(source, folder / f"dist-{n}", epoch).read_bytes() == first
        finally:
            os.umask(before)
    return Line(what="wheels built again, equal to the byte", tried=count - 1, survived=same, command="make wheel",
                note="another folder, another time, umask 077")  # fmt: skip


def _bills() -> Line:
    """Every package of the lock is in the bill of materials, which is the same when it is made again."""
    pinned, _ = lock.read(lock.LOCK.read_text("utf-8"))
    needs = bill.installed_needs(p.name for p in pinned)
    made = bill.bill(pinned, "0", 0, needs)
    again = bill.encoded(bill.bill(reversed(pinned), "0", 0, needs)) == bill.encoded(made)
    named = {c["purl"] for c in made["components"]}
    return Line(what="packages in the bill of materials (CycloneDX 1.6)", tried=len(pinned),
                survived=len(named) if again else 0, command="make sbom",
                note="made twice, the same bytes" if again else "made twice, different bytes")  # fmt: skip


def _offline_audit(folder: Path) -> Iterator[Line]:
    """The check for known weaknesses, with the network cut: it has to say so, and to end well."""
    if not _can_cut():
        return
    env = os.environ | {"PYTHONPATH": str(ROOT / "benchmarks")}
    if not (audit.ENVIRONMENT / "bin/pip-audit").exists():
        env["AUDITOR"] = str(folder / "there-is-none")
    run = subprocess.run([*_CUT, sys.executable, "-m", "supply.audit"], env=env, capture_output=True, text=True,
                         check=False, timeout=120)  # fmt: skip
    said = run.returncode == 0 and run.stdout.startswith("not checked: ")
    yield Line(what="check for known weaknesses without a network says that it was none", tried=1, survived=int(said),
               command="make audit", note=run.stdout.strip()[:120].replace("|", "/"))  # fmt: skip


def _can_cut() -> bool:
    try:
        return subprocess.run([*_CUT, "true"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


_CHANGES = {
    "a changed module": lambda place: (place / "bridle/core.py").open("ab").write(b"\n"),
    "a removed rule": lambda place: next((place / "bridle/rules/ios").glob("*.toml")).unlink(),
    "a changed baseline": lambda place: (place / "bridle/baselines/ios_crashers.txt").write_bytes(b""),
    "an added module": lambda place: (place / "bridle/formats/late.py").write_bytes(b""),
    "an added rule": lambda place: (place / "bridle/rules/ios/late.toml").write_bytes(b""),
}


def _own_files(folder: Path) -> Iterator[Line]:
    """The wheel, unpacked; then one change after another, each of which `bridle self-verify` has to name."""
    packed = next((folder / "dist").glob("*.whl"))
    found = []
    for n, change in enumerate((None, *_CHANGES.values())):
        place = folder / f"installed-{n}"
        shutil.unpack_archive(packed, place, "zip")
        if change is not None:
            change(place)
        code = "import json, sys\nfrom bridle import installed\nprint(len(installed.examined('bridle').differences))"
        env = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
        found.append(run.stdout.strip() == ("0" if change is None else "1"))
        shutil.rmtree(place)
    yield Line(what="changes to installed files are found by self-verify", tried=len(found), survived=sum(found),
               command="bridle self-verify", note=f"none where nothing was changed; {', '.join(_CHANGES)}")  # fmt: skip


def _wheelhouse(folder: Path) -> Iterator[Line]:
    """The installer, with the network cut, into a new environment; then the demonstration there."""
    given = os.environ.get("WHEELHOUSE")
    if not _can_cut() or not (given or os.environ.get("NETWORK")):
        return
    house = Path(given) if given else folder / "wheelhouse"
    if not given:
        pinned, _ = lock.read(lock.LOCK.read_text("utf-8"))
        wheelhouse.made(house, wheelhouse.for_users(pinned), next((folder / "dist").glob("*.whl")))
    place, demo = folder / "environment", folder / "demo"
    env = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder)}
    steps = (["sh", str(house / "install.sh"), str(place)], [str(place / "bin/bridle"), "demo", str(demo)])
    well = [subprocess.run([*_CUT, *s], env=env, capture_output=True, check=False).returncode == 0 for s in steps]
    yield Line(what="installed and demonstrated with the network cut", tried=len(steps), survived=sum(well),
               command="make wheelhouse && NETWORK=1 ONLY=supply make bench-reliability",
               note=f"{len(list(house.glob('wheels/*.whl')))} wheels")  # fmt: skip


def _systems(folder: Path) -> Iterator[Line]:
    """check, verify and report where what Linux alone has is taken away."""
    sys.path.insert(0, str(ROOT / "tests"))
    from elsewhere import SYSTEMS, command, environment

    source = folder / "logs.tar.gz"
    made = [command("phantom", "device", "--kind", "ios-sysdiagnose", "--state", "infected", str(source))]
    subprocess.run(made[0], env=os.environ | {"PYTHONPATH": str(ROOT / "src")}, check=True, capture_output=True)
    for system in SYSTEMS:
        env, case = environment(folder, system), folder / f"case-{system}"
        report = ("report", str(case), "-o", str(folder / f"{system}.html"))
        steps = (("check", str(source), "-o", str(case), "--fail-on", "critical"), ("verify", str(case)), report)
        well = [subprocess.run(command(*s), env=env, capture_output=True, check=False).returncode == 0 for s in steps]
        weaker = "sandbox" in (case / "custody.jsonl").read_text("utf-8")
        yield Line(what=f"check, verify and report without what {system} lacks", tried=len(steps) + 1,
                   survived=sum(well) + weaker, command="pytest tests/test_elsewhere.py",
                   note="simulated on Linux; the log of custody says what is weaker")  # fmt: skip
