"""Acquires one phone, step by step, into one folder; run again, it continues with the steps that are missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bridle.acquire import android, devices, hashes, ios, record
from bridle.acquire.programs import MissingProgramError, path_of, programs
from bridle.acquire.record import AcquisitionError, Record, Step, WrongUseError
from bridle.acquire.work import Guide, StepFailedError, StepSkippedError, Task, Work
from bridle.case.locking import taken
from bridle.classes import dataclass
from bridle.descriptors import open_file

PLANS = {"ios": ios.STEPS, "android": android.STEPS}
NEEDED = {"ios": ios.NEEDED, "android": android.NEEDED}
_LOCK = ".lock"
_FOUND = {
    "ios": "Found {model}, iOS {os_version}. It trusts this computer, until its owner resets location and privacy.",
    "android": "Found {model}, Android {os_version}. Its owner can take back USB debugging in the developer options.",
}
SOURCES = {"ios": ios.sources, "android": android.sources}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be acquired, and how."""

    platform: str
    folder: Path
    device: str | None = None
    """UDID or serial number; None for the one that is there."""
    consent: dict[str, str] | str = "none recorded"
    password: str | None = None
    set_password: bool = False


def acquire(asked: Asked, guide: Guide) -> Record:
    """Do the steps that are missing. What went wrong with one is in the record, and the others are done.

    Raises AcquisitionError or MissingProgramError before anything is done to the phone; KeyboardInterrupt after the
    step that was interrupted is taken down.
    """
    for name in NEEDED[asked.platform]:
        path_of(name)
    with _alone(asked.folder):
        stored = record.load(asked.folder) or record.new(asked.platform)
        if stored.platform != asked.platform:
            raise WrongUseError(f"{asked.folder} holds the acquisition of another kind of phone; name a new folder")
        work = _begin(asked, stored, guide)
        for task in PLANS[asked.platform]:
            _do(work, task)
        _look_at_clock(work)
        stored.ended = record.now()
        record.save(asked.folder, stored)
    return stored


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The folder, made or taken up again, for this run alone."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        others = any(f.name != _LOCK and not f.name.startswith(record.UNFINISHED) for f in folder.iterdir())
        if others and record.load(folder) is None:
            raise WrongUseError(
                f"{folder} holds something else; name a new folder, or that of an acquisition to continue"
            )
        folder.chmod(0o700)
        descriptor = open_file(folder / _LOCK, os.O_RDWR | os.O_CREAT)
    except OSError as e:
        raise WrongUseError(f"{folder} cannot be written: {e.strerror}; name another folder") from None
    try:
        if not taken(descriptor):
            raise WrongUseError(f"another run acquires into {folder}; wait for it, or name another folder")
        yield
    finally:
        os.close(descriptor)


def _begin(asked: Asked, stored: Record, guide: Guide) -> Work:
    """Find the phone, and take down what it is, the time on both sides and the programs' versions."""
    find = devices.the_iphone if asked.platform == "ios" else devices.the_android
    about = devices.about_iphone if asked.platform == "ios" else devices.about_android
    device = find(asked.device)
    if stored.device and stored.device.get("id") != device:
        raise WrongUseError(f"{asked.folder} holds the acquisition of another phone; name a new folder")
    stored.device = {"id": device, **about(device)}
    stored.consent = asked.consent
    for one in programs():
        if one.platform == asked.platform and one.path is not None:
            stored.tools[one.name] = one.said_version()
    told = {k: " ".join(str(v).split("\n")) for k, v in stored.device.items()}
    guide.say(_FOUND[asked.platform].format(**{"model": "a phone", "os_version": "?"} | told))
    work = Work(
        folder=asked.folder, record=stored, device=device, guide=guide, password=asked.password,
        set_password=asked.set_password,
    )  # fmt: skip
    _look_at_clock(work)
    record.save(asked.folder, stored)
    return work


def _look_at_clock(work: Work) -> None:
    try:
        work.record.clocks.append(devices.clock(work.record.platform, work.device))
    except (AcquisitionError, MissingProgramError) as e:
        work.guide.say(f"The phone's clock could not be compared: {e}")


def _do(work: Work, task: Task) -> None:
    """One step: done, failed or skipped, and taken down as that before and after."""
    stored = work.record
    if stored.done(task.name):
        work.guide.say(f"{task.title}: done before.")
        return
    _put_aside(work, task)
    step = work.current = Step(name=task.name, status="running", started=record.now())
    stored.steps.append(step)
    record.save(work.folder, stored)
    work.guide.say(f"\n{task.title}.")
    try:
        task.do(work)
        step.status = "done"
    except StepSkippedError as e:
        step.status, step.said = "skipped", str(e)
    except (StepFailedError, MissingProgramError) as e:
        step.status, step.said = "failed", str(e).replace(work.device, "PHONE")
    except BaseException:
        step.status = "interrupted"
        raise
    finally:
        _took(work, task, step)
    if step.status != "done":
        work.guide.say(f"{'Left out' if step.status == 'skipped' else 'FAILED'}: {step.said}")


def _took(work: Work, task: Task, step: Step) -> None:
    """Hash what the step gave, and take down how it ended."""
    step.ended = record.now()
    evidence = work.folder / "evidence" / task.name
    if task.gives and step.status != "interrupted" and evidence.is_dir():
        number = sum(s.name == task.name for s in work.record.steps)
        with work.guide.working("Hashing what was received"):
            step.hashes = hashes.hashed(work.folder, evidence, work.folder / "hashes" / f"{task.name}-{number}.sha256")
    record.save(work.folder, work.record)


def _put_aside(work: Work, task: Task) -> None:
    """What an earlier attempt left is kept, out of the way of the next."""
    left = work.folder / "evidence" / task.name
    last = work.record.step(task.name)
    if last is not None and last.status == "running":
        last.status = "interrupted"
    if not left.is_dir() or not any(left.iterdir()):
        return
    number = sum(s.name == task.name for s in work.record.steps)
    to = work.folder / "incomplete" / f"{task.name}-{number}"
    to.parent.mkdir(mode=0o700, exist_ok=True)
    left.rename(to)
    if last is not None:
        last.kept = to.relative_to(work.folder).as_posix()


def missing(stored: Record) -> list[Step]:
    """The last attempts at steps that failed or were interrupted."""
    last = {s.name: s for s in stored.steps}
    return [s for s in last.values() if s.status not in ("done", "skipped")]
