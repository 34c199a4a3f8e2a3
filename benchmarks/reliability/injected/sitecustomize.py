"""Kills the process group it is in before its Nth change of a name or file below a folder, once; sets the clock wrong.

Python imports this at its start where the folder is on PYTHONPATH; `FAULT_AT`, `FAULT_BELOW` and `FAULT_ONCE` say when,
where, and by which file later processes know that it was done; `FAULT_DAYS` by how many days the clock is wrong.
"""

import os
import signal
import sys

_CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate", "os.chmod"}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _path(given: object) -> str:
    return os.path.abspath(os.fsdecode(given)) if isinstance(given, str | bytes | os.PathLike) else ""


def _watch(at: int, below: str, once: str) -> None:
    left = at

    def seen(event: str, given: tuple[object, ...]) -> None:
        nonlocal left
        if event == "open" and not (isinstance(given[2], int) and given[2] & _WRITES):
            return
        if (event != "open" and event not in _CHANGES) or not _path(given[0]).startswith(below):
            return
        left -= 1
        if left == 0 and not os.path.exists(once):
            os.close(os.open(once, os.O_CREAT | os.O_WRONLY))
            os.killpg(0, signal.SIGKILL)

    sys.addaudithook(seen)


def _shift(days: int) -> None:
    import datetime
    import time

    by, right, now = datetime.timedelta(days), datetime.datetime, time.time

    class Shifted(right):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return right.now(tz) + by

    datetime.datetime = Shifted  # type: ignore[misc]
    time.time = lambda: now() + by.total_seconds()


if "FAULT_DAYS" in os.environ:
    _shift(int(os.environ["FAULT_DAYS"]))
if "FAULT_AT" in os.environ:
    _watch(int(os.environ["FAULT_AT"]), os.environ["FAULT_BELOW"], os.environ["FAULT_ONCE"])
