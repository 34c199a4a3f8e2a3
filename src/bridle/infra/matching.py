"""Fingerprints of servers over scan exports: banners, order and case of headers, names in certificates.

Fingerprints are data (`fingerprints/*.toml`), each with its source, its confidence, what else it may be, and examples
that must match and must not. What an export does not hold (the raw answer, a certificate's names) cannot be compared:
such services count as not examined by a fingerprint, and never as no match.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from bridle.core import Gap
from bridle.detect.attribution import names
from bridle.infra.scans import Seen, Service, services
from bridle.infra.source_file import SourceFile
from bridle.infra.writing import Origin, writing

FOLDER = Path(__file__).resolve().parent / "fingerprints"
CONFIDENCE = {"low": 15, "medium": 50, "high": 85}
"""As numbers: STIX 2.1, appendix A."""
LONGEST = 1 << 16
"""Bytes of an answer that are looked at."""
_RAW = ("raw", "headers", "body", "status")
_NAMES = ("issuer", "subject")
_KEYS = frozenset((*_RAW, *_NAMES))
_WRONG = (tomllib.TOMLDecodeError, UnicodeDecodeError, re.error, KeyError, TypeError, ValueError, AttributeError,
          OverflowError, RecursionError)  # fmt: skip
"""What a file that is no TOML, or not of fingerprints, or whose patterns are too large or too deep, raises."""
_SAID = ("id", "title", "product", "confidence", "source", "references", "false_positives")


class FingerprintError(ValueError):
    """A file of fingerprints that cannot be used. One sentence."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """Conditions that must all hold."""

    patterns: Mapping[str, re.Pattern[bytes]]
    headers: tuple[bytes, ...] | None
    """The names of all headers, as they are sent."""
    names: Mapping[str, re.Pattern[str]]


@dataclass(frozen=True, kw_only=True)
class Example:
    """An answer, or a certificate, of which the fingerprint says whether it matches."""

    matches: bool
    service: Service


@dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What tells the servers of one product from others."""

    id: str
    title: str
    product: str
    confidence: str
    source: str
    references: tuple[str, ...]
    false_positives: str
    when: tuple[Alternative, ...]
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A service that fits a fingerprint."""

    fingerprint: str
    product: str
    confidence: str
    ip: str
    port: int | None
    time: str | None
    file: str
    sha256: str
    locator: str


@dataclass(kw_only=True)
class Matched:
    """What became of the exports."""

    matches: list[Match] = field(default_factory=list)
    services: int = 0
    not_examined: Counter[str] = field(default_factory=Counter)
    """By fingerprint: services that lack what it looks at."""
    gaps: list[tuple[str, Gap]] = field(default_factory=list)
    """Rows that could not be read, with their file; `MOST_GAPS` are kept."""
    unread: int = 0


MOST_GAPS = 1000


@lru_cache(maxsize=4)
def load(folder: Path = FOLDER) -> tuple[Fingerprint, ...]:
    """The fingerprints of a folder, by id. Raises FingerprintError."""
    found: dict[str, Fingerprint] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            listed = tomllib.loads(file.read_text("utf-8"))["fingerprint"]
            read = [_fingerprint(one) for one in listed]
        except _WRONG as e:
            raise FingerprintError(f"{file.name}: {type(e).__name__}: {e}"[:200]) from None
        for one in read:
            if one.id in found:
                raise FingerprintError(f"{file.name}: the id {one.id!r} is there twice")
            found[one.id] = one
    if not found:
        raise FingerprintError(f"{folder} holds no fingerprints: expected files such as finfisher.toml")
    return tuple(sorted(found.values(), key=lambda f: f.id))


def _fingerprint(one: Mapping[str, Any]) -> Fingerprint:
    said = {key: one[key] for key in _SAID}
    if said["confidence"] not in CONFIDENCE:
        raise ValueError(f"confidence: expected low, medium or high, got {said['confidence']!r:.40}")
    examples = tuple(_example(e) for e in one["example"])
    found = Fingerprint(
        **said | {"references": tuple(said["references"])}, when=tuple(_alternative(a) for a in one["when"]),
        examples=examples,
    )  # fmt: skip
    for n, e in enumerate(examples, 1):
        if fits(found, e.service) is not e.matches:
            raise ValueError(f"{found.id}: example {n} {'does not match' if e.matches else 'matches'}")
    if {e.matches for e in examples} != {True, False}:
        raise ValueError(f"{found.id}: expected an example that matches and one that does not")
    return found


def _alternative(given: Mapping[str, Any]) -> Alternative:
    if not given or not given.keys() <= _KEYS:
        raise ValueError(f"when: expected some of {', '.join(sorted(_KEYS))}, got {', '.join(given)}")
    headers = given.get("headers")
    return Alternative(
        patterns={k: re.compile(given[k].encode(), re.DOTALL) for k in ("raw", "body", "status") if k in given},
        headers=tuple(h.encode() for h in headers) if headers is not None else None,
        names={k: re.compile(given[k], re.DOTALL) for k in _NAMES if k in given},
    )


def _example(given: Mapping[str, Any]) -> Example:
    raw = given["raw"].encode("latin-1") if "raw" in given else None
    names = {k: given[k] for k in _NAMES if k in given}
    service = Service(
        locator="example", ip="192.0.2.1", raw=raw, certificates=(Seen(sha256=None, **names),) if names else ()
    )
    return Example(matches=given["matches"] is True, service=service)


def fits(fingerprint: Fingerprint, service: Service) -> bool | None:
    """Whether a service fits; None where the export lacks what would tell."""
    answers = [_holds(a, service) for a in fingerprint.when]
    return True if True in answers else None if None in answers else False


def _holds(a: Alternative, s: Service) -> bool | None:
    answers: list[bool | None] = []
    if a.patterns or a.headers is not None:
        answers.append(_answered(a, s))
    if a.names:
        answers.append(_named(a, s.certificates))
    return False if False in answers else None if None in answers else True


def _answered(a: Alternative, s: Service) -> bool | None:
    if s.raw is None:
        return None if s.headers or s.status or s.body is not None else False
    raw = s.raw[:LONGEST]
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    tests = {"raw": raw, "body": body, "status": status}
    for key, pattern in a.patterns.items():
        found = pattern.fullmatch(tests[key]) if key == "status" else pattern.search(tests[key])
        if found is None:
            return False
    return a.headers is None or a.headers == tuple(line.partition(b":")[0] for line in lines)


def _named(a: Alternative, certificates: Sequence[Seen]) -> bool | None:
    unknown = False
    for c in certificates:
        if not c.subject and not c.issuer:
            unknown = True
        elif all(pattern.fullmatch(getattr(c, key)) for key, pattern in a.names.items()):
            return True
    return None if unknown else False


def match_file(path: Path, fingerprints: Sequence[Fingerprint], out: Matched) -> None:
    """Match one export, a service at a time. Raises OSError and UnreadableError; what matched before stays."""
    file = SourceFile(path)
    for found in services(file):
        if isinstance(found, Gap):
            out.unread += 1
            if len(out.gaps) < MOST_GAPS:
                out.gaps.append((file.name, found))
            continue
        out.services += 1
        out.matches += _matches(file, found, fingerprints, out.not_examined)


def _matches(
    file: SourceFile, s: Service, fingerprints: Sequence[Fingerprint], not_examined: Counter[str]
) -> Iterator[Match]:
    for f in fingerprints:
        found = fits(f, s)
        if found is None:
            not_examined[f.id] += 1
        elif found:
            yield Match(
                fingerprint=f.id, product=f.product, confidence=f.confidence, ip=s.ip, port=s.port, time=s.time,
                file=file.name, sha256=file.sha256, locator=s.locator,
            )  # fmt: skip


SOURCE = "bridle fingerprints"
"""Who says what is recorded of matches."""


def record(matched: Matched, path: Path, folder: Path, recorded: str) -> int:
    """Write the matches of one export into a base, as claims of bridle's own; how many are new. Raises BaseError.

    Matched again with other fingerprints, what no longer matches is taken back.
    """
    file = SourceFile(path)
    origin = Origin(
        source=SOURCE, list_name=f"{path.resolve().parent.name}/{path.name}", file=path.name, sha256=file.sha256,
        form="match", recorded=recorded, complete=True, may_shrink=True,
    )  # fmt: skip
    with writing(folder, origin) as writer:
        for m in matched.matches:
            if (m.file, m.sha256) == (path.name, file.sha256):
                about: dict[str, Any] = {"port": m.port, "observed_first": m.time, "observed_last": m.time}
                about |= {"product": m.product, "vendor": names().makers.get(m.product)}
                about |= {"confidence": CONFIDENCE[m.confidence], "reference": f"fingerprint {m.fingerprint}"}
                writer.claim("ip-address", m.ip, m.locator, **about)
    return writer.counts["claim"]
