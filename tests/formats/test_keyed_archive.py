import plistlib
from datetime import datetime
from plistlib import UID
from random import Random

import pytest

from bridle.core import FormatError
from bridle.formats import keyed_archive, plist
from corpus import CORPUS, needs_corpus

MESSAGES = CORPUS / "ios/imessage-exporter/imessage-database/test_data"


def archive(*objects: object, **top: UID) -> dict[str, object]:
    roots = top or {"root": UID(1)}
    return {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": roots, "$objects": ["$null", *objects]}


def kind(*classes: str) -> dict[str, object]:
    return {"$classname": classes[0], "$classes": [*classes, "NSObject"]}


@pytest.mark.parametrize(
    ("fields", "classes", "value"),
    [
        ({"NS.string": "hello"}, ("NSMutableString", "NSString"), "hello"),
        ({"NS.bytes": b"h\xc3\xa9"}, ("NSString",), "hé"),
        ({"NS.data": b"\x00\x01"}, ("NSMutableData", "NSData"), b"\x00\x01"),
        ({"NS.time": 0.5}, ("NSDate",), datetime(2001, 1, 1, 0, 0, 0, 500000)),
        ({"NS.uuidbytes": bytes(range(16))}, ("NSUUID",), "00010203-0405-0607-0809-0A0B0C0D0E0F"),
        ({}, ("NSNull",), None),
        ({"NS.objects": []}, ("NSMutableSet", "NSSet"), []),
        ({"NS.object.0": 3, "NS.object.1": 4}, ("NSOrderedSet",), [3, 4]),
        ({"NS.keys": ["a"], "NS.objects": [1]}, ("NSMutableDictionary", "NSDictionary"), {"a": 1}),
        ({"title": "T"}, ("LPLinkMetadata",), {"$class": "LPLinkMetadata", "title": "T"}),
        ({"NS.uuidbytes": b"short"}, ("NSUUID",), {"$class": "NSUUID", "NS.uuidbytes": b"short"}),
        ({"NS.time": 1e300}, ("NSDate",), plist.Unreadable("expected a date, got 1e+300 seconds since 2001", 0)),
        ({"NS.bytes": b"\xff"}, ("NSString",), plist.Unreadable("expected UTF-8 text, got b'\\xff'", 0)),
    ],
)
def test_classes(fields: dict[str, object], classes: tuple[str, ...], value: object) -> None:
    assert keyed_archive.unarchive(archive({**fields, "$class": UID(2)}, kind(*classes))) == value


def test_url_with_a_base() -> None:
    url, text = kind("NSURL"), "https://a.example/b/c"
    relative = {"$class": UID(4), "NS.base": UID(2), "NS.relative": UID(5)}
    base = {"$class": UID(4), "NS.base": UID(0), "NS.relative": UID(3)}
    assert keyed_archive.unarchive(archive(relative, base, text, url, "../d?e")) == "https://a.example/d?e"


def test_keys_no_dictionary_can_hold_are_kept() -> None:
    made = archive({"$class": UID(2), "NS.keys": [[1], "a"], "NS.objects": [2, 3]}, kind("NSDictionary"))
    assert keyed_archive.unarchive(made) == {"$class": "NSDictionary", "NS.keys": [[1], "a"], "NS.objects": [2, 3]}


def test_equal_keys_are_both_kept() -> None:
    made = archive({"$class": UID(2), "NS.keys": ["a", "a"], "NS.objects": [2, 3]}, kind("NSDictionary"))
    assert keyed_archive.unarchive(made) == {"$class": "NSDictionary", "NS.keys": ["a", "a"], "NS.objects": [2, 3]}


def test_an_object_inside_itself() -> None:
    made = archive({"$class": UID(2), "NS.objects": ["x", UID(1)]}, kind("NSArray"))
    assert keyed_archive.unarchive(made) == ["x", {"$cycle": 1}]


def test_shared_objects_cannot_multiply() -> None:
    rows = [{"$class": UID(41), "NS.objects": [UID(i + 2), UID(i + 2)]} for i in range(39)]
    made = archive(*rows, "end", kind("NSArray"))
    with pytest.raises(FormatError, match="too many objects"):
        keyed_archive.unarchive(made, max_depth=200)


def test_sharing_is_bounded_by_what_is_stored() -> None:
    """220 references that stand for 12,100, and with more stored beside them."""
    rows = [{"$class": UID(4), "NS.objects": [UID(i + 2)] * 110} for i in range(2)]
    made = archive(*rows, "end", kind("NSArray"))
    with pytest.raises(FormatError, match="too many objects"):
        keyed_archive.unarchive(made)
    made["$objects"] += [7] * 3_000
    assert keyed_archive.unarchive(made) == [["end"] * 110] * 110


def test_a_long_string_shared_often_counts_each_time() -> None:
    made = archive({"$class": UID(3), "NS.objects": [UID(2)] * 100}, "a" * 256_000, kind("NSArray"))
    with pytest.raises(FormatError, match="too many objects"):
        keyed_archive.unarchive(made, max_objects=50_000)
    assert keyed_archive.unarchive(made, max_objects=200_000) == ["a" * 256_000] * 100


def test_damage_raises_only_format_errors() -> None:
    nested = {"$class": UID(3), "NS.keys": [UID(2), "b"], "NS.objects": [datetime(2020, 1, 1), {"c": [1.5, b"d"]}]}
    whole = plistlib.dumps(archive(nested, "ä", kind("NSDictionary")), fmt=plistlib.FMT_BINARY)
    random, refused = Random(1), 0
    for _ in range(1000):
        damaged = bytearray(whole)
        for at in random.sample(range(8, len(whole)), 2):
            damaged[at] = random.randrange(256)
        try:
            keyed_archive.unarchive(plist.loads(bytes(damaged)))
        except FormatError:
            refused += 1
    assert 100 < refused < 1000


def test_depth_is_bounded() -> None:
    rows = [{"$class": UID(101), "NS.objects": [UID(i + 2)]} for i in range(99)]
    with pytest.raises(FormatError, match="deeper than 64 levels"):
        keyed_archive.unarchive(archive(*rows, "end", kind("NSArray")))


def test_several_roots_keep_their_names() -> None:
    assert keyed_archive.unarchive(archive("one", "two", a=UID(1), b=UID(2))) == {"a": "one", "b": "two"}


@pytest.mark.parametrize(
    "value", [{}, [], "text", {"$objects": [], "$top": None}, archive(root=UID(9)), archive(UID(1))]
)
def test_what_is_no_archive(value: object) -> None:
    with pytest.raises(FormatError):
        keyed_archive.unarchive(value)


def test_class_reference_out_of_range_leaves_the_fields() -> None:
    assert keyed_archive.unarchive(archive({"$class": UID(77), "a": 1})) == {"a": 1}


@needs_corpus
def test_link_preview() -> None:
    got = keyed_archive.unarchive(plist.loads((MESSAGES / "url_message/URL.plist").read_bytes()))
    icon = {"$class": "LPIconMetadata", "version": 1, "URL": "https://chrissardegna.com/favicon.ico"}
    substitute = {
        "$class": "RichLinkImageAttachmentSubstitute", "imageType": 0, "richLinkImageAttachmentSubstituteIndex": 0,
        "MIMEType": "image/vnd.microsoft.icon",
    }  # fmt: skip
    assert got == {
        "$class": "RichLink",
        "richLinkIsPlaceholder": False,
        "richLinkMetadata": {
            "$class": "LPLinkMetadata", "version": 1, "title": "Christopher Sardegna",
            "originalURL": "https://chrissardegna.com", "URL": "https://chrissardegna.com/",
            "icons": [icon], "iconMetadata": icon, "icon": substitute,
        },
    }  # fmt: skip


@needs_corpus
def test_archive_written_by_another_language() -> None:
    data = (CORPUS / "ios/plaso/test_data/plist/NSKeyedArchiver.plist").read_bytes()
    assert keyed_archive.unarchive(plist.loads(data)) == {
        "MyArray": [], "MyBool": True, "MyData": b"DATA\n", "MyDate": datetime(2024, 2, 12, 17, 40, 49),
        "MyDictionary": {}, "MyFloat": 2.7, "MyInteger": 98, "MyString": "Some string",
    }  # fmt: skip


def test_through_bytes() -> None:
    made = plistlib.dumps(
        archive({"$class": UID(2), "NS.objects": [UID(3)]}, kind("NSArray"), "x"), fmt=plistlib.FMT_BINARY
    )
    assert keyed_archive.unarchive(plist.loads(made)) == ["x"]


@pytest.mark.parametrize(("count", "read"), [(199_996, True), (199_997, True), (199_998, False)])
def test_objects_at_below_and_above_the_bound(count: int, read: bool) -> None:
    """What counts are the reference to the root, the root, its list, and each element: 200,000 at most."""
    made = archive({"$class": UID(2), "NS.objects": [1] * count}, kind("NSArray"))
    if read:
        assert keyed_archive.unarchive(made) == [1] * count
    else:
        with pytest.raises(FormatError, match="too many objects"):
            keyed_archive.unarchive(made)


@pytest.mark.parametrize(
    ("arrays", "last", "read"), [(31, UID(32), True), (32, "end", True), (32, UID(33), False)],
    ids=["63 levels", "64", "65"],
)  # fmt: skip
def test_levels_at_below_and_above_the_bound(arrays: int, last: object, read: bool) -> None:
    """The root is at level 0. An object is one below its reference, an element two below that of its array."""
    rows = [{"$class": UID(arrays + 2), "NS.objects": [UID(i + 2)]} for i in range(arrays)]
    rows[-1]["NS.objects"] = [UID(arrays + 1) if isinstance(last, UID) else last]
    made = archive(*rows, "end", kind("NSArray"))
    if read:
        assert str(keyed_archive.unarchive(made)) == "[" * arrays + "'end'" + "]" * arrays
    else:
        with pytest.raises(FormatError, match="deeper than 64 levels"):
            keyed_archive.unarchive(made)
