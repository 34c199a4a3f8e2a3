"""What a package manager's dump says, row by row, each section with its own reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol

from bridle.core import Gap
from bridle.formats.package_blocks import Blocks
from bridle.formats.package_dump import MESSAGES, Item, sections
from bridle.formats.package_events import Changes, Events, Logged
from bridle.formats.package_sessions import Sessions
from bridle.formats.package_tables import Apex, Dexopt, Queries, Resolver


class Section(Protocol):
    """The lines under one heading, and what they say."""

    def line(self, at: int, raw: str) -> Iterator[Item]: ...
    def end(self) -> Iterator[Item]: ...


_EXACT: dict[str, Callable[[], Section]] = {
    "Packages": Blocks, "Shared users": Blocks, "Permissions": Blocks, "Queries": Queries, "Dexopt state": Dexopt,
    "Hidden system packages": lambda: Blocks(hidden=True), "Package Changes": Changes,
}  # fmt: skip


def items(stored: BinaryIO) -> Iterator[Item]:
    """Every row and Gap of the dump."""
    running: dict[str, str] = {}
    title, section = "", _section("", running)
    for found in sections(stored):
        if isinstance(found, Gap):
            yield found
            continue
        if found[0] != title:
            yield from section.end()
            title, section = found[0], _section(found[0], running)
        yield from section.line(found[1], found[2])
    yield from section.end()


def _section(title: str, running: dict[str, str]) -> Section:
    if title in _EXACT:
        return _EXACT[title]()
    if title.endswith(" Resolver Table") or title.startswith("Preferred Activities"):
        return Resolver(title)
    if title.endswith(" install sessions"):
        return Sessions(title)
    if title.endswith(" APEX packages"):
        return Apex(title)
    return Events(title, running) if title in MESSAGES else Logged(title, running)
