"""Large JSON arrays: whatever the pieces they are read in, and whatever is broken in them."""

import io
import json

import pytest

from bridle.core import Gap
from bridle.formats import json_array


def read(data, longest=json_array.LONGEST):
    return list(json_array.items(io.BytesIO(data), longest))


def gaps(found):
    return [(g.locator, g.reason) for g in found if isinstance(g, Gap)]


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1 << 18])
@pytest.mark.parametrize(
    "data",
    [
        b'[{"a": "\\u00e9\xc3\xa9", "b": [1, {"c": null}]}, "text", 12, -1.5e3, true]',
        b'\xef\xbb\xbf \n{"a": "\\u00e9\xc3\xa9", "b": [1, {"c": null}]}\n"text"\n12\n-1.5e3\r\ntrue\n',
    ],
)
def test_items_do_not_depend_on_the_pieces(monkeypatch, step, data):
    monkeypatch.setattr(json_array, "_STEP", step)
    assert read(data) == [
        ("item 1", {"a": "éé", "b": [1, {"c": None}]}),
        ("item 2", "text"),
        ("item 3", 12),
        ("item 4", -1500.0),
        ("item 5", True),
    ]


@pytest.mark.parametrize("data", [b"", b" \n", b"[]", b"[ ]\n", b"\xef\xbb\xbf"])
def test_nothing(data):
    assert read(data) == []


@pytest.mark.parametrize("step", [3, 1 << 18])
def test_what_is_broken_costs_itself(monkeypatch, step):
    monkeypatch.setattr(json_array, "_STEP", step)
    found = read(b'[{"a": 1}, {"a" 2}, {"a": 3}, {"a": "x\ny"},\n{"a": 5}]')
    assert [i for i in found if not isinstance(i, Gap)] == [
        ("item 1", {"a": 1}),
        ("item 3", {"a": 3}),
        ("item 5", {"a": 5}),
    ]
    assert [g[0] for g in gaps(found)] == ["item 2", "item 4"]


def test_a_text_that_ends_within_an_item_or_between_two():
    assert gaps(read(b'[{"a": 1}, {"a": "x')) == [
        ("item 2", 'expected a JSON value, got \'{"a": "x\': Unterminated string starting at')
    ]
    assert read(b'[{"a": 1}, ') == [
        ("item 1", {"a": 1}),
        Gap(locator="end", reason="expected the end of the array, got the end of the file"),
    ]


def test_what_follows_the_array_is_not_read():
    assert read(b'[{"a": 1}] trailing [') == [("item 1", {"a": 1})]


def test_an_item_that_is_too_long_is_a_gap_and_the_next_is_read():
    long = json.dumps({"a": "x" * 2_000_000}).encode()
    found = read(b"[" + long + b', {"b": 1}]')
    assert found[1:] == [("item 2", {"b": 1})]
    assert gaps(found)[0][1].endswith("more than 1048576 characters")


def test_nesting_and_numbers_without_end_are_gaps():
    deep = b'{"a":' + b"[" * 100_000 + b"}, {"
    assert [g[0] for g in gaps(read(b"[" + deep + b'"b": 1}]'))] == ["item 1"]
    found = read(b'[{"a": ' + b"9" * 5_000 + b'}, {"b": 1}]')
    assert found[-1] == ("item 2", {"b": 1})


def test_only_so_many_broken_items_are_tried():
    found = read(b"[" + b"{x}," * 5_000 + b"{}]")
    assert len(found) == 1_001
    assert found[-1].locator == "the rest"


def test_bytes_that_are_no_text_become_halves_of_characters():
    assert read(b'[{"a": "\xff"}]') == [("item 1", {"a": "\udcff"})]
    assert read(b'[{"a": "\xc3') != []


def test_memory_is_bounded(monkeypatch):
    """Of ten million bytes never more than some pieces are held."""
    held = []

    class Watched(json_array._Text):
        def _read(self):
            held.append(len(self._buffer) - self._at)
            return super()._read()

    monkeypatch.setattr(json_array, "_Text", Watched)
    data = b"[" + b",".join([b'{"path": "/a", "size": 1}'] * 400_000) + b"]"
    assert sum(1 for _ in json_array.items(io.BytesIO(data))) == 400_000
    assert max(held) < 1_000


@pytest.mark.parametrize("longest", [50, 1_048_576])
def test_an_item_at_below_and_above_the_bound(longest):
    """Whatever is in the item that is too long, the next is read."""
    for more in (-1, 0, 1):
        item = b'{"a": [{}, {"b": 1}], "c": "'.ljust(longest + more - 2, b"x") + b'"}'
        stored = io.BytesIO(b"[" + item + b', "next"]')
        found = list(json_array.items(stored, longest) if longest == 50 else json_array.items(stored))
        assert found[1] == ("item 2", "next")
        if more <= 0:
            assert found[0] == ("item 1", json.loads(item))
        else:
            assert gaps(found)[0][1].endswith(f": more than {longest} characters")
