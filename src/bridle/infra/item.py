"""One indicator on its way from a format to another, and the names that are made of what it says."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from bridle.indicators.normalise import NORMALISE

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://bridle.invalid/indicators")
"""Of the UUIDs (version 5, RFC 9562) of objects that bridle writes."""
EPOCH = "1970-01-01T00:00:00.000Z"
"""Stands where a format asks for a time and nobody said one."""
_ONE_SPELLING = frozenset({"domain", "ip-address", "email", "md5", "sha1", "sha256", "cert"})
_TUPLES = ("campaigns", "surfaces")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One value, or pattern, with all that a feed says of it."""

    kind: str
    """A kind of indicator, or `pattern`."""
    value: str
    """As it is compared."""
    shown: str
    """As it was published."""
    campaigns: tuple[str, ...] = ()
    related: tuple[tuple[str, str, int | None], ...] = ()
    """Role, name, confidence."""
    tlp: str | None = None
    confidence: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    revoked: bool = False
    surfaces: tuple[str, ...] | None = None
    more: str = ""
    """What else stood beside it, as JSON; empty if nothing did."""

    @property
    def written(self) -> str:
        """The value as it is written down: in the one spelling where there is one, else as it was published."""
        if self.kind in _ONE_SPELLING or self.kind == "pattern":
            return self.value
        try:
            return self.shown if NORMALISE[self.kind](self.shown) == self.value else self.value
        except ValueError:
            return self.value

    @property
    def further(self) -> dict[str, Any]:
        """`more` as an object."""
        found = json.loads(self.more) if self.more else {}
        return found if isinstance(found, dict) else {}

    def identifier(self, of: str) -> str:
        """The UUID of an object of this type that says this."""
        return str(uuid.uuid5(NAMESPACE, f"{of}:{self.kind}:{self.value}"))

    def as_json(self) -> dict[str, Any]:
        """All that differs from nothing said."""
        return {k: v for k, v in asdict(self).items() if v is not None and v is not False and v not in ((), [], "")}


def from_json(found: Mapping[str, Any]) -> Item:
    """An item of its JSON. Raises ValueError."""
    if not isinstance(found, dict) or not found.keys() <= {f.name for f in fields(Item)}:
        raise ValueError(f"expected an indicator of bridle's, got {found!a:.60}")
    if not all(isinstance(found.get(k), str) for k in ("kind", "value", "shown")):
        raise ValueError("expected kind, value and shown")
    given = dict(found)
    for name in _TUPLES:
        if name in given:
            given[name] = tuple(str(x) for x in given[name])
    if "related" in given:
        given["related"] = tuple((str(r), str(n), c if isinstance(c, int) else None) for r, n, c in given["related"])
    item = Item(**given)
    if item.kind != "pattern" and (item.kind not in NORMALISE or not isinstance(item.more, str)):
        raise ValueError(f"expected a kind of indicator, got {item.kind!r:.40}")
    return item


def named(of: str, *parts: str) -> str:
    """The UUID of another object, of what it says."""
    return str(uuid.uuid5(NAMESPACE, ":".join((of, *parts))))
