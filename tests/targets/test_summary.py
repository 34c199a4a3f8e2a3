"""The summary of a list: each count by hand."""

from datetime import UTC, datetime

import pytest

from bridle.targets import schema, summary
from bridle.targets.summary import summarised
from bridle.targets.summary_text import lines

ROWS = [
    # token, country, candidates, status, time, precision, operator, rule
    ("a1", "MX", ["MX"], "valid_then", "2018-05-04T10:00:00", "second", "c-1", "mx-2019"),
    ("a1", "MX", ["MX"], "valid_then", "2018-05-04T10:05:00", "second", "c-1", "mx-2019"),
    ("b2", "FR", ["FR"], "valid_now", "2018-05-04T10:10:01", "second", "c-2", None),
    ("c3", None, ["MA", "EH"], "valid_now", "2018-05-04T23:30:00", "minute", None, None),
    ("d4", None, [], "invalid", None, None, None, None),
    ("e5", "FR", ["FR"], "valid_now", "2018-06-01T00:00:00", "month", None, None),
    ("f6", "FR", ["FR"], "valid_now", "2019-01-01T00:00:00", "year", None, None),
    ("a1", "MX", ["MX"], "valid_now", "2018-05-04T09:58:00", "us", None, None),
]


def table(rows=ROWS):
    names = ("token", "country", "candidates", "status", "time", "time_precision", "operator", "rule")
    made = [{"row": n, "source": "s", **dict(zip(names, r, strict=True))} for n, r in enumerate(rows)]
    for row in made:
        row["time"] = row["time"] and datetime.fromisoformat(row["time"]).replace(tzinfo=UTC)
    return schema.selections(made)


def over(of, at_once=3):
    return lambda columns: iter(of.select(columns).to_batches(max_chunksize=at_once))


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_every_count(at_once):
    made = summarised(over(table(), at_once))
    assert (made.rows, made.numbers, made.repeated) == (8, 6, 1)
    assert made.countries == {"MX": 3, "FR": 3, "MA|EH": 1, "no region": 1}
    assert made.statuses == {"valid_then": 2, "valid_now": 5, "invalid": 1}
    assert made.migrations == {"mx-2019": 2}
    assert made.operators == {"c-1": 2, "c-2": 1}
    assert made.months == {"2018-05": 5, "2018-06": 1}
    assert made.hours == {(4, 9): 1, (4, 10): 3, (4, 23): 1}
    assert made.repeats == {1: 5, 3: 1}
    assert (made.first, made.last) == (datetime(2018, 5, 4, 9, 58, tzinfo=UTC), datetime(2019, 1, 1, tzinfo=UTC))
    assert (made.sittings, made.in_sittings) == (3, 5)


def test_the_hour_is_of_the_asked_zone():
    assert summarised(over(table()), "Asia/Tokyo").hours == {(4, 18): 1, (4, 19): 3, (5, 8): 1}


def test_tokens_counted_in_several_readings(monkeypatch):
    rows = [(f"{n * 7 % 256:02x}" * 16, "FR", ["FR"], "valid_now", None, None, None, None) for n in range(300)]
    monkeypatch.setattr(summary, "_AT_ONCE", 50)
    assert summarised(over(table(rows), 50)).repeats == {1: 212, 2: 44}


def test_an_empty_list():
    made = summarised(over(schema.empty_selections()))
    assert (made.rows, made.numbers, made.sittings, made.first) == (0, 0, 0, None)
    assert [*lines(made)] == ["0 selections of 0 numbers; 0 were selected more than once"]


def test_as_lines():
    text = "\n".join(lines(summarised(over(table()))))
    assert text.splitlines()[:3] == [
        "8 selections of 6 numbers; 1 were selected more than once",
        "from 2018-05-04 to 2019-01-01",
        "3 sittings (gaps of at most 5 minutes, over the whole list), 1.7 selections each",
    ]
    assert "  2018-05            5  " + "█" * 40 + "\n  2018-06            1  " + "█" * 8 in text
    assert "  Fri           ▒█            ▒            5" in text
    assert "  MA|EH                1  " in text


def test_as_json():
    made = summarised(over(table())).as_json()
    assert list(made["countries"]) == ["FR", "MX", "MA|EH", "no region"]
    assert made["hours"][0] == {"weekday": "Fri", "hour": 9, "rows": 1}
    assert made["sittings"] == {"count": 3, "rows": 5, "gap_seconds": 300}
    assert made["first"] == "2018-05-04T09:58:00+00:00"
