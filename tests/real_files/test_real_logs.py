"""Text logs of daemons of real phones, against counts taken with grep."""

from __future__ import annotations

from datetime import UTC, datetime

from corpus import needs_corpus
from real import PLASO, counts, of, read

pytestmark = needs_corpus


def test_lockdownd() -> None:
    found = read("ios.lockdownd_log", PLASO / "ios_lockdownd.log")
    assert counts(found) == {"Entry": 153}
    assert of(found, "Entry")[0].time == datetime(2021, 10, 13, 7, 57, 42, 865446)
    assert {e.client for e in of(found, "Entry")} == {None, "AMPDevicesAgent"}


def test_mobile_installation() -> None:
    found = read("ios.mobile_installation", PLASO / "ios_sysdiag.log")
    assert counts(found) == {"Entry": 28}
    assert of(found, "Entry")[0].bundle_ids == ("com.apple.CoreCDPUI.localSecretPrompt",)


def test_logd() -> None:
    found = read("ios.logd_log", PLASO / "logd.0.log")
    assert counts(found) == {"Entry": 76}
    assert of(found, "Entry")[0].time == datetime(2021, 8, 11, 12, 50, 23, tzinfo=UTC)
