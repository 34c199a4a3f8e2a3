"""A folder as a container: walked in a fixed order, without following a single link."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bridle.classes import dataclass
from bridle.core import FormatError, Utc
from bridle.descriptors import folders_can_be_opened
from bridle.evidence.archive import BOUNDS, Bounds, Entry, link_refused, members_of, name_of, open_member, printable
from bridle.evidence.extent import Extent
from bridle.evidence.source import SourceError, State
from bridle.evidence.steady import Changes

_NAMES_DEPTH, _NAMES = 5, 100_000
_TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}


@dataclass(frozen=True, slots=True)
class _Content:
    """Opens one file. `size` and `modified` (in nanoseconds) are what the listing said."""

    path: str
    size: int
    modified: int
    changes: Changes

    def __call__(self) -> Extent:
        descriptor = open_member(self.path)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise FormatError("it was a regular file when the folder was listed, and is none now")
        if (status.st_size, status.st_mtime_ns) != (self.size, self.modified):
            self.changes.note(self.path)
        return Extent(descriptor=descriptor, offset=0, length=status.st_size, size=status.st_size)


class Folder:
    """A folder as entries, each folder's own sorted by name. `digest` is complete once `entries` is exhausted.

    The digest is SHA-256 over one line per entry, in that order: `type size path`, and for the files of `describing`
    the SHA-256 of their content as a fourth word.
    """

    encrypted = False

    def __init__(
        self, path: Path, *, absolute: bool = False, describing: Callable[[str], bool] | None = None,
        bounds: Bounds = BOUNDS,
    ) -> None:  # fmt: skip
        self._root, self.absolute, self._bounds = os.path.realpath(path), absolute, bounds
        self.describing = describing or (lambda _: False)
        self.problems: list[str] = []
        self.facts: dict[str, str] = {}
        self.digest = ""
        self._changes = Changes(self._root)
        try:
            if folders_can_be_opened():
                os.close(open_member(self._root, folder=True))
            else:
                os.scandir(self._root).close()
        except OSError as e:
            raise SourceError(f"The folder {printable(str(path))} cannot be read: {e.strerror}.") from e

    def close(self) -> None:
        """Nothing is held open."""

    def changes(self) -> Iterator[str]:
        """What changed since `entries` listed it, as sentences."""
        return self._changes.told()

    def names(self) -> Iterator[str]:
        """Paths of the upper five levels, the uppermost first; folders end in `/`."""
        level, count = [""], 0
        for _ in range(_NAMES_DEPTH):
            below = []
            for folder in level:
                for raw, status in self._listed(folder, [])[0]:
                    path = name_of(f"{folder}{raw}", absolute=False).path
                    is_folder = stat.S_ISDIR(status.st_mode)
                    yield path + "/" if is_folder else path
                    count += 1
                    if is_folder:
                        below.append(f"{folder}{raw}/")
                    if count >= _NAMES:
                        return
            level = below

    def entries(self, wanted: Callable[[str], bool]) -> Iterator[Entry]:  # noqa: ARG002 - nothing is read unless opened
        """Every file, folder and link below, folders before what is in them."""
        digest, count, waiting = hashlib.sha256(), 0, [""]
        while waiting:
            folder = waiting.pop()
            listed, reason = self._listed(folder, self.problems)
            if reason is not None and folder:
                yield self._unreadable(folder, reason)
            below = []
            for raw, status in listed:
                entry = self._entry(folder, raw, status)
                digest.update(f"{entry.type} {entry.size} {entry.path}{self._described(entry)}\n".encode())
                if entry.type == "directory":
                    below.append(f"{folder}{raw}/")
                count += 1
                yield entry
            if count > self._bounds.members or folder.count("/") >= self._bounds.depth:
                self.problems.append(
                    f"The folder was read only in part: {count} members or {self._bounds.depth} levels."
                )
                below = []
            waiting += reversed(below)
        self.digest = digest.hexdigest()

    def _listed(self, folder: str, problems: list[str]) -> tuple[list[tuple[str, os.stat_result]], str | None]:
        """Names and status of what is in a folder, sorted, and why that cannot be had."""
        try:
            if problems is self.problems:
                self._changes.listed(folder)
            listed = members_of(f"{self._root}/{folder}".rstrip("/") or "/")
        except OSError as e:
            problems.append(f"The folder {printable(folder) or '.'} cannot be read: {e.strerror}.")
            return [], f"{e.strerror}"
        return sorted(listed, key=lambda item: os.fsencode(item[0])), None

    def _unreadable(self, folder: str, reason: str) -> Entry:
        name = name_of(folder, absolute=False)
        return Entry(
            path=name.path, name=name.shown, type="directory", state=State.DAMAGED,
            reason=f"The folder cannot be read: {reason}.",
        )  # fmt: skip

    def _entry(self, folder: str, raw: str, status: os.stat_result) -> Entry:
        name = name_of(f"{folder}{raw}", absolute=False)
        kind = _TYPES.get(stat.S_IFMT(status.st_mode), "other")
        full = f"{self._root}/{folder}{raw}"
        entry = Entry(
            path=name.path, name=name.shown, type=kind, modified=_time(status.st_mtime_ns),
            size=status.st_size if kind == "file" else None,
        )  # fmt: skip
        refused = name.refused or ("a device, pipe or socket" if kind == "other" else None)
        if kind == "symlink":
            refused = refused or self._link_refused(name.path, full)
        if refused is not None:
            return replace(entry, state=State.REFUSED, reason=refused[0].upper() + refused[1:] + ".")
        return self._readable(entry, full, status) if kind == "file" else entry

    def _readable(self, entry: Entry, full: str, status: os.stat_result) -> Entry:
        if not os.access(full, os.R_OK, follow_symlinks=False):
            return replace(entry, state=State.DAMAGED, reason="The file cannot be read: Permission denied.")
        return replace(entry, content=_Content(full, status.st_size, status.st_mtime_ns, self._changes))

    def _link_refused(self, path: str, full: str) -> str | None:
        try:
            return link_refused(path, str(Path(full).readlink()), absolute=self.absolute)
        except OSError as e:
            return f"a link that cannot be read: {e.strerror}"

    def _described(self, entry: Entry) -> str:
        if entry.content is None or not self.describing(entry.path):
            return ""
        try:
            extent = entry.content()
        except (OSError, FormatError):
            return ""
        digest = hashlib.sha256()
        with extent.open() as file:
            while data := file.read(1 << 20):
                digest.update(data)
        extent.close()
        return f" {digest.hexdigest()}"


def _time(nanoseconds: int) -> Utc | None:
    try:
        return Utc(datetime.fromtimestamp(nanoseconds // 10**9, UTC).replace(microsecond=nanoseconds // 1000 % 10**6))
    except (ValueError, OverflowError, OSError):
        return None
