"""A bound on the time of a question to the database, kept by one thread for all of them."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Interruptible(Protocol):
    """A connection to a database."""

    def interrupt(self) -> None: ...


class _Watch:
    """Interrupts each of the things that are watched when its time is over.

    Nothing is woken when a question is asked or answered, unless it may end before the thread looks again.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ends: dict[object, tuple[float, Interruptible]] = {}
        self._next = float("inf")
        """When the thread looks again; never, while there is none."""

    def begin(self, what: Interruptible, seconds: float) -> object:
        ticket, end = object(), time.monotonic() + seconds
        with self._changed:
            self._ends[ticket] = end, what
            if self._next == float("inf"):
                self._next = end
                threading.Thread(target=self._run, name="bound", daemon=True).start()
            elif end < self._next:
                self._changed.notify()
        return ticket

    def end(self, ticket: object) -> None:
        with self._changed:
            self._ends.pop(ticket, None)

    def _run(self) -> None:
        with self._changed:
            while self._ends:
                self._next = min(end for end, _ in self._ends.values())
                self._changed.wait(max(0.0, self._next - time.monotonic()))
                self._interrupt_late()
            self._next = float("inf")

    def _interrupt_late(self) -> None:
        """In a function of its own, so that the waiting thread keeps no connection alive."""
        now = time.monotonic()
        for ticket in [t for t, (end, _) in self._ends.items() if end <= now]:
            self._ends.pop(ticket)[1].interrupt()


_WATCH = _Watch()
os.register_at_fork(after_in_child=_WATCH.__init__)  # type: ignore[misc]


@contextmanager
def bounded(db: Interruptible, seconds: float) -> Iterator[None]:
    """Interrupts what runs on the connection after so many seconds."""
    ticket = _WATCH.begin(db, seconds)
    try:
        yield
    finally:
        _WATCH.end(ticket)
