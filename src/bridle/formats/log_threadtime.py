"""Lines of the most common layout of `logcat` as columns, cut at the places where another line has its fields.

    01-08 15:30:16.609  1000   929   996 I ActivityManager: …     (with the user)
    03-29 23:14:20.123   929   996 I ActivityManager: …

Numbers stand at the right of columns, which grow for long ones, so a log has few different places: those of the first
line are tried on all, then those of the first that is left, and so on. What is left at last is cut by a pattern.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.formats.log_lines import every, filled

_STAMP = r"\d\d-\d\d \d\d:\d\d:\d\d\.\d"
_LINE = rf"^(?P<stamp>{_STAMP}+) (?P<ids>[a-z0-9_ ]+)(?P<priority>[VDIWEFAS]) (?P<rest>.*)$"
_FIRST = re.compile(rf"({_STAMP}{{1,9}}) ([a-z0-9_ ]{{1,80}}) [VDIWEFAS] ", re.ASCII)
_WORD = re.compile(r"\S+")
_DIGITS = 10
"""Most digits of a process or a thread."""
_LAYOUTS = 4
"""Different places of the fields that are tried on some lines."""
_LOOKED_AT = 16
"""Lines that are looked at for places."""
_END = 1 << 30
_NAMES = ("number", "stamp", "user", "pid", "tid", "priority", "rest")


@dataclass(frozen=True)
class Cut:
    """Lines as columns, and what is none of this layout."""

    fields: dict[str, pa.Array]
    """`number`, `stamp`, `user`, `pid`, `tid`, `priority` and `rest`, in the order of the lines; or nothing."""
    odd: list[tuple[int, str]]
    """Numbers of lines whose process and thread cannot be read, and what stands there."""
    numbers: pa.Array
    """Numbers of the lines of other layouts."""
    texts: pa.Array


def cut(numbers: pa.Array, texts: pa.Array) -> Cut:
    """Cut lines, given with their numbers."""
    groups: list[list[pa.Array]] = []
    odd: list[tuple[int, str]] = []
    while len(texts) and len(groups) < _LAYOUTS and (places := _places(texts)) is not None:
        inside, these, rest = _parted(pc.match_substring_regex(texts, places.pattern()), numbers, texts)
        columns = places.columns(these)
        if columns is None:
            break
        groups.append([inside, *columns])
        numbers, texts = rest
    if len(texts):
        fields = pc.extract_regex(texts, _LINE)
        inside, these, (numbers, texts) = _parted(pc.is_valid(fields), numbers, texts, fields)
        if len(inside):
            ids, odd = _ids(inside, pc.struct_field(these, "ids"))
            stamps, priorities, messages = (pc.struct_field(these, n) for n in ("stamp", "priority", "rest"))
            groups.append([inside, stamps, *ids, priorities, messages])
    return Cut(_joined(groups), odd, numbers, texts)


def _parted(
    chosen: pa.Array, numbers: pa.Array, texts: pa.Array, of: pa.Array | None = None
) -> tuple[pa.Array, pa.Array, tuple[pa.Array, pa.Array]]:
    """Numbers and texts (or what is `of` them) of the lines that are chosen, and numbers and texts of the others."""
    of = texts if of is None else of
    if pc.all(chosen).as_py():
        return numbers, of, (numbers.slice(0, 0), texts.slice(0, 0))
    others = pc.invert(chosen)
    return numbers.filter(chosen), of.filter(chosen), (numbers.filter(others), texts.filter(others))


def _joined(groups: list[list[pa.Array]]) -> dict[str, pa.Array]:
    """Groups of lines as one, in their order."""
    if len(groups) < 2:
        return dict(zip(_NAMES, groups[0], strict=True)) if groups else {}
    columns = [pa.concat_arrays(c) for c in zip(*groups, strict=True)]
    order = pc.sort_indices(columns[0])
    return {name: column.take(order) for name, column in zip(_NAMES, columns, strict=True)}


@dataclass(frozen=True)
class _Places:
    """Where the fields of a line end. Each of the last three has a space behind it."""

    stamp: int
    user: int
    """That of the stamp where there is no user."""
    pid: int
    tid: int

    def pattern(self) -> str:
        """Lines with fields at these places. Spaces within numbers are found where they are read."""
        user = f" [a-z0-9_ ]{{{self.user - self.stamp - 1}}}" if self.user > self.stamp else ""
        numbers = "".join(rf" [ \d]{{{b - a - 2}}}\d" for a, b in ((self.user, self.pid), (self.pid, self.tid)))
        return rf"^{_STAMP}{{{self.stamp - 15}}}{user}{numbers} [VDIWEFAS] "

    def columns(self, texts: pa.Array) -> list[pa.Array] | None:
        """Stamp, user, process, thread, priority and rest of lines of the pattern, or None where one is odd."""
        stored = texts.cast(pa.binary())

        def between(start: int, stop: int) -> pa.Array:
            return pc.binary_slice(stored, start, stop).view(pa.string())

        try:
            pid, tid = (
                pc.ascii_ltrim_whitespace(between(a, b)).cast(pa.int64())
                for a, b in ((self.user, self.pid), (self.pid, self.tid))
            )
        except pa.ArrowInvalid:
            return None
        users = pa.nulls(len(texts), pa.string())
        if self.user > self.stamp:
            coded = between(self.stamp, self.user).dictionary_encode()
            names = pc.ascii_trim_whitespace(coded.dictionary)
            if pc.any(pc.match_substring(names, " ")).as_py():
                return None
            users = filled(names).take(coded.indices)
        rest = between(self.tid + 3, _END)
        return [between(0, self.stamp), users, pid, tid, between(self.tid + 1, self.tid + 2), rest]


def _places(texts: pa.Array) -> _Places | None:
    """The places of the first line of the layout, of a few."""
    for text in texts.slice(0, _LOOKED_AT).to_pylist():
        found = _FIRST.match(text)
        words = [m.end() + found.start(2) for m in _WORD.finditer(found[2])] if found else []
        if found is None or len(words) not in (2, 3) or words[-1] != found.end(2):
            continue
        places = _Places(found.end(1), words[0] if len(words) == 3 else found.end(1), *words[-2:])
        if max(places.pid - places.user, places.tid - places.pid) <= _DIGITS + 1:
            return places
    return None


def _ids(numbers: pa.Array, ids: pa.Array) -> tuple[list[pa.Array], list[tuple[int, str]]]:
    """User, process and thread of each entry; then where they cannot be read, and what stands there."""
    words = pc.ascii_split_whitespace(pc.ascii_trim_whitespace(ids))
    widths = pc.unique(pc.list_value_length(words)).to_pylist()
    if widths not in ([2], [3]):
        return _ids_one_by_one(numbers, ids)
    flat, width = words.flatten(), widths[0]
    digits = [every(flat, width, width - back) for back in (2, 1)]
    if max(pc.max(pc.binary_length(d)).as_py() for d in digits) > _DIGITS:
        return _ids_one_by_one(numbers, ids)
    try:
        read = [d.cast(pa.int64()) for d in digits]
    except pa.ArrowInvalid:
        return _ids_one_by_one(numbers, ids)
    return [every(flat, 3, 0) if width == 3 else pa.nulls(len(ids), pa.string()), *read], []


def _ids_one_by_one(numbers: pa.Array, ids: pa.Array) -> tuple[list[pa.Array], list[tuple[int, str]]]:
    rows: list[tuple[str | None, int | None, int | None]] = []
    odd = []
    for number, text in zip(numbers.to_pylist(), ids.to_pylist(), strict=True):
        words = text.split()
        good = len(words) in (2, 3) and all(w.isdecimal() and len(w) <= _DIGITS for w in words[-2:])
        if not good:
            odd.append((number, text))
        user = words[0] if len(words) == 3 or (words and not good) else None
        rows.append((user, int(words[-2]), int(words[-1])) if good else (user, None, None))
    users, pids, tids = zip(*rows, strict=True)
    return [pa.array(users, pa.string()), pa.array(pids, pa.int64()), pa.array(tids, pa.int64())], odd
