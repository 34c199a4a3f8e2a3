"""The dumps that Android's services write from what is otherwise a protobuf: names and values in nested braces.

    USB MANAGER STATE (dumpsys usb):
    {
      host_manager={
        num_connects=1
        connections=[
          {
            mode=CONNECT
          }
        ]
      }
    }

A value may have further lines; they stand as deep as its own. Where one of them looks like a name and a value, it is
taken for one: what a value holds can so add values beside it, but take none away.

Sources: AOSP `DualDumpOutputStream`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/com/android/internal/util/dump/DualDumpOutputStream.java
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats.lines import too_long

DEEPEST = 64
"""Objects and lists within each other."""
_MOST_LINES = 10_000
"""Lines of one value."""
_MOST_NAMES = 10_000
"""Names of one object that are told apart."""
_NAMED = re.compile(r"([a-z][A-Za-z0-9_]{0,80})=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Value:
    """One value and where it stands."""

    line: int
    """Number of its first line."""
    path: tuple[str, ...]
    """Names of the objects it is in; `connections[0]` is the first object of a list."""
    name: str
    """Its own; `functions[1]` for the second of a list."""
    value: str
    """As stored, its lines joined, without their common indentation."""

    @property
    def place(self) -> str:
        """Path and name, joined by dots."""
        return ".".join((*self.path, self.name))


@dataclass
class _Frame:
    closing: str
    name: str | None
    """None for the whole dump."""
    count: int = 0
    """Elements of a list so far."""
    named: Counter[str] = field(default_factory=Counter)
    """Objects and lists in it, by name."""


@dataclass
class _Pending:
    line: int
    path: tuple[str, ...]
    name: str
    indent: int
    lines: list[str] = field(default_factory=list)

    def value(self) -> Value:
        return Value(self.line, self.path, self.name, "\n".join(self.lines).rstrip("\n"))


def bare(name: str) -> str:
    """A name without its place in a list: `connections[0]` is `connections`."""
    return name.partition("[")[0]


def values(numbered: Iterable[tuple[int, str | None]]) -> Iterator[Value | Gap]:
    """Every value in its order. What stands before the first brace is left out."""
    reader = _Reader()
    for number, line in numbered:
        if line is None:
            yield too_long(number, 1 << 20)
        else:
            yield from reader.take(number, line)
    yield from reader.end()


class _Reader:
    def __init__(self) -> None:
        self._stack: list[_Frame] = []
        self._pending: _Pending | None = None
        self._deeper = 0
        self._begun = False

    def take(self, number: int, line: str) -> Iterator[Value | Gap]:
        text = line.strip()
        if not self._begun:
            self._begun = text == "{"
        if not self._begun:
            return
        if text == "{" or text.endswith(("={", "=[")):
            yield from self._given()
            yield from self._open(number, text)
        elif text in ("}", "]"):
            yield from self._given()
            yield from self._close(number, text)
        elif self._deeper:
            return
        else:
            yield from self._line(number, line, text)

    def end(self) -> Iterator[Value | Gap]:
        yield from self._given()
        if self._stack or self._deeper:
            yield Gap(locator="end", reason="expected a closing brace, got the end of the dump")

    def _given(self) -> Iterator[Value]:
        if self._pending is not None:
            yield self._pending.value()
            self._pending = None

    def _open(self, number: int, text: str) -> Iterator[Gap]:
        if self._deeper or len(self._stack) >= DEEPEST:
            if not self._deeper:
                yield Gap(locator=f"line {number}", reason=f"expected at most {DEEPEST} levels, got more")
            self._deeper += 1
        elif text == "{":
            self._stack.append(_Frame("}", self._element() if self._stack else None))
        else:
            self._stack.append(_Frame("}" if text[-1] == "{" else "]", self._distinct(text[:-2].strip())))

    def _distinct(self, name: str) -> str:
        """The name, with its number where the object it stands in has one of that name before."""
        if not self._stack:
            return name
        named = self._stack[-1].named
        before = named[name]
        if len(named) < _MOST_NAMES:
            named[name] += 1
        return f"{name}[{before}]" if before else name

    def _element(self) -> str | None:
        """What an object without a name of its own is called."""
        top = self._stack[-1]
        top.count += 1
        return f"[{top.count - 1}]" if top.closing == "]" else ""

    def _close(self, number: int, text: str) -> Iterator[Gap]:
        if self._deeper:
            self._deeper -= 1
        elif self._stack and self._stack[-1].closing == text:
            self._stack.pop()
        else:
            wanted = self._stack[-1].closing if self._stack else "nothing more"
            yield Gap(locator=f"line {number}", reason=f"expected {wanted}, got {text}")

    def _line(self, number: int, line: str, text: str) -> Iterator[Value | Gap]:
        named = _NAMED.fullmatch(text)
        listed = bool(self._stack) and self._stack[-1].closing == "]"
        if named and self._stack and not listed:
            yield from self._given()
            self._pending = _Pending(number, self._path(), named[1], _indent(line), [named[2]])
        elif listed and text:
            yield from self._given()
            top = self._stack[-1]
            top.count += 1
            *path, name = self._path()
            self._pending = _Pending(number, tuple(path), f"{name}[{top.count - 1}]", _indent(line), [text])
        elif self._pending is not None:
            yield from self._further(number, line)
        elif text:
            yield Gap(locator=f"line {number}", reason=f"expected a name and a value, got {text!a:.60}")

    def _further(self, number: int, line: str) -> Iterator[Gap]:
        pending = self._pending
        assert pending is not None
        if len(pending.lines) < _MOST_LINES:
            pending.lines.append(line[min(pending.indent, _indent(line)) :])
        elif line.strip():
            yield Gap(locator=f"line {number}", reason=f"expected at most {_MOST_LINES} lines of a value, got more")

    def _path(self) -> tuple[str, ...]:
        found: list[str] = []
        for frame in self._stack:
            if frame.name is None:
                continue
            if frame.name.startswith("[") and found:
                found[-1] += frame.name
            else:
                found.append(frame.name)
        return tuple(found)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
