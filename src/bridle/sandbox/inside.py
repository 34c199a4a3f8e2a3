"""Parsing in this process, where the system cannot hand descriptors to another: Windows has no Unix sockets.

What a parser does wrong still costs its file and no more, and what it gives is checked as what a child sends. What is
weaker is in `WEAKER`: the log of custody says it of each case.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence

import pyarrow as pa

from bridle.sandbox.child import SinkError, described
from bridle.sandbox.coming_back import Bulk, Coming
from bridle.sandbox.parse import Message
from bridle.sandbox.tasks import Job, Limits, Names
from bridle.sandbox.wire import FRAME, Frame

WEAKER = "parsers ran in the process of bridle itself: without bounds of memory and time of their own"
"""A crash of a library ends the run there, and leaves no case."""


def needed() -> bool:
    """Whether this system cannot pass descriptors to a child."""
    return not (hasattr(socket, "AF_UNIX") and hasattr(socket, "send_fds"))


class Inside:
    """As a `Worker`, without the child."""

    def __init__(self, _: Limits, gathered: Bulk) -> None:
        self._gathered = gathered
        self.network = self.system_calls = "open"
        self.weaker: tuple[str, ...] = (WEAKER,)

    def begin(self) -> None:
        """There is nothing to start."""

    def stop(self) -> None:
        """There is nothing to end."""

    def run(self, jobs: Sequence[Job], names: Names) -> None:
        """Have every file parsed, all by the same artifact. What a parser does is never raised. Raises SinkError."""
        waiting = [list(jobs)] if jobs else []
        while waiting:
            coming = Coming(waiting.pop(), names, self._gathered)
            reason = self._attempt(coming)
            left = coming.unfinished(set())
            if left and not coming.finished and len(coming.jobs) == 1:
                coming.kill({0}, reason)
            elif left and not coming.finished:
                waiting += [[job] for job in reversed(left)]
            elif left:
                waiting.append(left)

    def _attempt(self, coming: Coming) -> str:
        """Read the files of a message; why the reading ended where that was before its end. Raises SinkError."""
        descriptors: dict[int, int] = {}
        contents: list[bytes] = []
        files = json.loads(json.dumps(described(coming.jobs, descriptors, contents)))
        head = {"artifact": coming.jobs[0].task.artifact, "files": files}

        def take(frame: Frame) -> None:
            try:
                _take(coming, frame)
            except SinkError as e:
                raise _SinkFailed from e

        try:
            Message(head, memoryview(b"".join(contents)), list(descriptors), take).run(lambda _: None)
        except _SinkFailed as e:
            assert isinstance(e.__cause__, SinkError)
            raise e.__cause__ from e.__cause__.__cause__
        except Exception as e:  # noqa: BLE001 - what a child would have died of
            return f"the parser failed: {type(e).__name__}"
        return "the parser gave no end"


class _SinkFailed(BaseException):
    """Never leaves this module."""


def _take(coming: Coming, frame: Frame) -> None:
    """As the parent of a child takes a frame."""
    head, body = frame
    mark, number, file, _ = FRAME.unpack(bytes(head))
    content = body if isinstance(body, pa.Buffer) else pa.py_buffer(body)
    if mark == b"B":
        coming.rows(number, file, content)
    elif mark == b"D":
        coming.close(file, content)
    else:
        coming.gathered(content)
