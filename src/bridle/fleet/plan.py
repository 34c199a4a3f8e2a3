"""The plan: which acquisitions are examined, with what. It is data, and says by itself whether a task is done.

A task's name is SHA-256 over what decides its case: the source's listing, its name, consent, and the settings: bridle's
own sources, the rules, feeds and options. The same again is the same task, so a repeat does nothing; a new feed, rule
or version is another task of the same acquisition, whose case takes the place of the earlier one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from bridle.detect.rule import load_rules, rules_digest
from bridle.fleet.lake import SCHEMA, Lake
from bridle.fleet.sources import Listed
from bridle.fleet.storage import LakeError

PLAN = "plan.json"
_LENGTH = 32
"""Hexadecimal digits of a task's name."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What tasks of one run have in common."""

    revision: str
    rules: str
    inputs: str
    """Digest of the archive of feeds."""
    kinds: Mapping[str, list[str]] = field(default_factory=dict)
    only: str = "*"
    hash_all: bool = False
    fail_on: str = "high"
    audience: str = "TLP:CLEAR"
    plaintext: bool = False
    recipient: str = ""
    """Whose cases they are: the age recipient that keys are wrapped to, wherever the task runs."""
    encrypt_to: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    """Bounds that were moved, as `bridle.engine.bounds.told` gives them."""

    def as_dict(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One task: one acquisition."""

    task: str
    source: str
    name: str
    identity: str
    settings: str
    """Digest of its settings."""
    consent: str = ""
    """Digest of its consent record; empty without one."""
    size: int = 0


@dataclass
class Plan:
    """Tasks and the settings they refer to."""

    tasks: dict[str, Planned] = field(default_factory=dict)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    _families: dict[tuple[str, str], dict[str, None]] = field(default_factory=dict, init=False, repr=False)
    """The tasks of each acquisition."""

    def __post_init__(self) -> None:
        for planned in self.tasks.values():
            self._relate(planned)

    def _relate(self, planned: Planned) -> None:
        self._families.setdefault((planned.source, planned.identity), {})[planned.task] = None

    def add(self, planned: Planned, settings: Settings) -> None:
        """A task, in place of what it is named as already."""
        self.tasks[planned.task] = planned
        self.settings.setdefault(planned.settings, settings.as_dict())
        self._relate(planned)

    def without(self, tasks: Iterable[str]) -> Plan:
        """The plan without these tasks and without settings that no task refers to."""
        gone = set(tasks)
        left = {t: p for t, p in self.tasks.items() if t not in gone}
        used = {p.settings for p in left.values()}
        return Plan(left, {k: v for k, v in self.settings.items() if k in used})

    def same(self, planned: Planned) -> list[str]:
        """Other tasks of the same acquisition."""
        return [t for t in self._families.get((planned.source, planned.identity), ()) if t != planned.task]

    def earlier(self, planned: Planned) -> list[str]:
        """Of these, the ones whose cases belong to the same analyst: a new case takes their place."""
        owner = self._owner(planned)
        return [t for t in self.same(planned) if self._owner(self.tasks[t]) == owner]

    def _owner(self, planned: Planned) -> str:
        return str(self.settings.get(planned.settings, {}).get("recipient", ""))


def planned(listed: Listed, settings: Settings, consent: str | None = None) -> Planned:
    """The task of a source. `consent` is the text of its record."""
    agreed = hashlib.sha256(consent.encode()).hexdigest() if consent is not None else ""
    of = digest(settings.as_dict())
    name = digest({"identity": listed.identity, "name": listed.name, "consent": agreed, "settings": of})[:_LENGTH]
    return Planned(
        task=name, source=listed.source, name=listed.name, identity=listed.identity, settings=of, consent=agreed,
        size=listed.size,
    )  # fmt: skip


def digest(value: Any) -> str:
    """SHA-256 over canonical JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@cache
def revision() -> str:
    """SHA-256 over bridle's own sources and data: equal revisions examine alike."""
    package, found = Path(__file__).resolve().parents[1], hashlib.sha256()
    for file in sorted(p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        found.update(f"{file.relative_to(package)} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return found.hexdigest()


def rules() -> str:
    """The digest of the rules shipped."""
    return rules_digest(load_rules())


def read(lake: Lake) -> Plan:
    """The stored plan; an empty one where there is none. Raises LakeError."""
    stored = lake.read_json(PLAN)
    try:
        tasks = {row["task"]: Planned(**row) for row in stored.get("tasks", ())}
        return Plan(tasks, dict(stored.get("settings", {})))
    except (TypeError, KeyError, AttributeError) as e:
        raise LakeError(f"{lake.address}/{PLAN} is damaged: {e}; restore it, or delete it and check again") from e


def write(lake: Lake, plan: Plan, *, forget: bool = False) -> None:
    """Store the plan as a whole; with `forget`, what it was before is nowhere kept."""
    rows = [asdict(p) for p in plan.tasks.values()]
    lake.write_json(PLAN, {"schema": SCHEMA, "settings": plan.settings, "tasks": rows}, forget=forget)
