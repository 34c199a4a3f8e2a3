"""Whether a bag of a case is as it was packed: its payload and its own files, with SHA-256.

Source: RFC 8493 (BagIt 1.0). Only bags that say all in place are taken: `fetch.txt` is refused, for nothing is fetched.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from bridle.case.chain import sha256
from bridle.descriptors import open_file

DECLARATION, INFORMATION = "bagit.txt", "bag-info.txt"
PAYLOAD, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
DECLARED = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_LINE = re.compile(r"([0-9a-fA-F]{64})[ \t]+\*?(.+)")
_OXUM = re.compile(rb"^Payload-Oxum:[ \t]*(\d+)\.(\d+)[ \t]*\r?$", re.MULTILINE)
_LARGEST = 64 << 20


class BagError(ValueError):
    """The folder is no bag of a case. One sentence and a next step."""


def is_bag(path: Path) -> bool:
    """Whether the folder says that it is a bag. A case to which a bag's file was added is none."""
    return (path / DECLARATION).is_file() and not (path / "manifest.json").is_file()


def case_in(bag: Path) -> Path:
    """The case in a bag. Raises BagError."""
    found = sorted(p.parent for p in (bag / "data").glob("*/manifest.json") if p.is_file())
    if len(found) != 1:
        raise BagError(f"{bag} is a bag of {len(found)} cases, expected one at data/NAME; unpack it and name the case")
    return found[0]


def bag_differences(bag: Path) -> list[str]:
    """How a bag differs from its lists, a sentence each, sorted. Raises BagError where it has no lists, OSError."""
    payload, tags = _listed(bag, PAYLOAD), _listed(bag, TAGS)
    there = {p for p in _files(bag) if p != TAGS}
    found = []
    for name in sorted(there | payload.keys() | tags.keys()):
        listed = (payload if name.startswith("data/") else tags).get(name)
        found += [f"{name}: {what}" for what in _of_file(bag, name, listed, there)]
    if "fetch.txt" in there:
        found.append("fetch.txt: names files elsewhere, and nothing is fetched; complete the bag first")
    return sorted([*found, *_of_size(bag, there)])


def _of_file(bag: Path, name: str, listed: str | None, there: set[str]) -> Iterator[str]:
    if listed is None:
        yield "not listed in the bag: it was added"
    elif name not in there:
        yield "listed in the bag and missing: it was removed"
    elif (bag / name).is_symlink():
        yield "a link instead of a file of the bag"
    elif not (bag / name).is_file() or sha256(bag / name) != listed:
        yield "changed since the bag was packed"


def _of_size(bag: Path, there: set[str]) -> Iterator[str]:
    """The bytes and files that `Payload-Oxum` promises."""
    try:
        promised = _OXUM.search(_small(bag / INFORMATION))
    except FileNotFoundError:
        return
    inside = [bag / n for n in there if n.startswith("data/") and not (bag / n).is_symlink()]
    size = sum(p.stat().st_size for p in inside)
    if promised and (int(promised[1]), int(promised[2])) != (size, len(inside)):
        said, seen = f"{int(promised[1])} bytes in {int(promised[2])} files", f"{size} in {len(inside)}"
        yield f"{INFORMATION}: Payload-Oxum promises {said}, and there are {seen}"


def _listed(bag: Path, name: str) -> Mapping[str, str]:
    try:
        text = _small(bag / name).decode()
    except FileNotFoundError:
        raise BagError(f"{bag} has no {name}; `bagit.py --validate {bag}` checks bags of other digests") from None
    except UnicodeDecodeError:
        raise BagError(f"{name}: expected UTF-8; the bag was changed, or is none of bridle") from None
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        parts = _LINE.fullmatch(line)
        path = re.sub("%(?:25|0[AaDd])", lambda m: unquote(m[0]), parts[2]) if parts else ""
        if not parts or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or path in found:
            raise BagError(f"{name}: line {number} is not a SHA-256 and the path of a file of the bag; it was changed")
        found[path] = parts[1].lower()
    return found


def _small(path: Path) -> bytes:
    descriptor = open_file(path)
    with os.fdopen(descriptor, "rb") as file:
        found = file.read(_LARGEST + 1)
    if len(found) > _LARGEST:
        raise BagError(f"{path.name}: expected at most {_LARGEST} bytes")
    return found


def _files(bag: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(bag):
        for name in (*files, *(f for f in folders if (Path(folder) / f).is_symlink())):
            yield (Path(folder) / name).relative_to(bag).as_posix()
