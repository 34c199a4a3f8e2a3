"""Loading feeds: files and folders, by content. What cannot be read is a warning and a feed that was not loaded."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from bridle.classes import dataclass
from bridle.file_names import name_as_text
from bridle.indicators import forms, store, surfaces
from bridle.indicators.model import CompoundIndicator, Feed, Indicator, IndicatorSet, Warning_, merged
from bridle.indicators.stix import FeedError
from bridle.indicators.too_general import too_general

SUFFIXES = (
    ".stix2", ".stix", ".json", ".jsonl", ".csv", ".tsv", ".txt", ".list", ".lst", ".rules", ".snort", ".zone", ".rpz",
    ".hosts", ".ioc",
)  # fmt: skip
"""Files in folders that are looked at; what is named itself is always looked at."""
LARGEST = 512 << 20
"""Bytes of one feed."""
SEVERITIES = ("error", "warning", "note")
"""How much a problem of a feed weighs, the worst first."""
MOST_WARNINGS = 1000
"""Warnings of one feed that are kept; all are counted in the last of them."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """One file as it was read."""

    feed: Feed
    indicators: Sequence[Indicator | CompoundIndicator] = ()
    warnings: Sequence[Warning_] = ()
    own: surfaces.Restrictions | None = None
    """What a user's `surfaces.toml` says."""


def stored_folder() -> Path:
    """Where stored feeds lie: `$BRIDLE_DATA/feeds`, or the platform's folder for data."""
    if given := os.environ.get("BRIDLE_DATA"):
        return Path(given) / "feeds"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "bridle" / "feeds"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "bridle" / "feeds"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "bridle" / "feeds"


def load(paths: Iterable[Path], today: date | None = None) -> IndicatorSet:
    """Every indicator of the files, and of the files in the folders. Never raises for what a feed holds.

    `today` leaves out what has expired; without it only revoked indicators are left out, so that equal feeds give
    equal findings whenever they are used. What every device would match is left out with a warning.
    """
    return load_named(files_of(paths), today)


def load_named(files: Iterable[tuple[str, Path]], today: date | None = None) -> IndicatorSet:
    """As `load`, of files under names that they have elsewhere: a feed is credited by its name."""
    feeds: list[Feed] = []
    warnings: list[Warning_] = []
    values: dict[tuple[str, str], Indicator] = {}
    compounds: dict[str, CompoundIndicator] = {}
    own: dict[tuple[str, str], surfaces.Restriction] = {}
    for one in _read(files):
        feeds.append(one.feed)
        warnings += _bounded(one.warnings)
        own.update(one.own or {})
        for i in one.indicators:
            if not i.current(today):
                continue
            if isinstance(i, CompoundIndicator):
                compounds[i.value] = i if (other := compounds.get(i.value)) is None else merged(other, i)
            else:
                key = (i.kind, i.value)
                values[key] = i if (known := values.get(key)) is None else merged(known, i)
    meant = surfaces.Surfaces(own)
    complete: list[Indicator] = []
    for key, i in values.items():
        general = too_general(i)
        if general is not None and general.refused and key not in own:
            warnings.append(_refused(i, general.why))
            continue
        where = meant.of(i)
        complete.append(i if where == i.surfaces else replace(i, surfaces=where))
    return IndicatorSet(
        indicators=tuple(complete), feeds=tuple(feeds), warnings=tuple(warnings), compounds=tuple(compounds.values())
    )


def read_each(paths: Iterable[Path]) -> Iterator[Loaded]:
    """The files one by one, each content once, with what each says and nothing merged."""
    return _read(files_of(paths))


def _read(files: Iterable[tuple[str, Path]]) -> Iterator[Loaded]:
    seen: set[str] = set()
    for name, file in files:
        one = _load(name, file)
        if one.feed.loaded and one.feed.digest in seen:
            continue
        seen.add(one.feed.digest)
        yield one


def _bounded(told: Sequence[Warning_]) -> Sequence[Warning_]:
    """As many problems of a feed as are kept, the number of the rest as the last of them."""
    if len(told) <= MOST_WARNINGS:
        return told
    name = told[0].feed
    reason = f"{len(told) - MOST_WARNINGS + 1:,} more problems of this feed are not listed"
    return [*told[: MOST_WARNINGS - 1], Warning_(feed=name, place=name, reason=reason)]


def _refused(i: Indicator, why: str) -> Warning_:
    reason = f"{i.kind} {i.shown!r:.60} is not looked for: {why}"
    return Warning_(feed=i.feeds[0], place=i.place or i.feeds[0], reason=reason)


def files_of(paths: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Names for people and files, in a fixed order. A folder gives the files below it that look like feeds.

    The stored feeds are those that are current, and whatever else was put into their folder.
    """
    for path in paths:
        if path.is_dir():
            current = store.current(path)
            yield from current or ()
            inside = sorted(p for p in path.rglob("*") if _wanted(p) and p.is_file())
            inside = [p for p in inside if current is None or path / store.OBJECTS not in p.parents]
            yield from ((name_as_text(p.relative_to(path).as_posix()), p) for p in inside)
        elif path.exists():
            yield name_as_text(path.name), path


def _wanted(file: Path) -> bool:
    name = file.name.lower()
    if name.endswith((*SUFFIXES, surfaces.SUFFIX)) or name == "hosts":
        return True
    if not name.endswith(".xml") or not file.is_file():
        return False
    try:
        with file.open("rb") as f:
            return forms.is_published_xml(f.read(8192).decode("utf-8", "replace"))
    except OSError:
        return False


def _load(name: str, file: Path) -> Loaded:
    digest, form = "", "unknown"
    try:
        if file.stat().st_size > LARGEST:
            raise FeedError(f"larger than {LARGEST >> 20} MiB")
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        if not store.intact(file, digest):
            raise FeedError("its bytes are not those that were stored; run `bridle indicators update`")
        if file.name.lower().endswith(surfaces.SUFFIX):
            own = surfaces.read(data)
            return Loaded(feed=Feed(name=name, digest=digest, format="surfaces", indicators=0, loaded=True), own=own)
        form, (found, warnings) = forms.read(name, data, file.stem.lower())
        if not any(isinstance(i, Indicator) or i.step is not None for i in found):
            raise FeedError(f"it holds no indicator that can be read: {_first(warnings)}")
    except (FeedError, OSError) as e:
        reason = str(e.strerror if isinstance(e, OSError) else e)[:300]
        return Loaded(feed=Feed(name=name, digest=digest, format=form, indicators=0, loaded=False, reason=reason))
    feed = Feed(name=name, digest=digest, format=form, indicators=len(found), loaded=True)
    return Loaded(feed=feed, indicators=found, warnings=warnings)


def _first(warnings: Sequence[Warning_]) -> str:
    """The worst of the problems of a feed without indicators."""
    worst = min(warnings, key=lambda w: SEVERITIES.index(w.severity), default=None)
    return worst.reason if worst is not None else "nothing in it is a value"
