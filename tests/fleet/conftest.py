"""Every run here has a home and an identity of its own, which workers inherit."""

import tempfile

import pytest

from bridle.phantom import feed as making


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name in ("BRIDLE_BACKUP_PASSWORD", "DASK_SCHEDULER_ADDRESS", "BRIDLE_IDENTITY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def feed(tmp_path):
    making.write(tmp_path / "feed.stix2", 1)
    return tmp_path / "feed.stix2"
