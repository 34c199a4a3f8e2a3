"""Rules are data: a TOML file with one SQL query over a case, and the words a finding needs to explain itself."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from bridle.classes import dataclass
from bridle.core import LEVELS as LEVELS
from bridle.detect import message as messages
from bridle.detect.baselines import SHIPPED, Own, shipped

STAGES = ("targeting", "exploitation", "execution", "exfiltration", "tampering", "exposure")
CONFIDENCES = ("low", "medium", "high")
STATUSES = ("experimental", "stable")
PLATFORMS = ("ios", "android", "network", "any")

PACKAGE = Path(__file__).resolve().parents[1]
RULES = PACKAGE / "rules"
NOT_RULES = (
    "surfaces.toml", "verdict.toml", "device_facts.toml", "custody.toml", "writers.toml", "attribution.toml",
    "benign.toml", "acquisition.toml",
)  # fmt: skip
"""Data of the detection that lies beside the rules."""
LARGEST_FILE = 1 << 20


class RuleError(ValueError):
    """A rule is not what a rule must be. The message names the file and the key."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """Rows a rule is tried on: which of them it must find. It must find no other."""

    name: str
    match: tuple[str, ...]
    """Locators of the rows that must be found."""
    tables: dict[str, tuple[dict[str, Any], ...]]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One question to a case, and how to read the answer."""

    id: str
    title: str
    level: str
    stage: str
    status: str
    platform: str
    needs: tuple[str, ...]
    """Tables the query reads. Without them the rule is not examined."""
    query: str
    message: str
    """`str.format` with the query's columns; only plain names and short formats."""
    explanation: str
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    example: Sequence[Example]
    attack: tuple[str, ...] = ()
    surfaces: tuple[str, ...] = ()
    parameters: dict[str, int | float | str] = field(default_factory=dict)
    """Thresholds with their defaults; `$name` in the query."""
    baselines: tuple[str, ...] = ()
    """Lists of names shipped with bridle; each is a list of text, `$name` in the query."""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of these, the ones to which names of one's own were added."""
    evidence: str = ""
    """The table the returned rows are from; by default the first of `needs`."""
    time: str = ""
    """The column that says when; by default `time` where the query returns one."""
    counted: str = ""
    """The column whose different values `{count}` counts; by default it counts rows."""
    acquisition_related: bool = False
    attribution: Mapping[str, str] = field(default_factory=dict)
    """`product`, `confidence` and `basis`, where a published case describes this very trace; never an operator."""
    file: Path = Path()
    drives: Collection[Collection[str]] | None = None
    parts: Sequence[tuple[str, str]] = ()
    """Tables, and what one row of each must meet for the query to return any; only of shipped rules."""
    """Of a rule that was tried before, as `bridle.detect.driving` tells which tables must hold rows."""

    def values(self) -> dict[str, Any]:
        """What the query's `$names` stand for."""
        lists = {name: list(self.lists.get(name) or shipped(name)) for name in self.baselines}
        return {k: v for k, v in {**self.parameters, **lists}.items() if k in _dollars(self.query)}


def load_rules(places: Sequence[Path] | None = None) -> tuple[Rule, ...]:
    """The rules of files and folders, sorted by id; without any, those shipped with bridle. Raises RuleError."""
    if places is None:
        from bridle.detect.compiled import load_shipped

        rules = load_shipped(_files([RULES]))
    else:
        rules = [load_rule(f) for f in _files(places)]
    seen: dict[str, Path] = {}
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"{rule.file}: id: {rule.id!r} is already the id of {seen[rule.id]}")
        seen[rule.id] = rule.file
    return tuple(sorted(rules, key=lambda r: r.id))


def with_baselines(rules: Sequence[Rule], own: Sequence[Own]) -> tuple[Rule, ...]:
    """The rules, with names of one's own added to the lists they compare with."""
    if not own:
        return tuple(rules)
    names = {name for rule in rules for name in rule.baselines}
    lists = {n: tuple(dict.fromkeys((*shipped(n), *(x for o in own for x in o.lists.get(n, ()))))) for n in names}
    return tuple(replace(r, lists={n: lists[n] for n in r.baselines}) for r in rules)


def _files(places: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += (f for f in sorted(place.rglob("*.toml")) if f.name not in NOT_RULES and f.parent.name != "chains")
        elif place.is_file():
            found.append(place)
        else:
            raise RuleError(f"{place}: there is no such file or folder")
    return found


def load_rule(file: Path) -> Rule:
    """One rule file. Raises RuleError that names the file and the key."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise RuleError(f"{file}: larger than {LARGEST_FILE:,} bytes")
        data = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as e:
        raise RuleError(f"{file}: {e}") from e
    return parse_rule(data, file)


def parse_rule(data: dict[str, Any], file: Path) -> Rule:
    """A rule from its TOML tables. Raises RuleError that names the file and the key."""
    try:
        return _rule(data, file)
    except _Wrong as e:
        raise RuleError(f"{file}: {e.key}: {e.why}") from None


def rules_digest(rules: Sequence[Rule]) -> str:
    """SHA-256 over the rule files and the data every detection reads: equal digests judge alike."""
    files = sorted({r.file for r in rules}, key=lambda f: (f.name, f))
    files += [f for name in NOT_RULES if (f := RULES / "any" / name).exists()]
    files += sorted((RULES / "chains").glob("*.toml"))
    files += sorted(f for f in SHIPPED.iterdir() if f.suffix == ".txt")
    parts = (f"{f.name}\0{hashlib.sha256(f.read_bytes()).hexdigest()}\n" for f in files)
    return hashlib.sha256("".join(parts).encode()).hexdigest()


_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_TABLE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*\Z")
_ATTACK = re.compile(r"T[0-9]{4}(\.[0-9]{3})?\Z")
_PARAMETER = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*")


def _dollars(query: str) -> set[str]:
    return set(re.findall(r"\$([A-Za-z_][A-Za-z0-9_]*)", _QUOTED.sub(" ", query)))


class _Wrong(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, key: str, why: str) -> None:
        self.key, self.why = key, why


def _text(key: str, v: Any) -> str:
    if not isinstance(v, str) or not v.strip():
        raise _Wrong(key, f"expected text, got {v!r:.60}")
    return v.strip()


def _one_of(known: Sequence[str]) -> Callable[[str, Any], str]:
    def check(key: str, v: Any) -> str:
        if v not in known:
            raise _Wrong(key, f"expected one of {', '.join(known)}, got {v!r:.60}")
        return str(v)

    return check


def _texts(key: str, v: Any) -> tuple[str, ...]:
    if not isinstance(v, list):
        raise _Wrong(key, f"expected a list of text, got {v!r:.60}")
    return tuple(_text(key, x) for x in v)


def _some(key: str, v: Any) -> tuple[str, ...]:
    if not (found := _texts(key, v)):
        raise _Wrong(key, "must not be empty")
    return found


def _like(pattern: re.Pattern[str], what: str) -> Callable[[str, Any], str]:
    def check(key: str, v: Any) -> str:
        if not isinstance(v, str) or not pattern.match(v):
            raise _Wrong(key, f"expected {what}, got {v!r:.60}")
        return v

    return check


def _all_like(pattern: re.Pattern[str], what: str) -> Callable[[str, Any], tuple[str, ...]]:
    one = _like(pattern, what)
    return lambda key, v: tuple(one(key, x) for x in _texts(key, v))


def _surfaces(key: str, v: Any) -> tuple[str, ...]:
    from bridle.core import SURFACES

    one = _one_of(sorted(SURFACES))
    return tuple(one(key, x) for x in _texts(key, v))


def _message(key: str, v: Any) -> str:
    text = _text(key, v)
    try:
        messages.fields(text)
    except ValueError as e:
        raise _Wrong(key, str(e)) from None
    return text


def _parameters(key: str, v: Any) -> dict[str, int | float | str]:
    if not isinstance(v, dict):
        raise _Wrong(key, f"expected a table, got {v!r:.60}")
    for name, value in v.items():
        if not _PARAMETER.match(name):
            raise _Wrong(f"{key}.{name}", "expected a name of small letters, digits and _")
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise _Wrong(f"{key}.{name}", f"expected a number or text, got {value!r:.60}")
    return dict(v)


def _baselines(key: str, v: Any) -> tuple[str, ...]:
    names = _texts(key, v)
    for name in names:
        try:
            shipped(name)
        except KeyError:
            raise _Wrong(key, f"no baseline is called {name!r:.60}") from None
    return names


def _bool(key: str, v: Any) -> bool:
    if not isinstance(v, bool):
        raise _Wrong(key, f"expected true or false, got {v!r:.60}")
    return v


def _attribution(key: str, v: Any) -> dict[str, str]:
    if not isinstance(v, dict) or sorted(v) != ["basis", "confidence", "product"]:
        raise _Wrong(key, f"expected product, confidence and basis, got {v!r:.60}")
    _one_of(CONFIDENCES)(f"{key}.confidence", v["confidence"])
    return {k: _text(f"{key}.{k}", v[k]) for k in ("product", "confidence", "basis")}


def _examples(key: str, v: Any) -> tuple[Example, ...]:
    if not isinstance(v, list) or not v:
        raise _Wrong(key, "expected at least one [[example]]")
    return tuple(_example(f"{key}[{n}]", e) for n, e in enumerate(v, 1))


def _example(key: str, v: Any) -> Example:
    if not isinstance(v, dict):
        raise _Wrong(key, f"expected a table, got {v!r:.60}")
    tables = {k: rows for k, rows in v.items() if k not in ("name", "match")}
    for name, rows in tables.items():
        if not isinstance(rows, list) or not all(isinstance(r, dict) and _locator(name, r) for r in rows):
            raise _Wrong(f"{key}.{name}", "expected a list of rows, each with its locator (of the ledger: its member)")
    return Example(
        name=_text(f"{key}.name", v.get("name")),
        match=_texts(f"{key}.match", v.get("match")),
        tables={k: tuple(rows) for k, rows in tables.items()},
    )


def _locator(table: str, row: dict[str, Any]) -> str:
    """What an example calls a row: the ledger has a member instead of a locator."""
    return f"ledger:{row['member']}" if table == "ledger" and "member" in row else str(row.get("locator", ""))


_TABLES = _all_like(_TABLE, "a table's name such as ios.sms.message")
_REQUIRED: dict[str, Callable[[str, Any], Any]] = {
    "id": _like(_ID, "small letters, digits and -"),
    "title": _text,
    "level": _one_of(LEVELS),
    "stage": _one_of(STAGES),
    "status": _one_of(STATUSES),
    "platform": _one_of(PLATFORMS),
    "needs": lambda key, v: _some(key, v) and _TABLES(key, v),
    "query": _text,
    "message": _message,
    "explanation": _text,
    "false_positives": _some,
    "references": _some,
    "example": _examples,
}
_OPTIONAL: dict[str, Callable[[str, Any], Any]] = {
    "attack": _all_like(_ATTACK, "an ATT&CK technique such as T1630.001"),
    "surfaces": _surfaces,
    "parameters": _parameters,
    "baselines": _baselines,
    "evidence": _like(_TABLE, "a table's name"),
    "time": _text,
    "counted": _text,
    "acquisition_related": _bool,
    "attribution": _attribution,
}


def _rule(data: dict[str, Any], file: Path) -> Rule:
    known = {**_REQUIRED, **_OPTIONAL}
    if unknown := sorted(data.keys() - known.keys()):
        raise _Wrong(unknown[0], "no rule has this key")
    if missing := [k for k in _REQUIRED if k not in data]:
        raise _Wrong(missing[0], "is missing")
    read = {k: check(k, data[k]) for k, check in known.items() if k in data}
    rule = Rule(**{"evidence": read["needs"][0], **read}, file=file)
    _agree(rule)
    return rule


def _agree(rule: Rule) -> None:
    """What one key demands of another."""
    if rule.evidence not in rule.needs:
        raise _Wrong("evidence", f"{rule.evidence!r} is not among the tables it needs")
    if rule.level == "critical" and not (rule.status == "stable" and any(map(_published, rule.references))):
        raise _Wrong("level", "critical needs status stable and the address of a published case in references")
    given = {*rule.parameters, *rule.baselines}
    if rule.attribution and not any(map(_published, rule.references)):
        raise _Wrong("attribution", "needs the address of a published case in references")
    if unknown := sorted(_dollars(rule.query) - given):
        raise _Wrong("query", f"${unknown[0]} is neither a parameter nor a baseline")
    if unused := sorted(given - _dollars(rule.query)):
        raise _Wrong("parameters", f"{unused[0]} is not used by the query")
    if not any(e.match for e in rule.example):
        raise _Wrong("example", "no example has a row that must match")
    for n, e in enumerate(rule.example, 1):
        if unknown := sorted(e.tables.keys() - set(rule.needs)):
            raise _Wrong(f"example[{n}]", f"{unknown[0]!r} is not among the tables the rule needs")
    if not any(_must_not(rule, e) for e in rule.example):
        raise _Wrong("example", "no example has a row of the evidence table that must not match")


def _must_not(rule: Rule, example: Example) -> bool:
    rows = example.tables.get(rule.evidence, ())
    return any(_locator(rule.evidence, row) not in example.match for row in rows)


def _published(reference: str) -> bool:
    return reference.startswith(("https://", "http://"))
