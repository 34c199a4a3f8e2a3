"""What an installed package asks for, by extra, and whether that is installed.

Of versions only `>=` and `<` of numbers are read.
"""

from __future__ import annotations

import re
from importlib import metadata

from bridle.classes import dataclass

_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*([<>=!~,.\d\s]*)(?:;\s*(.*))?\Z")
_EXTRA = re.compile(r"extra\s*==\s*[\"']([^\"']+)[\"']")
_BOUND = re.compile(r"(>=|<)\s*([\d.]+)")
_DEVELOPERS = "dev"


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One package that is asked for."""

    name: str
    wanted: str
    """Such as `>=1.5,<3`; empty for any version."""
    installed: str | None

    @property
    def satisfied(self) -> bool:
        """Whether it is installed in a version that is wanted."""
        if self.installed is None:
            return False
        have = _numbers(self.installed)
        bounds = [(sign, _numbers(number)) for sign, number in _BOUND.findall(self.wanted)]
        return all(have >= number if sign == ">=" else have < number for sign, number in bounds)


def of(package: str) -> dict[str, list[Requirement]]:
    """What it asks for, by extra; "" for what it always needs. Raises PackageNotFoundError.

    The extra of its developers, and packages that are an extra of the package itself, are left out.
    """
    found: dict[str, list[Requirement]] = {}
    for line in metadata.requires(package) or []:
        match = _REQUIREMENT.match(line)
        if match is None or match[1] == package:
            continue
        named = _EXTRA.search(match[3] or "")
        extra = named[1] if named else ""
        if extra != _DEVELOPERS:
            one = Requirement(name=match[1], wanted=match[2].strip(), installed=_installed(match[1]))
            found.setdefault(extra, []).append(one)
    return {extra: sorted(asked, key=lambda r: r.name) for extra, asked in found.items()}


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """`1.10.2rc1` as (1, 10, 2), zeros at the end left out."""
    found = [int(n) for n in re.findall(r"\d+", re.split(r"[a-zA-Z+-]", version, maxsplit=1)[0])]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)
