"""Small files on their way to a parser."""

import gc
import hashlib
import os
from pathlib import PurePosixPath

import pytest

from bridle.engine import collect, opening
from bridle.evidence import backup_content
from bridle.evidence.source import Member
from bridle.sandbox.pool import INLINE


def member(tmp_path, content):
    (tmp_path / "f").write_bytes(content)

    def opens():
        return backup_content.plain(os.open(tmp_path / "f", os.O_RDONLY), len(content))

    return Member(path=PurePosixPath("/f"), member="f", type="file", content=opens)


@pytest.mark.parametrize("size", [0, 1, INLINE])
def test_a_small_file_crosses_with_its_content(tmp_path, size):
    content = b"a" * size
    part = opening.part("", member(tmp_path, content))
    assert (part.content, part.extent, part.sha256) == (content, None, hashlib.sha256(content).hexdigest())


def test_of_a_larger_file_only_the_beginning_is_read(tmp_path):
    content = b"SQLite format 3\0" + bytes(INLINE)
    opened = opening.opened(member(tmp_path, content))
    assert opened.head == b"SQLite format 3\0"
    part = opening.part("", member(tmp_path, content), opened)
    assert (part.content, part.extent, part.sha256) == (None, opened.extent, hashlib.sha256(content).hexdigest())
    part.close()


def test_a_file_that_became_shorter_is_not_sent_as_whole(tmp_path):
    wanted = member(tmp_path, b"0123456789")
    (tmp_path / "f").write_bytes(b"0123")
    part = opening.part("", wanted)
    assert part.content is None
    assert part.size == 10
    part.close()


@pytest.mark.parametrize("threshold", [(700, 10, 10), (0, 10, 10), (90_000, 5, 5)])
def test_python_looks_for_cycles_afterwards_as_before(threshold):
    before = gc.get_threshold()
    gc.set_threshold(*threshold)
    try:
        with pytest.raises(KeyError), collect._few_collections():
            assert gc.get_threshold() == (max(50_000, threshold[0]) if threshold[0] else 0, *threshold[1:])
            raise KeyError
        assert gc.get_threshold() == threshold
    finally:
        gc.set_threshold(*before)
