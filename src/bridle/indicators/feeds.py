"""Loading feeds: files and folders, by content. What cannot be read is a warning and a feed that was not loaded."""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from bridle.indicators import lists, stix
from bridle.indicators.model import CompoundIndicator, Feed, Indicator, IndicatorSet, Warning_, merged
from bridle.indicators.stix import FeedError

SUFFIXES = (".stix2", ".json", ".csv", ".txt")
LARGEST = 512 << 20
"""Bytes of one feed."""
MOST_WARNINGS = 1000
"""Warnings of one feed that are kept; all are counted in the last of them."""

Found = Indicator | CompoundIndicator
Read = tuple[Sequence[Found], list[Warning_]]


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
    equal findings whenever they are used.
    """
    feeds: list[Feed] = []
    warnings: list[Warning_] = []
    values: dict[tuple[str, str], Indicator] = {}
    compounds: dict[str, CompoundIndicator] = {}
    seen: set[str] = set()
    for name, file in _files(paths):
        feed, found, told = _load(name, file)
        if feed.loaded and feed.digest in seen:
            continue
        seen.add(feed.digest)
        feeds.append(feed)
        warnings += told[:MOST_WARNINGS]
        for i in found:
            if not i.current(today):
                continue
            if isinstance(i, CompoundIndicator):
                compounds[i.value] = i if (other := compounds.get(i.value)) is None else merged(other, i)
            else:
                key = (i.kind, i.value)
                values[key] = i if (known := values.get(key)) is None else merged(known, i)
    surfaces = _surfaces()
    complete = tuple(
        replace(i, surfaces=surfaces.get((i.kind, i.value))) if (i.kind, i.value) in surfaces else i
        for i in values.values()
    )
    return IndicatorSet(
        indicators=complete, feeds=tuple(feeds), warnings=tuple(warnings), compounds=tuple(compounds.values())
    )


def lint(path: Path) -> list[Warning_]:
    """Every problem of a feed or a folder of feeds, with its place."""
    found = load([path])
    unread = [Warning_(feed=f.name, place=f.name, reason=f.reason or "") for f in found.feeds if not f.loaded]
    return [*unread, *found.warnings]


def _files(paths: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    """Names for people and files, in a fixed order. A folder gives the files below it that look like feeds."""
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            yield from ((p.relative_to(path).as_posix(), p) for p in inside)
        elif path.exists():
            yield path.name, path


def _load(name: str, file: Path) -> tuple[Feed, Sequence[Found], list[Warning_]]:
    digest, form = "", "unknown"
    try:
        if file.stat().st_size > LARGEST:
            raise FeedError(f"larger than {LARGEST >> 20} MiB")
        data = file.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        form, (found, warnings) = _read(name, data, file.stem.lower())
        if not any(not isinstance(i, CompoundIndicator) or i.step is not None for i in found):
            raise FeedError("it holds no indicator that can be read" + (f": {warnings[0].reason}" if warnings else ""))
    except (FeedError, OSError) as e:
        reason = str(e.strerror if isinstance(e, OSError) else e)[:300]
        return Feed(name=name, digest=digest, format=form, indicators=0, loaded=False, reason=reason), [], []
    feed = Feed(name=name, digest=digest, format=form, indicators=len(found), loaded=True)
    return feed, found, warnings


def _read(name: str, data: bytes, stem: str) -> tuple[str, Read]:
    """By content: JSON begins with a brace, CSV has a header with a separator, the rest is a list."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise FeedError(f"not UTF-8: byte {e.start}") from None
    begin = text.lstrip()[:1]
    if not begin:
        raise FeedError("empty")
    if begin in "{[" or name.lower().endswith((".stix2", ".json")):
        return "stix", stix.read(text, name)
    if name.lower().endswith(".csv"):
        return "csv", lists.read_csv(text, name)
    return "list", lists.read_text(text, name, stem)


@lru_cache(maxsize=1)
def _surfaces() -> dict[tuple[str, str], frozenset[str]]:
    """Where single indicators mean something, from the package's data."""
    file = Path(__file__).parent / "surfaces_of_indicators.toml"
    rows = tomllib.loads(file.read_text("utf-8"))["indicator"]
    return {(r["kind"], v): frozenset(r["surfaces"]) for r in rows for v in r["values"]}
