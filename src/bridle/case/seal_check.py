"""Whether a case's seal holds; each way in which it may not has its own sentence. Needs the public key in it alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from bridle.case.chain import CHAINS, CUSTODY, entries, lines
from bridle.case.manifest import LIMIT as MOST
from bridle.case.manifest import NAME as MANIFEST
from bridle.case.manifest import OF_A_SEAL, digest
from bridle.case.seal_statement import (
    SIGNATURE,
    STATEMENT,
    STATEMENT_SIGNATURE,
    Statement,
    earlier_files,
    is_sealed,
    stored,
)
from bridle.case.signature import PublicKey, SignatureError, holds

_EARLIER = 64
"""Seals before the present one that are looked at; each reads the chains once."""


class Found(NamedTuple):
    """What the seal says, if it can be read, and what does not hold, a sentence each."""

    statement: Statement | None
    sentences: list[str]


class _Entry(NamedTuple):
    """A seal that the custody log tells of."""

    line: int
    key: str
    keeps: bool
    """Whether the entry has the files of the seal that it replaced."""


def seal_differences(case: Path) -> Found:
    """Of a case without a seal, whether it had one. Raises OSError where the manifest or a chain cannot be read."""
    told = [
        _Entry(n, str(row.get("key")), "earlier" in row)
        for n, row in entries(case, CUSTODY)
        if row.get("event") == "seal"
    ]
    if not is_sealed(case):
        rest = [n for n in OF_A_SEAL if os.path.lexists(case / n)]
        found = [f"{n}: belongs to no seal: {SIGNATURE} is missing" for n in rest]
        return Found(None, found + _lost(told[-1:], "sealed"))
    files, found = _read(case)
    statement, more = _of_files(case, files)
    found += more + list(_of_earlier(case, told))
    if statement is not None:
        found += _told(told, statement)
    return Found(statement, found)


def _read(case: Path) -> tuple[dict[str, bytes], list[str]]:
    files, found = {}, []
    for name in (SIGNATURE, STATEMENT, STATEMENT_SIGNATURE):
        try:
            files[name] = stored(case, name)
        except FileNotFoundError:
            found.append(f"{name}: missing, and without it the seal cannot be checked")
        except OSError as e:
            found.append(f"{name}: cannot be read: {e.strerror}")
        except SignatureError as e:
            found.append(f"{name}: {e}")
    return files, found


def _of_files(case: Path, files: Mapping[str, bytes]) -> tuple[Statement | None, list[str]]:
    """Of one seal's files, as far as they are there."""
    if STATEMENT not in files:
        return None, []
    try:
        statement = Statement.parsed(files[STATEMENT])
    except SignatureError as e:
        return None, [f"{STATEMENT}: {e}"]
    found = []
    if STATEMENT_SIGNATURE in files:
        why = _refused(files[STATEMENT_SIGNATURE], files[STATEMENT], statement.key)
        found += [f"{STATEMENT_SIGNATURE} (of {STATEMENT}): {why}"] * bool(why)
    if SIGNATURE in files:
        found += _of_manifest(case, files[SIGNATURE], statement)
    for chain, standing in statement.chains.items():
        found += [f"{chain}: {what}" for what in _since(case, chain, standing)]
    return statement, found


def _of_manifest(case: Path, signature: bytes, statement: Statement) -> list[str]:
    try:
        listed = stored(case, MANIFEST, MOST)
    except SignatureError as e:
        return [f"{MANIFEST}: {e}"]
    why = _refused(signature, listed, statement.key)
    if hashlib.sha256(signature).hexdigest() != statement.signature_sha256:
        return [
            f"{SIGNATURE}: changed or swapped: it is not the one that {STATEMENT} names"
            + (f"; it {why}" if why else "")
        ]
    if hashlib.sha256(listed).hexdigest() != statement.manifest_sha256:
        first = next((row for _, row in entries(case, CUSTODY)), {})
        if first.get("previous") == digest(case):
            return [f"{STATEMENT}: is the seal of another case: it names another {MANIFEST}"]
        return [f"{MANIFEST}: changed since it was sealed"]
    return [f"{SIGNATURE} (of {MANIFEST}): {why}"] if why else []


def _refused(signature: bytes, message: bytes, key: PublicKey) -> str | None:
    try:
        holds(signature, message, key)
    except SignatureError as e:
        return str(e)
    return None


def _since(case: Path, chain: str, standing: Mapping[str, Any]) -> Iterator[str]:
    """What happened to a chain since it stood so."""
    left, then = standing["bytes"], hashlib.sha256()
    count = 0
    for line in lines(case, chain):
        then.update(line[:left])
        left, count = left - min(left, len(line)), count + 1
        if not left:
            break
    if left:
        yield f"cut: it has {count} lines, and had {standing['lines']} when the case was sealed"
    elif then.hexdigest() != standing["sha256"]:
        yield f"rewritten: its first {standing['lines']} lines are not those of when the case was sealed"


def later_lines(case: Path, statement: Statement) -> dict[str, int]:
    """Of each chain that grew since the seal, how many lines: they rest on the chain alone. Raises OSError."""
    counts = {chain: sum(1 for _ in lines(case, chain)) for chain in CHAINS}
    grown = {chain: count - statement.chains.get(chain, {"lines": 0})["lines"] for chain, count in counts.items()}
    return {chain: count for chain, count in grown.items() if count > 0}


def _told(told: list[_Entry], statement: Statement) -> list[str]:
    """Whether the custody log tells of this seal, and of none after it."""
    until = statement.chains.get(CUSTODY, {"lines": 0})["lines"]
    later = [e for e in told if e.line > until]
    if later:
        return _lost(later[-1:], "sealed again")
    of_this = [e for e in told if e.line <= until]
    if not of_this:
        return [f"{CUSTODY}: has no entry of the seal that is here"]
    if of_this[-1].key != statement.key.text:
        return [f"{CUSTODY}: line {of_this[-1].line} names another key than {STATEMENT}"]
    return []


def _lost(told: list[_Entry], what: str) -> list[str]:
    return [f"{CUSTODY}: line {e.line} says that the case was {what}, and that seal is not here" for e in told]


def _of_earlier(case: Path, told: list[_Entry]) -> Iterator[str]:
    """Seals that later ones replaced hold, too. Those before the last 64 rest on the seals after them."""
    asked = {e.line for e in [e for e in told if e.keeps][-_EARLIER:]}
    for line, row in entries(case, CUSTODY) if asked else ():
        if line not in asked:
            continue
        try:
            found = _of_files(case, earlier_files(row))[1]
        except SignatureError as e:
            found = [str(e)]
        yield from (f"{CUSTODY}: line {line} keeps an earlier seal that does not hold: {f}" for f in found)
