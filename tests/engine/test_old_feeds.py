"""A check says when the stored feeds are old: whoever keeps new ones back does so quietly."""

import hashlib

import pytest

from bridle.engine.check import feeds_asked
from bridle.engine.options import Silence
from bridle.indicators import store
from bridle.indicators.feed_state import Source, State, StoredFeed

OLD = "2026-01-02T03:04:05Z"
DATA = b"old.example.org\n"


class Heard(Silence):
    def __init__(self):
        self.said = []

    def warn(self, sentence):
        self.said.append(sentence)


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("BRIDLE_DATA", str(tmp_path))
    digest = hashlib.sha256(DATA).hexdigest()
    feed = StoredFeed("a.txt", "https://example.org/a.txt", digest, len(DATA), 1, OLD)
    one = Source(
        source="https://example.org/i.json", kind="index", checked=OLD, sha256=digest, expires=OLD, feeds=(feed,)
    )
    with store.writing(tmp_path / "feeds"), store.staging(tmp_path / "feeds") as staged:
        staged.put(DATA, "a.txt")
        store.commit(tmp_path / "feeds", State((one,)), staged)
    return tmp_path


@pytest.mark.parametrize(("named", "told"), [((), True), (("stored",), True), (("other.txt",), False)])
def test_old_stored_feeds_are_told_where_they_are_used(data, named, told):
    (data / "other.txt").write_text("other.example.org\n")
    heard = Heard()
    given = tuple(n if n == "stored" else str(data / n) for n in named)
    found = feeds_asked(given, heard)
    assert [i.shown for i in found.indicators] == ["old.example.org" if told else "other.example.org"]
    sentence = (
        f"the index of feeds https://example.org/i.json was valid until {OLD}; "
        "run `bridle indicators update`, or unpack a newer bundle"
    )
    assert heard.said == [sentence] * told
