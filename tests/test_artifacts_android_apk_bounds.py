"""How much of an app is unpacked: at, below and above the bound."""

import io
import zipfile
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.formats import apk_content

APK = artifacts.load("android.apk")


def read(*files: tuple[str, bytes]):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files:
            z.writestr(name, data)
    return rows(APK, Stored(out.getvalue(), PurePosixPath("/data/app/com.example/base.apk")))


@pytest.mark.parametrize(("second", "told"), [(38, 0), (39, 0), (40, 1)])
def test_bytes_of_an_app_at_below_and_above_the_bound(monkeypatch, second: int, told: int) -> None:
    """Of three programs the third is read while the first two have less than the bound."""
    monkeypatch.setattr(apk_content, "MOST_BYTES", 100)
    programs = (("AndroidManifest.xml", b""), ("a.so", b"\x7fELF".ljust(60)), ("b.so", b"\x7fELF".ljust(second)))
    found = read(*programs, ("c.so", b"\x7fELF".ljust(10)))
    assert [r.name for r in found if type(r).__name__ == "Content"] == ["a.so", "b.so", "c.so"][: 3 - told]
    reason = "Content: expected at most 100 bytes of programs and archives, got more: the rest is not read"
    assert [g.reason for g in gaps(found) if g.locator == "entries"] == [reason] * told


def test_an_app_is_unpacked_to_a_gibibyte() -> None:
    assert apk_content.MOST_BYTES == 1_073_741_824
