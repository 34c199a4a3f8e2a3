"""Big evidence of a generator that knows nothing of us: everything it planted is found, whatever the seed."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from bridle.cli import bridle
from corpus import BENCH, INDICATORS, needs_bench, needs_indicators

pytestmark = [needs_bench, needs_indicators]

WHERE = {
    "sms": "ios.sms.message",
    "safari_history": "ios.safari_history.item",
    "whatsapp": "ios.whatsapp.message",
    "datausage": "ios.data_usage.process",
    "calendar": "ios.calendar.participant",
    "webkit_resource_load_statistics": "ios.resource_load_statistics.observed",
    "os_analytics_ad_daily": "ios.osanalytics_addaily.network_use",
    "id_status_cache": "ios.id_status_cache.look_up",
}
"""The peer's module to the table where the indicator must be cited."""
BY_RULE = {
    "http->bad fast redirect": "ios-safari-redirect-injection",
    "Quadream Meeting/Notes": "ios-calendar-meeting-notes",
    "notificationsettings payload": "ios-profile-hides-notifications",
}
"""What no indicator names, and the rule that must."""
BY_PATH = {
    "path mentions ": "ios.webkit_storage.origin",
    "file:name roleaccountd.plist": "roleaccountd.plist",
    "file:path+name com.apple.photolibraryd.plist": "com.apple.photolibraryd.plist",
}


def examined(tmp_path, source):
    case = tmp_path / "case"
    arguments = ["check", source, "-o", case, "-i", INDICATORS / "stix2", "--jobs", "2"]
    done = CliRunner().invoke(bridle, list(map(str, arguments)))
    assert done.exit_code in (1, 4), done.output
    return [json.loads(line) for line in (case / "findings.jsonl").read_text().splitlines()]


def cited(findings):
    """(value of the indicator, table) of every row that is cited."""
    return {(f["indicator"]["value"], e["table"]) for f in findings if f["indicator"] for e in f["evidence"]}


def found(module, what, findings):
    """Whether something planted is among the findings, in the place it was planted in."""
    rules = {f["rule"] for f in findings}
    if what in BY_RULE:
        return BY_RULE[what] in rules
    pairs = cited(findings)
    for words, place in BY_PATH.items():
        if what.startswith(words) and place.startswith("ios."):
            return (what.removeprefix(words), place) in pairs
        if what.startswith(words):
            return (place, "ledger") in pairs
    return any(table == WHERE[module] and value in what for value, table in pairs)


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
    pairs = cited(examined(tmp_path, out))
    staged = "/private/var/db/com.apple.xpc.roleaccountd.staging/subridged"
    assert pairs >= {
        (staged, "ios.ps.process"),
        ("/private/var/tmp/takePhoto", "ios.ps.process"),
        (staged, "ios.shutdown_log.client"),
        (staged, "ios.crash_report.crash"),
        ("roleaccountd", "ios.crash_report.crash"),
    }
