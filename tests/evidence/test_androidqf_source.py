"""AndroidQF acquisitions: folder, zip, and zip under age."""

import hashlib
import zlib

import pyrage
import pytest
from containers import folder_of, listed, no_password, read, tar_of, zip_of
from test_bugreport_source import FILES as REPORT
from test_bugreport_source import TEXT

from bridle.evidence.androidqf import AndroidQF
from bridle.evidence.probe import Probe
from bridle.evidence.source import NeedsPasswordError, SourceError, State, WrongPasswordError
from corpus import CORPUS, needs_corpus

GETPROP = b"[ro.build.id]: [UQ1A]\n[ro.build.version.release]: [14]\n[ro.product.model]: [Pixel 6]\n"
FILES = {
    "acquisition.json": b"{}",
    "getprop.txt": GETPROP,
    "packages.json": b"[]",
    "backup.ab": b"ANDROID BACKUP\n5\n1\nnone\n" + zlib.compress(tar_of({"apps/com.example/_manifest": b"1\n"})),
    "bugreport.zip": zip_of(REPORT),
    "apks/com.example.apk": b"PK",
    "intrusion_logs/log.txt": b'{"dns_event": {}}',
}
PLACED = {
    "/androidqf/acquisition.json",
    "/androidqf/getprop.txt",
    "/androidqf/packages.json",
    "/androidqf/backup.ab",
    "/androidqf/backup/apps/com.example/_manifest",
    "/androidqf/bugreport.zip",
    "/androidqf/apks/com.example.apk",
    "/intrusion_logs/log.txt",
}
FROM_REPORT = {"/bugreport/dumpstate.txt", "/data/tombstones/tombstone_00", "/proc/1/mountinfo"}
IDENTITY = pyrage.x25519.Identity.generate()


def opened(path, password=no_password):
    return AndroidQF.open(path, password=password, label=None)


def given(tmp_path, data):
    path = tmp_path / "given"
    path.write_bytes(data)
    return path


def files_of(source):
    return {str(m.path) for m in source.members(lambda p: True) if m.type == "file"}


@pytest.mark.parametrize("top", ["", "0d3f-uuid/"])
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_folder_and_zip_with_or_without_a_top_folder(tmp_path, form, top):
    files = {top + n: c for n, c in FILES.items()}
    path = folder_of(tmp_path / "given", files) if form == "folder" else given(tmp_path, zip_of(files))
    assert AndroidQF.recognise(Probe(path))
    source = opened(path)
    found = listed(source)
    assert set(found) >= PLACED | FROM_REPORT
    assert read(found["/bugreport/dumpstate.txt"]) == TEXT
    assert found["/bugreport/dumpstate.txt"].member.startswith(f"{top}bugreport.zip!/bugreport-oriole")
    assert source.facts == {
        "product_type": "Pixel 6",
        "os_version": "14",
        "build": "UQ1A",
        "hashes": "not compared: there is no hashes.csv",
    }
    assert not source.encrypted
    assert source.problems() == ()
    source.close()


@pytest.mark.parametrize("kind", ["identity", "passphrase"])
def test_an_encrypted_archive(tmp_path, kind):
    plain = zip_of(FILES | {"dumpsys.txt": b"services " * 50_000})
    identity = kind == "identity"
    data = pyrage.encrypt(plain, [IDENTITY.to_public()]) if identity else pyrage.passphrase.encrypt(plain, "correct")
    path = given(tmp_path, data)
    assert AndroidQF.recognise(Probe(path))
    source = opened(path, lambda: str(IDENTITY) if identity else "correct")
    found = listed(source)
    assert set(found) >= PLACED | FROM_REPORT
    assert read(found["/androidqf/dumpsys.txt"]) == b"services " * 50_000
    assert read(found["/proc/1/mountinfo"]) == b"mounts"
    assert source.encrypted
    assert source.digest == hashlib.sha256(data).hexdigest()
    source.close()


def test_without_and_with_a_wrong_password(tmp_path):
    path = given(tmp_path, pyrage.encrypt(zip_of(FILES), [IDENTITY.to_public()]))
    with pytest.raises(NeedsPasswordError, match="is encrypted with age"):
        opened(path)
    with pytest.raises(WrongPasswordError):
        opened(path, lambda: str(pyrage.x25519.Identity.generate()))


def test_an_encrypted_file_that_holds_something_else(tmp_path):
    path = given(tmp_path, pyrage.encrypt(b"no zip at all", [IDENTITY.to_public()]))
    with pytest.raises(SourceError, match="no member is left"):
        opened(path, lambda: str(IDENTITY))
    path = given(tmp_path, pyrage.encrypt(zip_of({"readme": b""}), [IDENTITY.to_public()]))
    with pytest.raises(SourceError, match="is no AndroidQF acquisition"):
        opened(path, lambda: str(IDENTITY))


def test_an_altered_or_cut_encrypted_archive_is_a_source_error(tmp_path):
    data = pyrage.encrypt(zip_of(FILES), [IDENTITY.to_public()])
    with pytest.raises(SourceError, match="cannot be decrypted"):
        opened(given(tmp_path, data[:-100]), lambda: str(IDENTITY))


def test_a_cut_zip_is_read_as_far_as_it_goes(tmp_path):
    data = zip_of(FILES)
    source = opened(given(tmp_path, data[: data.index(b"PK\x01\x02", data.index(b"apks/com")) + 10]))
    assert files_of(source) >= PLACED | FROM_REPORT
    assert len(source.problems()) == 1
    source.close()


def test_traversal_among_the_intrusion_logs_is_refused(tmp_path):
    source = opened(given(tmp_path, zip_of(FILES | {"intrusion_logs/../../../etc/x.txt": b"evil"})))
    found = listed(source)
    refused = [m for m in found.values() if m.state is State.REFUSED]
    assert len(refused) == 1
    assert ".." not in refused[0].path.parts
    source.close()


def test_a_bugreport_that_is_no_zip_is_listed_and_a_problem(tmp_path):
    source = opened(folder_of(tmp_path / "given", FILES | {"bugreport.zip": b"adb: failed"}))
    assert files_of(source) == PLACED
    assert [p.reason for p in source.problems()] == ["bugreport.zip was not examined: no bugreport was found in it."]
    source.close()


@needs_corpus
def test_real_acquisitions():
    at = CORPUS / "android" / "mvt-project+mvt"
    source = opened(at / "androidqf.zip")
    assert {str(m.path) for m in source.members(lambda p: True)} == {"/androidqf", "/androidqf/getprop.txt"}
    source.close()
    source = opened(at / "androidqf")
    assert "/androidqf/files.json" in files_of(source)
    source.close()


def test_half_characters_in_what_the_tool_says_are_shown(tmp_path):
    about = b'{"status": "x\\ud800", "uuid": "\\udc41", "collector": {"Adb": {"Serial": "\\udfff"}}}'
    source = opened(folder_of(tmp_path / "qf", {"acquisition.json": about}))
    listed(source)
    assert source.facts["acquisition_status"] == "x\\ud800"
    assert source.facts["serial_number"] == "\\udfff"
    "".join(source.facts.values()).encode()
    source.close()
