"""The steps of an iPhone, in the order that keeps evidence.

A sysdiagnose first: it holds what only memory and short-lived logs hold. Then crash logs, which the phone rotates, and
with them the sysdiagnose. Then the backup, encrypted where that is agreed to: an encrypted one holds more (keychain,
health, call history, Safari history). Crash logs are copied and kept on the phone; the programs would move them.

Sources: the manual pages of idevicecrashreport and idevicebackup2, the latter also of how a password is given
(environment, or typed: never on the command line, which others on the machine can see); Apple, "sysdiagnose" profile
instructions; https://docs.mvt.re/en/latest/ios/backup/ on what an encrypted backup holds more.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from bridle.acquire.devices import told
from bridle.acquire.programs import path_of, program
from bridle.acquire.record import AcquisitionError
from bridle.acquire.running import Ran
from bridle.acquire.work import StepFailedError, StepSkippedError, Task, Work
from bridle.core import FormatError
from bridle.formats import plist

PATIENCE = {"crash-logs": 3600.0, "password": 600.0, "backup": 24 * 3600.0}
"""Seconds that a program may take."""
SILENCE = {"crash-logs": 600.0, "backup": 1200.0}
"""Seconds without a word, after which it hangs; the person may have to find the phone and enter its code."""
_TRIES = 3
_CHORD = (
    "Press both volume buttons and the side button of the iPhone together for one second, and let go; it may\n"
    "vibrate. Do not hold them longer, and do not slide to power off. The phone now gathers its logs, which takes\n"
    "about ten minutes. Leave it unlocked. It is ready when Settings > Privacy & Security > Analytics &\n"
    "Improvements > Analytics Data lists a name that begins with sysdiagnose_ and today's date."
)
_ABOUT_PASSWORDS = (
    "An encrypted backup holds more: call history, Safari's history, health, saved passwords. It needs a backup\n"
    "password, and this phone has none. If you agree, one is set now. That changes the phone: the password stays\n"
    "on it until somebody removes it with the password, or resets all settings. Write it down and keep it with\n"
    "the case."
)
_ERRORS = {
    "ErrorCode 105": "this computer has too little room; free some, and run the same command again",
    "ErrorCode 207": "the iPhone is locked; unlock it, and run the same command again",
    "ErrorCode 208": "the iPhone is locked; unlock it, and run the same command again",
}


def sysdiagnose(work: Work) -> None:
    """Have the person make one; the phone writes it where crash logs are."""
    if not work.guide.interactive:
        raise StepSkippedError(
            "a sysdiagnose needs a hand at the phone: make one before this command (both volume buttons and the side "
            "button for a second, then ten minutes), or run it on a terminal"
        )
    if not work.guide.agree("Make a sysdiagnose now? It is the richest source, and takes ten minutes."):
        raise StepSkippedError("the person at the computer left it out")
    work.record.changed("a sysdiagnose was made by hand: the phone wrote its logs into a file of its own")
    work.guide.wait(_CHORD)


def crash_logs(work: Work) -> None:
    """Copy crash logs, and the sysdiagnoses that lie among them."""
    work.room()
    out = work.evidence("crash-logs")
    asked = work.record.done("sysdiagnose")
    for attempt in range(_TRIES):
        _copy_crash_logs(work, out)
        if not asked or sysdiagnoses(out) or attempt == _TRIES - 1:
            break
        if not work.guide.agree(
            "No sysdiagnose is there yet. Wait until the phone lists it, then answer yes to copy again."
        ):
            break
    if asked and not sysdiagnoses(out):
        work.guide.say("No finished sysdiagnose was among the crash logs. Make one, and acquire into a new folder.")


def _copy_crash_logs(work: Work, out: Path) -> None:
    other = program("pymobiledevice3").path
    if program("idevicecrashreport").path is None and other is not None:
        command = [str(other), "crash", "pull", str(out), "--udid", work.device]
    else:
        command = [path_of("idevicecrashreport"), "-u", work.device, "-k", str(out)]
    ran = work.run(
        "Copying crash logs", command, patience=PATIENCE["crash-logs"], silence=SILENCE["crash-logs"]
    )  # fmt: skip
    if not ran.good:
        raise StepFailedError(_why(ran))
    if not any(out.iterdir()):
        raise StepFailedError("no file came of it: unlock the iPhone, and run the same command again")


def sysdiagnoses(crash: Path) -> list[Path]:
    """The finished ones among crash logs, the oldest first by name."""
    found = crash.rglob("sysdiagnose_*.tar.gz") if crash.is_dir() else ()
    return sorted(f for f in found if f.is_file() and not f.is_symlink() and not f.name.startswith("IN_PROGRESS"))


def password(work: Work) -> None:
    """Take down whether backups are encrypted; set a password if there is none and the person agrees."""
    before = encrypted(work)
    work.record.backup_encryption = {"before": before, "set_here": False}
    if before:
        raise StepSkippedError("the phone has a backup password already; it was not changed")
    if before is None:
        raise StepSkippedError("the phone does not say whether it has a backup password; none was set")
    work.guide.say(_ABOUT_PASSWORDS)
    agreed = work.set_password or work.guide.agree("Has the person agreed, and may a backup password be set?")
    if not agreed:
        raise StepSkippedError("no backup password was set: the backup is not encrypted and holds less")
    work.password = work.password or work.guide.new_password()
    if not work.password:
        raise StepSkippedError(
            "no password was given, so that none was set: the backup is not encrypted and holds less"
        )
    tool = path_of("idevicebackup2")
    work.guide.say("The iPhone may ask for its code now.")
    with tempfile.TemporaryDirectory(dir=work.folder, prefix=".setting-") as empty:
        ran = work.run(
            "Setting the backup password", [tool, "-u", work.device, "-i", "encryption", "on", empty],
            patience=PATIENCE["password"], given=f"{work.password}\n{work.password}\n",
            environment={"BACKUP_PASSWORD": work.password},
        )  # fmt: skip
    after = encrypted(work)
    if not after:
        raise StepFailedError(f"the backup password was not set: {_why(ran)}")
    work.record.backup_encryption["set_here"] = True
    work.record.changed("a backup password was set, with the person's agreement")


def encrypted(work: Work) -> bool | None:
    """Whether the phone encrypts its backups; None where it does not say."""
    try:
        found = told(work.device, "com.apple.mobile.backup").get("WillEncrypt")
    except AcquisitionError as e:
        raise StepFailedError(str(e)) from None
    return found if isinstance(found, bool) else None


def backup(work: Work) -> None:
    """Make a full backup."""
    work.room(_used(work))
    out = work.evidence("backup")
    other = program("pymobiledevice3").path
    if program("idevicebackup2").path is None and other is not None:
        command = [str(other), "backup2", "backup", "--full", str(out), "--udid", work.device]
    else:
        command = [path_of("idevicebackup2"), "-u", work.device, "backup", "--full", str(out)]
    work.guide.say("The iPhone may ask for its code now. Keep it unlocked and on its cable; this may take hours.")
    ran = work.run("Making the backup", command, patience=PATIENCE["backup"], silence=SILENCE["backup"])
    if not ran.good:
        raise StepFailedError(_why(ran))
    if not finished(out / work.device):
        raise StepFailedError("the backup is not whole; run the same command again to make another")


def finished(folder: Path) -> bool:
    """Whether a backup's own status says that it is whole."""
    try:
        with (folder / "Status.plist").open("rb") as file:
            status = plist.loads(file.read(1 << 20), max_objects=1_000, max_depth=8)
    except (OSError, FormatError):
        return False
    lists = (folder / name for name in ("Manifest.db", "Manifest.mbdb"))
    there = (folder / "Manifest.plist").is_file() and any(f.is_file() for f in lists)
    return there and isinstance(status, dict) and status.get("SnapshotState") == "finished"


def _used(work: Work) -> int:
    """Bytes that the phone's data take; 0 where it does not say."""
    try:
        disk = told(work.device, "com.apple.disk_usage")
    except AcquisitionError:
        return 0
    total, free = (disk.get(name) for name in ("TotalDataCapacity", "TotalDataAvailable"))
    good = isinstance(total, int) and isinstance(free, int) and 0 <= free <= total < 1 << 50
    return int(total or 0) - int(free or 0) if good else 0


def _why(ran: Ran) -> str:
    """Why a program failed, and what to do."""
    said = f"{ran.out}\n{ran.err}"
    for sign, sentence in _ERRORS.items():
        if sign in said:
            return sentence
    reason = ran.problem or ran.last_words or f"it ended with {ran.code}"
    return f"{reason}; see that the cable sits and the iPhone is unlocked, and run the same command again"


STEPS = (
    Task(name="sysdiagnose", title="Make a sysdiagnose, by hand", gives=False, do=sysdiagnose,
         changes="the phone writes its logs into a file of its own",
         commands=("by hand: both volume buttons and the side button for one second",)),
    Task(name="crash-logs", title="Copy crash logs and sysdiagnoses", do=crash_logs,
         changes="the phone moves new crash logs to where they can be copied; none is removed",
         commands=("idevicecrashreport -u PHONE -k FOLDER/evidence/crash-logs",)),
    Task(name="backup-password", title="Set a backup password, if there is none and the person agrees", gives=False,
         do=password, changes="a backup password stays on the phone",
         commands=("idevicebackup2 -u PHONE -i encryption on FOLDER/EMPTY (the password goes by its environment)",)),
    Task(name="backup", title="Make a full backup", do=backup, changes="the phone notes the time of its last backup",
         commands=("idevicebackup2 -u PHONE backup --full FOLDER/evidence/backup",)),
)  # fmt: skip
"""In this order. Nothing restarts or updates the phone."""
NEEDED = ("idevice_id", "ideviceinfo")
"""Programs without which not even the phone is found."""


def sources(folder: Path) -> list[tuple[Path, str]]:
    """What came of the steps, with what each is called in the case."""
    evidence = folder / "evidence"
    found = [(path, f"sysdiagnose {n}") for n, path in enumerate(sysdiagnoses(evidence / "crash-logs"), 1)]
    if (evidence / "crash-logs").is_dir() and any((evidence / "crash-logs").iterdir()):
        found.append((evidence / "crash-logs", "crash logs"))
    backups = sorted(p for p in (evidence / "backup").glob("*") if (p / "Manifest.plist").is_file())
    return found + [(path, "backup") for path in backups if finished(path)]
