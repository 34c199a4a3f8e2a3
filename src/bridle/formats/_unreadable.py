"""What stands in the place of a value that could not be decoded."""

from __future__ import annotations

from bridle.classes import dataclass


@dataclass(frozen=True)
class Unreadable:
    """A value that is there and could not be decoded."""

    reason: str
    offset: int
    """In the file, of the value."""
