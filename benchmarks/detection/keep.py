"""Runs that can be stopped: results are kept, and no worker outlives the run."""

from __future__ import annotations

import os
import pickle
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def kept_or(file: Path, work: Callable[..., Any], *given: Any) -> Any:
    """What a file keeps of an earlier run; or the work's result, which it then keeps."""
    if file.exists():
        return pickle.loads(file.read_bytes())
    done = work(*given)
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(pickle.dumps(done))
    part.rename(file)
    return done


def end_with_parent() -> None:
    """Of a worker: it ends within seconds of the run that started it, however that ends."""
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)
