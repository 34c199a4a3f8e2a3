"""Attachments: what is looked at of a large one, and what is told of an archive with many members."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from artifact_files import Stored, gaps, rows
from bridle import artifacts
from bridle.core import Gap
from made_attachment import archive

ATTACHMENT = artifacts.load("ios.message_attachment")
MIB = 1 << 20


def stored(name: str, content: bytes) -> Stored:
    return Stored(content, PurePosixPath("/private/var/mobile/Library/SMS/Attachments/00/00/at_0") / name)


@pytest.mark.parametrize(("end", "found"), [(MIB - 1, True), (MIB, True), (MIB + 1, False)])
def test_the_filter_is_looked_for_in_the_first_mib(end: int, found: bool) -> None:
    content = b"%PDF-1.3\n".ljust(end - len(b"/JBIG2Decode")) + b"/JBIG2Decode"
    assert [r.is_jbig2_pdf for r in rows(ATTACHMENT, stored("a.gif", content))] == [found]


def test_the_filter_in_a_file_that_is_no_pdf() -> None:
    assert [r.is_jbig2_pdf for r in rows(ATTACHMENT, stored("a.pdf", b"see /JBIG2Decode"))] == [False]


def test_of_a_large_file_no_more_than_the_first_mib_is_read() -> None:
    file = stored("a.mov", b"\0\0\0\x14ftypqt  " + bytes(3 * MIB))
    assert [r.kind for r in rows(ATTACHMENT, file)] == ["quicktime"]
    assert file.opened[0].furthest == MIB


def test_an_empty_file_is_no_damage_and_gives_no_row() -> None:
    assert rows(ATTACHMENT, stored("a.gif", b"")) == []


@pytest.mark.parametrize(("count", "told"), [(199, 0), (200, 0), (201, 1)])
def test_members_beyond_the_bound_are_told(count: int, told: int) -> None:
    found = rows(ATTACHMENT, stored("a.pkpass", archive([{"name": f"{n}.png", "text": "x"} for n in range(count)])))
    assert len(found) == 1 + min(count, 200) + told
    gap = Gap(locator="member 201", reason="Member: zip: only the first 200 members are looked at")
    assert gaps(found) == [gap] * told
