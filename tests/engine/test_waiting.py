"""Files that wait for what lies beside them: so many at most, and nothing of the others is lost without a word."""

import json
import sqlite3
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import sqlite_files
from artifact_files import FIXTURES, content, stored
from bridle.case.reader import Case
from bridle.engine import beside, collect
from bridle.engine.check import check
from bridle.engine.options import Options

STORE = "LocalStorage/localstorage.sqlite3"
LATE = "it is listed more than 25,000 databases behind its own, which was read without it"
TOO_MANY = "more such files than are kept in mind until those that they belong to are read"
ALONE = "read without its companions: more than 25,000 files waited for theirs"
LOG = FIXTURES / "ios" / "unified_log" / "boot.tracev3"


@pytest.fixture
def database(tmp_path: Path) -> tuple[bytes, bytes]:
    """A store with one item, and a log with one more."""
    before = "CREATE TABLE ItemTable (key TEXT UNIQUE, value BLOB); INSERT INTO ItemTable VALUES ('early', x'6100');"
    return sqlite_files.logged(tmp_path, before, "INSERT INTO ItemTable VALUES ('late', x'6200')")


def examined(tmp_path: Path, members: list[tuple[str, bytes]]) -> tuple[dict, Case]:
    """What comes of a zip with these files of a phone, in this order."""
    file = tmp_path / "phone.zip"
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("private/var/wireless/x", b"")
        made.writestr("private/var/mobile/Library/x", b"")
        for name, data in members:
            made.writestr(name, data)
    told = check(Options(sources=(file,), case=tmp_path / "case", plaintext=True, jobs=1))
    return told, Case(tmp_path / "case", None)


def items(case: Case) -> list[str]:
    rows = [row for batch in case.batches("ios.local_storage.item") for row in batch.to_pylist()]
    return [f"{PurePosixPath(row['_path']).parts[4]} {row['key']}" for row in rows]


def rows_of(case: Case, artifact: str) -> list[tuple[str, str, str | None]]:
    """The last part of the path, status and reason of each row of the ledger."""
    rows = [row for batch in case.batches("ledger") for row in batch.to_pylist()]
    return [(r["path"].rpartition("mobile/")[2], r["status"], r["reason"]) for r in rows if r["artifact"] == artifact]


def named(folder: str, suffix: str = "") -> str:
    return f"private/var/mobile/{folder}/{STORE}{suffix}"


ALL = [f"{folder} {key}" for folder in "abcd" for key in ("early", "late")]


@pytest.mark.parametrize("most", [0, 3, 4, 5])
def test_a_log_that_follows_its_database_is_read_however_few_wait(tmp_path, monkeypatch, database, most):
    monkeypatch.setattr(collect, "MOST_WAITING", max(most, 1))
    monkeypatch.setattr(beside, "MOST_SIBLINGS", 2 + most)
    members = [(named(f, s), d) for f in "abcd" for s, d in zip(("", "-wal"), database, strict=True)]
    told, case = examined(tmp_path, members)
    assert items(case) == ALL
    assert (told["problems"], told["exit"]) == ([], 0)


@pytest.mark.parametrize(("most", "late"), [(3, ["a"]), (4, []), (5, [])])
def test_a_log_that_comes_too_late_has_a_row_that_says_so(tmp_path, monkeypatch, database, most, late):
    monkeypatch.setattr(collect, "MOST_WAITING", most)
    members = [(named(f, s), d) for s, d in zip(("", "-wal"), database, strict=True) for f in "abcd"]
    told, case = examined(tmp_path, members)
    assert items(case) == [item for item in ALL if item not in [f"{f} late" for f in late]]
    assert [row for row in rows_of(case, "ios.local_storage") if row[1] != "parsed"] == [
        (f"{f}/{STORE}-wal", "killed", LATE) for f in late
    ]
    assert told["problems"] == [
        f"/private/var/mobile/{f}/{STORE}-wal (ios.local_storage): killed, {LATE}" for f in late
    ]
    assert told["exit"] == (3 if late else 0)


@pytest.mark.parametrize(("most", "lost"), [(3, ["d"]), (4, []), (5, [])])
def test_of_too_many_logs_before_their_databases_the_last_is_told(tmp_path, monkeypatch, database, most, lost):
    monkeypatch.setattr(beside, "MOST_SIBLINGS", most)
    members = [(named(f, s), d) for s, d in zip(("-wal", ""), database[::-1], strict=True) for f in "abcd"]
    told, case = examined(tmp_path, members)
    assert items(case) == [item for item in ALL if item not in [f"{f} late" for f in lost]]
    assert [row for row in rows_of(case, "ios.local_storage") if row[1] != "parsed"] == [
        (f"{f}/{STORE}-wal", "killed", TOO_MANY) for f in lost
    ]
    assert told["exit"] == (3 if lost else 0)


def test_an_empty_database_waits_for_its_log(tmp_path):
    db = sqlite3.connect(tmp_path / "new")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE ItemTable (key TEXT UNIQUE, value BLOB)")
    db.execute("INSERT INTO ItemTable VALUES ('only in the log', x'6100')")
    db.commit()
    log = (tmp_path / "new-wal").read_bytes()
    db.close()
    told, case = examined(tmp_path, [(named("a"), b""), (named("a", "-wal"), log)])
    assert rows_of(case, "ios.local_storage") == [(f"a/{STORE}", "parsed", None)]
    assert items(case) == ["a only in the log"]
    assert told["exit"] == 0


def logged() -> list[tuple[str, bytes]]:
    """Two logs, and what is read with them."""
    logs = [(f"private/var/db/diagnostics/Persist/000000000000000{n}.tracev3", content(LOG)) for n in (1, 2)]
    return logs + [(str(path)[1:], data) for path, data in stored(LOG).beside.items()]


def clocks(case: Case) -> dict[str, set[str]]:
    """Where the times come from, by the last digit of the log's name."""
    found: dict[str, set[str]] = {}
    for row in (row for batch in case.batches("ios.unified_log.event") for row in batch.to_pylist()):
        if row["time_from"]:
            found.setdefault(PurePosixPath(row["_path"]).stem[-1], set()).add(row["time_from"])
    return found


@pytest.mark.parametrize(("most", "first"), [(1, "header"), (2, "timesync"), (3, "timesync")])
def test_a_log_that_is_read_without_companions_has_a_gap(tmp_path, monkeypatch, most, first):
    monkeypatch.setattr(collect, "MOST_WAITING", most)
    _, case = examined(tmp_path, logged())
    assert clocks(case) == {"1": {first}, "2": {"timesync"}}
    gaps = [row for batch in case.batches("gaps") for row in batch.to_pylist() if row["reason"] == ALONE]
    assert [(PurePosixPath(g["_path"]).name, g["locator"]) for g in gaps] == (
        [("0000000000000001.tracev3", "file")] if first == "header" else []
    )


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_of_too_many_companions_the_last_is_told(tmp_path, monkeypatch, more):
    given = logged()
    monkeypatch.setattr(beside, "MOST_COMPANIONS", len(given) - 2 + more)
    told, case = examined(tmp_path, given)
    killed = [row for row in rows_of(case, "ios.unified_log") if row[1] == "killed"]
    assert killed == ([(f"/{given[-1][0]}", "killed", TOO_MANY)] if more < 0 else [])
    assert len([p for p in told["problems"] if TOO_MANY in p]) == len(killed)
    assert json.loads((tmp_path / "case" / "summary.json").read_text())["exit"] == told["exit"]
