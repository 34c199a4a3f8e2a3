"""The content of a small file is the same, read at once or through an Extent."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from bridle.core import FormatError
from bridle.evidence.backup_content import Content

KEY = bytes(range(32))


def encrypted(plain):
    cipher = Cipher(algorithms.AES(KEY), modes.CBC(bytes(16))).encryptor()
    return cipher.update(plain) + cipher.finalize()


def content(path, stored, key=None, size=None):
    path.write_bytes(stored)

    def open_(name):
        return os.open(path.with_name(name), os.O_RDONLY), len(stored)

    return Content(open_, path.name, key, size)


def through_extent(of):
    with of().open(owned=True) as file:
        return file.read()


def test_padding_goes_and_what_the_manifest_leaves_out_of_it_stays(tmp_path):
    padded = encrypted(b"eleven char" + bytes([5]) * 5)
    assert content(tmp_path / "a", padded, KEY, 11).whole(16) == b"eleven char"
    assert content(tmp_path / "a", padded, KEY, None).whole(16) == b"eleven char"
    assert content(tmp_path / "a", padded, KEY, 900).whole(16) == b"eleven char"
    assert content(tmp_path / "a", encrypted(b"sixteen letters!"), KEY, 16).whole(16) == b"sixteen letters!"
    assert content(tmp_path / "a", padded + b"torn", KEY, 11).whole(99) == b"eleven char"
    assert content(tmp_path / "a", b"torn", KEY, 11).whole(99) == b""


def test_a_larger_file_is_not_read_at_once(tmp_path):
    assert content(tmp_path / "a", b"seventeen letters").whole(16) is None
    assert content(tmp_path / "a", b"seventeen letters").whole(17) == b"seventeen letters"
    assert content(tmp_path / "a", b"").whole(17) == b""


def test_a_file_that_became_shorter_is_not_read_at_once(tmp_path):
    of = content(tmp_path / "a", b"seventeen letters")
    os.truncate(tmp_path / "a", 5)
    assert of.whole(17) is None


def test_no_descriptor_stays_open_and_what_opening_raises_is_raised(tmp_path):
    def fails(name):
        raise FormatError(f"{name}: gone")

    with pytest.raises(FormatError, match="a: gone"):
        Content(fails, "a").whole(16)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for most in (1, 99):
        content(tmp_path / "a", encrypted(bytes(32)), KEY).whole(most)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@given(st.binary(max_size=70), st.sampled_from([0, 0, 1, 5]), st.none() | st.integers(0, 90), st.booleans())
def test_at_once_or_through_an_extent_the_content_is_the_same(tmp_path_factory, plain, torn, size, padded):
    path = tmp_path_factory.mktemp("content") / "a"
    count = 16 - len(plain) % 16
    blocks = plain + bytes([count]) * count if padded else plain[: len(plain) - len(plain) % 16]
    sealed = content(path, encrypted(blocks) + bytes(torn), KEY, size)
    assert sealed.whole(1 << 10) == through_extent(sealed)
    stored = content(path, plain)
    assert stored.whole(1 << 10) == through_extent(stored) == plain
