"""Of a backup, files are opened once all are known, large ones first; a case says the same as if they were not."""

import json

from backups import PASSWORD, Backup
from click.testing import CliRunner

from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.engine import collect
from sqlite_files import logged

DATABASES = "Library/Databases/DataUsage.sqlite"


def databases(folder):
    """A database beyond what is sent at once, and the log of a row that is not in it yet."""
    before = """
        CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP REAL);
        CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL);
    """
    rows = ", ".join(f"({n}, '{f'p{n} ' * 9}', NULL, NULL)" for n in range(1, 2001))
    before += f"INSERT INTO ZPROCESS VALUES {rows}"
    return logged(folder, before, "INSERT INTO ZPROCESS VALUES (2001, 'late', NULL, NULL)")


def content(case):
    files = json.loads((case / "manifest.json").read_text())["files"]
    return {name: entry["content_sha256"] for name, entry in files.items() if name != "case.key.age"}


def test_a_log_that_is_listed_after_its_database_is_read_with_it(tmp_path, monkeypatch):
    database, log = databases(tmp_path)
    assert len(database) > 1 << 16
    backup = Backup(tmp_path / "backup", encrypted=True)
    for n in range(5):
        backup.add("MediaDomain", f"Library/SMS/Attachments/0{n}/g/IMG_{n}.gif", b"GIF89a\1\0")
    backup.add("WirelessDomain", DATABASES, database)
    backup.add("WirelessDomain", f"{DATABASES}-wal", log)
    backup.add("HomeDomain", "Library/SMS/sms.db", b"SQLite format 3\0")
    backup.finish()
    cases = []
    for most in (0, 3, 50_000):
        monkeypatch.setattr(collect, "_MOST_LATER", most)
        cases.append(tmp_path / f"case {most}")
        arguments = ["check", str(tmp_path / "backup"), "-o", str(cases[-1]), "--jobs", "2"]
        result = CliRunner(env={"BRIDLE_BACKUP_PASSWORD": PASSWORD}).invoke(bridle, arguments)
        assert result.exit_code == 3, result.output
    last = open_case(cases[-1]).sql("SELECT count(*), max(name) FILTER (name = 'late') FROM \"ios.data_usage.process\"")
    assert last[1] == [[2001, "late"]]
    assert content(cases[0]) == content(cases[1]) == content(cases[2])
