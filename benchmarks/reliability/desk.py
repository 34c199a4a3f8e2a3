"""A folder of somebody who examines hostile phones, and what is said of each output of each command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from reliability import hostile

FORMS = {"html": "html", "csv": "csv", "jsonl": "jsonl", "stix": "json", "misp": "json", "timesketch": "jsonl",
         "case": "json"}  # fmt: skip
_OF_RICH = re.compile(rb"\r(?=\n|\x1b|$)|\x1b\[(?:[0-9;]{0,20}m(?!red)|\?25[hl]|[0-9]?[AK])")
"""What draws a bar; the hostile colour comes before `red`."""


class Desk:
    """A folder of somebody who examines hostile phones, with all that is given a hostile name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inside = folder / "a" / "b" / "desk"
        self.inside.mkdir(parents=True)
        self.case = f"case {hostile.HOSTILE['terminal escape'].replace('/', '')} \u202e %s{{0}}"
        self.evidence = "phone"
        self.feeds = f"feeds {hostile.file_names()[0]}"
        self.tried = 0
        self.faults: list[str] = []
        source = str(Path(__file__).resolve().parents[2] / "src")
        known = {k: v for k, v in os.environ.items() if not k.startswith("BRIDLE")}
        self.environment = known | {
            "BRIDLE_CONFIG": str(folder / "config"), "BRIDLE_DATA": str(folder / "data"), "PYTHONPATH": source,
            "HOME": str(folder), "COLUMNS": "120",
        }  # fmt: skip

    def run(
        self, *arguments: str, form: str = "text", expected: Sequence[int] = (0, 1, 3, 4), **environment: str
    ) -> bytes:  # fmt: skip
        """Run a command and look at what it says; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "bridle", *arguments], cwd=self.inside, env=self.environment | environment,
            capture_output=True, timeout=900, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        name = called(arguments)
        if done.returncode not in expected:
            self.tell(name, [f"exit code {done.returncode}: {done.stderr[-300:]!r}"])
        self.look(name, done.stdout, form)
        self.look(f"{name} (stderr)", done.stderr, "text")
        return done.stdout

    def on_terminal(self, *arguments: str) -> None:
        """Run a command whose remarks go to a terminal, and look at what comes to it, colours and movements apart."""
        ours, theirs = os.openpty()
        file = os.fdopen(ours, "rb", buffering=0)
        with file, subprocess.Popen(
            [sys.executable, "-m", "bridle", *arguments], cwd=self.inside, env=self.environment | {"TERM": "xterm"},
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        ) as running:  # fmt: skip
            os.close(theirs)
            said = b"".join(_pieces(file))
            if running.wait(900) not in (0, 1, 3, 4):
                self.tell(called(arguments), [f"on a terminal, exit code {running.returncode}: {said[-300:]!r}"])
        self.look(f"{called(arguments)} (terminal)", _OF_RICH.sub(b"", said), "text")

    def written(self, file: Path, form: str) -> None:
        """Look at a file that a command wrote."""
        name = file.name.encode("ascii", "replace").decode()
        if file.is_file():
            self.look(f"written: {name}", file.read_bytes(), form)
        else:
            self.tell(f"written: {name}", ["it is not there"])

    def look(self, name: str, output: bytes, form: str) -> None:
        """Look at one output."""
        self.tried += 1
        try:
            found = hostile.faults(output.decode("utf-8"), form) if form != "binary" else []
        except UnicodeDecodeError as e:
            found = [f"no UTF-8: {e}"]
        self.tell(name, found)

    def tell(self, name: str, found: list[str]) -> None:
        """Keep what was wrong."""
        self.faults += [f"{name}: {f}" for f in found]


def called(arguments: Sequence[str]) -> str:
    """A command for the page: its verbs and options, and no name that was given to it."""
    verbs = [a for a in arguments[:3] if re.fullmatch(r"[a-z][a-z-]{2,}", a)]
    return " ".join([*verbs, *(a for a in arguments if re.fullmatch(r"--?[a-z-]+", a) or a in FORMS)])


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """What comes to a terminal, until the last who writes to it has ended."""
    while True:
        try:
            piece = file.read(1 << 16)
        except OSError:
            return
        if not piece:
            return
        yield piece
