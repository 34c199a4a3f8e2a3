"""Everything the peer reads is read here: a table of its modules, which fails when one is missing."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from bridle import artifacts
from corpus import SHARED

TABLE = tomllib.loads((Path(__file__).parent / "peer_modules.toml").read_text("utf-8"))
MODULES = [
    (platform, source, module, tables)
    for platform, sources in TABLE.items()
    for source, modules in sources.items()
    for module, tables in modules.items()
]
LIST = SHARED / "knowledge" / "mvt_modules.json"
OWN = {"ledger"}


@pytest.mark.parametrize(
    ("platform", "source", "module", "tables"), MODULES, ids=[f"{p}-{s}-{m}" for p, s, m, _ in MODULES]
)
def test_what_a_module_reads_is_in_a_table(platform: str, source: str, module: str, tables: list[str]) -> None:
    loaded = [artifacts.load(name) for name in artifacts.paths()]
    known = {a.table(record) for a in loaded for record in a.records} | OWN
    assert tables
    assert [t for t in tables if t not in OWN and not t.startswith(f"{platform}.")] == []
    assert [t for t in tables if t not in known] == []


@pytest.mark.skipif(not LIST.is_file(), reason="the list of the peer's modules is not beside this checkout")
@pytest.mark.parametrize(("platform", "count"), [("ios", 40), ("android", 28)])
def test_every_module_of_the_peer_is_in_the_table(platform: str, count: int) -> None:
    theirs = {(m["source"], m["module"]) for m in json.loads(LIST.read_text("utf-8")) if m["platform"] == platform}
    assert len(theirs) == count
    assert theirs == {(source, module) for of, source, module, _ in MODULES if of == platform}
