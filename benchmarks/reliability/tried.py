"""Attacks that are written as tests: each case is one that was tried, each that passes one that was survived."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from reliability.line import Line

ROOT = Path(__file__).resolve().parents[2]
CUT = ("unshare", "--map-root-user", "--net")
COUNTED = ("tests", "failures", "errors", "skipped")
PATIENCE = float(os.environ.get("PATIENCE", "1800"))
"""Seconds that the cases of one line may take together."""


def line(what: str, *arguments: str, note: str = "", scale: Mapping[str, str] | None = None, cut: bool = False) -> Line:
    """A line of what `pytest ARGUMENTS` says; `scale` is environment, `cut` runs it without any network.

    What has not ended after `PATIENCE` seconds is ended, and the case that ran then did not survive.
    """
    shown = " ".join([*(f"{k}={v}" for k, v in (scale or {}).items()), "pytest", *map(_quoted, arguments)])
    shown = f"unshare -rn {shown}" if cut else shown
    if cut and not _can_cut():
        return Line(what=what, tried=0, survived=0, command=shown, note="no network could be cut here")
    counts, said = _ran(arguments, dict(scale or {}), cut=cut)
    tried = counts["tests"] - counts["skipped"]
    notes = [note] if note else []
    if counts["skipped"]:
        notes.append(f"{counts['skipped']} not run: what they need is not here")
    if said:
        notes.append(said)
    survived = tried - counts["failures"] - counts["errors"]
    return Line(what=what, tried=tried, survived=survived, command=shown, note="; ".join(notes))


def _ran(arguments: Sequence[str], scale: Mapping[str, str], *, cut: bool) -> tuple[dict[str, int], str]:
    """How many there were, failed and were skipped; and why, if it came to no end or nothing ran.

    What is said goes to a file: a pipe ends only when the last program has ended that was started by any of them.
    """
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        report, said = Path(folder) / "report.xml", Path(folder) / "said"
        command = [sys.executable, "-m", "pytest", "-vv", "-n", "0", "--tb=line", f"--junitxml={report}", *arguments]
        with said.open("wb") as out:
            running = subprocess.Popen(
                [*CUT, *command] if cut else command, cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | scale,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            try:
                running.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)
                running.wait()
                return _unended(said.read_text("utf-8", "replace"))
        if not report.exists():
            return dict.fromkeys(COUNTED, 0), f"nothing ran: {said.read_text('utf-8', 'replace')[-200:]!a}"
        (suite,) = ElementTree.parse(report).getroot().iter("testsuite")
        counts = {name: int(suite.get(name, 0)) for name in COUNTED}
        return counts, "" if counts["tests"] else f"nothing ran: {said.read_text('utf-8', 'replace')[-200:]!a}"


def _unended(said: str) -> tuple[dict[str, int], str]:
    """The same of a run that was ended: what had its outcome, and the case that ran, as an error."""
    outcomes = Counter(re.findall(r"^\S+::.* (PASSED|FAILED|ERROR|SKIPPED)\b", said, re.MULTILINE))
    last = said.rstrip().rpartition("\n")[2].partition(" ")[0]
    counts = {"tests": sum(outcomes.values()) + 1, "failures": outcomes["FAILED"], "errors": outcomes["ERROR"] + 1,
              "skipped": outcomes["SKIPPED"]}  # fmt: skip
    return counts, f"ended after {PATIENCE:,.0f} s in {last[-120:]!a}"


def _quoted(argument: str) -> str:
    return f"'{argument}'" if " " in argument else argument


def _can_cut() -> bool:
    """Whether a program can be run without a network here."""
    return shutil.which(CUT[0]) is not None and not subprocess.run([*CUT, "true"], check=False).returncode
