"""An Android bugreport: a zip, a folder, a bare dumpstate text, or a vendor's zip with the bugreport's zip inside.

The main text is `/bugreport/dumpstate.txt` whatever its name, and its parts are listed once more as files of their own;
`FS/…` are files of the device and go home; the rest lies below `/bugreport`. The phone itself packs the zip, so times
in it are those its clock showed.

Source: AOSP `frameworks/native/cmds/dumpstate/bugreport-format.md`,
https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/cmds/dumpstate/bugreport-format.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import ClassVar

from bridle.core import FormatError
from bridle.evidence.acquisition import Acquisition, member_of
from bridle.evidence.archive import Container, Entry, bytes_of
from bridle.evidence.dumpstate import Sections
from bridle.evidence.probe import Probe, heads, shallow
from bridle.evidence.source import Member, SourceError, Wanted, marked
from bridle.evidence.zip import ZipArchive, ZipContent

ROOT = "/bugreport"
_HEAD = 1 << 16
_DEPTH = 3
_NESTED = 8
"""Zip archives inside a zip that are looked into for a dumpstate."""


@dataclass(frozen=True)
class Report:
    """A container that holds a bugreport: the folder it lies in (empty or ending in `/`), and its main text."""

    container: Container
    root: str
    main: str | None
    head: bytes = b""
    within: str = ""
    """`outer.zip!/` for an archive in an archive."""
    base: str = ROOT
    """Where its members are placed. Only those of `/bugreport` put files of the device where they lay there."""

    def place(self, path: str) -> str:
        """The device path of a member."""
        if path == self.main:
            return f"{self.base}/dumpstate.txt"
        if not path.startswith(self.root):
            return f"{self.base}/{path}".rstrip("/")
        below = path[len(self.root) :]
        if self.base == ROOT and (below == "FS" or below.startswith("FS/")):
            return below[2:].rstrip("/") or "/"
        return f"{self.base}/{below}".rstrip("/")

    def members(self, wanted: Wanted, sections: Sections) -> Iterator[Member]:
        """Every member of this container, and the parts of its main text."""
        for entry in self.container.entries(lambda path: wanted(PurePosixPath(self.place(path)))):
            yield replace(member_of(entry, self.place(entry.path), self.within), shown=entry.shown)
            if entry.path == self.main:
                yield from sections.of(entry, self.base, self.within)


def is_dumpstate(head: bytes) -> bool:
    """Whether a text begins as dumpstate writes it."""
    return b"== dumpstate: " in head[:4096]


def find_report(container: Container, names: frozenset[str], within: str = "") -> Report | None:
    """The bugreport in a container, or None. A text counts by its first lines, or because `main_entry.txt` names it."""
    texts, named = [], {}
    for entry, head in heads(container, {n for n in names if n.count("/") <= 1 and _is_text(n)}, _HEAD):
        if entry.path.rpartition("/")[2] == "main_entry.txt":
            named[_folder(entry.path)] = head[:256].decode("utf-8", "replace").strip()
        if is_dumpstate(head):
            texts.append((entry, head))
    pointed = {folder + name for folder, name in named.items() if "/" not in name}
    texts.sort(key=lambda t: (t[0].path not in pointed, -(t[0].size or 0), t[0].path))
    if texts:
        entry, head = texts[0]
        return Report(container, _folder(entry.path), entry.path, head, within)
    roots = sorted(named) or [r for n in sorted(names) if (r := _files_root(n)) is not None]
    root = roots[0] if roots else None
    if root is None:
        return None
    return Report(container, root, min((p for p in pointed if p in names), default=None), b"", within)


def _is_text(path: str) -> bool:
    return path.lower().endswith((".txt", ".log"))


def _files_root(name: str) -> str | None:
    """The folder that holds `FS/`, at the top or one below, as bugreports of Android 7 and later have it."""
    match = re.match(r"((?:[^/]+/)?)FS/", name)
    return match[1] if match else None


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def nested_zip(entry: Entry) -> ZipArchive | None:
    """A member as a zip archive, or None if it is none. The caller closes it."""
    if entry.content is None:
        return None
    try:
        content = entry.content
        source = bytes_of(content.leniently() if isinstance(content, ZipContent) else content())
    except (FormatError, OSError):
        return None
    try:
        return ZipArchive(source)
    except SourceError:
        source.close()
        return None


def nested_report(container: Container) -> Report | None:
    """The first bugreport in a zip inside a container, the largest zip first."""
    entries = container.entries(lambda path: False)  # noqa: ARG005 - content comes later
    zips = [e for e in entries if e.content and _is_zip(e.path)]
    for entry in sorted(zips, key=lambda e: -(e.size or 0))[:_NESTED]:
        if (found := report_in(entry)) is not None:
            return found
    return None


def report_in(entry: Entry) -> Report | None:
    """The bugreport in a zip that is a member of a container, or None. The caller closes its container."""
    inner = nested_zip(entry)
    if inner is None:
        return None
    found = find_report(inner, shallow(inner), f"{entry.name}!/")
    if found is not None and found.main is not None:
        return found
    inner.close()
    return None


class Bugreport(Acquisition):
    """One bugreport, with the vendor's archive around it if there is one."""

    kind: ClassVar[str] = "bugreport"
    _platform: ClassVar[str] = "android"

    def __init__(self, container: Container, label: str, report: Report) -> None:
        super().__init__(container, label)
        from bridle.evidence.further_reports import FurtherReports

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
    return any((n.count("/") <= 1 and _is_text(n)) or _is_zip(n) or _files_root(n) is not None for n in names)


def _is_zip(name: str) -> bool:
    return name.count("/") <= _DEPTH and name.lower().endswith(".zip")


def _report_of(probe: Probe) -> Report | None:
    if probe.form == "file":
        (name,) = probe.container.names()
        for suffix in (".gz", ".bz2", ".xz"):
            name = name.removesuffix(suffix)
        return Report(probe.container, "", name, probe.head)
    found = find_report(probe.container, probe.names)
    if found is not None and found.main is not None:
        return found
    if any(_is_zip(n) for n in probe.names):
        return nested_report(probe.container) or found
    return found


_FACTS = (
    ("build", re.compile(rb"^Build: (\S.{0,80})$", re.MULTILINE)),
    ("product_type", re.compile(rb"^Build fingerprint: '[^/'\n]{1,60}/([^/'\n]{1,60})/", re.MULTILINE)),
    ("os_version", re.compile(rb"^Build fingerprint: '[^:'\n]{1,180}:([^/'\n]{1,20})/", re.MULTILINE)),
    ("serial_number", re.compile(rb"^Command line: [^\n]{0,4000}?\bandroidboot\.serialno=(\w{1,40})", re.MULTILINE)),
)


def facts_of(head: bytes) -> dict[str, str]:
    """Build, product and Android version from the first lines of a dumpstate."""
    found = {name: pattern.search(head) for name, pattern in _FACTS}
    return {name: match[1].decode("utf-8", "replace").strip() for name, match in found.items() if match}
