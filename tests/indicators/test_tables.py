"""Indicators in tables: which rows, which time, which field."""

from datetime import UTC, datetime

import pyarrow as pa

from bridle.indicators import Indicator, IndicatorSet, Matcher, match_tables

NOON = datetime(2021, 7, 18, 12, 0, tzinfo=UTC)
MARKS = {"kind": "process-name", "surface": "network-user"}
SCHEMA = pa.schema(
    [
        *(pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256", "locator")),
        pa.field("shown", pa.timestamp("us")),
        pa.field("time", pa.timestamp("us", tz="UTC")),
        pa.field("name", pa.string(), metadata=MARKS),
        pa.field("others", pa.list_(pa.string()), metadata={**MARKS, "surface": "crash"}),
    ]
)


class Held:
    def __init__(self, *rows):
        self._batches = [pa.RecordBatch.from_pylist(r, schema=SCHEMA) for r in rows]

    def tables(self):
        return {"ios.example.process": SCHEMA}

    def batches(self, table, columns=None):
        yield from (b if columns is None else b.select(columns) for b in self._batches)


def row(n, name, others=None):
    stamps = {"_source": "S1", "_path": "/private/var/db/x", "_sha256": "ab", "locator": f"Z:{n}"}
    return {**stamps, "shown": datetime(2001, 1, 1), "time": NOON, "name": name, "others": others}


def hits(*rows):
    bh = Indicator(kind="process-name", value="bh", shown="bh", feeds=("f",))
    return list(match_tables(Held(*rows), Matcher(IndicatorSet(indicators=(bh,), feeds=()))))


def test_rows_come_in_their_order_from_plain_and_list_columns():
    found = hits([row(1, "ok", ["x", "bh"]), row(2, None, None), row(3, "bh", [])], [row(4, "bh")])
    assert [(h.locator, h.field, h.surface, h.value) for h in found] == [
        ("Z:1", "others", "crash", "bh"),
        ("Z:3", "name", "network-user", "bh"),
        ("Z:4", "name", "network-user", "bh"),
    ]


def test_a_hit_says_where_its_row_lies_and_when_in_utc():
    (h,) = hits([row(1, "bh")])
    assert (h.source, h.path, h.sha256, h.strength) == ("S1", "/private/var/db/x", "ab", "exact")
    assert h.time == NOON
    assert h.values["name"] == "bh"
    assert "_path" not in h.values


def test_a_table_without_rows_has_no_hit():
    assert hits([]) == []


def test_how_long_a_certificate_is_valid_is_no_time_of_a_row():
    schema = pa.schema([pa.field("valid_from", pa.timestamp("us", tz="UTC")), *SCHEMA])

    class Signed(Held):
        def __init__(self, one):
            self._batches = [pa.RecordBatch.from_pylist([one], schema=schema)]

        def tables(self):
            return {"ios.example.process": schema}

    bh = Indicator(kind="process-name", value="bh", shown="bh", feeds=("f",))
    matcher = Matcher(IndicatorSet(indicators=(bh,), feeds=()))
    one = {**row(1, "bh"), "valid_from": datetime(2020, 1, 1, tzinfo=UTC), "time": None}
    assert next(match_tables(Signed(one), matcher)).time == datetime(2001, 1, 1)
    (hit,) = match_tables(Signed({**one, "shown": None}), matcher)
    assert hit.time is None


def test_the_day_something_was_counted_in_is_no_time_of_a_row():
    schema = pa.schema([*(f for f in SCHEMA if f.name not in ("shown", "time")), pa.field("begin", pa.timestamp("us"))])
    case = Held()
    case._batches = [pa.RecordBatch.from_pylist([{**row(1, "bh"), "begin": datetime(2025, 6, 1)}], schema=schema)]
    case.tables = lambda: {"ios.example.process": schema}
    bh = Indicator(kind="process-name", value="bh", shown="bh", feeds=("f",))
    assert [h.time for h in match_tables(case, Matcher(IndicatorSet(indicators=(bh,), feeds=())))] == [None]


TEXT = SCHEMA.append(pa.field("said", pa.string(), metadata={"kind": "text", "surface": "message"}))


class Said(Held):
    def __init__(self, *texts):
        rows = [row(n, None) | {"said": t} for n, t in enumerate(texts, 1)]
        self._batches = [pa.RecordBatch.from_pylist(rows, schema=TEXT)]

    def tables(self):
        return {"ios.example.process": TEXT}


def said(kind, value, *texts):
    known = Indicator(kind=kind, value=value, shown=value, feeds=("f",))
    found = match_tables(Said(*texts), Matcher(IndicatorSet(indicators=(known,), feeds=())))
    return [(h.locator, h.value, h.strength) for h in found]


def test_a_domain_in_texts_bare_below_it_and_in_a_url():
    texts = [
        "nothing", "at lure.example.", None, "x.LURE.example/a", "http://lure.example/", "notlure.example",
        "@lure.example",
    ]  # fmt: skip
    assert said("domain", "lure.example", *texts) == [
        ("Z:2", "at lure.example.", "exact"),
        ("Z:4", "x.LURE.example/a", "sub-domain"),
        ("Z:5", "http://lure.example/", "exact"),
        ("Z:7", "@lure.example", "exact"),
    ]


def test_addresses_networks_urls_and_emails_in_texts():
    assert said("ip-address", "192.0.2.7", "to 192.0.2.7:80", "v1.192.0.2.7") == [("Z:1", "to 192.0.2.7:80", "exact")]
    assert said("ip-address", "192.0.2.0/24", "a", "to 192.0.2.9") == [("Z:2", "to 192.0.2.9", "network")]
    assert said("ip-address", "2001:db8::1", "a::b", "by 2001:DB8::1") == [("Z:2", "by 2001:DB8::1", "exact")]
    assert said("url", "https://a.example/b", "(https://a.example/b)") == [("Z:1", "(https://a.example/b)", "exact")]
    assert said("email", "ann@a.example", "From:Ann@A.example", "a.example") == [("Z:1", "From:Ann@A.example", "exact")]


def test_texts_are_not_looked_at_for_what_is_never_looked_for_in_them(monkeypatch):
    def looked(texts):
        raise AssertionError(texts)

    monkeypatch.setattr("bridle.indicators.matcher.Texts", looked)
    assert said("process-name", "bh", "bh at https://bh.example") == []
