"""What a child can be asked to read a file with: an artifact, or the YARA rules of whoever asked."""

from __future__ import annotations

from bridle import artifacts
from bridle.core import Artifact
from bridle.indicators import yara


def load(name: str) -> Artifact:
    """The artifact of that name, or that of YARA. Raises KeyError for an unknown one."""
    return yara.ARTIFACT if name == yara.NAME else artifacts.load(name)
