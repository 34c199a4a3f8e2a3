"""Parts of the real reports of the corpus, cut as an acquisition cuts them."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, rows
from bridle import artifacts
from bridle.formats import dumpstate
from corpus import CORPUS

ANDROID = CORPUS / "android"
REPORTS = {
    "a10": "sonyxperiadev+ChkBugReport/bugreport-sailfish-A10.zip",
    "aidl": "sonyxperiadev+ChkBugReport/bugreport_aidldeadlock.txt",
    "deadlock": "sonyxperiadev+ChkBugReport/bugreport_deadlock.txt",
}


@cache
def text(report: str) -> bytes:
    """The whole dumpstate text of a report. Skips where the corpus does not have it."""
    path = ANDROID / REPORTS[report]
    if not path.is_file():
        pytest.skip(f"{REPORTS[report]} is not in the corpus")
    if path.suffix != ".zip":
        return path.read_bytes()
    with zipfile.ZipFile(path) as opened:
        return opened.read(next(n for n in opened.namelist() if n.endswith(".txt")))


@cache
def _places(report: str) -> dict[str, list[dumpstate.Part]]:
    found: dict[str, list[dumpstate.Part]] = {}
    for part in dumpstate.parts(io.BytesIO(text(report))):
        folder = "dumpsys" if part.kind == "service" else "sections"
        found.setdefault(f"{folder}/{part.title}", []).append(part)
    return found


def part(report: str, name: str, number: int = 1) -> Stored:
    """`part("a10", "sections/NETSTAT")` as the file a parser gets, with the header as companion."""
    whole, places = text(report), _places(report)
    head, found = places["sections/HEADER"][0], places[name][number - 1]
    file = Stored(whole[found.offset : found.offset + found.length], PurePosixPath(f"/bugreport/{name}/{number}.txt"))
    file.beside[PurePosixPath("/bugreport/sections/HEADER/1.txt")] = whole[head.offset : head.offset + head.length]
    return file


def numbers(report: str, name: str) -> range:
    """Numbers of the parts of a name."""
    return range(1, len(_places(report).get(name, [])) + 1)


def read(artifact: str, report: str, name: str, number: int = 1):
    """All rows of a part."""
    return rows(artifacts.load(artifact), part(report, name, number))
