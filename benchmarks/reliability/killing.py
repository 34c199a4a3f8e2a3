"""Commands that are killed at random moments with all that they started, and asked again.

What has to hold each time is written once, in `killed`: the earlier case is as it was, what stands at the destination
is whole, the same command then ends as it would have, and nothing of the dead run is left in the folder or among the
temporary files.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

INJECTED = Path(__file__).with_name("injected")
PATIENCE = 300.0
"""Seconds in which a command must end."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A command and how to tell that it did its work."""

    name: str
    prepare: Callable[[Path], None]
    """Fills an empty folder with what the command needs."""
    command: Callable[[Path], Sequence[str]]
    """The arguments of `bridle`, given that folder."""
    state: Callable[[Path], object]
    """What the folder holds afterwards, as far as every run must give the same. Raises ValueError for a half case."""
    codes: tuple[int, ...] = (0,)
    """With which the command may end when it is not killed."""
    done: tuple[int, ...] = ()
    """With which it may end besides where the killed run had done its work already."""
    enters: Callable[[Path], bool] = lambda _: False
    """Whether the command came so far that it may have made an entry in the custody log of the earlier case."""
    again: Callable[[Path], Sequence[str]] | None = None
    """What a person gives instead where the killed run left something in the way."""


@dataclass
class Told:
    """What came of many kills."""

    tried: int = 0
    survived: int = 0
    early: int = 0
    """Kills before anything was written."""
    faults: list[str] = field(default_factory=list)


class Place:
    """A folder for one run: `work` is what the command sees, `tmp` its temporary files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work, self.tmp = root / "work", root / "tmp"
        self.work.mkdir(parents=True)
        self.tmp.mkdir()

    def copy(self, to: Path) -> Place:
        """The same folder at another place."""
        shutil.copytree(self.root, to, symlinks=True)
        made = object.__new__(Place)
        made.root, made.work, made.tmp = to, to / "work", to / "tmp"
        return made

    def environment(self) -> dict[str, str]:
        """A home, an identity and temporary files of its own."""
        own = {"BRIDLE_CONFIG": "config", "BRIDLE_DATA": "data", "HOME": "home"}
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("BRIDLE_", "FAULT_"))}
        return kept | {k: str(self.root / v) for k, v in own.items()} | {"TMPDIR": str(self.tmp)}

    def start(
        self, arguments: Sequence[str], more: dict[str, str] | None = None, before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        """Begin a command of bridle; `before` is what is to run it."""
        return subprocess.Popen(
            [*before, sys.executable, "-m", "bridle", *arguments], env=self.environment() | (more or {}), cwd=self.work,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def run(
        self, arguments: Sequence[str], more: dict[str, str] | None = None, before: Sequence[str] = ()
    ) -> tuple[int, str]:
        """Exit code and what was said on stderr."""
        process = self.start(arguments, more, before)
        try:
            said = process.communicate(timeout=PATIENCE)[1].decode(errors="replace")
        except subprocess.TimeoutExpired:
            kill(process)
            return -1, f"it did not end in {PATIENCE:g} s"
        return process.returncode, said


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to a process and to all that it started, whatever groups they are in."""
    for pid in (*descendants(process.pid), process.pid):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.communicate()


def descendants(pid: int) -> list[int]:
    """The processes that come from one, from /proc/PID/task/TID/children of Linux."""
    found: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *descendants(int(child))]
    return found


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with the SHA-256 of its content."""
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def killed(subject: Subject, count: int, seed: int, names: int = 0) -> Told:
    """Kill a command `count` times at random moments, and at `names` of the changes of files that it makes."""
    chance = random.Random(f"{seed} {subject.name}")
    told = Told()
    with tempfile.TemporaryDirectory(prefix="bridle-faults-") as scratch:
        fresh = Place(Path(scratch) / "fresh")
        subject.prepare(fresh.work)
        whole = fresh.copy(Path(scratch) / "whole")
        begun = time.monotonic()
        code, said = whole.run(subject.command(whole.work))
        took = time.monotonic() - begun
        if code not in subject.codes:
            raise RuntimeError(f"{subject.name} ends with {code} when nobody kills it: {said[-500:]}")
        expected = seen(subject, whole)
        for n, end in enumerate(_ends(chance, count, names, took)):
            place = fresh.copy(Path(scratch) / f"{n}")
            _note(told, end, _one(subject, place, end, expected))
            shutil.rmtree(place.root)
    return told


def _ends(chance: random.Random, count: int, names: int, took: float) -> Iterator[float | int]:
    """Moments in seconds, and numbers of changes."""
    yield from (chance.uniform(0.02, took) for _ in range(count))
    yield from range(1, names + 1)


def _note(told: Told, end: float | int, fault: str) -> None:
    told.tried += 1
    told.survived += not fault
    if fault:
        at = f"change {end}" if isinstance(end, int) else f"{end:.3f} s"
        told.faults.append(f"{at}: {fault}")


def seen(subject: Subject, place: Place) -> tuple[object, list[str], list[str]]:
    """The state of its folder, its hidden names, and the names of its temporary files."""
    hidden = sorted(p.relative_to(place.work).as_posix() for p in place.work.rglob(".*"))
    return subject.state(place.work), hidden, sorted(p.name for p in place.tmp.iterdir() if not _tried(p))


def _tried(path: Path) -> bool:
    """Whether it is what Python writes and removes to see whether a folder takes temporary files (`tempfile`)."""
    return len(path.name) == 8 and path.is_file() and path.read_bytes() in (b"", b"blat")


def _one(subject: Subject, place: Place, end: float | int, expected: tuple[object, list[str], list[str]]) -> str:
    """Kill one run, run again; what is not as it should be, or nothing."""
    before = tree(place.work / "earlier")
    _interrupt(subject, place, end)
    try:
        subject.state(place.work)
    except (OSError, ValueError, KeyError) as e:
        return f"half of something is left: {e}"
    if (tree(place.work / "earlier") != before) and not subject.enters(place.work):
        return "an earlier case was changed"
    return again(subject, place, expected)


def again(subject: Subject, place: Place, expected: tuple[object, list[str], list[str]]) -> str:
    """Ask once more; what is not as if nobody had been in the way, or nothing."""
    code, said = place.run(subject.command(place.work))
    if code not in (*subject.codes, *subject.done) and subject.again is not None:
        code, said = place.run(subject.again(place.work))
    if code not in (*subject.codes, *subject.done) or "Traceback" in said:
        return f"asked again it ends with {code}: {said[-300:]}"
    try:
        found = seen(subject, place)
    except (OSError, ValueError, KeyError) as e:
        return f"asked again, half of something is left: {e}"
    return difference(found, expected)


def difference(found: Sequence[object], expected: Sequence[object]) -> str:
    """The first of several things that is not as it should be, or nothing."""
    for what, now, then in zip(("work", "hidden names", "temporary files"), found, expected, strict=True):
        if now != then:
            return f"asked again, its {what}: {now!r:.200} instead of {then!r:.200}"
    return ""


def _interrupt(subject: Subject, place: Place, end: float | int) -> None:
    if isinstance(end, int):
        path = os.pathsep.join(filter(None, (str(INJECTED), os.environ.get("PYTHONPATH"))))
        place.run(
            subject.command(place.work),
            {"PYTHONPATH": path, "FAULT_AT": str(end), "FAULT_BELOW": str(place.root),
             "FAULT_ONCE": str(place.root / "killed")},
        )  # fmt: skip
        return
    process = place.start(subject.command(place.work))
    with suppress(subprocess.TimeoutExpired):
        process.wait(end)
    kill(process)
