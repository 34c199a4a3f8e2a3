"""The sign-off: what an analyst holds of each finding, and that a second person read it.

`signoff.jsonl` has one entry for each time somebody signs: name, role, the SHA-256 of `findings.jsonl`, dispositions,
and, once nothing is missing, `signed`: the SHA-256 of all dispositions as they then stand. So a signature holds for
these findings and these dispositions alone. `custody.jsonl` names every entry, so that the last one cannot be replaced
in silence; one that it does not name counts for nothing. Names are what people say of themselves: a key signs a case,
with `bridle seal`.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from bridle.case import logs, manifest
from bridle.classes import dataclass
from bridle.core import LEVELS

DISPOSITIONS = ("confirmed", "benign", "inconclusive", "needs-more")
ANALYST, SECOND_READER = "analyst", "second-reader"
EVENT, CARRIED = "sign-off", "sign-off carried over"
FINDINGS = "findings.jsonl"
LONGEST_NAME, LONGEST_REASON = 100, 4000
"""Characters."""
_REQUIRED = LEVELS[LEVELS.index("medium") :]
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Categories of characters that a name may not have: they show as nothing, or turn text around."""


class SignOffError(ValueError):
    """Something cannot be entered. One sentence and a next step."""


@dataclass(frozen=True, kw_only=True)
class Disposition:
    """What is held of one finding."""

    finding: str
    disposition: str
    reason: str
    by: str = ""
    carried_from: str = ""
    """SHA-256 of the findings that it was made for, where these are an earlier case's."""

    def as_dict(self) -> dict[str, str]:
        of = {"finding": self.finding, "disposition": self.disposition, "reason": self.reason}
        return {**of, **({"by": self.by, "carried_from": self.carried_from} if self.carried_from else {})}


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """How far the sign-off of a case has come."""

    findings_sha256: str
    complete: bool
    analyst: str | None
    """Who signed these dispositions; None while nobody has."""
    second_reader: str | None
    missing: tuple[str, ...]
    """Findings of level medium and above without a disposition."""
    dispositions: Mapping[str, tuple[str, str]]
    """Of each finding (disposition, reason)."""
    disputed: tuple[str, ...]
    """Findings of which the second reader holds something else."""
    carried: tuple[str, ...]
    """Findings whose disposition comes from an earlier case."""
    problems: tuple[str, ...]
    """What stands in the way of completeness, as sentences."""
    ignored: tuple[int, ...] = ()
    """Lines that the custody log does not name: of somebody else, or of a run that was stopped."""
    held: Mapping[str, Disposition] = field(default_factory=dict)


def state(path: Path) -> SignOff:
    """The sign-off of the case at `path`. What was signed of other findings does not count.

    Raises OSError, or ValueError for a case that is damaged.
    """
    digest, levels = _findings(path)
    log, custody = logs.read(path, logs.SIGNOFF), logs.read(path, logs.CUSTODY)
    named = _named(custody)
    seen = _Seen(digest)
    for entry in log.entries:
        if entry.sha256 in named:
            seen.take(entry)
    missing = tuple(i for i, level in levels.items() if level in _REQUIRED and i not in seen.held)
    now = _signed(seen.held)
    analyst = seen.signed.get(ANALYST, ("", ""))
    second = seen.signed.get(SECOND_READER, ("", ""))
    disputed = tuple(i for i, d in seen.others.items() if i in seen.held and d != seen.held[i].disposition)
    problems = [*_tampered(path, digest, log, custody), *seen.odd]
    problems += _lacking(missing, disputed, analyst, second, now, seen)
    return SignOff(
        findings_sha256=digest, complete=not problems,
        analyst=analyst[0] if analyst[1] == now else None, second_reader=second[0] if second[1] == now else None,
        missing=missing, dispositions={i: (d.disposition, d.reason) for i, d in seen.held.items()},
        disputed=disputed, carried=tuple(i for i, d in seen.held.items() if d.carried_from), problems=tuple(problems),
        ignored=tuple(e.number for e in log.entries if e.sha256 not in named), held=seen.held,
    )  # fmt: skip


class _Seen:
    """What the entries for these findings say; later ones count."""

    def __init__(self, digest: str) -> None:
        self._digest = digest
        self.held: dict[str, Disposition] = {}
        self.others: dict[str, str] = {}
        """Of each finding the second reader's disposition."""
        self.signed: dict[str, tuple[str, str]] = {}
        """Of each role who signed last, and what."""
        self.odd: list[str] = []

    def take(self, entry: logs.Entry) -> None:
        if entry.text("event") not in (EVENT, CARRIED) or entry.text("findings") != self._digest:
            return
        try:
            given = [_disposition(d) for d in entry.values.get("dispositions", ())]
            by, role = _name(entry.text("by")) if entry.text("event") == EVENT else "", entry.text("role")
        except (SignOffError, KeyError, TypeError) as e:
            self.odd.append(f"{logs.SIGNOFF}: line {entry.number} is no sign-off: {e!s:.80}")
            return
        if entry.text("event") == CARRIED:
            self.held.update({d.finding: d for d in given if d.carried_from and d.by})
        elif role == ANALYST:
            self.held.update({d.finding: _by(d, by) for d in given})
        elif role == SECOND_READER:
            self.others.update({d.finding: d.disposition for d in given})
        if entry.text("signed") and role in (ANALYST, SECOND_READER):
            self.signed[role] = by, entry.text("signed")

    def authors(self) -> set[str]:
        """Whose dispositions these are, and who signed them as the analyst."""
        return {*(d.by for d in self.held.values()), self.signed.get(ANALYST, ("", ""))[0]} - {""}


def _lacking(
    missing: Sequence[str], disputed: Sequence[str], analyst: tuple[str, str], second: tuple[str, str], now: str,
    seen: _Seen,
) -> Iterator[str]:  # fmt: skip
    if missing:
        yield f"{len(missing)} findings of level medium or above have no disposition"
    if analyst[1] != now:
        yield "no analyst has signed" if not analyst[0] else f"{analyst[0]} signed before dispositions were changed"
    if second[1] != now:
        yield ("no second reader has signed" if not second[0] else f"{second[0]} read them before they were changed")
    elif any(same_person(second[0], one) for one in seen.authors()):
        yield f"{second[0]} is both the analyst and the second reader"
    if disputed:
        yield f"the second reader holds something else of {len(disputed)} findings"


def _named(custody: logs.Log) -> set[str]:
    return {e.text("signoff_sha256") for e in custody.entries if e.text("event") in (EVENT, CARRIED)}


def _tampered(path: Path, digest: str, log: logs.Log, custody: logs.Log) -> Iterator[str]:
    """What does not hold of the findings and the chains: a signature then stands for nothing."""
    if manifest.contents(path).get(FINDINGS) != digest:
        yield f"{FINDINGS} is not as the manifest says; run `bridle verify {path}`"
    yield from log.broken
    yield from custody.broken
    if lost := _named(custody) - {e.sha256 for e in log.entries}:
        yield f"{logs.SIGNOFF} lacks {len(lost)} entries that {logs.CUSTODY} names"


def enter(path: Path, by: str, role: str, given: Sequence[Disposition] = ()) -> SignOff:
    """Enter dispositions, and the signature too once nothing else is missing; returns what then is.

    Raises SignOffError for what cannot be entered, OSError, or ValueError for a damaged case.
    """
    name = _name(by)
    if role not in (ANALYST, SECOND_READER):
        raise SignOffError(f"expected {ANALYST} or {SECOND_READER} as a role, got {role!r:.60}")
    before = state(path)
    _require_another(before, name, role)
    known = _findings(path)[1]
    for d in given:
        _require_known(d, known)
    held = dict(before.held) | ({d.finding: _by(d, name) for d in given} if role == ANALYST else {})
    signs = _may_sign(before, role, given, held, known)
    entry = {
        "event": EVENT, "by": name, "role": role, "findings": before.findings_sha256,
        "dispositions": [d.as_dict() for d in given], "signed": _signed(held) if signs else "",
    }  # fmt: skip
    _append(path, entry, {"event": EVENT, "by": name, "role": role, "findings_sha256": before.findings_sha256})
    return state(path)


def _append(path: Path, entry: Mapping[str, Any], event: Mapping[str, Any]) -> None:
    """To the chain of sign-offs, and its digest to the chain of custody."""
    manifest.append(path, logs.SIGNOFF, entry)
    entries = logs.read(path, logs.SIGNOFF).entries
    own = next(e for e in reversed(entries) if all(e.values.get(k) == v for k, v in entry.items()))
    manifest.append_custody(path, {**event, "signoff_sha256": own.sha256})


def _require_another(before: SignOff, name: str, role: str) -> None:
    analysts = {d.by for d in before.held.values()} | ({before.analyst} if before.analyst else set())
    others = analysts if role == SECOND_READER else {before.second_reader} - {None}
    if any(same_person(name, str(o)) for o in others):
        has = "entered dispositions of this case" if role == SECOND_READER else "is its second reader"
        raise SignOffError(f"{name} {has}; analyst and second reader must be two people")


def _require_known(given: Disposition, known: Mapping[str, str]) -> None:
    _disposition(given.as_dict())
    if given.finding not in known:
        raise SignOffError(f"the case has no finding {given.finding!r:.70}; --template lists those it has")


def _may_sign(
    before: SignOff, role: str, given: Sequence[Disposition], held: Mapping[str, Disposition], known: Mapping[str, str]
) -> bool:
    if role == ANALYST:
        return all(i in held for i, level in known.items() if level in _REQUIRED)
    differ = {d.finding for d in given if d.finding in held and held[d.finding].disposition != d.disposition}
    agreed = {d.finding for d in given} - differ
    return before.analyst is not None and not differ and not set(before.disputed) - agreed


def carry_over(old: Path, new: Path) -> int:
    """Enter in the case `new`, which comes from `old`, the dispositions of findings that are the same to the letter.

    Returns how many. Nothing is carried from a sign-off that was tampered with. Raises OSError or ValueError.
    """
    before, log = state(old), logs.read(old, logs.SIGNOFF)
    if not before.held or any(_tampered(old, before.findings_sha256, log, logs.read(old, logs.CUSTODY))):
        return 0
    digest, _ = _findings(new)
    same = _contents(old).items() & _contents(new).items()
    kept = [before.held[i] for i, _ in sorted(same) if i in before.held]
    if not kept:
        return 0
    carried = [
        Disposition(finding=d.finding, disposition=d.disposition, reason=d.reason, by=d.by,
                    carried_from=before.findings_sha256)
        for d in kept
    ]  # fmt: skip
    entry = {"event": CARRIED, "findings": digest, "dispositions": [d.as_dict() for d in carried], "signed": ""}
    _append(new, entry, {"event": CARRIED, "dispositions": len(carried), "findings_sha256": digest})
    return len(carried)


def same_person(one: str, other: str) -> bool:
    """Whether two names differ at most in case, spaces, points and the form of their characters."""
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _name(text: str) -> str:
    name = " ".join(text.split())
    hidden = any(unicodedata.category(c) in _HIDDEN for c in name)
    if hidden or not _letters(name) or len(name) > LONGEST_NAME:
        raise SignOffError(f"expected a name of at most {LONGEST_NAME} visible characters, got {text!r:.60}")
    return name


def _disposition(values: Any) -> Disposition:
    """Raises SignOffError, KeyError or TypeError."""
    finding, disposition, reason = values["finding"], values["disposition"], values["reason"]
    if disposition not in DISPOSITIONS:
        raise SignOffError(f"expected one of {', '.join(DISPOSITIONS)} as a disposition, got {disposition!r:.60}")
    if not isinstance(reason, str) or not reason.strip() or len(reason) > LONGEST_REASON:
        raise SignOffError(f"expected a reason of 1 to {LONGEST_REASON:,} characters, got {reason!r:.60}")
    if not isinstance(finding, str):
        raise SignOffError(f"expected the id of a finding, got {finding!r:.60}")
    by, carried = values.get("by", ""), values.get("carried_from", "")
    if not isinstance(by, str) or not isinstance(carried, str):
        raise SignOffError(f"expected whose disposition it is, got {by!r:.60}")
    return Disposition(finding=finding, disposition=disposition, reason=reason, by=by, carried_from=carried)


def _by(given: Disposition, name: str) -> Disposition:
    return Disposition(finding=given.finding, disposition=given.disposition, reason=given.reason, by=name)


def _signed(held: Mapping[str, Disposition]) -> str:
    """SHA-256 of dispositions and reasons by finding: what a signature stands for."""
    rows = [[i, held[i].disposition, held[i].reason] for i in sorted(held)]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()


def _findings(path: Path) -> tuple[str, dict[str, str]]:
    """SHA-256 of the findings, and the level of each by its id. Raises OSError or ValueError."""
    found, levels = hashlib.sha256(), {}
    for line in _lines(path):
        found.update(line)
        row = _row(line)
        levels[str(row["id"])] = str(row["level"])
    return found.hexdigest(), levels


def _contents(path: Path) -> dict[str, str]:
    """Of each finding by its id, all that is said of it."""
    return {str(row["id"]): json.dumps(row, sort_keys=True) for row in map(_row, _lines(path))}


def _row(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
        return {**row, "id": row["id"], "level": row["level"]}
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise ValueError(f"{FINDINGS}: expected a finding in each line, got {line!r:.60}") from e


def _lines(path: Path) -> Iterable[bytes]:
    with (path / FINDINGS).open("rb") as file:
        yield from file
