"""logdata.statistics of the system log: which processes wrote how much, each time logd began a new file.

It reaches weeks back, further than the log itself. Text until logd has written 1 MiB, lines of JSON until 5 MiB; the
file before is kept as `.1`. A record of the text and one of JSON:

    --- !logd statistics record
    type  : File Rotate
    file  : Persist/0000000000000030.tracev3
    time  : 2025-04-07 07:42:54-0700
    total : 9733361
    procs :
        - [    3117304,  32.0, /usr/libexec/backboardd ]

    {"record":"logd statistics","type":"File Rotate","file":"…","unixTime":1744036974,"totalBytes":9733361,
     "processList":[{"process":"/usr/libexec/backboardd","sizeBytes":3117304}]}

Known limits: the text names the twenty processes that wrote most, JSON the fifty, and JSON leaves out records of type
`Memory Rollover`. A process that logs little is in neither. Other records name one client in place of a list.

Sources: logd of iOS, as others have taken it apart (what it writes, how many, and when it begins a new file); a record
of iOS 16.0 quoted from a published exercise; https://github.com/EC-DIGIT-CSIRC/sysdiagnose (logdata_statistics).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bridle.core import FilePath, Gap, ProcessName, Record, SourceFile, Utc, artifact, record
from bridle.formats.lines import lines, too_long
from bridle.formats.table import col, records, rest
from bridle.formats.values import integer, unix
from bridle.formats.written import decimal, whole, zoned

_LONGEST = 128 << 10
"""Bytes of a line; logd keeps one of JSON within 50 KiB."""
_MOST_KEYS = 50
_MOST_PROCESSES = 1000
_HEAD = re.compile(r"--- !(.*)")
_KEY = re.compile(r"([A-Za-z]\w{0,30})\s*:\s*(.*)")
_PROCESS = re.compile(r"\s*- \[\s*([0-9]{1,20}),\s*([0-9]{1,19}(?:\.[0-9]{1,9})?|nan|inf),(.*)\]\s*")
_LIST = "processList"
_PATH, _NAME, _SHARE, _TIME, _KIND = "(path)", "(name)", "(share)", "(time)", "(kind)"


def _time(value: object) -> Utc:
    return zoned(value) if isinstance(value, str) else unix(value)


def _number(value: object) -> int:
    return whole(value) if isinstance(value, str) else integer(value)


def _same(value: Any) -> Any:
    return value


@record
class Interval(Record):
    """One record: what was written until logd began a new file."""

    record: str | None = col("record", doc="what the record is, `logd statistics` for most")
    kind: str | None = col("type", doc="`File Rotate` for a file that was full, `Memory Rollover` for memory that was")
    file: str | None = col("file", doc="file of the log that was full, below the folder of the log")
    time: Utc | None = col("time", _time, doc="when the record was written; the interval ended then")
    total: int | None = col("total", _number, doc="bytes that all processes wrote")
    client: FilePath | None = col("client", doc="the one process that the record is of", surface="running-process")
    covered: int | None = col("timeCovered", _number, doc="seconds that the interval lasted")
    size: int | None = col("sizeBytes", _number, doc="bytes that the client wrote")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@record(surface="running-process")
class Process(Record):
    """A process that wrote much during an interval."""

    path: FilePath | None = col(_PATH, doc="program, where an absolute path is stored; `/kernel` is the kernel")
    process_name: ProcessName | None = col(_NAME, doc="last part of what is stored as its path")
    size: int | None = col("sizeBytes", _number, doc="bytes it wrote during the interval")
    share: float | None = col(_SHARE, doc="share of all bytes, per cent; in the text only")
    time: Utc | None = col(_TIME, _same, doc="when the interval ended")
    kind: str | None = col(_KIND, doc="type of the record it stands in")
    extra: str | None = rest(doc="keys that no field maps, as JSON; of JSON only")


@artifact(
    "/private/var/db/diagnostics/logdata.statistics.*.txt", "/private/var/db/diagnostics/logdata.statistics.*.jsonl"
)
def log_statistics(file: SourceFile) -> Iterator[Interval | Process | Gap]:
    text = _Text()
    with file.open() as stored:
        for number, line in lines(stored, _LONGEST):
            if line is None:
                yield too_long(number, _LONGEST)
            elif line.startswith("{"):
                yield from _json(f"line {number}", line)
            elif line.strip():
                yield from text.line(f"line {number}", line)
    yield from text.told()


class _Text:
    """The record at hand, of those that are written as text."""

    def __init__(self) -> None:
        self._at = ""
        self._keys: dict[str, str] = {}
        self._told = True
        self._time: Utc | None = None

    def line(self, at: str, line: str) -> Iterator[Interval | Process | Gap]:
        if head := _HEAD.fullmatch(line):
            yield from self.told()
            self._at, self._keys, self._told = at, {"record": _title(head[1])}, False
        elif process := _PROCESS.fullmatch(line):
            yield from self.told()
            yield from self._process(at, process)
        elif (key := _KEY.fullmatch(line)) and not self._told and len(self._keys) < _MOST_KEYS:
            if key[2]:
                self._keys[key[1] if key[1] not in self._keys else f"{key[1]} of {at}"] = key[2]
        else:
            yield Gap(locator=at, reason=f"expected a record, a key or a process, got {line!a:.60}")

    def told(self) -> Iterator[Interval | Gap]:
        """The record itself, once its keys are complete."""
        if self._told:
            return
        self._told, self._time = True, None
        for row in records([(self._at, self._keys)], Interval):
            if isinstance(row, Interval):
                self._time = row.time
            yield row

    def _process(self, at: str, found: re.Match[str]) -> Iterator[Process | Gap]:
        share = None if found[2] in ("nan", "inf") else decimal(found[2])
        more = {"sizeBytes": found[1], _SHARE: share, _TIME: self._time, _KIND: self._keys.get("type")}
        yield from records([(at, _named(found[3].strip(" ")) | more)], Process)


def _title(head: str) -> str:
    """`logd statistics record` is `logd statistics`, as JSON has it."""
    return head.strip().removesuffix(" record")


def _json(at: str, line: str) -> Iterator[Interval | Process | Gap]:
    try:
        stored = json.loads(line)
    except (ValueError, RecursionError) as e:
        yield Gap(locator=at, reason=f"Interval: expected JSON: {e!s:.100}")
        return
    renamed = {"unixTime": "time", "totalBytes": "total"}
    kept = {k if renamed.get(k, k) in stored else renamed.get(k, k): v for k, v in stored.items() if k != _LIST}
    time = kind = None
    for row in records([(at, kept)], Interval):
        if isinstance(row, Interval):
            time, kind = row.time, row.kind
        yield row
    listed = stored.get(_LIST, [])
    if not isinstance(listed, list) or len(listed) > _MOST_PROCESSES:
        yield Gap(locator=f"{at}.{_LIST}", reason=f"expected a list of at most {_MOST_PROCESSES}, got {listed!a:.60}")
        return
    for number, entry in enumerate(listed, 1):
        yield from _entry(f"{at}/{number}", entry, time, kind)


def _entry(at: str, entry: Any, time: Utc | None, kind: str | None) -> Iterator[Process | Gap]:
    if isinstance(entry, Mapping) and isinstance(entry.get("process"), str):
        others = {f"{k}": v for k, v in entry.items() if k != "process"}
        yield from records([(at, others | _named(entry["process"]) | {_TIME: time, _KIND: kind})], Process)
    else:
        yield Gap(locator=at, reason=f"Process: expected a process and its bytes, got {entry!a:.60}")


def _named(path: str) -> dict[str, Any]:
    """A program by its path and the last part of it."""
    path = path.encode("utf-8", "backslashreplace").decode()
    return {_PATH: path if path.startswith("/") else None, _NAME: path.rpartition("/")[2] or None}
