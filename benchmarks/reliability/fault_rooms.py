"""Disks with a little room left, on which every command that writes is asked; and disks that are slow."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from reliability.fault_disks import imaged, may_mount, mounted
from reliability.kill_subjects import phone, whole
from reliability.killing import Place, Subject, again, seen, tree
from reliability.line import Line

_COMMAND = "ONLY=faults make bench-reliability"
_ROOMS = (0, 4, 8, 16, 32, 64, 128, 256, 512)
"""KiB that are left. A command needs some of these and can do with others."""
_THROTTLES = Path("/sys/fs/cgroup/blkio")
_RATE = 100_000
"""Bytes that the slow disk takes or gives in a second."""


def lines(subjects: Sequence[Subject]) -> Iterator[Line]:
    """One line for little room, one for slowness; none where nothing can be mounted, which fault_disks says."""
    if may_mount():
        yield little_room(subjects)
        yield slow()


def little_room(subjects: Sequence[Subject]) -> Line:
    """Every command with so much room: it does its work or says why not, and does it once there is room."""
    faults: list[str] = []
    for subject in subjects:
        with tempfile.TemporaryDirectory(prefix="bridle-rooms-") as scratch, ExitStack() as stack:
            fresh = Place(Path(scratch) / "fresh")
            subject.prepare(fresh.work)
            done = fresh.copy(Path(scratch) / "whole")
            done.run(subject.command(done.work))
            expected = seen(subject, done)
            for room in _ROOMS:
                disk = stack.enter_context(mounted(Path(scratch) / f"disk{room}", "-o", "size=64m"))
                if wrong := _with(subject, fresh.copy(disk / "place"), disk, room, expected):
                    faults.append(f"`{subject.name}`, {room} KiB: {wrong}")
    tried = len(subjects) * len(_ROOMS)
    return Line(
        what=f"{len(subjects)} commands on a disk with {_ROOMS[0]} to {_ROOMS[-1]} KiB left", tried=tried,
        survived=tried - len(faults), command=_COMMAND,
        note="; ".join(["done, or one line that says why not; done with room by the same command", *faults[:4]]),
    )  # fmt: skip


def _with(
    subject: Subject, place: Place, disk: Path, room: int, expected: tuple[object, list[str], list[str]]
) -> str:  # fmt: skip
    """What is wrong with how a command fared with so much room; empty if nothing is."""
    before, filler = tree(place.work / "earlier"), disk / "filler"
    with filler.open("wb") as file:
        free = os.statvfs(disk)
        os.posix_fallocate(file.fileno(), 0, max(1, free.f_bavail * free.f_frsize - (room << 10)))
    code, said = place.run(subject.command(place.work))
    fine = code in subject.codes or (code in (2, 3) and said.strip().splitlines()[-1:][0].startswith("bridle: "))
    if not fine or "Traceback" in said:
        return f"{code} {said[-200:]}"
    filler.unlink()
    try:
        subject.state(place.work)
    except (OSError, ValueError, KeyError) as e:
        return f"half of something is left: {e}"
    if code not in subject.codes and tree(place.work / "earlier") != before:
        return "an earlier case was changed"
    return again(subject, place, expected)


@contextmanager
def _slow(folder: Path) -> Iterator[Path]:
    """A disk that takes and gives `_RATE` bytes in a second."""
    rules = [_THROTTLES / f"blkio.throttle.{way}_bps_device" for way in ("read", "write")]
    with imaged(folder, 32 << 20):
        device = os.stat(folder).st_dev
        try:
            for rule in rules:
                rule.write_text(f"{os.major(device)}:{os.minor(device)} {_RATE}")
            yield folder
        finally:
            for rule in rules:
                rule.write_text(f"{os.major(device)}:{os.minor(device)} 0")


def slow() -> Line:
    """A case written to a slow disk, and one made of evidence that lies there: the content of any other."""
    what = f"case, or evidence, on a disk of {_RATE // 1000} kB/s"
    if not (_THROTTLES / "blkio.throttle.write_bps_device").exists():
        return Line(what=what, tried=0, survived=0, command=_COMMAND, note="skipped: disks cannot be slowed here")
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="bridle-slow-") as scratch:
        place = Place(Path(scratch) / "place")
        phone(place.work / "phone")
        (place.work / "feed.txt").write_text("lure.example.org\n")
        place.run(("check", "phone", "-o", "quick", "-i", "feed.txt"))
        with _slow(place.work / "disk"):
            shutil.copytree(place.work / "phone", place.work / "disk" / "phone")
            for source, case in (("phone", "disk/case"), ("disk/phone", "case")):
                os.sync()
                Path("/proc/sys/vm/drop_caches").write_text("1\n")
                code, said = place.run(("check", source, "-o", case, "-i", "feed.txt"))
                if code or whole(place.work / case) != whole(place.work / "quick"):
                    faults.append(f"{source} to {case}: {code} {said[-200:]}")
    return Line(
        what=what, tried=2, survived=2 - len(faults), command=_COMMAND,
        note="; ".join(["the same content as on a quick one", *faults]),
    )  # fmt: skip
