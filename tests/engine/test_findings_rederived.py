"""Findings of whole cases, looked up again in their records."""

import json

import pytest
from click.testing import CliRunner

from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.detect.rederive import evidence_sql, rederived
from bridle.phantom import device, feed

SEED = 3


def run(*arguments):
    return CliRunner().invoke(bridle, list(map(str, arguments)))


@pytest.fixture(scope="module", params=["ios-backup", "ios-sysdiagnose", "bugreport", "androidqf"])
def case(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("case")
    feed.write(folder / "feed.stix2", SEED)
    device.write(request.param, "infected", False, None, SEED, folder / "device")
    done = run(
        "check", folder / "device", "-o", folder / "case", "-i", folder / "feed.stix2", "--jobs", "2",
        "--plaintext-case",
    )  # fmt: skip
    assert done.exit_code == 1, done.output
    return folder / "case"


def test_every_finding_of_a_synthetic_device_stands_in_its_records(case):
    opened = open_case(case)
    found = opened.findings()
    assert len(found) >= 4
    for finding in found:
        assert rederived(opened, finding) == []
        assert len(opened.sql(evidence_sql(finding))[1]) == finding["count"]


def test_verify_looks_them_up(case):
    done = run("verify", case, "--findings")
    assert (done.exit_code, done.output.splitlines()[0]) == (0, "Intact: every file is as the manifest says.")


def test_sql_gives_the_rows_of_one_finding(case):
    finding = open_case(case).findings()[0]
    done = run("sql", case, "--finding", finding["id"][:20], "--json")
    rows = json.loads(done.output)
    assert len(rows) == finding["count"]
    assert {r["locator"] for r in rows} >= {e["locator"] for e in finding["evidence"]}
    printed = run("sql", case, "--finding", finding["id"], "--print").output
    assert json.loads(run("sql", case, printed, "--json").output) == rows


def test_sql_wants_one_question(case):
    assert run("sql", case).exit_code == 2
    assert run("sql", case, "SELECT 1", "--finding", "ab").exit_code == 2
    assert "no finding of this case" in run("sql", case, "--finding", "zz").output
