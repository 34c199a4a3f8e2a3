"""The shipped rules as one file, made from theirs: read in a fraction of the time, and with what was found out before.

Each entry holds for the rule file of one SHA-256 alone; where the file has changed since, the file itself is read. So
the rules are those of the files, whatever this one says of older ones. `make docs` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

from bridle.detect.driving import alternatives
from bridle.detect.narrowing import parts
from bridle.detect.rule import LARGEST_FILE, RULES, Example, Rule, RuleError, load_rule

FILE = RULES / "compiled.json"
CHAINS = "chains"
"""In the place of a file's name: which tables must hold rows, for each query of a chain by its SHA-256."""
Drives = Collection[Collection[str]]
_KEPT = [f.name for f in fields(Rule) if f.name not in ("file", "example", "lists", "drives", "parts")]


class Examples(Sequence[Example]):
    """The examples of a rule, read from its file when somebody asks for them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read: Sequence[Example] | None = None

    def _all(self) -> Sequence[Example]:
        if self._read is None:
            self._read = load_rule(self._file).example
        return self._read

    @overload
    def __getitem__(self, at: int) -> Example: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Example]: ...
    def __getitem__(self, at: int | slice) -> Example | Sequence[Example]:
        return self._all()[at]

    def __iter__(self) -> Iterator[Example]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def load_shipped(files: Sequence[Path], compiled: Path = FILE) -> list[Rule]:
    """The rules of these files, in their order. Raises RuleError that names the file and the key."""
    known = _known(compiled)
    found = []
    for file in files:
        entry = known.get(_name(file))
        found.append(_rule(file, entry) if entry and entry["sha256"] == _sha256(file) else load_rule(file))
    return found


@lru_cache(maxsize=1)
def drives_of_chains() -> dict[str, Drives]:
    """Of the queries of the shipped chains, by `digest`."""
    found = _known(FILE).get(CHAINS, {})
    return {k: tuple(map(frozenset, v)) for k, v in found.items()}


def digest(query: str) -> str:
    return hashlib.sha256(query.encode()).hexdigest()


def compile_rules(files: Sequence[Path], queries: Iterable[str] = ()) -> str:
    """What the compiled file holds for these rules, and these queries of chains."""
    entries: dict[str, Any] = {CHAINS: {digest(q): _sorted(alternatives(q)) for q in queries}}
    for file in files:
        rule = load_rule(file)
        entries[_name(file)] = {
            "sha256": _sha256(file),
            "rule": {k: getattr(rule, k) for k in _KEPT},
            "drives": _sorted(alternatives(rule.query)),
            "parts": parts(rule.query),
        }
    return json.dumps(entries, ensure_ascii=False, separators=(",", ":"), indent=0, sort_keys=True) + "\n"


def _sorted(drives: Drives) -> list[list[str]]:
    return sorted(sorted(tables) for tables in drives)


def _known(compiled: Path) -> dict[str, Any]:
    """The entries; none where the file is missing or is not ours."""
    try:
        found = json.loads(compiled.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _rule(file: Path, entry: dict[str, Any]) -> Rule:
    given: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry["rule"].items()}
    return Rule(**given, file=file, example=Examples(file), drives=tuple(map(frozenset, entry["drives"])),
                parts=tuple((table, met) for table, met in entry.get("parts", ())))  # fmt: skip


def _name(file: Path) -> str:
    return file.relative_to(RULES).as_posix() if file.is_relative_to(RULES) else ""


def _sha256(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise RuleError(f"{file}: larger than {LARGEST_FILE:,} bytes")
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as e:
        raise RuleError(f"{file}: {e}") from e
