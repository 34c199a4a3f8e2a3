"""Archives of apps: read as Android reads them, with what other readers stumble over."""

import io
import random
import struct
import zipfile

import pytest

from bridle.core import FormatError
from bridle.formats import apk_zip
from bridle.formats.apk_zip import ApkZip
from bridle.phantom.apk import archived, assembled, key
from made_apk import _patched, make


def opened(data: bytes) -> ApkZip:
    return ApkZip(io.BytesIO(data), len(data))


def made(*files: tuple[str, bytes]) -> tuple[bytes, bytes]:
    return archived(files)


def whole(local: bytes, central: bytes, count: int) -> bytes:
    return assembled(local, central, count, [], key("alpha"))


def test_an_archive_of_another_writer() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("AndroidManifest.xml", b"a" * 100_000)
        z.writestr(zipfile.ZipInfo("größe/b"), b"stored")
        z.comment = b"a comment"
    found = opened(out.getvalue())
    assert [(e.name, e.method, e.size) for e in found.entries] == [
        ("AndroidManifest.xml", 8, 100_000), ("größe/b", 0, 6),
    ]  # fmt: skip
    assert [b"".join(found.content(e)) for e in found.entries] == [b"a" * 100_000, b"stored"]
    assert {k: o.detail for k, o in found.oddities.items()} == {"comment": "a comment of 9 bytes at the end"}


def test_an_archive_written_as_a_stream_has_nothing_odd() -> None:
    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def tell(self) -> int:
            raise io.UnsupportedOperation

    out = Stream()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a", b"1" * 300)
        z.writestr("b", b"2" * 300)
    found = opened(out.getvalue())
    assert [found.read(e, 1000) for e in found.entries] == [b"1" * 300, b"2" * 300]
    assert found.oddities == {}


def test_only_what_is_asked_for_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("bomb", bytes(50_000_000))
    found = opened(out.getvalue())
    assert found.read(found.entries[0], 64) == bytes(64)
    assert max(len(piece) for piece in found.content(found.entries[0])) <= 1 << 16


def test_a_method_that_does_not_exist_means_stored_or_what_fits() -> None:
    local, central = made(("a", b"content"))
    stored = opened(whole(local, _patched(central, "a", 10, struct.pack("<H", 999)), 1))
    assert stored.read(stored.entries[0], 100) == b"content"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("a", b"a" * 1000)
    data = bytearray(out.getvalue())
    at = data.rindex(b"PK\1\2")
    data[at + 10 : at + 12] = struct.pack("<H", 12345)
    deflated = opened(bytes(data))
    assert deflated.read(deflated.entries[0], 2000) == b"a" * 1000
    assert deflated.oddities["unknown-method"].detail == "a: method 12345"
    assert deflated.oddities["headers-differ"].detail == "a: method 12345 and 8"


def test_attributes_that_hold_text_are_told_from_fifty_on() -> None:
    for count, told in ((50, False), (51, True)):
        local, central = archived((f"{i:03}", b"x") for i in range(count))
        for i in range(count):
            central = _patched(central, f"{i:03}", 36, b"QUJDRE")
        found = opened(whole(local, central, count)).oddities
        assert ("attributes-hold-text" in found) is told
    assert (found["attributes-hold-text"].count, found["attributes-hold-text"].detail) == (51, "entry 1: QUJDRE")


def test_names_that_leave_their_folder_and_entries_that_overlap() -> None:
    local, central = made(("../a", b"one"), ("b", b"two"))
    central = _patched(central, "b", 42, struct.pack("<I", 5))
    found = opened(whole(local, central, 2)).oddities
    assert found["name-leaves-folder"].detail == "../a"
    assert found["no-local-header"].detail == "b: nothing at 0x5"
    local, central = made(("a", b"PK\3\4" + bytes(40)), ("b", b"two"))
    central = _patched(central, "b", 42, struct.pack("<I", local.index(b"PK\3\4", 4)))
    assert opened(whole(local, central, 2)).oddities["entries-overlap"].detail == "b begins inside a"


def test_a_file_that_no_directory_lists_and_bytes_of_nobody() -> None:
    local, central = made(("a", b"one"), ("hidden.dex", b"two"))
    length = struct.unpack_from("<H", central, 28)[0] + 46
    found = opened(whole(local, central[:length], 1)).oddities
    assert list(found) == ["unlisted-entry"]
    assert found["unlisted-entry"].detail == f"b'hidden.dex' at {34:#x} is in no directory"
    local, central = made(("a", b"one"))
    assert opened(whole(local + b"junk", central, 1)).oddities["bytes-between-entries"].detail == (
        "4 bytes behind a, at 0x22"
    )
    assert opened(whole(local + bytes(4), central, 1)).oddities == {}, "zeros align what follows"


def test_a_second_end_and_a_directory_elsewhere() -> None:
    one = whole(*made(("a", b"one")), 1)
    two = opened(one[:-2] + struct.pack("<H", len(one)) + whole(*made(("b", b"two")), 1))
    assert "second-end-of-directory" in two.oddities
    moved = bytearray(one)
    end = moved.rindex(b"PK\5\6")
    moved[end + 16 : end + 20] = struct.pack("<I", 3)
    found = opened(bytes(moved))
    assert [e.name for e in found.entries] == ["a"]
    assert found.oddities["directory-moved"].detail == "the directory is at 0x22, the end says 0x3"


def test_without_a_directory_the_headers_before_the_contents_are_read() -> None:
    local, _ = made(("a", b"one"), ("b", b"two"))
    found = opened(local)
    assert [(e.name, found.read(e, 10)) for e in found.entries] == [("a", b"one"), ("b", b"two")]
    assert found.oddities["no-directory"].detail == "2 entries were found by what stands before their content"


@pytest.mark.parametrize("data", [b"", b"PK\5\6" + bytes(18), b"PK\3\4", b"x" * 100_000])
def test_what_is_no_archive(data: bytes) -> None:
    with pytest.raises(FormatError, match="APK"):
        opened(data)


def test_damage_is_survived() -> None:
    good, chance = make("file a text one\nfile b zero 300\nsign v2"), random.Random(1)
    for _ in range(300):
        bad = bytearray(good)
        for _ in range(chance.randrange(1, 30)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        try:
            found = opened(bytes(bad))
        except FormatError:
            continue
        assert all(len(found.read(e, 1000)) <= 1000 for e in found.entries)


def test_content_whose_checksum_fits_as_it_lies_is_not_unpacked() -> None:
    content = b"\x01\x05\x00\xfa\xffhello"
    local, central = made(("a", content))
    central = _patched(_patched(central, "a", 10, struct.pack("<H", 999)), "a", 20, struct.pack("<I", 11))
    found = opened(whole(local, central, 1))
    assert found.read(found.entries[0], 100) == content


@pytest.mark.parametrize("directory", [True, False])
@pytest.mark.parametrize(("count", "told"), [(2, False), (3, False), (4, True)])
def test_entries_at_below_and_above_the_bound(monkeypatch, count: int, told: bool, directory: bool) -> None:
    monkeypatch.setattr(apk_zip, "MOST", 3)
    local, central = made(*((f"{n}", b"x") for n in range(count)))
    found = opened(whole(local, central, count) if directory else local)
    assert [e.name for e in found.entries] == ["0", "1", "2"][:count]
    assert ("too-many-entries" in found.oddities) is told


def test_entries_are_a_hundred_thousand_at_most_and_their_directory_64_mib() -> None:
    assert (apk_zip.MOST, apk_zip._LONGEST_DIRECTORY) == (100_000, 67_108_864)


@pytest.mark.parametrize(("bound", "names"), [(95, ["0", "1"]), (94, ["0", "1"]), (93, ["0"])])
def test_a_directory_at_below_and_above_the_bound(monkeypatch, bound: int, names: list[str]) -> None:
    """Its two entries have 46 bytes and a name of one each."""
    monkeypatch.setattr(apk_zip, "_LONGEST_DIRECTORY", bound)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("0", b"x")
        z.writestr("1", b"x")
    found = opened(out.getvalue())
    assert [e.name for e in found.entries] == names
    assert ("directory-too-long" in found.oddities) is (bound < 94)
