"""Members of archives: with and without a directory, in disagreement with it, damaged, and too many."""

import io
import zipfile

import pytest

from bridle.core import FormatError
from bridle.formats import zip_members
from made_attachment import archive


def read(data: bytes) -> list[zip_members.Member]:
    return list(zip_members.members(io.BytesIO(data), len(data)))


def test_an_archive_of_another_writer() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("größe.txt", "a" * 100_000)
        z.writestr(zipfile.ZipInfo("b.png"), b"\x89PNG")
    found = read(made.getvalue())
    assert [(m.name, m.size, m.method, m.head) for m in found] == [
        ("größe.txt", 100_000, 8, b"a" * 64), ("b.png", 4, 0, b"\x89PNG"),
    ]  # fmt: skip


def test_an_archive_that_was_written_as_a_stream() -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise io.UnsupportedOperation

    made = Stream()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a.gif", b"GIF89a" + bytes(300))
        z.writestr("b.gif", b"8BPS")
    whole = made.getvalue()
    assert [(m.name, (m.head or b"")[:4]) for m in read(whole)] == [("a.gif", b"GIF8"), ("b.gif", b"8BPS")]
    headless = whole[: whole.index(b"PK\1\2")]
    found = zip_members.members(io.BytesIO(headless), len(headless))
    assert next(found).name == "a.gif"
    with pytest.raises(FormatError, match="zip: expected the length of the member before byte 35: what follows is not"):
        next(found)


def test_the_directory_says_what_is_read() -> None:
    hidden = archive([{"name": "hidden.png", "text": "x"}], directory=False)
    shown = archive([{"name": "shown.png", "text": "y"}])
    assert [m.name for m in read(shown + b"tail")] == ["shown.png"]
    assert [m.name for m in read(hidden + shown)] == ["hidden.png", "shown.png"], (
        "offsets are wrong: headers are walked"
    )


def test_a_member_whose_header_is_not_there_has_no_head() -> None:
    data = bytearray(archive([{"name": "a", "text": "x"}, {"name": "b", "text": "y"}]))
    data[0:2] = b"??"
    assert [(m.name, m.head) for m in read(bytes(data))] == [("a", None), ("b", b"y")]


def test_a_member_that_does_not_inflate_has_no_head() -> None:
    data = archive([{"name": "a", "hex": "ffffffff", "method": 8}])
    assert [m.head for m in read(data)] == [None]


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\3\4" + b"\0" * 20, b"no archive at all, but long enough to be one"])
def test_what_is_no_archive(data: bytes) -> None:
    with pytest.raises(FormatError, match="header of a member at byte 0"):
        read(data)


def test_an_entry_that_is_damaged() -> None:
    data = bytearray(archive([{"name": "a", "text": "x"}, {"name": "b", "text": "y"}]))
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    data[second : second + 2] = b"??"
    found = zip_members.members(io.BytesIO(bytes(data)), len(data))
    assert next(found).name == "a"
    with pytest.raises(FormatError, match="entry of the directory at its byte 47"):
        next(found)


@pytest.mark.parametrize("count", [199, 200, 201])
@pytest.mark.parametrize("directory", [True, False])
def test_the_number_of_members_is_bounded(count: int, directory: bool) -> None:
    data = archive([{"name": f"{n}", "text": "x"} for n in range(count)], directory=directory)
    found = zip_members.members(io.BytesIO(data), len(data))
    assert [next(found).name for _ in range(min(count, 200))] == [f"{n}" for n in range(min(count, 200))]
    if count <= 200:
        assert list(found) == []
    else:
        with pytest.raises(FormatError, match="first 200 members"):
            next(found)


@pytest.mark.parametrize("length", [63, 64, 65])
@pytest.mark.parametrize("deflated", [False, True])
def test_the_first_64_bytes_of_a_member_are_kept(length: int, deflated: bool) -> None:
    (member,) = read(archive([{"name": "a", "text": "x" * length, "deflated": deflated}]))
    assert member.head == b"x" * min(length, 64)


@pytest.mark.parametrize(("blocks", "head"), [(817, b"abc"), (818, b"a"), (819, b"")])
def test_4096_bytes_of_a_member_are_read_for_its_first_ones(blocks: int, head: bytes) -> None:
    """Blocks of nothing, of five bytes, stand before one of three bytes, which has five of its own before them."""
    packed = b"\0\0\0\xff\xff" * blocks + b"\1\3\0\xfc\xffabc"
    (member,) = read(archive([{"name": "a", "hex": packed.hex(), "method": 8}]))
    assert member.head == head


@pytest.mark.parametrize(("over", "read_to_the_end"), [(-1, True), (0, True), (1, False)])
def test_a_directory_of_a_mebibyte_and_one_byte_more(over: int, read_to_the_end: bool) -> None:
    """17 entries, each of 46 bytes, a name of one and a comment."""
    data = archive([{"name": "a", "text": "x"}] * 17)
    at, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entries, left = b"", 1_048_576 + over
    for n in range(17):
        entry = bytearray(data[at + 47 * n : at + 47 * n + 47])
        comment = min(65_535, left - 47 * (17 - n))
        entry[32:34] = comment.to_bytes(2, "little")
        entries, left = entries + entry + bytes(comment), left - 47 - comment
    assert (len(entries), end - at) == (1_048_576 + over, 17 * 47)
    tail = bytearray(data[end:])
    tail[12:16] = len(entries).to_bytes(4, "little")
    found = zip_members.members(io.BytesIO(data[:at] + entries + tail), at + len(entries) + 22)
    if read_to_the_end:
        assert [m.name for m in found] == ["a"] * 17
    else:
        assert [next(found).name for _ in range(16)] == ["a"] * 16
        with pytest.raises(FormatError, match="a name of 1 bytes at byte 1048576 of the directory, got its end"):
            next(found)
