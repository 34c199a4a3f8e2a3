"""What may be handed over when something fails: versions, counts and kinds of errors, and no value of the evidence.

Whatever is told here is a name of bridle's own or a number: a text of a case is looked up among the names that bridle
knows, and told as `other` where it is none. That holds for a case that an attacker wrote, too.
"""

from __future__ import annotations

import builtins
import os
import platform
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bridle import __version__, artifacts
from bridle.case.ledger import STATUSES
from bridle.case.reader import Case

SCHEMA = 1
OTHER = "other"
_PACKAGE = Path(__file__).parents[1]
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){0,3}(?:(?:a|b|rc|\.dev|\.post)\d{1,4})?")
_FAILED = re.compile(r"the parser failed: (\w{1,60}) in ((?:\w{1,60})\.py):(\d{1,6})")
_SIGNALLED = re.compile(r"the parser process was stopped by signal (\d{1,2})")
_SENTENCES = {
    "the parser needed more memory": "memory", "stopped after": "time", "the parser process ended": "ended",
    "the parser process misbehaved": "misbehaved", "the parser process could not be started": "not started",
}  # fmt: skip
"""How a parser's process ended, in the words of the sandbox."""
_KINDS = frozenset(n for n, of in vars(builtins).items() if isinstance(of, type) and issubclass(of, BaseException)) | {
    "ArrowInvalid", "ArrowCapacityError", "ArrowNotImplementedError", "ArrowTypeError", "ArrowKeyError", "CorruptError",
    "FormatError", "SQLError", "NotADBError", "IOError", "error", "DecodeError", "InvalidTag", "UnsupportedAlgorithm",
}  # fmt: skip


def bundle(
    cases: Sequence[Case],
    faults: Sequence[dict[str, Any]],
    checks: Sequence[tuple[str, str]],
    packages: dict[str, str | None],
) -> dict[str, Any]:
    """What is handed over. `checks` are names and results of `bridle doctor`, `packages` names and versions.

    Raises OSError or ValueError where a case cannot be read.
    """  # fmt: skip
    return {
        "schema": SCHEMA,
        "bridle": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": dict(sorted(packages.items())),
        "checks": [{"check": name, "status": status} for name, status in checks],
        "faults": _counted(faults),
        "cases": [_case(case) for case in cases],
    }


def _counted(faults: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter((f["bridle"], tuple(f["kinds"]), tuple(f["places"])) for f in faults)
    return [{"bridle": v, "kinds": [*k], "places": [*p], "count": n} for (v, k, p), n in sorted(counts.items())]


def _case(case: Case) -> dict[str, Any]:
    """The ledger of a case, counted, without a path and without a name that the phone gave."""
    statuses: Counter[str] = Counter()
    errors: Counter[tuple[str, str, str]] = Counter()
    of: dict[str, Counter[str]] = {}
    for artifact, status, reason, rows, gaps in _ledger(case):
        statuses[status] += 1
        if artifact is None:
            continue
        counts = of.setdefault(artifact, Counter())
        counts.update({status: 1, "rows": rows, "gaps": gaps})
        if status in ("killed", "damaged"):
            errors[artifact, status, kind_of(reason)] += 1
    return {
        "bridle": _version(case),
        "encrypted": case.key is not None,
        "files": dict(sorted(statuses.items())),
        "artifacts": {name: {k: n for k, n in sorted(c.items()) if n} for name, c in sorted(of.items())},
        "errors": [{"artifact": a, "status": s, "kind": k, "count": n} for (a, s, k), n in sorted(errors.items())],
    }


def _ledger(case: Case) -> Iterator[tuple[str | None, str, str, int, int]]:
    known = artifacts.paths()
    columns = ("artifact", "status", "reason", "rows", "gaps")
    for batch in case.batches("ledger", columns):
        read = (batch.column(c).to_pylist() for c in columns)
        for artifact, status, reason, rows, gaps in zip(*read, strict=True):
            name = artifact if artifact is None or artifact in known else OTHER
            yield name, status if status in STATUSES else OTHER, reason or "", int(rows or 0), int(gaps or 0)


def kind_of(reason: str) -> str:
    """Why a file was not read, as one of the kinds that bridle knows; `other` for the rest, which may quote it."""
    if (failed := _FAILED.fullmatch(reason)) is not None:
        kind = failed[1] if failed[1] in _KINDS else OTHER
        place = f"{failed[2]}:{failed[3]}" if failed[2] in _files() else OTHER
        return f"{kind} in {place}"
    if (stopped := _SIGNALLED.fullmatch(reason)) is not None:
        return f"signal {stopped[1]}"
    return next((kind for sentence, kind in _SENTENCES.items() if reason.startswith(sentence)), OTHER)


def _files() -> frozenset[str]:
    return frozenset(p.name for p in _PACKAGE.rglob("*.py"))


def _version(case: Case) -> str:
    about = case.meta.get("case")
    found = about.get("bridle") if isinstance(about, dict) else None
    return found if isinstance(found, str) and _VERSION.fullmatch(found) else OTHER
