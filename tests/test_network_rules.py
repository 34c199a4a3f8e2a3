"""What the rules about captures find of what was planted in synthetic ones, and that they find nothing else."""

from contextlib import closing
from pathlib import Path

import pytest

from bridle.detect.query import run_rule
from bridle.detect.rule import load_rules
from bridle.phantom import capture
from network.tables import memory, tables

RULES = [r for r in load_rules() if r.platform == "network" and all(n.startswith("network.") for n in r.needs)]
TOLD = {
    "redirect": {"network-injection-redirect", "network-injection-race"},
    "race": {"network-injection-race"},
    "beacon": {"network-beacon"},
    "tunnel": {"network-dns-tunnel"},
    "exfiltration": {"network-mostly-sent"},
}


def told(path: Path) -> set[str]:
    with closing(memory(tables(path)).connect()) as db:
        return {rule.id for rule in RULES if run_rule(db, rule)}


@pytest.mark.parametrize("attack", sorted(TOLD))
def test_each_attack_is_told_by_its_rules_and_by_no_other(tmp_path: Path, attack: str) -> None:
    for seed in (1, 2):
        path = tmp_path / f"{seed}.pcapng"
        capture.write(path, seed, (attack,))
        assert told(path) == TOLD[attack]


def test_ordinary_traffic_is_told_by_none(tmp_path: Path) -> None:
    assert len(RULES) >= 15
    for seed, scale in ((1, 1), (2, 4), (3, 1)):
        path = tmp_path / f"{seed}.pcapng"
        capture.write(path, seed, (), scale)
        assert told(path) == set()
