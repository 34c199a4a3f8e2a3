"""The history of an edited message: what each key gives, what is none, and what is not a history."""

import json
from datetime import UTC, datetime

import pytest

from artifact_files import attributed, bplist
from bridle.core import FormatError
from bridle.formats import message_summary as summary


def stored(**keys: object) -> bytes:
    return bplist(json.dumps(keys))


def version(text: str, time: object = 634017908.0) -> dict[str, object]:
    return {"d": time, "t": {"$data": attributed(text).hex()}}


EDITED = stored(
    ust=True,
    ec={
        "0": [version("first"), version("second", 634017910.5), {"d": 634017911.0, "bcg": "G"}],
        "1": [version("more")],
    },
    ep=[0, 1],
    euh=["+15550100"],
    otr={"0": {"lo": 0, "le": 5}, "1": {"lo": 5, "le": 4}},
)
UNSENT = stored(amc=0, otr={"0": {"lo": 0, "le": 13}}, rp=[0], ust=True)
PLAIN = stored(ust=True)


def test_an_edited_message() -> None:
    assert summary.versions(EDITED) == ("first", "second", "more")
    assert summary.version_times(EDITED) == (
        datetime(2021, 2, 3, 4, 5, 8, tzinfo=UTC),
        datetime(2021, 2, 3, 4, 5, 10, 500000, tzinfo=UTC),
        datetime(2021, 2, 3, 4, 5, 8, tzinfo=UTC),
    )
    assert summary.edited_parts(EDITED) == (0, 1)
    assert summary.retracted_parts(EDITED) is None
    assert summary.original_ranges(EDITED) == ("0:0+5", "1:5+4")
    assert summary.edit_handles(EDITED) == ("+15550100",)


def test_an_unsent_message() -> None:
    assert summary.versions(UNSENT) is None
    assert summary.retracted_parts(UNSENT) == (0,)
    assert summary.original_ranges(UNSENT) == ("0:0+13",)


READERS = [
    summary.versions, summary.version_times, summary.edited_parts, summary.retracted_parts, summary.original_ranges,
    summary.edit_handles,
]  # fmt: skip


@pytest.mark.parametrize("read", READERS)
def test_a_message_as_it_was_sent(read) -> None:
    assert read(PLAIN) is None
    assert read(stored(ec={}, ep=[], rp=[], otr={}, euh=[])) is None


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (summary.versions, b"bplist00"),
        (summary.versions, stored(ec=[1])),
        (summary.versions, stored(ec={"0": [{"d": 1.0, "t": {"$data": "00"}}]})),
        (summary.edited_parts, stored(ep=3)),
        (summary.original_ranges, stored(otr={"0": 1})),
    ],
)
def test_what_is_no_history(read, value: bytes) -> None:
    with pytest.raises(FormatError):
        read(value)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (summary.versions, stored(ec={"0": [{"t": "text"}]})),
        (summary.version_times, stored(ec={"0": [version("a", "soon")]})),
        (summary.retracted_parts, stored(rp=["0"])),
        (summary.original_ranges, stored(otr={"0": {"lo": 0}})),
        (summary.edit_handles, stored(euh=[7])),
        (summary.edited_parts, "text"),
    ],
)
def test_what_is_of_another_type(read, value: object) -> None:
    with pytest.raises(ValueError, match="expected"):
        read(value)
