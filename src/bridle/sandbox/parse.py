"""One task inside the child: descriptors become a SourceFile, its parser's rows become Arrow frames."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import pyarrow as pa

from bridle.core import Artifact, FormatError, Gap, Record
from bridle.evidence.extent import Extent
from bridle.formats.arrow import ArrowBlock, table_of
from bridle.sandbox import wire
from bridle.sandbox.known import load

ROWS_AT_ONCE = 4096
"""Records are gathered to this many before they are sent; a Block goes as it comes."""


@dataclass(frozen=True)
class ExtentSource:
    """A SourceFile over descriptors received from the parent."""

    path: PurePosixPath
    sha256: str
    extent: Extent
    siblings: dict[str, ExtentSource]
    beside: dict[PurePosixPath, ExtentSource] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.extent.size

    def open(self) -> BinaryIO:
        return cast(BinaryIO, self.extent.open())

    def sibling(self, suffix: str) -> ExtentSource | None:
        return self.siblings.get(suffix)

    def companions(self) -> Mapping[PurePosixPath, ExtentSource]:
        return self.beside


def run(task: dict[str, Any], descriptors: list[int], send: Callable[[bytes], None]) -> None:
    """Parse one file and send everything it gives. The last frame says how it ended."""
    artifact = load(task["artifact"])
    try:
        for frame in _frames(artifact, _source(task, descriptors)):
            send(frame)
    except FormatError as e:
        end = wire.closing("damaged", f"{e!s:.300}")
    except MemoryError:
        end = wire.closing("killed", "the parser needed more memory than it may use", exhausted=True)
    except OSError as e:
        end = wire.closing("damaged", f"the file could not be read: {e.strerror or type(e).__name__}")
    except Exception as e:  # noqa: BLE001 - a parser's own fault costs its file, never the run
        end = wire.closing("killed", f"the parser failed: {type(e).__name__} in {_place(e)}")
    else:
        end = wire.closing("parsed", None)
    send(end)


def _place(error: BaseException) -> str:
    """File and line of a fault in our own code; never a value, which may be a message."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"


def _source(task: dict[str, Any], descriptors: list[int]) -> ExtentSource:
    parts = task["parts"]
    made = [
        ExtentSource(
            PurePosixPath(p["path"]),
            p["sha256"],
            Extent(
                descriptor=d, offset=p["offset"], length=p["length"], size=p["size"], cipher=p["cipher"],
                key=bytes.fromhex(p["key"]), iv=bytes.fromhex(p["iv"]), start=p["start"],
            ),
            {},
        )
        for p, d in zip(parts, descriptors[: len(parts)], strict=True)
    ]  # fmt: skip
    made[0].siblings.update({p["suffix"]: s for p, s in zip(parts[1:], made[1:], strict=True)})
    for c in task["companions"]:
        made[0].beside[PurePosixPath(c["path"])] = _companion(c, descriptors[c["descriptor"]])
    return made[0]


def _companion(numbers: dict[str, Any], descriptor: int) -> ExtentSource:
    key = bytes.fromhex(numbers["key"])
    extent = Extent(
        descriptor=descriptor, offset=numbers["offset"], length=numbers["size"], size=numbers["size"],
        cipher="ctr" if key else "none", key=key,
    )  # fmt: skip
    return ExtentSource(PurePosixPath(numbers["path"]), numbers["sha256"], extent, {})


def _frames(artifact: Artifact, file: ExtentSource) -> Iterator[bytes]:
    numbers: dict[type[Record], int] = {r: i for i, r in enumerate(artifact.records)} | {Gap: wire.GAP}
    pending: dict[type[Record], list[Record]] = {r: [] for r in numbers}
    try:
        for item in artifact.parse(file):
            cls = item.record if isinstance(item, ArrowBlock) else type(item)
            if isinstance(item, ArrowBlock):
                yield from _flush(numbers, pending, cls)
                yield from _send(numbers[cls], item.table)
            else:
                pending[cls].append(item)
                if len(pending[cls]) >= ROWS_AT_ONCE:
                    yield from _flush(numbers, pending, cls)
    finally:
        for cls in numbers:
            yield from _flush(numbers, pending, cls)


def _flush(
    numbers: dict[type[Record], int], pending: dict[type[Record], list[Record]], cls: type[Record]
) -> Iterator[bytes]:
    if pending[cls]:
        yield from _send(numbers[cls], table_of(cls, pending[cls]))
        pending[cls].clear()


def _send(number: int, table: pa.Table) -> Iterator[bytes]:
    for batch in table.combine_chunks().to_batches(max_chunksize=65_536):
        yield wire.rows(number, batch)
