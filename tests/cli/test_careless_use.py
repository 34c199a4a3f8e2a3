"""What a careless user does: one line that says what is wrong and what to do, and the exit code of wrong use."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridle.cli import bridle

NO_FEED = (
    "bridle: no indicator feed, and nothing to look for: fetch them with `bridle indicators update`, or use -i"
    " FILE_OR_DIR\n"
)


def run(*words):
    return CliRunner().invoke(bridle, [*map(str, words)])


def said(done):
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRIDLE_CONFIG", str(folder / "config"))
        assert run("phantom", "device", "--seed", "7", folder / "phone").exit_code == 0
        assert run("phantom", "feed", folder / "feed.json").exit_code == 0
        done = run("check", folder / "phone", "-o", folder / "case", "-i", folder / "feed.json", "--plaintext-case")
        assert done.exit_code == 1, done.output
    return folder


@pytest.fixture
def folder(made, tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    shutil.copytree(made, tmp_path / "made")
    monkeypatch.chdir(tmp_path / "made")
    return tmp_path


def test_only_an_artifact_that_there_is(folder):
    done = run("check", "phone", "-o", "case2", "-i", "feed.json", "--only", "ios.smss")
    told = "bridle: no artifact is called 'ios.smss'; `bridle artifacts list` lists them\n"
    assert said(done) == (2, "", told)
    assert not Path("case2").exists()


def test_one_source_twice(folder):
    done = run("check", "phone", "../made/phone", "-o", "case2", "-i", "feed.json")
    told = "bridle: ../made/phone is given twice, and its records would be counted twice; name each source once\n"
    assert said(done) == (2, "", told)
    assert not Path("case2").exists()


def test_a_hunt_for_nothing(folder):
    assert said(run("hunt", "case")) == (2, "", NO_FEED)


def test_which_of_two_cases_is_damaged(folder):
    shutil.copytree("case", "other")
    Path("other/coverage.json").write_text("{")
    done = run("diff", "case", "other")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr.startswith("bridle: coverage.json of other is damaged: ")
    assert done.stderr.endswith("; `bridle verify other` says what differs\n")


PHANTOMS = {
    "a folder": ("device", "in/phone"), "a file": ("device", "--kind", "bugreport", "in/phone.zip"),
    "feed": ("feed", "in/feed.json"), "capture": ("capture", "-o", "in/phone.pcapng"), "list": ("list", "in/list.csv"),
}  # fmt: skip


@pytest.mark.parametrize("words", PHANTOMS.values(), ids=PHANTOMS)
def test_synthetic_evidence_where_nothing_can_be_written(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    Path("in").write_text("no folder")
    done = run("phantom", *words)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("bridle: in")
    assert done.stderr.endswith("; see to the permissions and the room, or name another place\n")


def test_a_demo_where_nothing_can_be_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in").write_text("no folder")
    done = run("demo", "in/demo")
    told = "bridle: in/demo: Not a directory; see to the permissions and the room, or name another place\n"
    assert said(done) == (2, "", told)


def test_a_password_for_what_is_not_encrypted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("password").write_text("correct horse\n")
    done = run("phantom", "device", "phone", "--password-file", "password")
    told = "bridle: --password-file goes with --encrypted: without it nothing is encrypted\n"
    assert said(done) == (2, "", told)
    assert not Path("phone").exists()


def test_an_identity_that_cannot_be_made(folder, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(Path("feed.json").absolute()))
    done = run("review", "key")
    place = Path("feed.json").absolute() / "identity.txt"
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert done.stderr.startswith(f"bridle: your identity cannot be made at {place}: ")


def test_a_recheck_into_a_place_that_cannot_be_written(folder):
    done = run("recheck", "case", "-i", "feed.json", "-o", "feed.json/case2")
    assert done.exit_code == 2
    assert done.stderr.startswith("bridle: feed.json/case2 cannot be written: ")
    assert json.loads(Path("feed.json").read_text("utf-8"))["type"] == "bundle"


def test_a_query_that_is_no_text(folder):
    told = "bridle: the query is not UTF-8; set the terminal and its locale to UTF-8, such as LANG=C.UTF-8\n"
    assert said(run("sql", "case", "SELECT '\udce9'")) == (2, "", told)


def test_a_folder_without_feeds_has_no_problem_and_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    told = "bridle: no feed lies in empty; in folders *.stix2, *.json, *.csv and *.txt are looked for\n"
    assert said(run("indicators", "lint", "empty")) == (2, "", told)
