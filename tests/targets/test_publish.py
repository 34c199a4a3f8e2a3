"""What is published of a list: counts, and nothing that leads to a number."""

import json
import re
from datetime import UTC, date, datetime

import pytest

from bridle.targets.publish import as_tsv, changed_by_few, first_selections, parts, publication
from bridle.targets.refusals import RefusedError
from bridle.targets.schema import selections
from bridle.targets.states import Examination, Standing, Step, standings

OWNER, PURPOSE = "Example Desk", "Public-interest reporting on surveillance"
CANARIES = ("+15550100123", "0155-canary", "deadbeef" * 4, "c0ffee" * 10 + "abcd", "Ministry of Canaries")


def token(n):
    return f"{n:032x}"


def row(n, country="FR", month=1, operator="a", day=3, precision="second", source="c0ffee" * 10 + "abcd"):
    time = datetime(2019, month, day, 11, 22, 33, tzinfo=UTC)
    return {"row": n, "source": source, "token": token(n), "country": country, "time": time,
            "time_precision": precision, "operator": operator}  # fmt: skip


def many(count, start=0, **same):
    return [row(start + n, **same) for n in range(count)]


def published(rows, known=None, owner=OWNER, purpose=PURPOSE):
    return publication(selections(rows), known or {}, owner, purpose).document


def tables(rows, known=None):
    return {n: as_tsv(t) for n, t in published(rows, known)["tables"].items()}


def test_the_tables():
    rows = many(12, country="FR", month=1) + many(7, 100, country="FR", month=2, operator="b")
    rows += many(6, 200, country="DZ", month=1) + many(8, 300, country="DZ", month=2, operator="b")
    assert tables(rows) == {
        "country by month": "\t2019-01\t2019-02\ttotal\nDZ\t6\t8\t14\nFR\t12\t7\t19\ntotal\t18\t15\t33\n",
        "country by operator": "\tOP-01\tOP-02\ttotal\nDZ\t6\t8\t14\nFR\t12\t7\t19\ntotal\t18\t15\t33\n",
        "country by stage": "\tselected\ttotal\nDZ\t14\t14\nFR\t19\t19\ntotal\t33\t33\n",
    }


def test_a_small_cell_takes_others_with_it():
    rows = many(12, country="FR", month=1) + many(7, 100, country="FR", month=2)
    rows += many(2, 200, country="DZ", month=1) + many(8, 300, country="DZ", month=2)
    assert tables(rows)["country by month"] == "\t2019-01\t2019-02\ttotal\nDZ\t\t\t10\nFR\t\t\t19\ntotal\t14\t15\t29\n"


def test_few_of_a_country_month_or_operator_are_merged():
    rows = many(9, country="FR", month=1) + many(3, 100, country="DE", month=2, operator="b")
    rows += many(2, 200, country="BE", month=3, operator="c") + many(4, 300, country="FR", month=6)
    assert tables(rows) == {
        "country by month": "\t2019-01\t2019-02 to 2019-06\ttotal\nFR\t\t\t13\nother\t\t\t5\ntotal\t9\t9\t18\n",
        "country by operator": "\tOP-01\tother\ttotal\nFR\t13\t\t13\nother\t\t5\t5\ntotal\t13\t5\t18\n",
        "country by stage": "\tselected\ttotal\nFR\t13\t13\nother\t5\t5\ntotal\t18\t18\n",
    }


def test_a_number_counts_once_by_its_first_selection():
    rows = [row(1, month=5, operator="b"), row(1, month=2, operator="a"), row(1, month=9, operator="c")]
    rows.append(row(1, month=1) | {"time": None, "time_precision": None})
    assert first_selections(selections(rows)).to_pylist() == [
        {"token": token(1), "country": "FR", "month": "2019-02", "operator": "a"}
    ]


def test_a_time_that_is_no_month_is_undated():
    rows = [row(1, precision="year"), row(2) | {"time": None, "time_precision": None}, row(3, precision="month")]
    assert first_selections(selections(rows))["month"].to_pylist() == ["undated", "undated", "2019-01"]
    assert len(first_selections(selections([]))) == 0


def test_nothing_finer_than_a_month():
    text = json.dumps(published(many(30, day=17)))
    assert "2019-01" in text
    assert not re.search(r"2019-01-|:22|17", text)


def examined(n, verdict, statistics=True):
    case, day = f"{n:064x}", date(2026, 1, 5)
    known = {"token": token(n), "date": day}
    steps = [Step(act="verify", bases=("owner", "witness"), **known)]
    steps += [Step(act="examine", case=case, consent=True, statistics=statistics, **known)]
    return [*steps, Step(act="conclude", case=case, verdict=verdict, **known)] if verdict else steps


def stages(verdicts):
    known = standings([s for n, (v, leave) in enumerate(verdicts) for s in examined(n, v, leave)])
    return published(many(100), known)["tables"]["country by stage"]["columns"]


RAN, TRIED, NOTHING = ("traces of execution", True), ("traces of targeting", True), ("no known traces", True)


def test_stages():
    assert stages([RAN] * 23 + [TRIED] * 14 + [NOTHING] * 30) == {
        "selected": 33, "infected": 23, "attempted": 14, "inconclusive": 30}  # fmt: skip


def test_few_of_a_stage_are_told_by_what_is_common_to_both():
    assert stages([RAN] * 6 + [TRIED] * 2 + [NOTHING] * 9) == {"selected": 83, "confirmed": 8, "inconclusive": 9}
    assert stages([RAN] * 2 + [TRIED] * 2 + [NOTHING] * 9) == {"selected": 87, "examined": 13}
    assert stages([RAN] * 2) == {"selected": 100}


def test_who_did_not_agree_to_be_counted_is_not():
    assert stages([RAN] * 6 + [("traces of execution", False)] * 6) == {"selected": 94, "infected": 6}


def test_an_examination_without_consent_stops_everything():
    bad = Examination(case="1" * 64, consent=False, statistics=False)
    known = {token(1): Standing(token=token(1), verified=True, examinations=(bad,))}
    with pytest.raises(RefusedError, match="no consent record"):
        published(many(30), known)


@pytest.mark.parametrize(
    ("owner", "purpose", "said"),
    [
        (None, PURPOSE, "without an owner"),
        ("", PURPOSE, "without an owner"),
        ("test", PURPOSE, "without an owner"),
        (OWNER, None, "public-interest purpose"),
        (OWNER, "research", "public-interest purpose"),
        ("Desk +1 (555) 010-0123", PURPOSE, "--owner holds what may be a telephone number"),
        (OWNER, "to find who called ٠١٥٥٥٠١٠٠", "--purpose holds what may be a telephone number"),
    ],
)
def test_owner_and_purpose(owner, purpose, said):
    with pytest.raises(RefusedError, match=said):
        published(many(30), owner=owner, purpose=purpose)


def test_so_few_that_nothing_can_be_said():
    with pytest.raises(RefusedError, match="fewer than 5 numbers"):
        published(many(4))
    assert published(many(5))["numbers"] == 5


def test_canaries_stay_inside():
    rows = many(20, operator="Ministry of Canaries") + many(20, 50, operator="+15550100123", country="+1")
    rows += many(20, 90, operator="0155-canary", country="0155-canary")
    rows += [row(n) | {"token": "deadbeef" * 4} for n in range(3)]
    document = published(rows)
    text = json.dumps(document) + "".join(as_tsv(t) for t in document["tables"].values())
    assert not [c for c in CANARIES if c in text]
    assert not re.search(r"[0-9a-f]{16}", text)
    assert "undetermined" in text


def test_two_publications_do_not_differ_by_few():
    before = published(many(30))
    assert changed_by_few(before, published(many(33))) == "country by month: 2019-01"
    assert changed_by_few(before, published(many(35))) is None
    assert changed_by_few(before, before) is None


def test_a_list_in_parts_is_as_a_whole():
    rows = many(12) + many(7, 100, month=2, operator="b") + many(8, 300, country="DZ", month=2, operator="b")
    known = standings([s for n in range(6) for s in examined(n, "traces of execution")])
    pieces = [selections(rows[9:]), selections(rows[:9]), selections([])]
    assert publication(iter(pieces), known, OWNER, PURPOSE).document == published(rows, known)


def test_parts_have_all_rows_of_a_number(monkeypatch):
    monkeypatch.setattr("bridle.targets.publish._AT_ONCE", 3)
    rows = [row(n) | {"token": f"{n:02x}" * 16} for n in (0, 60, 90, 200, 255, 60, 0)]
    table = selections(rows)
    found = [p["token"].to_pylist() for p in parts(lambda columns: table.select(columns).to_batches(2), len(rows))]
    assert [[t[:2] for t in p] for p in found] == [["00", "3c", "3c", "00"], ["5a"], ["c8", "ff"]]
