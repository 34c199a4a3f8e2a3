"""The words that a record may hold and that tell of nobody: names that bridle itself ships, and no others.

They are the baselines (programs and paths of ordinary devices), the texts that shipped rules compare with, and the
values that the documentation of an artifact's own fields names. A word that somebody wrote is shown only if it is one.
"""

from __future__ import annotations

import re
from functools import lru_cache

from bridle import artifacts
from bridle.artifacts.globs import Globs
from bridle.core import SURFACES, FormatError, fields_of
from bridle.detect.baselines import SHIPPED, shipped
from bridle.detect.rule import load_rules

_LITERAL = re.compile(r"'([^'\n%]{1,120})'")
_QUOTED = re.compile(r"`([^`\n]{1,80})`")
_FOLDER = re.compile(r"(?:/[A-Za-z0-9._-]+){2,}/\Z")
_STATUSES = {"parsed", "not wanted", "absent", "refused", "encrypted", "damaged", "killed"}
_WILD = re.compile(r"[*?\[\]{}]")


@lru_cache(maxsize=1)
def everywhere() -> frozenset[str]:
    """The words of baselines and rules, surfaces, and how files fared."""
    names = {line for file in SHIPPED.glob("*.txt") for line in shipped(file.stem)}
    return frozenset(names | _literals() | SURFACES | _STATUSES)


@lru_cache(maxsize=1)
def _literals() -> set[str]:
    """The texts that shipped rules compare with."""
    return {text for rule in load_rules() for text in _LITERAL.findall(rule.query)}


@lru_cache(maxsize=1)
def folders() -> frozenset[str]:
    """The folders that globs of artifacts, rules and paths of baselines lead through, each from the root."""
    found = {text.rstrip("/") for text in _literals() if _FOLDER.match(text)}
    for path in (*(g for globs in artifacts.paths().values() for g in globs), *shipped("ios_system_paths")):
        parts = path.split("/")
        for n in range(2, len(parts)):
            if _WILD.search(parts[n - 1]):
                break
            found.add("/".join(parts[:n]))
    return frozenset(found)


@lru_cache(maxsize=512)
def of_artifact(name: str) -> frozenset[str]:
    """The values that the documentation of an artifact's fields names; none of what is no artifact."""
    try:
        found = artifacts.load(name)
    except (KeyError, TypeError, FormatError):
        return frozenset()
    return frozenset(w for record in found.records for f in fields_of(record) for w in _QUOTED.findall(f.doc))


@lru_cache(maxsize=512)
def kinds_of(name: str) -> dict[str, str]:
    """The kinds of observable of an artifact's fields, by name; those that differ between its records are left out."""
    try:
        found = artifacts.load(name)
    except (KeyError, TypeError, FormatError):
        return {}
    kinds: dict[str, set[str]] = {}
    for record in found.records:
        for f in fields_of(record):
            kinds.setdefault(f.name, set()).add(f.kind or "")
    return {field: next(iter(k)) for field, k in kinds.items() if len(k) == 1 and "" not in k}


@lru_cache(maxsize=1)
def _globs() -> tuple[Globs, dict[str, int]]:
    pairs = [(glob, glob) for globs in artifacts.paths().values() for glob in globs]
    return Globs(pairs), {glob: len(_WILD.sub("", glob)) for glob, _ in pairs}


@lru_cache(maxsize=4096)
def pattern_of(path: str) -> str | None:
    """The glob of the artifact that reads the file at this path: the most particular; None where none does."""
    globs, length = _globs()
    return max(globs.names(path), key=lambda g: (length[g], g), default=None)


def is_wild(glob: str) -> bool:
    """Whether a glob stands for more than one path."""
    return _WILD.search(glob) is not None
