"""Install sessions in a package manager's dump: what was asked of the installer, and what came of it.

      Session 773212977:
        userId=0 mOriginalInstallerUid=2000 mOriginalInstallerPackageName=null
        mode=1 installFlags=0x240c012 installLocation=1 installReason=4 installScenario=0 sizeBytes=-1 appPackageNa
        me=com.example.app appIcon=false

Lines are broken at 118 to 120 characters, amid a word too: such a line does not end in a space, as others do.

Sources: AOSP `PackageInstallerSession.dump`, `IndentingPrintWriter`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/pm/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bridle.core import Gap
from bridle.formats.package_dump import Item, given, indent, pairs

_SESSION = re.compile(r"(?:(\w+) )?(Child )?Session (\d{1,10}):")
_BROKEN = 116
"""Characters of a line from which on it may be broken amid a word."""
MOST_LINES = 2_000
_ALIASES = {
    "mInstallerPackageName": "installerPackageName", "installerUid": "mInstallerUid",
    "mStagedSessionApplied": "mSessionApplied", "mStagedSessionFailed": "mSessionFailed",
    "mStagedSessionReady": "mSessionReady", "isStagedSessionApplied": "mSessionApplied",
    "isStagedSessionFailed": "mSessionFailed", "isStagedSessionReady": "mSessionReady",
    "mStagedSessionErrorCode": "mSessionErrorCode", "mStagedSessionErrorMessage": "mSessionErrorMessage",
    "mPermissionsAccepted": "mPermissionsManuallyAccepted",
}  # fmt: skip

_FREE = {
    "mFinalMessage": re.compile(r"m[A-Z]|params\.|is[A-Z]"), "appLabel": re.compile("originatingUri"),
    "mSessionErrorMessage": re.compile(r"m[A-Z]|params\."),
    "mStagedSessionErrorMessage": re.compile(r"m[A-Z]|params\."),
}  # fmt: skip
"""Keys of free texts, and the keys that can follow them."""


class Sessions:
    """The sessions of one section, line by line."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._found: re.Match[str] | None = None
        self._at, self._depth = 0, 0
        self._lines: list[str] = []

    def line(self, at: int, raw: str) -> Iterator[Item]:
        """A line of the section and its number."""
        text, depth = raw.strip(), indent(raw)
        if found := _SESSION.fullmatch(text):
            yield from self.end()
            self._found, self._at, self._depth = found, at, depth
        elif self._found is not None and depth > self._depth:
            if len(self._lines) < MOST_LINES:
                self._lines.append(raw)
        elif text != "{}":
            yield from self.end()
            yield "Fact", f"line {at}", {"section": self._title, "text": text}

    def end(self) -> Iterator[Item]:
        """The session that is open."""
        if (found := self._found) is not None:
            stored: dict[str, Any] = {
                "(section)": self._title, "(state)": found[1], "(child)": found[2] is not None, "(id)": found[3],
            }  # fmt: skip
            if not self._lines:
                yield Gap(locator=f"line {self._at}.values", reason=f"expected values of session {found[3]}, got none")
            for key, value in _whole(pairs(joined(self._lines))):
                _put(stored, _ALIASES.get(key, key), value)
            _package(stored)
            yield "InstallSession", f"line {self._at}", stored
        self._found, self._lines = None, []


def _whole(found: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Pairs, with what looks like one within a free text given back to it."""
    before, text = "", ""
    for key, value in found:
        if (follows := _FREE.get(before)) and not follows.match(key):
            text = f"{text} {key}={value}"
            continue
        if before:
            yield before, text
        before, text = key, value
    if before:
        yield before, text


def _put(stored: dict[str, Any], key: str, value: str) -> None:
    """The first of a key counts: what an app can choose, such as its label, comes behind what it cannot."""
    if key not in stored:
        stored[key] = value
    elif stored[key] != value and f"{key}#2" not in stored:
        stored[f"{key}#2"] = value


def _package(stored: dict[str, Any]) -> None:
    names = (given(stored.get(k)) for k in ("appPackageName", "mPackageName", "mAppPackageName"))
    name = next((n for n in names if n), None)
    done = stored.get("mFinalStatus") == "1" or stored.get("mSessionApplied") == "true"
    stored["(installed)" if done else "(wanted)"] = name
    for key in ("appPackageName", "mPackageName", "mAppPackageName"):
        if given(stored.get(key)) in (name, None):
            stored.pop(key, None)


def joined(lines: Sequence[str]) -> str:
    """Broken lines as one, words whole."""
    if not lines:
        return ""
    margin = indent(lines[0])
    parts: list[str] = []
    before = ""
    for line in lines:
        text = line[margin:] if line[:margin].isspace() else line.lstrip()
        if before and not before.endswith(" ") and len(before) < _BROKEN:
            parts.append(" ")
        parts.append(text)
        before = line
    return "".join(parts)
