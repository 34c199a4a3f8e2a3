"""What the two tests allow to be said, and what no result of theirs allows."""

from __future__ import annotations

from bridle.classes import dataclass
from bridle.targets.correlate import Correlation
from bridle.targets.nulls import FEWEST_FOR_CROSS

_MINUTES = (
    "selections and traces share minutes of the day: the list is coupled to the work of whoever attacked these phones. "
    "This stands also if the list came from look-ups of numbers, for these would then come before the attacks"
)
_CAMPAIGNS = (
    "phones show traces in the days around their own selections rather than those of others: the same campaigns or "
    "days, not the same minutes. Attacks that fall on these days for another reason would look alike"
)
_NOTHING = "no statement: it is shown neither that the list and the traces are linked, nor that they are not"
LADDER = (
    ("minutes", "jitter rejects", _MINUTES),
    ("campaigns", "cross rejects, jitter does not", _CAMPAIGNS),
    ("none", "neither rejects", _NOTHING),
)
"""Rungs, highest first: name, condition, and what may be said."""
CONTROL_FAILED = (
    "no statement: a control rejects too, so the tests see something else than selections before attacks. Find out what"
    " it is (selected again after an attack? times of records that are not times of events?)"
)
LIMITS = (
    "selected is not attacked: a selection is an entry on a list, and shows no attempt",
    "it never shows that a given person's phone was attacked: that is for the traces on this phone alone",
    "no traces found is not no attack: logs end, and Android keeps little of what is needed",
    "it names no client and no government",
    "phones were volunteered, not sampled: the share with traces is of these phones, not of the list",
    "the error rates are those of simulated worlds, and rest on how these were made",
)


@dataclass(frozen=True, kw_only=True)
class Rung:
    """Where a result stands."""

    name: str
    condition: str
    statement: str
    notes: tuple[str, ...]


def rung(found: Correlation) -> Rung:
    """The highest rung whose condition holds; none where a control fails."""
    alpha = found.plan.alpha
    jitter, cross = found.test("jitter").p <= alpha, found.test("cross").p <= alpha
    enough = len(found.devices) >= FEWEST_FOR_CROSS
    notes = tuple(_notes(found, enough))
    if (jitter or (cross and enough)) and not found.controls_hold:
        return Rung(name="none", condition="a control rejects", statement=CONTROL_FAILED, notes=notes)
    name, condition, statement = LADDER[0] if jitter else LADDER[1] if cross and enough else LADDER[2]
    return Rung(name=name, condition=f"{condition} at {alpha}", statement=statement, notes=notes)


def _notes(found: Correlation, enough: bool) -> list[str]:
    out = []
    if not enough:
        out.append(
            f"{len(found.devices)} devices: the exchange between devices needs {FEWEST_FOR_CROSS}, and is not counted"
        )
    out += [
        f"{w.null} rests on {w.label}: without it p is {w.p:.3g}"
        for w in found.without
        if w.label is not None and found.test(w.null).p <= found.plan.alpha < w.p
    ]
    if found.devices and not any(d.stratum for d in found.devices):
        out.append(
            "the list names neither client nor country: if several clients are in it, tests reject too often, because"
            " each selects and attacks in its own weeks and hours"
        )
    if found.benign is None:
        out.append("no ordinary events of the phones were at hand as a control")
    return out
