import hashlib
import io
import os
import tarfile
import zlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bridle.evidence.adb_backup import AdbBackup, is_adb_backup
from bridle.evidence.extent import Extent
from bridle.evidence.source import NeedsPasswordError, SourceError, State, WrongPasswordError
from corpus import CORPUS, needs_corpus

SMS = "apps/com.android.providers.telephony/d_f/000000_sms_backup"
PASSWORD = "pässword"
MVT = CORPUS / "android/mvt-project+mvt"


def never():
    raise AssertionError("the password was asked for")


def tar(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in members or ((SMS, b"messages"), ("apps/org.example/_manifest", b"1\norg.example\n")):
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(content), 1_700_000_000
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def cbc(key, iv, content):
    padder, encryptor = padding.PKCS7(128).padder(), Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return encryptor.update(padder.update(content) + padder.finalize()) + encryptor.finalize()


def java_text(key):
    """What Java's `new String(char[])` of the signed bytes is in UTF-8."""
    return b"".join(bytes([b]) if b < 128 else bytes([0xEF, 0xBC | (b >> 6 & 3), b & 0x3F | 0x80]) for b in key)


def encrypted(data, version, rounds=40, password=None):
    salt, check_salt, iv = b"s" * 64, b"c" * 64, b"i" * 16
    master_key, master_iv = hashlib.sha256(b"master").digest(), b"m" * 16
    secret = password or PASSWORD.encode("latin-1" if version == 1 else "utf-8")
    checked = java_text(master_key) if version > 1 else master_key
    checksum = hashlib.pbkdf2_hmac("sha1", checked, check_salt, rounds, 32)
    blob = b"\x10" + master_iv + b"\x20" + master_key + b"\x20" + checksum
    key = hashlib.pbkdf2_hmac("sha1", secret, salt, rounds, 32)
    fields = (
        salt.hex().upper(),
        check_salt.hex().upper(),
        str(rounds),
        iv.hex().upper(),
        cbc(key, iv, blob).hex().upper(),
    )
    return "\n".join(("AES-256", *fields, "")).encode() + cbc(master_key, master_iv, data)


def backup(archive=None, *, version=5, compressed=True, sealed=False):
    data = tar() if archive is None else archive
    data = zlib.compress(data) if compressed else data
    head = b"ANDROID BACKUP\n%d\n%d\n" % (version, compressed)
    return head + (encrypted(data, version) if sealed else b"none\n" + data)


@pytest.fixture
def opened(tmp_path):
    sources = []

    def of(data, password=never):
        path = tmp_path / "backup.ab"
        path.write_bytes(data)
        sources.append(AdbBackup.open(path, password=password, label=None))
        return sources[-1]

    yield of
    for source in sources:
        source.close()


def members(source):
    return {str(m.path): m for m in source.members(lambda _: True)}


def content(member):
    with member.content().open(owned=True) as file:
        return file.read()


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "zlib"])
@pytest.mark.parametrize("sealed", [False, True], ids=["none", "AES-256"])
def test_every_version(opened, version, compressed, sealed):
    data = backup(version=version, compressed=compressed, sealed=sealed)
    source = opened(data, (lambda: PASSWORD) if sealed else never)
    found = members(source)
    assert list(found) == [f"/adb_backup/{SMS}", "/adb_backup/apps/org.example/_manifest"]
    sms = found[f"/adb_backup/{SMS}"]
    assert (sms.member, sms.type, sms.size, sms.state) == (SMS, "file", 8, State.PRESENT)
    assert sms.modified == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert content(sms) == b"messages"
    assert content(found["/adb_backup/apps/org.example/_manifest"]) == b"1\norg.example\n"
    assert source.problems() == ()
    assert source.digest == hashlib.sha256(data).hexdigest()
    assert (source.kind, source.platform, source.label) == ("adb-backup", "android", "backup.ab")
    assert (source.encrypted, source.facts) == (sealed, {"backup_version": str(version)})


def test_only_what_is_wanted_is_kept(opened):
    found = list(opened(backup()).members(lambda path: path.name == "_manifest"))
    assert [m.content is not None for m in found] == [False, True]


def test_the_right_password_is_needed(opened):
    with pytest.raises(NeedsPasswordError, match="--password-file"):
        opened(backup(sealed=True), lambda: None)
    with pytest.raises(WrongPasswordError, match="does not open the Android backup"):
        opened(backup(sealed=True), lambda: "wrong")


def test_a_backup_inside_another_acquisition(tmp_path):
    path = tmp_path / "outer"
    path.write_bytes(b"before" + backup(sealed=True) + b"after")
    size = path.stat().st_size
    extent = Extent(descriptor=os.open(path, os.O_RDONLY), offset=6, length=size - 11, size=size - 11)
    source = AdbBackup.open_extent(extent, password=lambda: PASSWORD, label="backup.ab")
    assert content(members(source)[f"/adb_backup/{SMS}"]) == b"messages"
    assert source.problems() == ()
    source.close()


def test_an_empty_backup_has_no_members(opened):
    source = opened(backup(bytes(1024)))
    assert members(source) == {}
    assert source.problems() == ()


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("sealed", [False, True])
def test_a_cut_backup_is_read_as_far_as_it_goes(opened, compressed, sealed):
    archive = tar((SMS, b"messages"), ("apps/org.example/f/random", os.urandom(200_000)))
    data = backup(archive, compressed=compressed, sealed=sealed)
    source = opened(data[:100_005], lambda: PASSWORD)
    found = members(source)
    assert content(found[f"/adb_backup/{SMS}"]) == b"messages"
    assert found["/adb_backup/apps/org.example/f/random"].state is State.DAMAGED
    assert len(source.problems()) == 1
    assert "ends" in source.problems()[0].reason


def test_damaged_compressed_data_is_a_problem(opened):
    data = bytearray(backup(tar((SMS, b"messages"), ("apps/f", os.urandom(300_000)))))
    data[150_000:150_100] = bytes(100)
    source = opened(bytes(data))
    assert content(members(source)[f"/adb_backup/{SMS}"]) == b"messages"
    assert len(source.problems()) == 1


def test_a_wrong_checksum_is_a_problem_and_loses_nothing(opened):
    data = bytearray(backup())
    data[-1] ^= 1
    source = opened(bytes(data))
    assert len(members(source)) == 2
    assert "checksum" in source.problems()[0].reason


def test_names_that_lead_out_stay_inside(opened):
    found = members(opened(backup(tar(("../../etc/passwd", b"x"), ("/etc/shadow", b"y"), ("apps/ok", b"z")))))
    assert {p: m.state for p, m in found.items()} == {
        r"/adb_backup/\x2e\x2e/\x2e\x2e/etc/passwd": State.REFUSED,
        "/adb_backup/etc/shadow": State.REFUSED,
        "/adb_backup/apps/ok": State.PRESENT,
    }


@pytest.mark.parametrize(
    "data",
    [
        b"ANDROID BACKUP\n",
        b"ANDROID BACKUP\n6\n1\nnone\nx",
        b"ANDROID BACKUP\n5\n2\nnone\nx",
        b"ANDROID BACKUP\n5\n1\nROT13\nx",
        b"ANDROID BACKUP\n5\n1\nAES-256\nzz\nzz\n1\nzz\nzz\n",
        b"ANDROID BACKUP\n5\n1\nAES-256\n00\n00\n99999999\n" + b"00" * 16 + b"\n" + b"00" * 96 + b"\n",
        b"ANDROID BACKUP\n5\n1\nAES-256\n00\n00\n10\n00\n00\n",
        backup(sealed=True)[:300],
        b"PK\x03\x04",
        b"",
    ],
)
def test_a_broken_header_is_an_error(opened, data):
    with pytest.raises(SourceError, match=r"The backup's|of the backup"):
        opened(data)


def test_only_such_files_are_recognised(tmp_path):
    path = tmp_path / "any name"
    path.write_bytes(backup())
    assert AdbBackup.recognise(path)
    path.write_bytes(b"ANDROID")
    assert not AdbBackup.recognise(path)
    assert not AdbBackup.recognise(tmp_path)
    assert not AdbBackup.recognise(tmp_path / "nothing")
    assert not is_adb_backup(b"")


@needs_corpus
@pytest.mark.parametrize(
    ("name", "password", "count"),
    [("android_backup/backup.ab", None, 5), ("android_backup/backup2.ab", "123456", 2)],
)
def test_published_backups(name, password, count):
    source = AdbBackup.open(MVT / name, password=lambda: password, label="published")
    found = members(source)
    assert len(found) == count
    assert zlib.decompress(content(found[f"/adb_backup/{SMS}"])).startswith(b"[{")
    assert source.problems() == ()
    source.close()


@pytest.mark.parametrize(("rounds", "refused"), [(4_999_999, False), (5_000_000, False), (5_000_001, True)])
def test_rounds_at_below_and_above_the_bound(opened, rounds, refused):
    data = backup(sealed=True).replace(b"\n40\n", b"\n%d\n" % rounds, 1)
    with pytest.raises(SourceError, match="not of the right length") if refused else pytest.raises(NeedsPasswordError):
        opened(data, lambda: None)


@pytest.mark.parametrize(("more", "error"), [(-1, NeedsPasswordError), (0, NeedsPasswordError), (1, SourceError)])
def test_a_header_at_below_and_above_the_bound(opened, more, error):
    """Nine lines end at byte 8,192. A salt may be of any length; blanks between its digits have no meaning."""
    data = backup(sealed=True)
    length = len(b"\n".join(data.split(b"\n", 9)[:9])) + 1
    salt = b"73" * 64
    assert data.count(salt) == 1
    data = data.replace(salt, salt + b" " * (8_192 + more - length))
    with pytest.raises(error, match="header ends early" if more == 1 else "password"):
        opened(data, lambda: None)
