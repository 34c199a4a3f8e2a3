"""Globs of device paths, looked up for many thousands of paths: few patterns are tried for each.

Of a whole column of paths, Arrow first tells the few that any glob could match; only those are looked up one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

_WILD, _EACH_WILD = re.compile(r"[*?]"), re.compile(r"([*?])")
_FEW = 64
"""Paths that are better looked up one by one than looked at a second time."""
_SPECIFIC, _TELLING = 24, 6
"""Characters at the beginning of a glob that tell enough; if it has fewer, so many elsewhere tell more."""
_COMMON = len("/private/var/")
"""A beginning of so many characters is that of most paths."""
_REGION, _REGIONS = 36, 2_048
"""Characters at the beginning of a path by which globs are chosen beforehand, and how many choices are remembered."""
_ONE = {"*": "[^/]*", "?": "[^/]"}


class _Glob(NamedTuple):
    prefix: str
    """What every path begins with."""
    match: re.Pattern[str]
    name: str
    glob: str
    text: str
    """The longest text behind the beginning that every path holds."""


class Globs:
    """Pairs of glob and name. `*` and `?` stay within a component, `**` spans any number of components."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._by_file_name: dict[str, list[_Glob]] = {}
        self._by_ending: dict[str, list[_Glob]] = {}
        self._others: list[_Glob] = []
        self._near: dict[str, tuple[dict[str, list[_Glob]], dict[str, list[_Glob]], list[_Glob]]] = {}
        for glob, name in pairs:
            self._add(glob, name)

    def _add(self, glob: str, name: str) -> None:
        first = _WILD.search(glob)
        if first is None:
            self._exact.setdefault(glob, set()).add(name)
            return
        compiled = _Glob(glob[: first.start()], _pattern(glob), name, glob, _texts(glob)[1])
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
        by_file_name, by_ending, others = self._of_region(path[:_REGION])
        for globs in (by_file_name.get(file_name, ()), by_ending.get(dot + ending, ()) if dot else (), others):
            if globs:
                found.update(
                    [g.name for g in globs if g.text in path and path.startswith(g.prefix) and g.match.match(path)]
                )
        return found

    def _of_region(self, region: str) -> tuple[dict[str, list[_Glob]], dict[str, list[_Glob]], list[_Glob]]:
        """The globs that can match a path of this beginning."""
        if (near := self._near.get(region)) is None:
            if len(self._near) >= _REGIONS:
                self._near.clear()

            def those(globs: list[_Glob]) -> list[_Glob]:
                return [g for g in globs if region.startswith(g.prefix) or g.prefix.startswith(region)]

            near = (
                {name: few for name, globs in self._by_file_name.items() if (few := those(globs))},
                {ending: few for ending, globs in self._by_ending.items() if (few := those(globs))},
                those(self._others),
            )
            self._near[region] = near
        return near

    def candidates(self, paths: pa.Array) -> pa.Array:
        """Whether `names` may give anything for each path: never false where it does, and seldom true where not."""
        import pyarrow.compute as pc  # most that look up a path need no columns

        exact, file_names, literals = self._first_look
        rooted = pc.binary_join_element_wise("/", paths, "")
        last = pc.list_element(pc.split_pattern(rooted, "/", max_splits=1, reverse=True), 1)
        found = pc.or_(pc.is_in(paths, value_set=exact), pc.is_in(last, value_set=file_names))
        maybe = pc.and_not(pc.match_substring_regex(paths, literals), found)
        if not literals or (pc.sum(maybe).as_py() or 0) < _FEW:
            return pc.or_(found, maybe) if literals else found
        return pc.replace_with_mask(found, maybe, self._second_look(paths.filter(maybe)))

    @cached_property
    def _first_look(self) -> tuple[pa.Array, pa.Array, str]:
        """All exact globs; the file names of the globs that end with one; what paths of all others hold, for RE2."""
        import pyarrow as pa

        endings = [f"(?:{'|'.join(map(re.escape, self._by_ending))})\\z"] * bool(self._by_ending)
        literals = endings + sorted({_literal(g.glob) for g in self._others})
        return pa.array(self._exact, pa.string()), pa.array(self._by_file_name, pa.string()), "|".join(literals)

    def _second_look(self, paths: pa.Array) -> pa.Array:
        """Whether a glob with wildcards in its file name matches."""
        import pyarrow.compute as pc

        found = _matched(paths, self._others)
        for ending, globs in self._by_ending.items():
            mask = pc.ends_with(paths, ending)
            if pc.any(mask).as_py():
                more = pc.or_(found.filter(mask), _matched(paths.filter(mask), globs))
                found = pc.replace_with_mask(found, mask, more)
        return found


def _matched(paths: pa.Array, globs: Iterable[_Glob]) -> pa.Array:
    """Whether any of the globs matches. One after another: RE2 is slow with many of them in one pattern.

    Most globs begin as none of the paths does, or ask for a text that none of them holds: those are not tried.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pa.repeat(False, len(paths))
    distinct = {g.glob: g for g in globs}.values()
    others = [g for g in distinct if len(g.prefix) <= _COMMON]
    for g in (g for g in distinct if len(g.prefix) > _COMMON):
        near = pc.starts_with(paths, g.prefix)
        if pc.any(near, min_count=0).as_py():
            found = pc.or_(found, pc.replace_with_mask(near, near, _each_matched(paths.filter(near), [g])))
    if others:
        near = pc.match_substring_regex(paths, "|".join(sorted({_literal(g.glob) for g in others})))
        found = pc.or_(found, pc.replace_with_mask(near, near, _each_matched(paths.filter(near), others)))
    return found


def _each_matched(paths: pa.Array, globs: Iterable[_Glob]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pa.repeat(False, len(paths))
    for g in globs if len(paths) else ():
        found = pc.or_(found, pc.match_substring_regex(paths, rf"(?s)\A{_plain_pattern(g.glob)}\z"))
    return found


def _texts(glob: str) -> tuple[str, str]:
    """What every path of the glob begins with, and the longest text behind that which each of them holds."""
    first, *more = re.split(r"[*?]+/?", glob)
    return first, max(more, key=len, default="")


def _literal(glob: str) -> str:
    """What every path of the glob begins with, or the longest text that each of them holds."""
    first, longest = _texts(glob)
    return re.escape(longest) if len(first) < _SPECIFIC and len(longest) >= _TELLING else rf"\A{re.escape(first)}"


@lru_cache(maxsize=4096)
def _plain_pattern(glob: str) -> str:
    """The glob as RE2 wants it, which needs no help against many wildcards."""
    return "(?:[^/]+/)*".join(".*".join(map(_plain_segment, s.split("**"))) for s in glob.split("**/"))


def _plain_segment(segment: str) -> str:
    return "".join(_ONE.get(part) or re.escape(part) for part in _EACH_WILD.split(segment))


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
