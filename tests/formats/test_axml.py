"""Binary XML: what an encoder writes, what obfuscators change, and what bounds hold."""

import struct

import pytest

from bridle.core import FormatError
from bridle.formats import axml
from bridle.formats.axml import Attribute, End, Oddity, Start
from bridle.phantom.axml import Element, encode
from made_apk import binary

ROOT = Element(
    "manifest",
    (("package", "com.example"), ("versionCode", 7)),
    (Element("application", (("label", "@0x7f0b0001"), ("debuggable", True), ("name", "Größe ☂"))),),
)
NAME, LABEL, CODE, DEBUGGABLE = 0x01010003, 0x01010001, 0x0101021B, 0x0101000F


def read(data: bytes) -> list[Start | End | Oddity]:
    return list(axml.events(data))


def sized(data: bytes) -> bytes:
    """With the size it has."""
    return data[:4] + struct.pack("<I", len(data)) + data[8:]


def wanted() -> list[Start | End]:
    return [
        Start(1, "manifest", (Attribute("package", None, "com.example"), Attribute("versionCode", CODE, 7))),
        Start(2, "application", (
            Attribute("label", LABEL, "@0x7f0b0001"), Attribute("debuggable", DEBUGGABLE, True),
            Attribute("name", NAME, "Größe ☂"),
        )),
        End(2, "application"),
        End(1, "manifest"),
    ]  # fmt: skip


@pytest.mark.parametrize("utf8", [False, True])
def test_elements_and_values(utf8: bool) -> None:
    assert read(encode(ROOT, utf8=utf8)) == wanted()


def test_attributes_are_known_by_their_resources_where_names_are_gone() -> None:
    data = encode(ROOT)
    for name in ("versionCode", "label", "debuggable", "name"):
        data = data.replace(name.encode("utf-16-le") + b"\0\0", "z".encode("utf-16-le") * len(name) + b"\0\0")
    assert read(data) == wanted()


def test_type_and_size_of_the_file_may_be_wrong() -> None:
    data = encode(ROOT)
    assert read(b"\0\0" + data[2:]) == [Oddity(0, "the type of the file is 0x0000 instead of 0x0003"), *wanted()]
    longer = data[:4] + struct.pack("<I", len(data) + 4096) + data[8:]
    assert read(longer)[1:] == wanted()
    assert read(data + b"appended")[1:] == wanted()


def test_what_lies_behind_the_size_the_file_says_is_not_read() -> None:
    data = encode(ROOT)
    at = data.rindex(struct.pack("<HHI", 0x0103, 16, 24))
    found = read(data[:4] + struct.pack("<I", at) + data[8:])
    assert found[0] == Oddity(4, f"the file says it has {at} bytes and has {len(data)}")
    assert found[1:] == wanted()[:3]


def test_unknown_chunks_and_texts_between_elements_are_skipped() -> None:
    data = encode(ROOT)
    at = data.index(struct.pack("<HHI", 0x0102, 16, 0)[:4])
    unknown = struct.pack("<HHI", 0x1234, 8, 12) + b"junk"
    text = struct.pack("<HHI5I", 0x0104, 16, 28, 1, 0xFFFFFFFF, 0, 8, 0)
    found = read(sized(data[:at] + unknown + text + data[at:]))
    assert [e for e in found if not isinstance(e, Oddity)] == wanted()
    assert [e.what for e in found if isinstance(e, Oddity)] == [
        "a chunk of unknown type 0x1234 with 12 bytes, which is skipped"
    ]


def test_strings_without_their_end_are_read_by_their_length() -> None:
    data = encode(ROOT)
    text = "com.example".encode("utf-16-le")
    assert read(data.replace(text + b"\0\0", text + b"xx")) == wanted()


def test_attributes_of_another_size() -> None:
    data = encode(Element("manifest", (("package", "com.example"),)))
    at = data.index(struct.pack("<6H", 20, 20, 1, 0, 0, 0))
    size_at = data.index(struct.pack("<HHI", 0x0102, 16, 56)) + 4
    wider = bytearray(data[: at + 12 + 20] + b"more" + data[at + 12 + 20 :])
    wider[at : at + 6] = struct.pack("<3H", 20, 24, 1)
    wider[size_at : size_at + 4] = struct.pack("<I", 60)
    wider[4:8] = struct.pack("<I", len(wider))
    found = read(bytes(wider))
    assert found[0] == Oddity(size_at - 4, "attributes of 24 bytes instead of 20")
    assert found[1] == Start(1, "manifest", (Attribute("package", None, "com.example"),))


def test_a_chunk_without_size_ends_the_reading_and_what_was_read_stays() -> None:
    data = encode(ROOT)
    at = data.rindex(struct.pack("<HHI", 0x0101, 16, 24))
    found = read(data[: at + 4] + bytes(4) + data[at + 8 :])
    assert found[:4] == wanted()
    assert isinstance(found[4], Oddity)
    assert found[4].what.endswith("nothing behind it is read")


def test_namespaces_declared_over_and_over_change_nothing() -> None:
    data = encode(ROOT)
    at = data.index(struct.pack("<HHI", 0x0100, 16, 24))
    one = data[at : at + 24]
    assert read(sized(data[:at] + one * 5 + data[at:])) == wanted()


@pytest.mark.parametrize("data", [b"", b"\3\0\x08\0", b"<manifest package='a'/>", bytes(64), b"\3\0\x08\0\x08\0\0\0"])
def test_what_is_none(data: bytes) -> None:
    with pytest.raises(FormatError, match="binary XML"):
        read(data)


def test_how_deep_and_how_many_is_bounded() -> None:
    deep = Element("a")
    for _ in range(300):
        deep = Element("a", (), (deep,))
    found = read(encode(deep))
    assert max(e.depth for e in found if isinstance(e, Start)) == 256
    assert found[-1].what.startswith("more than 100000 elements") and "256 deep" in found[-2].what
    many = struct.pack("<HHI2I", 0x0102, 16, 36, 0, 0) + struct.pack("<2I6H", 0, 0, 20, 0, 0xFFFF, 0, 0, 0)
    data = encode(Element("a")) + many * 200
    found = read(sized(data))
    assert sum(len(e.attributes) for e in found if isinstance(e, Start)) <= 600_000


def test_numbers_texts_and_booleans_from_text() -> None:
    found = read(binary('<a b="-1" c="false" d="text"/>'))
    assert found[0] == Start(
        1, "a", (Attribute("b", None, -1), Attribute("c", None, False), Attribute("d", None, "text"))
    )


@pytest.mark.parametrize(("count", "told"), [(99, 0), (100, 0), (101, 1)])
def test_elements_at_below_and_above_the_bound(monkeypatch: pytest.MonkeyPatch, count: int, told: int) -> None:
    """Beginnings without attributes and ends, one after the other, below the root."""
    monkeypatch.setattr(axml, "MOST_ELEMENTS", 100)
    data = encode(Element("a", (), (Element("b"),)))
    start = data.index(struct.pack("<HHI", 0x0102, 16, 36), data.index(struct.pack("<HHI", 0x0102, 16, 36)) + 36)
    pair = data[start : start + 36 + 24]
    assert struct.unpack_from("<HH", pair, 36) == (0x0103, 16)
    found = read(sized(data[:start] + pair * (count - 1) + data[start + 60 :]))
    odd = [e.what for e in found if isinstance(e, Oddity)]
    assert odd == ["more than 100 elements or 500000 attributes: the rest is not read"] * told


@pytest.mark.parametrize("length", [33_554_431, 33_554_432, 33_554_433])
def test_a_file_at_below_and_above_the_bound(length: int) -> None:
    data = encode(Element("a")).ljust(length, b"\0")
    if length <= 33_554_432:
        assert [type(e) for e in axml.events(data) if not isinstance(e, Oddity)] == [Start, End]
    else:
        with pytest.raises(FormatError, match="binary XML: expected at most 33554432 bytes, got 33554433"):
            read(data)


@pytest.mark.parametrize("count", [99, 100, 101])
def test_oddities_at_below_and_above_the_bound(count: int) -> None:
    data = encode(Element("a"))
    odd = struct.pack("<HHI", 0x7777, 8, 8)
    found = read(sized(data[:8] + odd * count + data[8:]))
    assert [e.what for e in found if isinstance(e, Oddity)] == [
        "a chunk of unknown type 0x7777 with 8 bytes, which is skipped"
    ] * min(count, 100)


@pytest.mark.parametrize(("length", "kept"), [(1_048_575, 1_048_575), (1_048_576, 1_048_576), (1_048_577, 1_048_576)])
def test_a_text_at_below_and_above_the_bound(length: int, kept: int) -> None:
    found = read(encode(Element("a", (("label", "x" * length), ("name", "y" * 40_000)))))
    assert found[0].get("label") == "x" * kept
    assert found[0].get("name") == "y" * 40_000
    left = [(e.place, e.what) for e in found if isinstance(e, axml.Left)]
    assert left == [("string 5", "only the first 1048576 of 1048577 characters are kept")] * (length - kept)


@pytest.mark.parametrize(("most", "kept"), [(31, 3), (30, 3), (29, 3), (17, 2)])
def test_what_is_handed_out_at_below_and_above_the_bound(monkeypatch: pytest.MonkeyPatch, most: int, kept: int) -> None:
    """Three elements `a` with an attribute `name` of one value, 4 + 4 + 1 characters each, and three ends, 1 each."""
    monkeypatch.setattr(axml, "MOST_GIVEN", most)
    found = read(encode(Element("a", (("name", "text"),), (Element("a", (("name", "text"),)),) * 2)))
    assert [e.get("name") for e in found if isinstance(e, Start)] == ["text"] * kept + [None] * (3 - kept)
    left = [(e.place, e.what) for e in found if isinstance(e, axml.Left)]
    what = f"names and values of more than {most} characters: the rest is not read"
    assert left == [("strings", what)] * (most < 30)


@pytest.mark.parametrize(("most", "name"), [(31, "a"), (30, "a"), (29, "")])
def test_all_strings_at_below_and_above_the_bound(monkeypatch: pytest.MonkeyPatch, most: int, name: str) -> None:
    """`label`, its value, `name`, its value, then the name of the element."""
    monkeypatch.setattr(axml, "_MOST_DECODED", most)
    found = read(encode(Element("a", (("label", "x" * 10), ("name", "y" * 10)))))
    assert (found[0].name, found[0].get("name")) == (name, "y" * 10)
    what = f"strings of {most} characters together are read, and no others"
    assert [(e.place, e.what) for e in found if isinstance(e, axml.Left)] == [("pool", what)] * (most < 30)
