"""What two cases say differently: findings, tables, feeds, rules, coverage. Needs no key: all of it is readable."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bridle.case.damage import reading
from bridle.case.manifest import NAME as MANIFEST
from bridle.classes import dataclass
from bridle.core import LEVELS

LARGEST = 1 << 30
"""Bytes of one file of a case that is compared."""
_BRIEF = ("id", "rule", "title", "level", "stage", "first_seen", "last_seen", "count")

Finding = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A finding that both have, and what is told differently of it."""

    was: Finding
    now: Finding
    fields: tuple[str, ...]

    @property
    def rose(self) -> bool:
        """Whether its level is higher now."""
        return LEVELS.index(self.now["level"]) > LEVELS.index(self.was["level"])


@dataclass(frozen=True, kw_only=True)
class FindingsDiff:
    """Two lists of findings held against each other."""

    new: tuple[Finding, ...]
    gone: tuple[Finding, ...]
    changed: tuple[Changed, ...]
    unchanged: int

    @property
    def has_new(self) -> bool:
        """Whether there is a new finding, or one whose level rose."""
        return bool(self.new) or any(c.rose for c in self.changed)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: each finding in short."""
        return {
            "new": [brief(f) for f in self.new],
            "gone": [brief(f) for f in self.gone],
            "changed": [
                {**brief(c.now), "level_before": c.was["level"], "fields": list(c.fields)} for c in self.changed
            ],
            "unchanged": self.unchanged,
        }


def findings_diff(before: Sequence[Finding], after: Sequence[Finding]) -> FindingsDiff:
    """By id, and those left over by rule and indicator: a finding keeps its id as long as its first row is the same."""
    known = {f["id"]: f for f in before}
    pairs = [(known.pop(f["id"]), f) for f in after if f["id"] in known]
    left: dict[tuple[str, str, str], list[Finding]] = {}
    for f in known.values():
        left.setdefault(_subject(f), []).append(f)
    paired = {f["id"] for _, f in pairs}
    new = []
    for f in after:
        if f["id"] in paired:
            continue
        if others := left.get(_subject(f)):
            pairs.append((others.pop(0), f))
        else:
            new.append(f)
    changed = [Changed(was=a, now=b, fields=_fields(a, b)) for a, b in pairs if a != b]
    gone = {f["id"] for others in left.values() for f in others}
    return FindingsDiff(
        new=tuple(new), gone=tuple(f for f in before if f["id"] in gone), changed=tuple(changed),
        unchanged=len(pairs) - len(changed),
    )  # fmt: skip


def brief(f: Finding) -> dict[str, Any]:
    """A finding in short."""
    indicator = f.get("indicator")
    named = {"indicator": {k: indicator[k] for k in ("kind", "value", "feeds")}} if indicator else {"indicator": None}
    return {**{k: f.get(k) for k in _BRIEF}, **named}


def cases_diff(one: Path, two: Path) -> dict[str, Any]:
    """Everything in which two cases differ, for `bridle diff --json`. Raises OSError, or ValueError for damage."""
    a, b = _Read(one), _Read(two)
    found = findings_diff(a.findings, b.findings)
    return {
        "findings": found.as_dict(),
        "tables": _names(a.tables, b.tables),
        "feeds": _names(a.feeds, b.feeds),
        "rules": {"first": a.rules, "second": b.rules, "same": a.rules == b.rules},
        "bridle": {"first": a.bridle, "second": b.bridle, "same": a.bridle == b.bridle},
        "coverage": {
            part: [
                {"name": n, "first": a.coverage[part].get(n), "second": b.coverage[part].get(n)}
                for n in sorted({*a.coverage[part], *b.coverage[part]})
                if a.coverage[part].get(n) != b.coverage[part].get(n)
            ]
            for part in ("artifacts", "rules")
        },
        "new": found.has_new,
    }


class _Read:
    """As much of a case as is compared."""

    def __init__(self, path: Path) -> None:
        with reading(path, "findings.jsonl"):
            self.findings = [json.loads(line) for line in _bytes(path / "findings.jsonl").splitlines()]
        with reading(path, MANIFEST):
            files = json.loads(_bytes(path / MANIFEST))["files"]
        self.tables = {
            n.removeprefix("records/").removesuffix(".parquet"): str(f["content_sha256"])
            for n, f in files.items() if n.endswith(".parquet")
        }  # fmt: skip
        with reading(path, "case.toml"):
            meta = tomllib.loads(_bytes(path / "case.toml").decode())
        self.feeds = {str(f["name"]): str(f["digest"]) for f in meta.get("feeds", [])}
        self.rules = str(meta.get("rules", {}).get("digest", ""))
        self.bridle = str(meta.get("case", {}).get("bridle", ""))
        with reading(path, "coverage.json"):
            read = json.loads(_bytes(path / "coverage.json"))
            self.coverage = {part: {n: v["status"] for n, v in read[part].items()} for part in ("artifacts", "rules")}


def _bytes(path: Path) -> bytes:
    """The content of a regular file. Raises OSError or ValueError."""
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path.name}: expected a file of the case, found a link or nothing")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name}: expected at most {LARGEST:,} bytes")
    return path.read_bytes()


def _names(one: Mapping[str, str], two: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        "new": sorted(two.keys() - one.keys()),
        "gone": sorted(one.keys() - two.keys()),
        "changed": sorted(n for n in one.keys() & two.keys() if one[n] != two[n]),
    }


def _subject(f: Finding) -> tuple[str, str, str]:
    indicator = f.get("indicator") or {"kind": "", "value": ""}
    return f["rule"], str(indicator["kind"]), str(indicator["value"])


def _fields(a: Finding, b: Finding) -> tuple[str, ...]:
    return tuple(k for k in dict.fromkeys((*a, *b)) if a.get(k) != b.get(k))


def told(found: FindingsDiff) -> Iterable[str]:
    """The findings that differ, a line each, for people."""
    for sign, some in (("new      ", found.new), ("withdrawn", found.gone)):
        yield from (f"{sign}  {_line(f)}" for f in some)
    for c in found.changed:
        level = f"{c.was['level']} to {c.now['level']}" if c.was["level"] != c.now["level"] else c.now["level"]
        yield f"changed    {_line(c.now, level)}: {', '.join(c.fields)}"
    yield f"unchanged  {found.unchanged}"


def _line(f: Finding, level: str | None = None) -> str:
    indicator = f.get("indicator")
    subject = f"  {indicator['value']}" if indicator else ""
    return f"{level or f['level']:13} {f['rule']}{subject}  {f['title']}"
