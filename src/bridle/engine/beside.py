"""Files that are read with others: write-ahead logs and the like, and what artifacts want beside their own file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from bridle.core import SIBLINGS, FormatError
from bridle.engine.opening import part
from bridle.engine.uses import Use, base_of
from bridle.evidence.archive import Shelf
from bridle.evidence.extent import Extent
from bridle.evidence.source import Member
from bridle.sandbox.pool import Companion, Part

_STEP = 1 << 20
_T = TypeVar("_T")


class Beside:
    """The files of one source that others may need."""

    def __init__(self) -> None:
        self._siblings: dict[tuple[str, str], Member] = {}
        self._companions: dict[str, list[Member]] = {}

    def note(self, member: Member, use: Use) -> None:
        """Keep in mind what can be opened and is used so."""
        if member.content is None:
            return
        if use.of_base:
            base = str(base_of(member.path))
            self._siblings[(base, str(member.path)[len(base) :])] = member
        for name in use.beside:
            self._companions.setdefault(name, []).append(member)

    def siblings(self, member: Member) -> Iterator[Part]:
        """What lies beside a file, opened. Raises FormatError or OSError."""
        for suffix in SIBLINGS if self._siblings else ():
            if (sibling := self._siblings.get((str(member.path), suffix))) is not None:
                yield part(suffix, sibling)

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
