"""Everything the peer reads is read here: a table of its modules, which fails when one is missing."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from bridle import artifacts
from corpus import SHARED

TABLE = tomllib.loads((Path(__file__).parent / "peer_modules.toml").read_text("utf-8"))
MODULES = [(source, module, tables) for source, modules in TABLE.items() for module, tables in modules.items()]
LIST = SHARED / "knowledge" / "mvt_modules.json"
OWN = {"ledger"}


@pytest.mark.parametrize(("source", "module", "tables"), MODULES, ids=[f"{s}-{m}" for s, m, _ in MODULES])
def test_what_a_module_reads_is_in_a_table(source: str, module: str, tables: list[str]) -> None:
    loaded = [artifacts.load(name) for name in artifacts.paths()]
    known = {a.table(record) for a in loaded for record in a.records} | OWN
    assert tables
    assert [t for t in tables if t not in known] == []


@pytest.mark.skipif(not LIST.is_file(), reason="the list of the peer's modules is not beside this checkout")
def test_every_module_of_the_peer_is_in_the_table() -> None:
    theirs = {(m["source"], m["module"]) for m in json.loads(LIST.read_text("utf-8")) if m["platform"] == "ios"}
    assert len(theirs) == 40
    assert theirs == {(source, module) for source, module, _ in MODULES}
