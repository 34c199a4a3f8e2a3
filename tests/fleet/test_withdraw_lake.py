"""`withdraw` with a lake: what that has of the case, of later ones and of the same acquisition goes."""

import json
import shutil

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from fleet_tools import acquisitions


def run(*arguments, code=0):
    said = CliRunner().invoke(bridle, list(map(str, arguments)))
    assert said.exit_code == code, said.output
    return said


def check(sources, lake, feed, *more):
    told = run("fleet", "check", f"{sources}/*", "--lake", lake, "-i", feed, "--jobs", 2, "--json", *more)
    return {t["name"]: t["task"] for t in json.loads(told.stdout)["tasks"]}


@pytest.fixture
def lake(tmp_path, feed):
    """Two acquisitions, each examined twice; the first one's case is in `desk` too."""
    acquisitions(tmp_path / "in", 2)
    lake = tmp_path / "lake"
    tasks = check(tmp_path / "in", lake, feed)
    (tmp_path / "desk").mkdir()
    shutil.copytree(lake / "cases" / tasks["phone000"], tmp_path / "desk" / "case")
    check(tmp_path / "in", lake, feed, "--hash-all")
    return lake


def cases(lake):
    return sorted(p.parent.parent.name for p in lake.glob("*/*/manifest.json"))


def test_all_that_a_lake_has_of_it_goes(lake, tmp_path):
    case = tmp_path / "desk" / "case"
    assert cases(lake) == ["cases", "cases", "earlier", "earlier"]
    (told,) = json.loads(run("withdraw", case, "--lake", lake, "--yes", "--json").stdout)
    assert (told["in_lakes"], told["copies"], told["left"], told["finished"]) == (2, 0, [], True)
    assert cases(lake) == ["cases", "earlier"]
    assert len(list((lake / "tombstones").iterdir())) == 2
    assert sorted(p.name for p in case.iterdir()) == ["withdrawn.json"]
    assert json.loads((case / "withdrawn.json").read_text())["destroyed"]["in_lakes"] == 2
    assert run("withdraw", case, "--yes").stdout.startswith(f"Gone already   {case}, on 20")


def test_a_lake_that_is_named_later_is_searched_then(lake, tmp_path):
    case = tmp_path / "desk" / "case"
    run("withdraw", case, "--yes")
    before = (case / "withdrawn.json").read_bytes()
    said = run("withdraw", case, "--lake", lake, "--yes").stdout.splitlines()
    assert said[:2] == [f"Gone already   {case}", "Destroyed      2 cases in lakes"]
    assert cases(lake) == ["cases", "earlier"]
    assert (case / "withdrawn.json").read_bytes() == before
    (case / "withdrawn.json").write_text('{"case": "../x"}')
    assert "neither a case nor a tombstone" in run("withdraw", case, "--lake", lake, "--yes", code=3).stderr


def test_a_case_that_lies_in_a_lake_leaves_it(lake):
    (case, other) = sorted((lake / "cases").iterdir())
    said = run("withdraw", case, "--yes").stdout
    assert "withdrawn.json" not in said
    assert (case.exists(), other.exists()) == (False, True)
    assert cases(lake) == ["cases", "earlier"]
    assert len(list((lake / "tombstones").iterdir())) == 2


def test_a_hold_on_a_case_in_the_lake_keeps_it_there(lake, tmp_path):
    for held in (lake / "earlier").iterdir():
        run("custody", held, "--hold", "order about Jane Example")
    case = tmp_path / "desk" / "case"
    said = run("withdraw", case, "--lake", lake, "--yes", code=1)
    what = "a case in a lake, of the same acquisition, is under a legal hold"
    assert f"Held           {what}: {lake}: order about Jane Example\n" in said.stdout
    assert cases(lake) == ["cases", "cases", "earlier", "earlier"]
    assert [p.name for p in case.iterdir()] == ["withdrawn.json"]
    assert json.loads((case / "withdrawn.json").read_text())["unreachable"] == [{"kind": "held", "what": what}]


def test_a_lake_that_is_none_stops_it_before_anything_is_destroyed(lake, tmp_path):
    case = tmp_path / "desk" / "case"
    said = run("withdraw", case, "--lake", tmp_path / "desk", "--yes", code=2)
    assert "is no lake" in said.stderr
    assert (case / "case.key.age").exists()


def test_a_lake_in_use_is_tried_again(lake, tmp_path, monkeypatch):
    from bridle.fleet.storage import LakeError

    def busy(*_):
        raise LakeError("it is being examined now; wait until it is done")

    case = tmp_path / "desk" / "case"
    with monkeypatch.context() as patched:
        patched.setattr("bridle.custody.withdraw.forget", busy)
        said = run("withdraw", case, "--lake", lake, "--yes", code=3)
    assert f"Not destroyed  a lake could not be searched: {lake}: it is being examined now" in said.stdout
    assert said.stdout.splitlines()[-1] == "The same command goes on; leave out what cannot be reached."
    assert not (case / "case.key.age").exists()
    assert (case / "manifest.json").exists()
    run("withdraw", case, "--lake", lake, "--yes")
    assert cases(lake) == ["cases", "earlier"]
