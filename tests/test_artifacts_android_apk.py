"""Apps made to be too much: the file is read as far as it is bounded, and what is left out is told."""

import io
import zipfile
from pathlib import PurePosixPath
from time import process_time

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import FormatError, fields_of
from bridle.formats import apk_content, axml
from bridle.phantom.apk import apk, component, dex, signed
from bridle.phantom.axml import Element, encode

APK = artifacts.load("android.apk")
APP = PurePosixPath("/data/app/com.example/base.apk")


def read(data: bytes, path: PurePosixPath = APP):
    return rows(APK, Stored(data, path))


def of(found, name: str):
    return [r for r in found if type(r).__name__ == name]


def zipped(*files: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files:
            z.writestr(name, data)
    return out.getvalue()


def test_an_app_of_the_phantom() -> None:
    main = component(
        "activity", ".Main", actions=["android.intent.action.MAIN"], categories=["android.intent.category.LAUNCHER"]
    )
    found = read(
        apk(package="com.example.p", permissions=["a.B"], components=[main], strings=["https://example.org/x"])
    )
    (one,) = of(found, "App")
    assert (one.package_name, one.main_activity, one.label, one.signature_schemes) == (
        "com.example.p", "com.example.p.Main", "Phantom", ("v1", "v2", "v3"),
    )  # fmt: skip
    assert [c.in_dex for c in of(found, "Component")] == [True]
    assert [s.text for s in of(found, "DexString")] == ["https://example.org/x"]
    assert of(found, "Anomaly") == gaps(found) == []


@pytest.mark.parametrize("data", [b"dex\n035\0" * 20, b"%PDF-1.7", b"PK\5\6" + bytes(18)])
def test_what_is_no_app(data: bytes) -> None:
    with pytest.raises(FormatError, match="APK"):
        read(data)


def test_no_file_of_scheme_v4() -> None:
    with pytest.raises(FormatError, match="idsig"):
        read(b"no", PurePosixPath("/data/app/a/base.apk.idsig"))


def test_a_manifest_that_unpacks_to_more_than_is_read() -> None:
    found = read(zipped(("AndroidManifest.xml", bytes(axml.LONGEST + 1))))
    assert [g.reason for g in gaps(found)] == [
        "App: binary XML: expected an element, got none; it begins with 0000000000000000"
    ]
    assert of(found, "App")[0].package_name is None


def test_more_components_than_are_read() -> None:
    inside = tuple(Element("service", (("name", f".S{i}"),)) for i in range(20_001))
    data = encode(Element("manifest", (("package", "com.example"),), (Element("application", (), inside),)))
    found = of(read(zipped(("AndroidManifest.xml", data))), "Component")
    assert (len(found), found[-1].name) == (20_000, "com.example.S19999")


def test_more_bytes_of_programs_than_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apk_content, "MOST_BYTES", 1000)
    files = [("AndroidManifest.xml", encode(Element("manifest", (("package", "com.example"),))))]
    files += [(f"lib/x86/{i}.so", b"\x7fELF" + bytes(600)) for i in range(4)]
    found = read(zipped(*files))
    assert [(c.name, c.size, c.crc_matches) for c in of(found, "Content")] == [("0.so", 604, True), ("1.so", 604, True)]
    assert [g.reason for g in gaps(found)] == [
        "Content: expected at most 1000 bytes of programs and archives, got more: the rest is not read"
    ]


def test_more_strings_than_are_told() -> None:
    data = dex(f"https://example.org/{i}" for i in range(5_001))
    found = read(zipped(("classes.dex", data)))
    assert len(of(found, "DexString")) == 5_000
    assert "DexString: expected at most 5000 strings of interest, got more" in {g.reason for g in gaps(found)}


def test_only_the_first_application_counts_and_only_where_it_stands() -> None:
    service = Element("service", (("name", ".A"),))
    tree = Element(
        "manifest", (("package", "com.example"),),
        (
            service, Element("application", (), (service, Element("layout", (), (service,)))),
            Element("application", (("debuggable", True),), (service,)),
        ),
    )  # fmt: skip
    found = read(zipped(("AndroidManifest.xml", encode(tree))))
    assert [c.name for c in of(found, "Component")] == ["com.example.A"]
    assert of(found, "App")[0].is_debuggable is None


def test_what_other_apps_may_start_where_it_does_not_say() -> None:
    def exported(kind: str, target: int, *, filtered: bool) -> bool:
        inside = component(kind, ".A", actions=["x.Y"] if filtered else [])
        (one,) = of(read(apk(package="a.b", components=[inside], target_sdk=target, schemes=())), "Component")
        assert one.exported is None
        return one.is_exported

    assert exported("service", 30, filtered=True)
    assert not exported("service", 30, filtered=False)
    assert exported("provider", 16, filtered=False)
    assert not exported("provider", 17, filtered=True)


def test_texts_where_truth_and_numbers_belong() -> None:
    tree = Element(
        "manifest", (("package", "com.example"), ("versionCode", "12")),
        (
            Element("uses-sdk", (("minSdkVersion", "24"), ("targetSdkVersion", "Tiramisu"))),
            Element("application", (("debuggable", "TRUE"), ("allowBackup", "@0x7f010001"))),
        ),
    )  # fmt: skip
    (one,) = of(read(zipped(("AndroidManifest.xml", encode(tree)))), "App")
    assert (one.version_code, one.min_sdk, one.target_sdk, one.is_debuggable, one.allows_backup) == (
        12, 24, None, True, None,
    )  # fmt: skip
    assert one.extra == '{"targetSdkVersion": "Tiramisu"}'


def test_a_large_app_takes_seconds() -> None:
    """30 MB of strings, of which none is of interest, and 300 components that are sought in them."""
    program = dex(f"Lcom/example/of/a/rather/long/package/name/Class{i};" for i in range(150_000))
    names = tuple(Element("service", (("name", f"com.example.C{i}"),)) for i in range(300))
    manifest = encode(Element("manifest", (("package", "com.example"),), (Element("application", (), names),)))
    data = signed({"AndroidManifest.xml": manifest, **{f"classes{i}.dex": program for i in range(3)}}, "alpha", ())
    begun = process_time()
    found = read(data)
    assert process_time() - begun < 10
    assert [c.in_dex for c in of(found, "Component")] == [False] * 300


def test_what_a_value_stands_for() -> None:
    """An app as a file: what bears the name of a package may never have been installed."""
    surfaces = {(t.__name__, f.name): f.surface for t in APK.records for f in fields_of(t) if f.kind}
    assert surfaces == {
        **{("App", n): "file-present" for n in ("path", "name", "package_name", "sha256", "sha1", "md5")},
        **{("Signer", n): "file-present" for n in ("certificate_sha256", "certificate_sha1", "certificate_md5")},
        **{("Content", n): "file-present" for n in ("name", "sha256", "sha1", "md5")},
        ("DexString", "text"): "mention",
    }
