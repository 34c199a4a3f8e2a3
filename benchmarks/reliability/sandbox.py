"""Parsers that die, one way after another, inside a whole `check`; and what the walls around them refuse.

A module that Python loads at its start puts the fault into the reader of one artifact: native code that reads a null
pointer, aborts, recurses without end or leaves, as a bug in SQLite, Arrow or a decompressor would make it. `COUNT` is
how often a child is killed from outside at a moment that nobody chose.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import bridle
from bridle.case.reader import open_case
from reliability import walls
from reliability.line import Line

AGAIN = "ONLY=sandbox make bench-reliability"
DYING = """
import sys
if "bridle.sandbox.worker" in sys.orig_argv:
    import dataclasses
    from bridle import artifacts
    loaded = artifacts.load
    def dies(source):
        import ctypes, os
        from bridle.core import FormatError
        {way}
        yield
    def load(name):
        made = loaded(name)
        return dataclasses.replace(made, parse=dies) if name == "ios.sms" else made
    artifacts.load = load
"""
WAYS = {
    "a null pointer is read": ("ctypes.string_at(0)", "the parser process was stopped by signal 11"),
    "a library aborts": ("os.abort()", "the parser process was stopped by signal 6"),
    "a stack ends": (
        "sys.setrecursionlimit(1 << 30); deep = []; [deep := [deep] for _ in range(1_000_000)]; repr(deep)",
        "the parser process was stopped by signal 11",
    ),
    "a library leaves": ("os._exit(3)", "the parser process ended (3)"),
    "Python is left": ("raise SystemExit(4)", "the parser process ended (4)"),
    "the system kills it": ("os.kill(os.getpid(), 9)", "the parser process was stopped by signal 9"),
    "memory without end": (
        "held = [bytearray(1 << 28) for _ in range(64)]", "the parser needed more memory than it may use",
    ),
    "an answer that is no answer": (
        "os.write(int(sys.argv[1]), b'x' * 64); import time; time.sleep(60)",
        "the parser process misbehaved: the child sent a frame of 8680820740569200760 bytes",
    ),
}  # fmt: skip
"""What the reader does, and what the ledger has to say of its file."""
_SMS = "/private/var/mobile/Library/SMS/sms.db"


def lines() -> Iterator[Line]:
    """All of it."""
    with tempfile.TemporaryDirectory() as folder:
        yield deaths(Path(folder), WAYS)
        yield kills(Path(folder), int(os.environ.get("COUNT", "20")))
        yield from refusals(Path(folder))


def deaths(folder: Path, ways: dict[str, tuple[str, str]]) -> Line:
    """One `check` for each way; it is to end as the check of the same phone does, but for the one file."""
    source = phone(folder / "phone")
    _, whole = checked(source, folder / "whole")
    lived, notes = 0, []
    for n, (name, (way, reason)) in enumerate(ways.items()):
        hook = folder / f"hook{n}"
        hook.mkdir()
        (hook / "sitecustomize.py").write_text(DYING.format(way=way))
        code, found = checked(source, folder / f"died{n}", hook)
        lost = {k: v for k, v in found.items() if whole[k] != v}
        if (code, lost) == (3, {(_SMS, "ios.sms"): ("killed", 0, reason)}):
            lived += 1
        else:
            notes.append(f"{name}: exit {code}, {lost}")
    said = "; ".join(notes) or "exit 3, one file is named as lost with how, every other row is there"
    return Line(what="A library dies under a parser", tried=len(ways), survived=lived, note=said, command=AGAIN)


def phone(folder: Path) -> Path:
    """Files of three artifacts."""
    usage = (
        "CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZPROCNAME, ZBUNDLENAME, ZFIRSTTIMESTAMP, ZTIMESTAMP)",
        "INSERT INTO ZPROCESS VALUES (1, 'apsd', NULL, 600000000, 600000000)",
    )
    messages = ("CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text)", "INSERT INTO message VALUES (1, 'x')")
    text = "\tremaining client pid: 66 (/usr/libexec/locationd)\nSIGTERM: [1609459200] All buffers flushed\n"
    for name, content in (
        ("/private/var/wireless/Library/Databases/DataUsage.sqlite", _database(*usage)),
        (_SMS, _database(*messages)),
        ("/private/var/db/diagnostics/shutdown.log", text.encode()),
    ):
        file = folder / name.lstrip("/")
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
    return folder


def _database(*statements: str) -> bytes:
    db = sqlite3.connect(":memory:")
    for statement in statements:
        db.execute(statement)
    db.commit()
    return db.serialize()


def command(source: Path, case: Path) -> list[str]:
    """A check that leaves a readable case."""
    return [sys.executable, "-m", "bridle", "check", str(source), "-o", str(case), "--plaintext-case"]


def environment(hook: Path | None = None) -> dict[str, str]:
    """That of a process that finds this bridle, the hook before it, and no feeds."""
    paths = [str(hook)] if hook else []
    there = os.pathsep.join([*paths, str(Path(bridle.__file__).parents[1])])
    return os.environ | {"PYTHONPATH": there, "BRIDLE_DATA": os.devnull}


def checked(source: Path, case: Path, hook: Path | None = None) -> tuple[int, dict[Any, Any]]:
    """How a check ended, and its ledger."""
    done = subprocess.run(
        command(source, case), env=environment(hook), capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    return done.returncode, ledger(case) if case.exists() else {}


def ledger(case: Path) -> dict[Any, Any]:
    """What became of each file that an artifact reads: status, rows and reason."""
    rows = open_case(case).sql("SELECT path, artifact, status, rows, reason FROM ledger WHERE artifact IS NOT NULL")[1]
    return {(path, artifact): (status, count, reason) for path, artifact, status, count, reason in rows}


def kills(folder: Path, count: int) -> Line:
    """Checks of a whole phone, in each of which one child is killed at a random moment."""
    source = folder / "device"
    made = [sys.executable, "-m", "bridle", "phantom", "device", str(source), "--kind", "ios-file-system"]
    subprocess.run(made, env=environment(), capture_output=True, check=True)
    begun = time.monotonic()
    _, whole = checked(source, folder / "undisturbed")
    lasted = time.monotonic() - begun
    chance, lived, hit, notes = random.Random(1), 0, 0, []
    for n in range(count):
        case = folder / f"killed{n}"
        code, struck, last_words = _struck(source, case, chance.uniform(0, lasted / 2))
        found = ledger(case) if case.exists() else {}
        lost = {
            k: found.get(k, ("missing", 0, "")) for k in whole.keys() | found.keys() if whole.get(k) != found.get(k)
        }
        hit += struck
        if code in ((3, 4) if lost else (0, 1)) and _only_killed(lost):
            lived += 1
        else:
            notes.append(
                f"kill {n}: exit {code}, {len(lost)} files such as {dict(list(lost.items())[:2])}, {last_words}"
            )
    said = "; ".join(notes) or f"{hit} found a child; the files it was in are named, everything else is read"
    return Line(what="A parser's process is killed at a random moment", tried=count, survived=lived, note=said,
                command=f"COUNT={count} {AGAIN}")  # fmt: skip


def _only_killed(lost: dict[Any, Any]) -> bool:
    return all(x[0] == "killed" and x[2] == "the parser process was stopped by signal 9" for x in lost.values())


def _struck(source: Path, case: Path, after: float) -> tuple[int, bool, str]:
    """The exit code of a check, whether a child was there to be killed, so many seconds on or later, its last words."""
    run = subprocess.Popen(
        command(source, case), env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    struck = threading.Event()

    def strike() -> None:
        while run.poll() is None and not struck.is_set():
            children = Path(f"/proc/{run.pid}/task").glob("*/children")
            with suppress(OSError):
                for number in [n for file in children for n in file.read_text().split()][:1]:
                    os.kill(int(number), 9)
                    struck.set()
            time.sleep(0.01)

    timer = threading.Timer(after, strike)
    timer.start()
    _, said = run.communicate(timeout=600)
    timer.cancel()
    timer.join()
    return run.returncode, struck.is_set(), said.decode(errors="replace")[-200:]


def refusals(folder: Path) -> Iterator[Line]:
    """What the filter of system calls refuses, and what it must let through."""
    file = folder / "file"
    file.write_bytes(b"kept")
    for what, statements, wanted in (
        ("Calls that a parser has no use for", walls.REFUSED, "1"),
        ("Calls that a parser needs", walls.ALLOWED, "done"),
    ):
        found = walls.asked(file, statements.values())
        if found is None:
            yield Line(what=what, tried=0, survived=0, note="this system has no filter of system calls", command=AGAIN)
            continue
        good = [name for name, code in statements.items() if found.get(code) == wanted]
        note = ", ".join(n for n in statements if n not in good) or "all: " + ", ".join(good)
        yield Line(what=what, tried=len(statements), survived=len(good), note=note, command=AGAIN)
