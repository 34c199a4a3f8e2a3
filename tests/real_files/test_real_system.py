"""Parsers of system state on the real files of their kind, counted with plistlib and the sqlite3 module."""

from __future__ import annotations

from datetime import UTC, datetime

from artifact_files import gaps
from corpus import needs_corpus
from real import MVT, PLASO, counts, of, read

pytestmark = needs_corpus


def test_global_preferences_of_a_backup() -> None:
    found = read("ios.global_preferences", MVT / "0d" / "0dc926a1810f7aee4e8f38793ed788701f93bf9d")
    assert counts(found) == {"Phone": 1, "Setting": 21}
    (phone,) = of(found, "Phone")
    assert (phone.lockdown_mode, phone.locale) == (True, "en_FR")
    dates = {s.key: s.time for s in of(found, "Setting") if s.time}
    assert dates == {"AKLastEmailListRequestDateKey": datetime(2023, 8, 1, 21, 21, 46, 150919, tzinfo=UTC)}


def test_preferences_of_the_backup_service() -> None:
    found = read("ios.preferences", PLASO / "ios" / "com.apple.MobileBackup.plist")
    assert gaps(found) == []
    assert len(of(found, "Setting")) == 139
    by_key = {s.key: s for s in found}
    assert by_key["BackupStateInfo/errors/1/localizedDescription"].value == "Backup succeeded"
    assert by_key["BackupStateInfo/errors/1/date"].time == datetime(2023, 5, 3, 1, 11, 53, 195466, tzinfo=UTC)
