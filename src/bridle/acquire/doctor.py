"""Whether this machine is set up: each line is ok, a warning or a failure, and says what to do.

Nothing is changed and nothing is connected to. A failure is what keeps `bridle check` from working or lets others read
what it holds; a warning is what some commands need.
"""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bridle import __version__
from bridle.acquire import requirements
from bridle.acquire.programs import Program, programs
from bridle.acquire.running import run
from bridle.case.keys import config_folder, identity_file
from bridle.classes import dataclass
from bridle.indicators import store, stored_folder

LEAST_SPACE, SMALL_SPACE = 1 << 30, 20 << 30
"""Bytes free below which nothing works, and below which the backup of an ordinary phone may not fit."""
_ZONE, _NOON = "Europe/Belgrade", 1_782_900_000_000_000
"""A zone, and its noon of 2026-07-01 in microseconds since 1970 UTC."""
_CONFINE = """
import resource
from bridle.sandbox.seccomp import filtered
from bridle.sandbox.worker import confine
network = confine({"memory": 1 << 31})
calls = "filtered" if filtered() else "open"
names = {"core": resource.RLIMIT_CORE, "memory": resource.RLIMIT_AS, "files": resource.RLIMIT_NOFILE}
print(network, calls, *(resource.getrlimit(of)[0] for of in names.values()))
"""
"""What a parser's process gives up, as it stands afterwards."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing that was looked at."""

    check: str
    status: str
    """`ok`, `warn` or `fail`."""
    said: str
    next: str = ""
    """What to do; empty where there is nothing to do."""

    def as_dict(self) -> dict[str, str]:
        return {"check": self.check, "status": self.status, "said": self.said, "next": self.next}


def examined(folder: Path) -> Iterator[Line]:
    """Every line, as it is found out; `folder` is where cases are to be written."""
    for check in _CHECKS:
        yield from check()
    yield from _space(folder)
    yield from _programs()


def _python() -> Iterator[Line]:
    yield Line(check="python", status="ok", said=f"Python {platform.python_version()}, bridle {__version__}")


def _dependencies() -> Iterator[Line]:
    try:
        asked = requirements.of("bridle")
    except metadata.PackageNotFoundError:
        yield Line(check="dependencies", status="fail", said="bridle is not installed as a package",
                   next="run `pip install bridle`, or `make setup` in its folder")  # fmt: skip
        return
    for extra, wanted in sorted(asked.items()):
        missing = [f"{r.name} {r.wanted} ({r.installed or 'not installed'})" for r in wanted if not r.satisfied]
        name = f"extra {extra}" if extra else "dependencies"
        if not missing:
            said = ", ".join(f"{r.name} {r.installed}" for r in wanted)
            yield Line(check=name, status="ok", said=said)
        else:
            step = f"run `pip install bridle[{extra}]`" if extra else "run `pip install --upgrade bridle`"
            yield Line(check=name, status="warn" if extra else "fail", said=", ".join(missing), next=step)


def _identity() -> Iterator[Line]:
    path = identity_file()
    try:
        about = path.stat()
        begins = path.read_bytes()[:64]
    except FileNotFoundError:
        yield Line(check="identity", status="ok", said=f"none yet; the first case makes {path}")
        return
    except OSError as e:
        yield Line(check="identity", status="fail", said=f"{path} cannot be read: {e.strerror}",
                   next="give yourself the right to read it, or name another with BRIDLE_IDENTITY")  # fmt: skip
        return
    if stat.S_IMODE(about.st_mode) & 0o077:
        yield Line(check="identity", status="fail", said=f"others may read {path}, which opens your cases",
                   next=f"run `chmod 600 {path}`")  # fmt: skip
        return
    closed = begins.startswith((b"-----BEGIN AGE ENCRYPTED FILE-----", b"age-encryption.org/v1"))
    under = "under a passphrase" if closed else "without a passphrase: whoever takes this file can read your cases"
    yield Line(check="identity", status="ok", said=f"{path}, {under}")
    folder = config_folder()
    if folder.is_dir() and folder.stat().st_mode & 0o022:
        yield Line(check="identity", status="warn", said=f"others may write to {folder}",
                   next=f"run `chmod 700 {folder}`")  # fmt: skip


def _feeds() -> Iterator[Line]:
    folder = stored_folder()
    try:
        state = store.state_of(folder)
    except store.StoreError as e:
        yield Line(check="feeds", status="fail", said=str(e), next="run `bridle indicators update`")
        return
    feeds = [f for s in state.sources for f in s.feeds]
    if not feeds:
        yield Line(check="feeds", status="warn", said="no indicator feed is stored: only rules are run",
                   next="run `bridle indicators update`, or give feeds with `bridle check -i`")  # fmt: skip
        return
    for f in feeds:
        if store.object_bytes(folder, f.sha256, store.LARGEST, f.name) is None:
            yield Line(check="feeds", status="fail", said=f"{f.name} is not there with the bytes of its digest",
                       next="run `bridle indicators update`, or unpack a bundle again")  # fmt: skip
    old = store.stale(folder)
    for sentence in old:
        yield Line(check="feeds", status="warn", said=sentence.partition(";")[0], next=sentence.partition("; ")[2])
    if not old:
        counted = sum(f.indicators for f in feeds)
        newest = max(s.checked for s in state.sources)
        yield Line(check="feeds", status="ok", said=f"{len(feeds)} feeds, {counted:,} indicators, had on {newest[:10]}")


def _sandbox() -> Iterator[Line]:
    ran = run([sys.executable, "-c", _CONFINE], patience=60, environment=_own_path())
    parts = ran.out.split()
    if not ran.good or len(parts) != 5:
        yield Line(check="sandbox", status="fail", said=f"a parser's process cannot be started: {ran.last_words}",
                   next="run `python -c 'import bridle.sandbox.worker'` to see why")  # fmt: skip
        return
    network, calls, core, memory, files = parts
    held = core == "0" and memory == str(1 << 31) and int(files) <= 256
    said = f"network {network}, system calls {calls}, limits of memory and files {'hold' if held else 'do not hold'}"
    if calls == "filtered" and held:
        if network == "open":
            said += "; the filter alone keeps parsers from the network"
        yield Line(check="sandbox", status="ok", said=said)
    else:
        yield Line(check="sandbox", status="warn", said=said, next=_stronger(network))


def _stronger(network: str) -> str:
    """What gives parsers the walls that are missing."""
    if network == "cut":
        return "use Linux on x86_64 or aarch64 with CONFIG_SECCOMP_FILTER for evidence that may be hostile"
    step = "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, on Ubuntu also"
    return step + " kernel.apparmor_restrict_unprivileged_userns=0), or work on a machine without a network"


def _own_path() -> dict[str, str]:
    """Children import what this process imported."""
    return {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def _core_dumps() -> Iterator[Line]:
    try:
        import resource
    except ImportError:
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    if soft == 0:
        yield Line(check="core dumps", status="ok", said="off")
    else:
        yield Line(check="core dumps", status="warn", said="on: a crash may write keys and messages to the disk",
                   next="run `ulimit -c 0` in the shell before working")  # fmt: skip


def _temporary() -> Iterator[Line]:
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"bridle")
        folder = Path(tempfile.gettempdir())
    except OSError as e:
        yield Line(check="temporary files", status="fail", said=f"none can be written: {e.strerror or e}",
                   next="name a folder on an encrypted disk with TMPDIR")  # fmt: skip
        return
    open_to_all = folder.stat().st_mode & stat.S_IWOTH and not folder.stat().st_mode & stat.S_ISVTX
    if open_to_all:
        yield Line(check="temporary files", status="warn", said=f"everybody may replace files in {folder}",
                   next="name a folder of your own with TMPDIR")  # fmt: skip
    else:
        yield Line(check="temporary files", status="ok", said=str(folder))
    yield from _space(folder)


def _space(folder: Path) -> Iterator[Line]:
    there = next((f for f in (folder, *folder.absolute().parents) if f.is_dir()), Path("/"))
    free = shutil.disk_usage(there).free
    said = f"{free / (1 << 30):,.1f} GiB free in {there}"
    if free < LEAST_SPACE:
        yield Line(check="space", status="fail", said=said, next="make room, or work on another disk")
    elif free < SMALL_SPACE:
        yield Line(check="space", status="warn", said=said, next="a phone's backup may need more: use a larger disk")
    else:
        yield Line(check="space", status="ok", said=said)


def _zones() -> Iterator[Line]:
    try:
        ZoneInfo(_ZONE)
    except (ZoneInfoNotFoundError, OSError):
        yield Line(check="time zones", status="fail", said="the system has no time zone data",
                   next="run `pip install tzdata`, or install the system's tzdata")  # fmt: skip
        return
    import duckdb

    try:
        with duckdb.connect(":memory:") as db:
            found = db.execute(f"SELECT epoch_us(timezone('{_ZONE}', TIMESTAMP '2026-07-01 12:00:00'))").fetchone()
    except duckdb.Error:
        found = None
    if found != (_NOON,):
        yield Line(check="time zones", status="fail", said="DuckDB has no time zone data",
                   next="run `pip install --force-reinstall duckdb`")  # fmt: skip
        return
    yield Line(check="time zones", status="ok", said="known to Python and DuckDB")


def _fonts() -> Iterator[Line]:
    import bridle.report

    folder = Path(bridle.report.__file__).parent / "fonts"
    fonts = sorted(f.name for f in folder.glob("*.[to]tf")) if folder.is_dir() else []
    if fonts:
        yield Line(check="fonts", status="ok", said=f"{len(fonts)} fonts for PDF reports")
    else:
        yield Line(check="fonts", status="warn", said="no fonts for PDF reports are installed with bridle",
                   next="reinstall bridle; the other forms of report need none")  # fmt: skip


def _programs() -> Iterator[Line]:
    yield from map(_program, programs())


def _program(one: Program) -> Line:
    name = f"program {one.name}"
    if one.path is None:
        return Line(check=name, status="warn", said=f"not here: {one.purpose} ({one.platform})",
                    next=one.how_to_install())  # fmt: skip
    return Line(check=name, status="ok", said=one.said_version() or "here; it does not say its version")


_CHECKS: tuple[Callable[[], Iterator[Line]], ...] = (
    _python, _dependencies, _identity, _feeds, _sandbox, _core_dumps, _temporary, _zones, _fonts,
)  # fmt: skip


def summary(lines: list[Line]) -> dict[str, Any]:
    """What `doctor --json` prints."""
    return {"ok": all(x.status != "fail" for x in lines), "checks": [x.as_dict() for x in lines]}
