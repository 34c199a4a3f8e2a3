"""Whether tests fail with some copy of the code, asked often: pytest and the libraries are loaded once, and forked.

The child of a question imports bridle and the tests anew, so that nothing of one copy is left for the next.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_LOADED = (
    "pytest", "_pytest.assertion.rewrite", "hypothesis.strategies", "pyarrow.compute", "pyarrow.parquet", "apsw",
    "click.testing", "cryptography.hazmat.primitives.ciphers", "msgspec", "plistlib", "xml.parsers.expat",
)  # fmt: skip
"""What most tests import, none of it of bridle."""


class Asked:
    """A process that answers, one question after the other."""

    def __init__(self, root: Path, source: Path, seconds: int) -> None:
        """`source` is the folder of the copy; a question may take so many seconds of processor time."""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        about = json.dumps({"source": str(source), "seconds": seconds})
        environment = os.environ | {"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, str(Path(__file__)), about]
        self._process = subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log
        )

    def fail(self, tests: Sequence[Path]) -> bool:
        """Whether one of the tests fails. Raises RuntimeError where they cannot be run."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(t) for t in tests]).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer or int(answer) in (2, 3, 4, 5):
            self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 600))
            raise RuntimeError(f"the tests could not be run: {self._log.read().decode('utf-8', 'replace')}")
        return int(answer) != 0

    def close(self) -> None:
        """End it."""
        self._process.communicate()
        self._log.close()


def main() -> None:
    """Answer each line of names of test files with the exit code of pytest."""
    about = json.loads(sys.argv[1])
    sys.path[0] = about["source"]
    for name in _LOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _answer(about, json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _answer(about: dict[str, Any], tests: list[str]) -> None:
    """Run the tests and end; what they print goes where errors go."""
    import resource

    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (about["seconds"], about["seconds"] + 5))
    os.dup2(2, 1)
    os.close(0)
    os.open(os.devnull, os.O_RDONLY)
    os._exit(int(pytest.main(["-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests])))


if __name__ == "__main__":
    main()
