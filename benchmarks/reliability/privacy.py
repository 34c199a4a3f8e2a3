"""Nothing of the phone in logs, tracebacks, temporary names or files of others; nothing over a network."""

from __future__ import annotations

from collections.abc import Iterable

from reliability.line import Line
from reliability.tried import line


def lines() -> Iterable[Line]:
    """A line for each way that something could get out."""
    yield line("faults, warnings and logs are told without values; no core; files 0600", "tests/test_private.py")
    yield line("every command, umask 0: nothing connects, or is open to others", "tests/test_no_socket.py")
    yield line("names of every file and folder that is made while a phone is examined", "tests/test_private_names.py")
    yield line("canaries in every text: only what a finding cites is in clear", "tests/report/test_canaries.py",
               "tests/engine/test_planted_canaries.py", "tests/engine/test_restricted_indicators.py")  # fmt: skip
    yield line(
        "keys: who may read them, locked cases", "tests/case/test_case_keys.py", "tests/case/test_case_writer.py"
    )
    yield line(
        "passwords that came as bytes, and class keys: zeros after use", "tests/evidence/test_evidence_secret.py"
    )
    yield line("examined without any network at all", "tests/engine/test_check.py", "tests/sandbox", "tests/web",
               "tests/cli", "-k", "not demo", cut=True)  # fmt: skip
