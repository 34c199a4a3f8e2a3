"""Findings as they are written out, and their order."""

from dataclasses import replace
from datetime import UTC, datetime

from finding_samples import NOON, evidence, finding

from bridle.detect.finding import Named, Rows, finding_id, ordered, place


def test_the_keys_of_a_line_and_their_order() -> None:
    named = Named(kind="process-name", value="bh", feeds=("nso",), campaigns=("Pegasus",), tlp=None)
    assert list(finding(indicator=named).as_dict().items()) == [
        ("id", "1"), ("rule", "r"), ("title", "T"), ("level", "high"), ("stage", "execution"), ("message", "M"),
        ("explanation", "E"), ("false_positives", ["F"]), ("references", ["https://example.org"]),
        ("attack", ["T1437"]), ("first_seen", "2021-07-18T12:00:00.5Z"), ("last_seen", "2021-07-18T12:00:00.5Z"),
        ("count", 1),
        ("indicator", {"kind": "process-name", "value": "bh", "feeds": ["nso"], "campaigns": ["Pegasus"], "tlp": None}),
        ("surfaces", ["crash"]), ("attribution", None), ("corroborated_by", []), ("acquisition_related", False),
            ("confidence", "low"), ("forgeable_by", []), ("tested", []), ("legs", []), ("superseded_by", None),
        ("evidence", [{"table": "a.b.c", "path": "/p", "sha256": "ab", "locator": "Z:1",
                       "time": "2021-07-18T12:00:00.5Z", "values": {"name": "bh", "raw": "00"}}]),
    ]  # fmt: skip


def test_where_not_all_evidence_is_listed_the_query_is() -> None:
    assert finding(evidence_query="SELECT 1").as_dict()["evidence_query"] == "SELECT 1"


def test_order_is_level_then_time_then_rule_then_id() -> None:
    early = NOON.replace(year=2020)
    found = [
        finding(id="5", level="low"), finding(id="3", first_seen=None), finding(id="2"),
        finding(id="1", first_seen=early),
        finding(id="0", level="critical", first_seen=None), finding(id="2b", rule="s"),
    ]  # fmt: skip
    assert [f.id for f in ordered(found)] == ["0", "1", "2", "2b", "3", "5"]


def test_the_id_rests_on_rule_indicator_and_place_alone() -> None:
    one = finding_id("r", "bh", evidence())
    assert one == finding_id("r", "bh", replace(evidence(time=None), sha256="cd"))
    others = [
        finding_id("s", "bh", evidence()), finding_id("r", "bp", evidence()), finding_id("r", None, evidence()),
        finding_id("r", "bh", evidence(path="/q")), finding_id("r", "bh", evidence(locator="Z:2")),
        finding_id("r", "bh", evidence(table="a.b.d")),
    ]  # fmt: skip
    assert len({one, *others}) == 7
    assert len(one) == 64


def test_rows_sort_by_path_then_by_number_in_the_locator() -> None:
    mixed = [evidence("/b", "Z:1"), evidence("/a", "Z:12"), evidence("/a", "Z:9"), evidence("/a", "line 3")]
    assert [(e.path, e.locator) for e in sorted(mixed, key=place)] == [
        ("/a", "Z:9"), ("/a", "Z:12"), ("/a", "line 3"), ("/b", "Z:1"),
    ]  # fmt: skip


def test_first_and_last_are_over_all_rows_and_a_wall_clock_does_not_break_them() -> None:
    rows = Rows()
    for e in (evidence(time=None), evidence(time=NOON), evidence(time=datetime(2020, 1, 1))):
        rows.add(e)
    assert (rows.count, rows.first_seen, rows.last_seen) == (3, datetime(2020, 1, 1, tzinfo=UTC), NOON)
