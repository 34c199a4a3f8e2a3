"""A worker that is killed, or never ends, in the tasks of some acquisitions; as the real one in all others."""

import os
import signal
import time

from bridle.fleet import task, worker

examine = task.check


def check(options):
    if "phone001" in options.labels[0]:
        os.kill(os.getpid(), signal.SIGKILL)
    if "phone002" in options.labels[0] and os.environ.get("SLEEPS"):
        time.sleep(600)
    return examine(options)


task.check = check
worker.main()
