"""A filter of system calls for a process that only computes, reads what it was handed, and answers.

From its installation on the kernel refuses sockets, programs, other processes, files opened for writing and changes of
the file system, whatever a library in the process is made to do. Reading files stays possible: modules are imported
when an artifact needs them. It is a second wall behind the network namespace and the limits, and stands where a
namespace is not to be had. It cannot be taken off.

Sources: Linux `Documentation/userspace-api/seccomp_filter.rst`, `include/uapi/linux/{seccomp,audit,filter}.h`;
numbers from `arch/x86/entry/syscalls/syscall_64.tbl` and `include/uapi/asm-generic/unistd.h`.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

_X86_64, _AARCH64 = 0xC000003E, 0xC00000B7
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Of classic BPF: load a word at an offset; jump if equal, at least, any bit set; return."""
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_X32 = 0x40000000
"""From this number on calls of x86_64 are those of another convention, which nothing here uses."""
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in what the filter sees; an argument is 8 bytes, its low half first on both machines."""
_PR_SET_NO_NEW_PRIVS, _SET_MODE_FILTER, _ALL_THREADS = 38, 1, 1
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_CLONE_THREAD, _MAP_SHARED = 0x10000, 0x01
_TYPE_INTO_TERMINAL = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX: they put keystrokes into the terminal that bridle was started from."""

SECCOMP = {"x86_64": 317, "aarch64": 277}
"""The number of the call that installs a filter."""
_GUARDED: dict[str, dict[str, int]] = {
    "x86_64": {
        "open": 2, "openat": 257, "clone": 56, "kill": 62, "tgkill": 234, "mmap": 9, "ioctl": 16, "prlimit64": 302,
    },
    "aarch64": {
        "openat": 56, "clone": 220, "kill": 129, "tgkill": 131, "mmap": 222, "ioctl": 29, "prlimit64": 261,
    },
}  # fmt: skip
"""Calls that are allowed with some arguments only: see `_guarded`."""
_ABSENT = (435, 437)
"""clone3 and openat2: their arguments lie in memory, where no filter looks. The C library then takes the older ones."""
_BOTH = (
    (424, 434),  # pidfd_send_signal, io_uring_setup, _enter, _register, open_tree … fspick, pidfd_open
    (438, 438), (440, 440), (442, 442),  # pidfd_getfd, process_madvise, mount_setattr
    (447, 448), (452, 452), (463, 469),  # memfd_secret, process_mrelease, fchmodat2, setxattrat … file_setattr
)  # fmt: skip
"""Calls refused, first and last number; from 424 on all machines have the same."""
REFUSED: dict[str, tuple[tuple[int, int], ...]] = {
    "x86_64": (
        (29, 31), (40, 43),  # shmget, shmat, shmctl; sendfile, socket, connect, accept
        (46, 46), (49, 50), (53, 53), (57, 59),  # sendmsg; bind, listen; socketpair; fork, vfork, execve
        (64, 66), (68, 71), (76, 77), (82, 88),  # sem…; msg…; truncate, ftruncate; rename … symlink
        (90, 94), (101, 101), (103, 103),  # chmod … lchown; ptrace; syslog
        (129, 129), (132, 134), (155, 155), (161, 161),  # rt_sigqueueinfo; utime, mknod, uselib; pivot_root; chroot
        (163, 163), (165, 170), (172, 173), (175, 176),  # acct; mount … sethostname; iopl, ioperm; modules
        (188, 190), (197, 200), (206, 206), (235, 235),  # …setxattr; …removexattr, tkill; io_setup; utimes
        (240, 241), (246, 246), (248, 250), (258, 261),  # mq_open, mq_unlink; kexec_load; keys; mkdirat … futimesat
        (263, 266), (268, 268), (272, 272), (275, 278),  # unlinkat … symlinkat; fchmodat; unshare; splice … vmsplice
        (280, 280), (285, 285), (288, 288), (297, 298),  # utimensat; fallocate; accept4; rt_tgsigqueueinfo, perf
        (303, 304), (307, 308), (310, 311), (313, 313),  # …handle_at; sendmmsg, setns; process_vm_…; finit_module
        (316, 316), (320, 323), (326, 326),  # renameat2; kexec_file_load … userfaultfd; copy_file_range
        *_BOTH,
    ),
    "aarch64": (
        (0, 0), (5, 7), (14, 16), (33, 41),  # io_setup; …setxattr; …removexattr; mknodat … pivot_root
        (45, 47), (51, 55), (71, 71), (75, 77), (88, 89),  # truncate … fallocate; chroot … fchown; copies; utimensat
        (97, 97), (104, 106), (116, 117), (130, 130),  # unshare; kexec_load, modules; syslog, ptrace; tkill
        (138, 138), (142, 142), (161, 162), (180, 181),  # rt_sigqueueinfo; reboot; set…name; mq_open, mq_unlink
        (186, 197), (198, 203), (211, 211), (217, 219),  # queues and shared memory; sockets; sendmsg; keys
        (221, 221), (224, 225), (240, 242), (264, 265),  # execve; swap…; rt_tgsigqueueinfo, perf, accept4; handles
        (268, 271), (273, 273), (276, 276), (280, 282),  # setns …; finit_module; renameat2; bpf … userfaultfd
        (285, 285), (294, 294),  # copy_file_range; kexec_file_load
        *_BOTH,
    ),
}  # fmt: skip

Instruction = tuple[int, int, int, int]
"""Operation, instructions to jump over if true and if not, operand."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filtered() -> bool:
    """Install the filter for every thread of this process. False where this machine or its kernel has none."""
    machine = os.uname().machine if sys.platform.startswith("linux") else ""
    if machine not in SECCOMP or struct.calcsize("P") != 8:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    instructions = program(machine, os.getpid())
    packed = b"".join(struct.pack("=HBBI", *i) for i in instructions)
    made = _Program(len(instructions), packed)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    number, mode, flags = map(ctypes.c_long, (SECCOMP[machine], _SET_MODE_FILTER, _ALL_THREADS))
    return bool(libc.syscall(number, mode, flags, ctypes.byref(made)) == 0)


def program(machine: str, pid: int) -> list[Instruction]:
    """The filter for a machine, and for the process with this number."""
    made = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, {"x86_64": _X86_64, "aarch64": _AARCH64}[machine]),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        made += [(_AT_LEAST, 0, 1, _X32), _refuse(errno.EPERM)]
    for number in _ABSENT:
        made += [(_EQUAL, 0, 1, number), _refuse(errno.ENOSYS)]
    for name, number in _GUARDED[machine].items():
        guard = _guarded(name, pid)
        made += [(_EQUAL, 0, len(guard), number), *guard]
    for first, last in REFUSED[machine]:
        if first == last:
            made += [(_EQUAL, 0, 1, first), _refuse(errno.EPERM)]
        else:
            made += [(_AT_LEAST, 0, 2, first), (_AT_LEAST, 1, 0, last + 1), _refuse(errno.EPERM)]
    return [*made, (_RETURN, 0, 0, _ALLOW)]


def _guarded(name: str, pid: int) -> list[Instruction]:
    """What decides of one call by an argument; ends it either way."""
    yes, no = (_RETURN, 0, 0, _ALLOW), _refuse(errno.EPERM)
    if name in ("open", "openat"):
        return [_argument(1 if name == "open" else 2), (_ANY_BIT, 0, 1, _WRITING), no, yes]
    if name == "clone":
        return [_argument(0), (_ANY_BIT, 1, 0, _CLONE_THREAD), no, yes]
    if name == "mmap":
        return [_argument(3), (_ANY_BIT, 0, 1, _MAP_SHARED), no, yes]
    if name == "ioctl":
        one, other = _TYPE_INTO_TERMINAL
        return [_argument(1), (_EQUAL, 1, 0, one), (_EQUAL, 0, 1, other), no, yes]
    if name == "prlimit64":
        return [_argument(0), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, pid), no, yes]
    return [_argument(0), (_EQUAL, 1, 0, pid), no, yes]


def _argument(place: int) -> Instruction:
    """Load the low half of an argument: all that the kernel takes of the arguments asked for here."""
    return _LOAD, 0, 0, _ARGUMENTS + 8 * place


def _refuse(number: int) -> Instruction:
    return _RETURN, 0, 0, _ERRNO | number
