"""Work done ahead, on a thread of its own: one reads, inflates and hashes while another looks at what came before."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_BATCH = 1 << 20
"""Bytes handed over at a time: each time costs what hashing some KiB does."""
_ROOM = 4
"""Batches that wait."""


class Ahead(Generic[T]):
    """What an iterator gives, in its order, taken from it ahead of time; at most `room` items wait.

    What the iterator raises is raised here, behind all that it gave before. The thread begins with the first item that
    is asked for; it ends with the iterator or with `close`, which closes a generator too. Who stops early calls that.
    """

    def __init__(self, items: Iterator[T], room: int) -> None:
        self._items, self._room = items, room
        self._ready: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = self._ended = False
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._closed:
            raise StopIteration
        self.begin()
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._ended)
            if self._ready:
                self._changed.notify_all()
                return self._ready.popleft()
        self.close()
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        raise StopIteration

    def begin(self) -> None:
        """Start the thread now, before anything is asked for."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="bridle-ahead", daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Until the iterator has ended, which it does only where there is room for all it gives."""
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """Give nothing more and wait for the thread to end. Closing twice does nothing."""
        with self._changed:
            self._closed = True
            self._ready.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        try:
            for item in self._items:
                if not self._given(item):
                    break
        except BaseException as e:  # noqa: BLE001 - raised where the items are asked for
            self._error = e
        finally:
            if isinstance(self._items, Generator):
                self._items.close()
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _given(self, item: T) -> bool:
        """Whether the item could be left for the one who asks: not when that one closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._ready) < self._room)
            if self._closed:
                return False
            self._ready.append(item)
            self._changed.notify_all()
            return True


class Beside(Generic[T]):
    """One call on a thread of its own, beside what is done within `with`; at its end the call is waited for."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._given = Ahead((call() for _ in range(1)), 1)
        self._given.begin()

    def __enter__(self) -> Beside[T]:
        return self

    def __exit__(self, *_: object) -> None:
        self._given.wait()

    def result(self) -> T:
        """What it returned; raises what it raised. Asked for once."""
        return next(self._given)


class AheadOfBytes:
    """Chunks of bytes made ahead, some MiB of them at most. Used and closed as `Ahead`."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._batches = Ahead(_batches(chunks), _ROOM)
        self._batch: Iterator[bytes] = iter(())

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while (chunk := next(self._batch, None)) is None:
            self._batch = iter(next(self._batches))
        return chunk

    def close(self) -> None:
        self._batch = iter(())
        self._batches.close()


def _batches(chunks: Iterator[bytes]) -> Iterator[list[bytes]]:
    """The chunks, many at a time. What `chunks` raises is raised behind those that came before it."""
    batch: list[bytes] = []
    error: BaseException | None = None
    size = 0
    try:
        for chunk in chunks:
            batch.append(chunk)
            size += len(chunk)
            if size >= _BATCH:
                yield batch
                batch, size = [], 0
    except Exception as e:  # noqa: BLE001 - raised below
        error = e
    yield batch
    if error is not None:
        raise error
