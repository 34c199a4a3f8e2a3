"""What becomes of a source that comes over the network or in a bundle: when it is refused, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridle.classes import dataclass
from bridle.indicators import store
from bridle.indicators.addresses import shown
from bridle.indicators.feed_change import HELD, MISSING, SAME, FeedChange, Rules, gone
from bridle.indicators.feed_index import Index, time_of
from bridle.indicators.feed_state import Source, State, moment, now

UPDATED, UNCHANGED, PARTLY, REFUSED, FORGOTTEN = "updated", "unchanged", "partly", "refused", "forgotten"
"""What a source's status may be. A refused one is as it was."""


@dataclass(frozen=True)
class SourceChange:
    """What became of one source."""

    source: str
    status: str
    reason: str = ""
    version: int | None = None
    signed_by: str | None = None
    told: tuple[str, ...] = ()
    feeds: tuple[FeedChange, ...] = ()


class RefusedError(Exception):
    """Why nothing of a source is taken."""


def exit_code(changes: Iterable[SourceChange]) -> int:
    """0 all is well, 3 in part, 1 nothing could be had."""
    found = {c.status for c in changes}
    if found <= {UPDATED, UNCHANGED}:
        return 0
    return 1 if found == {REFUSED} else 3


def history_entry(command: str, when: str, changes: Iterable[SourceChange]) -> dict[str, Any] | None:
    """What the history keeps of a run: all but what stayed the same. None where all did."""
    rows = []
    for change in changes:
        row = asdict(change)
        row["feeds"] = [f for f in row["feeds"] if f["status"] != SAME]
        if change.status != UNCHANGED:
            rows.append(row)
    return {"when": when, "command": command, "sources": rows} if rows else None


def forget(folder: Path, source: str) -> SourceChange | None:
    """Follow a source no longer: its feeds are not current any more. None for a source that is not followed."""
    with store.writing(folder), store.staging(folder) as staged:
        state = store.state_of(folder)
        found = next((s for s in state.sources if source in {s.source, shown(s.source)}), None)
        if found is None:
            return None
        change = SourceChange(shown(found.source), FORGOTTEN, feeds=tuple(map(gone, found.feeds)))
        entry = history_entry("forget", now(), [change])
        rest = tuple(s for s in state.sources if s is not found)
        history = (*state.history, entry) if entry else state.history
        store.commit(folder, replace(state, sources=rest, history=history), staged)
        return change


def latest(state: State) -> datetime:
    """Now, or the last moment the store knows of: a clock that was set back makes no old index valid again."""
    times = [time_of(s.checked, "time") for s in state.sources]
    return max([datetime.now(UTC), *(t for t in times if t is not None)])


def check_index(index: Index, data: bytes, before: Source | None, rules: Rules, latest: datetime) -> None:
    """Refuse an index that is older than the one before, another of the same version, over, or shrunk. RefusedError."""
    if index.expires and index.expires < latest and not rules.older:
        raise RefusedError(
            f"the index was valid until {moment(index.expires)}: its publisher did not renew it, or somebody keeps "
            "the new one from you; try another network, then ask the publisher; --accept-older takes it all the same"
        )
    if before is None:
        return
    _check_version(index, data, before, rules)
    if len(index.feeds) * 2 < len(before.feeds) and not rules.shrunk:
        raise RefusedError(
            f"the index lists {len(index.feeds)} feeds and listed {len(before.feeds)}; if its publisher removed them, "
            "run again with --accept-shrunk"
        )


def _check_version(index: Index, data: bytes, before: Source, rules: Rules) -> None:
    if before.version is None:
        return
    if index.version is None:
        raise RefusedError(
            f"the index had versions until now (the last was {before.version}) and has none; ask its publisher"
        )
    if index.version < before.version and not rules.older:
        raise RefusedError(
            f"the index is of version {index.version}, and version {before.version} was seen before: an old copy; "
            "if its publisher really went back, run again with --accept-older"
        )
    if index.version == before.version and store.sha256(data) != before.sha256:
        raise RefusedError(
            f"the index is another one than before under the same version {index.version}; ask its publisher"
        )


def status_of(changes: Iterable[FeedChange]) -> str:
    """What became of a source whose feeds became this."""
    found = {c.status for c in changes}
    if found & {HELD, MISSING}:
        return PARTLY
    return UNCHANGED if found <= {SAME} else UPDATED
