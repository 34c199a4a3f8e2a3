"""`bridle rules` over chains."""

import json
from pathlib import Path

from click.testing import CliRunner

from bridle.cli import bridle
from bridle.detect.chain import CHAINS

FILE = CHAINS / "ios_zero_click.toml"


def run(*arguments):
    return CliRunner().invoke(bridle, ["rules", *map(str, arguments)])


def test_list_names_chains_after_rules():
    lines = run("list").output.splitlines()
    assert any(line.startswith("chain          6 steps     chain-ios-zero-click: ") for line in lines)
    found = {r["id"]: r for r in json.loads(run("list", "--json").output)}
    assert (found["chain-ios-zero-click"]["steps"], found["chain-ios-zero-click"]["level"]) == (6, "at most high")


def test_show_prints_the_file():
    assert run("show", "chain-ios-zero-click").output == FILE.read_text("utf-8")
    assert run("show", "chain-nothing").exit_code == 2


def test_the_examples_of_a_file_are_tried(tmp_path: Path):
    assert "0 rules, 1 chains, 0 examples failed" in run("test", FILE).output
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(FILE.read_text("utf-8").replace('"ZPROCESS:1", "ZLIVE', '"ZPROCESS:3", "ZLIVE'), "utf-8")
    done = run("test", wrong)
    assert done.exit_code == 1
    assert "does not match ZPROCESS:3" in done.output
    assert "matches ZPROCESS:1, which it must not" in done.output


def test_a_chain_that_is_wrong_is_refused_with_its_place(tmp_path: Path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(FILE.read_text("utf-8").replace("minimum = 3", "minimum = 1"), "utf-8")
    done = run("test", wrong)
    assert done.exit_code == 2
    assert "wrong.toml: minimum: expected a number from 2 to 12, got 1" in done.output
