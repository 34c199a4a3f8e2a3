"""`review open`: what a reviewer found, held against what was committed to before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyrage

from bridle.case import manifest
from bridle.case.keys import Identity
from bridle.case.reader import Case
from bridle.classes import dataclass
from bridle.evidence.review_pack import COMMITMENT, KIND, Pack
from bridle.evidence.source import SourceError
from bridle.review.choosing import reviewed
from bridle.review.commitment import NOT_COMMITTED, Committed, Finding, holds, sealed
from bridle.review.running import same_cases

REPRODUCED, DIFFERS, MISSING, NEW = "reproduced", "differs", "not found", "not expected"
LARGEST = 1 << 30
"""Bytes of the sealed findings."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One finding, expected or found."""

    case: Path
    finding: Finding
    outcome: str
    fields: tuple[str, ...] = ()
    """Those that are committed to and differ."""
    not_committed: tuple[str, ...] = ()
    """Those that the pack's files alone do not give, and that nobody promised."""

    def as_dict(self) -> dict[str, Any]:
        f = self.finding
        return {
            "case": str(self.case), "id": f["id"], "rule": f["rule"], "level": f["level"], "title": f["title"],
            "outcome": self.outcome, "fields": list(self.fields), "not_committed": list(self.not_committed),
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A review at its end."""

    problems: tuple[str, ...]
    """Why the comparison does not count: a broken commitment, another pack, a changed case."""
    compared: tuple[Compared, ...]

    @property
    def same(self) -> bool:
        """Whether the reviewer found what was expected, and no more."""
        return not self.problems and all(c.outcome == REPRODUCED for c in self.compared)

    def as_dict(self) -> dict[str, Any]:
        return {
            "same": self.same, "problems": list(self.problems), "findings": [c.as_dict() for c in self.compared],
        }  # fmt: skip


def open_review(pack: Path, expected: Path, cases: Sequence[Path], identity: Identity) -> Opened:
    """Compare. Raises UsageError (exit 2), SourceError, OSError or ValueError (exit 3)."""
    with closing(Pack.open(pack, identity.secret)) as opened:
        digest, told = opened.digest, opened.json(COMMITMENT)
        count = len(opened.about["cases"])
    committed = _unsealed(expected, identity)
    paths = same_cases(cases, count)
    problems = [] if holds(told, committed) else [_BROKEN]
    if len(committed.cases) != count:
        return Opened(problems=(*problems, f"{len(committed.cases)} cases are expected, the pack is of {count}"),
                      compared=())  # fmt: skip
    for path in paths:
        problems += _problems(path, digest)
    compared = [c for path, wanted in zip(paths, committed.cases, strict=True) for c in _compared(path, wanted)]
    return Opened(problems=tuple(problems), compared=tuple(compared))


_BROKEN = (
    "the expected findings are not those that the pack commits to: they were changed after it was made, or belong to"
    " another pack"
)


def _unsealed(path: Path, identity: Identity) -> Committed:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path}: expected at most {LARGEST:,} bytes")
    try:
        return sealed(bytes(pyrage.decrypt(path.read_bytes(), list(identity.keys()))))
    except (pyrage.DecryptError, pyrage.IdentityError) as e:
        raise SourceError(
            f"{path.name} does not open with your identity ({e}); name that of a recipient with BRIDLE_IDENTITY=FILE"
        ) from e


def _problems(case: Path, digest: str) -> Iterator[str]:
    yield from (f"{case}: {d}" for d in manifest.verify_manifest(case))
    sources = Case(case, None).meta.get("sources", ())
    if not sources or any(s.get("kind") != KIND or s.get("digest") != digest for s in sources):
        yield f"{case} was not made from this pack; `bridle review run PACK -o CASE` makes one"


def _compared(path: Path, wanted: Sequence[Finding]) -> Iterator[Compared]:
    found = {f["id"]: f for f in reviewed(Case(path, None))[0]}
    for f in wanted:
        again, rest = found.pop(f["id"], None), tuple(f.get(NOT_COMMITTED, ()))
        fields = _fields(f, again) if again is not None else ()
        outcome = MISSING if again is None else DIFFERS if fields else REPRODUCED
        yield Compared(case=path, finding=f, outcome=outcome, fields=fields, not_committed=rest)
    for f in found.values():
        yield Compared(case=path, finding=f, outcome=NEW)


def _fields(wanted: Finding, again: Mapping[str, Any]) -> tuple[str, ...]:
    """Committed fields that differ, and fields that the finding has and nobody committed to."""
    asked = wanted.keys() - {NOT_COMMITTED}
    more = again.keys() - asked - set(wanted.get(NOT_COMMITTED, ()))
    return tuple(sorted({k for k in asked if wanted[k] != again.get(k)} | more))
