"""Hits of indicators become findings: one for each indicator, however many rows, surfaces and acquisitions it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from bridle.case.processes import RECOVERED
from bridle.detect import message as messages
from bridle.detect.evidence_sql import Spellings, matched
from bridle.detect.finding import Evidence, Finding, Named, Rows, finding_id, place
from bridle.detect.rule import LEVELS
from bridle.detect.surfaces import Meaning, meanings, tool

UNREAD = ("absent", "refused", "encrypted", "damaged", "killed")
WEAKER = ("truncated", "quoted")
"""Strengths of a match that are told one level lower."""
DOUBTED = 50
"""A feed's confidence, of 100, below which a finding begins at low."""
_FIRST = ("execution", "exfiltration", "exploitation", "targeting", "tampering", "exposure")
"""Of two meanings of one level, that of the earlier stage here is told: an app that ran, not one that is there."""
_HOW = {
    "truncated": "The stored name is cut short and the published one only begins like it, so this is a weaker match.",
    "nested": "It stands inside another address.",
    "quoted": "The address of another host only names it, so this is a weaker match.",
}


class IndicatorLike(Protocol):
    """What a feed says of one value."""

    @property
    def kind(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def feeds(self) -> tuple[str, ...]: ...
    @property
    def campaigns(self) -> tuple[str, ...]: ...
    @property
    def tlp(self) -> str | None: ...


class HitLike(Protocol):
    """One indicator in one field of one row."""

    @property
    def indicator(self) -> IndicatorLike: ...
    @property
    def strength(self) -> str: ...
    @property
    def surface(self) -> str: ...
    @property
    def table(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def locator(self) -> str: ...
    @property
    def time(self) -> datetime | None: ...
    @property
    def values(self) -> dict[str, Any]: ...


def findings_of(hits: Iterable[HitLike], at: Mapping[str, str] | None = None) -> list[Finding]:
    """One finding for each indicator: all sources of a case are of one device.

    A row that holds an indicator twice counts once, and so does one that two acquisitions have in equal files. `at` is
    the zone of each source's wall clock.
    """
    groups: dict[tuple[str, str], _Group] = {}
    for hit in hits:
        key = (hit.indicator.kind, hit.indicator.value)
        if (group := groups.get(key)) is None:
            group = groups[key] = _Group(hit.indicator, at)
        group.add(hit)
    return [groups[key].finding() for key in sorted(groups)]


_How = tuple[str, str, bool]
"""Surface, strength, and whether the record is later than the indicator holds."""


class _Group:
    """The hits of one indicator."""

    def __init__(self, indicator: IndicatorLike, at: Mapping[str, str] | None) -> None:
        self._indicator = indicator
        self._rows = Rows(at)
        self._seen: set[int] = set()
        self._counts: dict[str, int] = {}
        self._leads: dict[_How, tuple[Evidence, HitLike]] = {}
        self._fields: dict[tuple[str, str], Spellings] = {}
        self._paths: set[str] = set()
        """Files that support it; listings of files, whatever their number, count as one."""

    def add(self, hit: HitLike) -> None:
        row = _evidence(hit)
        spellings = self._fields.setdefault((hit.table, hit.field), Spellings())
        spellings.add(hit.value, listed=isinstance(hit.values.get(hit.field), list))
        self._paths.add("" if hit.surface == "file-present" else row.path)
        how = (hit.surface, hit.strength, _is_late(hit))
        if how not in self._leads or place(row) < place(self._leads[how][0]):
            self._leads[how] = row, hit
        key = hash((row.table, row.path, row.locator, row.sha256 or hit.source))
        if key not in self._seen:
            self._seen.add(key)
            self._counts[hit.surface] = self._counts.get(hit.surface, 0) + 1
            self._rows.add(row, hit.source)

    def finding(self) -> Finding:
        how, meaning, level = max(
            ((how, *self._judged(*how)) for how in sorted(self._leads)),
            key=lambda j: (LEVELS.index(j[2]), -_FIRST.index(j[1].stage), j[0][1] == "exact"),
        )
        _, lead = self._leads[how]
        rule, i, evidence = f"indicator-{self._indicator.kind}", self._indicator, self._rows.evidence()
        words = {"value": i.shown, "published": _published(i), "table": lead.table, "field": lead.field}
        return Finding(
            id=finding_id(rule, i.value, evidence[0]), rule=rule, title=meaning.title, level=level,
            stage=meaning.stage, message=self._message(meaning, words, how, lead),
            explanation=messages.write(meaning.explanation, words), false_positives=meaning.false_positives,
            references=(), attack=meaning.attack, first_seen=self._rows.first_seen, last_seen=self._rows.last_seen,
            count=self._rows.count,
            indicator=Named(kind=i.kind, value=i.shown, feeds=tuple(i.feeds), campaigns=tuple(i.campaigns), tlp=i.tlp),
            surfaces=tuple(sorted(self._counts)), evidence=evidence, confidence=self._confidence(how, lead),
            evidence_query=matched(self._fields) if self._rows.count > len(evidence) else None,
        )  # fmt: skip

    def _judged(self, surface: str, strength: str, late: bool) -> tuple[Meaning, str]:
        """A weaker match is one level lower, and so is a record later than the indicator holds; critical needs a
        published campaign; tools that take data off phones are no spyware."""
        meaning = meanings()[self._indicator.kind, surface]
        rank = LEVELS.index(meaning.level)
        if (tools := tool()).says(self._indicator.campaigns):
            meaning, rank = tools.told, min(rank, LEVELS.index(tools.most))
        if LEVELS[rank] == "critical" and not self._indicator.campaigns:
            rank -= 1
        return meaning, LEVELS[max(rank - (strength in WEAKER) - late, 0)]

    def _confidence(self, how: _How, lead: HitLike) -> str:
        """Before anything else is known: medium as published, in a live record, of a feed that does not doubt it."""
        doubted = getattr(self._indicator, "confidence", None)
        weak = how[1] in WEAKER or how[2] or RECOVERED in lead.table or (doubted is not None and doubted < DOUBTED)
        return "low" if weak else "medium"

    def _message(self, meaning: Meaning, words: dict[str, str], how: _How, lead: HitLike) -> str:
        surface, strength, late = how
        parts = [messages.write(meaning.message, words)]
        if strength in _HOW:
            parts.append(_HOW[strength])
        if late:
            until = str(_until(self._indicator))[:10]
            parts.append(
                f"The record is later than {until}, to which the indicator holds, and is told one level lower."
            )
        if RECOVERED in lead.table:
            parts.append("The row was deleted or replaced: it was read from space that the database no longer uses.")
        if (status := lead.values.get("status")) in UNREAD:
            parts.append(f"The acquisition only lists the file ({status}); its content was not read.")
        count, files = self._rows.count, len(self._paths)
        if count > 1:
            parts.append(f"{count:,} rows in {files:,} {'file' if files == 1 else 'files'} name it.")
        if files == 1:
            parts.append("One file alone supports this.")
        if others := [f"{s} ({n:,})" for s, n in sorted(self._counts.items()) if s != surface]:
            parts.append(f"Rows of other kinds: {', '.join(others)}.")
        return " ".join(parts)


def _evidence(hit: HitLike) -> Evidence:
    values = {k: v for k, v in hit.values.items() if not k.startswith("_") and k != "locator"}
    return Evidence(
        table=hit.table, path=hit.path, sha256=hit.sha256, locator=hit.locator, time=hit.time,
        values={hit.field: hit.value} | values,
    )  # fmt: skip


def _until(indicator: IndicatorLike) -> str | None:
    return getattr(indicator, "valid_until", None)


def _is_late(hit: HitLike) -> bool:
    """Whether the record is of a later day than the last on which the indicator holds."""
    until = _until(hit.indicator)
    return bool(until and hit.time is not None and hit.time.date().isoformat() > until[:10])


def _published(indicator: IndicatorLike) -> str:
    feeds = f"listed by {_some(indicator.feeds)}" if indicator.feeds else "listed by a feed"
    return f"published for {_some(indicator.campaigns)}" if indicator.campaigns else feeds


def _some(names: tuple[str, ...]) -> str:
    """The first three names, and how many more."""
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
