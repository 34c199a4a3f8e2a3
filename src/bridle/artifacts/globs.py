"""Globs of device paths, looked up for many thousands of paths: few patterns are tried for each.

Of a whole column of paths, Arrow first tells the few that any glob could match; only those are looked up one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

_WILD = re.compile(r"[*?]")
_ONE = {"*": "[^/]*", "?": "[^/]"}


class _Glob(NamedTuple):
    prefix: str
    """What every path begins with."""
    match: re.Pattern[str]
    name: str
    glob: str


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
        compiled = _Glob(glob[: first.start()], _pattern(glob), name, glob)
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

    def candidates(self, paths: pa.Array) -> pa.Array:
        """Whether `names` may give anything for each path: never false where it does, and seldom true where not."""
        import pyarrow.compute as pc  # most that look up a path need no columns

        exact, file_names, pattern = self._first_look
        rooted = pc.binary_join_element_wise("/", paths, "")
        last = pc.list_element(pc.split_pattern(rooted, "/", max_splits=1, reverse=True), 1)
        found = pc.or_(pc.is_in(paths, value_set=exact), pc.is_in(last, value_set=file_names))
        return pc.or_(found, pc.match_substring_regex(paths, pattern)) if pattern else found

    @cached_property
    def _first_look(self) -> tuple[pa.Array, pa.Array, str]:
        """All exact globs; the file names of the globs that end with one; one RE2 pattern for all the others."""
        import pyarrow as pa

        endings = "|".join(map(re.escape, self._by_ending))
        others = "|".join(_plain_pattern(g.glob) for g in self._others)
        patterns = [f"(?:{endings})\\z"] * bool(endings) + [f"\\A(?:{others})\\z"] * bool(others)
        return (
            pa.array(self._exact, pa.string()),
            pa.array(self._by_file_name, pa.string()),
            "(?s)" + "|".join(patterns) if patterns else "",
        )


def _plain_pattern(glob: str) -> str:
    """The glob as RE2 wants it, which needs no help against many wildcards."""
    return "(?:[^/]+/)*".join(
        ".*".join("".join(_ONE.get(c) or re.escape(c) for c in part) for part in segment.split("**"))
        for segment in glob.split("**/")
    )


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
