"""Messages of Apple's logs: a format string and its arguments as the text they stand for.

`%[{what the value is}][flags][width][.precision][length]conversion`, after printf and os_log. What is not known here is
shown by its conversion; an argument that was not kept is `<private>`, one that is not there `<decode: missing data>`,
as the system's own tool shows them.

Sources: os_log(3) and printf(3) of macOS; https://github.com/libyal/dtformats, documentation of the Apple Unified
Logging and Activity Tracing formats.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from bridle.formats._tracev3_items import Item
from bridle.formats.values import unix

MOST = 16 << 10
"""Characters of a message, and of one argument."""
MISSING, PRIVATE = "<decode: missing data>", "<private>"
_WIDEST = 256
_SPECIFIER = re.compile(
    r"%(?:\{([^}]{0,256})\})?([-+ #0']{0,8})(\*|\d{1,4})?(?:\.(\*|\d{1,4})?)?(?:hh|h|ll|l|j|z|t|q|L)?"
    r"([@aAcCdDeEfFgGimoOpPsSuUxX%])"
)
_ERRORS = dict(
    enumerate(
        "Undefined error: 0|Operation not permitted|No such file or directory|No such process|Interrupted system call|"
        "Input/output error|Device not configured|Argument list too long|Exec format error|Bad file descriptor|"
        "No child processes|Resource deadlock avoided|Cannot allocate memory|Permission denied|Bad address|"
        "Block device required|Resource busy|File exists|Cross-device link|Operation not supported by device|"
        "Not a directory|Is a directory|Invalid argument|Too many open files in system|Too many open files|"
        "Inappropriate ioctl for device|Text file busy|File too large|No space left on device|Illegal seek|"
        "Read-only file system|Too many links|Broken pipe|Numerical argument out of domain|Result too large|"
        "Resource temporarily unavailable".split("|")
    )
) | {54: "Connection reset by peer", 57: "Socket is not connected", 60: "Operation timed out",
     61: "Connection refused", 64: "Host is down", 65: "No route to host"}  # fmt: skip
"""Errors of Darwin by number, whose higher ones are not those of Linux."""


def render(form: str, items: Sequence[Item]) -> tuple[str, list[str]]:
    """The message, cut to `MOST` characters, and each argument as it stands there."""
    left = iter(items)
    made: list[str] = []
    values: list[str] = []
    at = length = 0
    for found in _SPECIFIER.finditer(form):
        if found[5] != "%":
            values.append(_value(found, left))
        made += [form[at : found.start()], "%" if found[5] == "%" else values[-1]]
        at = found.end()
        length += len(made[-2]) + len(made[-1])
        if length > MOST:
            break
    return "".join([*made, form[at : at + MOST]])[:MOST], _cut(values + arguments(left))


def arguments(items: Iterable[Item]) -> list[str]:
    """The arguments by themselves, where no format says what they are."""
    return _cut([_argument(i) for i in items if i.kind != "precision"])


def _cut(values: list[str]) -> list[str]:
    """The arguments, cut to `MOST` characters together."""
    left, made = MOST, []
    for value in values:
        made.append(value[:left])
        left -= len(made[-1])
    return made


def _argument(item: Item) -> str:
    if item.kind == "number":
        return str(int.from_bytes(item.raw, "little", signed=True))
    return _plain(item)


def _plain(item: Item) -> str:
    if item.kind == "private":
        return PRIVATE
    if item.kind == "data":
        return item.raw[: MOST // 2].hex()
    return item.text[:MOST] if item.kind == "text" else MISSING


def _value(found: re.Match[str], left: Iterator[Item]) -> str:
    named, flags, width, precision, conversion = found.groups()
    given = [w for w in (width, precision) if w == "*"]
    item = next(left, None)
    counts: list[int] = []
    while item is not None and (item.kind == "precision" or (len(counts) < len(given) and item.kind == "number")):
        counts.append(min(abs(int.from_bytes(item.raw, "little", signed=True)), MOST))
        item = next(left, None)
    if item is None:
        return MISSING
    if width == "*":
        width = str(counts.pop(0)) if counts else ""
    if precision == "*":
        precision = str(counts.pop()) if counts else None
    told = _told(named or "", item)
    if told is not None:
        return told
    try:
        return _converted(conversion, flags.replace("'", ""), width or "", precision, item)
    except (ValueError, OverflowError, struct.error, TypeError):
        return _plain(item) if item.kind != "number" else _argument(item)


def _converted(conversion: str, flags: str, width: str, precision: str | None, item: Item) -> str:
    """The argument as printf writes it. Raises ValueError, OverflowError, struct.error or TypeError."""
    if item.kind != "number":
        text = _plain(item)
        cut = precision and conversion in "sS" and item.kind == "text"
        return _padded(text[: int(precision)] if cut and precision else text, flags, width)
    signed = int.from_bytes(item.raw, "little", signed=True)
    whole = int.from_bytes(item.raw, "little")
    exact = "" if precision is None else f".{min(int(precision), _WIDEST)}"
    spec = f"%{flags}{min(int(width), _WIDEST) if width else ''}"
    if conversion in "dDi":
        return f"{spec}{exact}d" % signed
    if conversion in "uUxXoO":
        return f"{spec}{exact}{conversion.lower().replace('u', 'd') if conversion != 'X' else 'X'}" % whole
    if conversion in "aAeEfFgG":
        (real,) = struct.unpack("<d" if len(item.raw) == 8 else "<f", item.raw)
        return str(real.hex() if conversion in "aA" else f"{spec}{exact}{conversion}" % real)
    if conversion in "cC":
        shown = chr(whole & 0xFF if conversion == "c" else whole)
        return _padded(shown.encode("utf-8", "backslashreplace").decode(), flags, width)
    if conversion == "m":
        return _ERRORS.get(signed, f"Unknown error: {signed}")
    return _padded(f"0x{whole:x}" if conversion in "pP" else str(signed), flags, width)


def _padded(text: str, flags: str, width: str) -> str:
    wide = min(int(width), _WIDEST) if width else 0
    return text.ljust(wide) if "-" in flags else text.rjust(wide)


def _told(named: str, item: Item) -> str | None:
    """The value as what the format says it is; None where that is not known here."""
    names = {n.strip() for n in named.split(",")}
    if item.kind == "data":
        return _data(names, item.raw)
    if item.kind != "number":
        return None
    signed = int.from_bytes(item.raw, "little", signed=True)
    if names & {"bool", "BOOL"}:
        return ("YES" if signed else "NO") if "BOOL" in names else str(bool(signed)).lower()
    if names & {"errno", "darwin.errno"}:
        return f"[{signed}: {_ERRORS.get(signed, 'Unknown error')}]"
    if names & {"network:in_addr", "in_addr"} and len(item.raw) == 4:
        return str(IPv4Address(item.raw))
    if "time_t" in names:
        try:
            return f"{unix(signed):%Y-%m-%d %H:%M:%S}"
        except ValueError:
            return None
    return None


def _data(names: set[str], raw: bytes) -> str | None:
    if "mask.hash" in names:
        return f"<mask.hash: '{base64.b64encode(raw[:MOST]).decode()}'>" if raw else "<mask.hash: (null)>"
    if "uuid_t" in names and len(raw) == 16:
        return str(UUID(bytes=raw)).upper()
    if names & {"network:in_addr", "in_addr"} and len(raw) == 4:
        return str(IPv4Address(raw))
    if names & {"network:in6_addr", "in6_addr"} and len(raw) == 16:
        return str(IPv6Address(raw))
    return None
