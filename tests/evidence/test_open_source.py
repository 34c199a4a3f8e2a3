"""What a path is, is decided by its content; and the small sources: apps, intrusion logs, captures."""

import bz2
import contextlib
import gzip
import hashlib
import os
import random
import shutil

import pytest
from containers import folder_of, gz_of, listed, no_password, read, tar_of, zip_of
from test_androidqf_source import FILES as ANDROIDQF
from test_bugreport_source import FILES as BUGREPORT
from test_bugreport_source import TEXT
from test_sysdiagnose_source import UNDER_TOP

from bridle.core import FormatError
from bridle.evidence import open_source
from bridle.evidence.source import SourceError
from corpus import CORPUS, needs_corpus

PCAP = b"\xd4\xc3\xb2\xa1\x02\x00\x04\x00" + bytes(8) + b"\xff\xff\0\0\x01\0\0\0"
PCAPNG = b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0" + b"\xff" * 8 + b"\x1c\0\0\0"
EVENTS = b'{"dns_event": {"event_time": 1, "hostname": "example.org"}}\n{"connect_event": {}}\n'
FILE_SYSTEM = {"private/var/mobile/Library/SMS/sms.db": b"x", "private/var/root/y": b"y"}
APK = {"AndroidManifest.xml": b"\x03\0", "classes.dex": b"dex\n"}


def opened(path, label=None):
    return open_source(path, password=no_password, label=label)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("sysdiagnose", gz_of(UNDER_TOP)),
        ("sysdiagnose", UNDER_TOP),
        ("bugreport", zip_of(BUGREPORT)),
        ("bugreport", BUGREPORT),
        ("bugreport", TEXT),
        ("bugreport", zip_of({"a/bugreport.zip": zip_of(BUGREPORT)})),
        ("androidqf", zip_of(ANDROIDQF)),
        ("androidqf", ANDROIDQF),
        ("file-system", zip_of(FILE_SYSTEM)),
        ("file-system", bz2.compress(tar_of(FILE_SYSTEM))),
        ("file-system", FILE_SYSTEM),
        ("apk", zip_of(APK)),
        ("intrusion-logs", EVENTS),
        ("intrusion-logs", zip_of({"log.txt": EVENTS})),
        ("intrusion-logs", {"log.txt": EVENTS}),
        ("capture", PCAP),
        ("capture", PCAPNG),
        ("capture", gzip.compress(PCAP)),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
@pytest.mark.parametrize("name", ["given", "backup.ab", "bugreport.zip", "private.tar.gz"])
def test_the_content_decides_and_not_the_name(tmp_path, kind, content, name):
    path = tmp_path / name
    if isinstance(content, dict):
        folder_of(path, content)
    else:
        path.write_bytes(content)
    source = opened(path, "the label")
    assert (source.kind, source.label) == (kind, "the label")
    assert [m for m in source.members(lambda p: True) if m.content is not None]
    assert len(source.digest) == 64
    assert source.problems() == ()
    source.close()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "is an empty folder: there is nothing to examine"),
        (zip_of({}), "is an empty archive|no member is left"),
        (tar_of({}), "nothing that is understood|is an empty archive"),
        (gz_of({}), "nothing that is understood|is an empty archive"),
        (b"", "is empty"),
        (gzip.compress(b""), "is empty"),
        ({"holiday.jpg": b"x"}, "is nothing that is understood here. Understood are: an iTunes or Finder backup"),
        (b"hello", "is nothing that is understood here"),
        (
            {"case.toml": b"", "manifest.json": b"{}", "ledger.parquet": b""},
            "is a case and no evidence. `bridle recheck` examines a case again",
        ),
        (zip_of({"holiday.jpg": b"x"}), "is nothing that is understood here"),
        (tar_of({"holiday.jpg": b"x"}), "is nothing that is understood here"),
        (os.urandom(5000), "is nothing that is understood here"),
        (b"\x1f\x8b\x08\x00" + os.urandom(3000), "is damaged|nothing that is understood"),
        (b"PK\x03\x04" + bytes(3000), "no member is left"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_is_not_understood_is_said_in_one_sentence(tmp_path, content, message):
    path = tmp_path / "given"
    if isinstance(content, dict):
        path.mkdir()
        folder_of(path, content)
    else:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        opened(path)


def test_a_backup_in_an_archive_has_a_next_step(tmp_path):
    (tmp_path / "given").write_bytes(zip_of({"00008110/Manifest.db": b"x", "00008110/Info.plist": b"x"}))
    with pytest.raises(SourceError, match="Unpack it and give its folder"):
        opened(tmp_path / "given")


LOGCAT = b"02-29 12:00:00.250  1000  1001 E Example: text\n"
TOMBSTONE = b"*** *** ***\npid: 11, tid: 11, name: main  >>> com.example <<<\n"


@pytest.mark.parametrize(
    "members", [{"logcat.txt": LOGCAT}, {"tombstones/tombstone_00": TOMBSTONE}, {"of/it/logcat-1.txt": LOGCAT}]
)
def test_loose_logs_of_android_have_a_next_step(tmp_path, members):
    (tmp_path / "given").write_bytes(zip_of(members))
    with pytest.raises(SourceError, match=r"nothing that tells of which device\. Take a bugreport, or give the whole"):
        opened(tmp_path / "given")


def test_empty_folders_inside_are_not_enough(tmp_path):
    (tmp_path / "given" / "FSx").mkdir(parents=True)
    with pytest.raises(SourceError, match="nothing that is understood"):
        opened(tmp_path / "given")


def test_what_is_not_there(tmp_path):
    with pytest.raises(SourceError, match="cannot be read: No such file or directory"):
        opened(tmp_path / "none")


def test_a_refused_source_leaves_no_descriptor_behind(tmp_path):
    path = tmp_path / "given"
    path.write_bytes(zip_of({"holiday.jpg": b"x"}))
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with pytest.raises(SourceError):
            opened(path)
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_app_is_given_whole_and_in_parts(tmp_path):
    path = tmp_path / "com.example.apk"
    path.write_bytes(zip_of(APK))
    source = opened(path)
    found = listed(source)
    assert list(found) == [
        "/apk/com.example.apk",
        "/apk/com.example/AndroidManifest.xml",
        "/apk/com.example/classes.dex",
    ]
    assert read(found["/apk/com.example.apk"]) == path.read_bytes()
    assert read(found["/apk/com.example/classes.dex"]) == b"dex\n"
    assert source.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    source.close()


def test_captures_lose_only_the_suffix_of_their_compression(tmp_path):
    (tmp_path / "net.pcap.gz").write_bytes(gzip.compress(PCAP))
    source = opened(tmp_path / "net.pcap.gz")
    found = listed(source)
    assert read(found["/capture/net.pcap"]) == PCAP
    assert (source.platform, source.problems()) == ("network", ())
    source.close()


def test_a_compressed_capture_cut_short_is_read_in_part(tmp_path):
    data = gzip.compress(PCAP + os.urandom(100_000))
    (tmp_path / "net.pcap.gz").write_bytes(data[:-500])
    source = opened(tmp_path / "net.pcap.gz")
    assert read(listed(source)["/capture/net.pcap"]).startswith(PCAP)
    assert "ends early" in source.problems()[0].reason
    assert source.digest == hashlib.sha256(data[:-500]).hexdigest()
    source.close()


def test_intrusion_logs_keep_their_names(tmp_path):
    source = opened(folder_of(tmp_path / "given", {"a.txt": EVENTS, "sub/b.txt": EVENTS}))
    assert {str(m.path) for m in source.members(lambda p: True) if m.type == "file"} == {
        "/intrusion_logs/a.txt",
        "/intrusion_logs/sub/b.txt",
    }
    source.close()


def test_zips_among_intrusion_logs_are_opened(tmp_path):
    inner = zip_of({"2.txt": EVENTS, "again.zip": zip_of({"3.txt": EVENTS})})
    for given in (zip_of({"1.zip": inner}), zip_of({"0.txt": EVENTS, "1.zip": inner, "bad.zip": b"no zip"})):
        (tmp_path / "given").write_bytes(given)
        source = opened(tmp_path / "given")
        assert source.kind == "intrusion-logs"
        found = {str(m.path): m for m in source.members(lambda p: True)}
        assert read(found["/intrusion_logs/1.zip/2.txt"]) == EVENTS
        assert read(found["/intrusion_logs/1.zip/again.zip/3.txt"]) == EVENTS
        assert found["/intrusion_logs/1.zip/again.zip/3.txt"].member == "1.zip!/again.zip!/3.txt"
        assert [p.reason for p in source.problems()] == ["bad.zip is no readable zip archive."] * (b"bad.zip" in given)
        source.close()


def test_other_json_lines_are_no_intrusion_logs(tmp_path):
    for text in (b'{"dns_event": 1, "other": 2}', b'["dns_event"]', b"{" * 100_000, b'{"x": 1}\n' + EVENTS):
        (tmp_path / "given").write_bytes(text)
        with pytest.raises(SourceError):
            opened(tmp_path / "given")


@needs_corpus
def test_real_apps_and_the_hostile_ones(tmp_path):
    folder = CORPUS / "android"
    apps = [a for a in sorted(folder.glob("*/*.apk")) if a.name != "CertChain.apk"]  # a signature without an app
    assert len(apps) > 15
    for app in apps:
        source = opened(app)
        found = list(source.members(lambda p: True))
        assert (source.kind, found[0].size) == ("apk", app.stat().st_size), app.name
        (manifest,) = [m for m in found if m.path.name == "AndroidManifest.xml" and len(m.path.parts) == 4]
        assert len(read(manifest)) > 100, app.name
        source.close()


@needs_corpus
def test_real_captures(tmp_path):
    captures = sorted(CORPUS.glob("network/**/*.pcap"))[:20]
    assert len(captures) == 20
    for i, capture in enumerate(captures):
        shutil.copyfile(capture, tmp_path / str(i))
        source = opened(tmp_path / str(i))
        (member,) = source.members(lambda p: True)
        assert (source.kind, member.size) == ("capture", capture.stat().st_size), capture.name
        source.close()


@pytest.mark.parametrize("seed", range(60))
def test_damage_anywhere_raises_nothing_else(tmp_path, seed):
    chance = random.Random(seed)
    whole = [gz_of(UNDER_TOP), tar_of(UNDER_TOP), zip_of(BUGREPORT), zip_of({"a.zip": zip_of(BUGREPORT)})]
    data = bytearray(whole[seed % 4])
    for _ in range(chance.choice([1, 3, 20])):
        at = chance.randrange(len(data))
        data[at : at + chance.randrange(60)] = chance.randbytes(chance.randrange(60))
    (tmp_path / "given").write_bytes(data)
    try:
        source = opened(tmp_path / "given")
    except SourceError:
        return
    for member in source.members(lambda p: True):
        assert ".." not in member.path.parts
        if member.content is not None:
            with contextlib.suppress(FormatError):
                read(member)
    assert len(source.digest) == 64
    source.close()
