"""A case says the same however many children read and however the files are sent to them."""

import json
import sqlite3
import zipfile
from io import BytesIO

import pytest
from click.testing import CliRunner

from bridle.case.reader import open_case
from bridle.cli import bridle
from bridle.sandbox import pool

ATTACHMENTS = "private/var/mobile/Library/SMS/Attachments"


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    """A file system of a database with rows out of place, and of 60 attachments: images, archives, broken archives."""
    root = tmp_path_factory.mktemp("device")
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as z:
        z.writestr("a.png", b"\x89PNG\r\n\x1a\n")
        z.writestr("b.png", b"8BPS\0\1")
    heads = (b"GIF89a\1\0", b"%PDF-1.7 /JBIG2Decode", archive.getvalue(), archive.getvalue()[:60], b"", b"x" * 70_000)
    for n in range(60):
        at = root / ATTACHMENTS / f"{n % 7:02x}" / f"guid-{n}"
        at.mkdir(parents=True)
        (at / f"IMG_{n}.gif").write_bytes(heads[n % len(heads)])
    usage = root / "private/var/wireless/Library/Databases/DataUsage.sqlite"
    usage.parent.mkdir(parents=True)
    db = sqlite3.connect(usage)
    db.execute("CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP REAL)")
    db.execute("CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL)")
    db.executemany(
        "INSERT INTO ZPROCESS VALUES (?, ?, NULL, ?)", [(n, f"p{n}", 6e8 if n % 5 else "?") for n in range(99)]
    )
    db.commit()
    db.close()
    return root


def content(case):
    files = json.loads((case / "manifest.json").read_text())["files"]
    return {name: entry["content_sha256"] for name, entry in files.items() if name != "case.key.age"}


@pytest.fixture(scope="module")
def alone(device, tmp_path_factory):
    """What one child makes of it, a file at a time."""
    with pytest.MonkeyPatch.context() as patch:
        return examined(device, tmp_path_factory.mktemp("alone"), patch, 1, 1)


def examined(device, folder, patch, jobs, files):
    patch.setenv("BRIDLE_CONFIG", str(folder / "config"))
    patch.setenv("BRIDLE_DATA", str(folder / "data"))
    patch.setattr(pool, "FILES", files)
    found = CliRunner().invoke(
        bridle, ["check", str(device), "-o", str(folder / "case"), "--jobs", str(jobs), "--plaintext-case"]
    )
    assert found.exit_code == 0, found.output
    return folder / "case"


def test_what_is_examined(alone):
    case = open_case(alone)
    query = 'SELECT count(*), count(DISTINCT path), sum(is_jbig2_pdf::INT) FROM "ios.message_attachment.attachment"'
    assert case.sql(query)[1] == [[50, 50, 10]]
    assert case.sql('SELECT count(*) FROM "ios.message_attachment.member"')[1] == [[30]]
    assert case.sql('SELECT count(*) FROM "ios.data_usage.process"')[1] == [[99]]
    assert case.sql("SELECT artifact, count(*) FROM gaps GROUP BY artifact ORDER BY artifact")[1] == [
        ["ios.data_usage", 20],
        ["ios.message_attachment", 10],
    ]


@pytest.mark.parametrize(("jobs", "files"), [(1, 512), (2, 1), (2, 3), (4, 7)])
def test_children_and_groups_of_files_change_nothing(device, alone, tmp_path, monkeypatch, jobs, files):
    other = examined(device, tmp_path, monkeypatch, jobs, files)
    assert content(other) == content(alone)
