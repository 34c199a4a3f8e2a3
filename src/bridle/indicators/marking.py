"""The Traffic Light Protocol as feeds write it."""

from __future__ import annotations

from bridle.core import TLP


def read_marking(text: str) -> str | None:
    """A marking in TLP 2.0's spelling; None if it is none. WHITE is CLEAR of TLP 1."""
    level = text.strip().upper().removeprefix("TLP:").strip().replace("_", "+").replace("WHITE", "CLEAR")
    return f"TLP:{level}" if f"TLP:{level}" in TLP else None
