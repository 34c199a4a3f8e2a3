"""Captures with bytes changed, cut and repeated: whatever comes of them, it is rows, Gaps or a FormatError."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bridle import artifacts
from bridle.core import FormatError
from network.mixed import captures

_LARGEST = 200_000


class Held:
    """A SourceFile over bytes."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def open(self) -> io.BytesIO:
        return io.BytesIO(self._data)


def small(corpus: Path) -> list[bytes]:
    """The captures of the corpus that are not large."""
    return [p.read_bytes() for p in captures(corpus) if p.stat().st_size <= _LARGEST]


def mutations(originals: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """Damaged copies: what precedes the damage is cut, so that many can be tried."""
    chance = random.Random(seed)
    for _ in range(count):
        data = bytearray(chance.choice(originals)[: chance.choice((2_000, 8_000, 30_000))])
        for _ in range(chance.choice((1, 4, 16, 64))):
            at = chance.randrange(len(data))
            data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xC0, 0xFF, chance.randrange(256)))
        if chance.random() < 0.2:
            at = chance.randrange(len(data))
            data[at:at] = data[: chance.randrange(200)]
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        yield bytes(data)


def tried(mutation: bytes) -> bool:
    """Read it to the end; whether it was a capture still. Raises what a parser must not raise."""
    places: set[str] = set()
    try:
        for item in artifacts.load("network.capture").parse(Held(mutation)):  # type: ignore[arg-type]
            for row in list(item) if hasattr(item, "table") else [item]:
                if row.locator in places:
                    raise AssertionError(f"two rows at {row.locator}")
                places.add(row.locator)
    except FormatError:
        return False
    return True


def main(corpus: Path | None = None, count: int = 20_000, seed: int = 7) -> list[str]:
    """Lines of docs/network-quality.md."""
    corpus = corpus or Path(__file__).resolve().parents[3] / "shared" / "corpus" / "network"
    if not corpus.is_dir():
        return ["fuzzing: the corpus is not beside this checkout; not measured"]
    good = sum(tried(m) for m in mutations(small(corpus), count, seed))
    return [f"fuzzing: {count} damaged captures read: nothing raised but FormatError ({count - good} of them)"]


if __name__ == "__main__":
    print(*main(count=int(sys.argv[1]) if len(sys.argv) > 1 else 20_000), sep="\n")
