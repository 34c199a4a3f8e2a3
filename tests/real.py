"""Reading the real files of the corpus, where it is beside the checkout."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from artifact_files import Stored, rows
from bridle import artifacts
from corpus import CORPUS

MVT = CORPUS / "ios" / "mvt" / "tests" / "artifacts" / "ios_backup"
PLASO = CORPUS / "ios" / "plaso" / "test_data"
ILEAPP = CORPUS / "ios" / "iLEAPP" / "admin" / "test" / "cases" / "data"
MESSAGES = CORPUS / "ios" / "imessage-exporter" / "imessage-database" / "test_data"


def read(name: str, path: Path):
    """All rows of a real file. Skips where the corpus does not have it."""
    if not path.is_file():
        pytest.skip(f"{path.relative_to(CORPUS)} is not in the corpus")
    return rows(artifacts.load(name), Stored(path.read_bytes()))


def read_zipped(name: str, archive: Path, ending: str):
    """All rows of the member of a zip whose name ends so, with its write-ahead log."""
    if not archive.is_file():
        pytest.skip(f"{archive.relative_to(CORPUS)} is not in the corpus")
    with zipfile.ZipFile(archive) as opened:
        member = next(n for n in sorted(opened.namelist()) if n.endswith(ending))
        log = f"{member}-wal"
        siblings = {"-wal": opened.read(log)} if log in opened.namelist() else {}
        return rows(artifacts.load(name), Stored(opened.read(member), siblings=siblings))


def counts(found) -> dict[str, int]:
    """Rows of each type; gaps are one of them."""
    return dict(Counter(type(r).__name__ for r in found))


def of(found, name: str):
    """The rows of one type."""
    return [r for r in found if type(r).__name__ == name]
