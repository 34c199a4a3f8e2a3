"""Small knowledge bases, written as `bridle infra import` writes them."""

from collections.abc import Callable
from pathlib import Path

from bridle.infra.writing import Origin, Writer, writing


def made(folder: Path, fill: Callable[[Writer], None], source: str = "Example Lab", file: str = "list.csv") -> Path:
    """A base with what `fill` writes, added to what the folder holds."""
    origin = Origin(
        source=source,
        list_name=file,
        file=file,
        sha256="00" * 32,
        form="csv",
        recorded="2026-01-01T00:00:00Z",
        complete=False,
    )
    with writing(folder, origin) as writer:
        fill(writer)
    return folder
