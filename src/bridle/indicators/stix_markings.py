"""For whom the objects of a bundle are: the Traffic Light Protocol, in every way that STIX writes it down.

Granular markings hold for parts of an object; here they hold for the whole. A marking that nobody can look up counts as
the narrowest: what it says may be that.

Sources: OASIS STIX 2.1 section 7.2; OASIS extension definition for TLP 2.0; FIRST TLP 2.0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bridle.core import TLP
from bridle.indicators.model import marking, strictest

_STANDARD = {
    "613f2e26-407d-48c7-9eca-b8e91df99dc9": "TLP:CLEAR", "34098fce-860f-48ae-8e50-ebd3cc5e41da": "TLP:GREEN",
    "f88d31f6-486f-44da-b317-01333bde0b82": "TLP:AMBER", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "TLP:RED",
    "94868c89-83c2-464b-929b-a1a8aa3c8487": "TLP:CLEAR", "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "TLP:GREEN",
    "55d920b0-5e8b-4f79-9ee9-91f868d9b421": "TLP:AMBER", "939a9414-2ddd-4d32-a0cd-375ea402b003": "TLP:AMBER+STRICT",
    "e828b379-4e03-4974-9ac4-e53a884c97c1": "TLP:RED",
}  # fmt: skip
_NARROWEST = TLP[-1]


class Markings:
    """The markings of one bundle."""

    def __init__(self, objects: Sequence[dict[str, Any]], warn: Callable[[str, str, str], None]) -> None:
        self._warn = warn
        self._defined = {str(o.get("id")): _defined(o) for o in objects if o.get("type") == "marking-definition"}
        self._told: set[str] = set()

    def of(self, o: dict[str, Any]) -> str | None:
        """The narrowest marking of an object; None if it has none that limits who may see it."""
        refs, granular = o.get("object_marking_refs"), o.get("granular_markings")
        if refs is None and granular is None:
            return None
        named = list(refs) if isinstance(refs, list) else []
        for mark in granular if isinstance(granular, list) else []:
            if isinstance(mark, dict) and mark.get("marking_ref") is not None:
                named.append(mark["marking_ref"])
        return strictest(filter(None, map(self._marking, map(str, named))))

    def _marking(self, ref: str) -> str | None:
        if (standard := _STANDARD.get(ref.rpartition("--")[2])) is not None:
            return standard
        if ref in self._defined:
            return self._defined[ref]
        if ref not in self._told:
            self._told.add(ref)
            self._warn(ref, "a marking that the bundle does not define: taken as TLP:RED", "warning")
        return _NARROWEST


def _defined(o: dict[str, Any]) -> str | None:
    """A definition's TLP; None for a statement, which says whose it is and not who may see it."""
    extensions = o.get("extensions")
    for extension in extensions.values() if isinstance(extensions, dict) else ():
        if isinstance(extension, dict) and isinstance(extension.get("tlp_2_0"), str):
            return marking(extension["tlp_2_0"])
    definition = o.get("definition")
    if o.get("definition_type") == "tlp" and isinstance(definition, dict):
        return marking(str(definition.get("tlp")))
    if o.get("definition_type") == "statement":
        return None
    name = o.get("name")
    return marking(name) if isinstance(name, str) and name.upper().startswith("TLP:") else _NARROWEST
