"""Telephone numbers that no person has, and the many ways in which a list writes one."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from random import Random

MEXICO, BENIN = datetime(2019, 8, 3, tzinfo=UTC), datetime(2024, 11, 30, tzinfo=UTC)
"""Since when mobile numbers are written without the 1 after +52, and all numbers with 01 after +229."""
_DIGITS = {
    "arabic": ("AE BH DZ EG IQ LB MA QA SA".split(), "٠١٢٣٤٥٦٧٨٩"),
    "persian": ("PK".split(), "۰۱۲۳۴۵۶۷۸۹"),
    "devanagari": ("IN NP".split(), "०१२३४५६७८९"),
}
_SPELLINGS = (
    ("plain", 52), ("spaced", 12), ("dashed", 8), ("double zero", 10), ("tel", 4), ("own digits", 5), ("bidi", 4),
    ("brackets", 3), ("hard spaces", 2),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Range:
    """A range of `list_ranges.toml`."""

    country: str
    """ISO 3166 alpha-2."""
    code: int
    prefixes: tuple[str, ...]
    digits: int
    """Free digits after a prefix."""
    basis: str
    """`reserved` or `unassigned`."""

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return len(self.prefixes) * int(10**self.digits)

    def number(self, index: int) -> str:
        """The number of a place in the range, E.164."""
        prefix, free = divmod(index % self.size, 10**self.digits)
        return f"+{self.code}{self.prefixes[prefix]}{free:0{self.digits}}"


@cache
def ranges() -> Mapping[str, Range]:
    """The range of each country."""
    text = (files("bridle.phantom") / "list_ranges.toml").read_text("utf-8")
    found = [Range(**{**r, "prefixes": tuple(r["prefixes"])}) for r in tomllib.loads(text)["range"]]
    return {r.country: r for r in found}


def as_written(number: str, time: datetime) -> str:
    """A number of today, E.164, in the form that its plan had at a time, E.164."""
    if number.startswith("+52") and time < MEXICO:
        return f"+521{number[3:]}"
    if number.startswith("+22901") and time < BENIN:
        return f"+229{number[6:]}"
    return number


def spelled(number: str, country: str, random: Random) -> str:
    """One of the ways in which people and programs write a number in E.164 form."""
    kinds, weights = zip(*_SPELLINGS, strict=True)
    kind = random.choices(kinds, weights)[0]
    code = str(ranges()[country].code) if country in ranges() else number[1:3]
    rest = number[1 + len(code) :]
    if kind == "own digits":
        return _own_digits(number, country)
    return {
        "plain": number,
        "spaced": f"+{code} {_grouped(rest, ' ')}",
        "dashed": f"+{code}-{_grouped(rest, '-')}",
        "double zero": f"00{code}{rest}",
        "tel": f"tel:+{code}-{_grouped(rest, '-')}",
        "bidi": f"\u202a{number}\u202c",
        "brackets": f"+{code} ({rest[:3]}) {_grouped(rest[3:], ' ')}",
        "hard spaces": f"+{code}\u00a0{_grouped(rest, chr(0xA0))}\u200e",
    }[kind]


def _own_digits(number: str, country: str) -> str:
    """In the digits of the country's script; where they are ours, full width."""
    for countries, digits in _DIGITS.values():
        if country in countries:
            return "+" + "".join(digits[int(d)] for d in number[1:])
    return "".join(chr(ord(c) + 0xFEE0) for c in number)


def _grouped(digits: str, between: str) -> str:
    """Three and three from the left, the last group of two to four."""
    groups = []
    while len(digits) > 4:
        groups.append(digits[:3])
        digits = digits[3:]
    return between.join([*groups, digits])
