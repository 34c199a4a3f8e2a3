"""What feeds say: indicators, where they come from, and what could not be understood of them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

KINDS = (
    "domain", "url", "ip-address", "email", "process-name", "file-name", "file-path", "sha256", "sha1", "md5", "cert",
    "app-id", "profile-id", "property-name",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """One value that a feed says is an attacker's."""

    kind: str
    value: str
    """As it is compared."""
    shown: str
    """As it was published."""
    feeds: tuple[str, ...]
    campaigns: tuple[str, ...] = ()
    tlp: str | None = None
    confidence: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    revoked: bool = False
    surfaces: frozenset[str] | None = None
    """Where it means something; None: wherever its kind does."""

    def current(self, today: date | None) -> bool:
        """Whether it is to be looked for: not revoked, and not expired on `today` if that is given."""
        if self.revoked:
            return False
        return not (today and self.valid_until and self.valid_until[:10] < today.isoformat())


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One file of indicators."""

    name: str
    digest: str
    format: str
    indicators: int
    loaded: bool
    reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Warning_:  # noqa: N801 - `Warning` is a builtin
    """Something in a feed that was not understood."""

    feed: str
    place: str
    """An object's id, or `line 12`."""
    reason: str


@dataclass(frozen=True, kw_only=True)
class IndicatorSet:
    """What several feeds say together: each value once, with every feed that names it."""

    indicators: tuple[Indicator, ...]
    feeds: tuple[Feed, ...]
    warnings: tuple[Warning_, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the feeds that were loaded."""
        loaded = sorted(f.digest for f in self.feeds if f.loaded)
        return hashlib.sha256("\n".join(loaded).encode()).hexdigest()
