"""STIX 2.1 (and 2.0) bundles. One bad object is one warning; a file that is no bundle raises FeedError.

Source: OASIS STIX 2.1; the standard TLP markings are those of STIX 2.1 section 7.2.1.4 and of TLP 2.0.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bridle.core import SURFACES
from bridle.indicators.model import Claim, CompoundIndicator, Indicator, Warning_, instant, strictest, written
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.pattern import PatternError, parse
from bridle.indicators.plan import planned
from bridle.indicators.properties import FOLDERS, PROPERTIES
from bridle.indicators.stix_graph import Graph, Said
from bridle.indicators.stix_markings import Markings
from bridle.indicators.terms import singles

_PLAIN = re.compile(
    r"\s*\[\s*([a-z0-9-]+:[A-Za-z0-9_]+(?:\.(?:[A-Za-z_][A-Za-z0-9_-]*|'[A-Za-z0-9-]+'))?)\s*=\s*'([^'\\]*)'\s*\]\s*"
)
"""One value, as nearly every published pattern is. What it reads, the parser reads alike."""
_OBSERVABLES = frozenset({
    "artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr",
    "ipv6-addr", "mac-addr", "mutex", "network-traffic", "process", "software", "url", "user-account",
    "windows-registry-key", "x509-certificate",
})  # fmt: skip
_BENIGN = frozenset({"benign"})
_MALICIOUS = frozenset({"malicious-activity", "compromised", "attribution", "anonymization", "anomalous-activity"})

Found = Indicator | CompoundIndicator


class FeedError(ValueError):
    """The file is not the feed it looks like; none of it can be used."""


def read(text: str, feed: str) -> tuple[list[Found], list[Warning_]]:
    """The indicators of one bundle. Raises FeedError."""
    try:
        bundle = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise FeedError(f"not JSON: {type(e).__name__ if isinstance(e, RecursionError) else e}") from None
    if not isinstance(bundle, dict) or not isinstance(bundle.get("objects"), list):
        raise FeedError("not a STIX bundle: expected an object with a list of `objects`")
    return _Bundle(bundle["objects"], feed).read()


class _Bundle:
    def __init__(self, objects: list[Any], feed: str) -> None:
        self._feed = feed
        self._warnings: list[Warning_] = []
        self._objects = [o for o in objects if isinstance(o, dict) and isinstance(o.get("type", ""), str)]
        if len(self._objects) < len(objects):
            self._warn("objects", f"{len(objects) - len(self._objects)} entries are not objects")
        self._markings = Markings(self._objects, self._warn)
        self._graph = Graph(self._objects, feed, self._markings, self._warn)
        self._beside: dict[tuple[int, str | None], dict[str, Any]] = {}
        """What stands beside many indicators alike, by what the graph says and the marking."""

    def _warn(self, place: str, reason: str, severity: str = "error") -> None:
        self._warnings.append(
            Warning_(feed=self._feed, place=written(place)[:120], reason=written(reason)[:300], severity=severity)
        )

    def read(self) -> tuple[list[Found], list[Warning_]]:
        found = [i for o in self._objects if o.get("type") == "indicator" for i in self._limited(o)]
        self._no_indicators()
        return found, self._warnings

    def _limited(self, o: dict[str, Any]) -> Iterator[Found]:
        """An object's indicators, on the surfaces that its `x_bridle_surfaces` names."""
        given, place = o.get("x_bridle_surfaces"), str(o.get("id"))
        surfaces = frozenset(s for s in given if s in SURFACES) if isinstance(given, list) else frozenset()
        if given is not None and (not isinstance(given, list) or len(surfaces) != len(given)):
            expected = ", ".join(sorted(SURFACES))
            self._warn(place, f"x_bridle_surfaces: expected a list of {expected}, got {given!a:.60}", "warning")
        for i in self._indicator(o):
            yield replace(i, surfaces=surfaces) if surfaces and isinstance(i, Indicator) else i

    def _no_indicators(self) -> None:
        counts = Counter(str(o.get("type")) for o in self._objects)
        single, observed = sum(counts[t] for t in _OBSERVABLES), counts["observed-data"]
        if single or observed:
            told = f"{single} observables and {observed} observed-data are no indicators: they are not looked for"
            self._warn("objects", told, "note")

    def _indicator(self, o: dict[str, Any]) -> Iterator[Found]:
        place, pattern = written(str(o.get("id")))[:120], o.get("pattern")
        if not isinstance(pattern, str):
            self._warn(place, "an indicator without a pattern")
        elif o.get("pattern_type", "stix") != "stix":
            self._warn(place, f"a pattern of type {o['pattern_type']!a:.40} is not read here")
        elif _is_benign(o):
            self._warn(place, "its feed says that it is benign: it is not looked for", "note")
        else:
            about = self._about(o, place)
            plain = _plain(pattern)
            if plain is not None:
                kind, value, shown = plain
                yield Indicator(kind=kind, value=value, shown=shown, **about)
            else:
                yield from self._pattern(pattern, place, about)

    def _pattern(self, pattern: str, place: str, about: dict[str, Any]) -> Iterator[Found]:
        """What a pattern asks for: single values, one compound, or nothing that can be looked for."""
        try:
            plan = planned(parse(pattern))
        except PatternError as e:
            self._warn(place, f"the pattern cannot be parsed: {e}")
            return
        if plan.left_out:
            what = "the pattern cannot be evaluated" if plan.step is None else "not all of the pattern is looked for"
            self._warn(place, f"{what}: {_some(plan.left_out)}", "error" if plan.step is None else "warning")
        elif plan.doubts:
            self._warn(place, _some(plan.doubts), "warning")
        values = None if plan.step is None else singles(plan.step)
        if values is not None:
            for kind, value, shown in dict.fromkeys(values):
                yield Indicator(kind=kind, value=value, shown=shown, **about)
            return
        yield CompoundIndicator(
            value=pattern,
            step=plan.step,
            why=None if plan.step else _some(plan.left_out),
            left_out=plan.left_out,
            **about,
        )

    def _about(self, o: dict[str, Any], place: str) -> dict[str, Any]:
        """What an indicator has beside its pattern."""
        confidence, tlp = o.get("confidence"), self._markings.of(o)
        about: dict[str, Any] = {
            "feeds": (self._feed,), "place": place, "tlp": tlp, "confidence": _confidence(confidence),
            "valid_from": self._time(o, "valid_from"), "valid_until": self._time(o, "valid_until"),
            "revoked": o.get("revoked") is True,
        }  # fmt: skip
        if said := self._graph.of(str(o.get("id"))):
            key = (id(said), tlp)
            if key not in self._beside:
                self._beside[key] = {
                    "campaigns": tuple(dict.fromkeys(s.name for s in said if s.is_direct)),
                    "related": tuple(dict.fromkeys(s.related for s in said if s.related is not None)),
                    "claims": _claims(self._feed, tlp, said),
                }
            about |= self._beside[key]
        return about

    def _time(self, o: dict[str, Any], key: str) -> str | None:
        value = o.get(key)
        if value is None:
            return None
        if isinstance(value, str) and instant(value) is not None:
            return value
        self._warn(str(o.get("id")), f"{key}: expected a time, got {value!a:.40}: as if it were not said", "warning")
        return None


def _plain(pattern: str) -> tuple[str, str, str] | None:
    """Kind, value and spelling of a pattern of one value; None where the parser has to look."""
    m = _PLAIN.fullmatch(pattern)
    if m is None:
        return None
    name = m[1].replace("'", "")
    head, _, last = name.rpartition(".")
    if head.endswith((":hashes", "app:cert")):
        name = f"{head}.{last.lower().replace('-', '')}"
    found = PROPERTIES.get(name)
    if (
        name in FOLDERS
        or found is None
        or found.columns
        or len(found.kinds) != 1
        or (kind := found.kinds[0]) not in NORMALISE
    ):
        return None
    try:
        return kind, NORMALISE[kind](m[2]), m[2]
    except ValueError:
        return None


def _claims(feed: str, tlp: str | None, said: tuple[Said, ...]) -> tuple[Claim, ...]:
    """One for each audience, where names beside the indicator are meant for fewer than it is."""
    marks = dict.fromkeys([tlp, *(strictest((tlp, s.tlp)) for s in said)])
    if len(marks) == 1:
        return ()
    out = []
    for mark in marks:
        here = [s for s in said if strictest((tlp, s.tlp)) == mark]
        out.append(Claim(
            feed=feed, tlp=mark, campaigns=tuple(dict.fromkeys(s.name for s in here if s.is_direct)),
            related=tuple(dict.fromkeys(s.related for s in here if s.related is not None)),
        ))  # fmt: skip
    return tuple(out)


def _is_benign(o: dict[str, Any]) -> bool:
    """By its types; in STIX 2.0 they were its labels."""
    types = o.get("indicator_types", o.get("labels"))
    said = {str(t) for t in types} if isinstance(types, list) else set()
    return bool(said & _BENIGN) and not said & _MALICIOUS


def _confidence(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 100 else None


def _some(reasons: tuple[str, ...]) -> str:
    more = f"; and {len(reasons) - 3} more" if len(reasons) > 3 else ""
    return "; ".join(reasons[:3]) + more
