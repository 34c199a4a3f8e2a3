"""Patterns over a case: which rows, in which order, and what cannot be answered."""

import json
from datetime import UTC, datetime, timedelta
from time import process_time

import pyarrow as pa
import pytest

from bridle.indicators.compound import MOST_ROWS, match_compounds
from bridle.indicators.model import CompoundIndicator
from bridle.indicators.pattern import parse
from bridle.indicators.plan import planned
from bridle.indicators.stix import read

NOON = datetime(2021, 7, 18, 12, 0, tzinfo=UTC)


def column(name, kind=None, surface="mention", of=None):
    marks = {"kind": kind, "surface": surface} if kind else None
    return pa.field(name, of or pa.string(), metadata=marks)


STAMPS = [pa.field(n, pa.string()) for n in ("_source", "_path", "_sha256", "locator")]
TIME = pa.field("time", pa.timestamp("us", tz="UTC"))
TABLES = {
    "ios.a.visit": pa.schema([*STAMPS, TIME, column("url", "url", "visited")]),
    "ios.b.process": pa.schema([
        *STAMPS, TIME, column("name", "process-name", "running-process"),
        column("file", "file-path", "running-process"), column("command"), column("pid", of=pa.int64()),
        column("hosts", "domain", "network-user", pa.list_(pa.string())),
        column("address", "ip-address", "network-user"), column("remote_port", of=pa.int64()),
    ]),
    "ios.c.file": pa.schema([
        *STAMPS, TIME, column("path", "file-path", "file-present"), column("size", of=pa.int64()),
        column("sha256", "sha256", "file-present"),
    ]),
    "ios.d.mail": pa.schema([
        *STAMPS, TIME, column("sender", "email", "message"), column("subject", "text", "message"),
        column("account", "account", "message"), column("body", "text", "message"),
    ]),
    "ios.e.signer": pa.schema([*STAMPS, column("serial"), column("digest", "cert-sha256", "installed-app")]),
    "ios.f.clock": pa.schema([*STAMPS, pa.field("shown", pa.timestamp("us")), column("url", "url", "visited")]),
}  # fmt: skip


class Case:
    """Tables of rows `{"at": minutes, …}`; the name of the table is its letter."""

    def __init__(self, split=1000, **tables):
        self._split = split
        self._schemas = {n: s for n, s in TABLES.items() if n.split(".")[1] in tables}
        self._tables = {n: self._table(s, tables[n.split(".")[1]]) for n, s in self._schemas.items()}

    def _table(self, schema, rows):
        made = []
        for n, row in enumerate(rows, 1):
            time = NOON + timedelta(minutes=row["at"]) if row.get("at") is not None else None
            stamps = {"_source": "S1", "_path": "/x", "_sha256": "ab", "locator": f"Z:{n}", "time": time}
            made.append({f.name: ({**stamps, **row}).get(f.name) for f in schema})
        return pa.Table.from_pylist(made, schema=schema)

    def tables(self):
        return self._schemas

    def batches(self, table, columns=None):
        found = self._tables[table]
        yield from (found.select(columns) if columns else found).to_batches(max_chunksize=self._split)


def compound(pattern):
    plan = planned(parse(pattern))
    return CompoundIndicator(value=pattern, feeds=("f",), place="indicator--1", step=plan.step, left_out=plan.left_out)


def rows(case, pattern):
    """Letter of the table and number of each row that takes part; or why it is not known."""
    examined = match_compounds(case, [compound(pattern)])
    if examined.unanswered:
        assert examined.matches == ()
        return examined.unanswered[0].why
    return [f"{r.table[4]}{r.locator[2:]}" for m in examined.matches for r in m.rows]


def visits(*urls, step=1):
    return [{"at": n * step, "url": u} for n, u in enumerate(urls)]


LURE, OTHER = "https://a.lure.example/x", "https://other.example/"


# --- one row ------------------------------------------------------------------------------------------------------

PROCESSES = [
    {"at": 0, "name": "bh", "address": "192.0.2.7", "remote_port": 443, "pid": 5, "command": "/tmp/bh -q --add x"},
    {"at": 1, "name": "bh", "address": "198.51.100.1", "remote_port": 80, "hosts": ["cdn.lure.example", "ok.example"]},
    {"at": 2, "name": "ok", "address": "192.0.2.9", "remote_port": 443},
    {"at": 3, "file": "/private/var/tmp/bh", "hosts": []},
]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[process:name = 'bh' AND ipv4-addr:value = '192.0.2.7']", ["b1"]),
        ("[process:name = 'bh' AND ipv4-addr:value ISSUBSET '192.0.2.0/24']", ["b1"]),
        ("[process:name = 'bh' AND domain-name:value = 'lure.example']", ["b2"]),
        ("[process:name = 'bh' AND network-traffic:dst_ref.value LIKE '%.example']", ["b2"]),
        ("[process:name = 'bh' AND network-traffic:dst_ref.value IN ('192.0.2.7', 'lure.example')]", ["b1", "b2"]),
        ("[process:name = 'bh' AND domain-name:value = 'other.example']", []),
        ("[process:name = 'ok' AND ipv4-addr:value = '192.0.2.7']", []),
        ("[process:name = 'bh' AND network-traffic:dst_port = 443]", ["b1"]),
        ("[process:name = 'bh' AND network-traffic:dst_port IN (80, 8080)]", ["b2"]),
        ("[process:name = 'bh' AND network-traffic:dst_port > '100']", ["b1"]),
        ("[process:name = 'bh' AND network-traffic:dst_port <= 80]", ["b2"]),
        ("[process:name = 'bh' AND network-traffic:dst_port != 443]", ["b2"]),
        ("[process:name = 'bh' AND process:pid NOT IN (5)]", []),
        ("[process:name = 'bh' AND ipv4-addr:value != '192.0.2.7']", ["b2"]),
        ("[process:name = 'bh' AND ipv4-addr:value NOT ISSUBSET '198.51.100.0/24']", ["b1"]),
        ("[process:name = 'bh' AND ipv4-addr:value NOT MATCHES '^198']", ["b1"]),
        ("[process:name = 'bh' AND EXISTS domain-name:value]", ["b2"]),
        ("[process:name = 'bh' AND NOT EXISTS ipv4-addr:value]", ["b4"]),
        ("[process:name = 'bh' AND (ipv4-addr:value = '192.0.2.7' OR network-traffic:dst_port = 80)]", ["b1", "b2"]),
        ("[process:name MATCHES '^b']", ["b1", "b2", "b4"]),
        ("[process:name LIKE 'b_']", ["b1", "b2", "b4"]),
        ("[process:name LIKE 'B_']", []),
        ("[process:name > 'c' AND ipv4-addr:value ISSUBSET '192.0.2.0/24']", ["b3"]),
        ("[process:command_line MATCHES '-add x$']", ["b1"]),
        ("[process:command_line = '/tmp/bh -q --add x']", ["b1"]),
        ("[file:path MATCHES '^/private/var/tmp/[a-z]+$' AND process:name = 'bh']", ["b4"]),
        ("[domain-name:value MATCHES 'LURE']", ["b2"]),
        ("[ipv4-addr:value ISSUPERSET '192.0.2.7']", ["b1"]),
    ],
)
def test_comparisons_of_one_row(pattern, expected):
    assert rows(Case(b=PROCESSES), pattern) == expected
    assert rows(Case(b=PROCESSES, split=1), pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[file:hashes.'SHA-256' = '" + "a" * 64 + "' AND file:size = 5]", ["c1"]),
        ("[file:hashes.'SHA-256' = '" + "a" * 64 + "' AND file:size = '5']", ["c1"]),
        ("[file:hashes.'SHA-256' = '" + "a" * 64 + "' AND file:size > 5]", []),
        ("[file:name LIKE 'st%.so' AND file:parent_directory_ref.path = '/var/tmp']", ["c1", "c2"]),
        ("[file:name LIKE 'st%.so' AND file:parent_directory_ref.path = '/var/tmp' AND file:size < 5]", ["c2"]),
        ("[file:path LIKE '%/tmp/%.so']", ["c1", "c2"]),
        ("[(file:name = 'stop.so' OR file:size = 9) AND file:size < 9]", ["c1"]),
        ("[file:hashes.'SHA-256' MATCHES '^A+$']", ["c1"]),
    ],
)
def test_comparisons_of_files(pattern, expected):
    files = [
        {"path": "/private/var/tmp/stop.so", "size": 5, "sha256": "a" * 64},
        {"path": "/private/var/tmp/start.so", "size": 4, "sha256": "b" * 64},
        {"path": "/private/var/mobile/stay.txt", "size": 9},
    ]
    assert rows(Case(c=files), pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("[email-message:from_ref.value = 'ann@a.example' AND email-message:subject = 'Conference']", ["d1"]),
        ("[email-message:from_ref.value MATCHES '.+@A\\\\.example$' AND email-message:subject LIKE 'Conf%']", ["d1"]),
        ("[email-message:subject LIKE '%invoice%']", ["d2"]),
        ("[user-account:account_login = 'Peter']", ["d2"]),
        ("[user-account:user_id IN ('+1 555 0100', 'PETER')]", ["d2"]),
        ("[user-account:account_login = 'Paul']", []),
        ("[url:value LIKE 'https://lure.example/%']", ["d1"]),
        ("[domain-name:value LIKE '%lure%']", ["d1"]),
        ("[domain-name:value LIKE 'a.example' AND domain-name:value LIKE '%lure%']", ["d1"]),
    ],
)
def test_comparisons_of_messages(pattern, expected):
    mails = [
        {"sender": "Ann <ann@a.example>", "subject": "Conference", "body": "see https://lure.example/a?b"},
        {"sender": "bob@b.example", "subject": "Your invoice 7", "account": "peter"},
    ]
    assert rows(Case(d=mails), pattern) == expected


def test_a_serial_number_in_every_notation():
    serials = [{"serial": "4c0b1d"}, {"serial": "4983581"}, {"serial": "4C:0B:1D"}, {"serial": "17"}]
    assert rows(Case(e=serials), "[x509-certificate:serial_number = '4c:0b:1d']") == ["e1", "e2", "e3"]


def test_a_part_says_which_field_satisfied_what():
    examined = match_compounds(
        Case(b=PROCESSES), [compound("[process:name = 'bh' AND domain-name:value LIKE '%.lure.%']")]
    )
    (match,) = examined.matches
    (row,) = match.rows
    assert [(p.kind, p.surface, p.field, p.value, p.strength, p.term.shown) for p in row.parts] == [
        ("process-name", "running-process", "name", "bh", "exact", ("bh",)),
        ("domain", "network-user", "hosts", "cdn.lure.example", "exact", ("%.lure.%",)),
    ]
    assert (row.table, row.source, row.path, row.sha256, row.locator) == ("ios.b.process", "S1", "/x", "ab", "Z:2")
    assert row.time == NOON + timedelta(minutes=1)
    assert (row.values["remote_port"], row.values["time"]) == (80, NOON + timedelta(minutes=1))
    assert "_path" not in row.values
    assert (match.count, match.is_cut) == (1, False)


# --- rows together ------------------------------------------------------------------------------------------------

A, B = "[domain-name:value = 'lure.example']", "[process:name = 'bh']"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (f"{A} AND {B}", ["a1", "a4", "b1"]),
        (f"{A} AND [process:name = 'none']", []),
        (f"{A} OR [process:name = 'none']", ["a1", "a4"]),
        (f"{A} OR {B}", ["a1", "a4", "b1"]),
        (f"{A} OR ({B} AND [process:name = 'none'])", ["a1", "a4"]),
        (f"{A} FOLLOWEDBY {B}", ["a1", "b1"]),
        (f"{B} FOLLOWEDBY {A}", ["a4", "b1"]),
        (f"{B} FOLLOWEDBY {A} FOLLOWEDBY {B}", []),
        (f"({A} FOLLOWEDBY {B}) WITHIN 120 SECONDS", ["a1", "b1"]),
        (f"({A} FOLLOWEDBY {B}) WITHIN 119.5 SECONDS", []),
        (f"({A} AND {B}) WITHIN 60 SECONDS", ["a4", "b1"]),
        (f"{A} REPEATS 2 TIMES", ["a1", "a4"]),
        (f"{A} REPEATS 3 TIMES", []),
        (f"{A} REPEATS 2 TIMES WITHIN 180 SECONDS", ["a1", "a4"]),
        (f"{A} REPEATS 2 TIMES WITHIN 179 SECONDS", []),
        (f"{A} START t'2021-07-18T12:01:00Z' STOP t'2021-07-18T12:10:00Z'", ["a4"]),
        (f"{A} START t'2021-07-18T11:00:00Z' STOP t'2021-07-18T12:00:00Z'", []),
        (f"{A} START t'2021-07-18T12:00:00Z' STOP t'2021-07-18T12:00:01Z'", ["a1"]),
        (f"{A} AND {A}", ["a1", "a4"]),
        (f"{B} AND {B}", []),
        (f"{B} FOLLOWEDBY {B}", []),
        (f"({A} FOLLOWEDBY {A}) WITHIN 180 SECONDS", ["a1", "a4"]),
        (f"({A} AND {B}) FOLLOWEDBY [url:value = 'https://other.example']", ["a1", "a3", "b1"]),
        (f"({B} AND {A}) FOLLOWEDBY [url:value = 'https://other.example/'] FOLLOWEDBY {A}", ["a1", "a3", "a4", "b1"]),
        (f"{A} FOLLOWEDBY ({B} OR [url:value = 'https://other.example'])", ["a1", "a2"]),
    ],
)
def test_observations_in_time(pattern, expected):
    case = Case(a=visits(LURE, OTHER, OTHER, "https://lure.example"), b=[{"at": 2, "name": "bh"}])
    assert rows(case, pattern) == expected


def test_one_row_that_satisfies_both_is_not_two_observations():
    both = [{"at": 0, "name": "bh", "hosts": ["lure.example"]}]
    assert rows(Case(b=both), f"{A} AND {B}") == []
    assert rows(Case(b=both * 2), f"{A} AND {B}") == ["b1", "b2"]
    assert rows(Case(b=both * 2), f"{A} FOLLOWEDBY {B}") == ["b1", "b2"]


def test_a_row_of_two_acquisitions_is_one_observation():
    twice = [{"at": 0, "url": LURE, "locator": "Z:1"}, {"at": 0, "url": LURE, "locator": "Z:1", "_source": "S2"}]
    assert rows(Case(a=twice), f"{A} REPEATS 2 TIMES") == []


def test_what_a_clock_showed_counts_as_a_time():
    shown = [{"shown": datetime(2021, 7, 18, 12, 1), "url": OTHER}]
    pattern = f"({A} FOLLOWEDBY [domain-name:value = 'other.example']) WITHIN 60 SECONDS"
    assert rows(Case(a=visits(LURE), f=shown), pattern) == ["a1", "f1"]


# --- what is not known --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[file:name LIKE 'x%']", "no examined record has, in one row, a field for file:name"),
        (f"{A} AND [file:name = 'x']", "no examined record has, in one row, a field for file:name"),
        ("[url:value LIKE 'x%' AND process:name = 'bh']",
         "no examined record has, in one row, a field for url:value, process:name"),
        ("[url:value LIKE 'x%' AND network-traffic:dst_port = 1]",
         "no examined record has, in one row, a field for url:value, network-traffic:dst_port"),
    ],
)  # fmt: skip
def test_what_no_record_can_answer_is_not_no_match(pattern, why):
    assert rows(Case(a=visits(OTHER)), pattern) == why


def test_an_alternative_that_can_be_answered_answers():
    assert rows(Case(a=visits(LURE)), f"{A} OR [file:name = 'x']") == ["a1"]
    assert rows(Case(a=visits(OTHER)), f"{A} OR [file:name = 'x']") == []


def test_rows_without_a_time_leave_an_order_undecided():
    case = Case(a=[{"at": None, "url": LURE}], b=[{"at": 1, "name": "bh"}])
    assert rows(case, f"{A} FOLLOWEDBY {B}") == "1 rows that satisfy parts of it say no time"
    assert rows(case, f"{A} AND {B}") == ["a1", "b1"]
    assert rows(case, f"{A} REPEATS 2 TIMES") == []


def test_a_pattern_that_is_not_looked_for_is_said_with_its_reason():
    (c,), _ = read(json.dumps({"objects": [{"type": "indicator", "id": "indicator--9", "pattern": "[x:y=1]"}]}), "f")
    (told,) = match_compounds(Case(a=[]), [c]).unanswered
    assert (told.indicator.place, told.why) == ("indicator--9", "character 2: the pattern key 'x:y' is not known")


def test_a_name_that_means_something_on_some_surfaces_only_is_found_on_those():
    case = Case(b=[{"at": 0, "name": "BackupAgent"}], a=visits(LURE))
    assert rows(case, "[process:name = 'BackupAgent'] AND [domain-name:value = 'lure.example']") == []


def test_what_every_device_has_is_asked_of_a_row_and_never_looked_for_by_itself():
    case = Case(b=[{"at": 0, "name": "launchd"}, {"at": 1, "name": "launchd", "hosts": ["x.lure.example"]}])
    assert rows(case, "[process:name = 'launchd' AND domain-name:value LIKE '%.lure.example']") == ["b2"]
    assert rows(case, "[process:name = 'launchd' OR domain-name:value LIKE '%.l_re.example']") == ["b2"]
    c = compound("[process:name = 'launchd'] AND [domain-name:value LIKE '%.l_re.example']")
    assert c.step is None
    assert c.left_out == (
        "character 1: it says what is not there, or what other records share, of no value that is looked for",
    )


# --- bounds -------------------------------------------------------------------------------------------------------


def test_more_rows_than_are_put_in_order_are_told():
    many = [{"at": n, "url": LURE} for n in range(MOST_ROWS + 5)]
    pattern = f"{A} REPEATS {MOST_ROWS + 1} TIMES"
    assert rows(Case(a=many), pattern) == "more than 10,000 rows satisfy parts of it: the others were not put in order"
    (match,) = match_compounds(Case(a=many), [compound(f"{A} REPEATS 2 TIMES")]).matches
    assert (match.count, match.is_cut) == (MOST_ROWS, True)


@pytest.mark.parametrize(
    "pattern",
    [
        " AND ".join([A] * 1200),
        " FOLLOWEDBY ".join([A] * 1200),
        f"{A} REPEATS 5000 TIMES REPEATS 2 TIMES WITHIN 1 SECONDS",
        "(" + " AND ".join([f"({A} OR {B})"] * 700) + ") WITHIN 5 SECONDS",
        "[url:value MATCHES '(x+x+)+y' OR url:value MATCHES '((a*)*)*$' OR url:value MATCHES '(.*){50}z']",
    ],
)
def test_hostile_patterns_over_many_rows_end(pattern):
    case = Case(a=[{"at": n, "url": f"{LURE}{'x' * 200}{n}"} for n in range(3000)], b=[{"at": 1, "name": "bh"}])
    begin = process_time()
    match_compounds(case, [compound(pattern)])
    assert process_time() - begin < 20
