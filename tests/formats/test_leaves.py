import plistlib
from datetime import UTC, datetime
from plistlib import UID

from bridle.core import Gap
from bridle.formats.leaves import Leaf, leaves, texts
from bridle.formats.plist import Unreadable
from bridle.formats.setting import Setting, settings


def found(stored, **more):
    return [(x.place, x.path, x.value) for x in leaves(stored, **more)]


def test_every_end_is_told_with_the_keys_on_the_way() -> None:
    assert found({"a": {"b": [1, {"c": "x"}]}, "d": [], "e": {}, "f": None}) == [
        ("a/b/1", "a/b/1", 1),
        ("a/b/2/c", "a/b/2/c", "x"),
        ("d", "d", []),
        ("e", "e", {}),
        ("f", "f", None),
    ]


def test_a_tree_that_is_one_value_lies_where_it_was_asked_for() -> None:
    assert found("x", at="here", path="there") == [("here", "there", "x")]
    assert [s.locator for s in settings("x")] == ["(value)"]


def test_keys_that_may_be_somebody_are_numbers_in_places() -> None:
    stored = {
        "ok": 1,
        "who@example.org": 2,
        "+15550100": 3,
        "15550100": 4,
        "a/b": 5,
        "a~b": 6,
        UID(7): 8,
        "(property list)": 9,
    }
    assert [p for p, _, _ in found(stored)] == ["ok", "~22", "~23", "~24", "~25", "~26", "~27", "~28"]
    assert [p for _, p, _ in found(stored)][1:5] == ["who@example.org", "+15550100", "15550100", "a~1b"]


def test_a_key_that_does_not_decode_is_a_gap_beside_what_it_leads_to() -> None:
    bad = Unreadable("expected UTF-8 text, got 'b�'", 7)
    reason = "key: expected UTF-8 text, got 'b�'"
    assert list(leaves({"a": {bad: "x"}, bad: {"c": 1}})) == [
        Gap(locator="a~21~5", reason=reason), Leaf("a~21", "a~21", "", "x"),
        Gap(locator="~22~5", reason=reason), Leaf("~22/c", "~22/c", "c", 1),
    ]  # fmt: skip


def test_a_property_list_inside_data_is_opened_and_an_archive_read() -> None:
    inner = plistlib.dumps({"x": "y"}, fmt=plistlib.FMT_BINARY)
    archive = plistlib.dumps(
        {"$archiver": "NSKeyedArchiver", "$top": {"root": UID(1)}, "$objects": ["$null", "deep"], "$version": 1},
        fmt=plistlib.FMT_BINARY,
    )
    assert found({"a": inner, "b": archive}) == [
        ("a/(property list)/x", "a/(property list)/x", "y"),
        ("b/(property list)", "b/(property list)", "deep"),
    ]


def test_data_that_only_begins_like_a_property_list_is_kept_with_a_gap() -> None:
    gap, leaf = leaves({"a": b"bplist00"})
    assert gap == Gap(locator="a~4", reason="binary property list: expected at least 40 bytes, got 8")
    assert leaf == Leaf("a", "a", "a", b"bplist00")


def test_depth_and_number_are_bounded() -> None:
    nested: object = 1
    for _ in range(64):
        nested = {"a": nested}
    assert [x.value for x in leaves(nested)] == [1]
    (gap,) = leaves({"a": nested})
    assert gap == Gap(locator="/".join("a" * 64), reason="expected at most 64 levels, got more")
    assert [x.value for x in leaves(nested["a"])] == [1]  # type: ignore[index]
    three = list(leaves([1, 2, 3, 4], most=3))
    assert [x.value for x in three[:3]] == [1, 2, 3]
    assert three[3:] == [Gap(locator="4~3", reason="expected at most 3 values, got more")]


def test_a_key_without_end_is_cut_and_its_place_is_a_number() -> None:
    ((place, path, _),) = found({"k" * 5_000: 1})
    assert (place, len(path)) == ("~21", 200)


def test_texts_are_those_of_the_tree() -> None:
    stored = {"URL": "https://example.org/", "n": 1, "l": ["a", "b"]}
    assert texts(stored) == ([("URL", "https://example.org/"), ("l", "a"), ("l", "b")], None)
    assert texts(stored, most=2) == ([("URL", "https://example.org/")], "expected at most 2 values, got more")


def test_a_setting_tells_the_type_and_hides_secrets_and_data() -> None:
    stored = {
        "n": 1, "r": 0.5, "b": True, "d": datetime(2021, 2, 3, 4, 5, 6), "x": b"\x00\x01", "p": "/usr/libexec/x",
        "Password": "hush", "u": UID(3), "nothing": None, "l": [], "m": {}, "long": "a" * 20_000,
    }  # fmt: skip
    rows = {s.key: s for s in settings(stored)}
    assert all(isinstance(s, Setting) for s in rows.values())
    assert [(s.type, s.value, s.length) for s in rows.values()] == [
        ("integer", "1", None), ("real", "0.5", None), ("boolean", "True", None), ("date", None, None),
        ("data", None, 2), ("text", "/usr/libexec/x", None), ("text", None, 4), ("reference", "3", None),
        ("null", None, None), ("list", None, None), ("dictionary", None, None), ("text", "a" * 16384, 20_000),
    ]  # fmt: skip
    assert rows["p"].path == "/usr/libexec/x"
    assert rows["d"].time == datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_property_lists_inside_are_opened_up_to_a_sum_of_bytes() -> None:
    """One of 100 KB that is shared, and tells one value however much it holds."""
    inside = {"$archiver": "NSKeyedArchiver", "$objects": ["$null", "a", *range(20_000)], "$top": {"root": UID(1)}}
    data = plistlib.dumps(inside, fmt=plistlib.FMT_BINARY)
    opened = (16 << 20) // (1_024 + len(data))
    told = list(leaves([data] * (opened + 100)))
    assert [leaf.value for leaf in told if isinstance(leaf, Leaf)] == ["a"] * opened + [data] * 100
    gaps = [leaf for leaf in told if isinstance(leaf, Gap)]
    assert len(gaps) == 100
    assert gaps[0].reason == "property lists inside: expected at most 16777216 bytes of them, got more"


def test_a_text_is_kept_to_16_384_characters() -> None:
    found = list(settings({f"{n}": "a" * n for n in (16_383, 16_384, 16_385)}))
    assert [(len(s.value), s.length) for s in found if isinstance(s, Setting) and s.value] == [
        (16_383, None), (16_384, None), (16_384, 16_385),
    ]  # fmt: skip
