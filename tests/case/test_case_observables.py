"""Observables: what an indicator can name, once per kind, value and table."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from building import KEY, SMS, Message, Process, rows, written

from bridle.case import observables as module
from bridle.case.ledger import LedgerRow, ledger_table
from bridle.case.observables import OBSERVABLES, observables
from bridle.case.reader import Case
from bridle.case.writer import CaseWriter
from bridle.core import Account, Domain, Record, Utc, record

T1, T2 = datetime(2021, 7, 18, 10, 2, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC)


@record
class Contact(Record):
    """Who was looked up."""

    who: Account | None
    servers: tuple[Domain, ...] | None
    seen: Utc | None


def found(case):
    table = observables(case).read_all()
    assert table.schema.equals(OBSERVABLES)
    micros = [table[c].cast(pa.int64()).to_pylist() for c in ("first_seen", "last_seen")]
    times = [[None if v is None else datetime.fromtimestamp(v // 10**6, UTC) for v in column] for column in micros]
    names = [table[c].to_pylist() for c in ("kind", "value", "table")]
    return list(zip(*names, *times, table["count"].to_pylist(), strict=True))


def test_values_as_stored_with_their_first_and_last_time_and_count(tmp_path):
    made = [
        {"locator": "1", "name": "bh", "first_used": T2}, {"locator": "2", "name": "bh", "first_used": T1},
        {"locator": "3", "name": "bh"}, {"locator": "4", "name": "Msg", "first_used": None},
        {"locator": "5", "name": None, "first_used": T1}, {"locator": "6", "name": ""},
    ]  # fmt: skip
    case = written(tmp_path / "case", KEY, {"ios.data_usage.process": rows(Process, "/p", made)})
    assert found(case) == [
        ("process-name", "Msg", "ios.data_usage.process", None, None, 1),
        ("process-name", "bh", "ios.data_usage.process", T1, T2, 3),
    ]


def test_text_gives_its_urls_domains_and_addresses_and_is_not_stored_itself(tmp_path):
    made = [
        {
            "locator": "1",
            "written": T1,
            "text": "Look: https://News.Example.org/a?u=http%3A%2F%2Fbad.example.test%2Fx.",
        },
        {"locator": "2", "written": T2, "text": "write to Ann@mail.example.org or news.example.org"},
        {"locator": "3", "written": T2, "text": "nothing here"},
    ]
    case = written(tmp_path / "case", KEY, {"ios.sms.message": rows(Message, SMS, made)})
    t = "ios.sms.message"
    assert found(case) == [
        ("domain", "bad.example.test", t, T1, T1, 1),
        ("domain", "mail.example.org", t, T2, T2, 1),
        ("domain", "news.example.org", t, T1, T2, 2),
        ("domain-parent", "example.org", t, T1, T2, 3),
        ("domain-parent", "example.test", t, T1, T1, 1),
        ("email", "ann@mail.example.org", t, T2, T2, 1),
        ("url", "https://News.Example.org/a?u=http%3A%2F%2Fbad.example.test%2Fx", t, T1, T1, 1),
    ]


def test_names_that_stand_beside_a_url_without_a_blank_or_in_one_of_no_host(tmp_path):
    texts = [
        "lure.example.net,https://www.example.org/a",
        "intent://x.example.com/a#Intent",
        "(https://b.example.org/c.d)",
    ]
    made = [{"locator": str(n), "text": t} for n, t in enumerate(texts)]
    case = written(tmp_path / "case", KEY, {"a.b.c": rows(Message, SMS, made)})
    assert [(kind, value) for kind, value, *_ in found(case) if kind in ("domain", "url")] == [
        ("domain", "b.example.org"),
        ("domain", "lure.example.net"),
        ("domain", "www.example.org"),
        ("domain", "x.example.com"),
        ("url", "https://b.example.org/c.d"),
        ("url", "https://www.example.org/a"),
    ]


def test_texts_that_repeat_count_as_rows_and_each_value_once_per_text(tmp_path):
    texts = ["A.example at 192.0.2.7, a.example", "nothing", None, "A.example at 192.0.2.7, a.example", "a.example!"]
    made = [
        {"locator": str(n), "written": t, "text": x}
        for n, (t, x) in enumerate(zip([T2, T1, T2, T1, T2], texts, strict=True))
    ]
    case = written(tmp_path / "case", None, {"a.b.c": rows(Message, SMS, made)})
    assert found(case) == [
        ("domain", "a.example", "a.b.c", T1, T2, 3),
        ("ip-address", "192.0.2.7", "a.b.c", T1, T2, 2),
    ]


def test_a_url_field_gives_its_host_and_the_nested_ones(tmp_path):
    made = [{"locator": "1", "link": "http://192.0.2.7:8080/r?to=https://Bücher.example/"}]
    case = written(tmp_path / "case", None, {"a.b.c": rows(Message, SMS, made)})
    assert found(case) == [
        ("domain", "xn--bcher-kva.example", "a.b.c", None, None, 1),
        ("ip-address", "192.0.2.7", "a.b.c", None, None, 1),
        ("url", "http://192.0.2.7:8080/r?to=https://Bücher.example/", "a.b.c", None, None, 1),
    ]


def test_accounts_and_lists_of_domains(tmp_path):
    made = [
        {
            "locator": "1",
            "who": "mailto:Eve@example.org",
            "servers": ["A.example.org.", None, "b.example.org"],
            "seen": T1,
        },
        {"locator": "2", "who": "tel:+15550100", "servers": ["a.example.org"], "seen": T2},
        {"locator": "3", "who": "urn:x", "servers": None},
    ]
    case = written(tmp_path / "case", KEY, {"a.b.c": rows(Contact, "/x", made)})
    assert found(case) == [
        ("account", "mailto:Eve@example.org", "a.b.c", T1, T1, 1),
        ("account", "tel:+15550100", "a.b.c", T2, T2, 1),
        ("account", "urn:x", "a.b.c", None, None, 1),
        ("domain", "a.example.org", "a.b.c", T1, T2, 2),
        ("domain", "b.example.org", "a.b.c", T1, T1, 1),
        ("domain-parent", "example.org", "a.b.c", T1, T2, 3),
        ("email", "eve@example.org", "a.b.c", T1, T1, 1),
        ("phone-number", "+15550100", "a.b.c", T2, T2, 1),
    ]


def test_every_listed_file_is_an_observable_and_so_is_its_digest(tmp_path):
    writer = CaseWriter(tmp_path / "case", KEY)
    common = {"source": "S1", "member": "m", "type": "file", "size": 1, "reason": None}
    writer.write_table("ledger", ledger_table([
        LedgerRow(**common, path="/b", artifact=None, modified=None, status="not wanted"),
        LedgerRow(**common, path="/a", artifact="ios.sms", modified=T1, status="parsed", rows=2, sha256="cd" * 32),
    ]))  # fmt: skip
    assert found(Case(writer.building, KEY)) == [
        ("file-path", "/a", "ledger", T1, T1, 1),
        ("file-path", "/b", "ledger", None, None, 1),
        ("sha256", "cd" * 32, "ledger", T1, T1, 1),
    ]
    writer.abort()


@pytest.mark.parametrize("kept", [1, 1 << 16])
def test_many_values_are_added_up_across_batches_and_come_sorted(tmp_path, monkeypatch, kept):
    monkeypatch.setattr(module, "_ROWS", kept)
    made = [{"locator": str(n), "name": f"p{n % 300:03}", "first_used": T1} for n in range(40_000)]
    case = written(tmp_path / "case", None, {"a.b.c": rows(Process, "/p", made)})
    values = found(case)
    assert [v[1] for v in values] == [f"p{n:03}" for n in range(300)]
    assert (values[0][5], values[299][5]) == (134, 133)
    assert sum(v[5] for v in values) == 40_000


def test_they_are_written_as_a_stream_and_do_not_observe_themselves(tmp_path):
    writer = CaseWriter(tmp_path / "case", KEY)
    writer.add("a.b.c", ("S1",), rows(Process, "/p", [{"locator": "1", "name": "bh"}]))
    writer.finish_tables()
    case = Case(writer.building, KEY)
    writer.write_table("observables", observables(case))
    writer.commit()
    done = Case(tmp_path / "case", KEY)
    assert done.sql('SELECT kind, value, "table", count FROM observables')[1] == [["process-name", "bh", "a.b.c", 1]]
    assert found(done) == [("process-name", "bh", "a.b.c", None, None, 1)]


def test_a_case_without_tables_has_none(tmp_path):
    assert found(written(tmp_path / "case", None, {})) == []


def test_hosts_without_a_dot_and_the_shortest_addresses(tmp_path):
    texts = ["::1", "http://localhost/a", "http://[::1]:80/", "http://2130706433/"]
    made = [{"locator": str(n), "written": T1, "text": x} for n, x in enumerate(texts)]
    case = written(tmp_path / "case", None, {"a.b.c": rows(Message, SMS, made)})
    assert [(kind, value, count) for kind, value, _, _, _, count in found(case)] == [
        ("domain", "localhost", 1),
        ("ip-address", "127.0.0.1", 1),
        ("ip-address", "::1", 2),
        ("url", "http://2130706433/", 1),
        ("url", "http://[::1]:80/", 1),
        ("url", "http://localhost/a", 1),
    ]
