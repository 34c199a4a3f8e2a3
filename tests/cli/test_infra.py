"""`bridle infra` on the command line: what it prints, and how it ends."""

import json

import pytest
from click.testing import CliRunner

from bridle.cli import bridle


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*args, expect=0):
        done = CliRunner().invoke(bridle, ["infra", *map(str, args)])
        assert done.exit_code == expect, done.output
        return done

    return call


def test_import_show_and_conflicts(run, tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "v3_domains.txt").write_text("lure.example\nnot a domain\n")
    done = run("import", "lists/v3_domains.txt", "--base", "base", "--source", "Lab", "--vendor", "NSO Group", expect=1)
    assert done.stdout == (
        "lists/v3_domains.txt  feed  1 claims, 0 relations, 0 facts; 0 known already, 1 not understood\n"
    )
    assert "lists/v3_domains.txt: line 2: error: expected a domain, got 'not a domain'\n" in done.stderr
    (tmp_path / "other.txt").write_text("lure.example\n")
    (told,) = json.loads(run("import", "other.txt", "--base", "base", "--product", "Predator", "--json").stdout)
    assert (told["form"], told["state"], told["claims"], told["problems"]) == ("feed", "imported", 1, [])
    shown = run("show", "lure.example", "--base", "base").stdout.splitlines()
    assert shown[0] == "domain  lure.example"
    assert shown[1].startswith("  Lab  attacker: NSO Group, v3  (lists/v3_domains.txt, line 1; 20")
    done = run("conflicts", "--base", "base", expect=1)
    assert done.stdout.startswith("vendor     domain  lure.example  Lab: NSO Group (lists/v3_domains.txt, line 1); ")
    assert done.stderr == "1 vendor, 0 generation, 0 benign, 0 alone\n"
    found = json.loads(run("conflicts", "--base", "base", "--json", expect=1).stdout)
    assert [s["says"] for s in found[0]["sides"]] == ["NSO Group", "Cytrox / Intellexa"]


def test_wrong_use(run, tmp_path):
    assert "nothing.txt does not exist" in run("import", "nothing.txt", "--base", "base", expect=2).stderr
    assert "base is no knowledge base" in run("conflicts", "--base", "base", expect=2).stderr
    assert "base is no knowledge base" in run("show", "a.example", "--base", "base", expect=2).stderr
    (tmp_path / "a.txt").write_text("a.example\n")
    assert "expected two dates" in run("import", "a.txt", "--base", "base", "--observed", "x", "y", expect=2).stderr
    run("import", "a.txt", "--base", "base")
    assert "the base says nothing of 'b.example'" in run("show", "b.example", "--base", "base", expect=1).stderr
    (tmp_path / "prose.txt").write_text("Nothing here.\n")
    assert "not imported: " in run("import", "prose.txt", "--base", "base", expect=3).stdout


def test_every_command_has_an_example(run):
    listed = [line.split()[0] for line in run("--help").stdout.partition("Commands:\n")[2].splitlines() if line.strip()]
    assert {"import", "show", "conflicts"} <= set(listed)
    for name in ("import", "show", "conflicts"):
        assert f"Example: bridle infra {name}" in run(name, "--help").stdout


def test_no_source_of_a_base_forges_a_line(run, tmp_path):
    (tmp_path / "one.txt").write_text("lure.example\n")
    (tmp_path / "two.txt").write_text("lure.example\n")
    forged = "Lab\nVerdict    none\x1b"
    run("import", "one.txt", "--base", "base", "--source", forged, "--vendor", forged)
    run("import", "two.txt", "--base", "base", "--source", "other", "--vendor", "NSO Group")
    for verb, code in ((("show", "lure.example"), 0), (("conflicts",), 1)):
        said = run(*verb, "--base", "base", expect=code).stdout
        assert "Lab Verdict    none\\x1b" in said
        assert not [line for line in said.splitlines() if line.startswith("Verdict")]
