"""Files on their way to a parser: opened, looked at, hashed; what is small is read once for all of that."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from bridle.descriptors import pread
from bridle.evidence.extent import Extent, ExtentFile
from bridle.evidence.source import Member
from bridle.evidence.steady import state
from bridle.sandbox.pool import INLINE, Outcome, Part

SQLITE = b"SQLite format 3\0"
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
"""What a disk says that takes no more."""
Whole = Callable[[int], bytes | None]
"""As in `Readable`."""


class Opened(NamedTuple):
    """A file's content, and its beginning."""

    extent: Extent | None
    """None where all of it is in `head`."""
    head: bytes
    """All of a small file, the beginning of another; less where it cannot be read."""

    def close(self) -> None:
        if self.extent is not None:
            self.extent.close()


def opened(member: Member) -> Opened:
    """Raises FormatError or OSError where there is nothing to read from."""
    assert member.content is not None
    whole: Whole | None = getattr(member.content, "whole", None)
    if whole is not None and (found := whole(INLINE)) is not None:
        return Opened(None, found)
    extent = member.content()
    try:
        return Opened(extent, _head(extent, extent.size if extent.size <= INLINE else len(SQLITE)))
    except OSError:
        return Opened(extent, b"")


def _head(extent: Extent, count: int) -> bytes:
    """The first bytes of content. They are read without a buffered file, which costs more than that."""
    if extent.cipher == "none":
        return pread(extent.descriptor, min(count, extent.size), extent.offset + extent.start) if count else b""
    head, file = bytearray(min(count, extent.size)), ExtentFile(extent)
    return bytes(head[: file.readinto(memoryview(head))])


def part(suffix: str, member: Member, there: Opened | None = None) -> Part:
    """A file on its way to a parser. What is small is read once: for its hash, and to be sent along."""
    extent, content = opened(member) if there is None else there
    path = str(member.path)
    if extent is None:
        return Part(suffix=suffix, path=path, sha256=hashlib.sha256(content).hexdigest(), content=content)
    try:
        if len(content) == extent.size <= INLINE:
            extent.close()
            return Part(suffix=suffix, path=path, sha256=hashlib.sha256(content).hexdigest(), content=content)
        before = state(os.fstat(extent.descriptor))
        return Part(suffix=suffix, path=path, sha256=extent.hashed(), extent=extent, before=before)
    except OSError:
        extent.close()
        raise


def raise_for_room(error: OSError) -> None:
    """Raise what is no fault of the evidence: there is no room for what is taken out of it."""
    if error.errno in NO_ROOM:
        raise error


def told_changed(outcome: Outcome) -> Outcome:
    """The outcome of a file that changed meanwhile: its rows are kept, and are not of the file that was hashed."""
    before = f"{outcome.reason}; " if outcome.reason else ""
    reason = f"{before}it changed while it was read; copy it again, with nothing that writes to it, and check the copy"
    return Outcome(status="damaged", reason=reason, rows=outcome.rows, gaps=outcome.gaps)


def is_changed(read: Part) -> bool:
    """Whether a file that was hashed and then parsed is no longer as it was hashed. Its extent is still open."""
    if read.extent is None or not read.before:
        return False
    try:
        if state(os.fstat(read.extent.descriptor)) == read.before:
            return False
        return replace(read.extent, sha256=None).hashed() != read.sha256
    except OSError:
        return True
