"""Ctrl-C: that it came is remembered, because a library that it interrupts may tell of it as an error of its own.

DuckDB raises RuntimeError or duckdb.InterruptException instead of KeyboardInterrupt, and the latter is also how a rule
ends whose time is over: what was examined until then must not pass for a whole examination.

Sources: signal (Python's documentation, "Execution of Python signal handlers"), PyErr_CheckSignals.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

STOPPED = 130
"""The exit code after Ctrl-C, as shells give it (128 and the number of SIGINT): none that a command gives otherwise."""
_CAME = threading.Event()


def begin() -> None:
    """For the start of a program. A program that was started to ignore Ctrl-C, as in the background, goes on to."""
    ours = threading.current_thread() is threading.main_thread()
    if ours and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _comes)


def _comes(number: int, frame: FrameType | None) -> None:
    _CAME.set()
    signal.default_int_handler(number, frame)


def came() -> bool:
    """Whether Ctrl-C was pressed."""
    return _CAME.is_set()


def check() -> None:
    """Before something is taken for complete. Raises KeyboardInterrupt where Ctrl-C was pressed meanwhile."""
    if came():
        raise KeyboardInterrupt
