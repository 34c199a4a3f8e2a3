"""`python -m supply.lock [FILE...]`: whether a lock pins every package by its bytes, and names no address.

A line of a requirements file may be continued with a backslash. Source: the requirements file format of pip,
https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
LOCKS = (LOCK, *(ROOT / f"requirements.{n}.lock" for n in ("validators", "audit", "fuzz")))
_PINNED = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*])?==([0-9][0-9A-Za-z.!+_-]*)")
_HASH = re.compile(r"--hash=(\S+)")
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """One package of a lock; `sha256` are the digests of every file that may be installed as it."""

    line: int
    name: str
    version: str
    sha256: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with a line of a lock."""

    line: int
    said: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.said}"


def read(text: str) -> tuple[list[Pinned], list[Fault]]:
    """The packages of a lock, in its order, and what is wrong with it."""
    pinned: list[Pinned] = []
    faults: list[Fault] = []
    for number, line in _joined(text):
        found = _entry(number, line)
        if isinstance(found, Fault):
            faults.append(found)
        elif any(normal(found.name) == normal(p.name) for p in pinned):
            faults.append(Fault(line=number, said=f"{found.name} is pinned twice; keep one"))
        else:
            pinned.append(found)
    if not pinned and not faults:
        faults.append(Fault(line=1, said="no package is pinned; run `make lock`"))
    return pinned, faults


def normal(name: str) -> str:
    """A project's name as indexes compare it. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines with what continues them, each with the number of its first; comments and empty ones left out."""
    first, whole = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            continue
        first = first or number
        whole += line.removesuffix("\\") + " "
        if not line.endswith("\\"):
            if whole.strip():
                yield first, whole.strip()
            first, whole = 0, ""
    if whole.strip():
        yield first, whole.strip()


def _entry(number: int, line: str) -> Pinned | Fault:
    """What a line pins. An option that says where from is as much a fault as a package without digests."""
    if line.startswith("-"):
        return Fault(line=number, said=f"an option, {line!r:.60}; a lock holds packages only")
    what, *options = line.split(" --", 1)
    if "://" in line or " @ " in what:
        return Fault(line=number, said=f"an address, {what!r:.60}; where packages come from is the installer's to say")
    named = _PINNED.match(what)
    rest = what[named.end() :].strip() if named else ""
    if named is None or (rest and not rest.startswith(";")):
        return Fault(line=number, said=f"expected NAME==VERSION, got {what!r:.60}")
    hashes = _HASH.findall(f"--{options[0]}" if options else "")
    if not hashes:
        return Fault(line=number, said=f"{named[1]} has no digest; run `make lock`")
    digests = [m[1] for m in map(_SHA256.fullmatch, hashes) if m]
    if len(digests) != len(hashes):
        return Fault(line=number, said=f"{named[1]} has a digest that is no SHA-256; run `make lock`")
    return Pinned(line=number, name=named[1], version=named[2], sha256=tuple(sorted(digests)))


def main(files: list[str]) -> None:
    """Print what is wrong; end with 1 if anything is."""
    wrong = False
    for path in [Path(f) for f in files] or [lock for lock in LOCKS if lock.exists()]:
        pinned, faults = read(path.read_text("utf-8"))
        for fault in faults:
            print(f"{path.name}: {fault}")
        wrong = wrong or bool(faults)
        if not faults:
            print(f"{path.name}: {len(pinned)} packages, {sum(len(p.sha256) for p in pinned)} digests, no address")
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
