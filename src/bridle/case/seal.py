"""The seal of a case: one key signs its manifest, and a statement of where its chains stood.

Beside the manifest lie
- `manifest.json.sig`: the signature of `manifest.json`. Only with it a case is sealed.
- `seal.json`: the SHA-256 of the manifest and of that signature, the key, and of each chain how many lines and bytes it
  had and the SHA-256 of these (`head -c BYTES custody.jsonl | sha256sum`). So a log that is cut or rewritten is found.
- `seal.json.sig`: the signature of the statement, by the same key.
All can be checked without bridle (guide: seal). The bytes are the same for the same key and case.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bridle.case.chain import CHAINS, append_custody, lines
from bridle.case.locking import held
from bridle.case.manifest import NAME as MANIFEST
from bridle.case.manifest import OF_A_SEAL, verify_manifest
from bridle.case.seal_check import seal_differences
from bridle.case.seal_statement import (
    BINARY,
    SIGNATURE,
    STAMP,
    STAMP_CERTIFICATES,
    STATEMENT,
    STATEMENT_SIGNATURE,
    DiffersError,
    SealError,
    Statement,
    is_sealed,
    read_statement,
    stored,
)
from bridle.case.signature import Ask, SignatureError, SigningKey, signing_key
from bridle.descriptors import unfinished, write_whole

__all__ = ["DiffersError", "SealError", "alone", "is_sealed", "read_statement", "seal"]


def seal(case: Path, key_file: Path, ask: Ask | None = None, again: bool = False) -> Statement:
    """Seal the case with the key in a file, in place. What was a seal before is kept in the chain of custody.

    Raises KeyFileError, DiffersError for a case that is not as it was written, SealError for one that is sealed unless
    `again`, OSError, or ValueError for a broken manifest.
    """
    key = signing_key(key_file, ask)
    with alone(case):
        _sealable(case, again)
        append_custody(case, {"event": "seal", "key": key.public.text, **_earlier(case)})
        for name in (SIGNATURE, STATEMENT_SIGNATURE, STATEMENT, STAMP, STAMP_CERTIFICATES):
            (case / name).unlink(missing_ok=True)
        return _written(case, key)


def _sealable(case: Path, again: bool) -> None:
    if is_sealed(case) and not again:
        with suppress(SignatureError, OSError):
            by = f" with {read_statement(case).key.fingerprint}"
            raise SealError(
                f"{case} is sealed already{by}; --again seals it anew and keeps that seal in its custody log"
            )
        raise SealError(f"{case} is sealed already; run `bridle verify {case}`")
    differences = verify_manifest(case) + (seal_differences(case).sentences if is_sealed(case) else [])
    if differences:
        raise DiffersError(
            f"{case} is not as it was written, and is not sealed: {differences[0]}"
            + (f" (and {len(differences) - 1} more)" if differences[1:] else "")
            + f"; run `bridle verify {case}`, and restore it from a copy"
        )


def _written(case: Path, key: SigningKey) -> Statement:
    """The manifest's signature comes last: a seal that a power cut interrupts is none."""
    listed = (case / MANIFEST).read_bytes()
    signature = key.sign(listed)
    chains = {name: standing for name in CHAINS if (standing := _standing(case, name)) is not None}
    statement = Statement(_sha256(listed), _sha256(signature), key.public, chains)
    write_whole(case / STATEMENT, statement.rendered)
    write_whole(case / STATEMENT_SIGNATURE, key.sign(statement.rendered))
    write_whole(case / SIGNATURE, signature)
    return statement


def _standing(case: Path, chain: str) -> dict[str, Any] | None:
    if not (case / chain).exists():
        return None
    digest, count, size = hashlib.sha256(), 0, 0
    for line in lines(case, chain):
        digest.update(line)
        count, size = count + 1, size + len(line)
    return {"lines": count, "bytes": size, "sha256": digest.hexdigest()}


def _earlier(case: Path) -> dict[str, Any]:
    """The seal that is there, file by file, for the entry of the one that replaces it."""
    if not is_sealed(case):
        return {}
    files = {name: stored(case, name) for name in OF_A_SEAL if (case / name).exists()}
    return {"earlier": {n: base64.b64encode(v).decode() if n in BINARY else v.decode() for n, v in files.items()}}


@contextmanager
def alone(case: Path) -> Iterator[None]:
    """Nobody else seals the case meanwhile. Raises SealError if somebody does, OSError for what is no case."""
    with held(case / MANIFEST, os.O_RDONLY) as free:
        if not free:
            raise SealError(f"another process is sealing {case}; wait for it")
        for name in OF_A_SEAL:
            unfinished(case / name).unlink(missing_ok=True)
        yield


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
