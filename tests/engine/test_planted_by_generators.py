"""Big evidence of a generator that knows nothing of us: everything it planted is found, whatever the seed."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from corpus import BENCH, INDICATORS, needs_bench, needs_indicators
from performance.planted import SYSDIAGNOSE, cited, findings_of, found

pytestmark = [needs_bench, needs_indicators]


def examined(tmp_path, source):
    case = tmp_path / "case"
    arguments = ["check", source, "-o", case, "-i", INDICATORS / "stix2", "--jobs", "2"]
    done = CliRunner().invoke(bridle, list(map(str, arguments)))
    assert done.exit_code in (1, 4), done.output
    return findings_of(case)


@pytest.mark.parametrize("seed", [1, 7, 4242])
def test_everything_planted_in_a_backup(tmp_path, seed):
    out = tmp_path / "phone"
    subprocess.run(
        [sys.executable, BENCH / "gen_backup.py", out, "--scale", "0.01", "--seed", str(seed)],
        check=True, capture_output=True,
    )  # fmt: skip
    planted = json.loads(out.with_suffix(".truth.json").read_text())["planted"]
    assert len(planted) == 16
    assert any("only in attributedBody" in p["what"] for p in planted)
    findings = examined(tmp_path, out)
    assert [p for p in planted if not found(p["module"], p["what"], findings)] == []


def test_everything_planted_in_a_sysdiagnose(tmp_path):
    out = tmp_path / "given.tar.gz"
    subprocess.run([sys.executable, BENCH / "gen_sysdiagnose.py", out, "--mb", "40"], check=True, capture_output=True)
    assert cited(examined(tmp_path, out)) >= SYSDIAGNOSE
