"""The sections of a dumpstate text and the dumps of services in it, as files of their own: `…/sections/TITLE/1.txt` and
`…/dumpsys/SERVICE/1.txt`, numbered as they come. Nothing is copied: each is a stretch of the text.

So every parser gets its part and no other, from a bugreport or from the `dumpsys.txt` of AndroidQF.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath

from bridle.core import FormatError
from bridle.evidence.archive import Entry
from bridle.evidence.extent import Extent
from bridle.evidence.source import Member, State
from bridle.evidence.zip import ZipContent
from bridle.formats import dumpstate

_ODD = re.compile("[\x00-\x1f\x7f-\x9f/\\\\\ud800-\udfff]")
_LONGEST = 120
_MOST_TOLD = 10
LIMIT = 512 << 20
"""Bytes of one text whose parts are read; a real report has 20 to 200 MB. Parts behind that are listed as refused."""


class Sections:
    """The parts of texts as members. Holds the texts open until it is closed, for their parts are read from them."""

    def __init__(self) -> None:
        self._open: list[Extent] = []
        self.problems: list[str] = []

    def of(self, entry: Entry, base: str, within: str = "") -> Iterator[Member]:
        """The parts of one text as members below `base`; nothing where it cannot be opened, which its own row says."""
        if entry.content is None or (opened := self._opened(entry)) is None:
            return
        text, state, reason = opened
        self._open.append(text)
        numbers: Counter[str] = Counter()
        parted: list[dumpstate.Part] = []
        with text.open() as stored:
            found = dumpstate.parts(stored)
            while (part := self._next(found, entry)) is not None:
                folder = "dumpsys" if part.kind == "service" else "sections"
                name = f"{folder}/{_component(part.title)}"
                numbers[name] += 1
                if part.rest:
                    parted.append(part)
                member = Member(
                    path=PurePosixPath(f"{base}/{name}/{numbers[name]}.txt"),
                    member=f"{within}{entry.name}, from line {part.line}",
                    type="file", size=part.length, state=state, reason=reason,
                    content=partial(text.part, part.offset, part.length),
                )  # fmt: skip
                yield member if part.offset + part.length <= LIMIT else self._bounded(member, text, part)
        self.problems += [
            f"{entry.name[:200]}: a line in {p.title[:60]!a} looks like a heading, about line {p.line}: what follows is"
            " also told as a part of its own, and may have been written to deceive."
            for p in parted[:_MOST_TOLD]
        ]
        if text.size > LIMIT:
            self.problems.append(
                f"{entry.name[:200]} was read only in part: it has {text.size} bytes, and parts are read to {LIMIT}."
            )

    def _bounded(self, member: Member, text: Extent, part: dumpstate.Part) -> Member:
        """A part that reaches beyond the limit: what stands before it, or nothing."""
        why = f"The text has more than {LIMIT} bytes, beyond the bounds."
        left = LIMIT - part.offset
        if left <= 0:
            return replace(member, state=State.REFUSED, reason=why, content=None)
        return replace(
            member, size=left, state=State.DAMAGED, reason=why, content=partial(text.part, part.offset, left)
        )

    def _next(self, found: Iterator[dumpstate.Part], entry: Entry) -> dumpstate.Part | None:
        try:
            return next(found, None)
        except FormatError as e:
            self.problems.append(f"{entry.name[:200]} was read only in part: {e}.")
            return None

    def _opened(self, entry: Entry) -> tuple[Extent, State, str | None] | None:
        """The text, or what is left of it."""
        content = entry.content
        assert content is not None
        try:
            return content(), entry.state, entry.reason
        except FormatError as e:
            why = f"The text it stands in is damaged: {e}."
        except OSError:
            return None
        if not isinstance(content, ZipContent):
            return None
        try:
            return content.leniently(), State.DAMAGED, why
        except (FormatError, OSError):
            return None

    def close(self) -> None:
        """Forget the texts; Extents handed out stay usable."""
        for extent in self._open:
            extent.close()
        self._open.clear()


def _component(title: str) -> str:
    """A title as the name of a folder."""
    name = _ODD.sub("_", title)[:_LONGEST].strip() or "_"
    return name.replace("..", "__") if name in (".", "..") else name
