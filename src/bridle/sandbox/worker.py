"""The child's side of the sandbox: `python -m bridle.sandbox.worker DESCRIPTOR LIMITS`. Not for people to run."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38


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
            resource.setrlimit(what, (bound, bound))
    return network


def _leave_network() -> str:
    if not sys.platform.startswith("linux"):
        return "open"
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    cut = libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
    return "cut" if cut else "open"


def _allow_cpu(seconds: int) -> None:
    try:
        import resource
    except ImportError:
        return
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + seconds + 1, hard))


def _receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    head, descriptors, _, _ = socket.recv_fds(channel, 4, 16)
    if not head:
        return None
    while len(head) < struct.calcsize(">I"):
        head += channel.recv(4 - len(head))
    (length,) = struct.unpack(">I", head)
    body = bytearray()
    while len(body) < length:
        body += channel.recv(length - len(body))
    return json.loads(body), descriptors


def serve(channel: socket.socket, limits: dict[str, Any]) -> None:
    """Parse one file after another until the parent hangs up."""
    from bridle.sandbox.parse import run

    while (received := _receive(channel)) is not None:
        task, descriptors = received
        _allow_cpu(int(limits["cpu"]))
        try:
            run(task, descriptors, channel.sendall)
        finally:
            for d in descriptors:
                os.close(d)


def main() -> None:
    """Confine this process, say so, and serve."""
    limits = json.loads(sys.argv[2])
    os.chdir(Path(os.sep))
    with socket.socket(fileno=int(sys.argv[1])) as channel:
        network = confine(limits)
        from bridle.sandbox.wire import hello

        channel.sendall(hello(network))
        serve(channel, limits)


if __name__ == "__main__":
    main()
