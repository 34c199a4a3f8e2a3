"""The planted attacks of synthetic devices are told as chains, and devices without one have none."""

import json

import pytest
from click.testing import CliRunner

from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.detect.rederive import rederived
from bridle.phantom import device

SEED = 3


def chains_of(folder, kind, state, like=None):
    """The chains of a synthetic device by rule, and its case."""
    device.write(kind, state, False, None, SEED, folder / "device", like=like)
    done = CliRunner().invoke(
        bridle, ["check", str(folder / "device"), "-o", str(folder / "case"), "--jobs", "2", "--plaintext-case"]
    )
    assert done.exit_code in (0, 1), done.output
    opened = open_case(folder / "case")
    return {f["rule"]: f for f in opened.findings() if f["rule"].startswith("chain-")}, opened


@pytest.mark.parametrize(
    ("kind", "like", "chain", "level", "stage", "steps"),
    [
        ("ios-backup", None, "chain-ios-zero-click", "high", "execution", 4),
        ("ios-file-system", None, "chain-ios-injected-redirect", "critical", "execution", 4),
        ("ios-sysdiagnose", None, "chain-ios-attachment-transcoder", "high", "execution", 2),
        ("bugreport", "novispy", "chain-android-custody-install", "high", "exploitation", 6),
        ("androidqf", "predator", "chain-android-link-then-foreign-code", "critical", "execution", 6),
        ("bugreport", "cellebrite", "chain-android-usb-exploit", "high", "exploitation", 5),
    ],
)
def test_an_attack_is_told_as_its_chain(kind, like, chain, level, stage, steps, tmp_path):
    chains, case = chains_of(tmp_path, kind, "infected", like)
    told = chains[chain]
    assert (told["level"], told["stage"], len(told["legs"])) == (level, stage, steps)
    times = [leg["time"] for leg in told["legs"] if leg["time"]]
    assert times == sorted(times)
    found = {f["id"]: f for f in case.findings()}
    for leg in told["legs"]:
        of = found[leg["finding"]]
        assert of["id"] == told["id"] or of["superseded_by"] in {c["id"] for c in chains.values()}
    for chain_ in chains.values():
        assert rederived(case, chain_) == []
    page = (
        case.file("report.html").decode() if hasattr(case, "file") else (case.path / "report.html").read_text("utf-8")
    )
    assert page.count('aria-label="The steps of this chain') == len(chains)
    coverage = json.loads((tmp_path / "case" / "coverage.json").read_text("utf-8"))
    assert coverage["rules"][chain]["status"] in ("examined", "partly")


@pytest.mark.parametrize(
    ("kind", "state", "like"),
    [("ios-file-system", "targeted", None), ("androidqf", "clean", None), ("androidqf", "targeted", "predator")],
)
def test_a_device_that_was_not_entered_has_no_chain_of_execution(kind, state, like, tmp_path):
    chains, _ = chains_of(tmp_path, kind, state, like)
    assert [c for c, f in chains.items() if f["stage"] == "execution" or f["level"] in ("high", "critical")] == []


def test_steps_come_from_several_acquisitions_of_one_device(tmp_path):
    """The look-up stands in the backup alone, the crashes in the sysdiagnose alone."""
    for kind in ("ios-backup", "ios-sysdiagnose"):
        device.write(kind, "infected", False, None, SEED, tmp_path / kind)
    sources = [str(tmp_path / "ios-backup"), str(tmp_path / "ios-sysdiagnose")]
    done = CliRunner().invoke(bridle, ["check", *sources, "-o", str(tmp_path / "case"), "--plaintext-case"])
    assert done.exit_code == 1, done.output
    told = next(f for f in open_case(tmp_path / "case").findings() if f["rule"] == "chain-ios-zero-click")
    assert {(e["values"]["leg"], e["table"]) for e in told["evidence"]} >= {
        ("an account that is in no thread was looked up", "ios.id_status_cache.look_up"),
        ("programs that read messages crashed again and again", "ios.crash_report.crash"),
        ("an unknown process first used the network", "ios.data_usage.process"),
    }
    assert len(told["legs"]) == 6
