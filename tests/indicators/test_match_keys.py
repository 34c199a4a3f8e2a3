"""Keys of a case: whatever the matcher finds in a value, its indicator has all keys of one of its ways among them."""

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_candidates import ID, PIECES, PUBLISHED

from bridle.case.derived import derived, from_texts
from bridle.core import KINDS
from bridle.indicators import Indicator, IndicatorSet, Matcher, match_keys
from bridle.indicators.hashing import WIDTH, by_database, key
from bridle.indicators.hashing import keys_of as keys_of_texts
from bridle.indicators.match_keys import MATCH_KEYS, MatchKeys
from bridle.indicators.normalise import NORMALISE
from bridle.indicators.probing import named, ways

MADE = [Indicator(kind=k, value=NORMALISE[k](v), shown=v, feeds=("f",)) for k, v in PUBLISHED]
DEEP = "/private/var/mobile/Library/SMS/Attachments/0a/10"


@pytest.fixture(scope="module")
def matcher():
    return Matcher(IndicatorSet(indicators=tuple(MADE), feeds=()))


def observables_of(kind, value):
    """What `observables.parquet` holds of one value."""
    rows = pa.table({"value": pa.array([value], pa.string())})
    found = from_texts(rows["value"].combine_chunks())(rows) if kind == "text" else derived(kind, rows)
    own = [] if kind in ("domain", "text") else [(kind, value)]
    return own + [(k, v) for k, of in found for v in of["value"].to_pylist()]


def batches(found, table="t"):
    for kind in sorted({k for k, _ in found}):
        values = sorted({v for k, v in found if k == kind}, key=str.encode)
        columns = [[kind] * len(values), values, [table] * len(values)]
        yield pa.record_batch([pa.array(c, pa.string()) for c in columns], names=["kind", "value", "table"])


def keys_of(found):
    keys = MatchKeys()
    for batch in batches(found):
        keys.add(batch)
    return {n.to_bytes(WIDTH, "little", signed=True) for n in keys.reader().read_all()["key"].to_pylist()}


def check(matcher, kind, values):
    """How many matches there were; and that together the values have the keys they have alone."""
    count, alone = 0, set()
    for value in filter(None, values):
        keys = keys_of(observables_of(kind, value))
        alone |= keys
        for surface, platform in (("mention", "ios"), ("running-process", None), ("visited", "android")):
            for m in matcher.matches(kind, value, surface, platform):
                count += 1
                assert any(keys.issuperset(way) for way in ways(m.indicator)), (value, m)
    assert keys_of([o for v in values if v for o in observables_of(kind, v)]) == alone
    return count


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_that_matches_is_without_its_keys(matcher, kind):
    drawn = random.Random(f"keys of {kind}")
    values = ["".join(drawn.choices(PIECES, k=drawn.randint(1, 5))) for _ in range(800)]
    assert check(matcher, kind, [*PIECES, *values]) > 0


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), max_size=8), st.sampled_from(sorted(KINDS)))
def test_nor_of_few_values(matcher, values, kind):
    check(matcher, kind, values)


@settings(deadline=None)
@given(st.text(max_size=40), st.sampled_from(sorted(KINDS)))
def test_anything_can_be_a_value(matcher, value, kind):
    check(matcher, kind, [value])


PLANTED = [
    ("domain", "lure.example", "text", "see https://r.example.org/?u=lure.example"),
    ("domain", "lure.example", "text", 'x href="https://r.example.org/">lure.example</a>'),
    ("url", "https://page.example/a?b=c", "url", "http://page.example/a?b=c"),
    ("url", "https://page.example/a", "url", "https://page.example/a?b=c"),
    ("file-path", f"{DEEP}/x/", "file-path", f"{DEEP}/x/y.png"),
    ("file-path", f"{DEEP}/x/y.png", "file-path", f"{DEEP}/x/y.png"),
    ("file-path", f"{DEEP}/x/y/z/q.png", "file-path", f"{DEEP}/x/y/z/../z/q.png"),
    ("file-path", "/sdcard/Android/data/org.example.app/files/a/b", "file-path",
     "/mnt/runtime/full/emulated/0/Android/data/org.example.app/files/a/b/c"),
    ("app-id", "org.example.app", "file-path", "/mnt/runtime/full/emulated/0/Android/data/Org.Example.App/files/a"),
    ("app-id", "org.example.app", "file-path", "/data/app/~~Zm9v==/org.example.app-1/base.apk"),
    ("process-name", "roleaccountdaemon", "process-name", "roleaccountdaem"),
    ("process-name", "bh", "file-path", f"/private/var/db/x/bh/{ID}"),
    ("ip-address", "2001:db8:0:1::/65", "url", "http://[2001:db8:0:1::9]/"),
    ("ip-address", "192.0.2.0/31", "text", "at 192.0.2.1 now"),
    ("email", "some.body@gmail.com", "account", "iMessage;-;SomeBody+x@googlemail.com"),
    ("sha256", "ab" * 32, "sha256", "SHA-256: " + ":".join(["AB"] * 32)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "published", "field", "value"), PLANTED)
def test_known_answers(kind, published, field, value):
    made = Indicator(kind=kind, value=NORMALISE[kind](published), shown=published, feeds=("f",))
    assert check(Matcher(IndicatorSet(indicators=(made,), feeds=())), field, [value]) > 0


def test_a_file_of_another_name_or_folder_has_not_the_keys_of_a_path():
    made = Indicator(kind="file-path", value="/private/var/db/x/bh", shown="/private/var/db/x/bh", feeds=("f",))
    there = keys_of([("file-path", "/private/var/db/x/bh")])
    other = keys_of([("file-path", "/private/var/db/x/other"), ("file-path", "/private/var/mobile/Library/bh/y")])
    assert [any(keys.issuperset(way) for way in ways(made)) for keys in (there, other)] == [True, False]


def test_keys_are_sorted_by_table_and_each_is_there_once():
    keys = MatchKeys()
    for table in ("b", "a"):
        for batch in batches([("process-name", "bh"), ("process-name", "x"), ("bundle-id", "BH")], table):
            keys.add(batch)
    found = keys.reader().read_all()
    assert found.schema == MATCH_KEYS
    numbers = sorted(int.from_bytes(named(n), "little", signed=True) for n in ("bh", "x"))
    assert found.to_pydict() == {"table": ["a", "a", "b", "b"], "key": numbers * 2}


def test_a_key_is_the_beginning_of_md5_of_space_and_text():
    """Taken from `printf 'n\\0bh' | md5sum`."""
    assert key("n", "bh") == named("BH ") == bytes.fromhex("ae05dadfa45321f6")
    assert keys_in_columns("n", ["bh", "x", ""]) == [key("n", "bh"), key("n", "x"), key("n", "")]
    assert keys_in_columns("n", []) == []


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=9), st.sampled_from("npdumha"))
def test_a_column_has_the_keys_of_its_texts(texts, space):
    assert keys_in_columns(space, texts) == [key(space, text) for text in texts]


def keys_in_columns(space, texts):
    numbers = keys_of_texts(space, pa.array(texts, pa.string())).to_pylist()
    assert by_database(space, pa.array(texts, pa.string())).to_pylist() == numbers
    return [n.to_bytes(WIDTH, "little", signed=True) for n in numbers]


def test_no_observables_no_keys():
    assert MatchKeys().reader().read_all().num_rows == 0


@pytest.mark.parametrize("most", [1, 7, 50])
def test_keys_that_are_too_many_lie_in_a_file_and_are_given_as_if_they_did_not(tmp_path, monkeypatch, most):
    monkeypatch.setattr(match_keys, "_ROWS", 3)
    held, away = MatchKeys(), MatchKeys(tmp_path, most)
    values = [("process-name", f"process{n % 400}") for n in range(1200)]
    for table in ("b", "a"):
        for first in range(0, len(values), 100):
            for batch in batches(values[first : first + 100], table):
                held.add(batch)
                away.add(batch)
    (folder,) = tmp_path.iterdir()
    assert [p.name for p in folder.iterdir()] == ["keys"]
    assert b"process" not in (stored := (folder / "keys").read_bytes())
    assert named("process7") not in stored
    found = away.reader().read_all()
    assert found.to_pydict() == held.reader().read_all().to_pydict()
    numbers = sorted(int.from_bytes(named(f"process{n}"), "little", signed=True) for n in range(400))
    assert found["key"].to_pylist() == numbers * 2
    assert list(tmp_path.iterdir()) == []
