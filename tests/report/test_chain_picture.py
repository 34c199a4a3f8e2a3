"""A chain on its axis, and its steps folded beneath it."""

import re
from itertools import pairwise

from test_html import content, finding

from bridle.report.chain_picture import chain_picture
from bridle.report.html import folded, render


def leg(name, stage, of, time):
    return {"name": name, "stage": stage, "finding": of, "time": time, "attack": ["T1660"]}


def row(name, table, time):
    return {"table": table, "path": "/p", "sha256": None, "locator": "1", "time": time, "values": {"leg": name}}


LEGS = [
    leg("a message came", "targeting", "m", "2021-07-18T10:00:00Z"),
    leg("a process ran", "execution", "chain", "2021-07-18T10:00:20.5Z"),
    leg("a state", "exposure", "s", None),
]
CHAIN = finding(
    id="chain", rule="chain-test", level="high", legs=LEGS,
    evidence=[row("a message came", "ios.sms.message", "2021-07-18T10:00:00Z"),
              row("a process ran", "ios.data_usage.process", "2021-07-18T10:00:20.5Z"),
              row("restricted", "ios.tcc.access", None)],
)  # fmt: skip


def test_each_step_has_its_lane_its_row_and_its_words():
    drawn = chain_picture(CHAIN, {"chain": 1, "m": 2, "s": 3}, {"m": "low", "s": "medium"})
    assert [(n["name"], n["x"]) for n in drawn["lanes"]] == [("targeting", 180), ("execution", 268), ("exposure", 356)]
    assert [(m["x"], m["number"], m["day"], m["clock"], m["below"]) for m in drawn["marks"]] == [
        (180, 2, "2021-07-18", "10:00:00 UTC", "ios.sms.message · T1660 · finding 2"),
        (268, None, "2021-07-18", "10:00:20 UTC", "ios.data_usage.process · T1660 · its own query"),
        (356, 3, "", "no time", "ios.tcc.access · T1660 · finding 3"),
    ]
    assert [m["level"] for m in drawn["marks"]] == ["low", "", "medium"]
    ys = [m["y"] for m in drawn["marks"]]
    assert ys == [57, 107, 153]  # 46 and 4 for 20 seconds; 46
    assert drawn["path"] == "180,57 268,107 356,153"
    assert drawn["cuts"] == []


def test_a_long_silence_is_marked_and_bounded():
    legs = [LEGS[0], {**LEGS[1], "time": "2023-07-18T10:00:00Z"}]
    drawn = chain_picture({**CHAIN, "legs": legs}, {}, {})
    assert [m["y"] for m in drawn["marks"]] == [57, 57 + 46 + 63 - 13]
    assert drawn["cuts"] == [105]


def test_many_steps_in_one_minute_do_not_cover_each_other():
    legs = [leg(f"step {n}", ("targeting", "execution")[n % 2], "m", f"2021-07-18T10:00:{n:02}Z") for n in range(60)]
    drawn = chain_picture({**CHAIN, "legs": legs}, {"m": 2}, {"m": "low"})
    ys = [m["y"] for m in drawn["marks"]]
    assert len(ys) == 60
    assert min(b - a for a, b in pairwise(ys)) >= 46
    assert ys[-1] < drawn["bottom"] < drawn["height"]


def test_a_time_that_is_none_keeps_its_step():
    legs = [LEGS[0], {**LEGS[1], "time": "soon"}]
    assert [m["y"] for m in chain_picture({**CHAIN, "legs": legs}, {}, {})["marks"]] == [57, 103]


def test_words_are_cut_to_their_room():
    long = "x" * 500
    drawn = chain_picture({**CHAIN, "legs": [{**LEGS[0], "name": long}]}, {}, {})
    assert drawn["marks"][0]["name"] == "x" * 101 + "…"
    assert drawn["marks"][0]["whole"] == long


def test_findings_that_are_steps_follow_their_chain_and_stay():
    step, other = finding(id="m", superseded_by="chain"), finding(id="o")
    nested = finding(id="chain2", legs=LEGS[:1], superseded_by="chain")
    below = finding(id="s", superseded_by="chain2")
    ordered, folds = folded([other, step, CHAIN, nested, below])
    assert [f["id"] for f in ordered] == ["o", "chain", "m", "chain2", "s"]
    assert (folds.opens, folds.closes) == ({"m": 3}, {"s"})


def test_a_ring_and_a_chain_that_is_not_there_lose_no_finding():
    ring = [finding(id="a", superseded_by="b"), finding(id="b", superseded_by="a"), finding(id="c", superseded_by="x")]
    assert sorted(f["id"] for f in folded(ring)[0]) == ["a", "b", "c"]


def test_the_page_draws_the_chain_once_with_its_findings_beneath():
    page = render(content([finding(id="m", superseded_by="chain", title="The message"), CHAIN, finding(id="o")]))
    assert page.count('aria-label="The steps of this chain') == 1
    assert page.count("<article") == page.count("</article>") == 3
    assert page.count("<details") == page.count("</details>")
    assert "1 finding that is a step of this chain" in page
    fold = page[page.index('<details class="steps">') :]
    inside, after = fold.split("</article>\n</details>", 1)
    assert re.findall(r'<article class="high" id="finding-(.)">', inside) == ["2"]
    assert re.findall(r'<article class="high" id="finding-(.)">', after) == ["3"]
    assert "ios.sms.message · T1660 · finding 2" in page


def test_a_name_cannot_become_markup():
    legs = [{**LEGS[0], "name": "<script>x</script>"}]
    assert "<script>x" not in render(content([{**CHAIN, "legs": legs}]))
