"""The ledger's table."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from bridle.case import ledger
from bridle.case.ledger import LEDGER, LedgerRow, device_table, ledger_table


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


LISTED = [
    pa.table({"source": ["S1", "S1"], "path": ["/b", "/a"], "member": ["2", "1"], "type": ["file", "directory"],
              "size": [7, None],
              "modified": pa.array([datetime(2024, 1, 2, tzinfo=UTC), None], pa.timestamp("us", "UTC"))}),
    pa.table({"source": ["S1"], "path": ["/é"], "member": ["3"], "type": ["file"], "size": [0],
              "modified": pa.array([None], pa.timestamp("us", "UTC"))}),
]  # fmt: skip


@pytest.mark.parametrize("most", [ledger._MOST_BYTES, 0])
def test_what_is_listed_stands_among_the_rows(monkeypatch, most):
    monkeypatch.setattr(ledger, "_MOST_BYTES", most)
    table = ledger_table([row(path="/b", member="1", artifact="ios.sms", status="parsed"), row(path="/z")], LISTED)
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


def test_what_is_listed_stands_where_it_would_beside_a_name_that_is_no_utf8():
    table = ledger_table([row(path="/caf\udce9"), row(path="/\uffee")], LISTED)
    assert table["path"].to_pylist() == ["/a", "/b", "/caf\\xe9", "/é", "/\uffee"]


def test_no_rows():
    assert ledger_table([]).num_rows == 0
    assert device_table([]).schema.names == [
        "source", "key", "value", "identifying", "table", "path", "sha256", "locator",
    ]  # fmt: skip
