"""What feeds say: indicators, where they come from, and what could not be understood of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from bridle.classes import dataclass
from bridle.core import SURFACES, TLP

if TYPE_CHECKING:
    from bridle.indicators.terms import Step

KINDS = (
    "domain", "url", "ip-address", "email", "process-name", "file-name", "file-path", "sha256", "sha1", "md5", "cert",
    "app-id", "profile-id", "property-name",
)  # fmt: skip
PATTERN = "pattern"
"""The kind of an indicator that is more than one value."""
ROLES = ("product", "operator", "campaign", "infrastructure", "report")
_PLATFORMS = ("ios", "android")
WHERE = SURFACES | {f"{p}.{s}" for p in _PLATFORMS for s in SURFACES}
"""What may be said of where an indicator means something: a surface, or one of a single platform's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Related:
    """What a feed relates a value to."""

    role: str
    """`product`, `operator`, `campaign`, `infrastructure` or `report`."""
    name: str
    feed: str
    confidence: int | None = None
    """The least of all that led here, 0 to 100; None where nobody said one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What one feed says of a value, and for whom: names may be meant for fewer than the value itself."""

    feed: str
    tlp: str | None
    campaigns: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
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
    """Where it means something, as `crash` or, of one platform alone, `ios.crash`; None: wherever its kind does."""
    related: tuple[Related, ...] = ()
    place: str = ""
    """Where the first of its feeds names it: `line 12`, an object's id, a JSON pointer."""
    claims: tuple[Claim, ...] = ()
    """Who says what of it, where that is not one claim for one audience."""

    def means(self, surface: str, platform: str | None) -> bool:
        """Whether it means something there; of a record of no known platform, where it does on one of them."""
        if self.surfaces is None or surface in self.surfaces:
            return True
        return any(f"{p}.{surface}" in self.surfaces for p in ([platform] if platform else _PLATFORMS))

    def current(self, today: date | None) -> bool:
        """Whether it is to be looked for: not revoked, and not expired on `today` if that is given."""
        if self.revoked:
            return False
        return not (today and self.valid_until and self.valid_until[:10] < today.isoformat())

    def valid_at(self, time: datetime | None) -> bool:
        """Whether a record of this time lies before the end of its validity; without a time or an end it does."""
        return _valid(self.valid_until, time)

    def for_audience(self, audience: str) -> Indicator:
        """The indicator with what this audience may know of it; one that it may not know at all is as it was."""
        return _for_audience(self, audience)


@dataclass(frozen=True, kw_only=True, slots=True)
class CompoundIndicator:
    """A pattern that asks for more than one value: values together, in an order, or like an expression."""

    value: str
    """The pattern."""
    feeds: tuple[str, ...]
    place: str
    """The object's id."""
    step: Step | None = None
    """How it is looked for; None: it is not, `why` says why."""
    why: str | None = None
    left_out: tuple[str, ...] = ()
    """Alternatives that are not looked for, each with its place and reason."""
    campaigns: tuple[str, ...] = ()
    tlp: str | None = None
    confidence: int | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    revoked: bool = False
    related: tuple[Related, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def kind(self) -> str:
        return PATTERN

    @property
    def shown(self) -> str:
        return self.value

    def current(self, today: date | None) -> bool:
        """As of an `Indicator`."""
        return not self.revoked and not (today and self.valid_until and self.valid_until[:10] < today.isoformat())

    def valid_at(self, time: datetime | None) -> bool:
        """As of an `Indicator`."""
        return _valid(self.valid_until, time)

    def for_audience(self, audience: str) -> CompoundIndicator:
        """As of an `Indicator`."""
        return _for_audience(self, audience)


M = TypeVar("M", Indicator, CompoundIndicator)


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
    severity: str = "error"
    """`error`: it was not loaded; `warning`: loaded wider or weaker than it is meant; `note`: worth knowing."""
    advice: str = ""
    """What to do about it."""


@dataclass(frozen=True, kw_only=True)
class IndicatorSet:
    """What several feeds say together: each value once, with every feed that names it."""

    indicators: tuple[Indicator, ...]
    feeds: tuple[Feed, ...]
    warnings: tuple[Warning_, ...] = ()
    compounds: tuple[CompoundIndicator, ...] = ()
    """Patterns of more than one value, also those that cannot be looked for."""

    @property
    def digest(self) -> str:
        """SHA-256 over the digests of the feeds that were loaded."""
        loaded = sorted(f.digest for f in self.feeds if f.loaded)
        return hashlib.sha256("\n".join(loaded).encode()).hexdigest()

    def for_audience(self, audience: str) -> IndicatorSet:
        """The same indicators, with only those names beside them that this audience may know."""
        return replace(
            self, indicators=tuple(i.for_audience(audience) for i in self.indicators),
            compounds=tuple(c.for_audience(audience) for c in self.compounds),
        )  # fmt: skip


def merged(a: M, b: M) -> M:
    """What two feeds say of one value. It is as public, and valid as long, as the freer of them says.

    What only the stricter says, its name included, stays a claim of its own: see `for_audience`.
    """
    claims: tuple[Claim, ...] = ()
    if a.claims or b.claims or a.tlp != b.tlp:
        claims = tuple(dict.fromkeys((*_claims(a), *_claims(b))))
    found = replace(
        a, feeds=_union(a.feeds, b.feeds), campaigns=_union(a.campaigns, b.campaigns),
        related=tuple(dict.fromkeys((*a.related, *b.related))), tlp=min(a.tlp, b.tlp, key=_rank), claims=claims,
        confidence=max((c for c in (a.confidence, b.confidence) if c is not None), default=None),
        valid_from=_first(a.valid_from, b.valid_from), valid_until=_last(a.valid_until, b.valid_until),
        revoked=a.revoked and b.revoked,
    )  # fmt: skip
    if isinstance(found, Indicator) and isinstance(b, Indicator):
        both = None if found.surfaces is None or b.surfaces is None else found.surfaces | b.surfaces
        found = replace(found, surfaces=both)
    return found


def marking(tlp: str | None) -> str:
    """A marking in TLP 2.0's spelling; one that nobody knows counts as the narrowest."""
    if not tlp:
        return "TLP:CLEAR"
    text = tlp.strip().upper().replace("TLP:", "").replace("_", "+").replace("WHITE", "CLEAR")
    return f"TLP:{text}" if f"TLP:{text}" in TLP else "TLP:RED"


def covers(audience: str, tlp: str | None) -> bool:
    """Whether what is marked so may be shown to this audience."""
    rank = _rank(tlp)
    return rank < TLP.index("TLP:AMBER") or rank <= _rank(audience)


def strictest(marks: Iterable[str | None]) -> str | None:
    """The narrowest of several markings; None if there is none."""
    return max(marks, key=_rank, default=None)


def written(text: str) -> str:
    """Text that can be written down: half a character, as JSON may spell one, becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _rank(tlp: str | None) -> int:
    return TLP.index(marking(tlp)) if tlp else -1


def _claims(i: M) -> tuple[Claim, ...]:
    if i.claims:
        return i.claims
    return tuple(Claim(feed=f, tlp=i.tlp, campaigns=i.campaigns, related=i.related) for f in i.feeds)


def _for_audience(i: M, audience: str) -> M:
    shown = tuple(c for c in i.claims if covers(audience, c.tlp))
    if not shown or len(shown) == len(i.claims):
        return i
    return replace(
        i, feeds=_union(*((c.feed,) for c in shown)), campaigns=_union(*(c.campaigns for c in shown)),
        related=tuple(dict.fromkeys(r for c in shown for r in c.related)), claims=shown,
    )  # fmt: skip


def _union(*names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for some in names for n in some))


def _first(a: str | None, b: str | None) -> str | None:
    return None if a is None or b is None else min(a, b, key=_moment)


def _last(a: str | None, b: str | None) -> str | None:
    """The later end; what one feed never ends does not end."""
    return None if a is None or b is None else max(a, b, key=_moment)


def _moment(text: str) -> datetime:
    return instant(text) or datetime.max.replace(tzinfo=UTC)


def _valid(until: str | None, time: datetime | None) -> bool:
    end = instant(until) if until else None
    if end is None or time is None:
        return True
    return (time if time.tzinfo else time.replace(tzinfo=UTC)) < end


@lru_cache(maxsize=4096)
def instant(text: str) -> datetime | None:
    """A feed's time (ISO 8601, in UTC where no zone is said), or a date's beginning; None if it is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None
