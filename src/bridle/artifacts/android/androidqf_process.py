"""processes.json of AndroidQF: what ran on the phone, with label, arguments, environment and folder of each process.

    [{"pid": 1234, "uid": 0, "ppid": 0, "filename": "(com.example)", "path": "", "context": "u:r:untrusted_app:s0",
      "command_line": ["com.example"], "env": ["PATH=/system/bin"], "cwd": "/", "state": "", …}]

Some releases wrote the same into processes.txt; text in there is the output of `ps`, and another artifact's.

Known limits: releases before August 2026 stop reading /proc/PID/stat before its third value, the state, so that parent
and times are 0 for every process; without a state, 0 is therefore not told. They never read the user: 0 may be root,
and is not told either. A name with a blank is cut there. Without root only the shell's own processes have environment
and folder.

Sources: https://github.com/mvt-project/androidqf (android-collector/cmd/ps.go) ; proc(5)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import FilePath, Gap, ProcessName, Record, SourceFile, Text, artifact, record
from bridle.formats.quick_forensics import extra, mappings, number, some_texts, text
from bridle.formats.table import col, records

_OF_STAT = ("ppid", "pgroup", "psid", "priority", "user_time", "kernel_time")
_EXTRA, _PROGRAM, _JSON = "(extra)", "(program)", (b"[", b"{")


def _unless_zero(value: object) -> int | None:
    return number(value) or None


@record(surface="running-process")
class Process(Record):
    """One process."""

    pid: int = col("pid", doc="process identifier")
    name: ProcessName | None = col("filename", text, doc="name the kernel has for it, of at most 15 characters")
    program: ProcessName | None = col(_PROGRAM, text, doc="first argument, which for an app is the process's name")
    path: FilePath | None = col("path", text, doc="program file, where it is known")
    context: str | None = col("context", text, doc="SELinux label it runs under")
    previous_context: str | None = col("previous_context", text, doc="label before the program was started")
    command_line: tuple[str, ...] | None = col("command_line", some_texts, doc="program and arguments, its own word")
    arguments: Text | None = col("(arguments)", text, doc="the arguments, joined by blanks", surface="mention")
    environment: tuple[Text, ...] | None = col("env", some_texts, doc="environment, `NAME=value`", surface="mention")
    cwd: FilePath | None = col("cwd", text, doc="folder it works in", surface="mention")
    uid: int | None = col("uid", _unless_zero, doc="its user; None for 0, which some releases write for all")
    parent_pid: int | None = col("ppid", number, doc="its parent; 0 for the first ones")
    group: int | None = col("pgroup", number, doc="its process group")
    session: int | None = col("psid", number, doc="its session")
    priority: int | None = col("priority", number, doc="scheduling priority, as stored")
    state: str | None = col("state", text, doc="state, such as `S` for sleeping")
    user_time: int | None = col("user_time", number, doc="time in user mode, as stored: clock ticks or seconds")
    kernel_time: int | None = col("kernel_time", number, doc="time in the kernel, as stored: ticks or seconds")
    extra: str | None = col(_EXTRA, doc="keys that no field maps, as JSON")


_KNOWN = frozenset(
    {
        "pid", "filename", "path", "context", "previous_context", "command_line", "env", "cwd", "uid", "ppid", "pgroup",
        "psid", "priority", "state", "user_time", "kernel_time",
    }
)  # fmt: skip


@artifact("/androidqf/processes.json", "/androidqf/processes.txt")
def androidqf_process(file: SourceFile) -> Iterator[Process | Gap]:
    with file.open() as stored:
        begin = stored.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        if file.path.suffix == ".txt" and not begin.startswith(_JSON):
            return
        stored.seek(0)
        rows = (item if isinstance(item, Gap) else (item[0], _row(item[1])) for item in mappings(stored))
        yield from records(rows, Process)


def _row(stored: Mapping[str, Any]) -> dict[str, Any]:
    line = stored.get("command_line")
    texts = [a for a in line if isinstance(a, str)] if isinstance(line, list) else []
    unread = {} if stored.get("state") else _before_the_state(stored)
    row = {**stored, **unread, _EXTRA: extra(stored, _KNOWN), "(arguments)": " ".join(texts[1:])}
    row[_PROGRAM] = texts[0] if texts else None
    return row


def _before_the_state(stored: Mapping[str, Any]) -> dict[str, Any]:
    """What is known where reading ended before the state: a name in brackets, the last one lost with a blank."""
    name = stored.get("filename")
    told: dict[str, Any] = {k: None for k in _OF_STAT if stored.get(k) == 0}
    if isinstance(name, str) and name.startswith("("):
        told["filename"] = name[1:].removesuffix(")")
    return told
