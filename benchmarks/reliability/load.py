"""Evidence of sizes that nobody wishes for: it is examined, or refused, within the memory that is stated.

`SCALE` is the share of the full sizes that is made (0.1 unless it is set: the full sizes take about half an hour on two
idle cores). Large files are sparse.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from isal import igzip

from measure import Figures, measure
from reliability.kill_subjects import NEW, bridle, phone
from reliability.line import Line

SCALE = float(os.environ.get("SCALE", "0.1"))
BOUND = 500 << 20
"""Bytes of memory, summed over all processes of a command (design: iOS backups)."""
_GIB = 1 << 30
_TREE = "private/var/mobile/Library"
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"


def lines() -> Iterator[Line]:
    """One line for each kind of load."""
    for make, codes in (
        (_backup, (0, 1)), (_messages, (0,)), (_sysdiagnose, (0, 1)), (_plist, (3,)), (_cases, (1,)),
    ):  # fmt: skip
        yield _loaded(make, codes)


def _loaded(make: Callable[[Path], tuple[str, list[str]]], codes: tuple[int, ...]) -> Line:
    with tempfile.TemporaryDirectory(prefix="bridle-load-") as scratch:
        folder = Path(scratch) / "work"
        folder.mkdir()
        (folder / "feed.txt").write_text("lure.example.org\n")
        what, arguments = make(folder)
        own = {"BRIDLE_CONFIG": f"{scratch}/config", "BRIDLE_DATA": f"{scratch}/data"}
        cost = measure([sys.executable, "-m", "bridle", *arguments], None, own)
    return _line(what, cost, codes)


def _line(what: str, cost: Figures, codes: tuple[int, ...]) -> Line:
    good = cost.code in codes and cost.memory_sum <= BOUND
    note = f"exit {cost.code}, {cost.cpu:.0f} CPU s, {cost.memory_sum / (1 << 20):.0f} MB of at most {BOUND >> 20}"
    return Line(
        what=what, tried=1, survived=int(good), note=note, command=f"SCALE={SCALE:g} ONLY=load make bench-reliability"
    )


def _check(folder: Path, source: Path) -> list[str]:
    return ["check", str(source), "-o", str(folder / "case"), "-i", str(folder / "feed.txt")]


def _backup(folder: Path) -> tuple[str, list[str]]:
    """A backup whose manifest lists many more files than there are, some of them huge."""
    rows, size = int(1_000_000 * SCALE), int(200 * _GIB * SCALE)
    bridle(folder, "phantom", "device", "backup", "--state", "clean")
    root = next(p.parent for p in (folder / "backup").rglob("Manifest.db"))
    db = sqlite3.connect(root / "Manifest.db")
    db.execute(
        f"{_NUMBERS} INSERT INTO Files (fileID, domain, relativePath, flags, file) SELECT printf('%040x', n),"
        " 'CameraRollDomain', 'Media/DCIM/' || n || '.MOV', 1, (SELECT file FROM Files WHERE flags = 1 LIMIT 1)"
        " FROM numbers", (rows,),
    )  # fmt: skip
    db.commit()
    db.close()
    (root / "00").mkdir(exist_ok=True)
    for n in range(1, 41):
        with (root / "00" / f"{n:040x}").open("wb") as file:
            file.truncate(size // 40)
    return f"backup of {size // _GIB} GiB (sparse), {rows:,} manifest rows", _check(folder, folder / "backup")


def _messages(folder: Path) -> tuple[str, list[str]]:
    """A database of very many messages."""
    rows, file = int(10_000_000 * SCALE), folder / "ffs" / _TREE / "SMS" / "sms.db"
    file.parent.mkdir(parents=True)
    db = sqlite3.connect(file)
    db.execute("PRAGMA journal_mode = OFF")
    db.execute(
        "CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, service TEXT, date INTEGER,"
        " is_from_me INTEGER, handle_id INTEGER)"
    )
    db.execute(
        f"{_NUMBERS} INSERT INTO message SELECT n, 'G' || n, 'message ' || n || ' at https://www.example.org/' || n,"
        " 'iMessage', 600000000000000000 + n * 1000000000, n % 2, n % 100 FROM numbers", (rows,),
    )  # fmt: skip
    db.commit()
    db.close()
    return f"{rows:,} messages", _check(folder, folder / "ffs")


class _Zeros(io.RawIOBase):
    """So many bytes of nothing."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int = -1) -> bytes:
        count = self._left if size < 0 else min(size, self._left)
        self._left -= count
        return bytes(count)


def _sysdiagnose(folder: Path) -> tuple[str, list[str]]:
    """A synthetic one with a file that makes it large."""
    size = int(3 * _GIB * SCALE)
    bridle(folder, "phantom", "device", "small.tar.gz", "--kind", "ios-sysdiagnose", "--state", "clean")
    packed = cast("io.BufferedIOBase", igzip.open(folder / "sysdiagnose.tar.gz", "wb", compresslevel=1))
    with tarfile.open(folder / "small.tar.gz") as small, packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        top = ""
        for member in small:
            top = top or member.name.split("/")[0]
            tar.addfile(member, small.extractfile(member) if member.isfile() else None)
        large = tarfile.TarInfo(f"{top}/logs/large.bin")
        large.size = size
        tar.addfile(large, cast("io.BufferedIOBase", _Zeros(size)))
    return f"sysdiagnose of {size / _GIB:.1f} GiB", _check(folder, folder / "sysdiagnose.tar.gz")


def _plist(folder: Path) -> tuple[str, list[str]]:
    """A property list that is to be refused; of its full size whatever the scale, for it is sparse."""
    file = folder / "ffs" / _TREE / "Preferences" / "com.apple.identityservices.idstatuscache.plist"
    file.parent.mkdir(parents=True)
    with file.open("wb") as out:
        out.write(b"bplist00")
        out.truncate(500 << 20)
    return "one property list of 500 MiB, refused", _check(folder, folder / "ffs")


def _cases(folder: Path) -> tuple[str, list[str]]:
    """Many small cases, which are one case many times."""
    count = int(5_000 * SCALE)
    phone(folder / "phone", 1)
    bridle(folder, "check", "phone", "-o", "one", "-i", "feed.txt")
    for n in range(count):
        shutil.copytree(folder / "one", folder / "cases" / f"case{n}", copy_function=os.link)
    (folder / "new.stix2").write_text(json.dumps(NEW))
    return f"{count:,} small cases hunted", ["hunt", str(folder / "cases"), "-i", str(folder / "new.stix2"), "--json"]
