"""Rules about apps, access and settings over real reports: an ordinary phone gives nothing at medium or above."""

import json

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from corpus import CORPUS, needs_corpus

pytestmark = needs_corpus

ANDROID = CORPUS / "android"
ABOUT = (
    "android.package.", "android.settings.", "android.accessibility.", "android.appops.", "android.adb.",
    "android.role.", "android.device_policy.", "android.notification.", "android.usagestats.", "android.procstats.",
    "android.dbinfo.", "android.batterystats.", "android.location.", "android.androidqf_package.",
    "android.androidqf_settings.",
)  # fmt: skip
"""What these rules ask about; of crashes, mounts and the like others do."""


def told(tmp_path, source):
    """Rule to level, and to the number of its rows."""
    case = tmp_path / "case"
    done = CliRunner().invoke(
        bridle, ["check", str(source), "-o", str(case), "--plaintext-case", "--fail-on", "critical"]
    )
    assert done.exit_code in (0, 3), done.output
    findings = [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]
    return {
        f["rule"]: (f["level"], f["count"])
        for f in findings
        if all(e["table"].startswith(ABOUT) for e in f["evidence"])
    }


def test_a_phone_of_a_developer(tmp_path):
    """Three apps lie on the data partition without an installer, two computers may debug it, and debugging is on."""
    assert told(tmp_path, ANDROID / "sonyxperiadev+ChkBugReport/bugreport-sailfish-A10.zip") == {
        "android-app-not-from-store": ("low", 3),
        "android-trusted-adb-key": ("informational", 2),
        "android-debugging-on": ("informational", 2),
    }


@pytest.mark.parametrize("name", ["bugreport_deadlock.txt", "bugreport_aidldeadlock.txt"])
def test_phones_of_android_2(tmp_path, name):
    assert told(tmp_path, ANDROID / "sonyxperiadev+ChkBugReport" / name) == {}


def test_an_acquisition_of_a_rooted_phone(tmp_path):
    """WhatsApp without an installer, an app and a store by hand, one computer, and crashes kept from Samsung.

    What is rooted other rules tell.
    """
    assert told(tmp_path, ANDROID / "mvt-project+mvt/androidqf") == {
        "android-androidqf-app-not-from-store": ("informational", 2),
        "android-androidqf-app-store-by-hand": ("informational", 1),
        "android-androidqf-weaker-settings": ("low", 1),
        "android-trusted-adb-key": ("informational", 1),
    }
