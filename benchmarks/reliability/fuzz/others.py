"""What others hand over beside evidence: feeds, lists of numbers, review packs, files of a sealed case, of servers.

The seeds are what bridle's own writers make, and short texts of each form (`others_seeds`). Of a folder, one file is
damaged at a time.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from bridle.core import FormatError
from bridle.evidence import open_source
from bridle.evidence.review_pack import Pack
from bridle.evidence.source import SourceError
from bridle.indicators import bundle_file, feed_index, feed_state, feeds, pattern, ssh_signature, standard, trust
from reliability.fuzz import containers, others_acquire, others_commands, others_desk, others_infra, others_seeds
from reliability.fuzz.others_case import in_folder, targets_of_cases
from reliability.fuzz.target import Target

_ROWS = 100_000
"""Rows of a table that are taken: an input has fewer."""


def targets() -> Iterator[Target]:
    """A target for each form of feed, for what belongs to a store of feeds, for lists, packs and cases."""
    for name, seeds in others_seeds.FEEDS.items():
        yield Target(name=f"others.feed.{name}", seeds=seeds, read=_file(f"feed.{name.partition('.')[2]}", _feed))
    yield from _of_a_store()
    yield from _of_lists()
    yield Target(
        name="others.review_pack",
        seeds=others_seeds.packs(),
        read=_pack,
        documented=(SourceError, FormatError),
    )
    for name, seed in others_seeds.MVT.items():
        read = in_folder(others_seeds.MVT, name, _mvt_output)
        yield Target(name=f"others.mvt_output.{name}", seeds=(seed,), read=read, documented=(SourceError,))
    yield from targets_of_cases()
    yield from others_infra.targets()
    yield from others_desk.targets()
    yield from others_commands.targets()
    yield from others_acquire.targets()


def _file(name: str, read: Callable[[Path], Any]) -> Callable[[bytes], None]:
    """Reads a file of that name which has the bytes."""
    return in_folder({}, name, lambda folder: read(folder / name))


def _feed(path: Path) -> None:
    """A feed is loaded or told why not, whatever it holds. A bundle is also looked through for what is not standard."""
    found = feeds.load([path])
    (feed,) = found.feeds
    assert feed.loaded or feed.reason, "a feed that was not loaded says no reason"
    assert all(w.reason for w in found.warnings)
    if path.suffix == ".stix2":
        with suppress(UnicodeDecodeError):
            list(standard.departures(path.read_bytes().decode()))


def _of_a_store() -> Iterator[Target]:
    base = "https://example.org/feeds/index.json"
    refused = (feed_index.FeedIndexError,)
    yield Target(
        name="others.feed_index",
        seeds=others_seeds.INDICES,
        read=lambda data: _done(feed_index.read(data, base)),
        documented=refused,
    )
    yield Target(
        name="others.feed_state",
        seeds=others_seeds.STATES,
        read=lambda data: _done(feed_state.read_state(data)),
        documented=refused,
    )
    yield Target(
        name="others.pattern",
        seeds=others_seeds.PATTERNS,
        read=lambda data: _done(pattern.parse(data.decode("utf-8", "surrogateescape"))),
        documented=(pattern.PatternError,),
    )
    yield Target(
        name="others.bundle",
        seeds=others_seeds.bundles(),
        read=lambda data: _done(list(bundle_file.read(io.BytesIO(data)))),
        documented=(bundle_file.BundleError,),
    )
    yield Target(
        name="others.trusted",
        seeds=others_seeds.TRUSTED,
        read=_file(trust.FILE, lambda path: trust.signers(path.parent)),
        documented=(trust.TrustError,),
    )
    message, signature = others_seeds.signed()
    yield Target(
        name="others.feed_signature",
        seeds=(signature,),
        read=lambda data: _done(ssh_signature.verified(message, data, trust.INDEX)),
        documented=(ssh_signature.SignatureError,),
    )


def _of_lists() -> Iterator[Target]:
    from bridle.targets import importing_columns, importing_read, lookup_files, registration
    from bridle.targets.keys import ProjectError

    def table(path: Path) -> None:
        source = importing_read.opened(path)
        first: list[Any] = []
        for taken, batch in enumerate(source.batches()):
            assert len(batch.rows) == len(batch.places)
            first = first or list(batch.rows)
            if taken > _ROWS:
                break
        importing_columns.recognised(source, {"number": None, "time": None, "operator": None}, first)

    def elements(path: Path) -> None:
        group, values = lookup_files.read(path, "request")
        lookup_files.decoded(group, values.get("elements"), 100)

    refused = (importing_read.ImportRefusedError,)
    for name, seeds in others_seeds.tables().items():
        yield Target(name=f"others.list.{name}", seeds=seeds, read=_file(f"list.{name}", table), documented=refused)
    yield Target(
        name="others.list.lookup",
        seeds=others_seeds.lookups(),
        read=_file("request.json", elements),
        documented=(ProjectError,),
    )
    yield Target(
        name="others.list.registration",
        seeds=others_seeds.registrations(),
        read=_file("registration.json", registration.read),
        documented=(registration.RegistrationError,),
    )


def _pack(data: bytes) -> None:
    pack = Pack.of(_Bytes(data))
    try:
        assert len(pack.digest) == 64
        for number in range(len(pack.about["cases"])):
            for source in pack.sources(number):
                containers.examine(source)
        for name in pack.names("cases/"):
            with suppress(SourceError):
                pack.read(name)
    finally:
        pack.close()


class _Bytes:
    """Bytes that can be read anywhere."""

    def __init__(self, data: bytes) -> None:
        self.data, self.size = data, len(data)

    def read(self, offset: int, count: int) -> bytes:
        return self.data[offset : offset + count]

    def extent(self, offset: int, length: int) -> None:  # noqa: ARG002 - it lies in no file
        return None

    def close(self) -> None:
        """There is nothing to close."""


def _mvt_output(folder: Path) -> None:
    containers.examine(open_source(folder, password=lambda: "", label="fuzz"))


def _done(_: object) -> None:
    return None
