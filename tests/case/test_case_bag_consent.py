"""A bag is for whom the consent record names, and for nobody else."""

import datetime
import hashlib

import pyrage
import pytest
from sealing import key_file, small_case

from bridle.case.bag import write_bag
from bridle.case.chain import entries
from bridle.case.consent import SharingRefusedError
from bridle.case.seal import seal

RECORD = b"""[case]
encrypted = true

[consent]
retention_until = "2026-03-01"
share_with = [%s]
"""
ONE, OTHER = (str(pyrage.x25519.Identity.generate().to_public()) for _ in range(2))


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("bridle.case.bag.today", lambda: datetime.date(2026, 3, 1))


def sealed(tmp_path, names):
    path = small_case(tmp_path / "case", RECORD % names.encode())
    seal(path, key_file(tmp_path))
    return path


def test_each_recipient_has_to_be_named(tmp_path):
    path = sealed(tmp_path, f'"Example Lab <{ONE}>"')
    made = write_bag(path, tmp_path / "one", [ONE])
    *_, (_, event) = entries(path, "custody.jsonl")
    assert event["output_sha256"] == hashlib.sha256(made.read_bytes()).hexdigest()
    assert (event["recipients"], event["output_size"]) == ([ONE], made.stat().st_size)
    with pytest.raises(SharingRefusedError, match=f"does not let '{OTHER[:20]}"):
        write_bag(path, tmp_path / "two", [ONE, OTHER])
    write_bag(path, tmp_path / "folder")
    assert not list(tmp_path.glob("*two*"))


def test_where_nobody_is_named_there_is_no_bag(tmp_path):
    with pytest.raises(SharingRefusedError, match="lets nobody else see it"):
        write_bag(sealed(tmp_path, ""), tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
