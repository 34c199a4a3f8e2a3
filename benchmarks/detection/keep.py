"""Results of an earlier run, so that one that was stopped goes on."""

from __future__ import annotations

import pickle
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
