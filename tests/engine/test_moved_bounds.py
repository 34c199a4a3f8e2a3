"""Bounds that a user moves: what may be given, what is kept with the case, and that they hold."""

import io
import json
import tarfile
import tomllib

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from bridle.engine.bounds import MOVABLE, given, told
from bridle.engine.options import UsageError
from bridle.evidence.archive import Bounds
from bridle.sandbox.tasks import Limits

NAME = "private/var/db/diagnostics/shutdown.log"
LOG = b"\tremaining client pid: 66 (/usr/libexec/locationd)\nSIGTERM: [1609459200] All buffers flushed\n"


def test_what_is_given_moves_its_field_alone():
    moved = given(["unpacked=2TiB", "parser-memory=6GiB", "ratio=5000", "parser-cpu=1200"])
    assert moved.bounds == Bounds(total=2_199_023_255_552, ratio=5000)
    assert moved.limits == Limits(memory=6_442_450_944, cpu=1200)
    assert told(moved.bounds, moved.limits) == [
        "unpacked=2199023255552", "ratio=5000", "parser-memory=6442450944", "parser-cpu=1200",
    ]  # fmt: skip
    assert given(told(moved.bounds, moved.limits)) == moved


def test_nothing_given_is_nothing_told():
    moved = given([])
    assert (moved.bounds, moved.limits, told(moved.bounds, moved.limits)) == (Bounds(), Limits(), [])


@pytest.mark.parametrize("text", ["members", "members=", "members=-1", "members=1e6", "members=5 GiB", "=5", "a=1=2"])
def test_what_is_no_name_and_number(text):
    with pytest.raises(UsageError, match="expected --limit NAME=NUMBER"):
        given([text])


def test_a_name_that_is_none():
    with pytest.raises(UsageError, match="no limit is called 'depth'; there are members, unpacked, file, ratio, fol"):
        given(["depth=5"])


@pytest.mark.parametrize("name", MOVABLE)
def test_each_at_below_and_above_its_range(name):
    bound = MOVABLE[name]
    for value in (bound.least, bound.most):
        moved = given([f"{name}={value}"])
        assert getattr(moved.bounds if bound.of is Bounds else moved.limits, bound.field) == value
    for value in (bound.least - 1, bound.most + 1):
        with pytest.raises(UsageError, match=f"the limit {name} "):
            given([f"{name}={value}"])


def archive(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def check(source, case, *more):
    return CliRunner().invoke(bridle, ["check", str(source), "-o", str(case), "--plaintext-case", "--json", *more])


def test_members_of_an_archive_at_and_above_what_is_given(tmp_path):
    source = archive(tmp_path / "fs.tar.gz", [(NAME, LOG), ("private/var/a", b"a"), ("private/var/b", b"b")])
    done = check(source, tmp_path / "three", "--limit", "members=3")
    assert (done.exit_code, json.loads(done.stdout)["problems"]) == (0, [])
    done = check(source, tmp_path / "two", "--limit", "members=2")
    assert done.exit_code == 3
    assert any("it has more than 2 members; the rest is not listed" in p for p in json.loads(done.stdout)["problems"])
    examination = tomllib.loads((tmp_path / "two" / "case.toml").read_text())["examination"]
    assert examination["limits"] == ["members=2"]


def test_a_case_under_other_bounds_is_derived_again_under_them(tmp_path):
    source = archive(tmp_path / "fs.tar.gz", [(NAME, LOG), ("private/var/a", b"a"), ("private/var/b", b"b")])
    assert check(source, tmp_path / "case", "--limit", "members=2").exit_code == 3
    done = CliRunner().invoke(bridle, ["verify", str(tmp_path / "case"), "--evidence", str(source)])
    assert done.exit_code == 0, done.output


def test_wrong_use(tmp_path):
    done = check(tmp_path, tmp_path / "case", "--limit", "parser-memory=1MiB")
    assert (done.exit_code, (tmp_path / "case").exists()) == (2, False)
    assert "the limit parser-memory (bytes of a parser's process) is from 1073741824 to" in done.output
