"""Files that are read with others: write-ahead logs and the like, and what artifacts want beside their own file."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from bridle.core import SIBLINGS, FormatError
from bridle.engine.opening import part
from bridle.engine.uses import Use, base_of
from bridle.evidence.archive import Shelf
from bridle.evidence.extent import Extent
from bridle.evidence.source import Member
from bridle.sandbox.pool import Companion, Part

MOST_SIBLINGS = 25_000
"""Files that lie beside others by their names, whose base is not read yet."""
MOST_COMPANIONS = 25_000
"""Files that artifacts want beside their own, of one source."""
_STEP = 1 << 20
_T = TypeVar("_T")
_Place = tuple[str, str]
"""The path of a base, and what a sibling's name has behind it."""


class Beside:
    """The files of one source that others may need: as many of each kind as are bearable, whatever the source has."""

    def __init__(self) -> None:
        self._siblings: dict[_Place, Member] = {}
        self._read: dict[_Place, None] = {}
        """Siblings that were read with their base before the end of the pass: they are kept while there is room."""
        self._early = array("q")
        """Hashes of the paths of bases that were read before the end of the pass."""
        self._companions: dict[str, list[Member]] = {}
        self._count = 0
        """Of companions."""

    def note(self, member: Member, use: Use) -> tuple[str, ...]:
        """Keep in mind what can be opened and is used so. Returns the artifacts for which there is no room for it."""
        if member.content is None:
            return ()
        lost: list[str] = []
        if use.of_base and not self._keep(member):
            lost += use.of_base
        for name in use.beside:
            if self._count < MOST_COMPANIONS:
                self._companions.setdefault(name, []).append(member)
                self._count += 1
            else:
                lost.append(name)
        return tuple(lost)

    def _keep(self, member: Member) -> bool:
        base = str(base_of(member.path))
        place = (base, str(member.path)[len(base) :])
        if place not in self._siblings and len(self._siblings) >= MOST_SIBLINGS:
            if not self._read:
                return False
            del self._siblings[self._read.popitem()[0]]
        self._siblings[place] = member
        self._read.pop(place, None)
        return True

    def siblings(self, member: Member) -> Iterator[Part]:
        """What lies beside a file, opened. Raises FormatError or OSError."""
        for suffix in SIBLINGS if self._siblings else ():
            if (sibling := self._siblings.get((str(member.path), suffix))) is not None:
                yield part(suffix, sibling)

    def read_early(self, base: Member) -> None:
        """A file was read with what lies beside it as far as that is known, before all is."""
        path = str(base.path)
        self._early.append(hash(path))
        self._read |= {(path, s): None for s in SIBLINGS if (path, s) in self._siblings}

    def late(self) -> Iterator[Member]:
        """What lies beside such files and was listed after they were read."""
        unread = [(hash(place[0]), member) for place, member in self._siblings.items() if place not in self._read]
        asked = {base for base, _ in unread}
        early = {base for base in self._early if base in asked}
        return (member for base, member in unread if base in early)

    def companions(self, artifacts: Collection[str], shelf: Shelf) -> dict[str, tuple[Companion, ...]]:
        """The companions of each of these artifacts that has some, in the order of their paths."""
        needed = self._companions.keys() & set(artifacts)
        members = {id(m): m for name in needed for m in self._companions[name]}
        kept = {key: found for key, m in members.items() if (found := _keep(shelf, m)) is not None}
        return {
            name: tuple(sorted((kept[id(m)] for m in self._companions[name] if id(m) in kept), key=lambda c: c.path))
            for name in needed
        }


def _keep(shelf: Shelf, member: Member) -> Companion | None:
    """A copy where every task can reach it; None for one that cannot be opened: its own ledger row says so."""
    digest = hashlib.sha256()

    def chunks(extent: Extent) -> Iterator[bytes]:
        with extent.open() as file:
            while data := file.read(_STEP):
                digest.update(data)
                yield data

    slot = of_content(member, lambda extent: shelf.keep(chunks(extent), extent.size))
    return Companion(path=str(member.path), sha256=digest.hexdigest(), slot=slot) if slot else None


def of_content(member: Member, use: Callable[[Extent], _T]) -> _T | None:
    """What `use` makes of the opened content, or None if it cannot be opened."""
    assert member.content is not None
    try:
        extent = member.content()
    except (FormatError, OSError):
        return None
    try:
        return use(extent)
    except OSError:
        return None
    finally:
        extent.close()
