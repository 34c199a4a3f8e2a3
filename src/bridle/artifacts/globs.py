"""Globs of device paths, looked up for many thousands of paths: few patterns are tried for each."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_WILD = re.compile(r"[*?]")


class _Glob(NamedTuple):
    prefix: str
    """What every path begins with."""
    match: re.Pattern[str]
    name: str


class Globs:
    """Pairs of glob and name. `*` and `?` stay within a component, `**` spans any number of components."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._by_file_name: dict[str, list[_Glob]] = {}
        self._by_ending: dict[str, list[_Glob]] = {}
        self._others: list[_Glob] = []
        for glob, name in pairs:
            self._add(glob, name)

    def _add(self, glob: str, name: str) -> None:
        first = _WILD.search(glob)
        if first is None:
            self._exact.setdefault(glob, set()).add(name)
            return
        compiled = _Glob(glob[: first.start()], _pattern(glob), name)
        file_name = glob.rpartition("/")[2]
        literal = _WILD.split(file_name)[-1]
        if literal == file_name:
            self._by_file_name.setdefault(file_name, []).append(compiled)
        elif "." in literal:
            self._by_ending.setdefault(literal[literal.rindex(".") :], []).append(compiled)
        else:
            self._others.append(compiled)

    def names(self, path: str) -> set[str]:
        """The names of all globs that match the whole path."""
        file_name = path.rpartition("/")[2]
        _, dot, ending = file_name.rpartition(".")
        found = set(self._exact.get(path, ()))
        for globs in (
            self._by_file_name.get(file_name, ()),
            self._by_ending.get(dot + ending, ()) if dot else (),
            self._others,
        ):
            found.update(g.name for g in globs if path.startswith(g.prefix) and g.match.match(path))
        return found


def _pattern(glob: str) -> re.Pattern[str]:
    """The glob as a pattern that takes what is before the last wildcard at its first place, which never loses a match.

    So the work is bounded by the length of the path times that of one component. No component of a path is empty.
    """
    first, *more = glob.split("**/")
    out = _segment(first)
    for segment in more[:-1]:
        found = f"(?:[^/]+/)*?{_segment(segment)}"
        out += f"(?>{found})" if segment.endswith("/") else f"(?:{found})"
    out += f"(?:[^/]+/)*{_segment(more[-1])}" if more else ""
    return re.compile(out + r"\Z", re.DOTALL)


def _segment(segment: str) -> str:
    return "/".join(".*".join(map(_component, c.split("**"))) for c in segment.split("/"))


def _component(component: str) -> str:
    first, *more = ("[^/]".join(map(re.escape, part.split("?"))) for part in component.split("*"))
    middle = "".join(f"(?>[^/]*?{part})" for part in more[:-1])
    return f"{first}{middle}[^/]*{more[-1]}" if more else first
