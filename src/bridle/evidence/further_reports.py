"""Bugreports beside the one that was just made: older ones that lay on the phone, and those its vendor's logger keeps.

Each has a root of its own: `/bugreports/NAME/dumpstate.txt`, `/bugreports/NAME/sections/…`, and its `FS/…` stays below
it, for those files are of another day than the phone's own.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from bridle.core import FormatError
from bridle.evidence.acquisition import member_of
from bridle.evidence.archive import Container, Entry, Shelf
from bridle.evidence.bugreport_content import Report, is_dumpstate, nested_report, report_in
from bridle.evidence.dumpstate import Sections
from bridle.evidence.probe import head_of
from bridle.evidence.source import Member, Wanted
from bridle.evidence.zip import zip_in

ROOT = "/bugreports"
MOST = 32
"""Further bugreports of one acquisition that are examined."""
_MOST_LOOKED_INTO = 256
_HEAD, _STEP = 4096, 1 << 18
_LARGEST = 512 << 20
"""Bytes of a text that the device compressed."""
_NAMED = r"[^/]*(?:dumpstate|bugreport)[^/]*"
_LOGS = re.compile(rf"(?:data/log|sdcard/log|log)/(?:.+\.zip|(?:.*/)?{_NAMED}\.(?:txt|log)(?:\.gz)?)", re.IGNORECASE)
_KEPT = re.compile(r"(?:data/user_de/0/com\.android\.shell/files/)?bugreports/.+\.(?:zip|txt|log)", re.IGNORECASE)
_PACKED = re.compile(rf"(?:.*/)?{_NAMED}\.zip", re.IGNORECASE)
_ODD = re.compile(r"[^A-Za-z0-9._+-]")
_LONGEST = 120


def is_bugreport(below: str) -> bool:
    """Whether a path of the device, without its first `/`, is one where a bugreport may lie."""
    return _LOGS.fullmatch(below) is not None or _KEPT.fullmatch(below) is not None


class FurtherReports:
    """The further bugreports of one acquisition. Holds them open until it is closed."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._open: list[Report] = []
        self._names: Counter[str] = Counter()
        self._count = 0
        self._shelf = Shelf()
        self.problems: list[str] = []

    def of(self, candidates: Iterable[Entry], wanted: Wanted, within: str = "") -> Iterator[Member]:
        """The members of those of `candidates` that are bugreports, by their paths.

        `within` names the archive inside the archive that the candidates are members of.
        """
        ordered = sorted(candidates, key=lambda e: e.path)
        for number, entry in enumerate(ordered[:_MOST_LOOKED_INTO]):
            if self._count >= MOST:
                self._say(ordered[number:], MOST)
                return
            if entry.path.lower().endswith(".zip"):
                if (report := self._zipped(entry, within)) is not None:
                    yield from self._members(report, self._base(entry), wanted)
                elif _KEPT.fullmatch(entry.path.rpartition("old_")[2]):
                    self.problems.append(f"{within}{entry.name[:200]} was not examined: no bugreport was found in it.")
            else:
                text = self._inflated(entry) if entry.path.lower().endswith(".gz") else entry
                if text is not None and is_dumpstate(head_of(text, _HEAD) or b""):
                    base = self._base(entry)
                    yield member_of(text, f"{base}/dumpstate.txt", within)
                    yield from self._sections.of(text, base, within)
        self._say(ordered[_MOST_LOOKED_INTO:], _MOST_LOOKED_INTO)

    def beside(self, report: Report, container: Container, wanted: Wanted) -> Iterator[Member]:
        """Those in the archive around `report`, if there is one, and those that the device kept and `report` has."""
        if report.within:
            packed = _entries(container, lambda e: _PACKED.fullmatch(e.path) and report.within != f"{e.name}!/")
            yield from self.of(packed, wanted)
        yield from self.inside(report, wanted)

    def inside(self, report: Report, wanted: Wanted) -> Iterator[Member]:
        """Those that the device kept and `report` has among its files."""
        top = f"{report.root}FS/"
        kept = _entries(report.container, lambda e: e.path.startswith(top) and is_bugreport(e.path[len(top) :]))
        yield from self.of(kept, wanted, report.within)

    def _members(self, report: Report, base: str, wanted: Wanted) -> Iterator[Member]:
        yield from replace(report, base=base).members(wanted, self._sections)
        self.problems += [f"{report.within}: {p}" for p in report.container.problems]

    def _say(self, left_out: Sequence[Entry], bound: int) -> None:
        if left_out:
            shown = ", ".join(e.name for e in left_out[:5])
            self.problems.append(
                f"{len(left_out)} files that may be further bugreports were not examined, beyond the bound of {bound}:"
                f" {shown:.600}{', …' if len(left_out) > 5 else ''}. Give them one by one."
            )

    def _zipped(self, entry: Entry, within: str) -> Report | None:
        """The bugreport in a zip, or in a zip inside it as vendors pack them."""
        report = report_in(entry)
        if report is None and (outer := zip_in(entry)) is not None:
            report = nested_report(outer)
            outer.close()
            if report is not None:
                report = replace(report, within=f"{entry.name}!/{report.within}")
        if report is None:
            return None
        report = replace(report, within=within + report.within)
        self._open.append(report)
        return report

    def _inflated(self, entry: Entry) -> Entry | None:
        """A text that the device compressed, or what is left of it."""
        if entry.content is None:
            return None
        try:
            extent = entry.content()
        except (FormatError, OSError):
            return None
        try:
            with extent.open() as stored:
                slot = self._shelf.keep(self._pieces(stored, entry.name), _LARGEST)
        finally:
            extent.close()
        return replace(entry, size=slot.size, content=slot.extent)

    def _pieces(self, stored: BinaryIO, name: str) -> Iterator[bytes]:
        inflate, given = zlib.decompressobj(31), 0
        while not inflate.eof and (data := inflate.unconsumed_tail or stored.read(_STEP)):
            try:
                out = inflate.decompress(data, _STEP)
            except zlib.error as e:
                self.problems.append(f"{name[:200]} was read only in part: {e!s:.60}, after {given} bytes.")
                return
            given += len(out)
            if given > _LARGEST:
                self.problems.append(f"{name[:200]} was read only in part: it expands to more than {_LARGEST} bytes.")
                return
            yield out
        if not inflate.eof:
            self.problems.append(f"{name[:200]} was read only in part: it ends early, after {given} bytes.")

    def _base(self, entry: Entry) -> str:
        """The root of the next report: the file's name without its ending, which no other report has."""
        self._count += 1
        last = entry.path.rpartition("/")[2].removesuffix(".gz")
        name = _ODD.sub("_", last.rpartition(".")[0])[:_LONGEST].strip(".") or "_"
        self._names[name] += 1
        return f"{ROOT}/{name}" if self._names[name] == 1 else f"{ROOT}/{name}~{self._names[name]}"

    def close(self) -> None:
        """Forget the reports' archives; Extents handed out stay usable."""
        for report in self._open:
            report.container.close()
        self._open.clear()
        self._shelf.close()


def _entries(container: Container, picked: Callable[[Entry], object]) -> list[Entry]:
    """The members that are `picked`. What is wrong with the container was told when it was first listed."""
    before = list(container.problems)
    found = [e for e in container.entries(lambda path: False) if picked(e)]  # noqa: ARG005 - content comes later
    container.problems[:] = before
    return found
