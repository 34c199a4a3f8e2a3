"""STIX 2.1 (and 2.0) bundles. One bad object is one warning; a file that is no bundle raises FeedError.

Source: OASIS STIX 2.1; the standard TLP markings are those of STIX 2.1 section 7.2.1.4 and of TLP 2.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bridle.core import TLP
from bridle.indicators.model import Indicator, Warning_
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.pattern import NotEvaluableError, PatternError, Value, values

_KINDS = {
    "domain-name:value": "domain", "ipv4-addr:value": "ip-address", "ipv6-addr:value": "ip-address", "url:value": "url",
    "email-addr:value": "email", "process:name": "process-name", "file:name": "file-name", "file:path": "file-path",
    "file:hashes.sha256": "sha256", "file:hashes.sha1": "sha1", "file:hashes.md5": "md5", "app:id": "app-id",
    "app:cert.sha256": "cert", "app:cert.sha1": "cert", "app:cert.md5": "cert",
    "configuration-profile:id": "profile-id", "android-property:name": "property-name",
}  # fmt: skip
_NAMED = frozenset({"malware", "campaign", "threat-actor", "intrusion-set", "tool", "infrastructure", "report"})
_TLP = {
    "613f2e26-407d-48c7-9eca-b8e91df99dc9": "TLP:CLEAR", "34098fce-860f-48ae-8e50-ebd3cc5e41da": "TLP:GREEN",
    "f88d31f6-486f-44da-b317-01333bde0b82": "TLP:AMBER", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "TLP:RED",
    "94868c89-83c2-464b-929b-a1a8aa3c8487": "TLP:CLEAR", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "TLP:GREEN",
    "55d920b0-5e8b-4f79-9ee9-91f868d9b421": "TLP:AMBER", "939a9414-2ddd-4d32-a0cd-375ea402b003": "TLP:AMBER+STRICT",
    "e828b379-4e03-4974-9ac4-e53a884c97c1": "TLP:RED",
}  # fmt: skip


class FeedError(ValueError):
    """The file is not the feed it looks like; none of it can be used."""


def read(text: str, feed: str) -> tuple[list[Indicator], list[Warning_]]:
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
        self._names = {str(o.get("id")): str(o["name"]) for o in self._objects
                       if o.get("type") in _NAMED and isinstance(o.get("name"), str)}  # fmt: skip
        self._campaigns: dict[str, list[str]] = {}

    def _warn(self, place: str, reason: str) -> None:
        self._warnings.append(Warning_(feed=self._feed, place=place[:120], reason=reason[:300]))

    def read(self) -> tuple[list[Indicator], list[Warning_]]:
        for o in self._objects:
            self._relate(o)
        found = [i for o in self._objects if o.get("type") == "indicator" for i in self._indicator(o)]
        return found, self._warnings

    def _relate(self, o: dict[str, Any]) -> None:
        if o.get("type") == "relationship":
            source, target = o.get("source_ref"), o.get("target_ref")
            if not isinstance(source, str) or not isinstance(target, str):
                self._warn(str(o.get("id")), "a relationship without source_ref and target_ref")
            elif target in self._names:
                self._campaigns.setdefault(source, []).append(self._names[target])
        elif o.get("type") == "report" and str(o.get("id")) in self._names:
            refs = o.get("object_refs")
            for ref in refs if isinstance(refs, list) else []:
                self._campaigns.setdefault(str(ref), []).append(self._names[str(o["id"])])

    def _indicator(self, o: dict[str, Any]) -> Iterator[Indicator]:
        place, pattern = str(o.get("id")), o.get("pattern")
        if not isinstance(pattern, str):
            self._warn(place, "an indicator without a pattern")
            return
        if o.get("pattern_type", "stix") != "stix":
            self._warn(place, f"a pattern of type {o['pattern_type']!r:.40} is not read here")
            return
        try:
            found = values(pattern)
        except PatternError as e:
            self._warn(place, f"the pattern cannot be parsed: {e}")
            return
        except NotEvaluableError as e:
            self._warn(place, f"the pattern cannot be evaluated: {e}")
            return
        for value in found:
            yield from self._one(o, place, value)

    def _one(self, o: dict[str, Any], place: str, value: Value) -> Iterator[Indicator]:
        kind = _KINDS.get(_key(value.path))
        if kind is None:
            self._warn(place, f"the pattern key {value.path!r:.80} is not known")
            return
        text = value.text
        if value.operator == "LIKE":
            likened = _like(kind, text)
            if likened is None:
                self._warn(place, f"LIKE {text!r:.60} on {value.path} cannot be evaluated")
                return
            text = likened
        try:
            normal = NORMALISE[kind](text)
        except ValueError as e:
            self._warn(place, str(e))
            return
        confidence = o.get("confidence")
        yield Indicator(
            kind=kind, value=normal, shown=text, feeds=(self._feed,),
            campaigns=tuple(dict.fromkeys(self._campaigns.get(place, ()))), tlp=_tlp(o),
            confidence=confidence if isinstance(confidence, int) else None, valid_from=_time(o.get("valid_from")),
            valid_until=_time(o.get("valid_until")), revoked=o.get("revoked") is True,
        )  # fmt: skip


def _key(path: str) -> str:
    head, _, rest = path.partition(".")
    return f"{head}.{rest.lower().replace('-', '')}" if head in ("file:hashes", "app:cert") else path


def _like(kind: str, text: str) -> str | None:
    """What a LIKE says as a plain value: a folder for paths, a domain with what is below it; else None."""
    plain = "_" not in text
    if kind == "file-path" and plain and text.endswith("/%") and text.count("%") == 1:
        return text[:-1]
    if kind == "domain" and plain and text.startswith("%.") and text.count("%") == 1:
        return text[2:]
    return text if plain and "%" not in text else None


def _time(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _tlp(o: dict[str, Any]) -> str | None:
    refs = o.get("object_marking_refs")
    found = [_TLP[m] for r in (refs if isinstance(refs, list) else []) if (m := str(r).rpartition("--")[2]) in _TLP]
    return max(found, key=TLP.index, default=None)
