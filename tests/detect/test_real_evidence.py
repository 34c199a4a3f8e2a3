"""The rules over the databases of ordinary phones: nothing at high or above, and every other finding accounted for."""

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import pyarrow as pa
import pytest

from bridle import artifacts
from bridle.core import Gap
from bridle.detect.examples import GAPS, STAMPS
from bridle.detect.memory import Memory
from bridle.detect.rule import LEVELS, load_rules
from bridle.detect.run import run_rules
from bridle.formats.arrow import schema, table_of
from corpus import CORPUS, needs_corpus

MVT = CORPUS / "ios" / "mvt" / "tests" / "artifacts" / "ios_backup"
PLASO = CORPUS / "ios" / "plaso" / "test_data"


class OnDisk:
    """One file of the corpus as a parser sees it."""

    def __init__(self, file: Path, path: str) -> None:
        self._file, self.path, self.size = file, PurePosixPath(path), file.stat().st_size
        self.sha256 = hashlib.sha256(file.read_bytes()).hexdigest()

    def open(self) -> BinaryIO:
        return self._file.open("rb")

    def sibling(self, suffix: str) -> None:
        return None


def parsed(name: str, file: Path) -> Iterator[tuple[str, pa.Table]]:
    """Every table of one artifact of one file, and its gaps."""
    artifact = artifacts.load(name)
    source = OnDisk(file, artifacts.paths()[name][0])
    rows: dict[Any, list[Any]] = {r: [] for r in (*artifact.records, Gap)}
    for part in artifact.parse(source):
        for row in part if not isinstance(part, tuple(rows)) else (part,):
            rows[type(row)].append(row)
    stamps = {"_source": "S1", "_path": str(source.path), "_sha256": source.sha256}
    for record, found in rows.items():
        table = table_of(record, found)
        table = pa.table(
            [*(pa.array([v] * table.num_rows, pa.string()) for v in stamps.values()), *table.columns],
            schema=pa.schema([*STAMPS, *schema(record)]),
        )
        if record is Gap:
            yield "gaps", table.add_column(0, "artifact", pa.array([name] * table.num_rows, pa.string())).cast(GAPS)
        else:
            yield artifact.table(record), table


def case(*files: tuple[str, Path]) -> Memory:
    tables: dict[str, pa.Table] = {}
    for name, file in files:
        for table, rows in parsed(name, file):
            tables[table] = pa.concat_tables([tables[table], rows]) if table in tables else rows
    return Memory(tables)


@needs_corpus
@pytest.mark.parametrize(
    "files",
    [
        (
            ("ios.data_usage", MVT / "0d" / "0d609c54856a9bb2d56729df1d68f2958a88426b"),
            ("ios.sms", MVT / "3d" / "3d0d7e5fb2ce288813306e4d4636395e047a3d28"),
            ("ios.tcc", MVT / "64" / "64d0019cb3d46bfc8cce545a8ba54b93e7ea9347"),
        ),
        (("ios.data_usage", PLASO / "ios" / "netusage.sqlite"),),
    ],
    ids=["backup of MVT", "netusage of plaso"],
)
def test_ordinary_phones_have_no_finding_from_low_on(files: tuple[tuple[str, Path], ...]) -> None:
    examined = case(*files)
    rules = [r for r in load_rules() if set(r.needs) <= set(examined.tables())]
    assert {"ios-data-usage-deleted-process", "ios-process-name-resembles-system"} <= {r.id for r in rules}
    found, lacking = run_rules(examined, rules)
    assert lacking == []
    assert [(f.rule, f.message) for f in found if LEVELS.index(f.level) >= LEVELS.index("low")] == []


@needs_corpus
def test_eleven_published_names_are_one_letter_from_a_system_process() -> None:
    """81 names were published; the figure was measured with another implementation of the distance."""
    names = [n.strip() for n in (CORPUS.parent / "indicators" / "amnesty_2021" / "processes.txt").read_text().split()]
    types = {f.name: f.type for f in pa.schema([*STAMPS, *schema(artifacts.load("ios.data_usage").records[0])])}
    rows = [{"_source": "S1", "_path": "/p", "_sha256": "a", "locator": str(n), "name": v} for n, v in enumerate(names)]
    table = pa.table([pa.array([r.get(k) for r in rows], t) for k, t in types.items()], names=list(types))
    (rule,) = [r for r in load_rules() if r.id == "ios-process-name-resembles-system"]
    (found,), _ = run_rules(Memory({"ios.data_usage.process": table}), [rule])
    assert found.count == 11
