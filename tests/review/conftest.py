"""Every run here has a home and an identity of its own; a reviewer has another."""

import sqlite3

import pytest
from click.testing import CliRunner

from bridle.cli import bridle

DATA_USAGE = "private/var/wireless/Library/Databases/DataUsage.sqlite"
SMS = "private/var/mobile/Library/SMS/sms.db"
ADDRESS_BOOK = "private/var/mobile/Library/AddressBook/AddressBook.sqlitedb"
CANARY = "a canary that only a message says"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("BRIDLE_BACKUP_PASSWORD", raising=False)


class Desk:
    """A lab and a reviewer, each with an identity."""

    def __init__(self, folder):
        self.folder = folder
        self.recipient = self.reviewer("review", "key").output.strip()

    def lab(self, *arguments, **environment):
        settings = {"BRIDLE_CONFIG": str(self.folder / "lab")} | environment
        return CliRunner(env=settings).invoke(bridle, [str(a) for a in arguments])

    def reviewer(self, *arguments):
        settings = {"BRIDLE_CONFIG": str(self.folder / "reviewer"), "BRIDLE_DATA": str(self.folder / "none")}
        return CliRunner(env=settings).invoke(bridle, [str(a) for a in arguments])

    def check(self, source, name, *more):
        done = self.lab(
            "check", source, "-o", self.folder / name, "-i", self.folder / "feed.csv", "--jobs", 1, *more
        )  # fmt: skip
        assert done.exit_code in (0, 1), done.output
        return self.folder / name

    def pack(self, case, evidence, name="pack.age", *more):
        """Packs one case for the reviewer, with its feed."""
        return self.lab(
            "review", "pack", case, "--evidence", evidence, "--for", self.recipient, "-i", self.folder / "feed.csv",
            "-o", self.folder / name, *more,
        )  # fmt: skip


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def database(path, *statements):
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    for s in statements:
        db.execute(s)
    db.commit()
    db.close()


@pytest.fixture
def phone(tmp_path):
    """A file system with one message that names a published domain, and two databases that nothing cites."""
    root = tmp_path / "phone"
    database(
        root / SMS,
        "CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid, text, date INTEGER, is_from_me, handle_id)",
        "CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id)",
        "INSERT INTO message VALUES (1, 'g', 'Your parcel: https://lure.example.org/x', 600000000000000000, 0, 1)",
        f"INSERT INTO message VALUES (2, 'h', '{CANARY}', 600000000000000000, 0, 1)",
    )
    database(
        root / DATA_USAGE,
        "CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP REAL, "
        "ZTIMESTAMP REAL)",
        "CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL)",
        "INSERT INTO ZPROCESS VALUES (1, 'apsd', NULL, 600000000, 600000000)",
    )
    database(root / ADDRESS_BOOK, "CREATE TABLE ABPerson (ROWID INTEGER PRIMARY KEY, First)")
    (root / f"{SMS}-journal").write_bytes(b"")
    (tmp_path / "feed.csv").write_text("type,value,campaign\ndomain,lure.example.org,Example\n")
    (tmp_path / "consent.toml").write_text(CONSENT.replace("[]", '["Example Lab", "RECIPIENT"]'))
    return root


CONSENT = """
given_by = "P1"
date = 2026-01-05
language = "en"
method = "signed paper"
witness = "W1"
retention_until = 2999-12-31
[scopes]
acquire = true
analyse = true
re_scan_until = 2998-12-31
share_with = []
publish = true
statistics = true
"""
