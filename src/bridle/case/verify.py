"""Whether a case, or a bag of one, is as it was written and sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridle.case.bag_check import bag_differences, case_in, is_bag
from bridle.case.manifest import verify_manifest
from bridle.case.seal_check import later_lines, seal_differences
from bridle.case.seal_statement import SIGNATURE, STAMP, STATEMENT, Statement, is_sealed
from bridle.case.signers import Signer
from bridle.case.timestamp import Stamp, stamp_differences
from bridle.classes import dataclass


@dataclass(frozen=True)
class Verification:
    """What was checked and what differs."""

    case: Path
    differences: tuple[str, ...]
    """A sentence each, which begins with the name of the file."""
    bag: bool
    sealed: bool
    statement: Statement | None
    """What the seal says, whether or not it holds."""
    signer: Signer | None
    """Who of those that were expected sealed it."""
    later: Mapping[str, int]
    """Lines of the logs that came after the seal."""
    time: datetime | None
    """Of a time stamp that holds."""
    certificates_given: bool
    """Whether the time stamp was checked against certificates that the caller trusts, not those in the case."""
    _seal_holds: bool
    _stamp: Stamp

    @property
    def unchecked(self) -> str | None:
        """What could not be checked for want of a library, a sentence; the case is then not said to be intact."""
        return self._stamp.unchecked

    @property
    def seal_holds(self) -> bool:
        """Whether every signature and chain is as the seal says; by whom is another question."""
        return self.sealed and self._seal_holds

    def as_dict(self) -> dict[str, Any]:
        """For JSON: what `bridle verify --json` prints."""
        return {
            "intact": not self.differences and self.unchecked is None,
            "differences": [*self.differences],
            "bag": self.bag,
            "sealed": self.sealed,
            "signature": ("holds" if self.seal_holds else "differs") if self.sealed else None,
            "sealed_by": self._sealed_by(),
            "timestamp": self._timestamp(),
            "after_the_seal": dict(self.later),
        }

    def _sealed_by(self) -> dict[str, Any] | None:
        if self.statement is None:
            return None
        key = self.statement.key
        named = {"name": self.signer.name if self.signer else None, "expected": self.signer is not None}
        return {"form": key.form, "fingerprint": key.fingerprint, "key": key.text, **named}

    def _timestamp(self) -> dict[str, Any] | None:
        if self._stamp == Stamp(None, []):
            return None
        time = None if self.time is None else self.time.isoformat(timespec="seconds").replace("+00:00", "Z")
        return {
            "holds": None if self.unchecked else not self._stamp.sentences,
            "time": time,
            "certificates": "given" if self.certificates_given else "in the case",
        }


def verify(path: Path, expected: Sequence[Signer] | None = None, certificates: bytes | None = None) -> Verification:
    """Check a case or a bag: manifest, seal, chains, time stamp, and who sealed it where signers are expected.

    `certificates` are those of the time stamp's service, in PEM, where the caller has his own copy. No key is needed.
    Raises OSError, ValueError for a broken manifest of a case that is not sealed, or for a folder that is no bag
    (BagError).
    """
    bag = is_bag(path)
    case = case_in(path) if bag else path
    sealed = is_sealed(case)
    seal = seal_differences(case)
    stamp = stamp_differences(case, seal.statement, certificates)
    later = {} if seal.statement is None else later_lines(case, seal.statement)
    signer, unexpected = _signer(seal.statement, expected, stamp.time)
    found = [*_of_manifest(case, sealed), *seal.sentences, *stamp.sentences, *unexpected]
    if expected is not None and not sealed:
        found.append(f"{SIGNATURE}: missing: the case is not sealed, and a seal was expected")
    if certificates is not None and stamp == Stamp(None, []):
        found.append(f"{STAMP}: missing: the seal has no time stamp, and one was expected")
    if bag:
        found = [*bag_differences(path), *(f"{case.relative_to(path).as_posix()}/{f}" for f in found)]
    return Verification(
        case, tuple(dict.fromkeys(sorted(found))), bag, sealed, seal.statement, signer, later, stamp.time,
        certificates is not None, not seal.sentences, stamp,
    )  # fmt: skip


def verified(path: Path, expected: Sequence[Signer] | None = None, certificates: bytes | None = None) -> list[str]:
    """How a case or a bag differs, one sentence each; empty when it does not. Raises as `verify` does."""
    return [*verify(path, expected, certificates).differences]


def _of_manifest(case: Path, sealed: bool) -> list[str]:
    try:
        return verify_manifest(case)
    except ValueError as e:
        if not sealed:
            raise
        return [str(e)]


def _signer(
    statement: Statement | None, expected: Sequence[Signer] | None, stamped: datetime | None
) -> tuple[Signer | None, list[str]]:
    """Who of those that are expected sealed the case; a key's validity is asked for the stamp's time, else for now."""
    if statement is None or expected is None:
        return None, []
    known = [s for s in expected if s.key == statement.key]
    refused = [(s, s.refuses(stamped or datetime.now(UTC))) for s in known]
    good = next((s for s, why in refused if why is None), None)
    if good is not None:
        return good, []
    by = f"{STATEMENT}: sealed with {statement.key.fingerprint}"
    if refused:
        return None, [f"{by} of {refused[0][0].name}, {refused[0][1]}"]
    return None, [f"{by}, which is not {'the key' if len(expected) == 1 else 'one of the keys'} that was expected"]
