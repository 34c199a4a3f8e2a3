"""Whether the files of an acquisition are still those its own list of hashes was made of.

AndroidQF and Bugbane end with `hashes.csv`. Where an acquisition was written to a folder, the list holds paths on the
examiner's machine, itself (while it was still being written) and `command.log` (which was written to afterwards), and
lacks `acquisition.json`. Where it was streamed into an archive, the list holds the names in it and is complete.

Source: https://github.com/mvt-project/androidqf (acquisition)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import FormatError, Gap
from bridle.evidence.archive import Entry, name_of
from bridle.evidence.zip import ZipContent
from bridle.formats import hash_list

NAME = "hashes.csv"
LARGEST = 1 << 30
"""Bytes of one file that are read only to compare its hash."""
_MOST, _MOST_TEXT = 200_000, 32 << 20
"""Files that are compared, and characters of their paths together: the list is held in memory."""
_MOST_TOLD = 100
_UNFINISHED = ("hashes.csv", "command.log")
"""Files that a list with paths of the examiner's machine has while they are still being written."""
_UNLISTED = ("hashes.csv", "acquisition.json")
_STEP = 1 << 20


@dataclass
class Compared:
    """What comparing has shown."""

    listed: int = 0
    equal: int = 0
    differing: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    """Paths, as the container would have them, of files that are listed and not there."""
    unreadable: list[str] = field(default_factory=list)
    unread_lines: int = 0
    skipped: int = 0
    unfinished: int = 0
    unlisted: int = 0

    def fact(self) -> str:
        """One line for the report."""
        parts = [f"{self.equal} of {self.listed} listed files have the SHA-256 of {NAME}"]
        for count, what in (
            (len(self.differing), "differ"),
            (len(self.absent), "are absent"),
            (len(self.unreadable), "cannot be read"),
            (self.unfinished, "were listed unfinished"),
            (self.skipped, f"of more than {LARGEST >> 30} GiB were not compared"),
            (self.unlisted, "are there and not listed"),
        ):
            parts += [f"{count} {what}"] if count else []
        return "; ".join(parts)

    def problems(self) -> Iterator[str]:
        """A sentence for each file that is not what was acquired."""
        for name in self.differing[:_MOST_TOLD]:
            yield (
                f"{name[:200]} does not have the SHA-256 that {NAME} lists: it was changed after the acquisition, or"
                " its copy is damaged."
            )
        if len(self.differing) > _MOST_TOLD:
            yield f"{len(self.differing) - _MOST_TOLD} more files do not have the SHA-256 that {NAME} lists."
        for name in self.unreadable[:_MOST_TOLD]:
            yield f"{name[:200]} cannot be read to its end, and not be compared with {NAME}."
        if self.unread_lines:
            yield f"{self.unread_lines} lines of {NAME} could not be read; their files were not compared."


def compare(files: Mapping[str, Entry], storage: str | None) -> Compared | None:
    """Compare `files`, by their path below the acquisition's folder; None where there is no list.

    `storage` is the folder on the examiner's machine that the acquisition was written to, if it is known.
    """
    found = files.get(NAME)
    if found is None or found.content is None:
        return None
    out = Compared()
    listed = _listed(found, out)
    top = _top(listed, files, storage)
    seen = set()
    for path, digests in listed.items():
        name = name_of(path.removeprefix(top), absolute=True).path
        seen.add(name)
        out.listed += 1
        _one(name, digests, files.get(name), out, unfinished=bool(top) and name in _UNFINISHED)
    out.unlisted = sum(1 for name in files if name not in seen and name not in _UNLISTED)
    return out


def _one(name: str, digests: set[str], entry: Entry | None, out: Compared, *, unfinished: bool) -> None:
    if entry is None:
        out.absent.append(name)
    elif (entry.size or 0) > LARGEST:
        out.skipped += 1
    elif unfinished:
        out.unfinished += 1
    elif (digest := _digest(entry)) is None:
        out.unreadable.append(name)
    elif digest in digests:
        out.equal += 1
    else:
        out.differing.append(name)


def _listed(entry: Entry, out: Compared) -> dict[str, set[str]]:
    """The digests by path, `/` for `\\`; a name that was written twice has two."""
    found: dict[str, set[str]] = {}
    assert entry.content is not None
    try:
        extent = entry.content()
    except (FormatError, OSError):
        out.unreadable.append(NAME)
        return found
    text = 0
    try:
        with extent.open() as stored:
            for row in hash_list.rows(stored):
                if isinstance(row, Gap) or len(found) >= _MOST or text >= _MOST_TEXT:
                    out.unread_lines += 1
                else:
                    text += len(row[1])
                    found.setdefault(row[1].replace("\\", "/"), set()).add(row[2])
    finally:
        extent.close()
    return found


def _top(listed: Mapping[str, object], files: Mapping[str, Entry], storage: str | None) -> str:
    """The folder that stands before every listed path; empty where the list holds names of an archive."""
    if any(path in files for path in listed):
        return ""
    folder = storage.replace("\\", "/").rstrip("/") + "/" if storage else None
    if folder and any(path.startswith(folder) for path in listed):
        return folder
    own = min((path for path in listed if path.endswith(f"/{NAME}")), key=len, default="")
    return own[: -len(NAME)]


def _digest(entry: Entry) -> str | None:
    """SHA-256 of a file; None for one that cannot be read to its end."""
    if entry.content is None:
        return None
    digest = hashlib.sha256()
    try:
        if isinstance(entry.content, ZipContent):
            for piece in entry.content.pieces():
                digest.update(piece)
            return digest.hexdigest()
        extent = entry.content()
        try:
            with extent.open() as file:
                while data := file.read(_STEP):
                    digest.update(data)
        finally:
            extent.close()
    except (FormatError, OSError):
        return None
    return digest.hexdigest()
