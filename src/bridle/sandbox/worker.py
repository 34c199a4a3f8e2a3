"""The child's side of the sandbox: `python -m bridle.sandbox.worker CHANNEL PROGRESS LIMITS`. Not for people to run."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from bridle import garbage
from bridle.sandbox.seccomp import filtered

if TYPE_CHECKING:
    from bridle.sandbox.wire import Frame, Progress

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_AGAIN = 0.25
"""Seconds for which an allowance of processor time is not renewed: that costs more than reading a small file."""


def confine(limits: dict[str, Any]) -> str:
    """Give up what a parser does not need. Returns `cut` if no network is reachable from here on, else `open`."""
    network = _leave_network()
    try:
        import resource
    except ImportError:
        return network
    for what, bound in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_AS, int(limits["memory"])),
    ):
        _, hard = resource.getrlimit(what)
        if hard in (resource.RLIM_INFINITY, -1) or bound < hard:
            with suppress(ValueError, OSError):  # macOS refuses bounds of address space; `unbounded` tells
                resource.setrlimit(what, (bound, bound))
    return network


def unbounded(limits: dict[str, Any]) -> list[str]:
    """What `confine` could not bound: `memory`, `files`."""
    try:
        import resource
    except ImportError:
        return ["memory", "files"]
    asked = {"memory": (resource.RLIMIT_AS, int(limits["memory"])), "files": (resource.RLIMIT_FSIZE, 0)}
    return [name for name, (what, most) in asked.items() if not 0 <= resource.getrlimit(what)[0] <= most]


def _leave_network() -> str:
    if not sys.platform.startswith("linux"):
        return "open"
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    cut = libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    return "cut" if cut else "open"


def allow_cpu(seconds: int) -> None:
    """Let this process use so many more seconds of processor time, and then be ended by the system."""
    try:
        import resource
    except ImportError:
        return
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + seconds + 1, hard))


def _receive(channel: socket.socket) -> tuple[dict[str, Any], memoryview, list[int]] | None:
    """A message: its head, the contents sent along, and descriptors. None once the parent hung up."""
    from bridle.sandbox.wire import HEAD

    sizes, descriptors, _, _ = socket.recv_fds(channel, HEAD.size, 253)
    if not sizes:
        return None
    sizes += _exactly(channel, HEAD.size - len(sizes))
    head, contents = HEAD.unpack(sizes)
    return json.loads(bytes(_exactly(channel, head))), _exactly(channel, contents), descriptors


def _exactly(channel: socket.socket, count: int) -> memoryview:
    whole = memoryview(bytearray(count))
    rest = whole
    while rest:
        got = channel.recv_into(rest)
        if not got:
            raise EOFError
        rest = rest[got:]
    return whole


def serve(channel: socket.socket, place: Progress, limits: dict[str, Any]) -> None:
    """Parse one message of files after another until the parent hangs up."""
    with garbage.kept():
        from bridle.sandbox.parse import Message

    cpu = int(limits["cpu"])
    allowed = float("-inf")

    def enter(file: int) -> None:
        nonlocal allowed
        place.enter(file)
        if (now := time.monotonic()) - allowed > _AGAIN:
            allow_cpu(cpu + 1)
            allowed = now

    def send(frame: Frame) -> None:
        for piece in frame:
            channel.sendall(piece)

    while (received := _receive(channel)) is not None:
        head, contents, descriptors = received
        try:
            Message(head, contents, descriptors, send).run(enter)
        finally:
            for d in descriptors:
                os.close(d)


def main() -> None:
    """Confine this process, say so, and serve."""
    limits = json.loads(sys.argv[3])
    os.chdir(os.sep)
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        network = confine(limits)
        sys.modules["cloudpickle"] = None  # type: ignore[assignment]  # Arrow takes it where it is; no child pickles
        from bridle.sandbox.wire import Progress, hello

        place = Progress(int(sys.argv[2]))
        calls = "filtered" if filtered() else "open"
        for piece in hello(network, calls, unbounded(limits)):
            channel.sendall(piece)
        serve(channel, place, limits)


if __name__ == "__main__":
    main()
