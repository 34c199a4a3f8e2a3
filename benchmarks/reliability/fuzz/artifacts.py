"""Every artifact of the catalogue, from the fixtures of its tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from bridle import artifacts
from bridle.core import Artifact, Gap, Record
from bridle.formats import arrow
from reliability.fuzz import traffic
from reliability.fuzz.target import LARGEST, Target, fixtures_at_hand

fixtures_at_hand()

from artifact_files import artifact_of, content, fixtures, stored  # noqa: E402


def targets() -> Iterator[Target]:
    """A target for each artifact."""
    found: dict[str, list[Path]] = defaultdict(list)
    for fixture in fixtures():
        found[artifact_of(fixture).name].append(fixture)
    for name in artifacts.paths():
        yield target(name, found[name])


def target(name: str, of: list[Path]) -> Target:
    """One artifact. The first byte of an input says which fixture's path and companions it is read with."""
    artifact = artifacts.load(name)
    files = sorted(((content(f), f) for f in of), key=lambda pair: len(pair[0]))[:200]
    seeds = [bytes([i]) + data for i, (data, _) in enumerate(files) if len(data) < LARGEST]
    seeds += [b"\0" + data for data in more_of(name)]
    return Target(name=name, seeds=tuple(seeds), read=_reader(artifact, [f for _, f in files]))


def more_of(name: str) -> list[bytes]:
    """Seeds of an artifact whose fixtures do not show all that it reads."""
    return traffic.captures() if name == "network.capture" else []


def _reader(artifact: Artifact, of: list[Path]) -> Callable[[bytes], None]:
    beside = [stored(f, b"") for f in of]

    def read(data: bytes) -> None:
        file = beside[data[0] % len(beside) if data else 0]
        file.content = data[1:]
        file.opened.clear()
        examine(artifact, artifact.parse(file))

    return read


def examine(artifact: Artifact, given: Iterator[object]) -> None:
    """Take all that a parser gives. Raises AssertionError for what no case could hold."""
    places: set[str] = set()
    rows: dict[type[Record], list[Record]] = defaultdict(list)
    for item in given:
        for row in [item] if isinstance(item, Record) else list(item):  # type: ignore[call-overload]
            assert type(row) in (*artifact.records, Gap), f"a row is a {type(row).__name__}"
            assert row.locator, f"a {type(row).__name__} has no locator"
            assert row.locator not in places, f"two rows are at {row.locator:.60}"
            places.add(row.locator)
            rows[type(row)].append(row)
    for cls, of in rows.items():
        assert arrow.table_of(cls, of).num_rows == len(of), f"{cls.__name__} does not fit its table"
