"""An Android bugreport: a zip, a folder, a bare dumpstate text, or a vendor's zip with the bugreport's zip inside.

The main text is `/bugreport/dumpstate.txt` whatever its name, and its parts are listed once more as files of their own;
`FS/…` are files of the device and go home; the rest lies below `/bugreport`. The phone itself packs the zip, so times
in it are those its clock showed.

Source: AOSP `frameworks/native/cmds/dumpstate/bugreport-format.md`,
https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/cmds/dumpstate/bugreport-format.md
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from bridle.evidence.acquisition import Acquisition
from bridle.evidence.archive import Container
from bridle.evidence.bugreport_content import (
    Report,
    facts_of,
    files_root,
    find_report,
    is_dumpstate,
    is_text,
    is_zip,
    nested_report,
)
from bridle.evidence.dumpstate import Sections
from bridle.evidence.further_reports import FurtherReports
from bridle.evidence.probe import Probe
from bridle.evidence.source import Member, SourceError, Wanted, marked


class Bugreport(Acquisition):
    """One bugreport, with the vendor's archive around it if there is one."""

    kind: ClassVar[str] = "bugreport"
    _platform: ClassVar[str] = "android"

    def __init__(self, container: Container, label: str, report: Report) -> None:
        super().__init__(container, label)
        self._report = report
        self._sections = Sections()
        self._further = FurtherReports(self._sections)
        self.facts = facts_of(report.head)
        if report.main is None:
            self.notes.append("The bugreport was read only in part: there is no dumpstate text in it.")

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By a text that dumpstate began, directly or in a zip inside; or by `main_entry.txt` or `FS`."""
        if probe.form == "file":
            return is_dumpstate(probe.head)
        if probe.form == "tar" or not _may_hold(probe.names):
            return False
        found = _report_of(probe)
        if found is not None and found.within:
            found.container.close()
        return found is not None

    @classmethod
    def of(cls, probe: Probe, *, password: object, label: str | None) -> Bugreport:  # noqa: ARG003 - never encrypted
        report = _report_of(probe)
        if report is None:
            raise SourceError(f"{probe.label()} holds no bugreport: there is no text that dumpstate wrote.")
        return cls(probe.container, probe.label(label), report)

    def place(self, path: str) -> str:
        return f"/bugreport/{path}" if self._report.within else self._report.place(path)

    def members(self, wanted: Wanted) -> Iterator[Member]:
        if self._report.within:
            yield from super().members(wanted)
        yield from self._report.members(wanted, self._sections)
        yield from self._further.beside(self._report, self.container, wanted)
        if self._report.within:
            self.notes += [f"{self._report.within}: {p}" for p in self._report.container.problems]
        self.notes += [*self._further.problems, *self._sections.problems]
        self.facts = marked(self._report.container.facts | self.facts)

    def close(self) -> None:
        self._sections.close()
        self._further.close()
        if self._report.within:
            self._report.container.close()
        super().close()


def _may_hold(names: frozenset[str]) -> bool:
    return any((n.count("/") <= 1 and is_text(n)) or is_zip(n) or files_root(n) is not None for n in names)


def _report_of(probe: Probe) -> Report | None:
    if probe.form == "file":
        (name,) = probe.container.names()
        for suffix in (".gz", ".bz2", ".xz"):
            name = name.removesuffix(suffix)
        return Report(probe.container, "", name, probe.head)
    found = find_report(probe.container, probe.names)
    if found is not None and found.main is not None:
        return found
    if any(is_zip(n) for n in probe.names):
        return nested_report(probe.container) or found
    return found
