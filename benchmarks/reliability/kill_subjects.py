"""The commands that are killed, on evidence so small that each takes about a second."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bridle.case.manifest import contents, digest, verify_manifest
from bridle.case.seal_check import seal_differences
from bridle.case.seal_statement import is_sealed
from reliability.killing import Subject

_PLACE = "private/var/wireless/Library/Databases/DataUsage.sqlite"
_FEED = "lure.example.org\n"
NEW = {
    "type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000001", "objects": [{
        "type": "indicator", "spec_version": "2.1", "id": "indicator--00000000-0000-4000-8000-000000000002",
        "created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z", "valid_from": "2026-01-01T00:00:00Z",
        "pattern_type": "stix", "pattern": "[process:name = 'process1']",
    }],
}  # fmt: skip


def phone(folder: Path, number: int = 0) -> None:
    """A file system of one database, with a process of its own."""
    file = folder / _PLACE
    file.parent.mkdir(parents=True)
    db = sqlite3.connect(file)
    db.execute("CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP, ZTIMESTAMP)")
    db.execute("CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL, ZWWANIN REAL)")
    db.execute("INSERT INTO ZPROCESS VALUES (1, ?, NULL, 600000000, 600000000)", [f"process{number}"])
    db.commit()
    db.close()


def bridle(folder: Path, *arguments: str, codes: Sequence[int] = (0, 1)) -> bytes:
    """Run a command with the identity that later runs have; its standard output. Raises RuntimeError where it fails."""
    own = {"BRIDLE_CONFIG": str(folder.parent / "config"), "BRIDLE_DATA": str(folder.parent / "data")}
    done = subprocess.run(
        [sys.executable, "-m", "bridle", *arguments], cwd=folder, env=os.environ | own, capture_output=True, check=False
    )
    if done.returncode not in codes:
        raise RuntimeError(f"bridle {arguments[0]}: {done.stderr.decode()[-500:]}")
    return done.stdout


def _with_case(folder: Path) -> None:
    """An acquisition, a feed, and a case that was there before."""
    phone(folder / "phone")
    (folder / "feed.txt").write_text(_FEED)
    bridle(folder, "check", "phone", "-o", "earlier", "-i", "feed.txt")


def _with_cases(folder: Path) -> None:
    _with_case(folder)
    (folder / "cases").mkdir()
    for n in range(3):
        phone(folder / f"phone{n}", n)
        bridle(folder, "check", f"phone{n}", "-o", f"cases/case{n}", "-i", "feed.txt")
    (folder / "new.stix2").write_text(json.dumps(NEW))


def _with_phones(folder: Path) -> None:
    _with_case(folder)
    for n in range(3):
        phone(folder / "in" / f"phone{n}", n)


def whole(case: Path) -> object:
    """The content digests of a case; None where none is. Raises ValueError for half of one."""
    if not os.path.lexists(case):
        return None
    if found := verify_manifest(case):
        raise ValueError(found[0])
    if is_sealed(case) and (wrong := seal_differences(case).sentences):
        raise ValueError(wrong[0])
    return contents(case)


def _sealed(folder: Path) -> object:
    return whole(folder / "case"), is_sealed(folder / "case")


def _lake(folder: Path) -> object:
    cases = folder / "lake" / "cases"
    names = sorted(c.name for c in cases.iterdir()) if cases.is_dir() else []
    building = folder / "lake" / "building"
    left = sorted(b.name for b in building.iterdir()) if building.is_dir() else []
    digests = [contents(cases / n) for n in names if whole(cases / n)]
    return len(names), left, sorted(json.dumps(d, sort_keys=True) for d in digests)


def _entered(folder: Path) -> bool:
    """Whether a new case stands, and in the earlier one the custody log alone grew, by a whole entry that names it."""
    if not whole(folder / "case") or verify_manifest(folder / "earlier"):
        return False
    last = (folder / "earlier" / "custody.jsonl").read_bytes().splitlines()[-1]
    return bool(json.loads(last).get("into") == digest(folder / "case"))


def key(folder: Path) -> None:
    """An OpenSSH private key to seal with."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
    (folder / "key").touch(0o600)
    (folder / "key").write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))


def _to_seal(folder: Path) -> None:
    _with_case(folder)
    bridle(folder, "check", "phone", "-o", "case", "-i", "feed.txt")
    key(folder)


def _to_withdraw(folder: Path) -> None:
    _with_case(folder)
    phone(folder / "other", 5)
    bridle(folder, "check", "other", "-o", "case", "-i", "feed.txt")


def _withdrawn(folder: Path) -> object:
    """A case that is whole, or the names of what is left of it. Raises ValueError where it can still be opened."""
    case = folder / "case"
    left = sorted(p.name for p in case.iterdir())
    key = case / "case.key.age"
    if not key.exists() or verify_manifest(case)[:1] in (["case.key.age: changed"], ["case.key.age: changed (size)"]):
        return [n for n in left if n == "withdrawn.json"] or "begun"
    return whole(case) and "whole"


def _hunted(folder: Path) -> object:
    """The state file is whole, and so is what was found."""
    found = [json.loads(line)["case"] for line in _lines(folder / "found.jsonl")]
    state = folder / "state.json"
    if state.exists() and json.loads(state.read_bytes())["done"] and not found:
        raise ValueError("cases are remembered whose findings nobody has")
    return found, [whole(c) is not None for c in sorted((folder / "cases").iterdir())]


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


SUBJECTS = (
    Subject(
        name="check", prepare=_with_case, done=(2,), state=lambda f: whole(f / "case"),
        command=lambda _: ("check", "phone", "-o", "case", "-i", "feed.txt"),
    ),
    Subject(
        name="recheck", prepare=_with_case, done=(2,), state=lambda f: whole(f / "case"),
        command=lambda _: ("recheck", "earlier", "-i", "feed.txt", "-o", "case"), enters=_entered,
    ),
    Subject(
        name="seal", prepare=_to_seal, done=(2,), state=_sealed, command=lambda _: ("seal", "case", "--key", "key"),
    ),
    Subject(
        name="hunt", prepare=_with_cases, codes=(1,), done=(0, 2), state=_hunted,
        command=lambda _: ("hunt", "cases", "-i", "new.stix2", "--state", "state.json", "-o", "found.jsonl"),
    ),
    Subject(
        name="fleet check", prepare=_with_phones, state=_lake,
        command=lambda _: ("fleet", "check", "in/*", "--lake", "lake", "-i", "feed.txt", "--jobs", "2"),
    ),
    Subject(
        name="withdraw", prepare=_to_withdraw, state=_withdrawn, command=lambda _: ("withdraw", "case", "--yes"),
    ),
)  # fmt: skip
