"""How the files of a ledger fared, counted: all that coverage, summary and reports say of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass

COLUMNS = ("artifact", "path", "status", "reason", "rows", "gaps", "sha256")
"""What is read of a ledger."""
MOST_FILES = 50
"""Files of one artifact that are listed; all are counted."""
_MOST_REASONS = 10_000
OTHER_REASONS = "for further reasons, which the ledger has"
"""Stands for what comes after so many."""
_KIND = ["artifact", "status", "reason"]


class Unread(NamedTuple):
    """A file that an artifact wants and that was not read to its end."""

    path: str
    status: str
    reason: str | None


@dataclass
class Count:
    """Files that fared alike, and what was read of them."""

    files: int = 0
    rows: int = 0
    gaps: int = 0
    begun: int = 0
    """Those that gave rows."""


@dataclass
class OfArtifact:
    """The files of one artifact."""

    counts: dict[str, Count] = field(default_factory=dict)
    """By status."""
    unread: list[Unread] = field(default_factory=list)

    def first_unread(self) -> list[Unread]:
        """The first `MOST_FILES` by path and status."""
        return sorted(self.unread, key=_place)[:MOST_FILES]


class LedgerCounts:
    """Counts rows of a ledger, which come in its order. Memory does not grow with their number."""

    def __init__(self, parts: Iterable[pa.Table | pa.RecordBatch] = ()) -> None:
        self.artifacts: dict[str, OfArtifact] = {}
        self.files: Counter[str] = Counter()
        """By status, whether an artifact wants them or not."""
        self.hashed = False
        """Whether the digest of any content is known."""
        self._lines: dict[tuple[str, str, str], Count] = {}
        for part in parts:
            self.add(part)

    def add(self, part: pa.Table | pa.RecordBatch) -> None:
        """Rows with at least `COLUMNS`."""
        rows = part.select(list(COLUMNS))
        rows = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
        self.hashed = self.hashed or rows["sha256"].null_count < rows.num_rows
        for artifact, status, reason, count in _counted(rows):
            self.files[status] += count.files
            _sum(self._line(artifact or "", status, reason or ""), count)
            if artifact is not None:
                of = self.artifacts.setdefault(artifact, OfArtifact())
                _sum(of.counts.setdefault(status, Count()), count)
        self._note_unread(rows)

    def lines(self) -> list[tuple[str, str, str, int, int, int]]:
        """(artifact or "", status, reason or "", files, rows, gaps), sorted, those of no artifact last."""
        ordered = sorted(self._lines, key=lambda k: (k[0] == "", k))
        return [(*k, c.files, c.rows, c.gaps) for k in ordered for c in (self._lines[k],)]

    def _line(self, artifact: str, status: str, reason: str) -> Count:
        key = artifact, status, reason
        if key not in self._lines and len(self._lines) >= _MOST_REASONS:
            key = artifact, status, OTHER_REASONS
        return self._lines.setdefault(key, Count())

    def _note_unread(self, rows: pa.Table) -> None:
        wanted = rows.filter(pc.and_(pc.is_valid(rows["artifact"]), pc.not_equal(rows["status"], "parsed")))
        columns = (wanted[name].to_pylist() for name in ("artifact", *Unread._fields))
        for artifact, *told in zip(*columns, strict=True):
            unread = self.artifacts[artifact].unread
            unread.append(Unread(*told))
            if len(unread) >= 4 * MOST_FILES:
                unread.sort(key=_place)
                del unread[MOST_FILES:]


def _place(file: Unread) -> tuple[str, str]:
    return file.path, file.status


def _counted(rows: pa.Table) -> Iterator[tuple[str | None, str, str | None, Count]]:
    begun = pc.greater(rows["rows"], 0).cast(pa.int64())
    found = (
        rows.append_column("begun", begun)
        .group_by(_KIND, use_threads=False)
        .aggregate([("path", "count"), ("rows", "sum"), ("gaps", "sum"), ("begun", "sum")])
    )
    names = (*_KIND, "path_count", "rows_sum", "gaps_sum", "begun_sum")
    for artifact, status, reason, *numbers in zip(*(found[n].to_pylist() for n in names), strict=True):
        yield artifact, status, reason, Count(*numbers)


def _sum(into: Count, more: Count) -> None:
    into.files += more.files
    into.rows += more.rows
    into.gaps += more.gaps
    into.begun += more.begun
