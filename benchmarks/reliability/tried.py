"""Attacks that are written as tests: each case is one that was tried, each that passes one that was survived."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from reliability.line import Line

ROOT = Path(__file__).resolve().parents[2]
_COUNTED = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


def line(what: str, *arguments: str, note: str = "", scale: Mapping[str, str] | None = None, cut: bool = False) -> Line:
    """A line of what `pytest ARGUMENTS` says; `scale` is environment, `cut` runs it without any network."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--no-header", "-rN", "--tb=line", *arguments]
    shown = " ".join([*(f"{k}={v}" for k, v in (scale or {}).items()), "pytest", *map(_quoted, arguments)])
    if cut:
        if not _can_cut():
            return Line(what=what, tried=0, survived=0, command=f"unshare -rn {shown}", note="no unshare here")
        command, shown = ["unshare", "--map-root-user", "--net", *command], f"unshare -rn {shown}"
    source = str(ROOT / "src")
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": source} | dict(scale or {}), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    counts: dict[str, int] = {}
    for number, how in _COUNTED.findall(done.stdout.rpartition("\n=")[2] if "\n=" in done.stdout else done.stdout):
        counts[how.rstrip("s") if how.startswith("error") else how] = int(number)
    tried = sum(n for how, n in counts.items() if how != "skipped")
    said = [note] if note else []
    if counts.get("skipped"):
        said.append(f"{counts['skipped']} not run: what they need is not here")
    if not tried:
        said.append(f"nothing ran: {done.stdout[-200:]!a}")
    return Line(what=what, tried=tried, survived=counts.get("passed", 0), command=shown, note="; ".join(said))


def _quoted(argument: str) -> str:
    return f"'{argument}'" if " " in argument else argument


def _can_cut() -> bool:
    """Whether a program can be run without a network here."""
    if shutil.which("unshare") is None:
        return False
    return not subprocess.run(
        ["unshare", "--map-root-user", "--net", "true"], check=False, capture_output=True
    ).returncode
