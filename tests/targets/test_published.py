"""Published values: each with its source, contradictions named, none resolved."""

from bridle.targets.published import Claim, claims


def claim(low, high=None):
    return Claim(key="k", of="things", low=low, high=high, said="", published="2021", source="s")


def test_at_least_agrees_with_more_and_a_count_with_itself_only():
    assert claim(180).agrees(claim(189, 189))
    assert claim(189, 189).agrees(claim(180))
    assert not claim(60, 60).agrees(claim(69, 69))
    assert not claim(200).agrees(claim(189, 189))
    assert claim(1000).agrees(claim(2000))


def test_the_values_that_differ_are_both_kept():
    stored = [c.as_json() for c in claims()]
    assert [(c["low"], c["high"]) for c in stored if c["key"] == "journalists"] == [(180, None), (189, 189)]
    assert [(c["low"], c["contradicted_by"]) for c in stored if c["key"] == "whatsapp-MA"] == [
        (69, ["The Wire"]), (60, ["https://scroll.in/latest/1081215"]),
    ]  # fmt: skip
    assert [len(c["contradicted_by"]) for c in stored if c["key"] == "clients"] == [2, 2, 2]
    assert all(c["source"] and c["published"] and c["said"] for c in stored)
