import io
import plistlib
import struct
from datetime import datetime
from pathlib import PurePosixPath
from plistlib import UID

import pytest

from bridle.core import FormatError
from bridle.formats import plist
from corpus import CORPUS, needs_corpus

HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def binary(*objects: bytes, top: int = 0) -> bytes:
    """A binary property list of raw objects; references are one byte."""
    body, offsets = b"bplist00", []
    for o in objects:
        offsets.append(len(body))
        body += o
    table = b"".join(struct.pack(">H", o) for o in offsets)
    return body + table + struct.pack(">6xBBQQQ", 2, 1, len(objects), top, len(body))


class File:
    path, sha256 = PurePosixPath("/x.plist"), ""

    def __init__(self, data: bytes, size: int | None = None) -> None:
        self._data, self.size = data, len(data) if size is None else size

    def open(self) -> io.BytesIO:
        return io.BytesIO(self._data)

    def sibling(self, suffix: str) -> None:
        return None


@pytest.mark.parametrize("layout", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_all_types(layout: plistlib.PlistFormat) -> None:
    value = {
        "text": "Zürich 東京 😀", "ascii": "plain", "data": b"\x00\xff", "true": True, "false": False,
        "int": -5, "large": 2**63 + 1, "real": 2.5, "date": datetime(2021, 7, 18, 10, 40, 1),
        "list": [1, [], {}], "nested": {"a": {"b": ["c"]}},
    }  # fmt: skip
    assert plist.loads(plistlib.dumps(value, fmt=layout)) == value


def test_binary_written_by_hand() -> None:
    data = binary(b"\xd2\x01\x02\x03\x04", b"\x51a", b"\x51b", b"\x33" + struct.pack(">d", 0.5), b"\x80\x07")
    assert plist.loads(data) == {"a": datetime(2001, 1, 1, 0, 0, 0, 500000), "b": UID(7)}


def test_null_set_and_utf8_string() -> None:
    data = binary(b"\xc3\x01\x02\x03", b"\x00", b"\x73a\xc3\xa9", b"\x22" + struct.pack(">f", 1.5))
    assert plist.loads(data) == [None, "aé", 1.5]


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (b"\x52a\xff", "expected ascii text, got b'\\xff'"),
        (b"\x61\xd8\x00", "expected utf-16-be text, got b'\\xd8\\x00'"),
        (b"\x72a\xff", "expected utf-8 text, got b'\\xff'"),
        (b"\x33" + struct.pack(">d", float("nan")), "expected a date, got nan seconds since 2001"),
        (b"\x33" + struct.pack(">d", 1e300), "expected a date, got 1e+300 seconds since 2001"),
    ],
)
def test_a_bad_value_costs_only_itself(stored: bytes, reason: str) -> None:
    assert plist.loads(binary(b"\xa2\x01\x02", b"\x51a", stored)) == ["a", plist.Unreadable(reason, 13)]


def test_bad_utf8_in_xml_costs_only_its_string() -> None:
    data = HEAD + b"<plist><array><string>one</string><string>t\xffo</string><string>three</string></array></plist>"
    got = plist.loads(data)
    at = data.index(b"</string><string>three")
    assert got == ["one", plist.Unreadable("expected UTF-8 text, got 't�o'", at), "three"]


@pytest.mark.parametrize(
    ("xml", "value"),
    [
        (b"<integer>0x1F</integer>", 31),
        (b"<integer> -12 </integer>", -12),
        (b"<data>\n AAEC\n </data>", b"\x00\x01\x02"),
        (b"<data/>", b""),
        (b"<string/>", ""),
        (b"<real>1e3</real>", 1000.0),
        (b"<date>2020-01-06T10:40:00Z</date>", datetime(2020, 1, 6, 10, 40)),
        (b"<string><![CDATA[a<b]]> &amp; c</string>", "a<b & c"),
    ],
)
def test_xml_scalars(xml: bytes, value: object) -> None:
    assert plist.loads(HEAD + b'<plist version="1.0">' + xml + b"</plist>") == value


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (b"<integer>seven</integer>", "expected <integer>, got 'seven'"),
        (b"<date>2020-13-06T10:40:00Z</date>", "expected <date>, got '2020-13-06T10:40:00Z'"),
        (b"<data>A===</data>", "expected <data>, got 'A==='"),
    ],
)
def test_odd_xml_scalar_is_unreadable(xml: bytes, reason: str) -> None:
    assert plist.loads(b"<plist>" + xml + b"</plist>").reason == reason


def test_utf16_xml() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?><plist><string>東京</string></plist>'
    assert plist.loads(text.encode("utf-16")) == "東京"


def test_apple_doctype_is_no_entity() -> None:
    doctype = b'<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">'
    assert plist.loads(HEAD + doctype + b"<plist><true/></plist>") is True


@pytest.mark.parametrize(
    "entity", [b'<!ENTITY a "boom">', b'<!ENTITY a SYSTEM "file:///etc/passwd">', b'<!ENTITY % a "boom">']
)
def test_entities_are_refused(entity: bytes) -> None:
    with pytest.raises(FormatError, match="declares the entity 'a'"):
        plist.loads(HEAD + b"<!DOCTYPE plist [" + entity + b"]><plist><string>a</string></plist>")


@pytest.mark.parametrize(
    "xml",
    [
        b"<plist><dict><string>no key</string></dict></plist>",
        b"<plist><dict><key>a</key></dict></plist>",
        b"<plist><dict><key>a</key><key>b</key></dict></plist>",
        b"<plist><array><key>a</key></array></plist>",
        b"<plist><string>a</string><string>b</string></plist>",
        b"<plist><string>a<true/></string></plist>",
        b"<plist><array>loose</array></plist>",
        b"<plist></plist>",
        b"<html><body/></html>",
        b"<plist><dict>",
        b"{ old = style; }",
        b"",
    ],
)
def test_what_is_no_property_list(xml: bytes) -> None:
    with pytest.raises(FormatError):
        plist.loads(xml)


def test_array_inside_itself() -> None:
    with pytest.raises(FormatError, match="object 0 contains itself"):
        plist.loads(binary(b"\xa1\x01", b"\xa1\x00"))


def test_shared_references_cannot_multiply() -> None:
    levels = 40
    objects = [b"\xa2" + bytes([i + 1, i + 1]) for i in range(levels)] + [b"\x51a"]
    data = binary(*objects)
    with pytest.raises(FormatError, match=f"more than {1_000 + 4 * len(data)} objects"):
        plist.loads(data)


def test_as_many_values_as_the_bytes_may_stand_for() -> None:
    lists = [b"\xa2" + bytes([i + 1, i + 1]) for i in range(8)]
    fits = binary(*lists, b"\xa3" + b"\x09" * 3, b"\x51a")
    more = binary(*lists, b"\xa4" + b"\x09" * 4, b"\x51a")
    assert 255 + 256 * 4 < 1_000 + 4 * len(fits) < 255 + 256 * 5
    assert plist.loads(fits)[0][0][0][0][0][0][0][0] == ["a"] * 3
    with pytest.raises(FormatError, match=f"more than {1_000 + 4 * len(more)} objects"):
        plist.loads(more)


def test_a_long_string_may_be_shared_often() -> None:
    long = b"\x5f\x11" + struct.pack(">H", 6400) + b"a" * 6400
    assert plist.loads(binary(b"\xaf\x11\x03\xe8" + b"\x01" * 1000, long)) == ["a" * 6400] * 1000


def test_sharing_within_bounds_is_kept() -> None:
    assert plist.loads(binary(b"\xa2\x01\x01", b"\xa2\x02\x02", b"\x51a")) == [["a", "a"], ["a", "a"]]


def test_a_long_string_shared_often_counts_each_time() -> None:
    long = b"\x5f\x11" + struct.pack(">H", 6400) + b"a" * 6400
    with pytest.raises(FormatError, match="more than 1000 objects"):
        plist.loads(binary(b"\xaa" + b"\x01" * 10, long), max_objects=1000)


@pytest.mark.parametrize("layout", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_depth_is_bounded(layout: plistlib.PlistFormat) -> None:
    def nested(levels: int) -> bytes:
        value: list[object] = []
        for _ in range(levels - 1):
            value = [value]
        return plistlib.dumps(value, fmt=layout)

    assert plist.loads(nested(5), max_depth=5) == [[[[[]]]]]
    with pytest.raises(FormatError, match="deeper than 4 levels"):
        plist.loads(nested(6), max_depth=4)


def test_count_is_bounded_in_xml() -> None:
    data = b"<plist><array>" + b"<true/>" * 10 + b"</array></plist>"
    with pytest.raises(FormatError, match="more than 10 objects"):
        plist.loads(data, max_objects=10)


@pytest.mark.parametrize(
    "data",
    [
        binary(b"\xa1\x09"),
        binary(b"\x51a", top=3),
        binary(b"\x5f\x13\x7f\xff\xff\xff\xff\xff\xff\xff"),
        binary(b"\xd1\x01\x02", b"\xa0", b"\x51a"),
        binary(b"\x0e"),
        binary(b"\xe0"),
        binary(b"\x17"),
        binary(b"\x8f" + b"\xff" * 16),
        b"bplist00",
        b"bplist16" + bytes(40),
        b"bplist00" + bytes(32),
        b"bplist00\x08" + struct.pack(">6xBBQQQ", 1, 1, 2**60, 0, 8),
    ],
)
def test_damaged_binary(data: bytes) -> None:
    with pytest.raises(FormatError):
        plist.loads(data)


def test_every_truncation_is_a_format_error() -> None:
    whole = plistlib.dumps({"a": [1, "b", datetime(2020, 1, 1)], "c": {"d": b"e"}}, fmt=plistlib.FMT_BINARY)
    for end in range(len(whole)):
        with pytest.raises(FormatError):
            plist.loads(whole[:end])


def test_load_is_bounded_by_what_is_there_not_by_what_is_said() -> None:
    data = plistlib.dumps({"a": 1})
    assert plist.load(File(data)) == {"a": 1}
    with pytest.raises(FormatError, match="at most 10 bytes, got "):
        plist.load(File(data), limit=10)
    with pytest.raises(FormatError, match="at most 10 bytes, got more"):
        plist.load(File(data, size=5), limit=10)


def test_a_file_of_the_most_bytes_and_of_one_more() -> None:
    data = plistlib.dumps({"a": 1})
    for size in (67_108_863, 67_108_864):
        assert plist.load(File(data, size=size)) == {"a": 1}
    with pytest.raises(FormatError, match="property list: expected at most 67108864 bytes, got 67108865"):
        plist.load(File(data, size=67_108_865))


@needs_corpus
def test_corpus_agrees_with_plistlib() -> None:
    files = sorted((CORPUS / "ios").rglob("*.plist"))
    assert len(files) == 29
    for f in files:
        assert plist.loads(f.read_bytes()) == plistlib.loads(f.read_bytes()), f.name


@pytest.mark.parametrize("layout", [plistlib.FMT_XML, plistlib.FMT_BINARY])
@pytest.mark.parametrize("levels", [63, 64, 65])
def test_levels_at_below_and_above_the_bound(layout: plistlib.PlistFormat, levels: int) -> None:
    value: object = 1
    for _ in range(levels):
        value = [value]
    stored = plistlib.dumps(value, fmt=layout)
    if levels <= 64:
        assert plist.loads(stored) == value
    else:
        with pytest.raises(FormatError, match="deeper than 64 levels"):
            plist.loads(stored)


@pytest.mark.parametrize("layout", [plistlib.FMT_XML, plistlib.FMT_BINARY])
def test_values_at_below_and_above_the_bound(layout: plistlib.PlistFormat) -> None:
    """Lists of references to one small list; the root of XML is an element too."""
    own = 1 if layout == plistlib.FMT_XML else 0
    for count, is_read in ((8 - own, True), (9 - own, True), (10 - own, False)):
        stored = plistlib.dumps(list(range(count)), fmt=layout)
        if is_read:
            assert plist.loads(stored, max_objects=10) == list(range(count))
        else:
            with pytest.raises(FormatError, match="more than 10 objects"):
                plist.loads(stored, max_objects=10)


@pytest.mark.parametrize(("more", "is_read"), [(-1, True), (0, True), (1, False)])
def test_two_million_values_and_one_more(more: int, is_read: bool) -> None:
    """The root is one; a text of 127,872 bytes counts as 1,999 wherever it is referred to, a number as one."""
    text = "a" * 127_872
    stored = plistlib.dumps([text] * 1_000 + [1] * (999 + more), fmt=plistlib.FMT_BINARY)
    if is_read:
        assert plist.loads(stored) == [text] * 1_000 + [1] * (999 + more)
    else:
        with pytest.raises(FormatError, match="binary property list: more than 2000000 objects"):
            plist.loads(stored)
