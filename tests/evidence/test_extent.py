import hashlib
import os
import random

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bridle.evidence.extent import Extent

KEY, IV = bytes(range(32)), b"0123456789abcdef"
CONTENT = random.Random(2).randbytes(5_000)


@pytest.fixture
def stored(tmp_path):
    """Puts bytes into a file at an offset, and gives an Extent over them."""
    opened = []

    def put(data, size=None, offset=7, **more):
        path = tmp_path / "stored"
        path.write_bytes(b"x" * offset + data + b"y" * 40)
        opened.append(os.open(path, os.O_RDONLY))
        size = len(data) if size is None else size
        return Extent(descriptor=opened[-1], offset=offset, length=len(data), size=size, **more)

    yield put
    for descriptor in opened:
        os.close(descriptor)


def cbc(content, iv=bytes(16)):
    encryptor = Cipher(algorithms.AES(KEY), modes.CBC(iv)).encryptor()
    return encryptor.update(content + bytes(-len(content) % 16))


def ctr(content):
    return Cipher(algorithms.AES(KEY), modes.CTR(bytes(16))).encryptor().update(content)


@pytest.mark.parametrize(
    ("data", "more"),
    [
        (CONTENT, {}),
        (cbc(CONTENT), {"size": len(CONTENT), "cipher": "cbc", "key": KEY}),
        (
            cbc(CONTENT, IV),
            {"size": len(CONTENT), "cipher": "cbc", "key": KEY, "iv": IV},
        ),
        (ctr(CONTENT), {"cipher": "ctr", "key": KEY}),
    ],
    ids=["none", "cbc", "cbc with iv", "ctr"],
)
def test_every_cipher_reads_the_content_at_any_place(stored, data, more):
    extent = stored(data, **more)
    file = extent.open()
    assert extent.hashed() == hashlib.sha256(CONTENT).hexdigest()
    assert file.read() == CONTENT
    for start in (0, 1, 15, 16, 17, 31, 32, 4_990, 4_999):
        for count in (1, 15, 16, 17, 100):
            file.seek(start)
            assert file.read(count) == CONTENT[start : start + count]
    assert file.seek(-5, os.SEEK_END) == 4_995
    assert file.read() == CONTENT[-5:]
    file.seek(6_000)
    assert file.read() == b""


def test_a_large_content_is_read_in_steps(stored):
    content = random.Random(3).randbytes((2 << 20) + 77)
    extent = stored(cbc(content), size=len(content), cipher="cbc", key=KEY)
    assert extent.open().read() == content


def test_an_empty_extent_is_empty(stored):
    assert stored(b"").open().read() == b""
    assert stored(b"", cipher="cbc", key=KEY).open().read() == b""


def test_nothing_beyond_the_extent_is_read(stored):
    assert stored(b"abc").open().read(100) == b"abc"
    assert stored(b"abcdef", size=2).open().read() == b"ab"


def test_a_file_cut_after_it_was_opened_ends_early(stored, tmp_path):
    extent = stored(cbc(CONTENT), offset=0, size=len(CONTENT), cipher="cbc", key=KEY)
    os.truncate(tmp_path / "stored", 1_000)
    file = extent.open()
    assert file.read() == CONTENT[:992]
    file.seek(3_000)
    assert file.read() == b""


def test_an_odd_length_of_cbc_gives_its_whole_blocks(stored):
    extent = stored(cbc(CONTENT)[:107], size=107, cipher="cbc", key=KEY)
    assert extent.open().read() == CONTENT[:96]


@pytest.mark.parametrize(
    "more",
    [{"size": 4}, {"size": -1}, {"offset": -1}, {"length": -1}, {"cipher": "rot13"}],
)
def test_impossible_extents_are_refused(more):
    with pytest.raises(ValueError, match=r"cannot come from|expected none"):
        Extent(**({"descriptor": 0, "offset": 0, "length": 3, "size": 3} | more))


def test_a_negative_position_is_an_error(stored):
    file = stored(b"abc").open()
    with pytest.raises(ValueError, match="negative seek position -1"):
        file.seek(-4, os.SEEK_END)


def test_the_descriptor_is_closed_only_by_its_owner(stored):
    extent = stored(b"abc")
    extent.open().close()
    assert os.pread(extent.descriptor, 1, 0) == b"x"
    copy = Extent(descriptor=os.dup(extent.descriptor), offset=7, length=3, size=3)
    copy.open(owned=True).close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.pread(copy.descriptor, 1, 0)


def test_the_key_is_in_no_representation(stored):
    assert "key" not in repr(stored(b"a" * 16, cipher="cbc", key=KEY))


@pytest.mark.parametrize(
    ("data", "more"),
    [
        (CONTENT, {}),
        (cbc(CONTENT, IV), {"size": len(CONTENT), "cipher": "cbc", "key": KEY, "iv": IV}),
        (ctr(CONTENT), {"cipher": "ctr", "key": KEY}),
    ],
    ids=["none", "cbc", "ctr"],
)
def test_a_part_is_a_stretch_of_the_content(stored, data, more):
    whole = stored(data, **more)
    for start, size in ((0, 5000), (0, 0), (15, 1), (16, 16), (17, 100), (4999, 1), (123, 4000)):
        part = whole.part(start, size)
        inner = part.part(size // 3, size - size // 3)
        with part.open(owned=True) as file, inner.open(owned=True) as within:
            assert file.read() == CONTENT[start : start + size]
            assert within.read() == CONTENT[start + size // 3 : start + size]
            file.seek(size // 2)
            assert file.read() == CONTENT[start + size // 2 : start + size]


@pytest.mark.parametrize(("start", "size"), [(0, 5001), (5000, 1), (-1, 2), (3, -1)])
def test_a_part_lies_within_the_content(stored, start, size):
    with pytest.raises(ValueError, match="are not within 5000"):
        stored(CONTENT).part(start, size)


def test_a_part_is_not_hashed_as_the_whole(stored):
    whole = stored(CONTENT, sha256="0" * 64)
    assert whole.hashed() == "0" * 64
    part = whole.part(5, 10)
    assert part.hashed() == hashlib.sha256(CONTENT[5:15]).hexdigest()
    part.close()
