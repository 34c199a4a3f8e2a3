"""dumpsys dbinfo: the SQLite databases that running apps have open, and the last statements they ran.

    ** Database info for pid 8817 [com.example.app] **

    Connection pool for /data/user/0/com.example.app/databases/a.db:
      Open: true
      Max connections: 1
      Total execution time: 46
      Configuration: openFlags=268435456, isLegacyCompatibilityWalEnabled=false, journalMode=, syncMode=
      Available primary connection:
        Connection #0:
          isPrimaryConnection: true
          Most recently executed operations:
            0: [2023-07-27 12:21:44.097] [Pid:(0)]execute took 2ms - succeeded, sql="PRAGMA a;", path=/data/…/a.db

Up to twenty operations of each connection, the newest first. The first few are often what the dump itself asked for
(`PRAGMA database_list` and the like). The pid of an operation is given by Samsung's systems, `path=` since Android 10.
Android 4 to 9 have the same form with fewer lines. Below it stand the files of the folders and their times.

Known limits: values that were bound to a statement are not there; statements are written on one line and can be cut. A
statement is the app's own text: what looks like the end of it within it can move the border between statement and path.
Statistics of the statement cache and waiting connections are kept as `extra` or left out.

Sources: AOSP `ActivityManagerService.dumpDbInfo`, `SQLiteConnection.dump`, `SQLiteConnectionPool.dump`,
https://android.googlesource.com/platform/frameworks/base/+/refs/heads/main/core/java/android/database/sqlite/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import field
from datetime import UTC, datetime

from bridle.classes import dataclass
from bridle.core import (
    FileName,
    FilePath,
    Gap,
    PackageName,
    ProcessName,
    Record,
    SourceFile,
    Text,
    Utc,
    WallClock,
    artifact,
    note,
    record,
)
from bridle.formats.android_values import wall_clock
from bridle.formats.lines import lines, too_long

_LONGEST = 1 << 18
_MOST_KEPT = 100
"""Lines of a pool or connection that are kept as `extra`."""
_PROCESS = re.compile(r"\*\* Database info for pid (\d{1,10}) \[(.*)\] \*\*")
_POOL = re.compile(r"Connection pool for (.*):")
_CONNECTION = re.compile(r"Connection #(\d{1,9}):")
_OPERATION = re.compile(
    r"(\d{1,9}): \[(.{1,40}?)\] (?:\[Pid:\((\d{1,10})\)\] ?)?([A-Za-z]{1,60}) (took|started) (-?\d{1,15})ms(?: ago)?"
    r" - ([a-z]{1,20})(.*)"
)
_FILES = re.compile(r"Database files in (.*):")
_FILE = re.compile(r"(.+?)(?<! ) +(\d{1,18})b ctime=(\S{1,40}) mtime=(\S{1,40}) atime=(\S{1,40})")
_OWNER = re.compile(r"/(?:data|mnt/expand/[^/]+)/(?:data|user/\d+|user_de/\d+)/([^/]+)/")
_NUMBER = re.compile(r"-?\d{1,18}")


@record(surface="running-process")
class Process(Record):
    """A process that was asked for its databases; it need not have any."""

    pid: int = note(doc="process identifier")
    process_name: ProcessName = note(doc="name of the process: its app, and `:part` where it is not the main one")


@record(surface="file-present")
class Pool(Record):
    """A database that a process has open."""

    pid: int | None = note(doc="process identifier")
    process_name: ProcessName | None = note(doc="name of the process", surface="running-process")
    path: FilePath = note(doc="the database; `:memory:` where it has no file")
    package_name: PackageName | None = note(doc="app whose folder it is in", surface="installed-app")
    open: bool | None = note(doc="whether it is open")
    max_connections: int | None = note(doc="most connections at once")
    total_time: int | None = note(doc="time of all statements, milliseconds")
    configuration: str | None = note(doc="flags and modes, as stored")
    extra: str | None = note(doc="what no field maps, as JSON")


@record
class Connection(Record):
    """A connection of a pool."""

    pid: int | None = note(doc="process identifier")
    database: FilePath | None = note(doc="the pool it belongs to")
    number: int = note(doc="its number within the pool")
    state: str | None = note(doc="heading it stands under, such as `Available primary connection`")
    primary: bool | None = note(doc="whether it is the one that may write")
    read_only: bool | None = note(doc="whether only reading is allowed in its session")
    operations: int = note(doc="operations listed below it")
    extra: str | None = note(doc="what no field maps, as JSON")


@record(surface="file-present")
class Operation(Record):
    """A statement a connection ran."""

    pid: int | None = note(doc="process identifier")
    process_name: ProcessName | None = note(doc="name of the process", surface="running-process")
    index: int = note(doc="0 is the newest of its connection")
    time: WallClock | None = note(doc="when it was begun, by the phone's clock")
    caller_pid: int | None = note(doc="process that asked for it, where stored; 0 is the dump itself")
    action: str = note(doc="prepare, execute, executeForCursorWindow, …")
    took: int | None = note(doc="how long it took, milliseconds; none while it runs")
    running: int | None = note(doc="how long it has been running, milliseconds; none once it has ended")
    status: str = note(doc="succeeded, failed or running")
    sql: Text | None = note(doc="the statement, without the values", surface="mention")
    path: FilePath | None = note(doc="the database; that of the pool where the line does not say")
    package_name: PackageName | None = note(doc="app whose folder it is in", surface="installed-app")
    extra: str | None = note(doc="what follows the path, such as the exception, as stored")


@record(surface="file-present")
class DatabaseFile(Record):
    """A file in a folder of databases."""

    pid: int | None = note(doc="process identifier of the process that was asked")
    path: FilePath = note(doc="the file")
    name: FileName = note(doc="name of the file")
    size: int = note(doc="bytes")
    changed: Utc | None = note(doc="when its entry was changed (ctime)")
    modified: Utc | None = note(doc="when its content was changed (mtime)")
    accessed: Utc | None = note(doc="when it was read (atime)")


_Row = Process | Pool | Connection | Operation | DatabaseFile | Gap


@dataclass
class _Open:
    """A pool or connection whose lines are being read."""

    locator: str
    number: int = 0
    state: str | None = None
    operations: int = 0
    values: dict[str, str] = field(default_factory=dict)

    def keep(self, line: str) -> None:
        key, colon, value = line.partition(": ")
        if len(self.values) < _MOST_KEPT and (colon or not line.endswith(":")):
            self.values.setdefault(key, value.strip())

    def left(self, *mapped: str) -> str | None:
        """What no field maps, as JSON."""
        other = {k: v for k, v in self.values.items() if k not in mapped}
        return json.dumps(other, sort_keys=True, ensure_ascii=False) if other else None


class _Reader:
    def __init__(self) -> None:
        self._pid: int | None = None
        self._process: str | None = None
        self._path: str | None = None
        self._folder: str | None = None
        self._pool: _Open | None = None
        self._connection: _Open | None = None
        self._state: str | None = None

    def line(self, at: str, text: str) -> Iterator[_Row]:
        line = text.strip()
        if found := _PROCESS.fullmatch(line):
            yield from self.end()
            self._pid, self._process, self._path = int(found[1]), found[2], None
            yield Process(locator=at, pid=self._pid, process_name=found[2])
        elif line.startswith(("Failure while dumping", "Got RemoteException", "Got a RemoteException")):
            yield Gap(locator=at, reason=f"expected the databases of a process, got {line!a:.60}")
        elif found := _POOL.fullmatch(line):
            yield from self.end()
            self._path, self._pool = found[1], _Open(at)
        elif found := _FILES.fullmatch(line):
            yield from self.end()
            self._folder = found[1]
        elif self._folder is not None and line:
            yield from self._file(at, line)
        else:
            yield from self._in_pool(at, text, line)

    def _in_pool(self, at: str, text: str, line: str) -> Iterator[_Row]:
        if found := _CONNECTION.fullmatch(line):
            yield from self._end_connection()
            self._connection = _Open(at, int(found[1]), self._state)
        elif line[:1].isdigit() and ": [" in line[:16]:
            yield from self._operation(at, line)
        elif self._pool is not None and len(text) - len(text.lstrip()) <= 2:
            yield from self._end_connection()
            if line.endswith(":"):
                self._state = line[:-1]
            elif line:
                self._pool.keep(line)
        elif self._connection is not None and line and line != "<none>":
            self._connection.keep(line)

    def _operation(self, at: str, line: str) -> Iterator[Operation | Gap]:
        found = _OPERATION.fullmatch(line)
        if found is None:
            yield Gap(locator=at, reason=f"expected index: [time] action took ms - status, got {line!a:.60}")
            return
        if self._connection is not None:
            self._connection.operations += 1
        time = None
        try:
            time = wall_clock(found[2])
        except ValueError as e:
            yield Gap(locator=f"{at}.time", reason=f"Operation: {e}")
        sql, path, extra = _tail(found[8])
        path, span = path or self._path, int(found[6])
        yield Operation(
            locator=at, pid=self._pid, process_name=self._process, index=int(found[1]), time=time,
            caller_pid=int(found[3]) if found[3] else None, action=found[4], took=span if found[5] == "took" else None,
            running=span if found[5] == "started" else None, status=found[7], sql=sql, path=path,
            package_name=_owner(path), extra=extra,
        )  # fmt: skip

    def _file(self, at: str, line: str) -> Iterator[DatabaseFile | Gap]:
        found = _FILE.fullmatch(line)
        if found is None:
            yield Gap(locator=at, reason=f"expected name, size and times of a file, got {line!a:.60}")
            return
        times: dict[str, Utc | None] = {}
        for name, stored in zip(("changed", "modified", "accessed"), found.groups()[2:], strict=True):
            times[name] = _instant(stored)
            if times[name] is None:
                yield Gap(locator=f"{at}.{name}", reason=f"DatabaseFile: expected a time and its zone, got {stored!a}")
        path = found[1] if found[1].startswith("/") else f"{self._folder}/{found[1]}"
        yield DatabaseFile(
            locator=at, pid=self._pid, path=path, name=found[1].rpartition("/")[2], size=int(found[2]),
            changed=times["changed"], modified=times["modified"], accessed=times["accessed"],
        )  # fmt: skip

    def end(self) -> Iterator[_Row]:
        """The pool that is open."""
        yield from self._end_connection()
        if self._pool is not None and self._path is not None:
            get = self._pool.values.get
            time = get("Total execution time") or get("Total execution time (ms)")
            yield Pool(
                locator=self._pool.locator, pid=self._pid, process_name=self._process, path=self._path,
                package_name=_owner(self._path), open=_truth(get("Open")),
                max_connections=_number(get("Max connections")), total_time=_number(time),
                configuration=get("Configuration"),
                extra=self._pool.left(
                    "Open", "Max connections", "Total execution time", "Total execution time (ms)", "Configuration"
                ),
            )  # fmt: skip
        self._pool, self._folder, self._state = None, None, None

    def _end_connection(self) -> Iterator[Connection]:
        if (open_ := self._connection) is not None:
            yield Connection(
                locator=open_.locator, pid=self._pid, database=self._path, number=open_.number, state=open_.state,
                primary=_truth(open_.values.get("isPrimaryConnection")),
                read_only=_truth(open_.values.get("onlyAllowReadOnlyOperations")), operations=open_.operations,
                extra=open_.left("isPrimaryConnection", "onlyAllowReadOnlyOperations"),
            )  # fmt: skip
            self._connection = None


def _tail(text: str) -> tuple[str | None, str | None, str | None]:
    """Statement, path and what follows, of `, sql="…", path=/…, exception="…"`."""
    sql = None
    if text.startswith(', sql="'):
        ends = (text.rfind(mark, 7) for mark in ('", bindArgs=[', '", path=', '"'))
        end = next((e for e in ends if e >= 0), len(text))
        sql, text = text[7:end], text[end + 1 :]
    before, _, behind = text.partition(", path=")
    path, _, after = behind.partition(", ")
    extra = ", ".join(filter(None, (before.removeprefix(", ").strip(), after)))
    return sql or None, path or None, extra or None


def _owner(path: str | None) -> str | None:
    found = _OWNER.match(path) if path else None
    return found[1] if found else None


def _truth(value: str | None) -> bool | None:
    return {"true": True, "false": False}.get(value or "")


def _number(value: str | None) -> int | None:
    return int(value) if value and _NUMBER.fullmatch(value) else None


def _instant(value: str) -> Utc | None:
    try:
        found = datetime.fromisoformat(value)
        return Utc(found.astimezone(UTC)) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


@artifact("/**/dumpsys/dbinfo/*.txt")
def dbinfo(file: SourceFile) -> Iterator[Process | Pool | Connection | Operation | DatabaseFile | Gap]:
    reader = _Reader()
    with file.open() as stored:
        for number, text in lines(stored, _LONGEST):
            if text is None:
                yield too_long(number, _LONGEST)
            else:
                yield from reader.line(f"line {number}", text)
    yield from reader.end()
