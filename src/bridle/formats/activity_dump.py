"""The entries of `dumpsys activity`: a heading for each thing, and what is known of it in lines that stand deeper.

      * ServiceRecord{b26f688 u0 com.example.app/.Sync}
        packageName=com.example.app
        app=ProcessRecord{47b0170 1804:com.example.app/u0a36}
        createTime=-2m0s548ms startingBgTimeout=--

What services and activities say of themselves (below `SERVICE …`, `TASK …` in the first column) is an app's own text
and is passed over. Extras of an intent are an app's text too, and may hold line ends: a line of them that looks like a
heading is taken for one.

Sources: AOSP `ActivityManagerService`, `ServiceRecord`, `ProcessRecord`, `BroadcastRecord`, `Intent.toShortString`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/services/core/java/com/android/server/am/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import field

from bridle.classes import dataclass
from bridle.core import Gap
from bridle.formats import android_values
from bridle.formats.lines import too_long

_MOST_LINES = 400
"""Lines of one entry that are kept."""
_LONGEST = 4_000
"""Characters of a line that are kept."""
_LONGEST_PROCESS = 600
_MOST_PAIRS = 300
_OWN = ("SERVICE ", "TASK ", "PROVIDER ", "ACTIVITY ")
_UNINDENTED = "resDir="
"""A line of a service that Android 4 and before wrote in the first column."""
_SECTION = re.compile(r"ACTIVITY MANAGER (.{1,80}?) ?\(dumpsys activity ?([a-z-]{0,40})\)")
_HEADING = re.compile(
    r"\* ServiceRecord\{(?P<service>)"
    r"|\*(?:APP|PERS)\*(?P<process>)"
    r"|\* Recent #\d{1,9}: (?P<task>)"
    r"|\* Hist {1,4}#\d{1,9}: (?:Activity|History)Record\{(?P<activity>)"
    r"|\* ContentProviderRecord\{(?P<provider>)"
    r"|(?:\* |#\d{1,9}: )PendingIntentRecord\{(?P<pending>)"
    r"|Historical Broadcast \S{0,40} ?#\d{1,9}:(?P<broadcast>)"
    r"|ApplicationExitInfo #\d{1,9}:(?P<exit>)"
    r"|Instrumentation #\d{1,9}: (?P<instrumentation>)"
    r"|UriPermission\{(?P<grant>)"
)
_SUMMARY = re.compile(r"#\d{1,9}: ")
_FIRST = "*#HAUI"
_PAIR = re.compile(r"(?:^|(?<=\s))([A-Za-z][A-Za-z0-9_.]{0,60})=")
_PROCESS = re.compile(r"(?:ProcessRecord\{[0-9a-f]+ )?(\d{1,10}):(.{1,400})/(u?\d[0-9ais_]{0,20})\}?")
_ISOLATED = re.compile(r"u(\d{1,4})a\d{1,6}i(\d{1,6})")
_INTENT = re.compile(r"(?:^|[ {])(act|dat|typ|pkg|cmp|flg)=(\[[^\]]*\]|[^\s}]+)")
_OPEN, _CLOSE = "{[(", "}])"


@dataclass
class Entry:
    """One thing and what stands below it."""

    kind: str
    """`service`, `process`, `task`, `activity`, `provider`, `pending`, `broadcast`, `summary`, `exit`, `grant`,
    `instrumentation`."""
    line: int
    heading: str
    section: str
    """Such as `services`; empty before the first."""
    context: str
    """The last line before it that said what follows: a queue of broadcasts, a package, a user."""
    indent: int
    lines: list[str] = field(default_factory=list)

    @property
    def locator(self) -> str:
        return f"line {self.line}"

    def own(self) -> list[str]:
        """The lines right below the heading, without what is deeper still."""
        if not self.lines:
            return []
        depth = min(_depth(line) for line in self.lines[:3])
        return [line.strip() for line in self.lines if _depth(line) == depth]


def entries(numbered: Iterable[tuple[int, str | None]]) -> Iterator[Entry | Gap]:
    """Every entry in its order, and a Gap for a line that is too long to be read."""
    reader = _Reader()
    for number, line in numbered:
        if line is None:
            yield too_long(number)
        elif line and not line.isspace():
            yield from reader.take(number, line)
    yield from reader.end()


class _Reader:
    def __init__(self) -> None:
        self._open: Entry | None = None
        self._section = self._context = ""
        self._own = False

    def take(self, number: int, line: str) -> Iterator[Entry]:
        depth = _depth(line)
        if depth == 0 and line.startswith(_UNINDENTED):
            return
        if depth == 0:
            yield from self.end()
            self._top(line)
            return
        if self._own:
            return
        text = line.strip()
        kind = self._kind(text) if text[0] in _FIRST else None
        if kind is not None:
            yield from self.end()
            self._open = Entry(kind, number, text[:_LONGEST], self._section, self._context, depth)
        elif self._open is not None and depth > self._open.indent:
            if len(self._open.lines) < _MOST_LINES:
                self._open.lines.append(line[:_LONGEST])
        else:
            yield from self.end()
            self._said(text)

    def end(self) -> Iterator[Entry]:
        found, self._open = self._open, None
        if found is not None:
            yield found

    def _top(self, line: str) -> None:
        found = _SECTION.match(line)
        if found:
            self._section, self._context, self._own = found[2] or found[1].lower(), "", False
        else:
            self._own = line.startswith(_OWN) or (self._own and not line.startswith("-----"))

    def _kind(self, text: str) -> str | None:
        if found := _HEADING.match(text):
            return found.lastgroup
        if self._context.startswith("Historical broadcasts summary") and _SUMMARY.match(text):
            return "summary"
        return None

    def _said(self, text: str) -> None:
        if text.endswith(":") or text.startswith(("package:", "Historical Process Exit for", "* UID ")):
            if self._section == "exit-info" and text.startswith("Historical Process Exit"):
                return
            self._context = text[:200]


def pairs(lines: Iterable[str]) -> dict[str, str]:
    """`name=value` of the lines; a name within braces is part of a value, and the first of a name counts."""
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith(("extras:", "Bundle[")):
            continue
        name, start, depth, at = "", 0, 0, 0
        braced = "{" in line or "[" in line or "(" in line
        for match in _PAIR.finditer(line):
            depth = max(0, depth + _balance(line, at, match.start())) if braced else 0
            at = match.start()
            if depth == 0:
                _keep(found, name, line[start:at])
                name, start = match[1], match.end()
        _keep(found, name, line[start:])
    return found


def _keep(found: dict[str, str], name: str, value: str) -> None:
    if name and name not in found and len(found) < _MOST_PAIRS:
        found[name] = value.strip()


def _balance(line: str, start: int, end: int) -> int:
    opened = sum(line.count(c, start, end) for c in _OPEN)
    return opened - sum(line.count(c, start, end) for c in _CLOSE)


def process(value: str) -> tuple[int, str, int | None] | None:
    """Process identifier, name and user (of Linux) of `ProcessRecord{… 1804:com.example.app/u0a36}`, if it is one."""
    found = _PROCESS.search(value[:_LONGEST_PROCESS])
    if found is None:
        return None
    try:
        user: int | None = uid(found[3])
    except ValueError:
        user = None
    return int(found[1]), found[2], user


def uid(value: str) -> int:
    """A user as process records have it, also `u0a276i5`, isolated number 5 of an app. Raises ValueError."""
    found = _ISOLATED.fullmatch(value.strip())
    return int(found[1]) * 100_000 + 99_000 + int(found[2]) if found else android_values.uid(value)


def intent(value: str) -> dict[str, str]:
    """Action, data, type, package, component and flags of an intent, by the dump's names for them."""
    found: dict[str, str] = {}
    for match in _INTENT.finditer(value[:_LONGEST]):
        found.setdefault(match[1], match[2])
    return found


def package_of(component: str | None) -> str | None:
    """The package of `com.example.app/.Sync`."""
    package, slash, _ = (component or "").partition("/")
    return package if slash and package and " " not in package else None


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
