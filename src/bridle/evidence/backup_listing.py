"""Rows of Manifest.db as Listings: what nobody wants, and is missing or as it is told, needs no look of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bridle.evidence import domains
from bridle.evidence.archive import name_of
from bridle.evidence.backup_manifest import Rows
from bridle.evidence.source import Candidates, Listing, State

Stored = Callable[[pa.Array], pa.Array]
ABSENT = "Manifest.db lists it; it is not in the backup folder."
ORDINARY = r"[0-9A-Za-z_][ -.0-9;-\[\]-~]*(?:/[0-9A-Za-z_][ -.0-9;-\[\]-~]*)*"
"""Paths that need no second look: printable ASCII without a colon or backslash, no part of which begins with a dot."""
_BLOCK = 16
_LATEST = 1 << 33
"""Seconds up to which every moment is one that Python knows."""
_NONE = pa.scalar(None, pa.int64())


def listing(
    rows: Rows, stored: Stored, opens: Callable[[bytes], bool] | None, candidates: Candidates, *, may_miss: bool
) -> tuple[list[Listing], pa.Array]:
    """Listings of the rows that need no more, and the places of the others.

    `stored` gives the sizes of files in the backup folder; `opens` tells whether a wrapped key opens, and is None where
    the files are not encrypted. With `may_miss` a file of no size is absent: nothing else can stand in its place.
    """
    paths, fine = _paths(rows)
    flags = pc.fill_null(rows.flags, 0)
    is_file = pc.equal(flags, 1)
    there = _there(rows, is_file, stored)
    missing = pc.and_(is_file, pc.is_null(there)) if may_miss else pa.repeat(False, len(paths))
    plain = pa.repeat(True, len(paths))
    if opens is not None:
        plain = pc.or_(pc.is_null(rows.wrapped), pc.fill_null(pc.equal(there, 0), False))
    sizes = pc.if_else(is_file, pc.if_else(pc.and_(plain, pc.invert(missing)), there, rows.sizes), _NONE)
    known = pc.fill_null(pc.if_else(plain, _as_told(there, rows.sizes), _as_told_sealed(there, rows.sizes)), False)
    in_time = pc.and_(pc.greater_equal(rows.seconds, 0), pc.less(rows.seconds, _LATEST))
    can_be_read = pc.or_(is_file, pc.equal(flags, 4))
    told = _all(
        fine,
        pc.invert(rows.odd),
        pc.fill_null(in_time, True),
        pc.or_(pc.or_(pc.invert(is_file), known), missing),
        pc.invert(pc.and_(can_be_read, candidates(paths))),
    )
    if opens is not None:
        asked = _all(told, is_file, pc.invert(plain), pc.invert(missing))
        told = pc.and_(told, _opened(rows.wrapped, asked, opens))
    told = pc.fill_null(told, False)
    kinds = pc.if_else(pc.equal(flags, 2), "directory", pc.if_else(pc.equal(flags, 4), "symlink", "other"))
    whole = pa.table(
        {
            "path": paths, "member": rows.members, "type": pc.if_else(is_file, "file", kinds), "size": sizes,
            "modified": pc.multiply(rows.seconds, 1_000_000),
        }
    )  # fmt: skip
    moments = whole["modified"].cast(pa.timestamp("us", tz="UTC"))
    whole = whole.set_column(4, "modified", moments)
    found = [Listing(table=whole.filter(pc.and_(told, pc.invert(missing))))]
    if pc.any(missing).as_py():
        absent = whole.filter(pc.and_(told, missing))
        found.append(Listing(table=absent, state=State.ABSENT, reason=ABSENT))
    return found, pc.indices_nonzero(pc.invert(told))


def _paths(rows: Rows) -> tuple[pa.Array, pa.Array]:
    """Where the files are on the device, and whether their names may be what they are."""
    relative = rows.relative_paths
    fine = pa.repeat(True, len(relative))
    ordinary = pc.or_(pc.match_substring_regex(relative, rf"\A{ORDINARY}\z"), pc.equal(relative, ""))
    if not pc.all(ordinary).as_py():
        odd = pc.invert(ordinary)
        names = [name_of(name, absolute=False) for name in relative.filter(odd).to_pylist()]
        relative = pc.replace_with_mask(relative, odd, pa.array([n.path for n in names], pa.string()))
        fine = pc.replace_with_mask(fine, odd, pa.array([n.refused is None for n in names], pa.bool_()))
    of = rows.domains.dictionary_encode()
    roots = pa.array([domains.root(name) for name in of.dictionary.to_pylist()], pa.string()).take(of.indices)
    below = pc.binary_join_element_wise(roots, relative, "/")
    return pc.if_else(pc.equal(relative, ""), roots, below), fine


def _there(rows: Rows, is_file: pa.Array, stored: Stored) -> pa.Array:
    """The stored sizes of files; NULL for what is none, or not there."""
    found = stored(rows.members.filter(is_file))
    return pc.replace_with_mask(pa.nulls(len(is_file), pa.int64()), is_file, found)


def _as_told(there: pa.Array, told: pa.Array) -> pa.Array:
    return pc.and_(pc.is_valid(there), pc.fill_null(pc.equal(there, told), True))


def _as_told_sealed(there: pa.Array, told: pa.Array) -> pa.Array:
    """Whether whole blocks are stored, and what the manifest says can be their content but for padding."""
    whole = pc.equal(pc.bit_wise_and(there, _BLOCK - 1), 0)
    return _all(whole, pc.less_equal(told, there), pc.greater_equal(told, pc.subtract(there, _BLOCK)))


def _opened(wrapped: pa.Array, asked: pa.Array, opens: Callable[[bytes], bool]) -> pa.Array:
    """False where a key that is asked for does not open."""
    found = [opens(key) for key in wrapped.filter(asked).to_pylist()]
    return pc.replace_with_mask(pa.repeat(True, len(asked)), asked, pa.array(found, pa.bool_()))


def _all(first: Any, *more: Any) -> Any:
    for mask in more:
        first = pc.and_(first, mask)
    return first
