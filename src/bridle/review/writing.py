"""A pack that was tried becomes two files: what the reviewer gets, and what is opened afterwards."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyrage

from bridle.case.custody import recorded
from bridle.classes import dataclass
from bridle.evidence.review_pack import COMMITMENT, Pack
from bridle.review.commitment import canonical
from bridle.review.packing import EXPECTED_SUFFIX, Ready, recipients_of
from bridle.review.sealed_zip import SealedZip


@dataclass(frozen=True, kw_only=True)
class Written:
    """Where it is."""

    pack: Path
    expected: Path
    remarks: tuple[str, ...]
    """For the user: what could not be entered in a case's custody log."""


def write(ready: Ready) -> Written:
    """Write the pack and, apart, what is expected; enter both in the custody log of each case. Raises OSError."""
    asked, recipients = ready.asked, recipients_of(ready.asked.recipients)
    apart = asked.out.with_name(asked.out.name + EXPECTED_SUFFIX)
    building = asked.out.with_name(f".{asked.out.name}.building")
    building.unlink(missing_ok=True)
    with closing(Pack.open(ready.trial, ready.secret)) as trial, SealedZip(building, recipients) as pack:
        for name in trial.names(""):
            pack.add(name, trial.pieces(name))
        pack.add(COMMITMENT, [canonical(ready.committed.as_told())])
    _published(building, asked.out)
    building.touch(0o600)
    building.write_bytes(pyrage.encrypt(ready.committed.as_sealed(), recipients))
    _published(building, apart)
    remarks = [r for file in (asked.out, apart) for case in asked.cases for r in _entered(case, file, asked.recipients)]
    return Written(pack=asked.out, expected=apart, remarks=tuple(dict.fromkeys(remarks)))


def _entered(case: Path, file: Path, recipients: Sequence[str]) -> Iterator[str]:
    """Enter that a file was made for somebody; where that cannot be done, why."""
    with file.open("rb") as made:
        sha256 = hashlib.file_digest(made, "sha256").hexdigest()
    for recipient in recipients:
        event = {"event": "review pack", "recipient": recipient, "output_sha256": sha256,
                 "output_size": file.stat().st_size}  # fmt: skip
        if (remark := recorded(case, event)) is not None:
            yield remark


def _published(building: Path, out: Path) -> None:
    """Never over another file."""
    try:
        out.hardlink_to(building)
    finally:
        building.unlink()
