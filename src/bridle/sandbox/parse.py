"""Inside the child: what a message brings becomes SourceFiles, their parsers' rows become Arrow frames.

Rows of small files are gathered over several files, for a frame costs what hundreds of rows cost. What the parent gets
of a file is the same either way: rows that would have been sent before the file's end are sent then.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol, cast

import pyarrow as pa

from bridle.classes import dataclass
from bridle.core import Artifact, FormatError, Gap, Record
from bridle.evidence.extent import Extent
from bridle.formats.arrow import ArrowBlock
from bridle.sandbox import wire
from bridle.sandbox.known import load
from bridle.sandbox.waiting import Waiting, together, weight
from bridle.sandbox.wire import Closing

ROWS_AT_ONCE = 4096
"""Records and small Blocks are gathered to this many rows before they are sent; other Blocks go as they come."""
FRAME_BYTES = 8 << 20
"""Rows of a Block are sent so many bytes at a time: child and parent both hold them."""
SECONDS = 0.1
"""What is gathered is sent at the latest behind a file that ends so long after the last frame."""

Pending = dict[type[Record], Waiting]
Send = Callable[[wire.Frame], None]


class Content(Protocol):
    """Bytes that can be opened."""

    @property
    def size(self) -> int: ...
    def open(self) -> io.BufferedIOBase: ...


@dataclass(slots=True)
class Inline:
    """Content that came with the message."""

    data: memoryview

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)


@dataclass(slots=True)
class ReceivedSource:
    """A SourceFile over what the parent sent."""

    path: PurePosixPath
    sha256: str
    content: Content
    siblings: dict[str, ReceivedSource] = field(default_factory=dict)
    beside: dict[PurePosixPath, ReceivedSource] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.content.size

    def open(self) -> BinaryIO:
        return cast(BinaryIO, self.content.open())

    def sibling(self, suffix: str) -> ReceivedSource | None:
        return self.siblings.get(suffix)

    def companions(self) -> Mapping[PurePosixPath, ReceivedSource]:
        return self.beside


class Message:
    """The files of one message, all for the same artifact."""

    def __init__(self, head: dict[str, Any], contents: memoryview, descriptors: list[int], send: Send) -> None:
        self._artifact = load(head["artifact"])
        self._files: list[list[Any]] = head["files"]
        self._contents, self._descriptors, self._send = contents, descriptors, send
        numbers: dict[type[Record], int] = {r: i for i, r in enumerate(self._artifact.records)} | {Gap: wire.GAP}
        self._numbers = numbers
        self._ended: list[tuple[int, Closing]] = []
        self._read: list[Pending] = []
        self._count = 0
        self._sent = time.monotonic()

    def run(self, enter: Callable[[int], None]) -> None:
        """Parse each file and send everything it gives; `enter` is told before each."""
        alone = len(self._files) == 1
        for number in range(len(self._files)):
            enter(number)
            rows = self._parse(number, gathering=not alone)
            if rows.end.exhausted:
                return
            if self._count >= ROWS_AT_ONCE or time.monotonic() - self._sent >= SECONDS:
                self._flush()
        self._flush()
        enter(-1)

    def _parse(self, number: int, *, gathering: bool) -> _File:
        rows = _File(self, number, gathering=gathering)
        rows.read(self._artifact, self._source(self._files[number]))
        if gathering and not rows.sent and not rows.end.exhausted:
            self._ended.append((number, rows.end))
            self._read.append(rows.pending)
            self._count += sum(waiting.weight for waiting in rows.pending.values())
        else:
            self.send(wire.closing(number, rows.end))
        return rows

    def send(self, frame: wire.Frame) -> None:
        """Send a frame, behind all that is gathered."""
        self._flush()
        self._send(frame)

    def rows(self, file: int, of: type[Record], table: pa.Table) -> None:
        """Send rows of one file now."""
        count = max(1, min(65_536, table.num_rows * FRAME_BYTES // max(table.nbytes, 1)))
        for batch in table.combine_chunks().to_batches(max_chunksize=count):
            self.send(wire.rows(self._numbers[of], file, batch))

    def pending(self) -> Pending:
        return {r: Waiting() for r in self._numbers}

    def _flush(self) -> None:
        """Send what was gathered. If it cannot be sent together, each of its files is read again on its own."""
        ended, read = self._ended, self._read
        self._ended, self._read, self._count = [], [], 0
        if ended:
            try:
                frame = wire.gathered(ended, list(self._tables(read)))
            except Exception:  # noqa: BLE001 - one of the files has a row that no column takes; alone it says so itself
                for number, _ in ended:
                    self._parse(number, gathering=False)
            else:
                self._send(frame)
        self._sent = time.monotonic()

    def _tables(self, read: list[Pending]) -> Any:
        for of, number in self._numbers.items():
            counts = [len(pending[of]) for pending in read]
            if any(counts):
                table = together(of, [pending[of] for pending in read])
                yield number, counts, table.combine_chunks().to_batches()[0]

    def _source(self, described: list[Any]) -> ReceivedSource:
        """A file as the parent's `described` tells of it."""
        parts, companions = described
        (_, made), *others = [(p[0], self._one(p)) for p in parts]
        made.siblings.update(others)
        made.beside.update((one.path, one) for one in map(self._one, companions))
        return made

    def _one(self, part: list[Any]) -> ReceivedSource:
        _, path, sha256, where, *extent = part
        if extent:
            offset, length, size, cipher, key, iv, start = extent
            content: Content = Extent(
                descriptor=self._descriptors[where], offset=offset, length=length, size=size, cipher=cipher,
                key=bytes.fromhex(key), iv=bytes.fromhex(iv), start=start,
            )  # fmt: skip
        else:
            begin, end = where
            content = Inline(self._contents[begin:end])
        return ReceivedSource(PurePosixPath(path), sha256, content)


class _File:
    """The rows of one file on their way."""

    def __init__(self, message: Message, number: int, *, gathering: bool) -> None:
        self._message, self._number, self._gathering = message, number, gathering
        self.pending = message.pending()
        self.sent = False
        """Whether rows went on their own already; then the rest does too."""
        self.end = Closing("parsed")

    def read(self, artifact: Artifact, source: ReceivedSource) -> None:
        """All rows a parser gives, and how it ended."""
        try:
            self._take(artifact, source)
        except FormatError as e:
            self.end = Closing("damaged", f"{e!s:.300}")
        except MemoryError:
            self.end = Closing("killed", "the parser needed more memory than it may use", exhausted=True)
        except OSError as e:
            self.end = Closing("damaged", f"the file could not be read: {e.strerror or type(e).__name__}")
        except Exception as e:  # noqa: BLE001 - a parser's own fault costs its file, never the run
            self.end = Closing("killed", f"the parser failed: {type(e).__name__} in {_place(e)}")

    def _take(self, artifact: Artifact, source: ReceivedSource) -> None:
        pending = self.pending
        try:
            for item in artifact.parse(source):
                if isinstance(item, ArrowBlock):
                    self._take_block(item)
                else:
                    rows = pending[type(item)].records
                    rows.append(item)
                    if len(rows) >= ROWS_AT_ONCE:
                        self._flush(type(item))
        except MemoryError:
            self._gathering = False
            raise
        finally:
            if self.sent or not self._gathering:
                for of in pending:
                    self._flush(of)

    def _take_block(self, block: ArrowBlock[Any]) -> None:
        """A small Block waits as records do, whether its file is gathered with others or not."""
        of, waiting = block.record, self.pending[block.record]
        if waiting.weight + weight(block.table) < ROWS_AT_ONCE:
            waiting.add(block.table)
        else:
            self._flush(of)
            self._rows(of, block.table)

    def _flush(self, of: type[Record]) -> None:
        if len(waiting := self.pending[of]):
            self._rows(of, together(of, [waiting]))
            waiting.clear()

    def _rows(self, of: type[Record], table: pa.Table) -> None:
        self.sent = True
        self._message.rows(self._number, of, table)


def _place(error: BaseException) -> str:
    """File and line of a fault in our own code; never a value, which may be a message."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return f"{Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at is not None else "unknown"
