"""What a parser's process may ask of the kernel behind its filter, and what it may not: statements and their names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import bridle

REFUSED = {
    "a socket": "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
    "a socket of this machine": "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)",
    "a pair of sockets": "socket.socketpair()",
    "a file for writing": "os.open(NAME, os.O_WRONLY)",
    "a file for reading and writing": "os.open(NAME, os.O_RDWR)",
    "a new file": "os.open(NAME + '.new', os.O_RDONLY | os.O_CREAT)",
    "a file emptied": "os.open(NAME, os.O_RDONLY | os.O_TRUNC)",
    "a file of no name": "os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
    "a file cut short": "os.truncate(NAME, 0)",
    "an open file cut short": "os.ftruncate(READ_WRITE, 0)",
    "a hole in an open file": "os.posix_fallocate(READ_WRITE, 0, 1)",
    "memory shared by a file": "mmap.mmap(READ_WRITE, 4, mmap.MAP_SHARED)",
    "a file removed": "os.unlink(NAME)",
    "a file renamed": "os.rename(NAME, NAME + '.old')",
    "a file linked": "os.link(NAME, NAME + '.link')",
    "a link": "os.symlink(NAME, NAME + '.link')",
    "a folder": "os.mkdir(NAME + '.folder')",
    "rights": "os.chmod(NAME, 0o777)",
    "times": "os.utime(NAME, (0, 0))",
    "an attribute": "os.setxattr(NAME, 'user.x', b'1')",
    "a program": "os.execv('/bin/true', ['true'])",
    "a process": "os.fork()",
    "a program beside": "os.posix_spawn('/bin/true', ['true'], {})",
    "a signal to another": "os.kill(os.getppid(), 0)",
    "a signal to a group": "os.kill(0, 0)",
    "a handle of another": "os.pidfd_open(os.getppid())",
    "limits of another": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU)",
    "keystrokes": "fcntl.ioctl(0, 0x5412, b'x')",
    "a trace": "call(101 if X86 else 117, 16, os.getppid(), 0, 0)",
    "memory of another": "call(310 if X86 else 270, os.getppid(), 0, 0, 0, 0, 0)",
    "a namespace": "call(272 if X86 else 97, 0x10000000)",
    "rings": "call(425, 8, 0)",
    "a program of the kernel": "call(321 if X86 else 280, 0, 0, 0)",
}
"""Each is to end with EPERM."""
ALLOWED = {
    "a file for reading": "os.open(NAME, os.O_RDONLY)",
    "a folder": "os.listdir('/')",
    "a module": "import colorsys",
    "a thread": "threading.Thread(target=int).start()",
    "memory": "mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)",
    "a copy of a file in memory": "mmap.mmap(READ_WRITE, 4, mmap.MAP_PRIVATE)",
    "a signal to itself": "os.kill(os.getpid(), 0)",
    "own limits": "resource.setrlimit(resource.RLIMIT_CPU, (50, resource.RLIM_INFINITY))",
    "an answer": "SENT.sendall(b'x')",
    "a pipe": "os.pipe()",
}
"""Each is to end well."""
_CODE = """
import ctypes, fcntl, mmap, os, resource, socket, sys, threading
from bridle.sandbox.seccomp import filtered
NAME = sys.argv[1]
READ_WRITE = os.open(NAME, os.O_RDWR)
SENT, KEPT = socket.socketpair()
X86 = os.uname().machine == "x86_64"
libc = ctypes.CDLL(None, use_errno=True)
def call(*numbers):
    if libc.syscall(*map(ctypes.c_long, numbers)) < 0:
        raise OSError(ctypes.get_errno(), "")
if not filtered():
    print("open")
    sys.exit()
for one in sys.argv[2:]:
    try:
        exec(one)
        said = "done"
    except OSError as e:
        said = str(e.errno)
    print(one, said, sep="\\t", flush=True)
"""


def asked(file: Path, statements: Iterable[str]) -> dict[str, str] | None:
    """What becomes of each, one after another in one process: `done` or an error number. None where no filter is."""
    environment = os.environ | {"PYTHONPATH": str(Path(bridle.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", _CODE, str(file), *statements], env=environment, capture_output=True, text=True,
        timeout=60, check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    if done.stdout == "open\n":
        return None
    return dict(line.split("\t") for line in done.stdout.splitlines() if line)
