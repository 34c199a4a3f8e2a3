"""What a pattern asks of a case: its comparisons as terms over fields, without what no record can answer.

An alternative that cannot be looked for is left out and told. A condition that cannot be looked for takes with it
everything that stands under the condition: a pattern is never read as if it asked for less.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from bridle.classes import dataclass
from bridle.indicators.model import KINDS, Indicator
from bridle.indicators.normalise import address
from bridle.indicators.pattern import (
    And,
    Comparison,
    Constant,
    FollowedBy,
    Node,
    Observation,
    Or,
    Repeats,
    StartStop,
    Within,
    text,
)
from bridle.indicators.properties import (
    FOLDERS,
    HOST,
    PROPERTIES,
    Property,
    key,
    kind_of,
    kinds_of_type,
    normal,
    unknown,
)
from bridle.indicators.terms import All, Any_, Both, Either, Row, Sequence_, Step, Term, Test, Timed, Times, singles
from bridle.indicators.too_general import too_general

LONGEST_EXPRESSION = 4_096
"""Characters of a regular expression."""
_CASELESS = frozenset({"domain", "email", "sha256", "sha1", "md5", "cert", "app-id", "profile-id", "account"})
_ALONE = "WITHIN holds of this observation alone, which it always does: put what it is meant for in parentheses"
_UNLIKE = pa.array(["q", "7", "zz.yy"])
_ORDERED = ("<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Plan:
    """A pattern as it is looked for."""

    step: Step | None
    """None: nothing of it can be."""
    left_out: tuple[str, ...]
    """What is not looked for, each with its place and reason."""
    doubts: tuple[str, ...] = ()
    """What is looked for as it is written, and was hardly meant so."""


def planned(pattern: Node) -> Plan:
    """How the pattern is looked for, and what of it is not.

    In a pattern of more than single values, what every device has is asked of rows that something else was found in;
    by itself it is not looked for. (Of single values those who load feeds see to that.)
    """
    planner = _Planner()
    step = planner.step(pattern)
    if step is not None and singles(step) is None:
        planner = _Planner(refuses_general=True)
        step = planner.step(pattern)
    return Plan(step, tuple(dict.fromkeys(planner.reasons)), tuple(dict.fromkeys(planner.doubts)))


class _UnanswerableError(Exception):
    """No record can answer this."""


class _Planner:
    def __init__(self, *, refuses_general: bool = False) -> None:
        self._refuses_general = refuses_general
        self.reasons: list[str] = []
        self.doubts: list[str] = []

    def _no(self, at: int, reason: str) -> None:
        self.reasons.append(f"character {at}: {reason}")

    def step(self, node: Node) -> Step | None:
        if isinstance(node, Observation):
            test = self._test(node.test)
            test = None if test is None else self._identifying(test, node.at)
            return None if test is None else Row(test)
        if isinstance(node, Within | StartStop | Repeats):
            if isinstance(node, Within) and isinstance(node.inner, Observation):
                self.doubts.append(f"character {node.inner.at}: {_ALONE}")
            inner = self.step(node.inner)
            if inner is None:
                return None
            return Times(inner, node.times) if isinstance(node, Repeats) else Timed(inner, node)
        assert isinstance(node, And | Or | FollowedBy)
        parts = [self.step(p) for p in node.parts]
        found = tuple(p for p in parts if p is not None)
        if isinstance(node, Or):
            return None if not found else found[0] if len(found) == 1 else Any_(found)
        if len(found) < len(parts):
            return None
        return All(found) if isinstance(node, And) else Sequence_(found)

    def _identifying(self, test: Test, at: int) -> Test | None:
        """The test without alternatives that hold of rows nobody asked for."""
        found = _pruned(test)
        if found != test:
            self._no(at, "it says what is not there, or what other records share, of no value that is looked for")
        return found

    def _test(self, node: Node) -> Test | None:
        if isinstance(node, Comparison):
            try:
                return self._compared(node)
            except (_UnanswerableError, ValueError) as e:
                self._no(node.at, str(e))
            return None
        assert isinstance(node, And | Or)
        given = self._typed(_fused(node.parts)) if isinstance(node, And) else node.parts
        if given is None:
            return None
        parts = [self._test(p) for p in given]
        found = tuple(p for p in parts if p is not None)
        if not found or (isinstance(node, And) and len(found) < len(parts)):
            return None
        if len(found) == 1:
            return found[0]
        return Both(found) if isinstance(node, And) else Either(found)

    def _typed(self, parts: Sequence[Node]) -> Sequence[Node] | None:
        """Comparisons without those of a type that the value beside them has anyway."""
        said = {c.path.steps[:-1]: c for c in parts if isinstance(c, Comparison) and _is_type(c)}
        for base, comparison in said.items():
            beside = [c for c in parts if isinstance(c, Comparison) and c.path.steps == (*base, "value")]
            wanted = kinds_of_type(str(comparison.values[0]))
            if wanted is None or not beside:
                self._no(comparison.at, unknown(comparison.path))
                return None
            if any(wanted not in _kinds(c) for c in beside):
                self._no(comparison.at, f"{comparison.path} contradicts the value beside it")
                return None
        return [c for c in parts if not (isinstance(c, Comparison) and _is_type(c))]

    def _compared(self, c: Comparison) -> Test:
        name = key(c.path)
        found = PROPERTIES.get(name)
        if found is None:
            raise _UnanswerableError(unknown(c.path))
        negated = c.negated != (c.operator == "!=")
        operator = "=" if c.operator in ("!=", "IN") else c.operator
        if operator in ("LIKE", "MATCHES", "EXISTS", *_ORDERED) or found.columns:
            kinds = found.kinds if not found.columns else found.kinds[:1]
            either = [self._one(c, found, kind, operator, negated) for kind in kinds]
        else:
            by_kind: dict[str, list[str]] = {}
            for value in c.values:
                shown = _worded(value)
                by_kind.setdefault(kind_of(found, shown), []).append(shown)
            if not by_kind:
                raise _UnanswerableError("nothing is in an empty set")
            either = [self._one(replace(c, values=tuple(v)), found, kind, operator, negated)
                      for kind, v in by_kind.items()]  # fmt: skip
        if len(either) == 1:
            return either[0]
        return Both(tuple(either)) if negated else Either(tuple(either))

    def _one(self, c: Comparison, found: Property, kind: str, operator: str, negated: bool) -> Term:
        values: tuple[Constant, ...] = c.values
        if operator == "LIKE" and not found.columns and (plain := _like(kind, text(values[0]))) is not None:
            operator, values = "=", (plain,)
        if operator == "ISSUBSET":
            if kind != "ip-address":
                raise _UnanswerableError(f"ISSUBSET is of addresses, and {c.path} is none")
            operator = "="
        shown = tuple(map(text, values))
        if operator == "=" and not found.columns:
            folder = key(c.path) in FOLDERS
            whole = [_worded(v).rstrip("/") + "/" if folder else _worded(v) for v in values]
            normals = self._normals(c.at, kind, whole, negated)
            values, shown = tuple(v for v, _ in normals), tuple(s for _, s in normals)
        elif operator == "ISSUPERSET":
            if kind != "ip-address":
                raise _UnanswerableError(f"ISSUPERSET is of addresses, and {c.path} is none")
            values = (address(_worded(values[0])),)
        elif operator in ("LIKE", "MATCHES"):
            operator, values = "MATCHES", (_expression(kind, operator, _worded(values[0])),)
        elif operator in _ORDERED and not found.columns:
            values = (_worded(values[0]),)
        return Term(
            path=str(c.path), kind=kind, operator=operator, values=values, shown=shown, negated=negated,
            columns=found.columns, beside=found.beside,
            identifies=found.identifies and not self._is_general(kind, operator, values, found),
        )  # fmt: skip

    def _is_general(self, kind: str, operator: str, values: tuple[Constant, ...], found: Property) -> bool:
        """Whether it holds of ordinary devices: an order, an expression that anything is like, what all have."""
        if operator == "MATCHES":
            return bool(pc.all(pc.match_substring_regex(_UNLIKE, pattern=str(values[0]))).as_py())
        if operator != "=" or found.columns or kind not in KINDS:
            return operator in _ORDERED
        if not self._refuses_general:
            return False
        each = (too_general(Indicator(kind=kind, value=str(v), shown=str(v), feeds=())) for v in values)
        return any(general is not None and general.refused for general in each)

    def _normals(self, at: int, kind: str, given: Sequence[str], negated: bool) -> list[tuple[str, str]]:
        """The values as they are compared, each with its spelling. What is none of the kind is told and left out."""
        found = []
        for shown in given:
            try:
                found.append((normal(kind, shown), shown))
            except ValueError as e:
                if negated or len(given) == 1:
                    raise
                self._no(at, str(e))
        if not found:
            raise _UnanswerableError("no value of it can be looked for")
        return found


def _identifies(test: Test) -> bool:
    if isinstance(test, Both):
        return any(_identifies(p) for p in test.parts)
    if isinstance(test, Either):
        return all(_identifies(p) for p in test.parts)
    return test.identifies and not test.negated and test.operator != "EXISTS"


def _pruned(test: Test) -> Test | None:
    """The test without alternatives that do not identify anything; None if nothing is left."""
    if _identifies(test):
        return test
    if isinstance(test, Either):
        found = tuple(p for part in test.parts if (p := _pruned(part)) is not None)
        return None if not found else found[0] if len(found) == 1 else Either(found)
    if isinstance(test, Both):
        for n, part in enumerate(test.parts):
            if (found_part := _pruned(part)) is not None:
                return Both((*test.parts[:n], found_part, *test.parts[n + 1 :]))
    return None


def _fused(parts: Sequence[Node]) -> Sequence[Node]:
    """A name and its folder as one path."""
    plain = [c for c in parts if isinstance(c, Comparison) and c.operator == "=" and not c.negated]
    names = [c for c in plain if key(c.path) == "file:name"]
    folders = [c for c in plain if key(c.path) == "file:parent_directory_ref.path"]
    if len(names) != 1 or len(folders) != 1 or not all(isinstance(c.values[0], str) for c in (*names, *folders)):
        return parts
    whole = f"{text(folders[0].values[0]).rstrip('/')}/{text(names[0].values[0])}"
    joined = replace(names[0], path=replace(names[0].path, steps=("path",)), values=(whole,))
    return [joined if p is names[0] else p for p in parts if p is not folders[0]]


def _is_type(c: Comparison) -> bool:
    return len(c.path.steps) > 1 and c.path.steps[-1] == "type" and c.operator == "=" and not c.negated


def _kinds(c: Comparison) -> tuple[str, ...]:
    found = PROPERTIES.get(key(c.path))
    if found is None:
        return ()
    if found.kinds != HOST or c.operator in ("LIKE", "MATCHES", "EXISTS"):
        return found.kinds
    return tuple({kind_of(found, text(v)) for v in c.values})


def _worded(value: Constant) -> str:
    if isinstance(value, str | bytes):
        return text(value)
    raise _UnanswerableError(f"a text is compared with {text(value):.40}")


def _like(kind: str, given: str) -> str | None:
    """What a LIKE says as a plain value: a folder for paths, a domain with what is below it; else None."""
    plain = "_" not in given
    if kind == "file-path" and plain and given.endswith("/%") and given.count("%") == 1:
        return given[:-1]
    if kind == "domain" and plain and given.startswith("%.") and given.count("%") == 1 and "." in given[2:]:
        return given[2:]
    return given if plain and "%" not in given else None


def _expression(kind: str, operator: str, given: str) -> str:
    """A regular expression that RE2 takes: its time grows with the text alone. Raises _UnanswerableError."""
    if len(given) > LONGEST_EXPRESSION:
        raise _UnanswerableError(f"{operator} with more than {LONGEST_EXPRESSION} characters")
    flags = "i" if kind in _CASELESS else ""
    if operator == "LIKE":
        parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in given)
        made = f"(?{flags}s)\\A(?:{''.join(parts)})\\z"
    else:
        made = f"(?{flags}){given}" if flags else given
    try:
        pc.match_substring_regex(pa.array([""]), pattern=made)
    except (pa.ArrowInvalid, UnicodeEncodeError) as e:
        why = str(e).removeprefix("Invalid regular expression: ").splitlines()[0]
        raise _UnanswerableError(f"the regular expression cannot be run in bounded time: {why!s:.100}") from None
    return made
