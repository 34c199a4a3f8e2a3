"""Entries of logs of daemons whose messages go on over several lines, at the length that is kept."""

import io

import pytest

from bridle.core import Gap
from bridle.formats import daemon_log

BEGIN = b"01/12/21 09:30:05.000001 pid=66 "


def read(*lines: bytes) -> list[daemon_log.Entry | Gap]:
    return list(daemon_log.entries(io.BytesIO(b"\n".join(lines)), daemon_log.lockdown))


@pytest.mark.parametrize(("last", "kept", "told"), [(5_535, 65_535, 0), (5_536, 65_536, 0), (5_537, 65_536, 1)])
def test_a_message_at_below_and_above_the_bound(last: int, kept: int, told: int) -> None:
    """Lines of 9,999 characters and their ends stand before the last, then there is another entry."""
    found = read(BEGIN + b"f: " + b"a" * 9_999, *[b"b" * 9_999] * 5, b"c" * last, BEGIN + b"f: next")
    entries = [e for e in found if isinstance(e, daemon_log.Entry)]
    assert [(e.line, len(e.message)) for e in entries] == [(1, kept), (8, 4)]
    reason = "expected a message of at most 65536 characters, got more: the rest is not kept"
    assert [e for e in found if isinstance(e, Gap)] == [Gap(locator="line 1.message", reason=reason)] * told


def test_lines_behind_a_message_that_is_full_are_told_too() -> None:
    found = read(BEGIN + b"f: " + b"a" * 9_999, *[b"b" * 9_999] * 5, b"c" * 5_536, b"d", b"e")
    assert [type(e) for e in found] == [daemon_log.Entry, Gap]
    assert len(found[0].message) == 65_536  # type: ignore[union-attr]
