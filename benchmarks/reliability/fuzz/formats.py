"""Every function of `bridle.formats` that takes bytes, a file or text, from what the parsers of artifacts hand it.

Nothing is listed here: each fixture is read once, and what the functions were called with is their seeds.
"""

from __future__ import annotations

import dis
import importlib
import inspect
import io
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from bridle import artifacts, formats
from bridle.core import FormatError
from reliability.fuzz import traffic
from reliability.fuzz.target import LARGEST, Target, fixtures_at_hand

fixtures_at_hand()

from artifact_files import Stored, artifact_of, fixtures, rows, stored  # noqa: E402

_MOST, _CONTEXTS = 24, 8
"""Seeds of one function, and how many different other arguments it is called with."""
_STEPS = 200_000
"""How much of an iterator is taken."""
_BYTES = ("bytes", "bytes | memoryview", "memoryview", "BinaryIO", "SourceFile")
_NO_READERS = frozenset({"table.col", "table.rest", "sqlite_recovery.recovered", "timesync.uuid_text"})
"""Declarations of parsers; and a function of exactly 16 bytes, which its callers cut out."""
_ERRORS = {"ValueError": ValueError, "PermissionError": PermissionError, "EOFError": EOFError}


@dataclass
class Seen:
    """A function and what it was called with."""

    name: str
    function: Callable[..., Any]
    at: int
    """Which argument is made anew."""
    kind: str
    parameters: tuple[str, ...]
    contexts: list[dict[str, Any]] = field(default_factory=list)
    inputs: set[bytes] = field(default_factory=set)

    def note(self, arguments: dict[str, Any]) -> None:
        """Keep one call, if there is room and it can be made again."""
        if len(self.inputs) >= _MOST:
            return
        own = as_bytes(arguments.get(self.parameters[self.at]))
        others = {p: v for i, p in enumerate(self.parameters) if i != self.at for v in [arguments.get(p)]}
        if own is None or len(own) >= LARGEST or not all(map(_plain, others.values())):
            return
        if others not in self.contexts:
            if len(self.contexts) >= _CONTEXTS:
                return
            self.contexts.append(others)
        self.inputs.add(bytes([self.contexts.index(others)]) + own)

    def read(self, data: bytes) -> None:
        """Call the function with new bytes and take all that it gives."""
        others = self.contexts[data[0] % len(self.contexts) if data else 0]
        arguments = others | {self.parameters[self.at]: _made(self.kind, data[1:])}
        if "size" in others:
            arguments["size"] = len(data[1:])
        exhaust(self.function(**arguments))

    def target(self) -> Target:
        """What is fuzzed."""
        said = inspect.getdoc(self.function) or ""
        errors = tuple(error for name, error in _ERRORS.items() if name in said)
        return Target(
            name=f"formats.{self.name}",
            seeds=tuple(sorted(self.inputs)),
            read=self.read,
            documented=(FormatError, *errors),
        )


def targets() -> Iterator[Target]:
    """A target for each function that was called with something that can be made again."""
    known = functions()
    with _watched(known):
        for fixture in fixtures():
            with suppress(FormatError):
                rows(artifact_of(fixture), stored(fixture))
        for capture in traffic.captures():
            rows(artifacts.load("network.capture"), Stored(capture))
    yield from (seen.target() for seen in known.values() if seen.inputs)


def functions() -> dict[CodeType, Seen]:
    """Public functions of the formats whose first argument of bytes, or else of text, can be made anew.

    Modules that begin with `_` are reached through those they are parts of, which give them what they expect.
    """
    found = {}
    modules = [m.name for m in pkgutil.iter_modules(formats.__path__) if not m.name.startswith("_")]
    for module in modules:
        imported = importlib.import_module(f"bridle.formats.{module}")
        for name, function in vars(imported).items():
            own = inspect.isfunction(function) and function.__module__ == imported.__name__
            if not own or name.startswith("_") or f"{module}.{name}" in _NO_READERS:
                continue
            if (seen := _seen(f"{module}.{name}", function)) is not None:
                found[inspect.unwrap(function).__code__] = seen
    return found


def _seen(name: str, function: Callable[..., Any]) -> Seen | None:
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return None
    for kinds in (_BYTES, ("str", "str | None")):
        for at, p in enumerate(parameters):
            if str(p.annotation) in kinds:
                return Seen(name, function, at, str(p.annotation), tuple(p.name for p in parameters))
    return None


class _watched:  # noqa: N801 - used as a function is
    """While inside, calls of the known functions are noted."""

    def __init__(self, known: dict[CodeType, Seen]) -> None:
        self._known = known

    def __enter__(self) -> None:
        sys.setprofile(self._called)

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _called(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and (seen := self._known.get(frame.f_code)) is not None and _begins(frame):
            seen.note(frame.f_locals)


def _begins(frame: FrameType) -> bool:
    """Whether this is the call itself, and not a generator that goes on: its arguments are still what they were."""
    code, at = frame.f_code.co_code, frame.f_lasti
    return code[at] == dis.opmap["RESUME"] and code[at + 1] == 0


def as_bytes(value: Any) -> bytes | None:
    """What a call was given, as an input; None for what is no text, bytes or file in memory."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, io.BytesIO):
        return value.getvalue()
    return value.content if isinstance(value, Stored) else None


def _plain(value: Any) -> bool:
    """Whether an argument can be given again: it is not used up by the call."""
    if isinstance(value, tuple | list | frozenset):
        return all(map(_plain, value))
    return value is None or callable(value) or isinstance(value, str | bytes | int | float | type)


def _made(kind: str, data: bytes) -> Any:
    if kind.startswith("str"):
        return data.decode("utf-8", "surrogateescape")
    if kind == "BinaryIO":
        return io.BytesIO(data)
    return Stored(data) if kind == "SourceFile" else data


def exhaust(given: Any, depth: int = 0) -> None:
    """Take what a function gives: all rows of what it opens, all of what it yields."""
    if isinstance(given, AbstractContextManager) and depth == 0 and not isinstance(given, io.IOBase):
        with given as opened:
            exhaust(opened, depth + 1)
    elif isinstance(given, Iterator):
        for _ in zip(range(_STEPS), given, strict=False):
            pass
    elif isinstance(given, Iterable) and not isinstance(given, str | bytes) and depth == 0:
        exhaust(iter(given), depth + 1)
