"""Property lists of launchd: programs that the system starts by itself.

On a phone as it left the factory all of them lie on the sealed system volume. One on the data volume is how jailbreaks
and older implants start again after a restart.

Known limits: that a file is there does not say that its program ran. Of `MachServices` only the names are kept. Jobs
that are handed to launchd while it runs have no file. Backups have none of these files.

Sources: https://keith.github.io/xcode-man-pages/launchd.plist.5.html ; file names of phones with iOS 15 and 16.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from bridle.core import FilePath, FormatError, Gap, ProcessName, Record, SourceFile, artifact, record
from bridle.formats import plist
from bridle.formats.table import col, records, rest
from bridle.formats.values import keys, text, texts


def _first(value: object) -> str | None:
    """The first word, if it is a path. Raises ValueError."""
    if not isinstance(value, list):
        raise FormatError(f"expected a list of texts, got {value!a:.60}")
    word = text(value[0]) if value else ""
    return word if word.startswith("/") else None


def _inserted(value: object) -> tuple[str, ...] | None:
    """The paths in `DYLD_INSERT_LIBRARIES`, which are joined by colons. Raises ValueError."""
    if isinstance(value, Mapping):
        libraries = value.get("DYLD_INSERT_LIBRARIES")
        return tuple(filter(None, text(libraries).split(":"))) or None if libraries is not None else None
    raise ValueError(f"expected a dictionary, got {value!a:.60}")


def _as_json(value: object) -> str:
    """A truth value, or a dictionary of conditions. Raises ValueError."""
    if isinstance(value, bool | Mapping):
        return json.dumps(value, sort_keys=True, ensure_ascii=True)
    raise ValueError(f"expected true, false or conditions, got {value!a:.60}")


@record(surface="file-present")
class Job(Record):
    """A program that launchd knows."""

    label: ProcessName | None = col("Label", doc="label of the job")
    program: FilePath | None = col("Program", doc="program, where it stands by itself")
    first_argument: FilePath | None = col("ProgramArguments", _first, doc="first argument, where it is a path")
    arguments: tuple[str, ...] | None = col("ProgramArguments", texts, doc="program and arguments")
    run_at_load: bool | None = col("RunAtLoad", doc="whether it starts with the system")
    keep_alive: str | None = col("KeepAlive", _as_json, doc="whether it starts again when it ends, as JSON")
    disabled: bool | None = col("Disabled", doc="whether it is off unless turned on")
    interval: int | None = col("StartInterval", doc="seconds between two starts")
    user: str | None = col("UserName", doc="user it runs as; none: root for a daemon")
    mach_services: tuple[str, ...] | None = col("MachServices", keys, doc="names it answers to")
    watched: tuple[FilePath, ...] | None = col(
        "WatchPaths", texts, doc="paths whose change starts it", surface="mention"
    )
    inserted: tuple[FilePath, ...] | None = col(
        "EnvironmentVariables", _inserted, doc="libraries that its environment has loaded into it", surface="mention"
    )
    environment: str | None = col("EnvironmentVariables", _as_json, doc="its environment, as JSON")
    extra: str | None = rest(doc="keys that no field maps, as JSON")


@artifact(
    "/Library/LaunchDaemons/*.plist",
    "/Library/LaunchAgents/*.plist",
    "/System/Library/LaunchDaemons/*.plist",
    "/private/var/**/LaunchDaemons/*.plist",
    "/private/var/**/LaunchAgents/*.plist",
    "/private/preboot/**/LaunchDaemons/*.plist",
)
def launchd_job(file: SourceFile) -> Iterator[Job | Gap]:
    stored = plist.load(file, limit=4 << 20)
    if not isinstance(stored, Mapping):
        raise FormatError(f"expected a dictionary, got {type(stored).__name__}")
    yield from records([("(job)", stored)], Job)
