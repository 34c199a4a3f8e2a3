"""Vectors are made by pyrage (the Rust implementation of age), so that two programs have to agree."""

import io
import random

import pyrage
import pytest

from bridle.core import FormatError
from bridle.evidence import age
from bridle.evidence.source import WrongPasswordError

CHUNK = 65_536
IDENTITY = pyrage.x25519.Identity.generate()
CONTENT = random.Random(1).randbytes(3 * CHUNK + 1_000)


def sealed(content=CONTENT, recipients=(IDENTITY,)):
    return pyrage.encrypt(content, [i.to_public() for i in recipients])


def opened(data, secret=None):
    return age.open_stream(io.BytesIO(data), secret or str(IDENTITY))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 1_000])
def test_content_is_what_was_encrypted(size):
    assert opened(sealed(CONTENT[:size])).read() == CONTENT[:size]


def test_any_place_can_be_read_first():
    stream = opened(sealed())
    assert stream.seek(-10, io.SEEK_END) == len(CONTENT) - 10
    assert stream.read() == CONTENT[-10:]
    stream.seek(CHUNK - 5)
    assert stream.read(10) == CONTENT[CHUNK - 5 : CHUNK + 5]
    assert stream.tell() == CHUNK + 5
    stream.seek(len(CONTENT) + 1)
    assert stream.read(1) == b""


def test_a_file_is_closed_with_its_stream_and_not_changed(tmp_path):
    path = tmp_path / "export.age"
    path.write_bytes(sealed())
    with age.open_stream(path, f"# created: 2026-01-01\n{IDENTITY}\n") as stream:
        assert stream.read() == CONTENT
    assert opened(path.read_bytes()).read() == CONTENT


def test_one_of_several_recipients_is_enough():
    others = [pyrage.x25519.Identity.generate() for _ in range(3)]
    assert opened(sealed(recipients=[*others, IDENTITY])).read() == CONTENT


def test_passphrase():
    data = pyrage.passphrase.encrypt(b"content", "correct horse")
    assert opened(data, "correct horse\n").read() == b"content"
    with pytest.raises(WrongPasswordError, match="passphrase does not open"):
        opened(data, "wrong horse")


def test_the_wrong_secret_says_which_is_needed():
    with pytest.raises(WrongPasswordError, match="opens with an identity"):
        opened(sealed(), "a passphrase")
    with pytest.raises(WrongPasswordError, match="does not open this file"):
        opened(sealed(), str(pyrage.x25519.Identity.generate()))
    mistyped = str(IDENTITY)[:-1] + ("Q" if str(IDENTITY)[-1] != "Q" else "P")
    with pytest.raises(WrongPasswordError, match="typing error"):
        opened(sealed(), mistyped)


@pytest.mark.parametrize("kept", [CHUNK + 16, 2 * (CHUNK + 16) + 7])
def test_a_file_that_ends_early_is_an_error_even_between_chunks(kept):
    data = sealed()
    payload = len(data) - len(CONTENT) - 4 * 16
    with pytest.raises(FormatError, match="ends early"):
        opened(data[: payload + kept])


@pytest.mark.parametrize("kept", [0, 5, 22, 40, 100, 180])
def test_a_header_that_ends_early_is_an_error(kept):
    with pytest.raises(FormatError):
        opened(sealed()[:kept])


def test_a_changed_chunk_is_an_error_where_it_is_read():
    data = bytearray(sealed())
    data[-len(CONTENT) + CHUNK] ^= 1
    stream = opened(bytes(data))
    assert stream.read(100) == CONTENT[:100]
    stream.seek(CHUNK + 100)
    with pytest.raises(FormatError, match="chunk 1 was altered"):
        stream.read(1)


def test_a_changed_header_is_an_error():
    data = sealed()
    end = data.index(b"\n--- ")
    altered = data[:end] + b"\n-> extra\n" + data[end:]
    with pytest.raises(FormatError, match="header was altered"):
        opened(altered)


def test_a_demand_for_too_much_memory_is_refused():
    data = pyrage.passphrase.encrypt(b"content", "x")
    line = data.split(b"\n")[1]
    demanding = data.replace(line, line.rpartition(b" ")[0] + b" 40", 1)
    with pytest.raises(FormatError, match=r"cost of 2\^40"):
        opened(demanding, "x")


def test_an_endless_header_is_refused():
    with pytest.raises(FormatError, match="header of more than"):
        opened(age.MAGIC + b"-> X25519 a\n" + (b"A" * 64 + b"\n") * 10_000)


def test_only_age_files_are_age():
    assert age.is_age(sealed()[:64])
    assert not age.is_age(b"PK\x03\x04")
    with pytest.raises(FormatError, match="expected b'age-encryption"):
        opened(b"PK\x03\x04\n")
