"""(a) Real inputs: `presumed_clean.tsv` says which, and why they are presumed clean, or why they are left out."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from bridle.case.ledger import LEDGER
from bridle.detect.memory import Memory
from bridle.detect.rule import load_rules
from bridle.detect.run import detect
from bridle.indicators import load
from detection.examine import Examined, examine, found

HERE = Path(__file__).parent
SHARED = Path(__file__).resolve().parents[3] / "shared"
CORPUS, INDICATORS = SHARED / "corpus", SHARED / "indicators"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A file of the corpus, and the judgement on it."""

    path: str
    use: str
    """`clean` or `excluded`."""
    platform: str
    input: str
    """Name of the acquisition that it is a part of."""
    place: str
    """Path in that; `file` is the file itself, `zip` its members, `listing` the paths it lists."""
    why: str


def judged() -> list[Row]:
    """Every row of presumed_clean.tsv."""
    with (HERE / "presumed_clean.tsv").open(encoding="utf-8", newline="") as stream:
        return [Row(**row) for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)]


def inputs(corpus: Path) -> dict[str, list[Row]]:
    """Name to the files of each input that is presumed clean and in the corpus."""
    named: dict[str, list[Row]] = {}
    for row in judged():
        if row.use == "clean" and (corpus / row.path).exists():
            named.setdefault(row.input, []).append(row)
    return named


def feeds() -> list[Path]:
    """The published feeds, where they are beside the checkout."""
    return [INDICATORS] if INDICATORS.is_dir() else []


def examined(name: str, corpus: Path, folder: Path) -> Examined:
    """One input, laid out below the new `folder` as a phone or an acquisition has it."""
    rows = inputs(corpus)[name]
    if rows[0].place == "listing":
        return _listing(corpus / rows[0].path)
    source = _laid_out(rows, corpus, folder)
    result = examine(source, folder / "case", feeds())
    shutil.rmtree(folder)
    return result


def _laid_out(rows: Sequence[Row], corpus: Path, folder: Path) -> Path:
    """The file, or the new folder of an acquisition."""
    if rows[0].place == "file":
        folder.mkdir(parents=True)
        return corpus / rows[0].path
    for row in rows:
        if row.place == "zip":
            _unpacked(corpus / row.path, folder / "files")
        else:
            place = folder / "files" / row.place
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(corpus / row.path, place)
    backup = folder / "files" / "backup"
    return backup if backup.is_dir() else folder / "files"


def _unpacked(archive: Path, root: Path) -> None:
    with zipfile.ZipFile(archive) as opened:
        for member in opened.namelist():
            place = root / member.lstrip("/").replace("filesystem2/", "private/var/", 1)
            if not member.endswith("/") and place.resolve().is_relative_to(root.resolve()):
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(opened.read(member))


def _listing(archive: Path) -> Examined:
    """The list of all files of a phone: rules and indicators that look at paths alone."""
    paths = list(_listed(archive))
    columns = {"source": ["S1"] * len(paths), "path": paths, "member": paths, "type": ["file"] * len(paths)}
    nothing = [None] * len(paths)
    table = pa.table([pa.array(columns.get(f.name, nothing), f.type) for f in LEDGER], names=LEDGER.names)
    rules = [r for r in load_rules() if r.needs == ("ledger",)]
    done = detect(Memory({"ledger": table}), load(feeds()), rules)
    run = {r.id for r in rules} - {n.rule for n in done.not_examined}
    return Examined(
        findings=tuple(found(f.as_dict()) for f in done.findings), recalled=(), by_rules=(), verdict="",
        rows=len(paths), artifacts=0, rules=len(run), problems=(),
    )  # fmt: skip


def _listed(archive: Path) -> Iterator[str]:
    with zipfile.ZipFile(archive) as opened, opened.open(opened.namelist()[0]) as stream:
        for row in csv.reader(io.TextIOWrapper(stream, "utf-8", "replace", newline="")):
            path = row[0].lstrip("/") if row else ""
            path = path.removeprefix("filesystem1/").replace("filesystem2/", "private/var/", 1)
            if "/" in path:
                yield f"/{path}"
