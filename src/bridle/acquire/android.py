"""The steps of an Android phone, in the order that keeps evidence.

The bugreport first: it holds logs that the phone overwrites, and asking changes little. Then AndroidQF, which puts a
program of its own on the phone for a while and may ask for a backup. USB debugging is turned on by the person.

Sources: https://developer.android.com/studio/debug/bug-report; https://github.com/mvt-project/androidqf (README).
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from bridle.acquire.devices import QUICK
from bridle.acquire.programs import path_of, program
from bridle.acquire.running import Ran
from bridle.acquire.work import StepFailedError, StepSkippedError, Task, Work

PATIENCE = {"bugreport": 3600.0, "androidqf": 6 * 3600.0}
SILENCE = {"bugreport": 1200.0, "androidqf": 3600.0}
_ANSWERS = {
    "-backup": "none", "-download": "all", "-remove-trusted": "no", "-intrusion-logs": "no", "-hash-files": "yes",
    "-browser-history": "yes", "-magisk-modules": "yes",
}  # fmt: skip
"""What AndroidQF is answered where nobody is there to answer."""


def bugreport(work: Work) -> None:
    """Have the phone write a bugreport and copy it."""
    work.room()
    out = work.evidence("bugreport") / "bugreport.zip"
    work.guide.say("The phone may ask whether to share a bug report. This takes a few minutes.")
    ran = work.run(
        "Taking the bugreport", [path_of("adb"), "-s", work.device, "bugreport", str(out)],
        patience=PATIENCE["bugreport"], silence=SILENCE["bugreport"],
    )  # fmt: skip
    if not ran.good:
        raise StepFailedError(_why(ran))
    if not zipfile.is_zipfile(out):
        raise StepFailedError("the bugreport is not whole; run the same command again")
    work.record.changed("a bugreport was made: the phone keeps a copy in its folder of bugreports")


def androidqf(work: Work) -> None:
    """Let AndroidQF collect what it collects; it asks its own questions."""
    if program("androidqf").path is None:
        raise StepSkippedError(f"androidqf is not here; {program('androidqf').how_to_install()}")
    work.room()
    tool, out = path_of("androidqf"), work.evidence("androidqf")
    command = [tool, "-s", work.device, "-o", str(out)]
    if work.guide.interactive:
        work.guide.say("AndroidQF asks its own questions now. It puts a program on the phone and removes it again.")
        work.record.changed("androidqf put a program of its own on the phone to collect files")
        ran = work.attached(command)
    else:
        command += _answers(work, tool)
        work.record.changed("androidqf put a program of its own on the phone to collect files")
        ran = work.run(
            "Running androidqf", command, patience=PATIENCE["androidqf"], silence=SILENCE["androidqf"], given="\n"
        )
    if not ran.good:
        raise StepFailedError(_why(ran))
    if not acquisitions(out):
        raise StepFailedError("androidqf left no acquisition; run the same command again")


def _answers(work: Work, tool: str) -> list[str]:
    """Options that answer its questions, of those that this version has. Raises StepSkippedError for one without."""
    ran = work.run("Asking androidqf what it can", [tool, "-h"], patience=QUICK)
    said = f"{ran.out}\n{ran.err}"
    if "-non-interactive" not in said:
        raise StepSkippedError("this androidqf asks questions; run the same command on a terminal, without --yes")
    found = ["-non-interactive"]
    for option, answer in _ANSWERS.items():
        found += [option, answer] if option in said else []
    return found


def acquisitions(out: Path) -> list[Path]:
    """Folders and archives that AndroidQF left: the folder itself, or what is in it."""
    if (out / "acquisition.json").is_file():
        return [out]
    below = sorted(out.iterdir()) if out.is_dir() else []
    return [p for p in below if (p / "acquisition.json").is_file() or p.name.endswith((".zip", ".zip.age"))]


def _why(ran: Ran) -> str:
    said = f"{ran.out}\n{ran.err}"
    if "unauthorized" in said:
        return "the phone does not trust this computer any longer: unlock it, tap Allow, and run the same command again"
    if "No space left" in said:
        return "this computer has too little room; free some, and run the same command again"
    reason = ran.problem or ran.last_words or f"it ended with {ran.code}"
    return f"{reason}; see that the cable sits and the phone is unlocked, and run the same command again"


STEPS = (
    Task(name="bugreport", title="Take a bugreport", do=bugreport,
         changes="the phone writes a bugreport, and keeps a copy",
         commands=("adb -s PHONE bugreport FOLDER/evidence/bugreport/bugreport.zip",)),
    Task(name="androidqf", title="Collect apps, settings and logs with AndroidQF, if it is here", do=androidqf,
         changes="a program is put on the phone and removed; a backup may be asked for",
         commands=("androidqf -s PHONE -o FOLDER/evidence/androidqf",)),
)  # fmt: skip
"""In this order. Nothing restarts or updates the phone."""
NEEDED = ("adb",)
"""Programs without which not even the phone is found."""


def sources(folder: Path) -> list[tuple[Path, str]]:
    """What came of the steps, with what each is called in the case."""
    evidence = folder / "evidence"
    report = evidence / "bugreport" / "bugreport.zip"
    found = [(report, "bugreport")] if report.is_file() and zipfile.is_zipfile(report) else []
    return found + [(path, "androidqf") for path in acquisitions(evidence / "androidqf")]
