"""Intrusion logs of Android's Advanced Protection: one JSON object per line, in one text or several, also zipped.

What a zip among them holds lies below its name, as in a folder: `/intrusion_logs/2026-05.zip/1.txt`.

Source: Android Management API, BatchUsageLogEvents (the same vocabulary),
https://developers.google.com/android/management/reference/rest/v1/BatchUsageLogEvents
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import ClassVar

from bridle.evidence.acquisition import Acquisition, member_of
from bridle.evidence.archive import Container
from bridle.evidence.probe import OneFile, Probe, heads, shallow
from bridle.evidence.source import Member, Wanted
from bridle.evidence.zip import ZipArchive, zip_in

_EVENTS = frozenset({"dns_event", "connect_event", "security_event"})
_HEAD = 1 << 16
_LOOKED_AT = 50
_NESTED, _DEPTH = 1_000, 3
"""Zip archives that are opened, and how deep they stand in one another."""
_FIRST = 8
ROOT = "/intrusion_logs"


def is_intrusion_log(head: bytes) -> bool:
    """Whether a text begins with an event: a JSON object whose only key is one of the three kinds."""
    line = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
    if not line.startswith(b"{"):
        return False
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(event, dict) and len(event) == 1 and not _EVENTS.isdisjoint(event)


class NestedLogs:
    """The zip archives among intrusion logs. Holds them open until it is closed: their members are read from them."""

    def __init__(self) -> None:
        self._open: list[ZipArchive] = []
        self.problems: list[str] = []

    def members(
        self, container: Container, wanted: Wanted, place: Callable[[str], str], within: str = "", depth: int = 0
    ) -> Iterator[Member]:
        """What the zip archives below `ROOT` hold, each below its own place, and so those inside them."""
        zips = [
            e
            for e in container.entries(lambda path: False)  # noqa: ARG005 - content comes later
            if e.content and e.path.lower().endswith(".zip") and place(e.path).startswith(f"{ROOT}/")
        ]
        for entry in zips:
            if depth >= _DEPTH or len(self._open) >= _NESTED:
                self.problems.append(f"{within}{entry.name[:200]} is a zip archive too many; it was not opened.")
                return
            inner = zip_in(entry)
            if inner is None:
                self.problems.append(f"{within}{entry.name[:200]} is no readable zip archive.")
                continue
            self._open.append(inner)
            base, name = place(entry.path), f"{within}{entry.name}!/"
            for found in inner.entries(lambda path, base=base: wanted(PurePosixPath(base, path))):  # type: ignore[misc]
                yield member_of(found, f"{base}/{found.path}", name)
            self.problems += [f"{name}: {p}" for p in inner.problems]
            yield from self.members(inner, wanted, lambda path, base=base: f"{base}/{path}", name, depth + 1)  # type: ignore[misc]

    def close(self) -> None:
        for archive in self._open:
            archive.close()
        self._open.clear()


class IntrusionLogs(Acquisition):
    """Logs as a text, a folder or a zip; their names stay below `/intrusion_logs`."""

    kind: ClassVar[str] = "intrusion-logs"
    _platform: ClassVar[str] = "android"

    def __init__(self, container: Container, label: str) -> None:
        super().__init__(container, label)
        self._nested = NestedLogs()

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By the first line of the file, or of one of the texts at the top, or in an archive of nothing but zips."""
        if probe.form == "file":
            return is_intrusion_log(probe.head)
        if probe.form == "tar":
            return False
        return _holds_logs(probe.container, probe.names) or _zips_hold_logs(probe.container, probe.names)

    def members(self, wanted: Wanted) -> Iterator[Member]:
        yield from super().members(wanted)
        if not isinstance(self.container, OneFile):
            yield from self._nested.members(self.container, wanted, self.place)
        self.notes += self._nested.problems

    def close(self) -> None:
        self._nested.close()
        super().close()


def _holds_logs(container: Container, names: frozenset[str]) -> bool:
    texts = sorted(n for n in names if n.count("/") <= 1 and n.lower().endswith((".txt", ".json", ".jsonl")))
    picked = frozenset(texts[:_LOOKED_AT])
    return bool(picked) and any(is_intrusion_log(head) for _, head in heads(container, picked, _HEAD))


def _zips_hold_logs(container: Container, names: frozenset[str]) -> bool:
    """Whether there are only zips, and a text at the top of one of the first is a log."""
    files = [n for n in names if not n.endswith("/")]
    if not files or not all(n.lower().endswith(".zip") for n in files):
        return False
    picked = frozenset(sorted(files)[:_FIRST])
    for entry in container.entries(lambda path: False):  # noqa: ARG005 - content comes later
        inner = zip_in(entry) if entry.path in picked else None
        if inner is None:
            continue
        try:
            if _holds_logs(inner, shallow(inner)):
                return True
        finally:
            inner.close()
    return False
