"""What every artifact must do. A new one is held to all of it by adding its file and a fixture folder."""

from __future__ import annotations

import inspect
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import bridle
from artifact_files import FIXTURES, Stored, artifact_of, as_json, content, expected, fixtures, rows, stored
from bridle import artifacts
from bridle.artifacts import catalogue
from bridle.core import FormatError, Gap, Record, fields_of
from bridle.formats import arrow

NAMES = sorted(artifacts.paths())
FILES = fixtures()
each = pytest.mark.parametrize("fixture", FILES, ids=[str(f.relative_to(FIXTURES)) for f in FILES])
every = pytest.mark.parametrize("name", NAMES)
CORRUPTIONS = 300


def test_the_artifacts_and_the_fixture_folders_are_the_same() -> None:
    assert NAMES, "no artifact was found"
    assert sorted({".".join(f.parent.relative_to(FIXTURES).parts) for f in FILES}) == NAMES


@each
def test_reads_what_was_written_down_by_hand(fixture: Path) -> None:
    found = [as_json(row) for row in rows(artifact_of(fixture), stored(fixture))]
    wanted = expected(fixture)
    assert wanted, "a fixture without rows shows nothing"
    assert _by_table(found) == _by_table(wanted)


def _by_table(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Rows of each type in their order; where gaps stand among blocks is no one's promise."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for line in found:
        for table, row in line.items():
            tables.setdefault(table, []).append(row)
    return tables


@each
def test_every_row_can_be_found_again(fixture: Path) -> None:
    places = [row.locator for row in rows(artifact_of(fixture), stored(fixture))]
    assert len(places) == len(set(places))
    assert all(places)


@each
def test_every_row_fits_its_table(fixture: Path) -> None:
    artifact = artifact_of(fixture)
    for item in artifact.parse(stored(fixture)):
        found = list(item) if not isinstance(item, Record) else [item]
        for row in found:
            assert type(row) in (*artifact.records, Gap)
            assert list(arrow.ArrowBlock(type(row), arrow.table_of(type(row), [row]))) == [row]


@each
def test_survives_damage(fixture: Path) -> None:
    """Records, gaps and FormatError are fine; anything else is a bug."""
    artifact, good, chance = artifact_of(fixture), content(fixture), random.Random(0)
    for _ in range(CORRUPTIONS):
        bad = bytearray(good[: chance.randrange(1, len(good) + 1)] if chance.random() < 0.5 else good)
        for _ in range(chance.randrange(1, 20)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        try:
            found = rows(artifact, stored(fixture, bytes(bad)))
        except FormatError:
            continue
        for cls in (*artifact.records, Gap):
            kept = [row for row in found if type(row) is cls]
            assert arrow.table_of(cls, kept).num_rows == len(kept)
        assert all(as_json(row) for row in found)


@every
def test_is_lazy(name: str) -> None:
    """Nothing is opened before the first row is asked for."""
    parse = artifacts.load(name).parse
    file = Stored(b"")
    assert inspect.isgeneratorfunction(parse)
    parse(file)
    assert file.opened == []


@every
def test_an_empty_file_is_a_format_error_or_nothing(name: str) -> None:
    try:
        assert rows(artifacts.load(name), Stored(b"")) == []
    except FormatError as e:
        assert str(e)


@every
def test_is_documented(name: str) -> None:
    artifact = artifacts.load(name)
    assert artifact.name == name
    assert "Known limits:" in artifact.doc
    assert "Sources:" in artifact.doc
    assert artifact.records
    for cls in artifact.records:
        assert cls.__doc__, f"{cls.__name__} does not say what it is"
        assert not cls.__doc__.startswith(f"{cls.__name__}("), f"{cls.__name__} does not say what it is"
        undocumented = [f.name for f in fields_of(cls) if f.name != "locator" and not f.doc]
        assert undocumented == []
        assert arrow.schema(cls).names[0] == "locator"


@every
def test_is_found_by_each_of_its_paths(name: str) -> None:
    for glob in artifacts.paths()[name]:
        assert glob.startswith("/")
        assert name in artifacts.for_path(glob.replace("**", "a/b").replace("*", "0A1B"))


def test_the_catalogue_is_up_to_date() -> None:
    page = Path(__file__).parents[1] / "docs" / "artifacts.md"
    assert page.read_text("utf-8") == catalogue.markdown(), "run `make docs`"


TINY = '''"""build.txt: the build a phone runs.

Known limits: it does not say since when.

Sources: written for this test.
"""

from __future__ import annotations

from collections.abc import Iterator

from bridle.core import Record, SourceFile, artifact, note, record


@record
class Build(Record):
    """One line."""

    build: str = note(doc="number of the build")


@artifact("/private/var/mobile/build.txt")
def build_text(file: SourceFile) -> Iterator[Build]:
    with file.open() as stored:
        for number, line in enumerate(stored, 1):
            yield Build(locator=f"line {number}", build=line.decode("utf-8", "backslashreplace").strip())
'''


def test_a_new_artifact_costs_one_file_and_one_folder(tmp_path: Path) -> None:
    """A copy with nothing added but these three files: they are found, held to the same tests, and pass."""
    package, tests = tmp_path / "src" / "bridle", tmp_path / "tests"
    shutil.copytree(Path(bridle.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    tests.mkdir()
    for helper in ("artifact_files.py", "test_artifacts.py"):
        shutil.copy(Path(__file__).parent / helper, tests)
    (package / "artifacts" / "ios" / "build_text.py").write_text(TINY)
    folder = tests / "artifacts" / "ios" / "build_text"
    folder.mkdir(parents=True)
    (folder / "two.txt").write_text("18C66\n19H349\n")
    (folder / "two.jsonl").write_text(
        '{"Build": {"locator": "line 1", "build": "18C66"}}\n{"Build": {"locator": "line 2", "build": "19H349"}}\n'
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "build_text or two.txt",
        str(tests),
    ]
    environment = {**os.environ, "PYTHONPATH": f"{package.parent}:{tests}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "8 passed" in done.stdout
