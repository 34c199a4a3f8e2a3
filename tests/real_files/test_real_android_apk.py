"""Real apps and manifests, tampered ones among them.

What is expected was taken with other tools: apkInspector 1.3.7 for manifests, `openssl pkcs7 -print_certs` and
apksigner 31 for signers, `strings` for programs.
"""

from pathlib import Path

import pytest

from artifact_files import Stored, rows
from bridle import artifacts
from bridle.evidence import open_source
from bridle.formats import axml
from corpus import CORPUS, needs_corpus
from real import counts, of, read

ANDROID = CORPUS / "android"
AXML = ANDROID / "androguard+androguard" / "axml"
pytestmark = needs_corpus

ELEMENTS = {
    "AndroidManifest-Chinese": 79, "AndroidManifest-xmlns": 208, "AndroidManifest": 6,
    "AndroidManifestDoubleNamespace": 156, "AndroidManifestExtraNamespace": 57, "AndroidManifestLiapp": 165,
    "AndroidManifestMaskingNamespace": 150, "AndroidManifestNonZeroStyle": 17, "AndroidManifestNullbytes": 15,
    "AndroidManifestTextChunksXML": 39, "AndroidManifestUTF8Strings": 27, "AndroidManifestWithComment": 77,
    "AndroidManifestWrongFilesize": 64, "AndroidManifest_InvalidCharsInAttribute": 412,
    "AndroidManifest_NamespaceInAttributeName": 47, "AndroidManifest_NamespaceInAttributeName2": 230,
    "AndroidManifest_StringNotTerminated": 64, "AndroidManifest_WrongChunkStart": 76, "test": 5, "test1": 23,
    "test2": 23, "test3": 18,
}  # fmt: skip

# package, version code, target SDK, permissions, components, entries
APPS = {
    "androguard+androguard/AndroidManifest_ShortName": ("com.android.galaxy4", 1, 14, 0, 2, 1),
    "androguard+androguard/Invalid": ("re.androguard.android.invalid", 1, 15, 0, 1, 14),
    "androguard+androguard/TestActivity": ("tests.androguard", 1, 16, 0, 1, 10),
    "androguard+androguard/TestActivity_signed_both": ("tests.androguard", 1, 16, 0, 1, 10),
    "androguard+androguard/TestActivity_unsigned": ("tests.androguard", 1, 16, 0, 1, 7),
    "androguard+androguard/a2dp.Vol_137": ("a2dp.Vol", 137, 25, 17, 14, 48),
    "androguard+androguard/com.test.intent_filter": ("com.test.intent_filter", 1, 28, 0, 4, 539),
    "androguard+androguard/partialsignature": ("a2dp.Vol", 137, 25, 17, 14, 49),
    "erev0s+apkInspector/eocd_at_offset_1026": ("android.appsecurity.cts.tinyapp", 10, 23, 0, 1, 8),
    "erev0s+apkInspector/minimal_SIZE_ExtraField": ("com.erev0s.minimal", 1, 33, 0, 1, 23),
    "erev0s+apkInspector/minimal_def_mod": ("com.erev0s.minimal", 1, 33, 0, 1, 24),
    "erev0s+apkInspector/minimal_orig": ("com.erev0s.minimal", 1, 33, 0, 1, 23),
    "erev0s+apkInspector/minimal_zero_sized_end_ns": ("com.erev0s.minimal", 1, 33, 0, 1, 23),
    "erev0s+apkInspector/truncated-cd": ("android.appsecurity.cts.tinyapp", 10, 23, 0, 1, 2),
    "f-droid+fdroidserver/com.politedroid_6": ("com.politedroid", 6, 21, 2, 2, 11),
    "f-droid+fdroidserver/duplicate.permisssions_9999999": ("duplicate.permisssions", 9999999, 27, 8, 1, 9),
    "f-droid+fdroidserver/minimal_targetsdk_30_unsigned": ("org.fdroid.ci", 1, 30, 0, 0, 4),
    "f-droid+fdroidserver/souch.smsbypass_9": ("souch.smsbypass", 9, 18, 5, 9, 38),
    "f-droid+fdroidserver/urzip-badcert": ("info.guardianproject.urzip", 100, 18, 0, 1, 8),
    "f-droid+fdroidserver/urzip": ("info.guardianproject.urzip", 100, 18, 0, 1, 8),
    "f-droid+fdroidserver/v1.v2.sig_1020": ("v1.v2.sig", 1020, None, 0, 1, 8),
    "f-droid+fdroidserver/v2.only.sig_2": ("v2.only.sig", 2, None, 0, 1, 6),
    "osservatorionessuno+libmvt/signed_test": ("org.test.libmvt", 1, 33, 0, 0, 5),
    "osservatorionessuno+libmvt/unsigned_test": ("org.test.libmvt", 1, 33, 0, 0, 2),
}

POLITE = "32a23624c201b949f085996ba5ed53d40f703aca4989476949cae891022e0ed6"
MINIMAL = "2b64ad02da1ab1917c3b3bc9053a944718dc774c5b53e9eb029f509a10129aea"
SOVA = "1355ae301394f6ce0a21976bacde65d5fbed48b96518121f52f45a31829cee76"
TEST = "332c2adec3d2396e465259caebd3ac5ba716e8c78054da7b8d647638fbbfa6bb"
BOTH = "b39038a91d8880fb01d2f6bdaeb22d39c1b7c447cef69e779bad544e9a3ec6a3"
VOL = "1e3bf46f964d494c9094cbf1a7ebec99b63d4acf6ae7519287d94faf5ea6871b"
SIGNERS = {
    "androguard+androguard/Invalid": {("v1", "e4926d665f0fbdcfd302d6a6aed4e1c9d8faf8906724054285c33d96e29030e8")},
    "androguard+androguard/TestActivity": {("v1", "6f5c31608f1f9e285eb6343c7c8af07de81c1fb2148b5349bec906444144576d")},
    "androguard+androguard/TestActivity_signed_both": {("v1", BOTH), ("v2", BOTH)},
    "androguard+androguard/a2dp.Vol_137": {("v1", VOL)},
    "androguard+androguard/partialsignature": {
        ("v1", VOL), ("v1", "6e566427da36dd913639b1112f747b77408851b4857a1d63ebf91e02b06f2088"),
    },
    "androguard+androguard/com.test.intent_filter": {
        ("v2", "b4ddf2749d84539c017e320140ca8b09c931be7c9ebc8c51ffcdd83c8aafaff1")
    },
    "androguard+androguard/CertChain": {("v1", "01e1999710a82c2749b4d50c445dc85d670b6136089d0a766a73827c82a1eac9")},
    "erev0s+apkInspector/minimal_orig": {("v2", MINIMAL), ("v3", MINIMAL)},
    "erev0s+apkInspector/minimal_zero_sized_end_ns": {("v2", MINIMAL), ("v3", MINIMAL)},
    "f-droid+fdroidserver/com.politedroid_6": {("v1", POLITE)},
    "f-droid+fdroidserver/duplicate.permisssions_9999999": {("v1", SOVA), ("v2", SOVA), ("v3", SOVA)},
    "f-droid+fdroidserver/souch.smsbypass_9": {
        ("v1", "d3aec784b1fd71549fc22c999789122e3639895db6bd585da5835fbe3db6985c")
    },
    "f-droid+fdroidserver/urzip-badcert": {("v1", "7eabd8c15de883d1e82b5df2fd4f7f769e498078e9ad6dc901f0e96db77ceac3")},
    "f-droid+fdroidserver/v1.v2.sig_1020": {("v1", POLITE), ("v2", POLITE)},
    "f-droid+fdroidserver/v2.only.sig_2": {("v2", POLITE)},
    "osservatorionessuno+libmvt/signed_test": {("v1", TEST), ("v2", TEST), ("v3", TEST)},
    "osservatorionessuno+libmvt/unsigned_test": set(),
}  # fmt: skip

ODD = {
    "androguard+androguard/CertChain": {"signature-stripped"},
    "androguard+androguard/partialsignature": {"v1-without-sf"},
    "erev0s+apkInspector/eocd_at_offset_1026": {"comment"},
    "erev0s+apkInspector/minimal_SIZE_ExtraField": {"directory-damaged", "headers-differ"},
    "erev0s+apkInspector/minimal_def_mod": {"unknown-method", "manifest"},
    "erev0s+apkInspector/minimal_zero_sized_end_ns": {"manifest"},
    "erev0s+apkInspector/truncated-cd": {"directory-damaged", "entry-count-differs", "unlisted-entry"},
}


def app(name: str):
    return read("android.apk", ANDROID / f"{name}.apk")


@pytest.mark.parametrize("name", ELEMENTS)
def test_manifests_that_stop_other_readers(name: str) -> None:
    found = list(axml.events((AXML / f"{name}.xml").read_bytes()))
    assert sum(isinstance(e, axml.Start) for e in found) == ELEMENTS[name]
    assert sum(isinstance(e, axml.End) for e in found) == ELEMENTS[name]


def test_every_manifest_of_the_corpus_is_expected() -> None:
    assert {p.stem for p in AXML.glob("*.xml")} == set(ELEMENTS)


def test_attributes_without_names_are_known_by_their_resources() -> None:
    found = [e for e in axml.events((AXML / "AndroidManifestLiapp.xml").read_bytes()) if isinstance(e, axml.Start)]
    assert all(e.get("name") for e in found if e.name in ("activity", "service", "uses-permission"))
    assert sum(e.name == "uses-permission" for e in found) > 0


@pytest.mark.parametrize("name", APPS)
def test_what_the_manifest_says(name: str) -> None:
    found = app(name)
    (one,) = of(found, "App")
    told = (
        one.package_name, one.version_code, one.target_sdk, len(of(found, "Permission")), len(of(found, "Component")),
        one.entries,
    )  # fmt: skip
    assert told == APPS[name]
    assert of(found, "Gap") == []


@pytest.mark.parametrize("name", SIGNERS)
def test_who_signed(name: str) -> None:
    assert {(s.scheme, s.certificate_sha256) for s in of(app(name), "Signer") if s.role == "signer"} == SIGNERS[name]


@pytest.mark.parametrize("name", sorted({*APPS, *ODD}))
def test_what_is_odd_and_nothing_else(name: str) -> None:
    assert {a.kind for a in of(app(name), "Anomaly")} == ODD.get(name, set())


def test_every_app_of_the_corpus_is_expected() -> None:
    there = {str(p.relative_to(ANDROID).with_suffix("")) for p in ANDROID.glob("*/*.apk")}
    assert there == {*APPS, "androguard+androguard/CertChain"}


def test_strings_of_programs() -> None:
    found = of(app("androguard+androguard/a2dp.Vol_137"), "DexString")
    assert len(found) == 11
    assert "http://maps.google.com/maps?q=" in {s.text for s in found}


def test_a_chain_of_certificates_and_no_manifest() -> None:
    found = app("androguard+androguard/CertChain")
    assert counts(found) == {"Gap": 1, "App": 1, "Signer": 3, "Anomaly": 1}
    assert sorted(s.role for s in of(found, "Signer")) == ["chain", "chain", "signer"]


def test_the_file_of_scheme_v4() -> None:
    path = ANDROID / "osservatorionessuno+libmvt" / "signed_test.apk.idsig"
    if not path.is_file():
        pytest.skip("the corpus has no .idsig")
    (found,) = rows(artifacts.load("android.apk"), Stored(path.read_bytes(), Path("/data/app/a/base.apk.idsig")))
    assert (found.scheme, found.certificate_sha256) == ("v4", TEST)


def test_an_app_given_alone_reaches_the_parser() -> None:
    source = open_source(ANDROID / "f-droid+fdroidserver" / "urzip.apk", password=lambda: None)
    found = {str(m.path) for m in source.members(lambda _: False)}
    source.close()
    assert "/apk/urzip.apk" in found
    assert artifacts.for_path("/apk/urzip.apk") == ("android.apk",)


VECTORS = ANDROID / "MuntashirAkon+apksig-android"


@pytest.mark.skipif(not VECTORS.is_dir(), reason="the vectors of apksig are not in the corpus")
@pytest.mark.parametrize("path", sorted(VECTORS.rglob("*.apk")) if VECTORS.is_dir() else [], ids=lambda p: p.name)
def test_vectors_of_apksig_cost_no_file(path: Path) -> None:
    assert len(of(read("android.apk", path), "App")) == 1
