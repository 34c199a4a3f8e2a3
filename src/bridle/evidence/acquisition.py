"""A container and a map of where its members belong on the device: together they are a Source."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import ClassVar, Self

from bridle.evidence.archive import Container, Entry
from bridle.evidence.folder import Folder
from bridle.evidence.probe import Probe, head_of
from bridle.evidence.secret import Password
from bridle.evidence.source import Member, Problem, Wanted

_DESCRIBING = 1 << 20
"""Bytes read of a file that says what the device is."""
Describe = Callable[[bytes], dict[str, str]]


class Acquisition(ABC):
    """A Source over one container. A kind of acquisition says where members belong and which of them describe it."""

    kind: ClassVar[str]
    _platform: ClassVar[str]

    def __init__(self, container: Container, label: str) -> None:
        self.container, self.label = container, label
        self.platform = self._platform
        self.facts: dict[str, str] = {}
        self.notes: list[str] = []
        """Problems found beside those of the container."""
        if isinstance(container, Folder):
            container.describing = lambda path: self.place(path) in self.describing()

    @classmethod
    @abstractmethod
    def recognise(cls, probe: Probe) -> bool:
        """Whether the content is of this kind, whatever its name."""

    @classmethod
    def of(cls, probe: Probe, *, password: Password, label: str | None) -> Self:  # noqa: ARG003 - some kinds need it
        """The source behind a probe, whose container it owns from here on."""
        return cls(probe.container, probe.label(label))

    @classmethod
    def open(cls, path: Path, *, password: Password, label: str | None) -> Self:
        """The source at `path`. Raises SourceError."""
        probe = Probe(path)
        try:
            return cls.of(probe, password=password, label=label)
        except BaseException:
            probe.close()
            raise

    def place(self, path: str) -> str:
        """The device path of the member at `path` in the container."""
        return f"/{self.kind.replace('-', '_')}/{path}"

    def describing(self) -> Mapping[str, Describe]:
        """Device paths of small files that say what the device is, and what reads them."""
        return {}

    @property
    def digest(self) -> str:
        return self.container.digest

    @property
    def encrypted(self) -> bool:
        return self.container.encrypted

    def members(self, wanted: Wanted) -> Iterator[Member]:
        """Every member once, in one pass."""
        describing = self.describing()

        def kept(path: str) -> bool:
            placed = self.place(path)
            return placed in describing or wanted(PurePosixPath(placed))

        for entry in self.container.entries(kept):
            placed = self.place(entry.path)
            self.describe(entry, placed)
            yield member_of(entry, placed)
        self.facts = self.container.facts | self.facts

    def describe(self, entry: Entry, placed: str) -> None:
        """Take note of what a member says of the device, if it is one that does."""
        read = self.describing().get(placed)
        if read is not None and (head := head_of(entry, _DESCRIBING)) is not None:
            self.facts = read(head) | self.facts

    def problems(self) -> tuple[Problem, ...]:
        changes = self.container.changes() if isinstance(self.container, Folder) else ()
        return tuple(Problem(reason=r) for r in (*self.container.problems, *self.notes, *changes))

    def close(self) -> None:
        self.container.close()


def member_of(entry: Entry, path: str, within: str = "") -> Member:
    """An entry at its place on the device; `within` names the archive inside the archive it came from."""
    return Member(
        path=PurePosixPath(path), member=within + entry.name, type=entry.type, size=entry.size,
        modified=entry.modified, state=entry.state, reason=entry.reason, content=entry.content,
    )  # fmt: skip
