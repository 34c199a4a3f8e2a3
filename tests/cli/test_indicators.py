"""`bridle indicators` as a person and a program see it."""

import json

import pytest
from click.testing import CliRunner

from bridle.cli.indicators import indicators


def run(*arguments):
    return CliRunner().invoke(indicators, [str(a) for a in arguments])


@pytest.fixture
def feed(tmp_path):
    file = tmp_path / "feed.csv"
    rows = ["domain,lure.example,Example,Group,GREEN,80,2031-01-01", "process,bh,Example,,GREEN,80,"]
    file.write_text("\n".join(["type,value,family,operator,tlp,confidence,valid_until", *rows]) + "\n")
    return file


def test_show_for_people(feed):
    result = run("show", "a.lure.example", "-i", feed)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        result.stdout
        == """domain  lure.example  (the value is below it)
  feed        feed.csv, line 2
    campaigns   Example
    operator    Group
    marking     TLP:GREEN
    confidence  80 of 100
    valid       until 2031-01-01
  surfaces    wherever its kind stands
"""
    )


def test_show_for_programs(feed):
    result = run("show", "bh", "-i", feed, "--json")
    (one,) = json.loads(result.stdout)
    assert one.pop("why").startswith("Two letters: also a folder")
    said = one.pop("said")
    assert one == {
        "kind": "process-name", "value": "bh", "shown": "bh", "how": "exact", "feeds": ["feed.csv"],
        "campaigns": ["Example"],
        "related": [{"role": "product", "name": "Example", "feed": "feed.csv", "confidence": None}],
        "tlp": "TLP:GREEN", "confidence": 80, "valid_from": None, "valid_until": None, "revoked": False,
        "surfaces": ["crash", "network-user", "running-process"], "too_general": None,
    }  # fmt: skip
    assert [(s["feed"], s["place"], s["tlp"]) for s in said] == [("feed.csv", "line 3", "TLP:GREEN")]


def test_show_of_nothing(feed, tmp_path):
    result = run("show", "x.example", "-i", feed)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "bridle: none of 1 feeds has 'x.example', or anything above it\n"
    result = run("show", "x.example", "-i", feed, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, [])
    assert run("show", "x.example", "-i", tmp_path / "absent").exit_code == 2


def test_show_tells_feeds_that_were_not_loaded(feed, tmp_path):
    (tmp_path / "bad.txt").write_text("no value\n")
    result = run("show", "lure.example", "-i", tmp_path)
    assert result.exit_code == 0
    assert result.stderr.startswith("bridle: bad.txt was not loaded: it holds no indicator that can be read: ")


def test_list(feed, tmp_path):
    (tmp_path / "bad.txt").write_text("no value\n")
    result = run("list", tmp_path)
    first, second = result.stdout.splitlines()
    assert first[12:49] == "          0  list        bad.txt  not"
    assert second[12:] == "          2  csv         feed.csv"
    assert result.stderr == "1 domain, 1 process-name\n"
    assert [(f["name"], f["format"], f["indicators"]) for f in json.loads(run("list", tmp_path, "--json").stdout)] == [
        ("bad.txt", "list", 0), ("feed.csv", "csv", 2)]  # fmt: skip


def test_lint(feed, tmp_path):
    result = run("lint", feed)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "0 errors, 0 warnings, 0 notes\n")
    other = tmp_path / "domains.txt"
    other.write_text("lure.example/x\nbit.ly\n\x1b[2Jx\n")
    result = run("lint", feed, other)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == (
        "domains.txt: line 1: error: expected a domain, got 'lure.example/x' -> "
        "it has a path: publish it as a url, with http:// or https://"
    )
    assert "\x1b" not in result.stdout
    assert result.stderr == "2 errors, 1 warnings, 2 notes\n"


def test_lint_for_programs_and_its_limits(tmp_path):
    file = tmp_path / "domains.txt"
    file.write_text("lure.example\nlure.example\n")
    result = run("lint", file, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)[0] == {
        "feed": "domains.txt", "place": "line 2", "severity": "note",
        "reason": "domain 'lure.example' is also at line 1", "advice": "take one of them out",
    }  # fmt: skip
    assert run("lint", file, "--strict").exit_code == 1
    result = run("lint", file, "--limit", 1)
    assert len(result.stdout.splitlines()) == 1
    assert result.stderr == "0 errors, 0 warnings, 3 notes; 2 are not shown (--limit)\n"
    assert run("lint", tmp_path / "absent").exit_code == 2
    assert run("lint").exit_code == 2
