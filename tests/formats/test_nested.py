"""Values inside values, and the accounts among them."""

from __future__ import annotations

import plistlib

import pytest

from bridle.core import FormatError, Gap
from bridle.formats import accounts, nested, plist


def _packed(value: object) -> bytes:
    return plistlib.dumps(value, fmt=plistlib.FMT_BINARY)


ARCHIVE = {
    "$archiver": "NSKeyedArchiver",
    "$version": 100000,
    "$top": {"root": plistlib.UID(1)},
    "$objects": ["$null", "in an archive"],
}


def test_leaves_in_their_order_with_their_places() -> None:
    found = [(x.place, x.key, x.value) for x in nested.leaves({"a": [1, {"b/c": "x"}], "d": {}, "e": None})]
    assert found == [("1/1", "a/1", 1), ("1/2/1", "a/2/b~1c", "x"), ("2", "d", {}), ("3", "e", None)]


def test_property_lists_and_archives_inside_are_opened() -> None:
    stored = {"inner": _packed({"archive": _packed(ARCHIVE)})}
    assert [(x.key, x.value) for x in nested.leaves(stored)] == [("inner/archive", "in an archive")]
    assert nested.opened(_packed(ARCHIVE)) == "in an archive"


def test_bytes_that_cannot_be_opened_are_told() -> None:
    (leaf,) = nested.leaves({"a": b"bplist00x"})
    assert isinstance(leaf.value, FormatError)


def test_as_many_values_as_are_allowed_and_one_more() -> None:
    assert sum(1 for _ in nested.leaves([0] * (nested.MOST - 1))) == nested.MOST - 1
    with pytest.raises(FormatError, match="100000 values"):
        list(nested.leaves([0] * nested.MOST))


def test_as_deep_as_is_allowed_and_one_more() -> None:
    value: object = 1
    for _ in range(nested.DEEPEST):
        value = [value]
    assert [x.value for x in nested.leaves(value)] == [1]
    with pytest.raises(FormatError, match="48 levels"):
        list(nested.leaves([value]))


def test_shared_property_lists_do_not_multiply() -> None:
    """Each of many references to one property list is opened, but no more than the limit is visited."""
    inner = _packed([0] * 1000)
    with pytest.raises(FormatError, match="100000 values"):
        list(nested.leaves([inner] * 1000))


def test_shown_as_json() -> None:
    assert nested.shown({"a": {"b": b"\xff"}, "c": [1.5, True], "d": []}) == (
        '{"a/b": "1 bytes", "c/1": 1.5, "c/2": true, "d": null}'
    )
    assert nested.shown("text") == '"text"'
    assert nested.shown({"a": float("inf")}) == '{"a": "inf"}'
    assert nested.shown({}) == "null"


def test_a_date_of_a_property_list_is_shown_in_utc() -> None:
    stored = b"<plist><dict><key>on</key><date>2024-04-02T02:44:07Z</date></dict></plist>"
    assert nested.shown(plist.loads(stored)) == '{"on": "2024-04-02T02:44:07Z"}'


def test_what_could_not_be_read_is_shown_as_no_text() -> None:
    bad = plist.Unreadable("expected UTF-8 text, got 'a�'", 31)
    reason = '{"$unreadable": "expected UTF-8 text, got \'a�\'"}'
    cut = '{"$unreadable": "binary property list: expected at least 40 bytes, got 8"}'
    assert nested.shown({"a": [1, bad], "b": b"bplist00"}) == f'{{"a/1": 1, "a/2": {reason}, "b": {cut}}}'
    with pytest.raises(FormatError, match=r"\Aexpected UTF-8 text, got 'a�'\Z"):
        nested.shown(bad)


def test_no_more_is_shown_than_allowed() -> None:
    assert len(nested.shown("a" * nested.LONGEST_SHOWN)) == nested.LONGEST_SHOWN + 2
    with pytest.raises(FormatError, match="1048576 characters"):
        nested.shown("a" * (nested.LONGEST_SHOWN + 1))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("person@example.org", ["person@example.org"]),
        ("mailto:person@example.org", ["mailto:person@example.org"]),
        ("mailto:person\0\0@example.org", ["mailto:person\0\0@example.org"]),
        ("tel:+15550100", ["tel:+15550100"]),
        ("+15550100", ["+15550100"]),
        ("15550100", []),
        ("From <a.b+c@example.org>, tel:15550100 or +447700900123.", [
            "a.b+c@example.org", "tel:15550100", "+447700900123",
        ]),
        ("person@localhost", []),
        ("a@example.org a@example.org", ["a@example.org"]),
        ("+123456", []),
        ("+1234567890123456", []),
        ("", []),
    ],
)  # fmt: skip
def test_accounts_in_text(text: str, found: list[str]) -> None:
    assert accounts.in_text(text) == found


def test_accounts_in_a_value_are_found_in_keys_texts_and_bytes() -> None:
    stored = {
        "com.apple.madrid": {"mailto:a@example.org": {}, "tel:+15550100": {"uri": "b@example.org"}},
        "raw": b"\x12\x0dc@example.org\x00",
        "inner": _packed({"tel:+15550101": 1}),
    }
    assert accounts.in_value(stored) == [
        ("com.apple.madrid", "mailto:a@example.org"),
        ("com.apple.madrid", "tel:+15550100"),
        ("com.apple.madrid/*/uri", "b@example.org"),
        ("raw", "c@example.org"),
        ("inner", "tel:+15550101"),
    ]


def test_no_more_accounts_than_allowed() -> None:
    text = " ".join(f"a{n}@example.org" for n in range(1_100))
    assert len(accounts.in_text(text)) == accounts.MOST


def test_what_is_past_the_bounds_of_a_search_is_said() -> None:
    many = " ".join(f"a{number}@example.org" for number in range(accounts.MOST))
    assert accounts.search(many) == ([("", f"a{number}@example.org") for number in range(accounts.MOST)], None)
    found, reason = accounts.search(many + " last@example.org")
    assert (len(found), reason) == (accounts.MOST, "expected at most 1000 accounts, got more")
    assert accounts.search(" " * accounts.LONGEST) == ([], None)
    reason = "expected at most 65536 characters or bytes in one value, got 65537"
    assert accounts.search({"a": "b@example.org", "c": " " * (accounts.LONGEST + 1)}) == (
        [("a", "b@example.org")],
        reason,
    )
    with pytest.raises(ValueError, match="65536"):
        accounts.in_value(b" " * (accounts.LONGEST + 1))


def test_facts_past_the_bounds_are_a_row_and_a_gap() -> None:
    (row, gap) = accounts.facts({"a": "x" * (accounts.LONGEST + 1)})
    assert row[0] == "1"
    reason = "expected at most 65536 characters or bytes in one value, got 65537"
    assert gap == Gap(locator="1.(accounts)", reason=reason)


def test_of_a_secret_only_the_length_is_shown() -> None:
    assert nested.shown({"password": "hunter2", "a": {"authToken": ["xyz"]}, "tokens": 3}) == (
        '{"password": "7 characters", "a/authToken/1": "3 characters", "tokens": 3}'
    )


def test_property_lists_inside_are_opened_up_to_a_sum_of_bytes() -> None:
    inner = plistlib.dumps(["a" * 10_000], fmt=plistlib.FMT_BINARY)
    outer = plistlib.dumps([inner] * 50, fmt=plistlib.FMT_BINARY)
    assert len(outer) < 2 * len(inner)
    room = ((64 << 10) + 4 * len(outer) - len(outer)) // len(inner)
    values = [leaf.value for leaf in nested.leaves(outer)]
    assert values[:room] == ["a" * 10_000] * room
    assert {str(v) for v in values[room:]} == {"property lists inside: more bytes of them than can lie there"}
    assert len(values) == 50
