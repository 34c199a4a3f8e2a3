"""What tests of fleets share: small acquisitions, a lake, and waiting for something to happen."""

import json
import sqlite3
import time
from pathlib import Path

PLACE = "private/var/wireless/Library/Databases/DataUsage.sqlite"


def acquisition(folder, number):
    """A file system of one database, with a process of its own; its name says which."""
    file = folder / f"phone{number:03}" / PLACE
    file.parent.mkdir(parents=True)
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP, ZTIMESTAMP)")
    db.execute("CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL)")
    db.execute("INSERT INTO ZPROCESS VALUES (1, ?, NULL, 600000000, 600000000)", [f"process{number}"])
    db.commit()
    db.close()
    return folder / f"phone{number:03}"


def acquisitions(folder, count):
    return [acquisition(folder, n) for n in range(count)]


def outcomes(lake):
    """Task to its outcomes, as stored."""
    found = sorted((Path(lake) / "outcomes").glob("*.jsonl"))
    return {f.stem: [json.loads(line) for line in f.read_text().splitlines()] for f in found}


def contents(lake):
    """The content digests of the cases of a lake, sorted."""
    from bridle.fleet.summary import content

    cases = sorted((Path(lake) / "cases").iterdir())
    return sorted(content(json.loads((c / "manifest.json").read_bytes())) for c in cases)


def until(true, seconds=60.0):
    """Wait for something; what it gave."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")
