"""Disks that are full, read-only, slow to let write or cannot be read, as Linux has them: mounted where root may."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from reliability.kill_subjects import bridle, phone, whole
from reliability.killing import Place, tree
from reliability.line import Line

_MB = 1 << 20
_COMMAND = "ONLY=faults make bench-reliability"


def may_mount() -> bool:
    """Whether a file system can be mounted here."""
    if os.geteuid() or not shutil.which("mount"):
        return False
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=False, capture_output=True)
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
        return done.returncode == 0


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A file system in memory at a folder."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", *options, "none", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@contextmanager
def imaged(folder: Path, size: int, fill: Path | None = None) -> Iterator[Path]:
    """An ext4 image at a folder; with `fill` it holds a copy of that and is not written to. Cut, the rest gives EIO."""
    image = folder.with_suffix(".img")
    filled = () if fill is None else ("-d", str(fill))
    with image.open("wb") as file:
        file.truncate(size)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-O", "^has_journal", *filled, str(image)], check=True)
    folder.mkdir()
    subprocess.run(["mount", "-o", "loop" if fill is None else "loop,ro", str(image), str(folder)], check=True)
    try:
        yield image
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fresh(stack: ExitStack) -> Place:
    """A phone, a feed, and an earlier case, which belongs to the identity that later runs have."""
    root = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bridle-disks-")))
    place = Place(root / "place")
    phone(place.work / "phone")
    (place.work / "feed.txt").write_text("lure.example.org\n")
    bridle(place.work, "check", "phone", "-o", "earlier", "-i", "feed.txt")
    return place


def _refused(place: Place, case: Path, before: dict[str, str], arguments: tuple[str, ...]) -> str:
    """What is wrong with how a command ended that had no room; empty if nothing is."""
    code, said = place.run(arguments)
    if code not in (2, 3) or "Traceback" in said or not said.startswith("bridle: "):
        return f"code {code}: {said[-200:]}"
    if os.path.lexists(case) or [p for p in case.parent.iterdir() if p.name.startswith(".")]:
        return "something of it is left"
    return "" if tree(place.work / "earlier") == before else "an earlier case was changed"


def full() -> Line:
    """`check` to disks of growing sizes, the last of which has room."""
    sizes = [*range(8, 200, 12), 2048]
    faults, done = [], 0
    with ExitStack() as stack:
        place = _fresh(stack)
        before = tree(place.work / "earlier")
        for size in sizes:
            with mounted(place.work / "disk", "-o", f"size={size}k") as disk:
                check = ("check", "phone", "-o", str(disk / "case"), "-i", "feed.txt")
                if size == sizes[-1]:
                    code, said = place.run(check)
                    wrong = "" if code == 0 and whole(disk / "case") else f"with room: {code} {said[-200:]}"
                else:
                    wrong = _or_done(place, disk / "case", before, check)
            done += not wrong
            faults += [f"{size} KiB: {wrong}"] * bool(wrong)
    return Line(
        what="`check`: disk full", tried=len(sizes), survived=done, command=_COMMAND,
        note="; ".join(["one line, exit 2, nothing left; with room the same command does its work", *faults[:3]]),
    )  # fmt: skip


def _or_done(place: Place, case: Path, before: dict[str, str], check: tuple[str, ...]) -> str:
    """Refused, or the disk was large enough after all."""
    wrong = _refused(place, case, before, check)
    return "" if wrong.startswith("code 0") and whole(case) else wrong


def read_only() -> Line:
    """Commands that write, on a disk that is not written to."""
    faults: list[str] = []
    with ExitStack() as stack:
        place = _fresh(stack)
        disk = stack.enter_context(mounted(place.work / "disk", "-o", "size=8m"))
        shutil.copytree(place.work / "earlier", disk / "case")
        shutil.copytree(place.work / "phone", disk / "phone")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        before = tree(disk / "case")
        commands = (
            (("check", "phone", "-o", "disk/new", "-i", "feed.txt"), (2,)),
            (("check", "disk/phone", "-o", "new", "-i", "feed.txt"), (0,)),
            (("recheck", "disk/case", "-o", "disk/new", "-i", "feed.txt"), (2, 3)),
            (("seal", "disk/case", "--key", "key"), (2, 3)),
            (("withdraw", "disk/case", "--yes"), (3,)),
            (("verify", "disk/case"), (0,)),
            (("sql", "disk/case", "SELECT 1"), (0,)),
            (("report", "disk/case"), (0, 2, 3)),
            (("hunt", "disk/case", "-i", "feed.txt", "--state", "disk/state.json"), (0, 2, 3)),
            (("fleet", "check", "phone", "--lake", "disk/lake", "-i", "feed.txt"), (2, 3)),
        )
        for arguments, codes in commands:
            code, said = place.run(arguments)
            if code not in codes or "Traceback" in said or tree(disk / "case") != before:
                faults.append(f"{' '.join(arguments)}: {code} {said[-200:]}")
    return Line(
        what="case or evidence on a read-only disk", tried=len(commands), survived=len(commands) - len(faults),
        command=_COMMAND, note="; ".join(["what only reads works, what writes says why not", *faults[:3]]),
    )  # fmt: skip


def unreadable() -> Line:
    """A disk image cut at growing places: what is beyond cannot be read (EIO)."""
    faults: list[str] = []
    tried = 0
    with ExitStack() as stack:
        place = _fresh(stack)
        _fill(place.work / "fill")
        for form in ("folder", "ffs.tar", "ffs.tar.gz", "ffs.zip"):
            for eighth in (1, 3, 5, 7):
                tried += 1
                if wrong := _cut(place, f"{form}-{eighth}", form, eighth):
                    faults.append(f"{form}, from {eighth}/8 on: {wrong}")
    return Line(
        what="read errors half-way", tried=tried, survived=tried - len(faults), command=_COMMAND,
        note="; ".join(["exit 3 and what could not be read is named, or exit 0 and all was read", *faults[:3]]),
    )  # fmt: skip


def _fill(folder: Path) -> None:
    """One file system as a folder and as archives."""
    import tarfile
    import zipfile

    inside = folder / "folder"
    phone(inside)
    for n in range(4):
        file = inside / f"private/var/mobile/Library/Caches/{n}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(os.urandom(_MB // 4))
    for name, mode in (("ffs.tar", "w:"), ("ffs.tar.gz", "w:gz")):
        with tarfile.open(folder / name, mode) as tar:
            tar.add(inside, ".")
    with zipfile.ZipFile(folder / "ffs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in inside.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(inside))


def _cut(place: Place, name: str, form: str, eighth: int) -> str:
    """Check a source on a disk of which a part cannot be read; what is wrong with how that ended."""
    disk, case = place.work / f"disk-{name}", place.work / f"case-{name}"
    with imaged(disk, 12 * _MB, place.work / "fill") as image:
        os.truncate(image, image.stat().st_size * eighth // 8)
        Path("/proc/sys/vm/drop_caches").write_text("1\n")
        code, said = place.run(("check", str(disk / form), "-o", str(case), "-i", "feed.txt", "--hash-all"))
    if "Traceback" in said or code not in (0, 3):
        return f"{code} {said[-200:]}"
    if case.exists() and not whole(case):
        return "the case is not whole"
    return "" if code == 3 or whole(case) else "neither a case nor a reason"


def lines() -> Iterator[Line]:
    """The lines; one that says so where nothing can be mounted."""
    if not may_mount():
        yield Line(what="disk full, read-only, unreadable", tried=0, survived=0, command=_COMMAND,
                   note="skipped: nothing can be mounted here; run as root")  # fmt: skip
        return
    yield full()
    yield read_only()
    yield unreadable()
