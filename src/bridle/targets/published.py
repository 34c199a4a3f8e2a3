"""What was published of the list of 2021: each value with who said it, as an interval, and what contradicts it.

The data is published.toml. Two claims contradict each other where no value is within both: 180 "at least" and 189
agree, 60 and 69 do not. Nothing is averaged, and none is called right.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from bridle.classes import dataclass


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one source said of a `key`; `high` None is no upper bound."""

    key: str
    of: str
    low: int
    said: str
    published: str
    source: str
    high: int | None = None

    def agrees(self, other: Claim) -> bool:
        """Whether some value is within both intervals."""
        return (self.high is None or other.low <= self.high) and (other.high is None or self.low <= other.high)

    def as_json(self) -> dict[str, Any]:
        """With the sources that contradict it."""
        return {
            "key": self.key, "of": self.of, "low": self.low, "high": self.high, "said": self.said,
            "published": self.published, "source": self.source,
            "contradicted_by": [c.source for c in claims() if c.key == self.key and not c.agrees(self)],
        }  # fmt: skip


@cache
def claims() -> tuple[Claim, ...]:
    """All claims, in the order of the file."""
    stored = tomllib.loads((files("bridle.targets") / "published.toml").read_text("utf-8"))["claim"]
    return tuple(Claim(**row) for row in stored)


def compared() -> str:
    """All claims as text, those of one key together, contradictions named."""
    lines = ["What was published (none of it is a count of this project)"]
    for _, group in groupby(claims(), key=lambda c: c.key):
        some = tuple(group)
        against = any(not a.agrees(b) for a in some for b in some)
        lines.append(f"  {some[0].of}" + ("  -- sources contradict each other" if against else ""))
        lines += [f"    {_interval(c):>18}  {c.said} ({c.source}, {c.published})" for c in some]
    return "\n".join(lines)


def _interval(claim: Claim) -> str:
    if claim.high is None:
        return f"[{claim.low:,}, …)"
    return f"[{claim.low:,}, {claim.high:,}]"
