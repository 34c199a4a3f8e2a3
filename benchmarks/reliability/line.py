"""One line of the page: what was tried, how often, and how often it went well."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line. `note` says what survived means here, or what did not; `command` runs it again."""

    what: str
    tried: int
    survived: int
    command: str
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """For keeping."""
        return asdict(self)
