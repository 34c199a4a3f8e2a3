"""Phones on cables that are not there, and a home of its own for each test."""

import pytest

from fake_phones import Phones


@pytest.fixture
def phones(tmp_path, monkeypatch):
    made = Phones(tmp_path / "phones")
    monkeypatch.setenv("PATH", str(made.bin))
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("BRIDLE_BACKUP_PASSWORD", raising=False)
    return made
