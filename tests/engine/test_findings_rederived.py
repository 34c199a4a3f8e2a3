"""Findings of whole cases, looked up again in their records."""

import hashlib
import json
import shutil

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
    found = open_case(case).findings()
    by_rule = sum(not f["rule"].startswith(("indicator-", "chain-")) for f in found)
    assert done.output.splitlines()[-1] == (
        f"Findings: {len(found)} derived again from the records, {len(found)} agree; every row they cite was compared,"
        f" and of {by_rule} the rule was run again."
    )


def test_verify_counts_those_that_do_not_agree(case, tmp_path):
    """A case whose first finding names a row that is not there, under a manifest that says so too."""
    folder = tmp_path / "case"
    shutil.copytree(case, folder)
    lines = (folder / "findings.jsonl").read_text("utf-8").splitlines()
    one = json.loads(lines[0])
    one["evidence"][0]["locator"] = "nowhere"
    content = "\n".join([json.dumps(one), *lines[1:], ""]).encode()
    (folder / "findings.jsonl").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    sha256 = hashlib.sha256(content).hexdigest()
    manifest["files"]["findings.jsonl"] |= {"size": len(content), "stored_sha256": sha256}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (folder / "custody.jsonl").unlink()
    done = run("verify", folder, "--findings", "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["intact"]) == (1, False)
    told = said["findings"]
    assert (told["derived_again"], told["agree"]) == (len(lines), len(lines) - 1)
    assert {d[:20] for d in said["differences"]} == {f"finding {one['id'][:12]}"}
    assert (
        run("verify", folder, "--findings")
        .output.splitlines()[-1]
        .startswith(f"Findings: {len(lines)} derived again from the records, {len(lines) - 1} agree;")
    )


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
