"""A published AndroidQF acquisition, against counts taken from it with grep."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from corpus import CORPUS, needs_corpus

pytestmark = needs_corpus
FOLDER = CORPUS / "android" / "mvt-project+mvt" / "androidqf"


def read(name: str, file: str):
    stored = Stored((FOLDER / file).read_bytes(), PurePosixPath("/androidqf") / file)
    return rows(artifacts.load(f"android.androidqf_{name}"), stored)


def of(found, name: str):
    return [r for r in found if type(r).__name__ == name]


def test_packages() -> None:
    found = read("package", "packages.json")
    assert (len(of(found, "Package")), len(of(found, "PackageFile")), gaps(found)) == (7, 7, [])
    whatsapp = of(found, "PackageFile")[0]
    assert whatsapp.certificate_sha256 == "3987d043d10aefaf5a8710b3671418fe57e0e19b653c9df82558feb5ffce5d44"
    assert whatsapp.valid_from == datetime(2010, 6, 25, 23, 7, 16, tzinfo=UTC)
    assert whatsapp.serial == "1277507236"
    assert of(found, "Package")[0].uid == 10271


def test_files() -> None:
    found = read("file", "files.json")
    assert [f.path for f in found] == [
        "/sdcard/.profig.os",
        "/sdcard/Android/data/.nomedia",
        "/sdcard/Android/data/com.android.providers.media/albumthumbs/1588851275201",
    ]
    assert [f.uid for f in found] == [0, 0, 10016]
    assert found[2].accessed == datetime(2020, 5, 7, 11, 34, 35, tzinfo=UTC)


def test_root_binaries_and_settings() -> None:
    assert [b.name for b in read("root_binaries", "root_binaries.json")] == ["su", "busybox", "magisk", "magiskhide"]
    settings = read("settings", "settings_random.txt")
    assert len(settings) == 9
    assert {s.namespace for s in settings} == {"random"}
    assert gaps(settings) == []
