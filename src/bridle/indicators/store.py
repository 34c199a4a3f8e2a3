"""The stored feeds: what is current, what was before, and how one becomes the other in one step.

    feeds.store                  the state: sources, their feeds, the history (JSON; replaced as a whole)
    objects/SHA256/FILE          the bytes of every feed and index, under their digest; never changed
    allowed_signers              keys that are trusted (`bridle indicators trust`)
    lock                         held while something is written

A folder is switched by renaming one synced file over `feeds.store`, after everything it names is on the disk. Killed
at any moment, it holds the old state or the new one; what a killed run left is removed by the next.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path

from bridle.case.locking import taken
from bridle.classes import dataclass
from bridle.descriptors import sync
from bridle.indicators.feed_index import FeedIndexError
from bridle.indicators.feed_state import SHA256, State, encoded, old_sources, read_state

FILE = "feeds.store"
OBJECTS = "objects"
LOCK = "lock"
PATIENCE = 10.0
"""Seconds to wait for another run."""
LARGEST = 64 << 20
_STAGING = ".staging-"


class StoreError(Exception):
    """A store that cannot be read or written. One sentence with the next step."""


@dataclass
class Staged:
    """Objects that are about to be stored: their place until then."""

    folder: Path
    digests: set[str] = field(default_factory=set)

    def put(self, data: bytes, name: str) -> str:
        """Keep these bytes; their digest. The file bears the feed's own file name, by which readers know its form."""
        digest = sha256(data)
        file = self.file(digest, name)
        try:
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(data)
        except OSError as e:
            raise StoreError(f"{name}: {e.strerror}; the feeds were not changed; make room first") from None
        self.digests.add(digest)
        return digest

    def file(self, digest: str, name: str) -> Path:
        """Where the object of a feed of this name is."""
        return self.folder / digest / _file_name(name)


def _file_name(name: str) -> str:
    return name.rpartition("/")[2]


def sha256(data: bytes) -> str:
    """The digest under which bytes are stored."""
    return hashlib.sha256(data).hexdigest()


def state_of(folder: Path) -> State:
    """The state of a store; an empty one where there is none. Raises StoreError."""
    file = folder / FILE
    try:
        if file.stat().st_size > LARGEST:
            raise StoreError(f"{file} is too large")
        return read_state(file.read_bytes())
    except FileNotFoundError:
        return State()
    except OSError as e:
        raise StoreError(f"{file} cannot be read: {e.strerror}") from None
    except FeedIndexError as e:
        raise StoreError(f"{file} is damaged ({e}); move it away and run `bridle indicators update`") from None


def object_of(folder: Path, digest: str, name: str = "") -> Path | None:
    """The file with these bytes, the one called as a feed of this name if there are several; None without any."""
    with suppress(OSError):
        files = sorted(p for p in (folder / OBJECTS / digest).iterdir() if p.is_file())
        return next((p for p in files if p.name == _file_name(name)), files[0] if files else None)
    return None


def object_bytes(folder: Path, digest: str, largest: int, name: str = "") -> bytes | None:
    """The bytes of an object if they are there, under this name if one is given, and are what its digest says."""
    file = object_of(folder, digest, name)
    if file is None or (name and file.name != _file_name(name)):
        return None
    with suppress(OSError):
        if file.stat().st_size <= largest and sha256(data := file.read_bytes()) == digest:
            return data
    return None


def current(folder: Path) -> list[tuple[str, Path]] | None:
    """Names and files of a store's current feeds, sorted by name; None where the folder is no store.

    A state that cannot be read is itself the one feed, which then does not load.
    """
    if not (folder / FILE).is_file():
        return None
    try:
        feeds = [f for s in state_of(folder).sources for f in s.feeds]
    except StoreError:
        return [(FILE, folder / FILE)]
    found = ((f.name, object_of(folder, f.sha256, f.name) or folder / OBJECTS / f.sha256 / "missing") for f in feeds)
    return sorted(found)


def stale(folder: Path) -> list[str]:
    """Sources of a store that nobody renewed for long, or whose index is over: who keeps feeds back does so quietly."""
    with suppress(StoreError):
        return [f"{sentence}; run `bridle indicators update`, or unpack a newer bundle" for sentence in
                old_sources(state_of(folder), datetime.now(UTC))]  # fmt: skip
    return []


def intact(file: Path, digest: str) -> bool:
    """False for an object of a store whose bytes are not what they were stored as."""
    stored = SHA256.match(file.parent.name) and file.parent.parent.name == OBJECTS
    return not stored or not (file.parents[2] / FILE).is_file() or file.parent.name == digest


@contextmanager
def writing(folder: Path, patience: float | None = None) -> Iterator[None]:
    """Alone with a store: a second run waits a little, then raises StoreError. A dead run holds nothing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as e:
        raise StoreError(f"{folder} cannot be written: {e.strerror}; BRIDLE_DATA names another place") from None
    try:
        end = time.monotonic() + (PATIENCE if patience is None else patience)
        while not taken(descriptor):
            if time.monotonic() >= end:
                raise StoreError(f"another run is changing the feeds in {folder} now; wait for it and try again")
            time.sleep(0.05)
        _sweep(folder)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def staging(folder: Path | None) -> Iterator[Staged]:
    """A place for objects before they are stored: in the store, or anywhere for one that shall not change."""
    if folder is not None:
        (folder / OBJECTS).mkdir(mode=0o700, exist_ok=True)
    parent = None if folder is None else folder / OBJECTS
    with tempfile.TemporaryDirectory(prefix=_STAGING, dir=parent) as name:
        yield Staged(Path(name))


def commit(folder: Path, state: State, staged: Staged) -> None:
    """Make a state current. What it names is on the disk before it. Raises StoreError; then nothing changed."""
    try:
        for digest in sorted(staged.digests):
            _store(folder / OBJECTS, digest, staged.folder / digest)
        sync(folder / OBJECTS)
        _replace(folder, FILE, encoded(state))
    except OSError as e:
        raise StoreError(f"the feeds were not changed: {e.strerror or e}; make room or check {folder}") from None
    _prune(folder, state)


def _store(objects: Path, digest: str, made: Path) -> None:
    """Rename an object's folder into place. One that is there gets the files that it lacks or that are damaged."""
    files = sorted(made.iterdir())
    for path in (*files, made):
        sync(path)
    place = objects / digest
    if not place.exists():
        made.rename(place)
        return
    for file in files:
        if object_bytes(objects.parent, digest, file.stat().st_size, file.name) is None:
            file.replace(place / file.name)
    sync(place)


def write_file(folder: Path, name: str, data: bytes) -> None:
    """Another file of a store, as a whole. Raises StoreError; then it is as it was."""
    try:
        (folder / OBJECTS).mkdir(mode=0o700, exist_ok=True)
        _replace(folder, name, data)
    except OSError as e:
        raise StoreError(f"{folder / name} was not changed: {e.strerror}") from None


def _replace(folder: Path, name: str, data: bytes) -> None:
    descriptor, made = tempfile.mkstemp(prefix=_STAGING, dir=folder / OBJECTS)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(made, folder / name)  # noqa: PTH105 - the one step that counts
    except BaseException:
        with suppress(OSError):
            Path(made).unlink()
        raise
    with suppress(OSError):  # it is changed already; a power cut now may still bring back the old one, whole
        sync(folder)


def _sweep(folder: Path) -> None:
    """Remove what a killed run was about to store."""
    for left in (folder / OBJECTS).glob(f"{_STAGING}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):
                left.unlink()


def _prune(folder: Path, state: State) -> None:
    """Remove objects that neither a current feed nor its last contents name. A failure is for the next run."""
    named = {d for s in state.sources for d in (s.sha256, s.signature)}
    named |= {d for s in state.sources for f in s.feeds for d in (f.sha256, *f.former)}
    with suppress(OSError):
        for place in (folder / OBJECTS).iterdir():
            if SHA256.match(place.name) and place.name not in named:
                shutil.rmtree(place, ignore_errors=True)
