"""What becomes of one feed in an update: taken, the same, or held back with the last good one kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bridle.classes import dataclass
from bridle.indicators import store, surfaces
from bridle.indicators.addresses import shown
from bridle.indicators.feed_index import Listed
from bridle.indicators.feed_state import KEPT, StoredFeed
from bridle.indicators.feeds import load
from bridle.indicators.store import Staged

TAKEN, SAME, HELD, MISSING, GONE = "taken", "same", "held", "missing", "gone"
"""What a feed's status may be: new bytes; the same bytes; the last good kept; none to be had; no longer listed."""


@dataclass(frozen=True)
class FeedChange:
    """One feed's part of an update."""

    name: str
    url: str
    status: str
    sha256: str = ""
    """Of what is current afterwards; of what was, for one that is gone."""
    previous: str = ""
    """Of what was current before, where that was something else."""
    size: int = 0
    indicators: int = 0
    added: int = 0
    removed: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Rules:
    """What is accepted that is otherwise held back."""

    shrunk: bool = False
    older: bool = False


class HeldError(Exception):
    """Why what came for a feed is not taken."""


@dataclass(frozen=True)
class Changing:
    """What one run needs to judge feeds: the store, the place for new objects, the run's rules and its time."""

    folder: Path
    staged: Staged
    rules: Rules
    when: str

    def feed(
        self, listed: Listed, before: StoredFeed | None, get: Callable[[Listed], bytes]
    ) -> tuple[FeedChange, StoredFeed | None]:
        """What happens to a feed, and how it is afterwards. `get` gives its bytes or raises HeldError.

        Raises StoreError when there is no room.
        """
        try:
            return self._taken(listed, before, get(listed))
        except HeldError as e:
            if before is None:
                return FeedChange(listed.name, shown(listed.url), MISSING, reason=str(e)), None
            return _kept(before, HELD, str(e)), before

    def _taken(self, listed: Listed, before: StoredFeed | None, data: bytes) -> tuple[FeedChange, StoredFeed]:
        if listed.name.casefold().endswith(surfaces.SUFFIX):
            raise HeldError(f"where indicators mean something is for you to say, so no {surfaces.SUFFIX} is taken")
        digest = self.staged.put(data, listed.name)
        _check_digest(listed, digest)
        if before is not None and digest == before.sha256:
            return _kept(before, SAME), before
        former = before.former if before else ()
        if digest in former and listed.sha256 is None and not self.rules.older:
            raise HeldError(
                f"it is again what it was before ({digest[:12]}…): an old copy from a cache, or taken back by its "
                "publisher; if that is so, run again with --accept-older"
            )
        values = _values(self.staged.file(digest, listed.name))
        known = _known_values(self.folder, before)
        if len(values) * 2 < len(known) and not self.rules.shrunk:
            raise HeldError(
                f"it has {len(values):,} indicators and had {len(known):,}; if its publisher removed them, "
                "run again with --accept-shrunk"
            )
        change = FeedChange(
            listed.name, shown(listed.url), TAKEN, sha256=digest, previous=before.sha256 if before else "",
            size=len(data), indicators=len(values), added=len(values - known), removed=len(known - values),
        )  # fmt: skip
        earlier = () if before is None else tuple(d for d in (before.sha256, *former) if d != digest)
        stored = StoredFeed(
            listed.name, listed.url, digest, len(data), len(values), self.when, listed.title, earlier[:KEPT]
        )
        return change, stored


def gone(before: StoredFeed) -> FeedChange:
    """A feed that its index no longer lists, or whose source is no longer followed."""
    return _kept(before, GONE)


def _kept(before: StoredFeed, status: str, reason: str = "") -> FeedChange:
    return FeedChange(
        before.name, shown(before.url), status, sha256=before.sha256, size=before.size, indicators=before.indicators,
        removed=before.indicators if status == GONE else 0, reason=reason,
    )  # fmt: skip


def _check_digest(listed: Listed, digest: str) -> None:
    if listed.sha256 not in {None, digest}:
        raise HeldError(
            f"its SHA-256 is {digest}, expected {listed.sha256}: it was changed on the way, or its publisher is "
            "just changing it; try again in an hour, then ask them"
        )


def _values(file: Path) -> set[tuple[str, str]]:
    """Kind and value of every indicator of a feed. Raises HeldError where it is none."""
    found = load([file])
    if not found.feeds[0].loaded:
        raise HeldError(f"it is no feed that can be read: {found.feeds[0].reason}")
    return {(i.kind, i.value) for i in found.indicators} | {(i.kind, i.value) for i in found.compounds}


def _known_values(folder: Path, before: StoredFeed | None) -> set[tuple[str, str]]:
    file = store.object_of(folder, before.sha256, before.name) if before else None
    try:
        return _values(file) if file else set()
    except HeldError:
        return set()
