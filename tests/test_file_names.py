"""Names of files that are no UTF-8: they never make a case that cannot be read, and never pass for its damage."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from bridle.file_names import is_text, name_as_text
from bridle.fleet.lake import Lake
from bridle.infra.source_file import SourceFile

ODD = os.fsdecode(b"n\xe9")
TEXTS = {"name": "name", "é 中": "é 中", ODD: "n\\xe9", "\ud800": "\\ud800", "\udce9\ud800": "\\udce9\\ud800"}
NEEDS_BYTES = pytest.mark.skipif(sys.platform == "darwin", reason="names of files are UTF-8 here")
NOT_TEXT = "its name, or that of a folder it is in, is not UTF-8"


@pytest.mark.parametrize("name", TEXTS)
def test_a_name_as_text(name):
    assert name_as_text(name) == TEXTS[name]
    assert is_text(name) == (TEXTS[name] == name)


def run(*words):
    return CliRunner().invoke(bridle, [*map(str, words)])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    for made in (("device", "--seed", "7", "phone"), ("feed", "feed.json")):
        assert run("phantom", *made).exit_code == 0
    return tmp_path


@NEEDS_BYTES
def test_sources_and_feeds_with_odd_names_make_a_case_that_can_be_read(folder):
    shutil.copytree("phone", ODD)
    Path(f"{ODD}.json").write_bytes(Path("feed.json").read_bytes())
    done = run("check", ODD, "-o", "case", "-i", f"{ODD}.json", "--only", "ios.data_usage")
    assert done.exit_code == 1, done.output
    assert 'label = "n\\\\xe9"\n' in Path("case/case.toml").read_text("utf-8")
    for command in (("timeline", "case"), ("report", "case", "-o", "page.html"), ("verify", "case", "--findings")):
        assert run(*command).exit_code == 0, command
    assert run("verify", "case", "--evidence", ODD, "-i", f"{ODD}.json").exit_code == 0


@NEEDS_BYTES
def test_odd_labels_make_a_case_that_can_be_read(folder):
    done = run("check", "phone", "-o", "case", "-i", "feed.json", "--label", ODD, "--only", "ios.data_usage")
    assert done.exit_code == 1, done.output
    assert run("report", "case", "-o", "page.html").exit_code == 0


@NEEDS_BYTES
def test_a_case_has_no_odd_name(folder):
    done = run("check", "phone", "-o", f"{ODD}/case", "-i", "feed.json")
    told = f"bridle: n\\udce9/case cannot be a case: {NOT_TEXT}; name another folder\n"
    assert (done.exit_code, done.stdout, done.stderr) == (2, "", told)
    assert not Path(ODD).exists()


@NEEDS_BYTES
def test_a_case_under_an_odd_name_is_not_said_to_be_damaged(folder):
    assert run("check", "phone", "-o", "case", "-i", "feed.json", "--only", "ios.data_usage").exit_code == 1
    Path("case").rename(ODD)
    done = run("sql", ODD, "SELECT count(*) FROM ledger")
    told = f"bridle: n\\udce9 cannot be opened: {NOT_TEXT}; rename it, or go into its folder\n"
    assert (done.exit_code, done.stdout, done.stderr) == (3, "", told)


@NEEDS_BYTES
def test_yara_rules_in_a_file_with_an_odd_name(folder):
    pytest.importorskip("yara_x")
    Path(f"{ODD}.yar").write_text("rule one { condition: false }")
    done = run("check", "phone", "-o", "case", "-i", "feed.json", "--yara", f"{ODD}.yar", "--only", "ios.data_usage")
    assert done.exit_code == 1, done.output


def test_a_lake_holds_odd_paths(tmp_path):
    lake = Lake(str(tmp_path))
    lake.write_json("plan.json", {"source": ODD})
    assert lake.read_json("plan.json") == {"source": ODD}


def test_a_file_for_infra_has_a_name_of_text():
    assert SourceFile(Path(ODD)).name == "n\\xe9"
