"""What `seal.json` says, and the files that a seal is made of. Who seals is `bridle.case.seal`."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bridle.case.chain import CHAINS
from bridle.case.manifest import OF_A_SEAL
from bridle.case.signature import LIMIT, PublicKey, SignatureError, public_key
from bridle.classes import dataclass
from bridle.descriptors import open_file

SIGNATURE, STATEMENT, STATEMENT_SIGNATURE, STAMP, STAMP_CERTIFICATES = OF_A_SEAL
SCHEMA = 1
BINARY = frozenset({STAMP, STAMP_CERTIFICATES})
"""Kept in base64 where a later seal replaces them; the others are text."""


class SealError(Exception):
    """The case is not sealed. One sentence and a next step."""


class DiffersError(SealError):
    """The case is not as it was written, so nobody should put their name to it."""


@dataclass(frozen=True)
class Statement:
    """What `seal.json` says."""

    manifest_sha256: str
    signature_sha256: str
    key: PublicKey
    chains: Mapping[str, Mapping[str, Any]]
    """Of each chain that was there: `bytes`, `lines`, `sha256`."""

    @property
    def rendered(self) -> bytes:
        """The file's bytes."""
        value = {
            "schema": SCHEMA,
            "manifest_sha256": self.manifest_sha256,
            "signature_sha256": self.signature_sha256,
            "key": self.key.text,
            "chains": {name: dict(self.chains[name]) for name in CHAINS if name in self.chains},
        }
        return (json.dumps(value, indent=1) + "\n").encode()

    @classmethod
    def parsed(cls, stored: bytes) -> Statement:
        """From the file's bytes. Raises SignatureError."""
        try:
            value = json.loads(stored)
            chains = {str(n): _checked_chain(c) for n, c in value["chains"].items()}
            manifest, signature = str(value["manifest_sha256"]), str(value["signature_sha256"])
            found = cls(manifest, signature, public_key(str(value["key"])), chains)
        except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as e:
            raise SignatureError("is not the statement of a seal: it was changed") from e
        if found.rendered != stored:
            raise SignatureError(
                "is not as bridle writes the statement of a seal: it was changed, or needs a newer bridle"
            )
        return found


def _checked_chain(value: Any) -> dict[str, Any]:
    found = {"lines": int(value["lines"]), "bytes": int(value["bytes"]), "sha256": str(value["sha256"])}
    if set(value) != set(found):
        raise ValueError("expected lines, bytes and sha256")
    return found


def is_sealed(case: Path) -> bool:
    """Whether somebody put a signature beside the manifest; `bridle.case.verify` tells whether it holds."""
    return os.path.lexists(case / SIGNATURE)


def read_statement(case: Path) -> Statement:
    """What the case's seal says. Raises SealError where there is none, SignatureError where it is none."""
    if not is_sealed(case):
        raise SealError(f"{case} is not sealed; `bridle seal {case} --key KEY` seals it")
    return Statement.parsed(stored(case, STATEMENT))


def earlier_files(entry: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of the seal that a custody entry keeps. Raises SignatureError where they are none."""
    try:
        kept = entry["earlier"].items()
        found = {str(n): base64.b64decode(v, validate=True) if n in BINARY else str(v).encode() for n, v in kept}
    except (AttributeError, KeyError, TypeError, ValueError) as e:
        raise SignatureError("its files cannot be read") from e
    if lacking := {SIGNATURE, STATEMENT, STATEMENT_SIGNATURE} - found.keys():
        raise SignatureError(f"it has no {min(lacking)}")
    return found


def inside(case: Path, path: Path) -> bool:
    """Whether what would be written there would be a file of the case."""
    return path.resolve().is_relative_to(case.resolve())


def stored(case: Path, name: str, limit: int = LIMIT) -> bytes:
    """A file of a seal. Raises OSError, or SignatureError where it is too large."""
    descriptor = open_file(case / name)
    with os.fdopen(descriptor, "rb") as file:
        found = file.read(limit + 1)
    if len(found) > limit:
        raise SignatureError(f"has more than {limit} bytes")
    return found
