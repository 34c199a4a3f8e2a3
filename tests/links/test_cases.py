"""`bridle links` over cases of made phones: what is shared, by what, and whose consent forbids to look."""

import hashlib
import json
import shutil

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from bridle.phantom import device, feed


def run(*arguments):
    return CliRunner().invoke(bridle, list(map(str, arguments)))


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """Two phones that one customer attacked, one of another, and one of nobody who consented."""
    patch = pytest.MonkeyPatch()
    home = tmp_path_factory.mktemp("home")
    patch.setenv("BRIDLE_CONFIG", str(home / "config"))
    patch.setenv("BRIDLE_DATA", str(home / "data"))
    feed.write(home / "feed.stix2", 7)
    for name, seed, attacker in (("one", 7, 7), ("two", 8, 7), ("three", 9, 9)):
        device.write("ios-backup", "targeted", False, None, seed, home / name, 1, operator=attacker)
        done = run("check", home / name, "-o", home / "cases" / name, "-i", home / "feed.stix2")
        assert done.exit_code in (0, 1), done.output
    refusing = home / "cases" / "refusing"
    shutil.copytree(home / "cases" / "one", refusing)
    about = refusing / "case.toml"
    about.write_text(about.read_text().replace("synthetic = true", "synthetic = false"))
    yield home / "cases"
    patch.undo()


def test_phones_of_one_customer_are_linked_by_findings_and_no_other(cases):
    done = run("links", cases / "one", cases / "two", cases / "three", "--json")
    assert done.exit_code == 1, done.output
    said = json.loads(done.stdout)
    assert [d["label"] for d in said["devices"]] == ["D-01", "D-02", "D-03"]
    (h,) = said["hypotheses"]
    ids = {json.loads(x)["id"] for n in ("one", "two") for x in (cases / n / "findings.jsonl").read_text().splitlines()}
    digests = {d["label"]: d["cases"] for d in said["devices"]}
    assert len(h["devices"]) == 2
    assert {c["finding"] for u in h["uses"] for e in u["edges"] for c in e["carriers"]} <= ids
    third = json.loads(run("links", cases / "three", cases / "one", "--json").stdout)
    assert third["hypotheses"] == []
    assert {tuple(d["cases"]) for d in third["devices"]} - {tuple(digests[x]) for x in h["devices"]} != set()
    assert str(cases) not in done.stdout


def test_a_case_without_consent_takes_no_part(cases):
    done = run("links", cases / "refusing", cases / "two", cases / "three", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["hypotheses"] == []
    assert [(c["state"], c["case"]) for c in said["left_out"]] == [("refused", str(cases / "refusing"))]
    assert "no consent record" in said["left_out"][0]["why"]


def test_one_case_given_twice_is_one_device(cases):
    done = run("links", cases / "one", cases / "one")
    assert done.exit_code == 2
    assert "expected at least two devices that may be put side by side, got 1" in done.stderr


def test_a_damaged_case_is_told_and_the_others_are_linked(cases, tmp_path):
    shutil.copytree(cases / "three", tmp_path / "bad")
    (tmp_path / "bad" / "findings.jsonl").write_text("no JSON\n")
    done = run("links", cases / "one", cases / "two", tmp_path / "bad", "--json")
    assert done.exit_code == 1, done.output
    assert [c["state"] for c in json.loads(done.stdout)["left_out"]] == ["unreadable"]


def test_strata_are_lines_of_folder_and_stratum(cases, tmp_path):
    (tmp_path / "strata.tsv").write_text("one\tMX\ntwo HU\n")
    done = run("links", cases / "one", cases / "two", "--strata", tmp_path / "strata.tsv")
    assert done.exit_code == 2
    assert "strata.tsv: line 2: expected a case's folder, a tab and its stratum" in done.stderr


def test_what_one_case_names_is_found_in_the_observables_of_another(cases, tmp_path):
    (tmp_path / "other.csv").write_text("kind,value\ndomain,nowhere.example.org\n")
    done = run("check", cases.parent / "two", "-o", tmp_path / "unaware", "-i", tmp_path / "other.csv")
    assert done.exit_code in (0, 1), done.output
    said = json.loads(run("links", cases / "one", tmp_path / "unaware", "--json").stdout)
    digests = {d["label"]: d["cases"][0] for d in said["devices"]}
    (h,) = said["hypotheses"]
    assert sorted(u["kind"] for u in h["uses"]) == ["account", "domain", "domain"]
    unaware = hashlib.sha256((tmp_path / "unaware" / "manifest.json").read_bytes()).hexdigest()
    by = {
        digests[e["device"]] == unaware: e["carriers"] for u in h["uses"] for e in u["edges"] if u["kind"] == "account"
    }
    assert {c["finding"] for c in by[True]} == {None}
    assert "ios.calls.call" in {c["table"] for c in by[True]}
    assert None not in {c["finding"] for c in by[False]}
