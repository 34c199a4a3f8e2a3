"""Bundles: the current feeds in one file, for machines that stay offline (`bridle indicators pack` and `unpack`).

The manifest names every source with its feeds, and the digest of each object. The bytes of each index and of its
signature come along, so that what a publisher signed is checked again where the bundle arrives. Nothing here connects
to anything.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import asdict, field, replace
from datetime import datetime
from pathlib import Path

from bridle.classes import dataclass
from bridle.indicators import bundle_file, feed_change, store, trust
from bridle.indicators.addresses import shown
from bridle.indicators.bundle_file import MANIFEST, OBJECTS, SIGNATURE, BundleError
from bridle.indicators.feed_change import HELD, MISSING, Changing, Rules
from bridle.indicators.feed_index import LARGEST as LARGEST_INDEX
from bridle.indicators.feed_index import LARGEST_FEED, FeedIndexError, Index, Listed, parse_json, read
from bridle.indicators.feed_state import Source, StoredFeed, moment, now, source_of
from bridle.indicators.feeds import load
from bridle.indicators.source_change import (
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
from bridle.indicators.ssh_signature import PublicKey, sign
from bridle.indicators.store import Staged, StoreError
from bridle.indicators.trust import Signer, judged, keys_for

FORM = "bridle-feeds-bundle"
LARGEST_MANIFEST = 8 << 20


@dataclass(frozen=True)
class Packed:
    """What was packed."""

    feeds: int
    size: int
    sha256: str
    """Of the manifest: what a signature is of, and what two people compare."""
    signed_by: str | None
    left_out: tuple[str, ...]
    """Files that people put into the store's folder; no source of them is known."""


@dataclass(frozen=True)
class Unpacked:
    """What became of a bundle."""

    sha256: str
    signed_by: str | None
    changes: tuple[SourceChange, ...]
    kept: tuple[str, ...]
    """Sources of the store that the bundle does not have; they are as they were."""


def pack(folder: Path, destination: Path, key: Path | None = None) -> Packed:
    """Write the current feeds to a new file. Raises StoreError, SignatureError, or BundleError."""
    sources = [_portable(s) for s in store.state_of(folder).sources]
    if not any(s.feeds for s in sources):
        raise BundleError("there are no feeds to pack; run `bridle indicators update` first")
    stored = {"format": FORM, "schema": 1, "sources": [asdict(s) for s in sources]}
    manifest = (json.dumps(stored, indent=1) + "\n").encode()
    signature = sign(manifest, key, trust.BUNDLE) if key else None
    size = bundle_file.write(destination, _members(folder, manifest, signature, _named(sources)))
    return Packed(
        feeds=sum(len(s.feeds) for s in sources), size=size, sha256=store.sha256(manifest),
        signed_by=judged(manifest, signature, trust.BUNDLE, (), None, "the bundle"), left_out=_left_out(folder),
    )  # fmt: skip


def _members(
    folder: Path, manifest: bytes, signature: bytes | None, named: Collection[str]
) -> Iterator[tuple[str, bytes]]:
    yield MANIFEST, manifest
    if signature:
        yield SIGNATURE, signature
    for digest in sorted(named):
        if (data := store.object_bytes(folder, digest, LARGEST_FEED)) is None:
            raise StoreError(f"the stored object {digest[:12]}… is damaged; run `bridle indicators update` first")
        yield f"{OBJECTS}{digest}", data


def _portable(source: Source) -> Source:
    """A source as it may leave the machine: no query that may be a secret, no digests of what was before."""
    feeds = tuple(replace(f, url=shown(f.url), former=()) for f in source.feeds)
    return replace(source, source=shown(source.source), feeds=feeds)


def _named(sources: Collection[Source]) -> dict[str, str]:
    """Each object that sources name, with the name its file gets."""
    indices = {d: "index" for s in sources if s.kind == "index" for d in (s.sha256, s.signature) if d}
    return {**indices, **{f.sha256: f.name for s in sources for f in s.feeds}}


def _left_out(folder: Path) -> tuple[str, ...]:
    known = {name for name, _ in store.current(folder) or ()}
    return tuple(sorted(f.name for f in load([folder]).feeds if f.name not in known))


def unpack(
    folder: Path, file: Path, keys: Collection[PublicKey] = (), rules: Rules | None = None, dry_run: bool = False
) -> Unpacked:
    """Take the feeds of a bundle, all of them or none. `keys` are trusted besides those of the store.

    Raises BundleError for a file that is none, RefusedError or TrustError for one that is not taken, and StoreError.
    """
    with ExitStack() as stack:
        if not dry_run:
            stack.enter_context(store.writing(folder))
        staged = stack.enter_context(store.staging(None if dry_run else folder))
        state = store.state_of(folder)
        signers = trust.signers(folder)
        accepted = [*keys, *keys_for(signers, trust.BUNDLES, trust.BUNDLE)]
        brought = _Brought(staged, accepted, None if accepted else state.bundles_signed_by)
        brought.read(file)
        run = _Run(Changing(folder, staged, rules or Rules(), now()), brought, signers, latest(state))
        changes, after = [], state
        for source in brought.sources:
            change, followed = run.of(source, state.source(source.source))
            changes.append(change)
            after = after.with_source(followed)
        after = replace(after, bundles_signed_by=brought.signed_by or state.bundles_signed_by)
        if entry := history_entry("unpack", run.changing.when, changes):
            entry |= {"bundle": brought.sha256, "signed_by": brought.signed_by}
            after = replace(after, history=(*after.history, entry))
        if not dry_run:
            store.commit(folder, after, staged)
        names = {s.source for s in brought.sources}
        kept = tuple(shown(s.source) for s in state.sources if s.source not in names)
        return Unpacked(brought.sha256, brought.signed_by, tuple(changes), kept)


@dataclass
class _Brought:
    """What a bundle holds, checked: the signature before anything else is read, then every byte against its digest."""

    staged: Staged
    keys: Collection[PublicKey]
    before: str | None
    sources: tuple[Source, ...] = ()
    sha256: str = ""
    signed_by: str | None = None
    objects: dict[str, str] = field(default_factory=dict)

    def read(self, file: Path) -> None:
        """Raises BundleError, TrustError or StoreError."""
        try:
            with file.open("rb") as opened:
                self._read(bundle_file.read(opened), file)
        except OSError as e:
            raise BundleError(f"{file} cannot be read: {e.strerror}") from None
        except (BundleError, FeedIndexError) as e:
            raise BundleError(f"{file}: {e}") from None

    def _read(self, members: Iterator[tuple[str, bytes]], file: Path) -> None:
        name, manifest = next(members, ("", b""))
        if name != MANIFEST or len(manifest) > LARGEST_MANIFEST:
            raise BundleError("it is no bundle of feeds")
        first = next(members, None)
        signature = first[1] if first and first[0] == SIGNATURE else None
        self.signed_by = judged(manifest, signature, trust.BUNDLE, self.keys, self.before, f"the bundle {file.name}")
        self.sha256, self.sources = store.sha256(manifest), _sources(manifest)
        self.objects = _named(self.sources)
        for member in (first,) if first and signature is None else ():
            self._take(*member)
        for member in members:
            self._take(*member)
        if missing := self.objects.keys() - self.staged.digests:
            raise BundleError(f"it lacks {min(missing)[:12]}…, which its manifest names; copy it again")

    def _take(self, name: str, data: bytes) -> None:
        digest = name.removeprefix(OBJECTS)
        if not name.startswith(OBJECTS) or digest not in self.objects:
            raise BundleError(f"it holds {name!r:.80}, which its manifest does not name")
        if store.sha256(data) != digest:
            raise BundleError(f"{name[:20]}… in it is not what its digest says; copy it again")
        self.staged.put(data, self.objects[digest])

    def data(self, digest: str, largest: int) -> bytes:
        """The bytes of an object."""
        stored = self.staged.file(digest, self.objects[digest]).read_bytes()
        if len(stored) > largest:
            raise RefusedError(f"{digest[:12]}… in the bundle is larger than it may be")
        return stored


def _sources(manifest: bytes) -> tuple[Source, ...]:
    try:
        stored = parse_json(manifest.decode("utf-8"))
        if stored["format"] != FORM or stored["schema"] != 1:
            raise BundleError(f"expected {FORM}, schema 1; use a newer bridle")
        sources = tuple(source_of(s) for s in stored["sources"])
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as e:
        raise BundleError(f"its manifest is none: {e!r:.60}") from None
    if not sources or len({s.source for s in sources}) != len(sources):
        raise BundleError("its manifest names no source, or one twice")
    if other := [s.source for s in sources if s.source != shown(s.source)]:
        raise BundleError(f"expected a source without a name, query or fragment, got {other[0]!r:.60}")
    return sources


@dataclass(frozen=True)
class _Run:
    changing: Changing
    brought: _Brought
    signers: list[Signer]
    latest: datetime

    def of(self, source: Source, before: Source | None) -> tuple[SourceChange, Source]:
        """What becomes of a source, and how it is afterwards. Raises RefusedError or TrustError."""
        index = self._index(source, before)
        self._check(source, index, before)
        known = {f.name: f for f in before.feeds} if before else {}
        changes, feeds = [], []
        for stored in source.feeds:
            change, after = self.changing.feed(_listed(stored), known.pop(stored.name, None), self._get)
            if after is None or change.status in {HELD, MISSING}:
                raise RefusedError(f"{source.source}: {stored.name}: {change.reason}")
            changes.append(change)
            feeds.append(after)
        changes += [feed_change.gone(f) for f in known.values()]
        after_all = replace(source, checked=min(source.checked, self.changing.when), feeds=tuple(feeds))
        status = status_of(changes)
        if status == UNCHANGED and before and before.sha256 != source.sha256:
            status = UPDATED
        told = SourceChange(
            source.source, status, version=source.version, signed_by=source.signed_by, feeds=tuple(changes)
        )
        return told, after_all

    def _index(self, source: Source, before: Source | None) -> Index | None:
        """The index of a source, its publisher's signature checked once more; None for a single feed."""
        keys = keys_for(self.signers, source.source, trust.INDEX)
        if source.kind == "feed":
            if keys or (before and before.kind != source.kind):
                raise RefusedError(f"{source.source} is an index, and a single feed in the bundle; ask who packed it")
            return None
        data = self.brought.data(source.sha256, LARGEST_INDEX)
        signature = self.brought.data(source.signature, LARGEST_SIGNATURE) if source.signature else None
        what = f"the index {source.source} in the bundle"
        signed_by = judged(data, signature, trust.INDEX, keys, before.signed_by if before else None, what)
        try:
            index = read(data, source.source if "://" in source.source else "")
        except FeedIndexError as e:
            raise RefusedError(f"{what}: {e}") from None
        said = (source.signed_by, source.version, source.expires)
        if said != (signed_by, index.version, moment(index.expires) if index.expires else None):
            raise RefusedError(f"{what} is not what the bundle says of it; pack it again")
        return index

    def _check(self, source: Source, index: Index | None, before: Source | None) -> None:
        """That what a source brings belongs together, and is not older than what is stored."""
        place, rules = source.source, self.changing.rules
        pins = {f.name: f.sha256 for f in index.feeds} if index else {f.name: source.sha256 for f in source.feeds[:1]}
        for feed in source.feeds:
            if feed.name not in pins or pins[feed.name] not in {None, feed.sha256}:
                raise RefusedError(f"{place}: {feed.name} is not as its index lists it; pack the bundle again")
        if index:
            try:
                check_index(index, self.brought.data(source.sha256, LARGEST_INDEX), before, rules, self.latest)
            except RefusedError as e:
                raise RefusedError(f"{place}: {e}") from None
        if before is None:
            return
        if (index is None or index.version is None) and source.checked < before.checked and not rules.older:
            raise RefusedError(
                f"{place}: the bundle has it as of {source.checked}, the store as of {before.checked}: an old bundle; "
                "ask for a newer one, or run again with --accept-older"
            )
        lacking = {f.name for f in before.feeds} & pins.keys() - {f.name for f in source.feeds}
        if lacking and not rules.shrunk:
            raise RefusedError(
                f"{place}: the bundle lacks {min(lacking)}, which its index lists and the store has; "
                "pack it again after a whole update, or run again with --accept-shrunk"
            )

    def _get(self, listed: Listed) -> bytes:
        return self.brought.data(str(listed.sha256), LARGEST_FEED)


def _listed(stored: StoredFeed) -> Listed:
    return Listed(stored.name, stored.url, stored.title, stored.sha256, stored.size)
