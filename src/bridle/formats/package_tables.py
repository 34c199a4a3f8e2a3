"""Tables of a package manager's dump: who answers which intent, who sees whom, compiled code, modules of the system.

Sources: AOSP `IntentResolver.dumpMap`, `AppsFilterBase.dumpQueries`, `ApexManager.dump`, `Dexopter`'s `DumpHelper`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bridle.core import Gap
from bridle.formats.package_dump import Item, indent

MOST_DETAILS = 200
"""Further lines of one row, and values of a module."""
LONGEST_DETAIL = 1 << 16
"""Characters of the further lines of one row."""
_MOST_LEVELS = 20
_MOST_TARGETS = 10_000
_COMPONENT = re.compile(r"[0-9a-f]{1,16} (([^/\s]+)/\S+)(?: \((\d{1,6}) filters\))?(?: filter ([0-9a-f]{1,16}))?(.*)")
_BRACKET = re.compile(r"(reason|location is|status|compilation_filter)[= ]([^\],]*)")
_PACKAGE = re.compile(r"(?:[\w ]{1,40}: )?([A-Za-z]\w*(?:\.[A-Za-z_]\w*)+)(?: \(uid=-?\d+\))?(?:, refCounts=\d+)?")
_NAMING = ("Verifier", "Known Packages", "AppOp Permissions", "Frozen packages", "Renamed packages")
"""Sections whose lines name packages."""


class Resolver:
    """A resolver table, or the preferred activities of a user."""

    def __init__(self, title: str) -> None:
        self._table, _, user = title.partition(" User ")
        self._table = self._table.removesuffix(" Resolver Table")
        self._user = int(user) if user.isdecimal() and len(user) < 6 else None
        self._section: str | None = None
        self._key: str | None = None
        self._entry: tuple[str, int, dict[str, Any]] | None = None
        self._details: list[str] = []

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text, depth = raw.strip(), indent(raw)
        if depth == 2 and text[-1] == ":":
            yield from self.end()
            self._section, self._key = text[:-1], None
        elif self._entry is not None and depth > self._entry[1]:
            yield from _further(at, self._details, text)
        elif found := _COMPONENT.fullmatch(text):
            yield from self.end()
            row = {
                "table": self._table, "section": self._section, "key": self._key, "component": found[1],
                "package_name": found[2], "filters": int(found[3]) if found[3] else None, "user": self._user,
            }  # fmt: skip
            self._entry = (f"line {at}", depth, row)
            self._details.clear()
            yield from _further(at, self._details, found[5].strip())
        elif text[-1] == ":":
            yield from self.end()
            self._key = text[:-1]
        else:
            yield from self.end()
            yield Gap(locator=f"line {at}", reason=f"expected a component, got {text!a:.60}")

    def end(self) -> Iterator[Item]:
        """The entry that is open."""
        if self._entry is not None:
            at, _, row = self._entry
            yield "ResolverEntry", at, {**row, "detail": "\n".join(self._details) or None}
        self._entry, self._details = None, []


def _further(at: int, details: list[str], text: str) -> Iterator[Gap]:
    """Keeps a further line of a row as it stands; what goes beyond the bounds is told line by line."""
    if len(details) >= MOST_DETAILS or sum(map(len, details)) + len(details) + len(text) > LONGEST_DETAIL:
        most = f"{MOST_DETAILS} further lines or {LONGEST_DETAIL} characters of them"
        yield Gap(locator=f"line {at}", reason=f"expected at most {most}, got {text!a:.60}")
    elif text:
        details.append(text)


class Queries:
    """Who may see which app: one row for each that may."""

    def __init__(self) -> None:
        self._relation: str | None = None
        self._user: int | None = None
        self._row: tuple[str, int, dict[str, Any]] | None = None

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text, depth = raw.strip(), indent(raw)
        if self._row is not None and depth > self._row[1]:
            if len(self._row[2]["targets"]) < _MOST_TARGETS:
                self._row[2]["targets"] += split(text)
            return
        yield from self.end()
        if depth == 2 and text[-1] == ":":
            self._relation, self._user = text[:-1], None
        elif text.startswith("User ") and text[5:-1].isdecimal() and len(text) < 12:
            self._user = int(text[5:-1])
        elif text[-1] == ":" and depth > 2:
            row = {"relation": self._relation, "user": self._user, "callers": split(text[:-1]), "targets": []}
            self._row = (f"line {at}", depth, row)
        else:
            yield "Fact", f"line {at}", {"section": "Queries", "parent": self._relation, "text": text}

    def end(self) -> Iterator[Item]:
        """The row that is open."""
        if self._row is not None:
            yield "Query", self._row[0], self._row[2]
        self._row = None


def split(text: str) -> list[str]:
    """`com.example.a`, or the packages of one user as `[com.example.a,com.example.b]`."""
    return [t.strip() for t in text.strip("[]").split(",")] if text.startswith("[") else [text]


class Dexopt:
    """`Dexopt state`: how the code of each package is compiled, and the code it loaded from elsewhere."""

    def __init__(self) -> None:
        self._package: str | None = None
        self._path: str | None = None
        self._secondary = False
        self._set: str | None = None
        self._row: tuple[str, dict[str, Any]] | None = None
        self._details: list[str] = []

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text, depth = raw.strip(), indent(raw)
        if depth <= 2 and text[0] == "[" and text[-1] == "]":
            yield from self.end()
            self._package, self._path, self._secondary, self._set = text[1:-1], None, False, None
        elif text.startswith("path: "):
            yield from self.end()
            self._path = text[6:]
        elif text == "known secondary dex files:":
            yield from self.end()
            self._secondary = True
        elif self._secondary and text[0] == "/":
            yield from self.end()
            self._path = text.removesuffix(" (public)")
            self._begin(at, None)
            if text.endswith(" (public)"):
                self._details.append("public")
        else:
            yield from self._state(at, text)

    def _state(self, at: int, text: str) -> Iterator[Item]:
        name, colon, value = text.partition(": ")
        if name == "Instruction Set":
            yield from self.end()
            self._set = value
        elif colon and (value[0] in "[/" or name == "status") and name != "used by other apps" and " " not in name:
            if self._row is None or self._row[1]["instruction_set"] is not None:
                yield from self.end()
                self._begin(at, None)
            assert self._row is not None
            self._row[1]["instruction_set"] = self._set if name == "status" else name
            self._brackets(value)
        elif self._row is not None and text[0] == "[":
            self._brackets(text)
        elif self._row is not None and self._package is not None:
            yield from _further(at, self._details, text)
        else:
            yield "Fact", f"line {at}", {"section": "Dexopt state", "parent": self._package, "text": text}

    def _begin(self, at: int, instruction_set: str | None) -> None:
        self._row = (
            f"line {at}",
            {
                "package_name": self._package, "path": self._path, "secondary": self._secondary,
                "instruction_set": instruction_set, "status": None, "reason": None, "location": None,
            },
        )  # fmt: skip

    def _brackets(self, text: str) -> None:
        assert self._row is not None
        row = self._row[1]
        if text[0] == "/":
            row["location"] = text.partition("[")[0].strip()
        for name, value in _BRACKET.findall(text):
            if name == "location is":
                row["location"] = value.strip()
            elif name == "status" and "compilation_filter" in text:
                self._details.append(f"status={value}")
            else:
                row["reason" if name == "reason" else "status"] = value

    def end(self) -> Iterator[Item]:
        """The row that is open."""
        if self._row is not None:
            yield "DexoptState", self._row[0], {**self._row[1], "detail": "\n".join(self._details) or None}
        self._row, self._details = None, []


class Apex:
    """Modules of the system: `Active APEX packages` and its like."""

    def __init__(self, title: str) -> None:
        self._group = title.partition(" ")[0]
        self._row: tuple[str, int, dict[str, Any]] | None = None

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text, depth = raw.strip(), indent(raw)
        if depth == 2 and ":" not in text:
            yield from self.end()
            self._row = (f"line {at}", depth, {"(group)": self._group, "(name)": text})
        elif self._row is not None and depth > self._row[1]:
            separator = ": " if ": " in text else "="
            key, found, value = text.partition(separator)
            if found and len(self._row[2]) < MOST_DETAILS:
                self._row[2].setdefault(key, value)
        else:
            yield from self.end()
            yield "Fact", f"line {at}", {"section": f"{self._group} APEX packages", "text": text}

    def end(self) -> Iterator[Item]:
        """The row that is open."""
        if self._row is not None:
            yield "ApexPackage", self._row[0], self._row[2]
        self._row = None


class Facts:
    """Lines of any other section, each with the line it is indented under."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._above: list[tuple[int, str]] = []
        self._names = title.endswith(_NAMING[0] + "s") or title.endswith(_NAMING)

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text, depth = raw.strip(), indent(raw)
        while self._above and self._above[-1][0] >= depth:
            self._above.pop()
        row = {"section": self._title, "parent": self._above[-1][1] if self._above else None, "text": text}
        if self._names and (found := _PACKAGE.fullmatch(text)):
            row["package_name"] = found[1]
        yield "Fact", f"line {at}", row
        if len(self._above) < _MOST_LEVELS:
            self._above.append((depth, text))

    def end(self) -> Iterator[Item]:
        """Nothing is open."""
        yield from ()
