"""A bugreport in a container: which text dumpstate wrote, where the members belong, what it says of the phone.

Vendors pack the bugreport's zip into another; it is looked for there too, the largest first.

Source: AOSP `frameworks/native/cmds/dumpstate/bugreport-format.md`,
https://android.googlesource.com/platform/frameworks/native/+/refs/heads/main/cmds/dumpstate/bugreport-format.md
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from bridle.classes import dataclass
from bridle.evidence.acquisition import member_of
from bridle.evidence.archive import Container, Entry
from bridle.evidence.dumpstate import Sections
from bridle.evidence.probe import heads, shallow
from bridle.evidence.source import Member, Wanted
from bridle.evidence.zip import zip_in

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
    for entry, head in heads(container, {n for n in names if n.count("/") <= 1 and is_text(n)}, _HEAD):
        if entry.path.rpartition("/")[2] == "main_entry.txt":
            named[_folder(entry.path)] = head[:256].decode("utf-8", "replace").strip()
        if is_dumpstate(head):
            texts.append((entry, head))
    pointed = {folder + name for folder, name in named.items() if "/" not in name}
    texts.sort(key=lambda t: (t[0].path not in pointed, -(t[0].size or 0), t[0].path))
    if texts:
        entry, head = texts[0]
        return Report(container, _folder(entry.path), entry.path, head, within)
    roots = sorted(named) or [r for n in sorted(names) if (r := files_root(n)) is not None]
    root = roots[0] if roots else None
    if root is None:
        return None
    return Report(container, root, min((p for p in pointed if p in names), default=None), b"", within)


def is_text(path: str) -> bool:
    """Whether a dumpstate may bear this name."""
    return path.lower().endswith((".txt", ".log"))


def files_root(name: str) -> str | None:
    """The folder that holds `FS/`, at the top or one below, as bugreports of Android 7 and later have it."""
    match = re.match(r"((?:[^/]+/)?)FS/", name)
    return match[1] if match else None


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def nested_report(container: Container) -> Report | None:
    """The first bugreport in a zip inside a container, the largest zip first."""
    entries = container.entries(lambda path: False)  # noqa: ARG005 - content comes later
    zips = [e for e in entries if e.content and is_zip(e.path)]
    for entry in sorted(zips, key=lambda e: -(e.size or 0))[:_NESTED]:
        if (found := report_in(entry)) is not None:
            return found
    return None


def report_in(entry: Entry) -> Report | None:
    """The bugreport in a zip that is a member of a container, or None. The caller closes its container."""
    inner = zip_in(entry)
    if inner is None:
        return None
    found = find_report(inner, shallow(inner), f"{entry.name}!/")
    if found is not None and found.main is not None:
        return found
    inner.close()
    return None


def is_zip(name: str) -> bool:
    """Whether a name is that of a zip archive not too deep to be looked into."""
    return name.count("/") <= _DEPTH and name.lower().endswith(".zip")


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
