"""What a command costs: CPU, time, and memory summed over all of its processes.

`ru_maxrss` tells of one process alone, and of what it had before it became the command, so the tree is looked at while
it runs. A page that several processes share is counted once (PSS); memory files (memfd) belong to no process and are
counted beside.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PERIOD = 0.05
"""Seconds between two looks."""
_PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What one run cost."""

    cpu: float
    """Seconds, user and system, with all children."""
    wall: float
    """Seconds."""
    memory_sum: int
    """Bytes at the peak, summed over the processes that lived at once; at least what one of them had between looks."""
    memory_largest: int
    """Bytes of the largest single process at its own peak."""
    written: int
    """Bytes of the files below the output folder at the end."""
    code: int
    """What the command returned; negative: the signal that ended it."""


def measure(command: Sequence[str], out: Path | None = None, environment: Mapping[str, str] | None = None) -> Figures:
    """Run a command with its output thrown away; `environment` is added to ours. Without /proc memory is 0."""
    begin = time.monotonic()
    child = subprocess.Popen(
        list(command), env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    peak = _Peak(child.pid)
    with peak:
        _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - begin
    child.returncode = code = os.waitstatus_to_exitcode(status)
    return Figures(
        cpu=used.ru_utime + used.ru_stime,
        wall=wall,
        memory_sum=max(peak.bytes, peak.largest),
        memory_largest=peak.largest,
        written=_below(out) if out is not None else 0,
        code=code,
    )


class _Peak:
    """Looks at a process and its descendants on a thread until told to stop."""

    def __init__(self, root: int) -> None:
        self.bytes = self.largest = 0
        self._root, self._ended = root, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            alive = list(_tree(self._root))
            self.bytes = max(self.bytes, _together(alive))
            self.largest = max(self.largest, *map(_highest, alive))
            if self._ended.wait(PERIOD):
                return


def _together(alive: Sequence[int]) -> int:
    """Bytes that these processes hold now."""
    files: dict[int, int] = {}
    for pid in alive:
        files.update(_memory_files(pid))
    return sum(map(_memory, alive)) + sum(files.values())


def _tree(root: int) -> Iterator[int]:
    """A process and all below it."""
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        for task in _listed(_PROC / str(pid) / "task"):
            waiting += map(int, _read(_PROC / str(pid) / "task" / task / "children").split())


def _memory(pid: int) -> int:
    """The proportional set size, or where that may not be read the resident one."""
    for line in _read(_PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    fields = _read(_PROC / str(pid) / "statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def _highest(pid: int) -> int:
    """The most that a process ever had resident."""
    for line in _read(_PROC / str(pid) / "status").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _memory_files(pid: int) -> Iterator[tuple[int, int]]:
    """Inode and bytes of each memory file that a process has open and nobody maps."""
    folder = _PROC / str(pid) / "fd"
    for name in _listed(folder):
        try:
            if os.readlink(folder / name).startswith("/memfd:"):
                status = os.stat(folder / name)
                yield status.st_ino, status.st_blocks * 512
        except OSError:
            continue


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _below(folder: Path) -> int:
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def main() -> None:
    """`python benchmarks/measure.py OUT COMMAND…` prints the figures of a command."""
    f = measure(sys.argv[2:], Path(sys.argv[1]))
    mib = 1 << 20
    print(
        f"cpu {f.cpu:.2f} s  wall {f.wall:.2f} s  memory {f.memory_sum / mib:.0f} MiB in all, "
        f"{f.memory_largest / mib:.0f} MiB the largest  written {f.written / mib:.1f} MiB  code {f.code}"
    )


if __name__ == "__main__":
    main()
