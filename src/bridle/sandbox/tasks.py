"""What is asked of children and what comes of it: tasks, limits, outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from bridle.classes import dataclass
from bridle.evidence.archive import Slot
from bridle.evidence.extent import Extent

INLINE = 64 << 10
"""Bytes of a file up to which its content may cross in the message itself."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one child may use. `wall` and `cpu` are seconds for one file, `memory` is bytes of address space."""

    memory: int = 3 << 30
    wall: float = 900.0
    cpu: int = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A file, or a sibling of it, as it crosses to the child: its content if that was read already, else an Extent."""

    suffix: str
    path: str
    sha256: str
    extent: Extent | None = None
    content: bytes | None = None
    before: tuple[int, ...] = ()
    """How the stored file stood before it was hashed; empty for what nobody else can write."""

    def __post_init__(self) -> None:
        if (self.extent is None) == (self.content is None):
            raise ValueError("a part crosses either by its Extent or by its content")
        if self.content is not None and len(self.content) > INLINE:
            raise ValueError(f"expected at most {INLINE} bytes of content, got {len(self.content)}")

    @property
    def size(self) -> int:
        """Bytes of content."""
        if self.content is not None:
            return len(self.content)
        assert self.extent is not None
        return self.extent.size

    def close(self) -> None:
        if self.extent is not None:
            self.extent.close()


@dataclass(frozen=True, kw_only=True)
class Companion:
    """Another file of the acquisition, kept where every task that needs it can be handed it."""

    path: str
    sha256: str
    slot: Slot


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One artifact to be read from one file."""

    artifact: str
    parts: tuple[Part, ...]
    """The file itself first, then its siblings."""
    companions: tuple[Companion, ...] = ()
    """Files whose descriptors stay with whoever keeps the slots."""
    ticket: object = None
    """Whatever tells the caller which task it is, where rows of several come at once."""


@dataclass(kw_only=True, slots=True)
class Outcome:
    """What one parser made of one file."""

    status: str = "killed"
    """`parsed`, `damaged` (the bytes are not what they should be) or `killed` (the parser died)."""
    reason: str | None = None
    rows: int = 0
    gaps: int = 0


Sink = Callable[[str, pa.RecordBatch], None]
"""Called in the parent with a table's name (or `gaps`) and rows, in the order the parser gave them."""
Done = Callable[[Outcome], None]
Gathered = Callable[[str, pa.RecordBatch, Sequence[tuple[Task, int]]], None]
"""Called with a table's name, rows of several files, and in their order the tasks with how many rows each has."""
Names = dict[int, tuple[str, pa.Schema]]
"""Table number on the wire to the table's name and columns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A task with those who wait for what comes of it."""

    task: Task
    sink: Sink
    done: Done

    def close(self) -> None:
        for part in self.task.parts:
            part.close()
