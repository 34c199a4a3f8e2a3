"""The ledger's table."""

import pytest

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


def test_no_rows():
    assert ledger_table([]).num_rows == 0
    assert device_table([]).schema.names == [
        "source", "key", "value", "identifying", "table", "path", "sha256", "locator",
    ]  # fmt: skip
