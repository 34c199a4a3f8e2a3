"""Acquisitions that AndroidQF and Bugbane stream into an archive, and those that were interrupted."""

import io
import random
import zipfile

import pyrage
import pytest
from containers import listed, read

from bridle.evidence.androidqf import AndroidQF
from bridle.evidence.source import SourceError

CHUNK = 65_536
NOISE = random.Random(1).randbytes(3 * CHUNK)
FILES = {"getprop.txt": b"[ro.build.id]: [UQ1A]\n", "apks/a.apk": NOISE, "packages.json": b"[]", "late.txt": b"late"}
IDENTITY = pyrage.x25519.Identity.generate()


class OneWay(io.RawIOBase):
    """A sink that cannot be sought, so that sizes are written behind the data."""

    def __init__(self):
        self.data = b""

    def writable(self):
        return True

    def write(self, data):
        self.data += bytes(data)
        return len(data)


def streamed(files=FILES):
    sink = OneWay()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    assert sink.data[6] & 8, "the sizes are to follow the data"
    return sink.data


def opened(tmp_path, data, secret=None):
    path = tmp_path / "given"
    path.write_bytes(data)
    return AndroidQF.open(path, password=lambda: secret, label=None)


def sealed(data, kind):
    return pyrage.encrypt(data, [IDENTITY.to_public()]) if kind == "identity" else pyrage.passphrase.encrypt(data, "p")


def secret(kind):
    return str(IDENTITY) if kind == "identity" else "p"


@pytest.mark.parametrize("kind", ["identity", "passphrase"])
def test_a_streamed_archive_with_its_members_at_the_top(tmp_path, kind):
    source = opened(tmp_path, sealed(streamed(), kind), secret(kind))
    found = listed(source)
    assert {p: read(found[p]) for p in ("/androidqf/packages.json", "/androidqf/apks/a.apk")} == {
        "/androidqf/packages.json": b"[]",
        "/androidqf/apks/a.apk": NOISE,
    }
    assert source.problems() == ()
    source.close()


@pytest.mark.parametrize("kind", ["identity", "passphrase"])
@pytest.mark.parametrize("rest", [0, 100])
def test_an_interrupted_archive_is_read_to_its_last_whole_chunk(tmp_path, kind, rest):
    data = sealed(streamed(), kind)
    header = len(data) - len(streamed()) - 16 * 4
    source = opened(tmp_path, data[: header + 2 * (CHUNK + 16) + rest], secret(kind))
    found = listed(source)
    assert read(found["/androidqf/getprop.txt"]) == FILES["getprop.txt"]
    apk = read(found["/androidqf/apks/a.apk"])
    assert NOISE.startswith(apk)
    assert len(apk) > CHUNK
    assert "/androidqf/packages.json" not in found
    reasons = [p.reason for p in source.problems()]
    assert any(f"{rest} bytes at its end were not read" in r for r in reasons)
    assert any("ends without a directory" in r for r in reasons)
    source.close()


def test_an_altered_last_chunk_is_left_out_and_said(tmp_path):
    data = bytearray(sealed(streamed(), "identity"))
    data[-1] ^= 1
    source = opened(tmp_path, bytes(data), str(IDENTITY))
    found = listed(source)
    assert read(found["/androidqf/getprop.txt"]) == FILES["getprop.txt"]
    assert "the encrypted file ends early, or its last chunk was altered" in source.problems()[1].reason
    source.close()


def test_an_altered_chunk_in_the_middle_costs_its_member(tmp_path):
    data = bytearray(sealed(streamed(), "identity"))
    data[len(data) - len(streamed()) + CHUNK] ^= 1
    source = opened(tmp_path, bytes(data), str(IDENTITY))
    found = listed(source)
    assert read(found["/androidqf/packages.json"]) == b"[]"
    with pytest.raises(ValueError, match="chunk 1 was altered"):
        found["/androidqf/apks/a.apk"].content()
    source.close()


def test_nothing_authentic_is_a_source_error(tmp_path):
    data = bytearray(sealed(streamed(), "identity"))
    for at in range(len(data) - len(streamed()), len(data), 1_000):
        data[at] ^= 1
    with pytest.raises(SourceError, match="cannot be decrypted"):
        opened(tmp_path, bytes(data), str(IDENTITY))


def test_an_interrupted_archive_without_encryption(tmp_path):
    data = streamed()
    source = opened(tmp_path, data[: data.index(b"late.txt") - 30])
    assert read(listed(source)["/androidqf/packages.json"]) == b"[]"
    assert len(source.problems()) == 1
    source.close()


def test_no_plaintext_reaches_the_disk(tmp_path, monkeypatch):
    """Members of an encrypted archive lie in memory without a name, or under a random key."""
    monkeypatch.setattr("bridle.evidence.archive.MEMORY_ALL", 1000)
    written = []
    real = __import__("os").pwrite

    def watched(descriptor, data, offset):
        written.append((__import__("os").readlink(f"/proc/self/fd/{descriptor}"), bytes(data)))
        return real(descriptor, data, offset)

    monkeypatch.setattr("os.pwrite", watched)
    source = opened(tmp_path, sealed(streamed(), "identity"), str(IDENTITY))
    assert read(listed(source)["/androidqf/apks/a.apk"]) == NOISE
    assert written
    assert all("memfd:" in where or NOISE[:64] not in data for where, data in written)
    source.close()
