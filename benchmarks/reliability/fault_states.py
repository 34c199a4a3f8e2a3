"""Evidence that changes while it is read, files that may not be read, clocks that are wrong."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import sqlite3
import tarfile
import tempfile
import threading
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bridle.case.manifest import contents
from reliability.kill_subjects import bridle, key, phone, whole
from reliability.killing import INJECTED, Place
from reliability.line import Line

_PLACE = "private/var/wireless/Library/Databases/DataUsage.sqlite"
_COMMAND = "ONLY=faults make bench-reliability"
_CLOCKS = (-56 * 365, -25 * 365, -400, -1, 400, 12 * 365, 74 * 365, 7900 * 365)
"""Days by which the clock is wrong: near 1970, near 2001, a year, a day, 2038, 2100, near the year 9900."""


@contextmanager
def _place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="bridle-states-") as root:
        place = Place(Path(root) / "place")
        phone(place.work / "phone")
        (place.work / "feed.txt").write_text("lure.example.org\n")
        yield place


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _append(file: Path) -> None:
    with file.open("ab") as out:
        out.write(b"x")


def _overwrite(file: Path) -> None:
    with file.open("r+b") as out:
        out.seek(file.stat().st_size // 2)
        out.write(b"\x55" * 64)


def _truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _replace(file: Path) -> None:
    new = file.with_name("new")
    new.write_bytes(file.read_bytes()[:-64] + bytes(64))
    new.replace(file)


_CHANGES: tuple[Callable[[Path], None], ...] = (_append, _overwrite, _truncate, _replace)


def _sources(folder: Path) -> None:
    """A database of some megabytes, in a folder and in archives."""
    phone(folder / "ffs")
    db = sqlite3.connect(folder / "ffs" / _PLACE)
    many = ((n, f"process{n:0100}") for n in range(2, 40_000))
    db.executemany("INSERT INTO ZPROCESS VALUES (?, ?, NULL, 600000000, 600000000)", many)
    db.commit()
    db.close()
    for name, mode in (("ffs.tar", "w:"), ("ffs.tar.gz", "w:gz")):
        with tarfile.open(folder / name, mode) as tar:
            tar.add(folder / "ffs", ".")
    with zipfile.ZipFile(folder / "ffs.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "ffs" / _PLACE, _PLACE)


def changed(seed: int) -> Line:
    """Sources written to at random moments of `check`: a case that tells of nothing is of before or of after."""
    chance, faults, tried, told = random.Random(seed), [], 0, 0
    with _place() as place:
        _sources(place.work)
        for form in ("ffs", "ffs.tar", "ffs.tar.gz", "ffs.zip"):
            for change in _CHANGES:
                tried += 1
                said, wrong = _changed_once(place, form, change, chance.uniform(0.1, 1.5))
                told += said
                faults += [f"{form}, {change.__name__[1:]}: {wrong}"] * bool(wrong)
    return Line(
        what="evidence changed while it was read", tried=tried, survived=tried - len(faults), command=_COMMAND,
        note="; ".join([f"{told} said so, the others are of what was there before or after", *faults[:3]]),
    )  # fmt: skip


def _changed_once(place: Place, form: str, change: Callable[[Path], None], moment: float) -> tuple[bool, str]:
    """Whether the case says that something changed, and what is wrong."""
    source, case = place.work / "now" / form, place.work / "case"
    shutil.rmtree(place.work / "now", ignore_errors=True)
    shutil.rmtree(case, ignore_errors=True)
    copy = shutil.copytree if (place.work / form).is_dir() else shutil.copy2
    source.parent.mkdir()
    copy(place.work / form, source)
    file = source / _PLACE if source.is_dir() else source
    before = _digest(file)
    timer = threading.Timer(moment, change, (file,))
    timer.start()
    code, said = place.run(("check", str(source), "-o", "case", "-i", "feed.txt", "--plaintext-case"))
    timer.join()
    if code not in (0, 3) or "Traceback" in said:
        return False, f"{code} {said[-200:]}"
    if not case.exists():
        return True, ""
    problems = json.loads((case / "summary.json").read_bytes())["problems"]
    if problems:
        return True, ""
    read = _read_digest(case, source)
    return False, "" if read in (before, _digest(file)) else "nothing is told, and what was read was never there"


def _read_digest(case: Path, source: Path) -> str:
    """The SHA-256 that the case gives: of the database in a folder, of an archive itself."""
    if not source.is_dir():
        return str(tomllib.loads((case / "case.toml").read_text())["sources"][0]["digest"])
    import pyarrow.parquet as pq

    rows = pq.read_table(case / "ledger.parquet", columns=["artifact", "sha256"]).to_pylist()
    return next(str(r["sha256"]) for r in rows if r["artifact"] == "ios.data_usage")


def denied() -> Line:
    """Files and folders that may not be read or written; root gives up the right to do so all the same."""
    what = "permission denied"
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        return Line(what=what, tried=0, survived=0, command=_COMMAND, note="skipped: root, and no setpriv")
    faults: list[str] = []
    with _place() as place:
        (place.work / "secret").write_text("x")
        (place.work / "out").mkdir()
        bridle(place.work, "check", "phone", "-o", "earlier", "-i", "feed.txt")
        check = ("check", "phone", "-o", "new", "-i", "feed.txt")
        asked = (
            (f"phone/{_PLACE}", check, (3,)), ("phone/private/var/wireless", check, (0, 3)), ("phone", check, (2, 3)),
            ("feed.txt", check, (2,)), ("secret", (*check, "--password-file", "secret"), (0, 2)),
            ("secret", (*check, "--consent", "secret"), (2,)),
            ("out", ("check", "phone", "-o", "out/case", "-i", "feed.txt"), (2,)),
            ("earlier/case.key.age", ("sql", "earlier", "SELECT 1"), (3,)),
            ("earlier/findings.jsonl", ("verify", "earlier"), (1, 3)),
            ("earlier/ledger.parquet", ("recheck", "earlier", "-o", "new", "-i", "feed.txt"), (3,)),
            ("earlier", ("verify", "earlier"), (2, 3)), ("secret", ("seal", "earlier", "--key", "secret"), (2, 3)),
            ("earlier/manifest.json", ("hunt", "earlier", "-i", "feed.txt"), (2, 3)),
            ("../config/identity.txt", check, (2, 3)), ("../config/identity.txt", ("sql", "earlier", "SELECT 1"), (3,)),
        )  # fmt: skip
        for name, arguments, codes in asked:
            code, said = _denied_once(place, place.work / name, arguments)
            if code not in codes or "Traceback" in said:
                faults.append(f"{name}, {arguments[0]}: {code} {said[-150:]}")
    return Line(
        what=what, tried=len(asked), survived=len(asked) - len(faults), command=_COMMAND,
        note="; ".join(["one line that names it, or a case that tells of it with exit 3", *faults[:3]]),
    )  # fmt: skip


def _denied_once(place: Place, path: Path, arguments: tuple[str, ...]) -> tuple[int, str]:
    mode = path.stat().st_mode & 0o777
    shutil.rmtree(place.work / "new", ignore_errors=True)
    path.chmod(0)
    try:
        return place.run(arguments, before=_powerless())
    finally:
        path.chmod(mode)


def _powerless() -> tuple[str, ...]:
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()


def clocks() -> Line:
    """Commands by a wrong clock: what a case holds does not depend on it, and no log or state is refused later."""
    faults: list[str] = []
    tried = 0
    with _place() as place:
        bridle(place.work, "check", "phone", "-o", "earlier", "-i", "feed.txt")
        key(place.work)
        expected = contents(place.work / "earlier")
        for days in _CLOCKS:
            path = os.pathsep.join(filter(None, (str(INJECTED), os.environ.get("PYTHONPATH"))))
            wrong_clock = {"PYTHONPATH": path, "FAULT_DAYS": str(days)}
            for arguments in (
                ("check", "phone", "-o", "new", "-i", "feed.txt"),
                ("seal", "new", "--key", "key"),
                ("hunt", "new", "-i", "feed.txt", "--state", "state.json"),
                ("recheck", "new", "-i", "feed.txt", "-o", "new2"),
            ):
                tried += 1
                code, said = place.run(arguments, wrong_clock)
                if code or "Traceback" in said:
                    faults.append(f"{days} days, {arguments[0]}: {code} {said[-150:]}")
            tried += 1
            code, said = place.run(("verify", "new"))
            if (
                code
                or "Traceback" in said
                or whole(place.work / "new") is None
                or contents(place.work / "new") != expected
            ):
                faults.append(f"{days} days, verify by the right clock: {code} {said[-150:]}")
            for name in ("new", "new2"):
                shutil.rmtree(place.work / name, ignore_errors=True)
    return Line(
        what="the clock wrong by a day to 7,900 years", tried=tried, survived=tried - len(faults), command=_COMMAND,
        note="; ".join(["the same content, and intact by the right clock afterwards", *faults[:3]]),
    )  # fmt: skip


def lines(seed: int) -> Iterator[Line]:
    """The lines of this module."""
    yield changed(seed)
    yield denied()
    yield clocks()
