"""Unified logs (tracev3): which processes logged, what of each record is in its head, and some messages in full.

`Process` is every process of every catalog, and costs nothing: the file says by itself who logged in it. `Event` is
every record, without its arguments. `Message` is a record with its text, for those few in which a text is that is
looked for (`MARKS`), in the arguments or in the format, and for all of processes that run from elsewhere than the
system and the folder of apps (GEN-01). It is the rule that says what a message means: `/private/var/tmp/` is in
ordinary ones too.

A record holds ticks of the continuous time. The timesync files say for each boot which wall time that was; before the
first sync of a boot its times are counted back from it. Without them the header of the file is used, which does not
know of later changes of the clock. `time_from` says which. Paths, formats and texts need the strings of the images
(uuidtext, beside the log); a file of them that is not there leaves None.

An argument that a record marks as private is `<private>`, unless the device kept it. An event costs about 25 bytes in
a case, none is left out; a phone has 3 to 30 million of them, which are 75 to 750 MB.

Known limits: logs of macOS were at hand, none of a phone. Messages are told in full only where a text of `MARKS` is in
them or the process runs from elsewhere; of others only the head. How far back a log reaches depends on how much is
logged: days, or hours.

Sources: as `bridle.formats.tracev3`; which texts DarkSword's stages write (iOS 18.4 to 18.7) is known here from
secondary reports only; its indicators: https://github.com/mvt-project/mvt-indicators.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import PurePosixPath

from bridle.core import (
    Block,
    FilePath,
    FormatError,
    Gap,
    ProcessName,
    Record,
    SourceFile,
    Text,
    Utc,
    artifact,
    note,
    record,
)
from bridle.formats import timesync, tracev3
from bridle.formats.uuidtext import Library

MARKS = (
    # What DarkSword's stages write, whichever process they run in.
    "[CHAIN]", "[MAIN]", "DarkSword-", "MIG_FILTER_BYPASS", "DRIVER-NEWTHREAD", "TASKROP",
    "[+] Running on non-A18 Devices", "[+] read_fd: 0x", "target corrupted", "Hello from: 0x",
    # WebKit's notice that its GPU process hangs, many times in an attempt.
    "GPUProcessProxy::childConnectionDidBecomeUnresponsive",
    # That a crash was reported: the report may since be gone.
    "Saved crash report for",
    # Places executables are not run from.
    "/private/var/tmp/", "roleaccountd.staging",
)  # fmt: skip
SYSTEM = (
    "/System/", "/usr/", "/sbin/", "/bin/", "/Applications/", "/private/preboot/Cryptexes/",
    "/private/var/containers/Bundle/", "/Developer/", "/private/var/personalized_", "/kernel",
)  # fmt: skip
UPDATE = ("/private/var/db/com.apple.xpc.roleaccountd.staging/exec/", "/com.apple.NRD.UpdateBrainService")
"""The one executable of the system that runs from there."""
_STRINGS = PurePosixPath("/private/var/db/uuidtext")


@record
class Log(Record):
    """The header of a file: when it was begun, and on what."""

    boot_uuid: str | None = note(doc="UUID of the boot")
    time: Utc | None = note(doc="when the file was begun, by the clock of the device")
    continuous_time: int | None = note(doc="ticks since the boot at that time, counted while asleep too")
    numerator: int = note(doc="ticks times numerator over denominator are nanoseconds")
    denominator: int = note(doc="see numerator")
    build: str | None = note(doc="build of the system")
    model: str | None = note(doc="model of the device, such as `iPhone14,2`")
    zone: str | None = note(doc="path of the time zone's file")
    minutes_west: int = note(doc="minutes west of UTC: -60 is UTC+1")


@record(surface="running-process")
class Process(Record):
    """A process that logged in a part of the file; once for each catalog it is in."""

    pid: int = note(doc="process identifier")
    euid: int = note(doc="effective user: 0 root, 501 mobile")
    uuid: str | None = note(doc="UUID of its executable")
    path: FilePath | None = note(doc="path of its executable; none where its strings are not beside the log")
    process_name: ProcessName | None = note(doc="last part of the path")
    cache_uuid: str | None = note(doc="UUID of the shared cache it has mapped")
    boot_uuid: str | None = note(doc="UUID of the boot")
    first: Utc | None = note(doc="first record of the parts of the file it logged in, its own or another's")
    last: Utc | None = note(doc="last record of those parts")


@record
class Event(Record):
    """One record, without its arguments."""

    time: Utc | None = note(doc="when it was written")
    time_from: str | None = note(doc="`timesync`, or `header`: times by the header of the file alone")
    kind: str = note(doc="`log`, `activity`, `trace`, `signpost`, `loss`, `statedump` or `simpledump`")
    level: str | None = note(doc="`default`, `info`, `debug`, `error`, `fault`; `create`; a signpost's scope and step")
    pid: int | None = note(doc="process; none if no catalog has it")
    process_uuid: str | None = note(doc="Process.uuid")
    subsystem: str | None = note(doc="subsystem it was logged under")
    category: str | None = note(doc="category within the subsystem")
    thread_id: int | None = note(doc="thread")
    activity_id: int | None = note(doc="activity it belongs to or makes, without the highest bit")
    strings_uuid: str | None = note(doc="image, or shared cache, that holds the format; a statedump's own UUID")
    format_offset: int | None = note(doc="where in it the format is")
    dynamic: bool | None = note(doc="whether the format is `%s` instead, because it was made as the process ran")
    continuous_time: int = note(doc="ticks since the boot, counted while asleep too")
    boot_uuid: str | None = note(doc="UUID of the boot")
    lost: int | None = note(doc="of a loss: how many messages were lost")


@record
class Message(Record):
    """A record in which a text is that is looked for, or of a process from elsewhere than the system."""

    time: Utc | None = note(doc="Event.time")
    pid: int | None = note(doc="process")
    process_uuid: str | None = note(doc="Process.uuid")
    process_path: FilePath | None = note(doc="path of its executable", surface="running-process")
    process_name: ProcessName | None = note(doc="last part of the path", surface="running-process")
    kind: str = note(doc="Event.kind")
    level: str | None = note(doc="Event.level")
    subsystem: str | None = note(doc="Event.subsystem")
    category: str | None = note(doc="Event.category")
    image_path: FilePath | None = note(doc="path of the image whose strings hold the format")
    format: str | None = note(doc="format; none where the strings are not beside the log")
    text: Text | None = note(doc="format with the arguments in it, to 16384 characters; a statedump's title")
    arguments: tuple[Text, ...] = note(doc="arguments by themselves, to 16384 characters; `<private>` if not kept")
    why: tuple[str, ...] = note(doc="texts that were found; `process path` where all of the process is kept")


@artifact(
    "/private/var/db/diagnostics/Persist/*.tracev3",
    "/private/var/db/diagnostics/Special/*.tracev3",
    "/private/var/db/diagnostics/Signpost/*.tracev3",
    "/private/var/db/diagnostics/HighVolume/*.tracev3",
    "/private/var/db/diagnostics/*.tracev3",
    companions=("/private/var/db/diagnostics/timesync/*.timesync", "/private/var/db/uuidtext/**"),
)
def unified_log(file: SourceFile) -> Iterator[Log | Process | Block[Event] | Message | Gap]:
    reader = _Reader(file)
    try:
        with file.open() as stored:
            for item in tracev3.read(stored, file.size, reader.clock, reader.search):
                if isinstance(item, Gap):
                    yield item
                elif isinstance(item, tracev3.Header):
                    yield from _log(item)
                elif isinstance(item, tracev3.Catalog):
                    yield from reader.processes(item)
                else:
                    yield item.block(Event)
                    yield from reader.messages(item)
        yield from reader.damage()
    finally:
        reader.library.close()


class _Reader:
    """A log with the files beside it."""

    def __init__(self, file: SourceFile) -> None:
        self._beside = file.companions()
        self._boot: str | None = None
        self._clock: timesync.Clock | None = None
        self._damage: dict[str, str] = {}
        self.library = Library(self._strings)
        self.search = tracev3.Search(MARKS, outside, self.library)

    def _strings(self, uuid: str, cache: bool) -> SourceFile | None:
        name = uuid.replace("-", "")
        return self._beside.get(_STRINGS / "dsc" / name if cache else _STRINGS / name[:2] / name[2:])

    def clock(self, head: tracev3.Header) -> timesync.Clock | None:
        """The times of a boot, of the timesync files if they have it."""
        self._boot = head.boot
        files = (f for path, f in sorted(self._beside.items()) if path.suffix == ".timesync")
        found = chain.from_iterable(map(self._syncs, files))
        self._clock = (timesync.clock_of(head.boot, found) if head.boot else None) or head.clock()
        return self._clock

    def _syncs(self, file: SourceFile) -> Iterator[timesync.Boot | timesync.Sync | Gap]:
        try:
            with file.open() as stored:
                yield from timesync.records(stored)
        except FormatError as e:
            self._damage[str(file.path)] = f"{e!s:.200}"

    def processes(self, catalog: tracev3.Catalog) -> Iterator[Process]:
        """The processes of a catalog."""
        for number, p in enumerate(catalog.processes, 1):
            path = self.library.path(p.uuid)
            first, last = (self._time(t) for t in p.ticks or (None, None))
            yield Process(
                locator=f"offset {catalog.offset} process {number}",
                pid=p.pid, euid=p.euid, uuid=p.uuid, path=path, process_name=_name(path), cache_uuid=p.cache,
                boot_uuid=self._boot, first=first, last=last,
            )  # fmt: skip

    def _time(self, ticks: int | None) -> Utc | None:
        return None if ticks is None or self._clock is None else self._clock.utc(ticks)

    def messages(self, batch: tracev3.Batch) -> Iterator[Message | Gap]:
        """The messages that are looked for."""
        for item in batch.messages():
            if isinstance(item, Gap):
                yield item
                continue
            found, event, process = item
            path = None if process is None else self.library.path(process.uuid)
            why = (*found.marks, *(("process path",) if found.whole else ()))
            yield Message(
                locator=f"{event['locator']} text",
                process_path=path, process_name=_name(path), image_path=found.image, format=found.format,
                text=found.text, arguments=found.arguments, why=why,
                **{name: event[name] for name in _SAME},
            )  # fmt: skip

    def damage(self) -> Iterator[Gap]:
        """What of the files beside the log could not be read."""
        for path, reason in (*self._damage.items(), *self.library.damage.items()):
            yield Gap(locator=f"beside {path}", reason=reason)


_SAME = ("time", "pid", "process_uuid", "kind", "level", "subsystem", "category")


def outside(path: str) -> bool:
    """Whether an executable is neither of the system nor of an app that was installed."""
    return not path.startswith(SYSTEM) and not (path.startswith(UPDATE[0]) and path.endswith(UPDATE[1]))


def _name(path: str | None) -> str | None:
    return None if path is None else path.rpartition("/")[2] or None


def _log(head: tracev3.Header) -> Iterator[Log | Gap]:
    locator, fits = f"offset {head.offset}", head.start < timesync.TICKS
    yield Log(
        locator=locator, boot_uuid=head.boot, time=head.time, continuous_time=head.start if fits else None,
        numerator=head.numerator, denominator=head.denominator, build=head.build, model=head.model, zone=head.zone,
        minutes_west=head.minutes_west,
    )  # fmt: skip
    if not fits:
        yield Gap(locator=f"{locator}.continuous_time", reason=f"expected a continuous time, got {head.start}")
