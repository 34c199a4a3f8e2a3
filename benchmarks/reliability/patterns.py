"""Every regular expression that meets evidence is given long texts that were made for it: none may take more than
time in line with their length.

The texts are made of what the pattern itself says. For each part that may repeat: an example of what stands before it,
then what the part takes again and again, then what nothing expects; and the beginning of a match, over and over.
`python -m reliability.patterns` says which pattern is slow, and with which text.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any

from reliability.line import Line

PACKAGES = ("evidence", "formats", "artifacts", "indicators", "targets", "infra")
COMMAND = "PYTHONPATH=src:benchmarks python -m reliability.patterns"
_METHODS = frozenset({"match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split"})
_LENGTHS = (4 << 10, 16 << 10, 64 << 10)
_QUICK = 0.001
"""CPU seconds for the shortest text within which no pattern is that takes the square of its length."""
_SLOW, _RATIO = 0.5, 8
"""A pattern fails that takes more CPU seconds than this for a text, and so many times those for a fourth of it …"""
_LONGEST = 3
"""… or more CPU seconds than this for any."""
_ALPHABET = "aA0x \t.-,:;/_=\"'()[]{}<>|\\@#%*+\n\u00e9"
_FEW = 50
"""Repeats that are no more than these do not make a text long."""
_ENDS = ("\0", "\n")
"""What texts end with. No line has an end in it, which `.` does not take: only patterns for several lines meet one."""
_DEEPEST = 12


@dataclass(frozen=True)
class Pattern:
    """A regular expression, and how its module uses it."""

    place: str
    """Name of the module."""
    compiled: re.Pattern[Any]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Slow:
    """A pattern that takes too long, the text that shows it, and the CPU seconds by length."""

    pattern: Pattern
    method: str
    text: str
    seconds: tuple[float, ...]

    def __str__(self) -> str:
        took = ", ".join(f"{s:.3f}" for s in self.seconds)
        return f"{self.pattern.place}: {self.method} {self.pattern.compiled.pattern!r} with {self.text}: {took} s"


def lines() -> Iterable[Line]:
    """One line: patterns that were tried and those that took time in line with the length of each text."""
    found = list(patterns())
    failed = [slow for one in found if (slow := slow_with(one)) is not None]
    for slow in failed:
        print(slow, flush=True)
    yield Line(
        what="regular expressions with texts made for each, of 4 KiB to 64 KiB",
        tried=len(found),
        survived=len(found) - len(failed),
        command=COMMAND,
        note=f"failed: more than {_SLOW} s and more than {_RATIO} times the time for a fourth of the text",
    )


def patterns(packages: Sequence[str] = PACKAGES) -> Iterator[Pattern]:
    """The patterns that the modules of these packages hold or write in a call, each once."""
    seen: set[tuple[str, object, int, tuple[str, ...]]] = set()
    for package in packages:
        for module in _modules(f"bridle.{package}"):
            used = _uses(module)
            for name, compiled in (*_held(module), *used.inline):
                methods = tuple(sorted(used.of.get(name, used.all) or _METHODS - {"subn"}))
                key = (module.__name__, compiled.pattern, compiled.flags, methods)
                if key not in seen:
                    seen.add(key)
                    yield Pattern(module.__name__.removeprefix("bridle."), compiled, methods)


def _modules(package: str) -> Iterator[ModuleType]:
    top = importlib.import_module(package)
    yield top
    for found in pkgutil.walk_packages(getattr(top, "__path__", ()), f"{package}."):
        yield importlib.import_module(found.name)


def _held(module: ModuleType) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in vars(module).items():
        if not name.startswith("__"):
            yield from ((name, one) for one in _inside(value, 0))


def _inside(value: Any, depth: int) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value of a module: alone, in a table, in an object."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 4 and isinstance(value, dict):
        for part in (*value, *value.values()):
            yield from _inside(part, depth + 1)
    elif depth < 4 and isinstance(value, tuple | list | set | frozenset):
        for part in value:
            yield from _inside(part, depth + 1)
    elif depth < 4 and is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from _inside(getattr(value, part.name, None), depth + 1)


class _uses(ast.NodeVisitor):  # noqa: N801 - used as a function is
    """The methods of patterns that a module calls: by the name of the pattern, all of them, and patterns in a call."""

    def __init__(self, module: ModuleType) -> None:
        self.of: dict[str, set[str]] = {}
        self.all: set[str] = set()
        self.inline: list[tuple[str, re.Pattern[Any]]] = []
        self.visit(ast.parse(Path(str(module.__file__)).read_text("utf-8")))

    def visit_Call(self, node: ast.Call) -> None:
        """Note `NAME.method(…)`, `anything.method(…)` and `re.method("…", …)`."""
        called = node.func
        if isinstance(called, ast.Attribute) and called.attr in _METHODS:
            of = called.value.id if isinstance(called.value, ast.Name) else ""
            first = node.args[0] if node.args else None
            if of == "re" and isinstance(first, ast.Constant):
                name = f"in line {node.lineno}"
                self.inline.append((name, re.compile(first.value)))
                self.of.setdefault(name, set()).add(called.attr)
            elif of != "re" and (called.attr != "split" or of.isupper()):
                self.of.setdefault(of, set()).add(called.attr)
                self.all.add(called.attr)
        self.generic_visit(node)


def slow_with(pattern: Pattern) -> Slow | None:
    """The first text that a pattern takes too long for; None where there is none."""
    for before, again, end in texts(pattern.compiled):
        for method in pattern.methods:
            took = _measured(pattern.compiled, method, before, again, end)
            if took:
                return Slow(pattern, method, f"{before!a} + {again!a} * n + {end!a}", took)
    return None


def _measured(compiled: re.Pattern[Any], method: str, before: str, again: str, end: str) -> tuple[float, ...]:
    """CPU seconds for texts of rising lengths, where they rise too fast; else nothing."""
    took: list[float] = []
    for length in _LENGTHS:
        text = before + again * (length // len(again)) + end
        given = text if isinstance(compiled.pattern, str) else text.encode("latin-1", "replace")
        took.append(_timed(_call(compiled, method), given))
        if took[0] < _QUICK:
            return ()
        if took[-1] >= _LONGEST or (len(took) > 1 and took[-1] > _SLOW and took[-1] > _RATIO * took[-2]):
            return tuple(took)
    return ()


def _call(compiled: re.Pattern[Any], method: str) -> Callable[[Any], Any]:
    if method in ("sub", "subn"):
        return lambda given: getattr(compiled, method)(given[:0], given)
    if method == "finditer":
        return lambda given: [None for _ in compiled.finditer(given)]
    return getattr(compiled, method)  # type: ignore[no-any-return]


class _TooLongError(Exception):
    pass


def _timed(call: Callable[[Any], Any], given: Any) -> float:
    with _alarm():
        begun = time.process_time()
        try:
            call(given)
        except _TooLongError:
            return float(_LONGEST)
        return time.process_time() - begun


@contextmanager
def _alarm() -> Iterator[None]:
    def over(*_: object) -> None:
        raise _TooLongError

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, _LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def texts(compiled: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """Hostile texts for a pattern: what they begin with, what repeats, and what ends them."""
    pattern = compiled.pattern
    tree = parser.parse(pattern, compiled.flags & ~re.UNICODE if isinstance(pattern, bytes) else compiled.flags)
    ends = _ENDS if _meets_ends_of_lines(compiled) else _ENDS[:1]
    seen: set[tuple[str, str]] = set()
    for before, again in _pumps(list(tree), "", 0):
        if again and (before, again) not in seen:
            seen.add((before, again))
            yield from ((before, again, end) for end in ends)


def _meets_ends_of_lines(compiled: re.Pattern[Any]) -> bool:
    """Whether a pattern is for more than a line: it names an end of one, or is told that there are several."""
    pattern = compiled.pattern if isinstance(compiled.pattern, str) else compiled.pattern.decode("latin-1")
    return "\\n" in pattern or "\n" in pattern or bool(compiled.flags & (re.DOTALL | re.MULTILINE))


def _pumps(items: list[Any], before: str, depth: int) -> Iterator[tuple[str, str]]:
    """Of each part that may repeat: what stands before it, and each of what it may take; in inner parts too."""
    if depth > _DEEPEST:
        return
    for op, given in items:
        if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            _, most, inner = given
            one = _example(list(inner))
            if most > _FEW:
                yield from ((before, taken) for taken in dict.fromkeys((one, *_characters(list(inner)))))
                yield "", before + one
            yield from _pumps(list(inner), before, depth + 1)
        elif op is sre.SUBPATTERN:
            yield from _pumps(list(given[3]), before, depth + 1)
        elif op is sre.ATOMIC_GROUP:
            yield from _pumps(list(given), before, depth + 1)
        elif op is sre.BRANCH:
            for branch in given[1]:
                yield from _pumps(list(branch), before, depth + 1)
        elif op in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _pumps(list(given[1]), before, depth + 1)
        before += _example([(op, given)])
    yield "", before


def _characters(items: list[Any]) -> Iterator[str]:
    """Characters of the alphabet that begin what a part takes, if it takes one at a time."""
    if len(items) == 1:
        yield from (c for c in _ALPHABET if _takes(items[0], c))


def _takes(item: Any, character: str) -> bool:
    op, given = item
    if op is sre.ANY:
        return character != "\n"
    if op is sre.SUBPATTERN:
        return len(given[3]) == 1 and _takes(given[3][0], character)
    if op is sre.BRANCH:
        return any(len(b) == 1 and _takes(b[0], character) for b in given[1])
    if op in (sre.LITERAL, sre.NOT_LITERAL):
        return bool((ord(character) == given) == (op is sre.LITERAL))
    return op is sre.IN and _in(given, character)


def _in(members: list[Any], character: str) -> bool:
    """Whether a set of characters has one."""
    negated = bool(members) and members[0][0] is sre.NEGATE
    return any(_member(op, given, character) for op, given in members) != negated


def _member(op: Any, given: Any, character: str) -> bool:
    if op is sre.LITERAL:
        return bool(ord(character) == given)
    if op is sre.RANGE:
        return bool(given[0] <= ord(character) <= given[1])
    if op is sre.CATEGORY:
        kind = str(given).removeprefix("CATEGORY_").removeprefix("NOT_")
        of = {"DIGIT": str.isdigit, "SPACE": str.isspace, "WORD": lambda c: c.isalnum() or c == "_"}
        return bool(of[kind](character) != ("NOT_" in str(given)))
    return False


def _example(items: list[Any]) -> str:
    """Something short that these parts take."""
    return "".join(_one(op, given) for op, given in items)


def _one(op: Any, given: Any) -> str:
    if op is sre.LITERAL:
        return chr(given)
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return _example(list(given[2])) * max(1, min(given[0], _FEW))
    if op is sre.SUBPATTERN:
        return _example(list(given[3]))
    if op is sre.ATOMIC_GROUP:
        return _example(list(given))
    if op is sre.BRANCH:
        return _example(list(given[1][0]))
    if op in (sre.ANY, sre.NOT_LITERAL, sre.IN):
        of = (chr(m[1]) for m in given if m[0] is sre.LITERAL) if op is sre.IN else ()
        return next((c for c in (*_ALPHABET, *of) if _takes((op, given), c)), "~")
    return ""


def main() -> None:
    """Print the line."""
    for line in lines():
        print(f"{line.what}: {line.tried} tried, {line.survived} survived")


if __name__ == "__main__":
    main()
