"""What is wrong with feeds, each problem with its place: what was not loaded, what means less than it seems to.

`error`: not loaded or not looked for; `warning`: loaded wider, weaker or beside what is meant; `note`: worth knowing.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from bridle.formats.urls import host_of
from bridle.indicators.feeds import SEVERITIES, Loaded, files_of, read_each
from bridle.indicators.model import CompoundIndicator, Indicator, Warning_
from bridle.indicators.normalise import bare
from bridle.indicators.reading import advice_on
from bridle.indicators.standard import Departure, departures
from bridle.indicators.surfaces import Restrictions, restriction_of
from bridle.indicators.too_general import too_general

MOST_OF_A_SORT = 100
"""Problems of one sort in one feed that are listed; the rest are counted."""
Found = Indicator | CompoundIndicator
_EXECUTABLES = Path(__file__).resolve().parents[1] / "baselines" / "ios_system_executables.txt"
_SHORTEST = 3
"""Characters of a process name that is no more than an abbreviation."""


def lint(paths: Path | Iterable[Path], today: date | None = None) -> list[Warning_]:
    """Every problem of feeds and folders of feeds, feed by feed, the worst first.

    With `today` also what has expired or is not valid yet.
    """
    paths = [paths] if isinstance(paths, Path) else list(paths)
    loaded = list(read_each(paths))
    files = dict(files_of(paths))
    own = {key: r for one in loaded for key, r in (one.own or {}).items()}
    known = _Known()
    out: list[Warning_] = []
    for one in loaded:
        problems = _Problems(one)
        problems.read(own, known, today)
        if one.feed.format == "stix" and one.feed.name in files:
            problems.leave_the_standard(files[one.feed.name].read_bytes())
        out += problems.listed()
    return out


class _Known:
    """What the feeds before this one say."""

    def __init__(self) -> None:
        self.markings: dict[tuple[str, str], tuple[str, str]] = {}
        """By kind and value: the marking, and the feed."""
        self.feeds: dict[tuple[str, str], str] = {}


class _Problems:
    def __init__(self, one: Loaded) -> None:
        self._one = one
        self._told: list[Warning_] = [_advised(w) for w in one.warnings]
        self._sorts: Counter[tuple[str, str]] = Counter()
        self._shared: Counter[str] = Counter()
        if not one.feed.loaded:
            self._told.append(Warning_(feed=one.feed.name, place=one.feed.name, reason=one.feed.reason or "not read"))

    def listed(self) -> list[Warning_]:
        """The problems, the worst first, then the numbers of those beyond."""
        beyond = [
            Warning_(feed=self._one.feed.name, place=self._one.feed.name, severity=severity,
                     reason=f"{n - MOST_OF_A_SORT:,} more: {sort}")
            for (severity, sort), n in self._sorts.items() if n > MOST_OF_A_SORT
        ]  # fmt: skip
        return sorted([*self._told, *beyond], key=lambda w: SEVERITIES.index(w.severity))

    def _tell(self, i: Found, severity: str, sort: str, reason: str, todo: str = "") -> None:
        self._count(i.place, severity, sort, reason, todo)

    def _count(self, place: str, severity: str, sort: str, reason: str, todo: str) -> None:
        self._sorts[severity, sort] += 1
        if self._sorts[severity, sort] <= MOST_OF_A_SORT:
            self._told.append(
                Warning_(feed=self._one.feed.name, place=place, reason=reason, severity=severity, advice=todo)
            )

    def read(self, own: Restrictions, known: _Known, today: date | None) -> None:
        first: dict[tuple[str, str], str] = {}
        for i in self._one.indicators:
            key = (i.kind, i.value)
            place = first.setdefault(key, i.place)
            if place is not i.place and place != i.place:
                self._tell(i, "note", "listed twice", f"{_shown(i)} is also at {place}", "take one of them out")
            elif place == i.place:
                if isinstance(i, Indicator):
                    self._general(i, own)
                self._validity(i, today)
        for i in self._one.indicators:
            if isinstance(i, Indicator) and first[i.kind, i.value] == i.place:
                self._covered(i, first)
            self._between(i, known)
        self._unsaid()

    def leave_the_standard(self, data: bytes) -> None:
        """What of a bundle's patterns STIX 2.1 does not define. What was told of an object is not told again."""
        told = {w.place for w in self._told if w.severity == "error"}
        properties: dict[str, list[Departure]] = {}
        for d in departures(data.decode("utf-8-sig", "replace")):
            if d.sort == "property":
                properties.setdefault(d.what, []).append(d)
            elif d.place not in told:
                self._count(d.place, "warning", "values that are none of their property's", d.what, d.advice)
        for name, some in properties.items():
            why = "which STIX 2.1 does not define: programs that keep to it never match them"
            reason = f"{len(some):,} patterns compare {name}, {why}"
            first, feed = some[0], self._one.feed.name
            self._told.append(
                Warning_(feed=feed, place=first.place, reason=reason, severity="note", advice=first.advice)
            )

    def _general(self, i: Indicator, own: Restrictions) -> None:
        general = too_general(i)
        if general is not None:
            kept = (i.kind, i.value) in own
            severity = "error" if general.refused and not kept else "warning"
            ends = "it is not looked for" if severity == "error" else "ordinary devices match it"
            advice = "take it out, or publish something narrower"
            self._tell(i, severity, "too general", f"{_shown(i)} is too general, {ends}: {general.why}", advice)
        elif i.kind == "process-name" and i.surfaces is None and restriction_of(i.kind, i.value, own) is _kind_only(i):
            if i.value in _executables():
                self._tell(i, "warning", "names of system programs",
                           f"{_shown(i)} is also the name of a program of iOS: ordinary devices match it",
                           "say in a surfaces.toml where it means something, or publish its path")  # fmt: skip
            elif len(i.value) <= _SHORTEST:
                self._tell(i, "warning", "short names", f"{_shown(i)} is so short that other programs have the name",
                           "say in a surfaces.toml where it means something")  # fmt: skip
        if i.kind == "url" and i.value.count("/") == 2:
            self._tell(i, "note", "URLs without a path", f"{_shown(i)} is found only where it stands without a path",
                       "publish the host as a domain or an address, if all of it is meant")  # fmt: skip
        if "xn--" in i.value and (scripts := _mixed(i)):
            self._tell(i, "note", "look-alike names", f"{_shown(i)} mixes the scripts {scripts} in one label",
                       "make sure that it is what was published, and not what a copy made of it")  # fmt: skip

    def _validity(self, i: Found, today: date | None) -> None:
        begin, end = (i.valid_from or "")[:10], (i.valid_until or "")[:10]
        if begin and end and end < begin:
            self._tell(i, "warning", "ends before it begins", f"{_shown(i)} is valid until {end}, before {begin}")
        elif today is not None and end and end < today.isoformat():
            self._tell(i, "warning", "expired", f"{_shown(i)} was valid until {end}")
        elif today is not None and begin and begin > today.isoformat():
            self._tell(i, "note", "not valid yet", f"{_shown(i)} is valid from {begin}")
        if i.revoked:
            self._tell(i, "note", "revoked", f"{_shown(i)} is revoked, and not looked for")

    def _covered(self, i: Indicator, listed: dict[tuple[str, str], str]) -> None:
        """A name below a listed name, a URL on a listed host, a file in a listed folder."""
        for kind, above in covering(i.kind, i.value):
            if (place := listed.get((kind, above))) is not None:
                self._tell(i, "note", "covered by others", f"{_shown(i)} is covered by {kind} {above!r:.80} at {place}")
                return

    def _between(self, i: Found, known: _Known) -> None:
        """What another feed, or another place of this one, says differently."""
        key, name = (i.kind, i.value), self._one.feed.name
        tlp = i.tlp or ""
        before = known.markings.get(key)
        if tlp and before is None:
            known.markings[key] = (tlp, name)
        elif tlp and before is not None and before[0] != tlp:
            reason = f"{_shown(i)} is {tlp} here and {before[0]} in {before[1]}"
            self._tell(i, "warning", "markings that differ", reason,
                       "findings take the marking that the feeds together allow; ask the sources")  # fmt: skip
        other = known.feeds.setdefault(key, name)
        if other != name:
            self._shared[other] += 1

    def _unsaid(self) -> None:
        """What many of a feed's indicators have in common, told once."""
        found, feed = self._one.indicators, self._one.feed.name
        for other, n in self._shared.most_common(MOST_OF_A_SORT):
            reason = f"{n:,} of {len(found):,} indicators are also in {other}; findings name both"
            self._told.append(Warning_(feed=feed, place=feed, reason=reason, severity="note"))
        for n, what, advice in (
            (sum(i.tlp is None for i in found), "no TLP marking: they may be shown to everybody",
             "say it in the feed: a column `tlp`, `object_marking_refs`, a tag"),
            (sum(i.confidence is None for i in found), "no confidence", "say it in the feed, as a number up to 100"),
        ):  # fmt: skip
            if n:
                reason = f"{n:,} of {len(found):,} indicators have {what}"
                self._told.append(Warning_(feed=feed, place=feed, reason=reason, severity="note", advice=advice))


_NO_DOMAIN = re.compile(r"expected a domain, got '([^']{1,60})'")


def _advised(w: Warning_) -> Warning_:
    """A problem with what to do about it, where its reader did not say so."""
    found = _NO_DOMAIN.search(w.reason) if not w.advice else None
    return replace(w, advice=advice_on("domain", found[1])) if found is not None else w


def covering(kind: str, value: str) -> Iterator[tuple[str, str]]:
    """The kinds and values that would match whatever this one matches, nearest first."""
    if kind == "domain":
        at = value.find(".")
        while at >= 0:
            yield "domain", value[at + 1 :]
            at = value.find(".", at + 1)
    elif kind == "url" and (host := host_of(value)) is not None:
        if ":" in host or host[-1:].isdigit():
            yield "ip-address", host
        else:
            yield "domain", bare(host)
            yield from covering("domain", bare(host))
    elif kind == "email":
        host = value.rpartition("@")[2]
        yield "domain", bare(host)
        yield from covering("domain", bare(host))
    elif kind == "file-path":
        path = value.rstrip("/")
        while (path := path.rpartition("/")[0]) != "":
            yield "file-path", path + "/"
            yield "file-path", path


def _shown(i: Found) -> str:
    return f"{i.kind} {i.shown!r:.80}"


def _kind_only(i: Indicator) -> object:
    """The word on the kind alone."""
    return restriction_of(i.kind, "\0")


@lru_cache(maxsize=1)
def _executables() -> frozenset[str]:
    lines = _EXECUTABLES.read_text("utf-8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def _mixed(i: Indicator) -> str:
    """The scripts of a label that mixes them; empty if none does."""
    host = i.value if i.kind == "domain" else host_of(i.value) or ""
    for label in host.split("."):
        if label.startswith("xn--"):
            try:
                text = label.encode().decode("idna")
            except UnicodeError:
                continue
            scripts = {unicodedata.name(c, "").partition(" ")[0] for c in text if c.isalpha()} - _TOGETHER
            if len(scripts) > 1:
                return " and ".join(sorted(scripts))
    return ""


_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL"})
"""Scripts that one language writes together, with or without Latin."""
