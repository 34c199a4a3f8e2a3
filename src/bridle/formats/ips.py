"""Apple's diagnostic reports (`.ips`, `.panic`, `.crash`): a line of JSON about the report, then the report.

The report itself is JSON since iOS 15 and text before; some kinds are text to this day. Old `.crash` files have no
first line of JSON.

Sources: reports of iOS 14.5, 14.8 and 16.2 and macOS 12.1;
https://developer.apple.com/documentation/xcode/interpreting-the-json-format-of-a-crash-report
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bridle.classes import dataclass
from bridle.core import FormatError, SourceFile, Utc

LIMIT = 64 << 20
"""Bytes of a report that are read at most; a stack shot of all processes has some 10 MB."""
_LONGEST_HEADER = 1 << 16
_MOST_VALUES = 5_000_000
"""Commas and opening brackets of a report in JSON; a stack shot of all processes has some 100,000."""
_ESCAPED = {0xDC00 + byte: f"\\\\x{byte:02x}" for byte in range(0x80, 0x100)}
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? ?(?:([+-])(\d\d):?(\d\d)|Z)")


@dataclass(frozen=True)
class Report:
    """One report: what its first line says, and what follows it."""

    header: Mapping[str, Any]
    """Empty where there is no such line."""
    body: Mapping[str, Any] | None
    """The report as JSON; None where it is text."""
    text: str
    """The report as text; empty where it is JSON. Bytes that are no UTF-8 are `\\xff`."""
    first_line: int
    """Number of the line on which `text` begins."""


def load(file: SourceFile, limit: int = LIMIT) -> Report:
    """A report. Raises FormatError for one that is too large, is cut inside its JSON, or is none."""
    if file.size > limit:
        raise FormatError(f"report: expected at most {limit} bytes, got {file.size}")
    with file.open() as stored:
        data = stored.read(limit + 1)
    first, _, rest = data.partition(b"\n")
    header = _header(first)
    if header is None:
        header, rest, begins = {}, data, 1
    else:
        begins = 2
    if rest.lstrip()[:1] == b"{":
        return Report(header, _document(rest), "", begins)
    text = rest.decode("utf-8", "backslashreplace")
    if not header and not _TEXT.search(text):
        raise FormatError(f"expected a diagnostic report, got {data[:24]!r}")
    return Report(header, None, text, begins)


_TEXT = re.compile(r"^(?:Incident Identifier|Process|CrashReporter Key|Date/Time|Command|panic\()[: ]?", re.MULTILINE)


def _header(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"{") or len(line) > _LONGEST_HEADER or not line.rstrip().endswith(b"}"):
        return None
    try:
        found = json.loads(_decoded(line))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and ("bug_type" in found or "timestamp" in found) else None


def _decoded(data: bytes) -> str:
    """JSON as text. A byte that is no UTF-8 becomes a backslash, `x` and two digits, escaped as JSON wants it."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape")
        return text.translate(_ESCAPED)


def _document(data: bytes) -> Mapping[str, Any]:
    if sum(map(data.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise FormatError(f"report: expected at most {_MOST_VALUES} values, got more")
    try:
        found, _ = json.JSONDecoder().raw_decode(_decoded(data).lstrip())
    except RecursionError:
        raise FormatError("report: its JSON is nested too deep") from None
    except ValueError as e:
        raise FormatError(f"report: its JSON cannot be read: {e!s:.80}") from None
    if not isinstance(found, dict):
        raise FormatError(f"report: expected a JSON object, got {type(found).__name__}")
    return found


def moment(value: object) -> Utc:
    """`2022-12-24 11:43:00.47 +0000` as an instant, to the microsecond. Raises ValueError."""
    if not isinstance(value, str) or not (found := _TIME.fullmatch(value.strip())):
        raise ValueError(f"expected a date, a time and a zone, got {value!r:.60}")
    fraction = (found[3] or "0").ljust(6, "0")[:6]
    zone = f"{found[4]}{found[5]}:{found[6]}" if found[4] else "+00:00"
    try:
        return Utc(datetime.fromisoformat(f"{found[1]}T{found[2]}.{fraction}{zone}").astimezone(UTC))
    except OverflowError as e:
        raise ValueError(f"expected a date, a time and a zone, got {value!r:.60}") from e
