"""Attacks that are written as tests: each case is one that was tried, each that passes one that was survived."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from reliability.line import Line

ROOT = Path(__file__).resolve().parents[2]
CUT = ("unshare", "--map-root-user", "--net")
COUNTED = ("tests", "failures", "errors", "skipped")


def line(what: str, *arguments: str, note: str = "", scale: Mapping[str, str] | None = None, cut: bool = False) -> Line:
    """A line of what `pytest ARGUMENTS` says; `scale` is environment, `cut` runs it without any network."""
    shown = " ".join([*(f"{k}={v}" for k, v in (scale or {}).items()), "pytest", *map(_quoted, arguments)])
    shown = f"unshare -rn {shown}" if cut else shown
    if cut and not _can_cut():
        return Line(what=what, tried=0, survived=0, command=shown, note="no network could be cut here")
    counts, said = _ran(arguments, dict(scale or {}), cut=cut)
    tried = counts["tests"] - counts["skipped"]
    notes = [note] if note else []
    if counts["skipped"]:
        notes.append(f"{counts['skipped']} not run: what they need is not here")
    if not tried:
        notes.append(f"nothing ran: {said[-200:]!a}")
    survived = tried - counts["failures"] - counts["errors"]
    return Line(what=what, tried=tried, survived=survived, command=shown, note="; ".join(notes))


def _ran(arguments: Sequence[str], scale: Mapping[str, str], *, cut: bool) -> tuple[dict[str, int], str]:
    """How many there were, failed and were skipped; and what was said."""
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-n", "0", "--tb=line", f"--junitxml={report}", *arguments]
        done = subprocess.run(
            [*CUT, *command] if cut else command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT / "src")} | scale,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if not report.exists():
            return dict.fromkeys(COUNTED, 0), done.stdout + done.stderr
        (suite,) = ElementTree.parse(report).getroot().iter("testsuite")
        return {name: int(suite.get(name, 0)) for name in COUNTED}, done.stdout


def _quoted(argument: str) -> str:
    return f"'{argument}'" if " " in argument else argument


def _can_cut() -> bool:
    """Whether a program can be run without a network here."""
    return shutil.which(CUT[0]) is not None and not subprocess.run([*CUT, "true"], check=False).returncode
