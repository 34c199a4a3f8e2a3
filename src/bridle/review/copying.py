"""Files of the evidence on their way into a pack, checked against what the case read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bridle import artifacts
from bridle.classes import dataclass
from bridle.core import SIBLINGS, FormatError
from bridle.detect.device import questions
from bridle.evidence import open_source
from bridle.evidence.archive import Bounds, name_of
from bridle.evidence.extent import Extent
from bridle.evidence.review_pack import member_as_json
from bridle.evidence.secret import Password
from bridle.evidence.source import Member, Source
from bridle.review.choosing import Chosen
from bridle.review.sealed_zip import SealedZip

_STEP = 1 << 20
SIBLING, COMPANION = "belongs to a file of the pack", "read beside a file of the pack"


class OtherEvidenceError(Exception):
    """The evidence is not what the case was made of. One sentence and a next step."""


@dataclass(frozen=True, kw_only=True)
class Packed:
    """One line of the listing: a file of the phone that is in the pack."""

    case: str
    source: str
    path: str
    size: int | None
    """Bytes of content; None for a file that is only named."""
    why: str

    def as_dict(self) -> dict[str, Any]:
        return {"case": self.case, "source": self.source, "path": self.path, "size": self.size, "why": self.why}


class Copier:
    """Copies what was chosen of one source into a pack, below a folder of it."""

    def __init__(
        self, into: SealedZip, folder: str, case: str, told: Mapping[str, Any], chosen: Chosen, bounds: Bounds
    ) -> None:
        """`bounds` are those that the case was examined under."""
        self._into, self._folder, self._case, self._told, self._chosen = into, folder, case, told, chosen
        self._bounds = bounds
        self._id = str(told["id"])
        self.listing: list[Packed] = []
        self._members: list[dict[str, Any]] = []
        self._names: set[str] = set()
        self._found: set[str] = set()
        self._artifacts = {
            n for source, path in chosen.content if source == self._id for n in artifacts.for_path(path)
        }  # fmt: skip

    def copy(self, path: Path, password: Password) -> dict[str, Any]:
        """What `pack.json` says of the source at `path`. Raises SourceError or OtherEvidenceError."""
        if self._id not in self._chosen.sources():
            return self._about(None)
        source = open_source(path, password=password, label=self._id, bounds=self._bounds)
        try:
            self._same_kind(source)
            for member in source.members(lambda p: self._why(str(p)) is not None):
                self._take(member)
            self._all_found(path)
            return self._about(source)
        finally:
            source.close()

    def _same_kind(self, source: Source) -> None:
        if source.kind != self._told["kind"]:
            raise OtherEvidenceError(
                f"{self._case}: {self._id} was an acquisition of the kind {self._told['kind']}, and the evidence given"
                f" is {source.kind}; name with --evidence the one that was examined"
            )

    def _why(self, path: str) -> str | None:
        """Why the content of a path is packed; None if it is not."""
        if (why := self._chosen.content.get((self._id, path))) is not None:
            return why
        base = next((path[: -len(s)] for s in SIBLINGS if path.endswith(s)), None)
        if base is not None and (self._id, base) in self._chosen.content:
            return SIBLING
        return COMPANION if self._artifacts.intersection(artifacts.beside_path(path)) else None

    def _take(self, member: Member) -> None:
        path = str(member.path)
        if (why := self._why(path)) is not None:
            self._pack(member, path, why)
        elif (named := self._chosen.listed.get((self._id, path))) is not None:
            self._members.append(member_as_json(member, None, None))
            self._note(path, None, named)
            self._found.add(path)

    def _pack(self, member: Member, path: str, why: str) -> None:
        extent = self._opened(member)
        if extent is None:
            self._members.append(member_as_json(member, None, None))
            self._note(path, None, f"{why}; it could not be read")
            return
        try:
            sha256 = extent.hashed()
            known = self._chosen.digests.get((self._id, path))
            if known is not None and sha256 not in known:
                return
            name = self._name(path)
            self._into.add(name, _pieces(extent))
            self._members.append(member_as_json(member, name, sha256))
            self._note(path, extent.size, why)
            self._found.add(path)
        finally:
            extent.close()

    def _opened(self, member: Member) -> Extent | None:
        with suppress(FormatError, OSError):
            return member.content() if member.content is not None else None
        return None

    def _name(self, path: str) -> str:
        """A name in the pack that no other file has."""
        plain = f"{self._folder}/files/{name_of(path, absolute=True).path}"
        name, n = plain, 1
        while name in self._names:
            n += 1
            name = f"{plain}~{n}"
        self._names.add(name)
        return name

    def _note(self, path: str, size: int | None, why: str) -> None:
        self.listing.append(Packed(case=self._case, source=self._id, path=path, size=size, why=why))

    def _all_found(self, path: Path) -> None:
        checked = self._chosen.digests.keys() | self._chosen.listed.keys()
        asked = (*self._chosen.content, *self._chosen.listed)
        lost = sorted(p for s, p in asked if s == self._id and p not in self._found and (s, p) in checked)
        if lost:
            raise OtherEvidenceError(
                f"{self._case}: {path} is not what the case examined as {self._id}: {lost[0]:.200} is missing or has"
                " another SHA-256. Name the evidence as it was, in the order of the case's sources"
            )

    def _about(self, source: Source | None) -> dict[str, Any]:
        identifying = {q.key for q in questions() if q.identifying}
        facts = {} if source is None else {k: v for k, v in source.facts.items() if k not in identifying}
        return {
            "id": self._id, "kind": self._told["kind"], "encrypted": bool(self._told["encrypted"]),
            "platform": self._told.get("platform") or _platform(str(self._told["kind"]), source),
            "digest": self._told["digest"], "facts": facts, "problems": [], "members": self._members,
        }  # fmt: skip


def _platform(kind: str, source: Source | None) -> str:
    if source is not None:
        return source.platform
    return {"capture": "network", "network-logs": "network"}.get(kind, "any")


def _pieces(extent: Extent) -> Iterator[bytes]:
    with extent.open() as file:
        while data := file.read(_STEP):
            yield data
