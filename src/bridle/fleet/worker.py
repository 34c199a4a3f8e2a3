"""A worker: a process that does tasks one after the other, one line of JSON in, one line out.

It ends when its input ends, in the middle of a task too: a task goes on only while somebody waits for it. What it was
writing is removed, or lies in a folder that the next run removes.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from contextlib import closing
from typing import Any, BinaryIO

from bridle import private

THREADS = {
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "BRIDLE_THREADS": "1",
    "ARROW_IO_THREADS": "1",
}  # fmt: skip
"""Environment of a worker: there is one for each core, so each has one native thread."""


def main() -> None:
    """Do tasks from standard input until it ends."""
    private.begin()
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # whatever else prints does not stand between the answers
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()
    serve(jobs, answers)


def _listen(lines: BinaryIO, jobs: queue.SimpleQueue[bytes]) -> None:
    for line in lines:
        jobs.put(line)
    from bridle.fleet.storage import abandon

    abandon()
    os._exit(0)


def serve(jobs: queue.SimpleQueue[bytes], answers: Any) -> None:
    """Answer each job with its outcome, or with the fault that kept it from one."""
    import pyarrow as pa

    from bridle.fleet.inputs import Opened
    from bridle.fleet.storage import LakeError
    from bridle.fleet.task import Job, run

    pa.set_cpu_count(1)
    answers.write(b'{"ready":true}\n')
    with closing(Opened()) as opened:
        while True:
            job = Job.of(json.loads(jobs.get()))
            try:
                answer = {"outcome": json.loads(run(job, opened).line())}
            except LakeError as e:
                answer = {"lake": str(e)}
            except Exception as e:  # noqa: BLE001 - a fault costs its task, and is told
                answer = {"fault": _place(e)}
            answers.write(json.dumps(answer).encode() + b"\n")


def _place(error: Exception) -> str:
    """The kind of a fault and where it came from: no value of the evidence is told."""
    import traceback

    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {os.path.basename(last.filename)} line {last.lineno}"  # noqa: PTH119


if __name__ == "__main__":
    main()
