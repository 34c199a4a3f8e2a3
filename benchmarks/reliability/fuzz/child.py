"""One target in a process of its own, whose memory and time are bounded: what it cannot survive ends that process."""

from __future__ import annotations

import json
import mmap
import os
import random
import resource
import signal
import sys
import time
import traceback
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reliability.fuzz import mutate
from reliability.fuzz.target import Target, kept, name_of

MEMORY = 1 << 30
"""Bytes of address space for a target, beside what the process had before."""
SECONDS = 10
"""CPU seconds for one input."""
_LEAST = 50
"""Inputs that are tried of each target, however short the time."""


class SlowError(BaseException):
    """An input took more CPU time than any may. Not an Exception: no parser may take it for its own."""


@dataclass
class Outcome:
    """What became of a target."""

    target: str
    tried: int = 0
    failures: list[dict[str, str]] = field(default_factory=list)
    """`what` (the error), `where` (line of the product), `input` (name of the file kept), `text` (traceback)."""
    failed: int = 0
    """Inputs that were not survived; failures are one per place."""


def attempt(target: Target, seconds: float, count: int | None = None, seed: int = 0) -> Outcome:
    """Try a target for so many CPU seconds, or with `count` inputs, in a child."""
    progress = mmap.mmap(-1, 8)
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.close(reading)
        _in_child(lambda: tried(target, seconds, count, seed, progress), writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if status == 0 and said:
        return Outcome(**json.loads(said))
    return _killed(target, status, int.from_bytes(progress[:8], "little"), seed)


def _in_child(work: Callable[[], Outcome], writing: int) -> None:
    code = 1
    try:
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps(asdict(work())).encode())
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may return into the parent's code
        traceback.print_exc()
    finally:
        os._exit(code)


def _killed(target: Target, status: int, number: int, seed: int) -> Outcome:
    """The input with this number ended the process."""
    signalled = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    what = signal.Signals(signalled).name if signalled else f"exit {os.waitstatus_to_exitcode(status)}"
    inputs = mutations(target, seed)
    data = next(data for i, data in enumerate(inputs, 1) if i >= number)
    failure = {"what": what, "where": target.name, "input": keep(target, data), "text": what}
    return Outcome(target=target.name, tried=number, failures=[failure], failed=1)


def mutations(target: Target, seed: int) -> Iterator[bytes]:
    """The inputs of a target in their order: its seeds as they are, then what is made of them."""
    yield from target.seeds
    chance = random.Random(zlib.crc32(target.name.encode()) + seed)
    while True:
        yield mutate.made(chance, target.seeds)


def tried(target: Target, seconds: float, count: int | None, seed: int, progress: mmap.mmap) -> Outcome:
    """Try inputs until the time, or their count, is reached. Without a count at least some are tried."""
    bound(seconds)
    outcome, seen = Outcome(target.name), set[str]()
    end = time.process_time() + seconds
    for number, data in enumerate(mutations(target, seed), 1):
        if number > (_LEAST if count is None else count) and (count is not None or time.process_time() > end):
            break
        progress[:8] = number.to_bytes(8, "little")
        outcome.tried = number
        if (failure := failure_of(target, data)) is not None:
            outcome.failed += 1
            if failure["where"] not in seen:
                seen.add(failure["where"])
                outcome.failures.append(failure | {"input": keep(target, data)})
    return outcome


def bound(seconds: float) -> None:
    """Bound the memory of this process, and its time where an input keeps Python from looking at the clock."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    most = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime + seconds + _LEAST * SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))
    signal.signal(signal.SIGPROF, _too_slow)


def _too_slow(*_: object) -> None:
    raise SlowError(f"more than {SECONDS} s of CPU time")


@contextmanager
def timed() -> Iterator[None]:
    """Raises SlowError inside when the time for one input is over."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def failure_of(target: Target, data: bytes) -> dict[str, str] | None:
    """What went wrong with an input; None if it was survived."""
    try:
        with timed():
            target.read(data)
    except target.documented:
        return None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as e:  # noqa: BLE001 - whatever it is, it is a failure
        return {"what": f"{type(e).__name__}: {e!s:.200}", "where": where(e), "text": traceback.format_exc()[-3000:]}
    return None


def where(error: BaseException) -> str:
    """The type of an error and the last line of the product that it went through."""
    lines = traceback.extract_tb(error.__traceback__)
    inner = next((f for f in reversed(lines) if "/bridle/" in f.filename), lines[-1])
    return f"{type(error).__name__} {Path(inner.filename).name}:{inner.lineno}"


def keep(target: Target, data: bytes) -> str:
    """Keep an input that failed; its path below the folder of what is kept."""
    name = f"failed/{target.name}/{name_of(data)}"
    file = kept() / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return name


def say(outcome: Outcome, to: Any = sys.stderr) -> None:
    """Tell what failed, for whoever has to mend it."""
    for f in outcome.failures:
        print(f"{outcome.target}: {f['what']} at {f['where']}: {f['input']}\n{f['text']}", file=to, flush=True)
