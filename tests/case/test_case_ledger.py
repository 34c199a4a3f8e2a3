"""The ledger's table."""

import weakref
from contextlib import closing
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from bridle.case import ledger as module
from bridle.case import spill
from bridle.case.ledger import LEDGER, Ledger, LedgerRow, device_table, ledger_table
from bridle.case.runs import Runs


def row(**changed):
    given = {"source": "S1", "path": "/a", "member": "a", "type": "file", "artifact": None, "size": 3, "modified": None,
             "status": "not wanted", "reason": None}  # fmt: skip
    return LedgerRow(**{**given, **changed})


def test_rows_stand_in_the_order_of_source_path_member_and_artifact():
    made = [
        row(path="/b"), row(source="S2"), row(artifact="ios.sms", status="parsed"), row(), row(member="A"),
    ]  # fmt: skip
    table = ledger_table(made)
    assert table.schema.equals(LEDGER, check_metadata=True)
    assert list(zip(*(table[c].to_pylist() for c in ("source", "path", "member", "artifact")), strict=True)) == [
        ("S1", "/a", "A", None), ("S1", "/a", "a", None), ("S1", "/a", "a", "ios.sms"), ("S1", "/b", "a", None),
        ("S2", "/a", "a", None),
    ]  # fmt: skip


def test_path_and_digest_are_observables_that_say_the_file_is_present():
    for name, kind in (("path", b"file-path"), ("sha256", b"sha256")):
        metadata = LEDGER.field(name).metadata
        assert (metadata[b"kind"], metadata[b"surface"]) == (kind, b"file-present")
    assert [f.name for f in LEDGER if b"kind" in f.metadata] == ["path", "sha256"]


def test_an_unknown_status_is_our_own_mistake():
    with pytest.raises(ValueError, match="/a: expected a status of the ledger, got 'ok'"):
        ledger_table([row(status="ok")])


def test_a_name_that_is_no_utf8_shows_its_odd_bytes():
    assert ledger_table([row(path="/caf\udce9/é")])["path"].to_pylist() == ["/caf\\xe9/é"]


MOMENT = datetime(2024, 1, 2, tzinfo=UTC)
LISTED = [
    pa.table({"path": ["/b", "/a"], "member": ["2", "1"], "type": ["file", "directory"], "size": [7, None],
              "modified": pa.array([MOMENT, None], pa.timestamp("us", "UTC"))}),
    pa.table({"path": ["/é"], "member": ["3"], "type": ["file"], "size": [0],
              "modified": pa.array([None], pa.timestamp("us", "UTC"))}),
]  # fmt: skip
BOUNDS = {"_ROWS": 1, "_HELD": 0}
"""With these every row and every table is a run of its own."""


def made(rows=(), listed=(), scratch=None):
    with closing(Ledger(scratch)) as ledger:
        for table in listed:
            ledger.add_listed("S1", table)
        ledger.add_listed("S1", LISTED[0].slice(0, 0))
        for one in rows:
            ledger.add(one)
        return pa.concat_tables([LEDGER.empty_table(), *ledger.tables()])


@pytest.fixture(params=["whole", "in runs"])
def bounds(request, monkeypatch):
    if request.param == "in runs":
        for name, value in BOUNDS.items():
            monkeypatch.setattr(module, name, value)
        monkeypatch.setattr(module, "Runs", lambda *a, **k: Runs(*a, **k, budget=0, most=3))
        monkeypatch.setattr(spill, "BLOCK", 1)


@pytest.mark.usefixtures("bounds")
def test_what_is_listed_stands_among_the_rows(tmp_path):
    rows = [row(path="/z"), row(path="/b", member="1", artifact="ios.sms", status="parsed")]
    table = made(rows, LISTED, tmp_path)
    assert table.schema.equals(LEDGER, check_metadata=True)
    found = table.select(["path", "member", "type", "artifact", "size", "status", "reason", "rows", "sha256"])
    assert [tuple(r.values()) for r in found.to_pylist()] == [
        ("/a", "1", "directory", None, None, "not wanted", None, 0, None),
        ("/b", "1", "file", "ios.sms", 3, "parsed", None, 0, None),
        ("/b", "2", "file", None, 7, "not wanted", None, 0, None),
        ("/z", "a", "file", None, 3, "not wanted", None, 0, None),
        ("/é", "3", "file", None, 0, "not wanted", None, 0, None),
    ]
    assert table["modified"].cast(pa.int64()).to_pylist() == [None, None, 1_704_153_600_000_000, None, None]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("bounds")
def test_what_is_listed_as_absent_says_so():
    with closing(Ledger()) as ledger:
        ledger.add_listed("S1", LISTED[1], "absent", "gone")
        (table,) = ledger.tables()
    assert (table["status"].to_pylist(), table["reason"].to_pylist()) == (["absent"], ["gone"])


@pytest.mark.usefixtures("bounds")
def test_names_that_are_no_utf8_stand_where_their_bytes_are():
    """As they are shown they would stand before the others."""
    names = ["/caf\udce9", "/\uffee", "/cafz", "/caf\ud800", "/z"]
    table = made([row(path=name) for name in names], LISTED)
    assert table["path"].to_pylist() == [
        "/a", "/b", "/cafz", "/caf\\ud800", "/caf\\xe9", "/z", "/é", "/\uffee",
    ]  # fmt: skip


@pytest.mark.usefixtures("bounds")
def test_files_of_the_same_names_stay_in_the_order_in_which_they_came():
    """They end in another, for they are read by several children."""
    sizes = [(2, 30), (0, 50), (3, 20), (1, 40)]
    table = made([row(number=number, size=size) for number, size in sizes])
    assert table["size"].to_pylist() == [50, 40, 30, 20]


@pytest.mark.usefixtures("bounds")
def test_sources_come_one_after_the_other():
    table = made([row(source="S2", path="/a"), row(path="/b"), row(source="S10", path="/c")])
    assert table["source"].to_pylist() == ["S1", "S10", "S2"]


def test_numbers_go_on_behind_what_is_listed():
    ledger = Ledger()
    assert (ledger.number(), ledger.number(5), ledger.number()) == (0, 1, 6)
    ledger.add_listed("S1", LISTED[0])
    assert ledger.number() == 9
    ledger.close()


def test_files_that_were_not_read_to_the_end_are_named_as_they_came(monkeypatch):
    monkeypatch.setattr(module, "_MOST_UNREAD", 2)
    given = [
        row(number=5, path="/e", artifact="ios.sms", status="damaged"), row(number=0, path="/z", status="damaged"),
        row(number=1, path="/d", artifact="ios.sms", status="encrypted", reason="no key"),
        row(number=2, path="/c", artifact="ios.sms", status="parsed"),
        row(number=4, path="/b", artifact="ios.sms", status="absent"),
        row(number=3, path="/a", artifact="ios.safari", status="killed"),
        row(number=6, path="/f", artifact="ios.sms", status="damaged"),
        row(number=7, path="/g", artifact="ios.sms", status="damaged"),
    ]  # fmt: skip
    with closing(Ledger()) as ledger:
        for one in given[:5]:
            ledger.add(one)
        assert [*ledger.unread()] == ["/d (ios.sms): encrypted, no key", "/e (ios.sms): damaged"]
        for one in given[5:]:
            ledger.add(one)
        assert [*ledger.unread()] == [
            "/d (ios.sms): encrypted, no key", "/a (ios.safari): killed",
            "3 more files that were not read to the end; the ledger has all",
        ]  # fmt: skip


def test_few_rows_are_objects_at_a_time():
    """Whatever a source lists, what is finished becomes columns."""
    alive = weakref.WeakValueDictionary()
    most = 0
    with closing(Ledger()) as ledger:
        for n in range(3 * module._ROWS):
            one = row(path=f"/{n:05}", number=n)
            alive[n] = one
            ledger.add(one)
            most = max(most, len(alive))
        del one
        assert sum(table.num_rows for table in ledger.tables()) == 6144
    assert (most, len(alive)) == (2047, 0)


def test_no_rows():
    assert ledger_table([]).num_rows == 0
    assert device_table([]).schema.names == [
        "source", "key", "value", "identifying", "table", "path", "sha256", "locator",
    ]  # fmt: skip
