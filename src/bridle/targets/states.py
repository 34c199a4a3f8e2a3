"""How far the investigation of one number has come: selected, verified, examined, and what the examination showed.

A number on the list was selected. That says nothing of an attack: only an examination of its phone may say "attempted"
or "infected", and it says so in the words of the case's verdict. Two words are kept apart throughout: *verified* is a
number whose owner two sources of different kinds name; *confirmed* is one whose phone shows an attempt or an infection.
Sources: L. Richard and S. Rigaud, "Pegasus" (the two-word protocol of the Pegasus Project).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field, fields
from typing import Any

from bridle.classes import dataclass

STATES = ("selected", "verified", "examined", "inconclusive", "attempted", "infected")
"""In the order of what is known. The last three are outcomes of an examination."""
OUTCOMES = ("inconclusive", "attempted", "infected")
CONFIRMED = ("attempted", "infected")
ACTS = ("verify", "examine", "conclude", "withdraw")
BASES = ("caller-identification", "owner", "contact-book", "public-record", "document", "witness")
"""Kinds of source that may name the owner of a number. Two of one kind are one source."""
_OUTCOME_OF = {"traces of execution": "infected", "traces of targeting": "attempted"}
"""What a verdict of a case says; every other verdict is inconclusive: absence of traces shows nothing."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TOKEN = re.compile(r"[0-9a-f]{16,64}")


class StateError(ValueError):
    """A step that does not follow from the steps before it. One sentence and a next step."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One act on one number. It names no person and holds no number.

    token: of the number in its project. act: one of `ACTS`. date: of the act. bases: kinds of source (verify). case:
    SHA-256 of the case's manifest (examine, conclude, withdraw). verdict: the case's own words (conclude).
    consent: whether the case has a consent record; statistics: whether it allows the person to be counted (examine).
    """

    token: str
    act: str
    date: datetime.date
    bases: tuple[str, ...] = ()
    case: str | None = None
    verdict: str | None = None
    consent: bool = False
    statistics: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"date": self.date.isoformat(), "bases": list(self.bases)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Step:
        """The step that `as_json` wrote. Raises StateError."""
        try:
            known = {f.name: values[f.name] for f in fields(cls)}
            date = datetime.date.fromisoformat(str(known["date"]))
            step = cls(**known | {"date": date, "bases": tuple(map(str, known["bases"]))})
        except (KeyError, TypeError, ValueError) as e:
            raise StateError(f"a stored step cannot be read ({e}); restore the project from a copy") from e
        _well_formed(step)
        return step


@dataclass(frozen=True, kw_only=True)
class Examination:
    """One case of a number's phone. outcome is None until its verdict is entered."""

    case: str
    consent: bool
    statistics: bool
    outcome: str | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the steps so far say of one number."""

    token: str
    verified: bool = False
    examinations: tuple[Examination, ...] = field(default=())

    @property
    def state(self) -> str:
        """One of `STATES`; of several examinations the one that shows most."""
        outcomes = [e.outcome for e in self.examinations if e.outcome]
        if outcomes:
            return max(outcomes, key=STATES.index)
        return "examined" if self.examinations else "verified" if self.verified else "selected"

    @property
    def confirmed(self) -> bool:
        """Whether an examination showed an attempt or an infection; never because the number was selected."""
        return self.state in CONFIRMED

    @property
    def sentence(self) -> str:
        return _SENTENCES[self.state]


_SENTENCES = {
    "selected": "The number is on the list. That it was selected does not show that its phone was attacked.",
    "verified": "Two sources of different kinds name the owner. The phone was not examined.",
    "examined": "The phone is being examined. There is no result yet.",
    "inconclusive": "The phone was examined. What was there neither shows an attack nor rules one out.",
    "attempted": "The phone was examined and shows traces of an attempt to attack it.",
    "infected": "The phone was examined and shows traces of spyware that ran.",
}


def outcome(verdict: str) -> str:
    """What a case's verdict means for the number: only traces of execution or targeting confirm anything."""
    return next((o for words, o in _OUTCOME_OF.items() if verdict == words), "inconclusive")


def advanced(standing: Standing, step: Step) -> Standing:
    """The standing after `step`. Raises StateError where it does not follow."""
    _well_formed(step)
    if step.token != standing.token:
        raise StateError("the step is of another number")
    return {"verify": _verify, "examine": _examine, "conclude": _conclude, "withdraw": _withdraw}[step.act](
        standing, step
    )


def standings(steps: Iterable[Step]) -> dict[str, Standing]:
    """By token, for every number with a step; all others are `selected`. Raises StateError."""
    known: dict[str, Standing] = {}
    for step in steps:
        known[step.token] = advanced(known.get(step.token) or Standing(token=step.token), step)
    return known


def _well_formed(step: Step) -> None:
    if not _TOKEN.fullmatch(step.token):
        raise StateError("a step names a number by its token, 16 to 64 hexadecimal digits; `bridle list show` has it")
    if step.act not in ACTS:
        raise StateError(f"expected one of {', '.join(ACTS)}, got {step.act!r:.40}")
    if unknown := set(step.bases) - set(BASES):
        raise StateError(f"expected kinds of source ({', '.join(BASES)}), got {min(unknown)!r:.40}; name no person")
    if step.act != "verify" and not _DIGEST.fullmatch(step.case or ""):
        raise StateError("this step needs the case, as the SHA-256 of its manifest.json")


def _verify(standing: Standing, step: Step) -> Standing:
    if len(set(step.bases)) < 2:
        raise StateError("verified means two sources of different kinds; name each with --basis")
    return Standing(token=standing.token, verified=True, examinations=standing.examinations)


def _examine(standing: Standing, step: Step) -> Standing:
    if not standing.verified:
        raise StateError("the number is not verified; a phone is examined once its owner is known and has consented")
    if not step.consent:
        raise StateError("the case has no consent record; examine again with `bridle check … --consent FILE.toml`")
    if any(e.case == step.case for e in standing.examinations):
        raise StateError("this case is entered already")
    new = Examination(case=str(step.case), consent=True, statistics=step.statistics)
    return _with(standing, (*standing.examinations, new))


def _conclude(standing: Standing, step: Step) -> Standing:
    found = _entered(standing, step)
    if not step.verdict:
        raise StateError("an outcome is told by the verdict of the case, which is missing")
    told = Examination(
        case=found.case, consent=found.consent, statistics=found.statistics, outcome=outcome(step.verdict)
    )
    return _with(standing, tuple(told if e is found else e for e in standing.examinations))


def _withdraw(standing: Standing, step: Step) -> Standing:
    """The person withdrew, or the case no longer holds: as if it had not been."""
    found = _entered(standing, step)
    return _with(standing, tuple(e for e in standing.examinations if e is not found))


def _entered(standing: Standing, step: Step) -> Examination:
    for e in standing.examinations:
        if e.case == step.case:
            return e
    raise StateError("this case is not entered for the number; enter it with `bridle list standing examine`")


def _with(standing: Standing, examinations: tuple[Examination, ...]) -> Standing:
    return Standing(token=standing.token, verified=standing.verified, examinations=examinations)
