"""A review pack: the few files of a phone that a reviewer needs to find what was found, each under its device path.

A pack is an age file of a zip. In it: `pack.json`, which says what each case's sources were and lists their members;
their files below `cases/N/SN/files/`; indicator feeds below `feeds/`; `commitment.json`. It is decrypted while it is
read. A member without a file was listed by the acquisition and is wanted by nobody, or could not be read there either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from bridle.core import FormatError, Utc, WallClock
from bridle.evidence import age
from bridle.evidence.archive import Bounds, DecryptedBytes, Entry, RandomBytes
from bridle.evidence.extent import Extent
from bridle.evidence.source import Member, Problem, SourceError, State, Wanted
from bridle.evidence.zip import ZipArchive, ZipContent

KIND = "review-pack"
FORM = "bridle review pack"
SCHEMA = 1
ABOUT, COMMITMENT = "pack.json", "commitment.json"
_MOST_TEXT = 256 << 20
"""Bytes of one file of the pack that is read at once."""
_TYPES = ("file", "directory", "symlink", "other")


class Pack:
    """An opened pack. Whoever opens it closes it."""

    def __init__(self, archive: ZipArchive) -> None:
        """Owns the archive. Raises SourceError where it is no pack of this form."""
        self._archive = archive
        self._entries = {e.path: e for e in archive.entries(lambda _: True)}
        stored = self.read(ABOUT)
        self.digest = hashlib.sha256(stored).hexdigest()
        """SHA-256 of `pack.json`, which has the SHA-256 of every file: what a pack is known by."""
        self.about: Mapping[str, Any] = _object(stored, ABOUT)
        if self.about.get("form") != FORM or self.about.get("schema") != SCHEMA:
            raise SourceError(f"This is no review pack of a form that is known here ({FORM} {SCHEMA}).")
        _check(self.about)

    @classmethod
    def open(cls, path: Path, secret: str, bounds: Bounds | None = None) -> Pack:
        """The pack at `path`, opened with age identities (`AGE-SECRET-KEY-1…`). Raises SourceError."""
        try:
            return cls.of(DecryptedBytes(age.open_stream(path, secret)), bounds)
        except FormatError as e:
            raise SourceError(f"{path.name} is no review pack, or it is damaged: {e}.") from e

    @classmethod
    def of(cls, file: RandomBytes, bounds: Bounds | None = None) -> Pack:
        """The pack in a zip, which it owns. Raises SourceError."""
        archive = None
        try:
            archive = ZipArchive(file) if bounds is None else ZipArchive(file, bounds=bounds)
            if archive.problems:
                raise SourceError(f"The review pack is damaged: {archive.problems[0]}")
            return cls(archive)
        except BaseException:
            if archive is None:
                file.close()
            else:
                archive.close()
            raise

    def close(self) -> None:
        self._archive.close()

    def names(self, below: str) -> list[str]:
        """The files below a folder of the pack, which ends in `/`; sorted."""
        return sorted(n for n, e in self._entries.items() if n.startswith(below) and e.type == "file")

    def read(self, name: str) -> bytes:
        """A file of the pack. Raises SourceError where it is missing, damaged or larger than is read at once."""
        if (entry := self._entries.get(name)) is not None and (entry.size or 0) > _MOST_TEXT:
            raise SourceError(f"{name} in the review pack is larger than {_MOST_TEXT:,} bytes; ask for a new one.")
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """As `read`, of any size, piece by piece."""
        entry = self._entries.get(name)
        if entry is None or not isinstance(entry.content, ZipContent):
            raise SourceError(f"The review pack has no {name} that can be read; ask for a new one.")
        try:
            yield from entry.content.pieces()
        except FormatError as e:
            raise SourceError(f"{name} in the review pack is damaged: {e}.") from e

    def json(self, name: str) -> Mapping[str, Any]:
        """A JSON object of the pack. Raises SourceError."""
        return _object(self.read(name), name)

    def sources(self, case: int) -> tuple[ReviewSource, ...]:
        """The sources of a case, by its place from 0. Raises SourceError."""
        try:
            told = self.about["cases"][case]["sources"]
            return tuple(ReviewSource(self, one, self._entries) for one in told)
        except (KeyError, IndexError, TypeError, ValueError, OverflowError) as e:
            raise SourceError(f"{ABOUT} in the review pack is not as it is written: {e!s:.100}.") from e


class ReviewSource:
    """What a pack has of one source: a Source of the same platform, with the same device paths."""

    kind = KIND

    def __init__(self, pack: Pack, told: Mapping[str, Any], entries: Mapping[str, Entry]) -> None:
        """Raises KeyError, TypeError or ValueError for what `pack.json` should not say."""
        self.label = f"{told['id']} of {told['kind']}"
        self.platform, self.encrypted = str(told["platform"]), bool(told["encrypted"])
        self.facts = {str(k): str(v) for k, v in dict(told["facts"]).items()}
        self.digest = pack.digest
        self._members = tuple(_member(m, entries) for m in told["members"])
        self._problems = tuple(Problem(reason=str(r)) for r in told["problems"])

    def members(self, wanted: Wanted) -> Iterator[Member]:  # noqa: ARG002 - only what is opened is decrypted
        yield from self._members

    def problems(self) -> tuple[Problem, ...]:
        return self._problems

    def close(self) -> None:
        """The pack holds the files."""


def member_as_json(member: Member, file: str | None, sha256: str | None) -> dict[str, Any]:
    """A member as `pack.json` lists it; `file` is where its content lies in the pack."""
    return {
        "path": str(member.path), "member": member.member, "type": member.type, "size": member.size,
        "modified": _time(member.modified), "shown": _time(member.shown), "state": str(member.state),
        "reason": member.reason, "domain": member.domain, "file": file, "sha256": sha256,
    }  # fmt: skip


def _member(told: Mapping[str, Any], entries: Mapping[str, Entry]) -> Member:
    path = PurePosixPath(str(told["path"]))
    if not path.is_absolute() or ".." in path.parts or told["type"] not in _TYPES:
        raise ValueError(f"the member {told['path']!r:.60} is none")
    content: Callable[[], Extent] | None = None
    if told["file"] is not None:
        entry = entries.get(str(told["file"]))
        content = _missing if entry is None or entry.content is None else entry.content
    modified, shown = (None if told[k] is None else datetime.fromisoformat(told[k]) for k in ("modified", "shown"))
    return Member(
        path=path, member=str(told["member"]), type=told["type"],
        size=None if told["size"] is None else int(told["size"]),
        modified=None if modified is None else Utc(modified), shown=None if shown is None else WallClock(shown),
        state=State(told["state"]), reason=told["reason"], domain=told["domain"], content=content,
    )  # fmt: skip


def _check(about: Mapping[str, Any]) -> None:
    """Raises SourceError unless what a reviewer's run reads is there and of its type."""
    cases = about.get("cases")
    if not isinstance(cases, list) or not cases or not all(isinstance(c, dict) for c in cases):
        raise SourceError(_ODD.format("cases"))
    for told in (about, *cases):
        wanted = _OF_PACK if told is about else _OF_CASE
        for name, of in wanted.items():
            if not isinstance(told.get(name), of):
                raise SourceError(_ODD.format(name))
        lists = [told[n] for n in ("feeds", "baselines", "sources") if isinstance(told.get(n), list)]
        if not all(isinstance(one, dict) for some in lists for one in some):
            raise SourceError(_ODD.format("feeds, baselines or sources"))


_ODD = f"{ABOUT} in the review pack is not as it is written: {{}}."
_OF_PACK: dict[str, tuple[type, ...]] = {"feeds": (list,), "bridle": (str,)}
_OF_CASE: dict[str, tuple[type, ...]] = {
    "sources": (list,), "examination": (dict,), "rules": (str,), "feeds": (list,), "baselines": (list,),
    "yara": (str, type(None)), "consent": (dict, type(None)),
}  # fmt: skip


def _missing() -> Extent:
    raise FormatError("the pack lists the file and does not hold it")


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _object(data: bytes, name: str) -> Mapping[str, Any]:
    with suppress(ValueError, RecursionError):
        found = json.loads(data)
        if isinstance(found, dict):
            return found
    raise SourceError(f"{name} in the review pack is no JSON object.")
