"""What a reader of one file hands on: rows for the base, and warnings with their places."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from bridle.indicators.model import instant
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.reading import refanged
from bridle.infra.base import Value
from bridle.infra.writing import Writer

MOST_WARNINGS = 1000
"""Warnings of one file that are kept; the rest are counted."""
_HOST = re.compile(r"(?:\*\.)?(?!www\.)((?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]{2,24})\.?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something in a file that was not understood."""

    file: str
    locator: str
    reason: str
    severity: str = "error"
    """As in `bridle.indicators.Warning_`; a `note` is no warning."""


@dataclass(slots=True)
class Taking:
    """The rows of one file on their way to the base."""

    writer: Writer
    file: str
    said: dict[str, Any] = field(default_factory=dict)
    """What the user says of every claim of the file: it goes before what the file says."""
    says: str | None = None
    problems: list[Problem] = field(default_factory=list)
    beyond: int = 0

    def warn(self, locator: str, reason: str, severity: str = "error") -> None:
        """A row that was not understood, or not wholly."""
        if severity != "note":
            self.writer.warnings += 1
        if len(self.problems) >= MOST_WARNINGS:
            self.beyond += 1
            return
        self.problems.append(Problem(file=self.file, locator=locator[:120], reason=reason[:300], severity=severity))

    def claim(self, kind: str, value: str, locator: str, says: str = "attacker", shown: str = "", **about: Any) -> None:
        """One claim, with what the user says of all of them."""
        merged = {k: v for k, v in about.items() if v is not None} | self.said
        self.writer.claim(kind, value, locator, self.says or says, shown, **merged)

    def revoke(self, kind: str, value: str, locator: str, shown: str = "", **about: Any) -> None:
        """A claim that its source says is taken back."""
        merged = {k: v for k, v in about.items() if v is not None} | self.said
        self.writer.revoke(kind, value, locator, self.says or "attacker", shown, **merged)

    def host(self, text: Any, locator: str, what: str) -> Value | None:
        """A domain or an address; None with a warning for what is neither."""
        found = host(text) if isinstance(text, str) and len(text) <= 300 else None
        if found is None:
            self.warn(locator, f"{what}: expected a domain or an address, got {text!a:.60}")
        return found


@lru_cache(maxsize=1 << 15)
def host(text: str) -> Value | None:
    """A domain (without `www.`, `*.` and a final dot) or an address as they are compared; None for anything else."""
    plain = _HOST.fullmatch(text)
    if plain is not None:
        return Value("domain", plain[1])
    bare = refanged(text.strip())
    if bare[:1].isdigit() or ":" in bare:
        found = address(bare)
        if found is not None:
            return found
    try:
        return Value("domain", NORMALISE["domain"](bare))
    except ValueError:
        return None


@lru_cache(maxsize=1 << 15)
def address(text: str) -> Value | None:
    """An address, or a network in CIDR notation, as they are compared; None for anything else."""
    try:
        value = NORMALISE["ip-address"](text)
    except ValueError:
        return None
    if "/" not in value:
        return Value("ip-address", value)
    network = ipaddress.ip_network(value)
    if network.prefixlen == network.max_prefixlen:
        return Value("ip-address", str(network.network_address))
    return Value("network", value)


def moment(value: Any) -> str | None:
    """A time of a file (seconds since 1970, or ISO 8601, in UTC where no zone is said) as the base has it, or None."""
    if isinstance(value, str) and re.fullmatch(r"\d{9,11}(?:\.\d+)?", value):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(int(value)) if abs(value) < 1e12 else None
    if not isinstance(value, str) or len(value) > 60:
        return None
    text = value.strip().removesuffix(" UTC")
    if (fraction := re.fullmatch(r"(.*\.\d{6})\d+(Z|[+-]\d\d:?\d\d)?", text)) is not None:
        text = fraction[1] + (fraction[2] or "")
    found = instant(text)
    return _text(found) if found is not None else None


@lru_cache(maxsize=1 << 12)
def _since_1970(seconds: int) -> str | None:
    try:
        return _text(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _text(time: datetime) -> str:
    return time.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
