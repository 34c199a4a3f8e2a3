"""XML documents by expat, an element at a time: no entities, no document types, bounded in depth and in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import BinaryIO
from xml.parsers import expat

from bridle.classes import dataclass
from bridle.core import FormatError

MAX_DEPTH = 64
MOST_PENDING = 8 << 20
"""Bytes of one tag."""
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Element:
    """The beginning of an element, or its end."""

    path: tuple[str, ...]
    """Names of the elements it is in, its own last."""
    offset: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    end: bool = False


def elements(stored: BinaryIO) -> Iterator[Element]:
    """Beginnings and ends in their order. Raises FormatError."""
    reader = _Reader()
    fed = 0
    while chunk := stored.read(_CHUNK):
        fed += len(chunk)
        yield from reader.feed(chunk, last=False)
        if fed - reader.parser.CurrentByteIndex > MOST_PENDING:
            raise FormatError(f"expected tags of at most {MOST_PENDING} bytes, got a longer one")
    if fed:
        yield from reader.feed(b"", last=True)


class _Reader:
    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._path: list[str] = []
        self._found: list[Element] = []

    def feed(self, chunk: bytes, last: bool) -> Iterator[Element]:
        wrong = None
        try:
            self.parser.Parse(chunk, last)
        except (expat.ExpatError, ValueError, LookupError) as e:
            wrong = f"expected XML, got: {e!s:.100}"
        yield from self._found
        self._found = []
        if wrong is not None:
            raise FormatError(wrong)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= MAX_DEPTH:
            raise FormatError(f"expected at most {MAX_DEPTH} levels of elements, got more")
        self._path.append(name)
        self._found.append(Element(tuple(self._path), self.parser.CurrentByteIndex, attributes))

    def _end(self, _: str) -> None:
        self._found.append(Element(tuple(self._path), self.parser.CurrentByteIndex, end=True))
        self._path.pop()

    def _doctype(self, *_: object) -> None:
        raise FormatError("expected no document type, got one")
