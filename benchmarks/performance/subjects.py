"""Whose work is measured: bridle, an earlier state of it, and the peer; each as a command on one input."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from performance.inputs import PASSWORD, ROOT, Input

_QUIET = ("--disable-update-check", "--disable-indicator-update-check")
PREVIOUS = Path(__file__).with_name("previous")
"""Names the revision that the last figures were measured against."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """One tool that is measured."""

    name: str
    version: str
    python: Path | None = None
    """Of bridle: what runs it."""
    source: Path | None = None
    """Of bridle: the folder of its package."""
    binaries: Path | None = None
    """Of the peer."""

    def commands(self, given: Input, feeds: Sequence[Path], out: Path) -> list[list[str]]:
        """What is run in turn on the input; all output goes below `out`."""
        named = [x for f in feeds for x in ("-i", str(f))]
        if self.binaries is not None:
            return _peer(self.binaries, given, named, out)
        return [[str(self.python), "-m", "bridle", "check", str(given.path), "-o", str(out / "case"), *named]]

    def environment(self, scratch: Path) -> dict[str, str]:
        """What the commands find in their environment."""
        if self.binaries is not None:
            return {
                "MVT_NETWORK_ACCESS_ALLOWED": "False",
                "MVT_CONFIG_FOLDER": str(scratch / "peer-config"),
                "MVT_DATA_FOLDER": str(scratch / "peer-data"),
                "MVT_IOS_BACKUP_PASSWORD": PASSWORD,
            }
        return {
            "BRIDLE_CONFIG": str(scratch / "config"),
            "BRIDLE_BACKUP_PASSWORD": PASSWORD,
            "PYTHONPATH": str(self.source),
        }


def _peer(binaries: Path, given: Input, named: list[str], out: Path) -> list[list[str]]:
    ios, android = [str(binaries / "mvt-ios"), *_QUIET], [str(binaries / "mvt-android"), *_QUIET]
    results, source, clear = str(out / "results"), str(given.path), str(out / "decrypted")
    if given.kind == "encrypted":
        return [
            [*ios, "decrypt-backup", "-p", PASSWORD, "-d", clear, source],
            [*ios, "check-backup", *named, "-o", results, clear],
        ]
    tool = android if given.kind in ("bugreport", "androidqf") else ios
    return [[*tool, f"check-{given.kind}", *named, "-o", results, source]]


def ours() -> Subject:
    """This checkout, compiled as an installed one is."""
    subprocess.run([sys.executable, "-m", "compileall", "-q", ROOT / "src"], check=False)
    return Subject(name="bridle", version=_described("HEAD"), python=Path(sys.executable), source=ROOT / "src")


def previous(folder: Path) -> Subject | None:
    """The revision that `PREVIOUS` names, or the file beside this module; None if this checkout does not have it."""
    revision = os.environ.get("PREVIOUS", PREVIOUS.read_text().strip())
    try:
        digest = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    except (OSError, subprocess.CalledProcessError):
        print(f"no revision {revision} here: nothing earlier is measured", file=sys.stderr)
        return None
    source = folder / f"revision-{digest[:12]}"
    if not source.exists():
        source.mkdir(parents=True)
        packed = subprocess.run(["git", "-C", ROOT, "archive", digest, "src"], check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x", "-C", source], input=packed, check=True)
        subprocess.run([sys.executable, "-m", "compileall", "-q", source], check=False)
    return Subject(name="previous", version=_described(digest), python=Path(sys.executable), source=source / "src")


def peer(folder: Path) -> Subject | None:
    """The peer of the folder `MVT` names, else from the package index in an environment of its own; None without."""
    if given := os.environ.get("MVT"):
        return _peer_in(Path(given))
    environment = folder / "peer"
    binaries = environment / "bin"
    if not (binaries / "mvt-ios").exists():
        print("installing the peer from the package index", file=sys.stderr)
        made = subprocess.run([sys.executable, "-m", "venv", environment], check=False).returncode == 0
        pip = [binaries / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "mvt"]
        if not made or subprocess.run(pip, check=False, stderr=subprocess.DEVNULL).returncode:
            print("the peer cannot be installed here: only our own figures are measured", file=sys.stderr)
            return None
    return _peer_in(binaries)


def _peer_in(binaries: Path) -> Subject:
    asked = [str(binaries / "python"), "-c", "import importlib.metadata as m; print(m.version('mvt'))"]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    return Subject(name="MVT", version=told, binaries=binaries)


def _described(revision: str) -> str:
    try:
        return _git("log", "-1", "--format=%cs %h", revision)
    except (OSError, subprocess.CalledProcessError):
        return "not under version control"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()
