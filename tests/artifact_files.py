"""Fixtures of artifacts as source files: text that can be reviewed, made into what the device stores.

`.sql` is run in memory; in it `bplist(JSON)` is a binary property list, `attributed(text)` and `linked(text, url)` are
archived attributed strings, `gzipped(bytes)` is a gzip stream. `.json` is written as a binary property list. Anything
else is taken as it is. In the JSON, {"$uid": 1} is a reference, {"$data": "00ff"} are bytes, {"$bplist": …} the bytes
of an inner property list, {"$date": "…"} is a date. A module `made_KIND.py` beside this one, with
`make(text) -> bytes`, gives fixtures `.KIND`.

Beside `any.sql`, `any.path` may hold the path on the device, and the folder `any.beside/` the companions by theirs.
"""

from __future__ import annotations

import gzip
import importlib
import io
import json
import plistlib
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from bridle import artifacts
from bridle.core import Artifact, Gap, Record, WallClock, fields_of

FIXTURES = Path(__file__).parent / "artifacts"


class Watched(io.BytesIO):
    """Bytes that know how far they were read."""

    furthest = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.furthest = max(self.furthest, self.tell())
        return found

    def readline(self, size: int | None = -1) -> bytes:
        found = super().readline(size)
        self.furthest = max(self.furthest, self.tell())
        return found

    def readinto(self, buffer: Any) -> int:
        found = super().readinto(buffer)
        self.furthest = max(self.furthest, self.tell())
        return found


@dataclass
class Stored:
    """A SourceFile over bytes."""

    content: bytes
    path: PurePosixPath = field(default_factory=lambda: PurePosixPath("/private/var/fixture"))
    opened: list[Watched] = field(default_factory=list)

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    def open(self) -> BinaryIO:
        self.opened.append(Watched(self.content))
        return self.opened[-1]

    siblings: dict[str, bytes] = field(default_factory=dict)
    beside: dict[PurePosixPath, bytes] = field(default_factory=dict)

    def sibling(self, suffix: str) -> Stored | None:
        found = self.siblings.get(suffix)
        return None if found is None else Stored(found, PurePosixPath(f"{self.path}{suffix}"))

    def companions(self) -> dict[PurePosixPath, Stored]:
        return {path: Stored(content, path) for path, content in self.beside.items()}


def fixtures() -> list[Path]:
    """Every fixture, without the rows expected of it and what only belongs to it."""
    others = (".jsonl", ".path", ".py", ".pyc")
    found = (p for p in FIXTURES.rglob("*.*") if p.is_file() and p.suffix not in others)
    return sorted(p for p in found if not any(q.suffix == ".beside" for q in p.parents))


def stored(fixture: Path, of: bytes | None = None) -> Stored:
    """A fixture as the file a parser gets; `of` stands for its content."""
    path, beside = fixture.with_suffix(".path"), fixture.with_suffix(".beside")
    file = Stored(content(fixture) if of is None else of)
    if path.exists():
        file.path = PurePosixPath(path.read_text("utf-8").strip())
    for companion in sorted(beside.rglob("*")) if beside.exists() else ():
        if companion.is_file():
            place = PurePosixPath("/") / companion.relative_to(beside).as_posix()
            made = companion.suffix.removeprefix(".") in makers()
            file.beside[place.with_suffix("") if made else place] = content(companion)
    return file


@cache
def makers() -> dict[str, Callable[[str], bytes]]:
    """What writes a kind of file from text that can be reviewed, by the suffix of its fixtures."""
    modules = (importlib.import_module(p.stem) for p in Path(__file__).parent.glob("made_*.py"))
    return {m.__name__.removeprefix("made_"): m.make for m in modules if hasattr(m, "make")}


def expected(fixture: Path) -> list[dict[str, Any]]:
    """The rows written down beside a fixture: type, then fields that are not None."""
    lines = fixture.with_suffix(".jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def artifact_of(fixture: Path) -> Artifact:
    """`tests/artifacts/ios/tcc/any.sql` belongs to `ios.tcc`."""
    return artifacts.load(".".join(fixture.parent.relative_to(FIXTURES).parts))


def content(fixture: Path) -> bytes:
    """What the device would store."""
    if fixture.suffix == ".sql":
        return database(fixture.read_text("utf-8"))
    if fixture.suffix == ".json":
        return bplist(fixture.read_text("utf-8"))
    if (make := makers().get(fixture.suffix.removeprefix("."))) is not None:
        return make(fixture.read_text("utf-8"))
    return fixture.read_bytes()


def database(script: str) -> bytes:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("PRAGMA page_size = 1024")
        connection.create_function("bplist", 1, bplist)
        connection.create_function("attributed", 1, attributed)
        connection.create_function("linked", 2, linked)
        connection.create_function("gzipped", 1, gzipped)
        connection.executescript(script)
        return connection.serialize()
    finally:
        connection.close()


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, 0, mtime=0)


def bplist(text: str) -> bytes:
    return plistlib.dumps(_stored(json.loads(text)), fmt=plistlib.FMT_BINARY, sort_keys=False)


def _stored(value: Any) -> Any:
    if isinstance(value, list):
        return [_stored(v) for v in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((mark, inner),) = value.items()
        if mark == "$uid":
            return plistlib.UID(inner)
        if mark == "$data":
            return bytes.fromhex(inner)
        if mark == "$bplist":
            return bplist(json.dumps(inner))
        if mark == "$date":
            return datetime.fromisoformat(inner).replace(tzinfo=None)
    return {k: _stored(v) for k, v in value.items()}


_NUMBER = (
    b"\x1d__kIMMessagePartAttributeName\x86\x92\x84\x84\x84\x08NSNumber\x00\x84\x84\x07NSValue\x00\x94\x84\x01*"
    b"\x84\x99\x99\x00"
)


def attributed(text: str) -> bytes:
    """An NSAttributedString of one part, as Messages archives it."""
    return _attributed(text, _NUMBER)


def linked(text: str, url: str) -> bytes:
    """The same with an attribute that leads to `url`."""
    address = b"\x05NSURL\x00\x94\x84\x01c\x00\x92\x84\x96\x96" + _counted(url)
    return _attributed(text, b"\x16__kIMLinkAttributeName\x86\x92\x84\x84\x84" + address + b"\x86")


def _attributed(text: str, attribute: bytes) -> bytes:
    return (
        b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00\x84\x84\x08NSObject\x00\x85"
        b"\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+" + _counted(text) + b"\x86\x84\x02iI\x01"
        + _length(len(text)) + b"\x92\x84\x84\x84\x0cNSDictionary\x00\x94\x84\x01i\x01\x92\x84\x96\x96" + attribute
        + b"\x86\x86\x86"
    )  # fmt: skip


def _counted(text: str) -> bytes:
    return _length(len(text.encode())) + text.encode()


def _length(count: int) -> bytes:
    return bytes([count]) if count < 128 else b"\x81" + count.to_bytes(2, "little")


def rows(artifact: Artifact, file: Any) -> list[Record]:
    """All that a parser gives, with blocks as their records."""
    out: list[Record] = []
    for item in artifact.parse(file):
        out += [item] if isinstance(item, Record) else list(item)
    return out


def as_json(row: Record) -> dict[str, Any]:
    """A row as it is written down: its type, and its fields that are not None."""
    found = {}
    for name, kind in ((f.name, f.type) for f in fields_of(type(row))):
        value = getattr(row, name)
        if isinstance(value, datetime):
            assert (value.tzinfo is None) == (kind is WallClock), f"{row.locator}: {name} has no zone, or has one"
            value = value.isoformat().replace("+00:00", "Z")
        elif isinstance(value, tuple):
            value = [v.isoformat().replace("+00:00", "Z") if isinstance(v, datetime) else v for v in value]
        if value is not None:
            found[name] = value
    return {type(row).__name__: found}


def gaps(found: list[Record]) -> list[Gap]:
    return [r for r in found if isinstance(r, Gap)]
