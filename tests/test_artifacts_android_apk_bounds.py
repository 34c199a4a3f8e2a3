"""How much of an app is unpacked: at, below and above the bound."""

import io
import zipfile
from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import Gap
from bridle.formats import android_manifest, apk_content
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


def manifest_of(*elements: Element):
    return read(("AndroidManifest.xml", encode(Element("manifest", (("package", "com.example"),), elements))))


def named(element: str, count: int) -> tuple[Element, ...]:
    return tuple(Element(element, (("name", f"n{n}"),)) for n in range(count))


def beyond(found) -> list[tuple[str, str]]:
    return [(g.locator, g.reason) for g in gaps(found) if g.locator.startswith("manifest")]


def test_a_manifest_has_at_most_20_000_components_and_permissions() -> None:
    assert (android_manifest.MOST, android_manifest.MOST_WITHIN) == (20_000, 500)


@pytest.mark.parametrize(("count", "more"), [(4, 0), (5, 0), (6, 1), (9, 4)])
def test_permissions_of_a_manifest_at_below_and_above_the_bound(monkeypatch, count: int, more: int) -> None:
    monkeypatch.setattr(android_manifest, "MOST", 5)
    found = manifest_of(*named("uses-permission", count))
    kept = [r.name for r in found if type(r).__name__ == "Permission"]
    assert kept == [f"n{n}" for n in range(min(5, count))]
    told = ("manifest permissions", f"App: expected at most 5 permissions, got {more} more: they are not kept")
    assert beyond(found) == [told] * (more > 0)


@pytest.mark.parametrize(("count", "more"), [(4, 0), (5, 0), (6, 1)])
def test_components_of_a_manifest_at_below_and_above_the_bound(monkeypatch, count: int, more: int) -> None:
    """What lies in a component that is not kept is not taken for another one's."""
    monkeypatch.setattr(android_manifest, "MOST", 5)
    last = Element("service", (("name", "last"),), (Element("intent-filter", (), named("action", 1)),))
    found = manifest_of(Element("application", (), (*named("receiver", count - 1), last)))
    kept = [(r.name, r.actions) for r in found if type(r).__name__ == "Component"]
    ends = [("com.example.last", ("n0",))] * (more == 0)
    assert kept == [(f"com.example.n{n}", ()) for n in range(count - 1)] + ends
    told = ("manifest components", "App: expected at most 5 components, got 1 more: they are not kept")
    assert beyond(found) == [told] * more


@pytest.mark.parametrize(("count", "more"), [(2, 0), (3, 0), (4, 1)])
def test_what_a_component_holds_at_below_and_above_the_bound(monkeypatch, count: int, more: int) -> None:
    monkeypatch.setattr(android_manifest, "MOST_WITHIN", 3)
    inside = (*named("action", count), *named("category", count), *named("data", count))
    filters = (Element("intent-filter", (), inside), *named("intent-filter", count - 1))
    service = Element("service", (("name", "S"),), (*filters, *named("meta-data", count)))
    watches = tuple(Element("instrumentation", (("targetPackage", f"p{n}"),)) for n in range(count))
    found = manifest_of(*watches, Element("application", (), (service, *named("meta-data", count))))
    (component,) = [r for r in found if type(r).__name__ == "Component"]
    assert (component.actions, component.categories) == (("n0", "n1", "n2")[:count],) * 2
    kinds = (
        "actions of a filter", "categories of a filter", "data of a filter", "filters of a component",
        "instrumentation", "meta-data", "meta-data of a component",
    )  # fmt: skip
    told = [(f"manifest {k}", f"App: expected at most 3 {k}, got 1 more: they are not kept") for k in kinds]
    assert beyond(found) == told * more


def test_of_a_filter_that_is_not_kept_nothing_goes_to_another(monkeypatch) -> None:
    monkeypatch.setattr(android_manifest, "MOST_WITHIN", 1)
    filters = (Element("intent-filter"), Element("intent-filter", (), named("action", 1)))
    found = manifest_of(Element("application", (), (Element("service", (("name", "S"),), filters),)))
    assert [r.actions for r in found if type(r).__name__ == "Component"] == [()]
    told = "App: expected at most 1 filters of a component, got 1 more: they are not kept"
    assert beyond(found) == [("manifest filters of a component", told)]
