"""URLs and hosts cut in columns: the same as one by one, whatever is in them."""

import random

import pyarrow as pa
import pytest

from bridle.formats.url_columns import cut, cut_slowly, last_labels, last_labels_slowly


def test_an_authority_ends_at_the_first_slash():
    urls = [
        "https://a.example/x/y?z", "http://b.example", "http://u@c.example:8080/", "https://d.example?q/r", None,
        "ftp://e.example/", "HTTPS://f.example/", "https://", "http:///x", "", "https://é.example/ü\n",
    ]  # fmt: skip
    authorities, rests = cut(pa.array(urls))
    assert authorities.to_pylist() == [
        "a.example", "b.example", "u@c.example:8080", "d.example?q", None, None, None, "", "", None, "é.example",
    ]  # fmt: skip
    assert rests.to_pylist() == ["/x/y?z", "", "/", "/r", None, None, None, "", "/x", None, "/ü\n"]


def test_the_last_labels_are_two():
    hosts = ["a.b.example", "b.example", "example", "", ".", "..", "a..", ".a", "w.é.xn--p1ai", "1.2.3.4"]
    assert last_labels(pa.array(hosts)).to_pylist() == [
        "b.example", "b.example", "example", "", ".", ".", ".", ".a", "é.xn--p1ai", "3.4",
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_columns_are_cut_as_texts_one_by_one(seed):
    drawn = random.Random(seed)
    parts = ["http://", "https://", "/", ".", "a", "é", "example", "?", ":", "\n", "://", "\U0001f600"]
    some = ["https://" if drawn.random() < 0.8 else ""] * 30 if seed % 2 else [""] * 30
    values = [(some[0] + "".join(drawn.choices(parts, k=drawn.randrange(9)))) or None for _ in range(200)]
    column = pa.array(values, pa.string())
    for start, count in ((0, 200), (3, 197), (17, 90), (199, 1), (5, 0)):
        piece = column.slice(start, count)
        for one, other in zip(cut(piece), cut_slowly(piece), strict=True):
            assert one.to_pylist() == other.to_pylist()
            one.validate(full=True)
        hosts = piece.drop_null()
        assert last_labels(piece).to_pylist() == last_labels_slowly(piece).to_pylist()
        assert last_labels(hosts).to_pylist() == last_labels_slowly(hosts).to_pylist()
