"""What patterns ask of a case: comparisons with fields, of one row together, and rows together in time."""

from __future__ import annotations

from bridle.classes import dataclass
from bridle.indicators.model import KINDS
from bridle.indicators.pattern import Constant, StartStop, Within


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison, and where it is looked for."""

    path: str
    kind: str
    """Of value: how it is compared and told."""
    operator: str
    """`=`, `MATCHES`, `ISSUPERSET`, `EXISTS` or one of `<`, `<=`, `>`, `>=`."""
    values: tuple[Constant, ...]
    """As they are compared; of MATCHES one expression that RE2 takes."""
    shown: tuple[str, ...]
    """As they were published."""
    negated: bool
    columns: frozenset[str]
    beside: frozenset[str]
    identifies: bool


@dataclass(frozen=True, slots=True)
class Both:
    """All of these of one row."""

    parts: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any of these of one row."""

    parts: tuple[Test, ...]


Test = Term | Both | Either


@dataclass(frozen=True, slots=True)
class Row:
    """A row of which this holds: what STIX calls an observation."""

    test: Test


@dataclass(frozen=True, slots=True)
class All:
    """Rows for each of these."""

    parts: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 - `Any` is another thing
    """Rows for one of these."""

    parts: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Sequence_:  # noqa: N801 - `Sequence` is another thing
    """Rows for each of these, one after the other."""

    parts: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Timed:
    """Rows inside so many seconds, or between two times."""

    inner: Step
    by: Within | StartStop


@dataclass(frozen=True, slots=True)
class Times:
    """So many different rows."""

    inner: Step
    times: int


Step = Row | All | Any_ | Sequence_ | Timed | Times


def singles(step: Step) -> list[tuple[str, str, str]] | None:
    """Kind, value and spelling of the values any one of which is all that is asked for; None if more is asked."""
    if isinstance(step, Any_):
        found = [singles(p) for p in step.parts]
    elif isinstance(step, Row):
        tests = step.test.parts if isinstance(step.test, Either) else (step.test,)
        found = [_values(t) for t in tests]
    else:
        return None
    return None if None in found else [v for values in found for v in values or ()]


def _values(test: Test) -> list[tuple[str, str, str]] | None:
    if isinstance(test, Either):
        found = [_values(p) for p in test.parts]
        return None if None in found else [v for values in found for v in values or ()]
    if not isinstance(test, Term) or test.operator != "=" or test.negated or test.columns or test.kind not in KINDS:
        return None
    return [(test.kind, str(v), shown) for v, shown in zip(test.values, test.shown, strict=True)]


def terms_of(step: Step) -> list[Term]:
    """Every term, in the order they stand in the pattern."""
    out: list[Term] = []
    left: list[Step | Test] = [step]
    while left:
        node = left.pop()
        if isinstance(node, Term):
            out.append(node)
        elif isinstance(node, Row):
            left.append(node.test)
        elif isinstance(node, Timed | Times):
            left.append(node.inner)
        else:
            left.extend(reversed(node.parts))
    return out
