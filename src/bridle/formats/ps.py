"""Lists of processes as `ps` of BSD systems prints them: a line of headings, then a line for each process.

Columns are told by their order, not by their place: a value wider than its column moves the rest of its line. Only the
last column, the command, holds blanks; a line whose values do not have the shape of their columns is not read as one.

Sources: ps(1) and `adv_cmds` of Apple's open-source releases.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bridle.formats.written import decimal, whole

COMMAND = "COMMAND"
_BLANK = " \t"
"""What parts columns; a program's name may hold other blanks, such as one that does not break."""
_NUMBER = re.compile(r"-|-?[0-9]{1,19}")
_SHARE = re.compile(r"-|[0-9]{1,9}(?:\.[0-9]{0,9})?")
_TIME = re.compile(r"-|[0-9:.-]{0,24}:[0-9:.-]{0,24}")
_SHAPES = {
    "F": re.compile(r"-|[0-9A-Fa-f]{1,16}"),
    "PRI": re.compile(r"-|-?[0-9]{1,9}[A-Z]?"),
    **dict.fromkeys(("UID", "PID", "PPID", "NI", "VSZ", "RSS"), _NUMBER),
    **dict.fromkeys(("%CPU", "%MEM"), _SHARE),
    **dict.fromkeys(("TIME", "STIME", "UTIME"), _TIME),
}
_ELSE = re.compile(r"[^/].*", re.DOTALL)
_BUNDLE = re.compile(r"/([^/]+)\.(?:app|appex|xpc|bundle|framework|systemextension|dext|kext|plugin)/")


def given(value: object) -> str | None:
    """The text, unless it is the `-` that stands for none."""
    return value if isinstance(value, str) and value != "-" else None


def number(value: object) -> int | None:
    """A whole number; None for `-`. Raises ValueError."""
    return None if value == "-" else whole(value)


def share(value: object) -> float | None:
    """A number with or without a fraction; None for `-`. Raises ValueError."""
    return None if value == "-" else decimal(value)


def headings(line: str) -> list[str] | None:
    """The names of the columns, if the line is the one of headings."""
    names = line.split()
    return names if "PID" in names and names[-1] == COMMAND else None


def fits(names: Sequence[str], stored: Sequence[str]) -> bool:
    """Whether each value has the shape of its column."""
    return len(names) == len(stored) and all(
        _SHAPES.get(n, _ELSE).fullmatch(s) for n, s in zip(names, stored, strict=True)
    )


def row(names: Sequence[str], line: str) -> dict[str, str] | None:
    """The values of a line under `names`, the last of which is the command; None where they do not fit."""
    stored = re.split(r"[ \t]+", line.strip(_BLANK), maxsplit=len(names) - 1)
    if not fits(names[:-1], stored[:-1]):
        return None
    return dict(zip(names, stored, strict=True))


def command(line: str) -> str | None:
    """What looks like the command in a line whose columns do not fit: all from the first path on."""
    found = re.search(r"(?:\A|[ \t])(/.*)", line, re.DOTALL)
    return found[1].rstrip(_BLANK) if found else None


def program(command: str) -> tuple[str | None, str | None, str | None]:
    """Path, name and arguments of a command; the path is None where it is no absolute one.

    A program in a bundle (`/a/My App.app/My App`) may have blanks in its path: those before the bundle's suffix are
    part of it, and so is a name that repeats the bundle's. Any other blank ends the path. A process that has ended and
    waits for its parent stands as `(name)`.
    """
    if not command.startswith("/"):
        if command.startswith("(") and command.endswith(")"):
            return None, command[1:-1] or None, None
        first, _, arguments = command.partition(" ")
        return None, first.rpartition("/")[2] or None, arguments.strip() or None
    end = _end(command)
    path = command[:end]
    return path, path.rstrip("/").rpartition("/")[2] or None, command[end:].strip() or None


def _end(command: str) -> int:
    """Where the path ends that the command begins with."""
    start, name = 0, None
    for bundle in _BUNDLE.finditer(command):
        between = command[start : bundle.end()]
        if " /" in between or " -" in between:
            break
        start, name = bundle.end() - 1, bundle[1]
    inside = start + 1 if name is not None else 0
    if name is not None and command.startswith(name, inside):
        end = inside + len(name)
        if end == len(command) or command[end] == " ":
            return end
    blank = command.find(" ", inside)
    return len(command) if blank < 0 else blank


def threaded_row(names: Sequence[str], line: str) -> dict[str, str] | None:
    """As `row`, for headings with a second, shortened command among them, which is left out.

    The shortened one may hold blanks, so the values between the two are found by their shapes.
    """
    short = names.index(COMMAND)
    between = names[short + 1 : -1]
    found = list(re.finditer(r"[^ \t]+", line))
    stored = [f[0] for f in found]
    if not fits(names[:short], stored[:short]):
        return None
    for start in range(short + 1, len(stored) - len(between)):
        end = start + len(between)
        if fits(between, stored[start:end]):
            whole = dict(zip(names[:short], stored, strict=False))
            return {
                **whole,
                **dict(zip(between, stored[start:end], strict=True)),
                COMMAND: line[found[end].start() :].rstrip(_BLANK),
            }
    return None
