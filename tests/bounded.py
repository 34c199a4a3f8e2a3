"""Python in a child process with bounded time and memory: for input that must not make a reader slow or large."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import bridle

MEMORY = 1536 << 20
"""Bytes of address space a reader may use for one hostile file."""
_BEFORE = """
import resource
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
from artifact_files import Stored
from bridle import artifacts
from bridle.core import FormatError, Gap


def parsed(name, content):
    return list(artifacts.load(name).parse(Stored(content)))


def refused(read):
    try:
        read()
    except FormatError as e:
        return str(e)
    raise AssertionError("expected FormatError, got a value")


"""


def run(code: str, *, seconds: float = 60, memory: int = MEMORY) -> str:
    """What `code` prints. Fails where it raises, or needs more than `seconds` or `memory`: far above what it should."""
    paths = os.pathsep.join((str(Path(bridle.__file__).parents[1]), str(Path(__file__).parent)))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
    whole = _BEFORE.format(memory=memory) + textwrap.dedent(code)
    command = [sys.executable, "-c", whole]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()
