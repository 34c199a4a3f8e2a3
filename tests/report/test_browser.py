"""The demonstration's report in a real browser: it renders, loads nothing, and tells the planted chain in order."""

import json
import re
import shutil
import subprocess

import pytest
from click.testing import CliRunner

from bridle.cli import bridle

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    done = CliRunner(env={"BRIDLE_CONFIG": str(folder / "config")}).invoke(bridle, ["demo", str(folder / "demo")])
    assert done.exit_code == 0, done.output
    return folder / "demo"


def test_the_findings_tell_the_planted_chain_in_order(demo):
    found = [json.loads(line) for line in (demo / "case" / "findings.jsonl").read_text().splitlines()]
    cited = json.dumps([f["evidence"] for f in found])
    for source, least in (("phone", 20), ("sysdiagnose.tar.gz", 15)):
        truth = json.loads((demo / f"{source}.truth.json").read_text())["traces"]
        assert len(truth) >= least
        assert [t for t in truth if t["value"] not in cited] == []
    first = {f["rule"]: f["first_seen"] for f in reversed(found) if f["first_seen"]}
    chain = [
        "indicator-domain",
        "indicator-email",
        "ios-safari-redirect-to-odd-host",
        "indicator-process-name",
        "ios-crash-reporter-preferences",
        "ios-data-usage-deleted-process",
    ]
    assert sorted(chain, key=first.__getitem__) == chain
    stages = {f["stage"] for f in found}
    assert {"targeting", "exploitation", "execution", "exfiltration", "tampering"} <= stages
    assert json.loads((demo / "case" / "summary.json").read_text())["verdict"]["text"] == "traces of execution"


def test_the_report_says_synthetic(demo):
    assert "SYNTHETIC" in (demo / "case" / "report.html").read_text()
    assert json.loads((demo / "case" / "summary.json").read_text())["synthetic"] is True


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")
def test_it_renders(demo, tmp_path):
    page = (demo / "case" / "report.html").as_uri()
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    dom = subprocess.run(
        [CHROMIUM, *FLAGS, profile, "--dump-dom", page], capture_output=True, text=True, check=True, timeout=120
    ).stdout
    numbers = [int(n) for n in re.findall(r'<tr data-steps="[^"]+"><td class="number">(\d+)<', dom)]
    assert len(numbers) >= 10
    assert dom.count("<article") >= len(numbers)
    picture = tmp_path / "report.png"
    subprocess.run(
        [CHROMIUM, *FLAGS, profile, "--window-size=1200,1400", f"--screenshot={picture}", page],
        capture_output=True,
        check=True,
        timeout=120,
    )
    assert picture.stat().st_size > 50_000
