"""Diagnostic reports as a phone hands them over: a folder or archive of them, or one alone.

`idevicecrashreport`, `pymobiledevice3 crash pull` and Finder copy the phone's CrashReporter folder as it is, so its
files go back there: `/private/var/mobile/Library/Logs/CrashReporter`.
"""

from __future__ import annotations

import re
from typing import ClassVar

from bridle.evidence.acquisition import Acquisition
from bridle.evidence.probe import Probe

_HOME = "/private/var/mobile/Library/Logs/CrashReporter"
_REPORT = re.compile(r"(?:[^/]+/){0,4}[^/]+\.(?:ips|panic|crash|ips\.ca|ips\.beta)(?:\.synced)?\Z")
_FIRST_LINE = re.compile(rb'\{[^\n]{0,4000}"(?:bug_type|incident_id)"\s*:')
_TEXT = (b"Incident Identifier:", b"Process:  ")


class CrashLogs(Acquisition):
    """Reports of one phone, and what lies beside them in CrashReporter."""

    kind: ClassVar[str] = "crash-logs"
    _platform: ClassVar[str] = "ios"

    @classmethod
    def recognise(cls, probe: Probe) -> bool:
        """By names of reports near the top, or by how one report begins. Asked after every other kind."""
        if probe.form == "file":
            return _FIRST_LINE.match(probe.head) is not None or probe.head.startswith(_TEXT)
        return any(_REPORT.match(name) for name in probe.names)

    def place(self, path: str) -> str:
        return f"{_HOME}/{path}".rstrip("/")
