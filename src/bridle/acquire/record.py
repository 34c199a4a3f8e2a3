"""`acquisition.json`: what was done to a phone to acquire it, by which programs, when, and what they gave.

    FOLDER/acquisition.json     device, consent, tools, clocks, steps, changes of the phone, lists of hashes
    FOLDER/evidence/STEP/       what a step gave
    FOLDER/hashes/STEP-N.sha256 its files' digests, as `sha256sum -c` reads them in FOLDER
    FOLDER/incomplete/          what interrupted steps left
    FOLDER/case/                the case

It is replaced as a whole before and after every step, so that a run that is cut off can be continued.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bridle import __version__
from bridle.classes import dataclass

NAME, FORMAT, SCHEMA = "acquisition.json", "bridle-acquisition", 1
UNFINISHED = ".acquisition-"
"""How the name of a record begins that is being written."""
_LARGEST = 16 << 20


class AcquisitionError(Exception):
    """The phone cannot be acquired, or not like this. One sentence with the next step."""


class WrongUseError(AcquisitionError):
    """What was asked cannot be done as asked: exit code 2."""


@dataclass(kw_only=True)
class Step:
    """One thing that was done."""

    name: str
    status: str
    """`running`, `done`, `failed`, `interrupted` or `skipped`; what still runs in a stored record was cut off."""
    started: str
    ended: str = ""
    commands: tuple[str, ...] = ()
    """As they were run, without the phone's identifier, the folder and any password."""
    exit_codes: tuple[int | None, ...] = ()
    said: str = ""
    """The last line of the last program, or why there is none."""
    kept: str = ""
    """Where its files were put when the step was done again."""
    hashes: dict[str, Any] | None = None
    """The list of its files, that list's own SHA-256, how many files and bytes, and what could not be hashed."""


@dataclass(kw_only=True)
class Record:
    """One acquisition."""

    platform: str
    device: dict[str, str] = field(default_factory=dict)
    """`id` (UDID or serial number), name, model, version, as the phone says."""
    consent: dict[str, str] | str = "none recorded"
    """The digest of the consent record."""
    started: str = ""
    ended: str = ""
    host: str = ""
    bridle: str = __version__
    tools: dict[str, str] = field(default_factory=dict)
    clocks: list[dict[str, Any]] = field(default_factory=list)
    """Host time before and after the phone was asked for its own, in UTC, and how many seconds the phone is ahead."""
    backup_encryption: dict[str, Any] = field(default_factory=dict)
    """Whether it was on before, and whether it was turned on here."""
    state_changes: list[dict[str, str]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def step(self, name: str) -> Step | None:
        """The last attempt at a step."""
        return next((s for s in reversed(self.steps) if s.name == name), None)

    def done(self, name: str) -> bool:
        """Whether a step need not be done again."""
        last = self.step(name)
        return last is not None and last.status == "done"

    def changed(self, what: str) -> None:
        """Take down what was changed on the phone."""
        self.state_changes.append({"time": now(), "what": what})

    def as_dict(self) -> dict[str, Any]:
        return {"format": FORMAT, "schema": SCHEMA, **asdict(self)}


def now() -> str:
    """This machine's time, in UTC to the second."""
    return moment(datetime.now(UTC))


def moment(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def new(of: str) -> Record:
    return Record(platform=of, started=now(), host=platform.node())


def save(folder: Path, record: Record) -> None:
    """Replace the stored record by this one, which is on the disk when this returns."""
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=UNFINISHED)
    with os.fdopen(descriptor, "wb") as file:
        file.write((json.dumps(record.as_dict(), indent=1, ensure_ascii=False) + "\n").encode("utf-8", "replace"))
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(folder / NAME)


def load(folder: Path) -> Record | None:
    """The stored record; None where the folder has none of ours. Raises AcquisitionError for one that is damaged."""
    file = folder / NAME
    try:
        if file.stat().st_size > _LARGEST:
            raise AcquisitionError(f"{file} is too large; acquire into a new folder")
        stored = json.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError):
        raise AcquisitionError(f"{file} cannot be read; acquire into a new folder") from None
    if not isinstance(stored, dict) or stored.pop("format", None) != FORMAT:
        return None
    if stored.pop("schema", None) != SCHEMA:
        raise AcquisitionError(f"{file} is of another version; use a newer bridle")
    try:
        return _record(stored)
    except (TypeError, KeyError, ValueError):
        raise AcquisitionError(f"{file} is damaged; acquire into a new folder") from None


def _record(stored: Mapping[str, Any]) -> Record:
    steps = [Step(**{**s, "commands": tuple(s["commands"]), "exit_codes": tuple(s["exit_codes"])})
             for s in stored["steps"]]  # fmt: skip
    found = Record(**{**stored, "steps": steps})
    if found.platform not in ("ios", "android") or not isinstance(found.device, dict):
        raise ValueError("expected a platform and a device")
    return found
