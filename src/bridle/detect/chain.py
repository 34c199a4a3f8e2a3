"""Chains are data: a TOML file with the steps of an attack in their order, and what may stand for each step.

A step is satisfied by findings of rules, by indicators of a kind on a surface, or by rows that a small query returns.
Windows stand between the steps, each with its reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridle.classes import dataclass
from bridle.core import LEVELS
from bridle.detect.baselines import shipped
from bridle.detect.rule import LARGEST_FILE, PLATFORMS, RULES, STAGES, STATUSES, Example, RuleError
from bridle.detect.writers import PEOPLE

CHAINS = RULES / "chains"
PLACES = "places"
SHARED = "steps.toml"
"""Beside the chains: steps that several of them use, by name."""


@dataclass(frozen=True, kw_only=True)
class Query:
    """SQL that returns rows which may stand for a step: time, `_source`, `_path`, `_sha256`, `locator`, and `key`."""

    needs: tuple[str, ...]
    sql: str
    completes: bool = False
    """Only tells the time of rows that findings have without one: those whose locators are in `$places`."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a chain, and what may stand for it."""

    name: str
    """Says what the record shows at its time; it stands in messages, so it holds no value of a record."""
    stage: str
    reaches: str = ""
    """The stage that is told of the step, where its rows show less: a file that lies there is nothing that ran."""
    attack: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Findings of these rules, each row with a time."""
    tables: tuple[str, ...] = ()
    """Rows of findings count only if they are of these; without, only those of the rule's own evidence."""
    kinds: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    """Findings of indicators of these kinds, seen on these surfaces."""
    query: tuple[Query, ...] = ()
    """Of these, those are asked whose tables the case has."""
    level: str = "low"
    """Of rows that a query returns: no finding has judged them."""
    within: int = 0
    """Seconds that may lie between the step before and this one. Of steps that are left out, the windows add up."""
    before: int = 0
    """Seconds that this step may stand before the one it follows: clocks differ, and so do the moments of writing."""
    why: str = ""
    """Of the window."""
    optional: bool = False
    key: tuple[str, ...] = ()
    """Columns of which the first that is there must be equal in all steps that have a key: process, package, host."""
    untimed: bool = False
    """Satisfied by its key alone: a state that was there when the evidence was collected."""
    never: Mapping[str, str] = field(default_factory=dict)
    """Who cannot make the rows that the queries return, though he can make others in their tables; with the reason."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Tables that its queries read."""
        return tuple(dict.fromkeys(t for q in self.query for t in q.needs))

    @property
    def keyed(self) -> bool:
        return bool(self.key)

    @property
    def shows(self) -> str:
        """The stage that a chain may tell of it."""
        return self.reaches or self.stage


@dataclass(frozen=True, kw_only=True)
class ChainExample(Example):
    """An example with indicators that are loaded for it."""

    indicators: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The steps of one attack as published cases tell it, or as any such attack would leave it."""

    id: str
    title: str
    status: str
    platform: str
    minimum: int
    """Steps that must be there."""
    step: tuple[Step, ...]
    explanation: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    example: tuple[ChainExample, ...]
    only_with: tuple[str, ...] = ()
    """Stages of which a step must be there; without, any steps will do."""
    most: str = "high"
    """The level that steps together may reach; one step alone can be graded higher."""
    published: str = ""
    """Address of the published case whose course this is. Without one, no chain is critical."""
    parameters: Mapping[str, int | float | str] = field(default_factory=dict)
    file: Path = Path()

    @property
    def needs(self) -> tuple[str, ...]:
        """Tables that its own queries read."""
        return tuple(dict.fromkeys(t for s in self.step for t in s.needs))

    @property
    def rules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(r for s in self.step for r in s.rules))

    @property
    def stages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(s.stage for s in self.step))

    def values(self, sql: str) -> dict[str, Any]:
        """What the `$names` of a query stand for: the chain's parameters, and lists of names shipped with bridle."""
        names = dollars(sql) - {PLACES}
        return {k: self.parameters[k] if k in self.parameters else list(shipped(k)) for k in names}


def load_chains(places: Sequence[Path] | None = None) -> tuple[Chain, ...]:
    """The chains of files and folders, sorted by id; without any, those shipped with bridle. Raises RuleError."""
    return _shipped() if places is None else _loaded(places)


@lru_cache(maxsize=1)
def _shipped() -> tuple[Chain, ...]:
    return _loaded([CHAINS])


def _loaded(places: Sequence[Path]) -> tuple[Chain, ...]:
    found: dict[str, Chain] = {}
    for place in places:
        for file in sorted(f for f in place.rglob("*.toml") if f.name != SHARED) if place.is_dir() else [place]:
            chain = load_chain(file)
            if chain.id in found:
                raise RuleError(f"{file}: id: {chain.id!r} is already the id of {found[chain.id].file}")
            found[chain.id] = chain
    return tuple(found[k] for k in sorted(found))


def load_chain(file: Path) -> Chain:
    """One chain file. Raises RuleError that names the file and the key."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise RuleError(f"{file}: larger than {LARGEST_FILE:,} bytes")
        return parse_chain(tomllib.loads(file.read_text("utf-8")), file)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as e:
        raise RuleError(f"{file}: {e}") from e


def is_chain(file: Path) -> bool:
    """Whether a TOML file has steps, as chains do and rules do not."""
    try:
        return "step" in tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return False


def parse_chain(data: Mapping[str, Any], file: Path) -> Chain:
    """A chain from its TOML tables. Raises RuleError that names the file and the key."""
    try:
        if isinstance(steps := data.get("step"), list):
            data = {**data, "step": [_with_shared(f"step[{n}]", s) for n, s in enumerate(steps, 1)]}
        chain = Chain(**_read(data, _CHAIN, _CHAIN_REQUIRED, ""), file=file)
        _agree(chain)
    except _Wrong as e:
        raise RuleError(f"{file}: {e}") from None
    return chain


@lru_cache(maxsize=1)
def shared_steps() -> Mapping[str, Any]:
    """Steps that several chains use, as they are written."""
    return tomllib.loads((CHAINS / SHARED).read_text("utf-8"))


def _with_shared(key: str, step: Any) -> Any:
    """A step with what it uses of a shared one; its own words go before."""
    if not isinstance(step, dict) or "use" not in step:
        return step
    if step["use"] not in shared_steps():
        raise _Wrong(f"{key}.use: no shared step is called {step['use']!r:.60}")
    return {**shared_steps()[step["use"]], **{k: v for k, v in step.items() if k != "use"}}


def dollars(query: str) -> set[str]:
    """The `$names` of a query, those in quotes and comments left out."""
    return set(re.findall(r"\$([A-Za-z_][A-Za-z0-9_]*)", _QUOTED.sub(" ", query)))


_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*")
_MOST_STEPS = 12
_LONGEST = 400 * 24 * 3600
"""Seconds that one window may span."""


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    """`key: why`."""


Check = Callable[[Any], Any]


def _text(v: Any) -> str:
    if not isinstance(v, str) or not v.strip():
        raise _Wrong(f"expected text, got {v!r:.60}")
    return v.strip()


def _texts(v: Any) -> tuple[str, ...]:
    if not isinstance(v, list) or not v:
        raise _Wrong(f"expected a list of text, got {v!r:.60}")
    return tuple(map(_text, v))


def _one_of(known: Sequence[str]) -> Check:
    def check(v: Any) -> str:
        if v not in known:
            raise _Wrong(f"expected one of {', '.join(known)}, got {v!r:.60}")
        return str(v)

    return check


def _like(pattern: str, what: str) -> Check:
    def check(v: Any) -> str:
        if not isinstance(v, str) or not re.fullmatch(pattern, v):
            raise _Wrong(f"expected {what}, got {v!r:.60}")
        return v

    return check


def _each(one: Check) -> Check:
    return lambda v: tuple(one(x) for x in _texts(v))


def _number(least: int, most: int) -> Check:
    def check(v: Any) -> int:
        if isinstance(v, bool) or not isinstance(v, int) or not least <= v <= most:
            raise _Wrong(f"expected a number from {least} to {most}, got {v!r:.60}")
        return v

    return check


def _bool(v: Any) -> bool:
    if not isinstance(v, bool):
        raise _Wrong(f"expected true or false, got {v!r:.60}")
    return v


def _people(v: Any) -> dict[str, str]:
    if not isinstance(v, dict) or not set(v) <= set(PEOPLE):
        raise _Wrong(f"expected reasons for some of {', '.join(PEOPLE)}, got {v!r:.60}")
    return {k: _text(why) for k, why in v.items()}


def _parameters(v: Any) -> dict[str, int | float | str]:
    if not isinstance(v, dict) or not all(isinstance(x, int | float | str) for x in v.values()):
        raise _Wrong(f"expected a table of numbers and text, got {v!r:.60}")
    return dict(v)


def _tables_of(key: str, v: Any, one: Callable[[str, Any], Any]) -> tuple[Any, ...]:
    if not isinstance(v, list) or not v:
        raise _Wrong(f"{key}: expected at least one [[{key}]]")
    return tuple(one(f"{key}[{n}]", x) for n, x in enumerate(v, 1))


_STEP: dict[str, Check] = {
    "name": _text, "stage": _one_of(STAGES), "reaches": _one_of(STAGES),
    "attack": _each(_like(r"T[0-9]{4}(\.[0-9]{3})?", "an ATT&CK technique")),
    "rules": _texts, "tables": _texts, "kinds": _texts, "surfaces": _texts,
    "query": lambda v: _tables_of("query", v, _query), "level": _one_of(LEVELS), "why": _text,
    "within": _number(0, _LONGEST), "before": _number(0, _LONGEST),
    "optional": _bool, "key": _texts, "untimed": _bool, "never": _people,
}  # fmt: skip


def _query(key: str, v: Any) -> Query:
    return Query(**_read(v, {"needs": _texts, "sql": _text, "completes": _bool}, ("needs", "sql"), f"{key}."))


def _step(key: str, v: Any) -> Step:
    step = Step(**_read(v, _STEP, ("name", "stage", "attack"), f"{key}."))
    if not (step.rules or step.kinds or step.query):
        raise _Wrong(f"{key}: expected rules, kinds with surfaces, or a query")
    if bool(step.kinds) != bool(step.surfaces):
        raise _Wrong(f"{key}: kinds and surfaces are named together")
    if step.never and not step.query:
        raise _Wrong(f"{key}: never is said of rows that a query returns")
    if step.untimed and not (step.keyed and step.optional):
        raise _Wrong(f"{key}: a step without a time needs a key, and is optional")
    if step.within and not step.why:
        raise _Wrong(f"{key}: why is the window this long?")
    return step


def _example(key: str, v: Any) -> ChainExample:
    if not isinstance(v, dict):
        raise _Wrong(f"{key}: expected a table, got {v!r:.60}")
    match = v.get("match")
    if not isinstance(match, list) or not all(isinstance(x, str) for x in match):
        raise _Wrong(f"{key}.match: expected a list of locators, got {match!r:.60}")
    tables = {k: tuple(rows) for k, rows in v.items() if k not in ("name", "match", "indicators")}
    return ChainExample(
        name=_text(v.get("name")), match=tuple(match), tables=tables, indicators=tuple(v.get("indicators", ()))
    )


_CHAIN: dict[str, Check] = {
    "id": _like(r"chain(-[a-z0-9]+)+", "chain- and small letters, digits and -"),
    "title": _text, "status": _one_of(STATUSES), "platform": _one_of(PLATFORMS), "minimum": _number(2, _MOST_STEPS),
    "step": lambda v: _tables_of("step", v, _step), "explanation": _text, "false_positives": _texts,
    "references": _texts, "example": lambda v: _tables_of("example", v, _example), "most": _one_of(LEVELS),
    "only_with": _each(_one_of(STAGES)),
    "published": _like(r"https://\S+", "an address"), "parameters": _parameters,
}  # fmt: skip
_CHAIN_REQUIRED = (
    "id", "title", "status", "platform", "minimum", "step", "explanation", "false_positives", "references", "example",
)  # fmt: skip


def _read(data: Any, known: Mapping[str, Check], required: Sequence[str], prefix: str) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _Wrong(f"{prefix.rstrip('.')}: expected a table, got {data!r:.60}")
    if unknown := sorted(data.keys() - known.keys()):
        raise _Wrong(f"{prefix}{unknown[0]}: no such key")
    if missing := [k for k in required if k not in data]:
        raise _Wrong(f"{prefix}{missing[0]}: is missing")
    found = {}
    for key, value in data.items():
        try:
            found[key] = known[key](value)
        except _Wrong as e:
            text = str(e)
            nested = text.startswith((f"{key}[", f"{key}:"))
            raise _Wrong(prefix + (text if nested else f"{key}: {text}")) from None
    return found


def _agree(chain: Chain) -> None:
    """What one key demands of another."""
    timed = [s for s in chain.step if not s.untimed]
    if not chain.minimum <= len(chain.step) <= _MOST_STEPS:
        raise _Wrong(f"minimum: {chain.minimum} of {len(chain.step)} steps; a chain has at most {_MOST_STEPS}")
    if len({s.stage for s in chain.step}) < 2:
        raise _Wrong("step: a chain has steps of two stages at least")
    places = [n for n, s in enumerate(timed) if s.keyed]
    if places and places != list(range(places[0], places[-1] + 1)):
        raise _Wrong("step: steps with a key stand together")
    if any(s.untimed for s in chain.step) and not places:
        raise _Wrong("step: a step without a time needs one with a key and a time")
    if chain.most == "critical" and not chain.published:
        raise _Wrong("most: critical needs the address of a published case")
    if chain.published and chain.published not in chain.references:
        raise _Wrong("published: the case is among the references")
    _agree_on_names(chain)
    if not any(e.match for e in chain.example) or all(e.match for e in chain.example):
        raise _Wrong("example: needs one that must match, and one in which nothing must")


def _agree_on_names(chain: Chain) -> None:
    used = {d for s in chain.step for q in s.query for d in dollars(q.sql)}
    for name in sorted(used - chain.parameters.keys() - {PLACES}):
        try:
            shipped(name)
        except KeyError:
            raise _Wrong(f"step: ${name} is neither a parameter nor a baseline") from None
    if unused := sorted(chain.parameters.keys() - used):
        raise _Wrong(f"parameters: {unused[0]} is not used by a query")
