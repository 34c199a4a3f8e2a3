"""Findings on their axis, times of evidence for the page's script, and how far back the records reach."""

import os
import time

import pytest
from test_html import content, finding

from bridle.report.html import render
from bridle.report.picture import picture, seconds
from bridle.report.picture_coverage import coverage_picture
from bridle.report.picture_times import artifact_of, times

HORIZON = {"first": "2026-01-01T00:00:00Z", "last": "2026-02-10T00:00:00Z"}


def row(at, table="ios.sms.message"):
    return {"table": table, "path": "/p", "sha256": None, "locator": "1", "time": at, "values": {}}


def test_picture_keeps_order_and_cuts_silence():
    drawn = picture(
        [
            finding(stage="execution", first_seen="2026-01-02T00:00:10Z"),
            finding(stage="targeting", first_seen="2026-01-02T00:00:00Z"),
            finding(stage="targeting", first_seen="2026-01-09T00:00:00Z"),
            finding(first_seen=None),
        ]
    )
    assert [m["number"] for m in drawn["marks"]] == [2, 1, 3]
    assert [m["x"] for m in drawn["marks"]] == sorted(m["x"] for m in drawn["marks"])
    assert len(drawn["cuts"]) == 1
    assert [lane["name"] for lane in drawn["lanes"]] == ["targeting", "execution"]


def test_marks_of_one_minute_do_not_cover_each_other():
    at = "2026-01-02T00:00:{:02}Z".format
    drawn = picture(
        [finding(first_seen=at(n - n % 3 % 2), stage=("targeting", "execution")[n % 5 == 0]) for n in range(60)]
    )
    places = [(m["x"], m["y"]) for m in drawn["marks"]]
    near = [
        (p, q) for n, p in enumerate(places) for q in places[n + 1 :] if abs(p[0] - q[0]) < 26 and abs(p[1] - q[1]) < 26
    ]
    assert near == []
    assert len(places) == 60
    assert max(y for _, y in places) < drawn["bottom"]


def test_marks_of_one_second_stand_below_each_other_apart():
    drawn = picture([finding(first_seen="2026-01-02T09:21:52Z", stage="execution") for _ in range(6)])
    assert [(m["number"], m["x"], m["y"] - drawn["marks"][0]["y"]) for m in drawn["marks"]] == [
        (n + 1, drawn["marks"][0]["x"], 27 * n) for n in range(6)
    ]


def test_what_finds_no_room_is_counted_at_a_mark():
    drawn = picture([finding(first_seen="2026-01-02T00:00:00Z") for _ in range(9)])
    assert [(m["number"], m["more"]) for m in drawn["marks"]] == [
        (1, []),
        (2, []),
        (3, []),
        (4, []),
        (5, []),
        (6, [7, 8, 9]),
    ]
    assert "+3</text>" in render(content([finding(id=f"f{n}") for n in range(9)]))


def test_a_stage_that_nobody_knows_has_a_lane():
    assert [lane["name"] for lane in picture([finding(stage="other"), finding()])["lanes"]] == ["targeting", "other"]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of this system cannot be set")
def test_a_time_without_zone_does_not_depend_on_the_machine(monkeypatch):
    monkeypatch.setitem(os.environ, "TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert seconds("2026-01-02T00:00:00") == seconds("2026-01-02T00:00:00Z") == 1767312000
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (seconds(None), seconds(""), seconds("soon")) == (None, None, None)


def test_times_are_steps_since_the_one_before():
    rows = [row("2026-01-02T00:00:00Z"), row("2026-01-02T00:01:00.9Z"), row("2026-01-02T00:01:00.1Z"), row(None)]
    late = finding(evidence=[row("2026-01-02T01:00:00Z", "ios.tcc.access")])
    found = times([late, finding(evidence=rows), finding(evidence=[row(None)], first_seen=None)], HORIZON)
    assert (found["base"], found["unit"]) == (1767312000, 1)
    assert (found["first"], found["last"]) == (1767225600, 1770681601)
    assert [(r["number"], r["steps"]) for r in found["rows"]] == [(2, "ios.sms 0 1o*2"), (1, "ios.tcc 2s0")]


def test_a_flood_of_times_is_taken_together():
    rows = [row(f"2026-01-{1 + n // 1440:02}T{n // 60 % 24:02}:{n % 60:02}:00Z") for n in range(25_000)]
    found = times([finding(evidence=rows)], HORIZON)
    assert found["unit"] == 600
    assert found["rows"][0]["steps"].split()[:3] == ["ios.sms", "0*10", "1*10"]


def test_a_name_of_a_table_is_kept_plain():
    assert artifact_of("ios.sms.message") == "ios.sms"
    assert artifact_of('a;b "<x>.y') == "abx"
    assert artifact_of(";.") == "unnamed"


def artifact(status, first, last, why=None):
    return {"status": status, "why": why, "rows": 1, "gaps": 0, "first": first, "last": last}


def test_coverage_is_grouped_and_set_on_an_axis_of_days_before_the_last():
    coverage = {
        "artifacts": {
            "a": artifact("examined", "2026-01-01T00:00:00Z", "2026-02-10T00:00:00Z"),
            "b": artifact("examined", "2026-02-10T00:00:00Z", "2026-02-10T00:00:00Z"),
            "c": artifact("partly", "2025-12-31T00:00:00Z", "2026-02-09T00:00:00Z", "1 file damaged"),
            "d": artifact("not examined", None, None, "no key"),
            "e": artifact("not examined", None, None, "not in this acquisition"),
            "f": artifact("examined", None, None),
        }
    }
    cited = finding(evidence=[row("2026-02-10T00:00:00Z", "a.x"), row("2026-02-10T00:00:01Z", "a.y")])
    drawn = coverage_picture(coverage, HORIZON, [cited])
    assert [(g, [r["name"] for r in rows]) for g, rows in drawn["groups"]] == [
        ("read in part", ["c"]), ("there, and not read", ["d"]),
        ("read, with times", ["a", "b"]), ("read, without times", ["f"]),
    ]  # fmt: skip
    bars = {r["name"]: r["bar"] for _, rows in drawn["groups"] for r in rows}
    # 41 days: ln(1 + 41) = 3.738; a day before the last ln(2) = 0.693, so 300 * (1 - 0.693 / 3.738) = 244.4
    assert bars == {"a": (1.9, 300.0), "b": (297.0, 300.0), "c": (0.0, 244.4), "d": None, "f": None}
    assert drawn["ticks"] == [(244.4, "1 d"), (133.1, "1 w"), (24.4, "1 mo")]
    assert {r["name"]: r["cited"] for _, rows in drawn["groups"] for r in rows if r["cited"]} == {"a": "M300 1v12"}
    assert drawn["band"] == (1.9, 300.0)
    assert [(s, n) for s, n, _, _ in drawn["shares"]] == [("examined", 3), ("partly", 1), ("not examined", 2)]
    assert [round(to) for _, _, _, to in drawn["shares"]] == [300, 400, 600]


def test_without_any_time_there_is_no_axis():
    drawn = coverage_picture({"artifacts": {"a": artifact("examined", None, None)}}, {"first": None, "last": None}, [])
    assert (drawn["dated"], drawn["band"]) == (False, None)
    page = render(content([], log_horizon={"first": None, "last": None}))
    assert "no record carries a time" in page
