"""How much of an app is unpacked: at, below and above the bound."""

import io
import zipfile
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import Gap
from bridle.formats import apk_content
from bridle.phantom.axml import Element, encode

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


@pytest.mark.parametrize(("length", "kept"), [(32_769, 32_769), (1_048_576, 1_048_576), (1_048_577, 1_048_576)])
def test_a_name_in_the_manifest_at_below_and_above_the_bound(length: int, kept: int) -> None:
    asked = Element("uses-permission", (("name", "p" * length),))
    found = read(("AndroidManifest.xml", encode(Element("manifest", (("package", "com.example"),), (asked,)))))
    assert [r.name for r in found if type(r).__name__ == "Permission"] == ["p" * kept]
    cut = Gap(locator="manifest string 7", reason="App: only the first 1048576 of 1048577 characters are kept")
    assert [g for g in gaps(found) if g.locator.startswith("manifest")] == [cut] * (length > kept)
