"""Sources of many files: what is known of them does not stay in memory."""

import zipfile
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import pytest

from bridle.case import ledger
from bridle.case.reader import Case
from bridle.case.runs import Runs
from bridle.engine import collect
from bridle.engine.check import check
from bridle.engine.options import Options


def packed(file: Path) -> Path:
    """A file system of 1,000 files that no artifact wants and three that one does, which are cut short."""
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("private/var/wireless/x", b"")
        for n in range(999):
            made.writestr(f"private/var/mobile/Media/{n:03}.MOV", b"")
        for name in ("a", "b", "c"):
            made.writestr(f"private/var/mobile/Library/Logs/CrashReporter/{name}-2026-01-02-030405.ips", b"{")
    return file


def test_few_rows_of_the_ledger_are_objects_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: WeakValueDictionary[int, ledger.LedgerRow] = WeakValueDictionary()
    real, most = ledger.LedgerRow, 0

    def made(**given: Any) -> ledger.LedgerRow:
        nonlocal most
        row = real(**given)
        alive[row.number] = row
        most = max(most, len(alive))
        return row

    monkeypatch.setattr(collect, "LedgerRow", made)
    monkeypatch.setattr(ledger, "_ROWS", 50)
    monkeypatch.setattr(ledger, "_HELD", 2000)
    monkeypatch.setattr(ledger, "Runs", lambda *a, **k: Runs(*a, **k, budget=0, most=4))
    case = tmp_path / "case"
    told = check(Options(sources=(packed(tmp_path / "phone.zip"),), case=case, plaintext=True, jobs=1))
    assert 50 <= most <= 53
    stored = [row for batch in Case(case, None).batches("ledger") for row in batch.to_pylist()]
    assert [r["path"] for r in stored[3:-1]] == [f"/private/var/mobile/Media/{n:03}.MOV" for n in range(999)]
    assert [(r["path"], r["artifact"], r["status"]) for r in [*stored[:3], stored[-1]]] == [
        ("/private/var/mobile/Library/Logs/CrashReporter/a-2026-01-02-030405.ips", "ios.crash_report", "damaged"),
        ("/private/var/mobile/Library/Logs/CrashReporter/b-2026-01-02-030405.ips", "ios.crash_report", "damaged"),
        ("/private/var/mobile/Library/Logs/CrashReporter/c-2026-01-02-030405.ips", "ios.crash_report", "damaged"),
        ("/private/var/wireless/x", None, "not wanted"),
    ]
    assert [p.split(": ")[0] for p in told["problems"]] == [
        f"/private/var/mobile/Library/Logs/CrashReporter/{name}-2026-01-02-030405.ips (ios.crash_report)"
        for name in ("a", "b", "c")
    ]
    assert sorted(p.name for p in case.iterdir() if p.name.startswith(".")) == []
