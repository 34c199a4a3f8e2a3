"""The quick form of what `make bench-reliability` does with `ONLY=faults`: a few kills of each kind."""

import os
import sys
from pathlib import Path

import pytest

from reliability.faults import SUBJECTS
from reliability.kill_subjects import bridle, whole
from reliability.killing import Place, Subject, descendants, killed, tree

BY_NAME = {s.name: s for s in SUBJECTS}
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


def test_a_feed_in_part_is_not_a_base(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "feed.txt").write_text("lure.example.org\n")
    bridle(tmp_path / "work", "infra", "import", "feed.txt", "--base", "base")
    with pytest.raises(ValueError, match="1 claims stand"):
        BY_NAME["infra import"].state(tmp_path / "work")


def test_a_check_that_is_killed_is_done_by_the_next():
    told = killed(BY_NAME["check"], 1, 1, names=1)
    assert (told.tried, told.survived, told.faults) == (2, 2, [])


def test_a_command_that_leaves_something_half_is_found_out():
    careless = Subject(
        name="careless", prepare=lambda folder: (folder / "earlier").mkdir(), codes=(0,),
        command=lambda folder: ("completion", "bash"), state=lambda folder: sorted(p.name for p in folder.iterdir()),
    )  # fmt: skip

    def grown(folder):
        (folder / f"left{len(list(folder.iterdir()))}").write_bytes(b"")
        return sorted(p.name for p in folder.iterdir())

    object.__setattr__(careless, "state", grown)
    told = killed(careless, 1, 1)
    assert (told.tried, told.survived) == (1, 0)
    assert told.faults[0].split(": ", 1)[1].startswith("asked again, its work: ")


def test_a_case_with_a_file_too_many_is_not_whole(tmp_path):
    assert whole(tmp_path / "none") is None
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "manifest.json").write_text('{"schema": 1, "files": {}}')
    assert whole(tmp_path / "case") == {}
    (tmp_path / "case" / "left").write_bytes(b"")
    with pytest.raises(ValueError, match="left: unlisted"):
        whole(tmp_path / "case")


def test_a_place_keeps_a_command_from_the_home_of_who_runs_it(tmp_path):
    place = Place(tmp_path / "place")
    own = place.environment()
    assert (own["HOME"], own["TMPDIR"]) == (str(tmp_path / "place" / "home"), str(tmp_path / "place" / "tmp"))
    assert Path(own["BRIDLE_CONFIG"]).parent == tmp_path / "place"
    assert tree(place.work) == {}
    assert descendants(os.getpid()) == []
