"""`python -m supply.wheelhouse [FOLDER]`: everything to install bridle where there is no network, listed by digest.

    wheels/            a wheel of each package of the lock for this system and Python, and bridle's own
    requirements.lock  the packages by the digests of these wheels; `bridle.lock`: bridle itself
    SHA256SUMS         of all other files
    install.sh         verifies them and installs into a new environment
    INSTALL.txt        the same in words, for systems without a shell

What is published as source only is made a wheel of here, with the setuptools of the lock, and named in INSTALL.txt:
nothing is built on the other side. `ONLY_NEEDED=1` leaves out what only developers need.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from supply.bill import installed_needs, own_needs
from supply.lock import LOCK, Pinned, normal, read
from supply.wheel import ROOT, built, source_time

SUMS = "SHA256SUMS"
_INSTALL = """\
#!/bin/sh
# Installs bridle from this folder into a new environment, without a network: sh install.sh [ENVIRONMENT]
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
place=${1:-bridle-environment}
python=${PYTHON:-python3}
cd "$here"
if command -v sha256sum >/dev/null; then sha256sum --check --quiet --strict SHA256SUMS
else shasum -a 256 -c SHA256SUMS; fi
listed=$(wc -l < SHA256SUMS); found=$(find . -type f ! -name SHA256SUMS | wc -l)
[ "$listed" -eq "$found" ] || { echo "$found files are here, and $listed are listed: one was added" >&2; exit 1; }
cd - >/dev/null
"$python" -m venv "$place"
for lock in requirements.lock bridle.lock; do
  "$place/bin/python" -I -m pip --isolated install --quiet --disable-pip-version-check --no-index --no-deps \\
    --require-hashes --only-binary :all: --find-links "$here/wheels" -r "$here/$lock"
done
"$place/bin/bridle" --version
"$place/bin/bridle" self-verify
"""
_WORDS = """\
bridle, to be installed without a network. For {system}, Python {python}.

1. Compare the SHA-256 of SHA256SUMS with the one you were told by another way than this folder came:
       sha256sum SHA256SUMS
2. sh install.sh ENVIRONMENT
   It verifies every file, refuses files that are not listed, and installs with `--require-hashes --no-index`.
3. ENVIRONMENT/bin/bridle self-verify

Wheels that were made here from sources of the lock, because their publishers have none: {made}.

On Windows, in this folder:
       Get-FileHash -Algorithm SHA256 wheels\\*          (compare with SHA256SUMS)
       py -m venv ENVIRONMENT
       ENVIRONMENT\\Scripts\\python -m pip install --no-index --no-deps --require-hashes --only-binary :all: ^
         --find-links wheels -r requirements.lock
       the same with -r bridle.lock
"""


class WheelhouseError(Exception):
    """It cannot be made; one sentence with the next step."""


def needed(pinned: Iterable[Pinned], needs: dict[str, list[str]], roots: Iterable[str]) -> list[Pinned]:
    """The packages that these roots need, and those that these need, in the lock's order."""
    known: set[str] = set()
    waiting = [normal(r) for r in roots]
    while waiting:
        name = waiting.pop()
        if name not in known:
            known.add(name)
            waiting += [normal(n) for n in needs.get(name, [])]
    return [p for p in pinned if normal(p.name) in known]


def locked(pinned: Iterable[Pinned]) -> str:
    """Packages as a lock."""
    entries = (" \\\n    ".join([f"{p.name}=={p.version}", *(f"--hash=sha256:{d}" for d in p.sha256)]) for p in pinned)
    return "".join(f"{entry}\n" for entry in entries)


def made(folder: Path, pinned: list[Pinned], wheel: Path) -> None:
    """Fill a new folder. Raises WheelhouseError."""
    wheels = folder / "wheels"
    wheels.mkdir(parents=True)
    _gather(pinned, wheels)
    here, from_source = gathered(pinned, wheels)
    (folder / "requirements.lock").write_text(locked(here))
    shutil.copyfile(wheel, wheels / wheel.name)
    _, version, *_ = wheel.name.split("-")
    own = Pinned(line=1, name="bridle", version=version, sha256=(_sha256(wheel),))
    (folder / "bridle.lock").write_text(locked([own]))
    (folder / "install.sh").write_text(_INSTALL)
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    words = _WORDS.format(system=sys.platform, python=python, made=", ".join(from_source) or "none")
    (folder / "INSTALL.txt").write_text(words)
    (folder / SUMS).write_text(sums(folder))


def _gather(pinned: Iterable[Pinned], wheels: Path) -> None:
    """A wheel of each package: downloaded, or made of its source; pip compares either with the lock first."""
    lock = wheels.with_name("requirements.lock")
    lock.write_text(locked(pinned))
    run = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--require-hashes", "--no-build-isolation", "--wheel-dir", str(wheels), "-r", str(lock)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if run.returncode:
        said = [line for line in run.stderr.splitlines() if line.startswith("ERROR")] or run.stderr.splitlines()[-1:]
        raise WheelhouseError(f"not every package of the lock could be had: {' '.join(said):.300}; is there a network?")


def gathered(pinned: Iterable[Pinned], wheels: Path) -> tuple[list[Pinned], list[str]]:
    """The packages, each by the digest of its wheel that is here, and the names of those whose wheel the lock does not
    list because it was made of their source. Raises WheelhouseError."""
    files = {normal(p.name.split("-", 1)[0]): p for p in wheels.glob("*.whl")}
    here, from_source = [], []
    for one in pinned:
        file = files.pop(normal(one.name), None)
        if file is None or file.name.split("-")[1] != one.version:
            raise WheelhouseError(f"there is no wheel of {one.name} {one.version}; make the folder again")
        digest = _sha256(file)
        if digest not in one.sha256:
            from_source.append(one.name)
        here.append(replace(one, sha256=(digest,)))
    if files:
        raise WheelhouseError(f"{min(files)} is no package of the lock; make the folder again")
    return here, from_source


def sums(folder: Path) -> str:
    """A line for each file below, as `sha256sum` writes and reads it."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / SUMS)
    return "".join(f"{_sha256(p)}  {p.relative_to(folder).as_posix()}\n" for p in files)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def for_users(pinned: list[Pinned]) -> list[Pinned]:
    """Without what only developers need: what bridle needs, and what its extras for users do."""
    return needed(pinned, installed_needs(p.name for p in pinned), own_needs(developers=False))


def main(arguments: list[str]) -> None:
    """Make the folder anew."""
    pinned, faults = read(LOCK.read_text("utf-8"))
    if faults:
        raise SystemExit(f"{LOCK.name}: {faults[0]}")
    if os.environ.get("ONLY_NEEDED"):
        pinned = for_users(pinned)
    folder = Path(arguments[0]) if arguments else ROOT / "wheelhouse"
    building = folder.with_name(f".{folder.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    try:
        made(building, pinned, built(ROOT, ROOT / "dist", source_time(ROOT)))
    except WheelhouseError as e:
        shutil.rmtree(building, ignore_errors=True)
        raise SystemExit(str(e)) from None
    if folder.exists() and not (folder / SUMS).is_file():
        raise SystemExit(f"{folder} is there and is no wheelhouse; name another folder")
    shutil.rmtree(folder, ignore_errors=True)
    building.rename(folder)
    print(f"{_sha256(folder / SUMS)}  {folder / SUMS}: {len(pinned) + 1} wheels")


if __name__ == "__main__":
    main(sys.argv[1:])
