"""`bridle indicators update`: every followed source is asked for what is new, and the store changes in one step.

What holds against whoever is between us and a publisher: docs/decisions/0015-feeds.md.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path

from bridle.classes import dataclass
from bridle.indicators import feed_change, store, trust
from bridle.indicators.addresses import shown
from bridle.indicators.feed_change import HELD, Changing, FeedChange, HeldError, Rules
from bridle.indicators.feed_index import DEFAULT, LARGEST, LARGEST_FEED, FeedIndexError, Index, Listed, pinned, read
from bridle.indicators.feed_state import Source, State, moment, now
from bridle.indicators.fetch import Answer, Fetcher, FetchError, NotThereError
from bridle.indicators.source_change import (
    PARTLY,
    REFUSED,
    UNCHANGED,
    UPDATED,
    RefusedError,
    SourceChange,
    check_index,
    history_entry,
    latest,
    status_of,
)  # fmt: skip
from bridle.indicators.ssh_signature import LARGEST as LARGEST_SIGNATURE
from bridle.indicators.trust import Signer, TrustError, judged, keys_for

FILES = "file:"
"""How the name of an index that is a file begins; its folder is nobody's business."""


@dataclass(frozen=True)
class Wanted:
    """What an update is asked to do."""

    indices: tuple[str, ...] = ()
    """Addresses and files. With neither these nor feeds: all followed sources, the published index at first."""
    feeds: tuple[str, ...] = ()
    """Addresses of single feeds, each with an optional `#sha256=`."""
    rules: Rules = field(default_factory=Rules)
    dry_run: bool = False


def update(folder: Path, wanted: Wanted, fetcher: Fetcher, say: Callable[[str], None]) -> list[SourceChange]:
    """Bring the store up to date; what became of each source.

    Raises FeedIndexError for what is asked for wrongly, StoreError, and TrustError for a broken file of keys.
    """
    with ExitStack() as stack:
        if not wanted.dry_run:
            stack.enter_context(store.writing(folder))
        staged = stack.enter_context(store.staging(None if wanted.dry_run else folder))
        state = before = store.state_of(folder)
        changing = Changing(folder, staged, wanted.rules, now())
        run = _Run(changing, fetcher, say, trust.signers(folder), latest(state))
        changes = []
        for source, at in _sources(wanted, state):
            change, followed = run.of(source, at, state.source(source))
            changes.append(change)
            state = state.with_source(followed) if followed else state
        if entry := history_entry("update", changing.when, changes):
            state = replace(state, history=(*state.history, entry))
        if not wanted.dry_run and (state != before or staged.digests):
            store.commit(folder, state, staged)
        return changes


def _sources(wanted: Wanted, state: State) -> list[tuple[str, str | Path | Listed]]:
    """Names of the sources, and where each is: an address, a file, or a single feed. Raises FeedIndexError."""
    found: list[tuple[str, str | Path | Listed]] = [
        (given, given) if "://" in given else (_file_source(Path(given)), Path(given)) for given in wanted.indices
    ]
    found += [(given, pinned(given)) for given in wanted.feeds]
    if not found and not state.sources:
        return [(DEFAULT, DEFAULT)]
    if not found:
        found = [(s.source, pinned(s.source) if s.kind == "feed" else s.source) for s in state.sources]
    return list(dict(found).items())


def _file_source(file: Path) -> str:
    if not file.is_file():
        raise FeedIndexError(f"{file} is neither an https:// address nor a file")
    return FILES + "".join(c if " " <= c <= "~" else "_" for c in file.name)


@dataclass(frozen=True)
class _Had:
    """An index as it came."""

    index: Index
    data: bytes
    signature: bytes | None
    signed_by: str | None
    told: tuple[str, ...]


@dataclass
class _Run:
    changing: Changing
    fetcher: Fetcher
    say: Callable[[str], None]
    signers: list[Signer]
    latest: datetime

    def of(self, source: str, at: str | Path | Listed, before: Source | None) -> tuple[SourceChange, Source | None]:
        """What becomes of a source, and how it is afterwards; None where it is as it was."""
        try:
            if before and (before.kind == "feed") != isinstance(at, Listed):
                raise RefusedError("it is followed as the other of index and feed; `bridle indicators forget` it first")
            if isinstance(at, Listed):
                return self._single(source, at, before)
            if isinstance(at, str) and at.startswith(FILES):
                told = ("it came from a file; name that with --index to renew it",)
                return SourceChange(shown(source), UNCHANGED, told=told), None
            had = self._had(source, at, before)
            check_index(had.index, had.data, before, self.changing.rules, self.latest)
            return self._index(source, had, before)
        except (RefusedError, FetchError, FeedIndexError, TrustError) as e:
            return SourceChange(shown(source), REFUSED, reason=str(e)), None

    def _had(self, source: str, at: str | Path, before: Source | None) -> _Had:
        """The index and who signed it."""
        keys = keys_for(self.signers, shown(source), trust.INDEX)
        signed_before = before.signed_by if before else None
        self.say(f"index {shown(source)}")
        if isinstance(at, Path):
            answer = Answer(_small(at, LARGEST))
            data, signature = answer.data, _beside(at)
        else:
            answer = self.fetcher.get(at, LARGEST)
            data = answer.data
            asked = keys or signed_before or data.lstrip()[:1] == b"{"
            signature = self._signature(at) if asked else None
        what = f"the index {shown(source)}"
        signed_by = judged(data, signature, trust.INDEX, keys, signed_before, what)
        base = at if isinstance(at, str) else ""
        return _Had(read(data, base), data, signature, signed_by, answer.told)

    def _signature(self, at: str) -> bytes | None:
        address, mark, query = at.partition("?")
        try:
            return self.fetcher.get(f"{address}.sig{mark}{query}", LARGEST_SIGNATURE).data
        except NotThereError:
            return None

    def _index(self, source: str, had: _Had, before: Source | None) -> tuple[SourceChange, Source | None]:
        known = {f.name: f for f in before.feeds} if before else {}
        told, staged = [*had.told], self.changing.staged

        def get(listed: Listed) -> bytes:
            return self._get(listed, told)

        changes, feeds = [], []
        for number, listed in enumerate(had.index.feeds, 1):
            self.say(f"feed {number} of {len(had.index.feeds)}: {listed.name}")
            change, stored = self.changing.feed(listed, known.pop(listed.name, None), get)
            changes.append(change)
            feeds += [stored] if stored else []
        changes += [feed_change.gone(f) for f in known.values()]
        status = status_of(changes)
        if had.index.version is not None and any(c.status == HELD for c in changes):
            return self._held_set(source, had, changes), None
        after = Source(
            source=source, kind="index",
            checked=before.checked if before and status == PARTLY else self.changing.when,
            sha256=staged.put(had.data, "index"),
            signature=staged.put(had.signature, "index.sig") if had.signature else None, signed_by=had.signed_by,
            version=had.index.version, publisher=had.index.publisher,
            expires=moment(had.index.expires) if had.index.expires else None,
            feeds=tuple(feeds),
        )  # fmt: skip
        if not feeds:
            raise RefusedError(f"none of its {len(changes)} feeds could be had; the first: {changes[0].reason}")
        if status == UNCHANGED and before and before.sha256 != after.sha256:
            status = UPDATED
        return SourceChange(
            shown(source), status, "", after.version, after.signed_by, tuple(told), tuple(changes)
        ), after

    def _held_set(self, source: str, had: _Had, changes: list[FeedChange]) -> SourceChange:
        """The feeds of a versioned index change together or not at all, so that no mixture arises that never was."""
        held = [c for c in changes if c.status == HELD]
        reason = f"nothing of version {had.index.version} was taken: {held[0].name}: {held[0].reason}"
        return SourceChange(shown(source), REFUSED, reason, had.index.version, had.signed_by, had.told, tuple(held))

    def _single(self, source: str, listed: Listed, before: Source | None) -> tuple[SourceChange, Source | None]:
        told: list[str] = []
        self.say(f"feed {shown(listed.url)}")
        change, stored = self.changing.feed(
            listed, before.feeds[0] if before and before.feeds else None, lambda one: self._get(one, told)
        )
        if stored is None or change.status == HELD:
            return SourceChange(shown(source), REFUSED, change.reason, told=tuple(told), feeds=(change,)), None
        after = Source(source=source, kind="feed", checked=self.changing.when, sha256=stored.sha256, feeds=(stored,))
        return SourceChange(shown(source), status_of([change]), told=tuple(told), feeds=(change,)), after

    def _get(self, listed: Listed, told: list[str]) -> bytes:
        """A feed's bytes, from the store where the index says which they must be and they are there."""
        if (
            listed.sha256
            and (known := store.object_bytes(self.changing.folder, listed.sha256, LARGEST_FEED)) is not None
        ):
            return known
        try:
            answer = self.fetcher.get(listed.url.partition("#")[0], min(listed.size or LARGEST_FEED, LARGEST_FEED))
        except FetchError as e:
            raise HeldError(str(e)) from None
        told += answer.told
        return answer.data


def _small(file: Path, largest: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(largest + 1)
    except OSError as e:
        raise FeedIndexError(f"{file} cannot be read: {e.strerror}") from None


def _beside(file: Path) -> bytes | None:
    signature = file.with_name(f"{file.name}.sig")
    return _small(signature, LARGEST_SIGNATURE) if signature.is_file() else None
