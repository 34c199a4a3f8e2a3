"""Where indicators mean something: the package's own data, and files of the same form beside feeds.

What is said first counts: a `surfaces.toml` that the user gives, the feed itself, the package's word on one value, the
package's word on its kind.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridle.classes import dataclass
from bridle.core import SURFACES
from bridle.indicators.model import KINDS, WHERE, Indicator
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.stix import FeedError

SUFFIX = "surfaces.toml"
"""How files that say where indicators mean something are named."""
_SHIPPED = Path(__file__).parent / "surfaces_of_indicators.toml"
_LARGEST = 16 << 20


@dataclass(frozen=True, kw_only=True)
class Restriction:
    """Where one value, or a kind, means something, and why nowhere else."""

    surfaces: frozenset[str]
    why: str
    ordinary_at: tuple[str, ...] = ()
    """Paths of ordinary files of the same name."""
    ordinary_on: str = ""
    """Systems on which they were seen."""
    references: tuple[str, ...] = ()


Restrictions = Mapping[tuple[str, str], Restriction]
"""By kind and value as it is compared."""


@lru_cache(maxsize=1)
def shipped() -> tuple[Restrictions, Mapping[str, Restriction]]:
    """The package's word on single values and on kinds."""
    found = tomllib.loads(_SHIPPED.read_text("utf-8"))
    kinds = {r["kind"]: _restriction(r, f"kind {r['kind']}") for r in found["kinds"]}
    return _rows(found), kinds


def read(data: bytes) -> Restrictions:
    """What a user's file says. Raises FeedError for the first thing in it that is wrong."""
    if len(data) > _LARGEST:
        raise FeedError(f"larger than {_LARGEST >> 20} MiB")
    try:
        found = tomllib.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as e:
        raise FeedError(f"not TOML: {e}") from None
    if unknown := found.keys() - {"indicator"}:
        raise FeedError(f"expected only [[indicator]], got {min(unknown)!r:.40}")
    if not isinstance(found.get("indicator"), list):
        raise FeedError("expected [[indicator]] with kind, values, surfaces and why")
    return _rows(found)


def _rows(found: Mapping[str, Any]) -> Restrictions:
    out: dict[tuple[str, str], Restriction] = {}
    for n, row in enumerate(found["indicator"], 1):
        place = f"[[indicator]] {n}"
        if not isinstance(row, dict) or row.get("kind") not in KINDS:
            raise FeedError(f"{place}: expected a kind, one of {', '.join(KINDS)}")
        restriction = _restriction(row, place)
        for value in _texts(row, "values", place):
            try:
                out[(row["kind"], NORMALISE[row["kind"]](value))] = restriction
            except ValueError as e:
                raise FeedError(f"{place}: {e}") from None
    return out


def _restriction(row: Mapping[str, Any], place: str) -> Restriction:
    surfaces = frozenset(_texts(row, "surfaces", place))
    if unknown := surfaces - WHERE:
        raise FeedError(f"{place}: {min(unknown)!r:.40} is no surface; expected some of {', '.join(sorted(SURFACES))}")
    why = row.get("why")
    if not isinstance(why, str) or not why.strip():
        raise FeedError(f"{place}: `why` has to say why it means nothing elsewhere")
    return Restriction(
        surfaces=surfaces, why=why.strip(), ordinary_at=_texts(row, "ordinary_at", place, needed=False),
        ordinary_on=str(row.get("ordinary_on", "")), references=_texts(row, "references", place, needed=False),
    )  # fmt: skip


def _texts(row: Mapping[str, Any], key: str, place: str, *, needed: bool = True) -> tuple[str, ...]:
    found = row.get(key, [])
    if not isinstance(found, list) or not all(isinstance(x, str) for x in found) or (needed and not found):
        raise FeedError(f"{place}: `{key}` has to be a list of texts")
    return tuple(found)


def restriction_of(kind: str, value: str, own: Restrictions | None = None) -> Restriction | None:
    """What is said of a value beyond its feeds: the user's word, or the package's on it or its kind; None: nothing."""
    values, kinds = shipped()
    return (own or {}).get((kind, value)) or values.get((kind, value)) or kinds.get(kind)


class Surfaces:
    """Where each indicator of a set means something."""

    def __init__(self, own: Restrictions) -> None:
        self._own = own
        self._values, kinds = shipped()
        self._kinds = {k: r.surfaces for k, r in kinds.items()}

    def of(self, i: Indicator) -> frozenset[str] | None:
        """None: wherever its kind stands."""
        key = (i.kind, i.value)
        if (own := self._own.get(key)) is not None:
            return own.surfaces
        if i.surfaces is not None:
            return i.surfaces
        if (known := self._values.get(key)) is not None:
            return known.surfaces
        return self._kinds.get(i.kind)
