"""A big report of a generator that knows nothing of us: the planted app is one finding, and the setting is found."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from corpus import BENCH, CORPUS, INDICATORS, needs_bench, needs_corpus, needs_indicators

pytestmark = [needs_bench, needs_corpus, needs_indicators]

FEED = INDICATORS / "stix2/AmnestyTech+investigations/2024-12-16_serbia_novispy/novispy.stix2"
PLANTED = "com.gu.activity"
"""The first app of the feed, which the generator puts among 699 harmless ones."""
SEEN = {
    "android.appops.access": "installed-app",
    "android.batterystats.history": "running-process",
    "android.dbinfo.pool": "installed-app",
    "android.logcat.process_start": "running-process",
    "android.package.package": "installed-app",
    "android.package.package_user": "installed-app",
    "android.package.resolver_entry": "installed-app",
    "android.platform_compat.raw_override": "mention",
}
"""Tables that must name it, and what a name means there."""


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    report, case = folder / "bugreport.zip", folder / "case"
    made = subprocess.run(
        [sys.executable, BENCH / "gen_android.py", report, "--mb", "20"], check=True, capture_output=True, text=True
    )
    assert made.stdout.rstrip().endswith(f"bad {PLANTED}")
    arguments = ["check", report, "-o", case, "-i", FEED, "--jobs", "2", "--plaintext-case"]
    done = CliRunner().invoke(bridle, list(map(str, arguments)))
    assert done.exit_code in (1, 4), done.output
    assert CORPUS.is_dir()
    return [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]


def test_the_planted_app_is_one_finding_of_the_feed(findings):
    (found,) = [f for f in findings if f["indicator"]]
    assert (found["rule"], found["level"], found["stage"]) == ("indicator-app-id", "high", "execution")
    assert found["indicator"]["value"] == PLANTED


def test_that_finding_tells_every_surface_and_cites_every_table(findings):
    (found,) = [f for f in findings if f["indicator"]]
    assert found["surfaces"] == ["file-present", "installed-app", "mention", "running-process"]
    assert set(found["surfaces"]) >= set(SEEN.values())
    assert {e["table"] for e in found["evidence"]} >= SEEN.keys()


def test_the_name_is_told_by_the_rule_too_and_not_as_one_that_came_over_adb(findings):
    (found,) = [f for f in findings if f["rule"].startswith("android-novispy-")]
    assert found["rule"] == "android-novispy-name"
    assert [e["values"]["package_name"] for e in found["evidence"]] == [PLANTED]


def test_play_protect_that_is_switched_off_is_found(findings):
    (found,) = [f for f in findings if f["rule"] == "android-play-protect-off"]
    assert (found["level"], found["stage"]) == ("low", "exposure")
    (row,) = found["evidence"]
    assert row["table"] == "android.settings.setting"
    assert (row["values"]["name"], row["values"]["value"], row["values"]["setter"]) == (
        "package_verifier_enable", "0", "android",
    )  # fmt: skip
    assert "android-play-protect-off-by-shell" not in {f["rule"] for f in findings}


def test_of_apps_and_settings_nothing_else_is_told_at_medium_or_above(findings):
    """The other apps are from the store; what the phone's own state tells (mounts, crashes) is not asked here."""
    about = ("android.package.", "android.settings.", "android.accessibility.", "android.appops.", "android.adb.")
    told = {
        f["rule"]
        for f in findings
        if f["level"] in ("medium", "high", "critical") and all(e["table"].startswith(about) for e in f["evidence"])
    }
    assert told == {"android-novispy-name"}
