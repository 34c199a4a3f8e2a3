import plistlib

import pytest

from bridle.core import Gap
from bridle.formats import session_history

PAGES = [{"SessionHistoryEntryURL": "https://a.test/"}, {"SessionHistoryEntryURL": "https://b.test/"}]
STATE = {"SessionHistory": {"SessionHistoryCurrentIndex": 0, "SessionHistoryEntries": PAGES}}


@pytest.mark.parametrize("head", [b"", b"\x00\x00\x00\x02"])
@pytest.mark.parametrize("layout", [plistlib.FMT_BINARY, plistlib.FMT_XML])
def test_pages_with_and_without_the_version(head, layout) -> None:
    state = head + plistlib.dumps(STATE, fmt=layout)
    assert list(session_history.entries(state, "t:1", {"tab": "T"})) == [
        ("t:1/1", {"SessionHistoryEntryURL": "https://a.test/", "tab": "T", "(number)": 1, "(current)": True}),
        ("t:1/2", {"SessionHistoryEntryURL": "https://b.test/", "tab": "T", "(number)": 2, "(current)": False}),
    ]


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ([], "expected a dictionary, got []"),
        ({"SessionHistory": 7}, "expected SessionHistory with entries, got 7"),
        ({"SessionHistory": {"SessionHistoryEntries": {}}}, "expected SessionHistory with entries, got"),
    ],
)
def test_what_is_none_is_a_gap(stored, reason) -> None:
    (found,) = session_history.entries(plistlib.dumps(stored), "t:1", {})
    assert isinstance(found, Gap)
    assert (found.locator, reason in found.reason) == ("t:1/history", True)


@pytest.mark.parametrize("stored", [{}, {"SessionHistory": {}}])
def test_a_tab_that_has_loaded_nothing(stored) -> None:
    assert list(session_history.entries(plistlib.dumps(stored), "t:1", {})) == []


def test_the_state_of_a_page_is_not_kept() -> None:
    page = {"SessionHistoryEntryData": b"typed", "SessionHistoryEntryTitle": "T"}
    state = plistlib.dumps({"SessionHistory": {"SessionHistoryEntries": [page]}})
    assert list(session_history.entries(state, "t:1", {})) == [
        ("t:1/1", {"SessionHistoryEntryTitle": "T", "(number)": 1, "(current)": None})
    ]


def test_a_state_that_is_too_long_is_a_gap(monkeypatch) -> None:
    state = plistlib.dumps(STATE)
    for longest, wanted in [(len(state) + 1, 2), (len(state), 2), (len(state) - 1, 1)]:
        monkeypatch.setattr(session_history, "_LONGEST", longest)
        found = list(session_history.entries(state, "t:1", {}))
        assert (len(found), isinstance(found[0], Gap)) == (wanted, wanted == 1)
