"""This machine with what other systems do not have taken away, for a process of its own.

`environment(tmp_path, "windows")` gives PYTHONPATH a `sitecustomize` that runs before anything of bridle: no POSIX
modules, no `os.pread`, no flags that keep links out, folders that cannot be opened, no Unix sockets, no descriptors
passed, `msvcrt.locking` in place of `flock`. `macos` keeps the POSIX modules and takes away what is Linux's: memfd,
affinity, bounds of address space. What `sys.platform` says stays, for the standard library itself goes by it.
"""

import os
import sys
from pathlib import Path

_WINDOWS = """
import os, socket, stat, subprocess, sys, types
lockf, try_lock, unlock = os.lockf, os.F_TLOCK, os.F_ULOCK
def locking(descriptor, mode, count):
    lockf(descriptor, unlock if mode == 0 else try_lock, count)
msvcrt = types.ModuleType("msvcrt")
msvcrt.LK_UNLCK, msvcrt.LK_NBLCK, msvcrt.locking = 0, 2, locking
sys.modules["msvcrt"] = msvcrt  # after subprocess, which takes its presence for Windows
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "readline"):
    sys.modules[name] = None
for name in ("pread", "preadv", "pwrite", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "O_CLOEXEC", "O_NOATIME",
             "O_TMPFILE", "memfd_create", "sched_getaffinity", "sysconf", "geteuid", "getuid", "getgid", "getegid",
             "fchmod", "killpg", "fork", "chown", "fchown", "lockf", "posix_fadvise", "mkfifo", "uname"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("AF_UNIX", "send_fds", "recv_fds", "socketpair"):
    delattr(socket, name)
os.supports_dir_fd.clear()
_open, _popen = os.open, subprocess.Popen.__init__
def open_no_folder(path, flags, mode=0o777, *, dir_fd=None):
    if dir_fd is not None:
        raise NotImplementedError("dir_fd unavailable on this platform")
    descriptor = _open(path, flags, mode)
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise PermissionError(13, "Permission denied", str(path))
    return descriptor
_scandir = os.scandir
def scandir(path="."):
    if isinstance(path, int):
        raise TypeError("scandir: path should be string, bytes, os.PathLike or None, not int")
    return _scandir(path)
os.open, os.scandir = open_no_folder, scandir
os.supports_fd.clear()
def popen(self, *args, pass_fds=(), start_new_session=False, preexec_fn=None, **kwargs):
    if pass_fds or preexec_fn is not None:
        raise ValueError("pass_fds not supported on Windows.")
    _popen(self, *args, **kwargs)
subprocess.Popen.__init__ = popen
"""
_MACOS = """
import os, resource
for name in ("memfd_create", "sched_getaffinity", "O_NOATIME", "O_TMPFILE", "posix_fadvise"):
    if hasattr(os, name):
        delattr(os, name)
_setrlimit = resource.setrlimit
def setrlimit(what, limits):
    if what == resource.RLIMIT_AS:
        raise ValueError("current limit exceeds maximum limit")
    _setrlimit(what, limits)
resource.setrlimit = setrlimit
"""
SYSTEMS = {"windows": _WINDOWS, "macos": _MACOS}
SOURCE = Path(__file__).parents[1] / "src"


def environment(folder: Path, system: str) -> dict[str, str]:
    """The environment of a process on that system; its modules are written to `folder`."""
    place = folder / f"python-{system}"
    place.mkdir(parents=True, exist_ok=True)
    (place / "sitecustomize.py").write_text(SYSTEMS[system])
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {
        **{k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "VIRTUAL_ENV")},
        "PYTHONPATH": os.pathsep.join((str(place), str(SOURCE))), "HOME": str(home), "TMPDIR": str(folder),
        "XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "data"), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def command(*arguments: str) -> list[str]:
    """The command line of bridle in this Python."""
    return [sys.executable, "-m", "bridle", *arguments]
