"""How files fared, counted."""

import pytest

from bridle.case import ledger_counts
from bridle.case.ledger import LedgerRow, ledger_table
from bridle.case.ledger_counts import Count, LedgerCounts, Unread


def row(artifact, status, reason=None, rows=0, gaps=0, *, path="/p", sha256=None):
    return LedgerRow(
        source="S1", path=path, member="m", type="file", artifact=artifact, size=None, modified=None, status=status,
        reason=reason, rows=rows, gaps=gaps, sha256=sha256,
    )  # fmt: skip


ROWS = [
    row("ios.sms", "parsed", rows=3, gaps=1, path="/1"), row("ios.sms", "damaged", "cut", rows=2, path="/2"),
    row("ios.sms", "damaged", "no head", gaps=1, path="/3"), row("ios.safari", "absent", "gone", path="/4"),
    row(None, "not wanted", path="/5"), row(None, "absent", "gone", path="/6"), row(None, "not wanted", path="/7"),
]  # fmt: skip


@pytest.mark.parametrize("at_once", [1, 2, 7])
def test_rows_are_counted_however_they_are_cut(at_once):
    found = LedgerCounts(ledger_table(ROWS).to_batches(max_chunksize=at_once))
    assert found.lines() == [
        ("ios.safari", "absent", "gone", 1, 0, 0), ("ios.sms", "damaged", "cut", 1, 2, 0),
        ("ios.sms", "damaged", "no head", 1, 0, 1), ("ios.sms", "parsed", "", 1, 3, 1),
        ("", "absent", "gone", 1, 0, 0), ("", "not wanted", "", 2, 0, 0),
    ]  # fmt: skip
    assert found.files == {"parsed": 1, "damaged": 2, "absent": 2, "not wanted": 2}
    assert sorted(found.artifacts) == ["ios.safari", "ios.sms"]
    assert found.artifacts["ios.sms"].counts == {
        "parsed": Count(files=1, rows=3, gaps=1, begun=1), "damaged": Count(files=2, rows=2, gaps=1, begun=1),
    }  # fmt: skip
    assert found.artifacts["ios.sms"].first_unread() == [
        Unread("/2", "damaged", "cut"),
        Unread("/3", "damaged", "no head"),
    ]


@pytest.mark.parametrize(("sha256", "hashed"), [(None, False), ("ab" * 32, True)])
def test_whether_the_digest_of_any_content_is_known(sha256, hashed):
    parts = [ledger_table([row(None, "not wanted", sha256=sha256)]), ledger_table([row(None, "not wanted")])]
    assert LedgerCounts(parts).hashed is hashed


def test_of_files_that_were_not_read_those_with_the_first_paths_are_kept():
    """A second source's come behind the first one's."""
    first = [row("ios.sms", "absent", path=f"/b{n:04}") for n in range(450)]
    second = [row("ios.sms", status, path=path) for path, status in [("/a", "killed"), ("/b0000", "damaged")]]
    found = LedgerCounts([ledger_table(first), ledger_table(second)]).artifacts["ios.sms"]
    assert found.counts["absent"].files == 450
    assert len(found.unread) <= 200
    assert found.first_unread() == [
        Unread("/a", "killed", None), Unread("/b0000", "absent", None), Unread("/b0000", "damaged", None),
        *(Unread(f"/b{n:04}", "absent", None) for n in range(1, 48)),
    ]  # fmt: skip


def test_reasons_beyond_the_bound_are_counted_as_one(monkeypatch):
    """A reason may quote what the evidence says, so there may be as many as files."""
    monkeypatch.setattr(ledger_counts, "_MOST_REASONS", 2)
    rows = [row(None, "refused", f"reason {n}", path=f"/{n}") for n in (0, 1, 2, 3)]
    rows.append(row(None, "refused", "reason 1", path="/4"))
    assert LedgerCounts([ledger_table(rows)]).lines() == [
        ("", "refused", "for further reasons, which the ledger has", 2, 0, 0), ("", "refused", "reason 0", 1, 0, 0),
        ("", "refused", "reason 1", 2, 0, 0),
    ]  # fmt: skip
