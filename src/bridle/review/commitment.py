"""A commitment to what a reviewer is expected to find: made before, opened afterwards, and true to its first word.

The commitment is the SHA-256 of a random nonce of 32 bytes followed by the findings as canonical JSON. Nobody can tell
the findings from it, and nobody can change them later without its being seen.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from bridle.classes import dataclass

SCHEME = "SHA-256 of a nonce of 32 bytes followed by the cases as JSON, keys sorted, no spaces, ASCII"
CORE = (
    "id", "rule", "title", "level", "stage", "first_seen", "last_seen", "count", "indicator", "evidence",
    "evidence_query",
)  # fmt: skip
"""What of a finding follows from the rows it cites alone. The other fields may need files that a pack leaves out."""
NOT_COMMITTED = "not_committed"
"""Of an expected finding: the fields that the files of the pack alone do not give."""

Finding = Mapping[str, Any]
Expected = Sequence[Sequence[Finding]]
"""The findings of each case."""


@dataclass(frozen=True)
class Committed:
    """What a pack tells (`as_told`), and what is sealed apart until afterwards (`as_sealed`)."""

    nonce: str
    """In hexadecimal."""
    cases: Expected

    def as_told(self) -> dict[str, str]:
        return {"scheme": SCHEME, "sha256": digest(self.nonce, self.cases)}

    def as_sealed(self) -> bytes:
        return canonical({"nonce": self.nonce, "cases": self.cases})


def commit(cases: Expected) -> Committed:
    """A commitment under a fresh nonce."""
    return Committed(secrets.token_hex(32), cases)


def sealed(data: bytes) -> Committed:
    """What `as_sealed` gave. Raises ValueError."""
    try:
        found = json.loads(data)
        cases = [[dict(f) for f in findings] for findings in found["cases"]]
        nonce = str(found["nonce"])
        bytes.fromhex(nonce)
    except (KeyError, TypeError, ValueError, RecursionError) as e:
        raise ValueError("expected the sealed findings of a review: a nonce and cases") from e
    return Committed(nonce, cases)


def holds(told: Mapping[str, Any], opened: Committed) -> bool:
    """Whether what was opened is what was committed to."""
    return hmac.compare_digest(str(told.get("sha256", "")), digest(opened.nonce, opened.cases))


def digest(nonce: str, cases: Expected) -> str:
    """The commitment. Raises ValueError for a nonce that is not hexadecimal."""
    return hashlib.sha256(bytes.fromhex(nonce) + canonical(cases)).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON in the one form that is hashed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


def expected(told: Sequence[Finding], given: Mapping[str, Finding]) -> list[dict[str, Any]]:
    """Each finding with the fields that the pack's files alone gave in the same words; `given` are those by id."""
    out = []
    for f in told:
        again = given[f["id"]]
        same = {k: v for k, v in f.items() if k in again and again[k] == v}
        out.append({**same, NOT_COMMITTED: sorted(f.keys() - same.keys())})
    return out


def core_differences(f: Finding, again: Finding) -> list[str]:
    """The fields of `CORE` in which two findings differ."""
    return [k for k in CORE if f.get(k) != again.get(k)]
