"""Rules about the phone itself over a real report of an ordinary phone: nothing but what its owner did to it."""

import pytest
from click.testing import CliRunner

from bridle.case.reader import Case
from bridle.cli import bridle
from bridle.detect.rule import LEVELS, load_rules
from bridle.detect.run import run_rules
from corpus import CORPUS, needs_corpus

REPORTS = CORPUS / "android" / "sonyxperiadev+ChkBugReport"
DEVELOPER = {
    "bugreport-sailfish-A10.zip": {
        "android-boot-argument-not-green": 1,
        "android-boot-state-not-green": 1,
        "android-bootloader-unlocked": 1,
        "android-build-for-developers": 3,
    },
    "bugreport_aidldeadlock.txt": {"android-build-for-developers": 4},
    "bugreport_deadlock.txt": {"android-build-for-developers": 4},
}
"""Findings at low, all of them exposure, and their rows: the phones run a build for developers, one is unlocked."""
ABOUT_THE_PHONE = (
    "activity.crash", "anr", "dropbox", "dumpstate", "getprop", "kernel_log", "logcat", "lsof", "mounts", "netstats",
    "process_list", "tombstone", "usb.connection", "usb.device",
)  # fmt: skip
"""Tables of rules about the phone; those about apps and settings are tried elsewhere."""


@needs_corpus
@pytest.mark.parametrize("name", DEVELOPER)
def test_a_phone_of_a_developer(name, tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    case = tmp_path / "case"
    done = CliRunner().invoke(
        bridle, ["check", str(REPORTS / name), "-o", str(case), "--plaintext-case", "--jobs", "1"]
    )
    assert done.exit_code in (0, 3), done.output
    about = tuple(f"android.{t}" for t in ABOUT_THE_PHONE)
    rules = [r for r in load_rules() if all(t.startswith(about) or t == "processes" for t in r.needs)]
    assert len([r for r in rules if r.platform == "android"]) >= 40
    found, lacking = run_rules(Case(case, None), rules)
    assert [(n.rule, n.why) for n in lacking if not n.missing] == []
    told = {f.rule: (f.level, f.stage, f.count) for f in found if LEVELS.index(f.level) >= LEVELS.index("low")}
    assert told == {rule: ("low", "exposure", count) for rule, count in DEVELOPER[name].items()}
